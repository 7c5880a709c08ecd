#!/usr/bin/env python3
"""GET /openapi.json says what the table of routes says, and holds together."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib.stack import SRCDIR, Stack

METHODS = ("get", "post", "put", "patch", "delete")

tests = tap.Plan()


def document(stack):
    """What is served."""
    reply = stack.request("GET", "/openapi.json", {})
    tap.equal(reply.status, 200, "status")
    tap.equal(reply.header("content-type"), "application/json", "type")
    with open(os.path.join(SRCDIR, "src", "api", "openapi.json"), "rb") as f:
        tap.check(reply.body == f.read(), "the file is served as it is")
    return reply.json()


def operations(openapi):
    """[(method, path, operation)]"""
    return [(method.upper(), path, one)
            for path, item in openapi["paths"].items()
            for method, one in item.items() if method in METHODS]


def fits(pattern, path):
    """Whether a path of the table is that of a request: a * at its end
    stands for anything, one within it for a segment."""
    pattern = re.escape(pattern).replace(r"\*/", "[^/]+/")
    return re.fullmatch(re.sub(r"\\\*$", ".*", pattern), path)


def row_of(routes, method, path):
    """The row of the table that serves a described path, as the product
    looks for it: of the first path that fits."""
    path = re.sub(r"\{\w+\}", "x", path)
    its_path = next(row.split(" ", 1)[1] for row in routes
                    if fits(row.split(" ", 1)[1], path))
    for row in ("%s %s" % (method, its_path), "* " + its_path):
        if row in routes:
            return row
    return None


@tests.test
def every_route_is_described_and_nothing_else(stack):
    page = stack.request("GET", "/", {}).json()
    # Open to all methods is what this service refuses.
    refused = [row for row, need in zip(page["routes"], page["needs"])
               if row.startswith("* ") and need == "open"]
    described = {}
    for method, path, _ in operations(document(stack)):
        row = row_of(page["routes"], method, path)
        described.setdefault(row, []).append("%s %s" % (method, path))
    tap.equal(described.pop(None, []), [], "descriptions without route")
    tap.equal([described[row] for row in refused if row in described], [],
              "descriptions of what is refused")
    tap.equal(sorted(set(page["routes"]) - set(refused) - set(described)),
              [], "routes without description")


@tests.test
def security_is_what_the_table_of_routes_says(stack):
    page = stack.request("GET", "/", {}).json()
    needs = dict(zip(page["routes"], page["needs"]))
    for method, path, one in operations(document(stack)):
        need = needs[row_of(page["routes"], method, path)]
        schemes = {name for part in one["security"] for name in part}
        tap.equal((bool(schemes), "adminSecret" in schemes),
                  (need != "open", need == "secret"),
                  "security of %s %s" % (method, path))
        tap.equal("403" in one["responses"],
                  need not in ("open", "secret"),
                  "%s %s tells of scopes" % (method, path))


@tests.test
def other_methods_are_told_which_ones_work(stack):
    described = {}
    for method, path, _ in operations(document(stack)):
        described.setdefault(path, []).append(method)
    for path, methods in described.items():
        concrete = re.sub(r"\{\w+\}", "1", path)
        for method in [one.upper() for one in METHODS] + ["OPTIONS"]:
            if method in methods:
                continue
            reply = stack.request(method, concrete, {})
            where = "%s %s" % (method, path)
            tap.equal(reply.status, 204 if method == "OPTIONS" else 405,
                      where)
            tap.equal(sorted(reply.header("allow").split(", ")),
                      sorted(methods + ["OPTIONS"] * (method == "OPTIONS")),
                      where + ": Allow")


@tests.test
def every_reference_leads_somewhere(stack):
    openapi = document(stack)
    used = set(re.findall(r'"#/components/(\w+/[\w-]+)"',
                          json.dumps(openapi)))
    there = {"%s/%s" % (kind, name)
             for kind, parts in openapi["components"].items()
             for name in parts if kind != "securitySchemes"}
    tap.equal(sorted(used - there), [], "references to nothing")
    tap.equal(sorted(there - used), [], "parts that nobody uses")


@tests.test
def operations_are_complete(stack):
    openapi = document(stack)
    names = [one["operationId"] for _, _, one in operations(openapi)]
    tap.equal(len(names), len(set(names)), "different operation ids")
    tags = {one["name"] for one in openapi["tags"]}
    for method, path, one in operations(openapi):
        where = "%s %s" % (method, path)
        tap.check(one["summary"], where + " has a summary")
        tap.check(set(one["tags"]) <= tags, where + " has known tags")
        tap.check("default" in one["responses"], where + " tells errors")
        declared = {part["name"] for part in one.get("parameters", ())
                    if part.get("in") == "path"}
        tap.equal(sorted(declared), sorted(re.findall(r"\{(\w+)\}", path)),
                  where + ": parameters of the path")


@tests.test
def what_needs_no_key_is_what_the_description_says(stack):
    for method, path, one in operations(document(stack)):
        if method != "GET" or path == "/metrics":
            continue
        status = stack.request(method, re.sub(r"\{\w+\}", "x", path),
                               {}).status
        tap.equal(status == 401, bool(one["security"]),
                  "%s wants a key (%d)" % (path, status))


tests.run(Stack)
