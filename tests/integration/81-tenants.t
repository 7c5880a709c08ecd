#!/usr/bin/env python3
"""Tenants who try each other's ids at every operation of /openapi.json, all
at once: nothing but what they would get for ids that never were, nothing of
each other in any reply, and nothing of each other changed.

Victims have a vault with some of everything; attackers have vaults of their
own, in the same account and in another one.  What is unique to a tenant is its
mark, a word that stands in all of its texts and names."""
import json
import os
import re
import sys
import threading
from urllib.parse import quote

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib.memory import Vault
from lib.stack import Both, wait_until

tests = tap.Plan()
METHODS = ("get", "post", "put", "patch", "delete")
QUESTION = "What is the secret word of the garden?"

# Of what the other tenant has, and of the same length: what nobody has.
ABSENT = {"memory": "99999", "key": "99999", "session": "trip-zoe",
          "request": "0123456789abcdef0123456789abcdef"}

# Differ from reply to reply, or tell the time.
OWN_HEADERS = re.compile(r"^(x-request-id|date|.*-ms)$", re.I)


# --- tenants -----------------------------------------------------------------

class Tenant(Vault):
    """Who has a key, a vault, and a mark on all that is his."""

    def __init__(self, stack, name, email, key=None, first=1):
        if key is None:
            super().__init__(stack, email)
        else:
            self.stack, (self.key, self.key_id) = stack, key
            ((vault,),) = stack.sql("SELECT vault_id FROM memory_key WHERE "
                                    "id = %d" % self.key_id)
            self.id = int(vault)
        self.name, self.email = name, email
        self.mark = "zq%sword" % name
        self.manages_keys = key is None
        # Numbers that no other vault has, so that they can be tried there.
        stack.sql("UPDATE vault SET next_seq = %d WHERE id = %d"
                  % (first, self.id))

    def fill(self):
        """Some of everything."""
        mark = self.mark
        self.ids = {"session": "trip-" + self.name}
        self.upload([{
            "content": "The secret word of the garden is %s, part %d."
            % (mark, n), "name": mark, "source": mark,
            "metadata": {"mark": mark}, "session_id":
            self.ids["session"] if n % 2 else None} for n in range(10)])
        made = self.post("/v1/memories", {
            "content": "Before, the garden's secret word was %s." % mark},
            session="talk-" + self.name)
        self.ids["memory"] = str(made["id"])
        self.ok("PATCH", "/v1/memories/%d" % made["id"],
                {"content": "Now the garden's secret word is %s." % mark})
        reply = self.stack.chat("openai/gpt-4o", QUESTION, self.key, {
            "X-Session-ID": "talk-" + self.name})
        tap.equal(reply.status, 200, "status of a chat")
        self.stack.settled(reply)
        self.ids["request"] = reply.header("x-request-id")
        self.ids["key"] = str(self.key_id)

    def state(self):
        """All rows that are this tenant's."""
        of_vault = " WHERE vault_id = %d" % self.id
        return [self.stack.sql(statement) for statement in (
            "SELECT id, seq, session_id, role, author, text, occurred_at, "
            "metadata, source, duplicate_of FROM memory" + of_vault +
            " ORDER BY seq", "SELECT memory_id, version, role, author, text, "
            "HEX(content_hash), occurred_at, metadata FROM memory_version" +
            of_vault + " ORDER BY 1, 2", "SELECT * FROM session" +
            of_vault + " ORDER BY id", "SELECT COUNT(*) FROM receipt" +
            of_vault,
            "SELECT COUNT(*) FROM usage_event" + of_vault,
            "SELECT epoch, purge_epoch, next_seq FROM vault WHERE id = %d"
            % self.id, "SELECT id, HEX(secret_hash), name, scopes, "
            "memory_mode, recall_limit, retention_days, revoked_at FROM "
            "memory_key" + of_vault + " ORDER BY id")]


def a_user_s_key(owner, user, name):
    """A key that a tenant makes for a user of his: (secret, number)."""
    made = owner.post("/v1/keys", {"external_user_id": user, "name": name})
    return made["key"], made["id"]


class World:
    """The tenants, and what was wrong in the replies they got."""

    def __init__(self, stack, up):
        self.stack, self.up = stack, up
        here, there = stack.new_account(), stack.new_account()
        stack.sql("ALTER TABLE memory_key AUTO_INCREMENT = 70001")
        ann = Tenant(stack, "ann", here, first=10001)
        bob = Tenant(stack, "bob", there, first=20001)
        # Keys that are made over HTTP manage no keys.
        dan = Tenant(stack, "dan", here, a_user_s_key(ann, "u1", "d"),
                      30001)
        col = Tenant(stack, "col", here, a_user_s_key(ann, "u2", "c"), 40001)
        axe = Tenant(stack, "axe", here, first=50001)
        bix = Tenant(stack, "bix", there, first=60001)
        self.victims = [ann, bob, dan]
        self.attacks = [(axe, bob), (bix, ann), (bix, dan), (col, ann),
                        (col, bob), (col, dan)]
        for one in self.victims + [col, axe, bix]:
            one.fill()
        self.marks = {one.mark: one for one in self.victims +
                      [col, axe, bix]}
        self.before = [one.state() for one in self.victims]
        self.openapi = stack.request("GET", "/openapi.json").json()
        self.wrong = []

    def look(self, who, what, reply):
        """Nothing of anybody else is in it, and it is no failure."""
        told = "\n".join("%s: %s" % pair for pair in reply.headers) + \
            reply.body.decode("utf-8", "replace")
        for mark, owner in self.marks.items():
            if mark in told and owner is not who:
                self.wrong.append((who.name, what, "tells of " + owner.name,
                                   told[:300]))
        if reply.status >= 500:
            self.wrong.append((who.name, what, reply.status, told[:300]))

    def check(self):
        """Nothing was wrong, and the victims have what they had."""
        wrong, self.wrong = self.wrong, []
        tap.equal(wrong[:5], [], "wrong replies (%d)" % len(wrong))
        for one, before in zip(self.victims, self.before):
            for seen, expected in zip(one.state(), before):
                tap.equal(seen, expected, "rows of " + one.name)
        for request in self.up.journal:
            body = request.body.decode("utf-8", "replace")
            for one in self.victims:
                tap.lacks(body, one.mark, "what went to a provider")


# --- requests ----------------------------------------------------------------

def sample(openapi, schema, ids, name="", depth=0):
    """A value that the schema allows, the other tenant's where one fits."""
    while "$ref" in schema:
        schema = openapi["components"]["schemas"][
            schema["$ref"].rsplit("/", 1)[1]]
    known = {"session_id": ids["session"], "model": "openai/gpt-4o",
             "content": "My own words.", "query": QUESTION,
             "messages": [{"role": "user", "content": QUESTION}],
             "contents": [{"role": "user", "parts": [{"text": QUESTION}]}],
             "input": QUESTION, "email": "new@example.org",
             "name": "a name", "max_tokens": 100, "scopes": ["chat"],
             "id": int(ids["memory"]), "ids": [int(ids["memory"])],
             "vault_id": 1, "account_id": 1, "key_id": int(ids["key"])}
    if name in known:
        return known[name]
    for word in ("const", "default", "example"):
        if word in schema:
            return schema[word]
    if schema.get("enum"):
        return schema["enum"][0]
    for word in ("oneOf", "anyOf", "allOf"):
        if schema.get(word):
            return sample(openapi, schema[word][0], ids, name, depth)
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        wanted = schema.get("required", []) + [
            one for one in schema.get("properties", {})
            if one in ("session_id", "messages", "query", "content")]
        return {one: sample(openapi, schema.get("properties", {}).get(
            one, {}), ids, one, depth + 1) for one in wanted}
    if kind == "array":
        return []
    return {"integer": schema.get("minimum", 1), "number": 1, "boolean": True,
            "null": None}.get(kind, "words")


class Operation:
    """One operation of the document, as requests with somebody's ids."""

    def __init__(self, openapi, method, path, about):
        self.openapi, self.about = openapi, about
        self.method, self.path = method.upper(), path
        self.names = re.findall(r"\{(\w+)\}", path)

    def kind(self, name):
        """Of what a parameter of the path is the id."""
        if name == "id":
            return "key" if "/keys" in self.path else "memory"
        return {"request_id": "request", "session_id": "session"}.get(name)

    def is_foreign(self):
        """Whether its path names a thing of a tenant."""
        return not self.path.startswith("/admin/") and any(
            self.kind(name) for name in self.names)

    def target(self, ids):
        path = self.path
        for name in self.names:
            kind = self.kind(name)
            value = ids[kind] if kind else {
                "model": "openai/gpt-4o" if self.method == "GET"
                else "demo-x:generateContent",
                "provider": "openai", "rest": ids["request"]}.get(
                    name, ids["key"])
            path = path.replace("{%s}" % name, value)
        return path

    def query(self, ids):
        """Its parameters with the other tenant's ids."""
        known = {"session_id": ids["session"], "q": QUESTION, "text": "secret",
                 "cursor": "d" + ids["memory"] if "memories" in self.path
                 else ids["memory"], "limit": "100"}
        have = [one["name"] for one in self.about.get("parameters", ())
                if one.get("in") == "query" and one["name"] in known]
        return "".join("%s%s=%s" % ("&" if n else "?", name,
                                    quote(known[name]))
                       for n, name in enumerate(have))

    def body(self, ids):
        if self.path == "/mcp":
            return {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                    "params": {"name": "search_memories", "arguments": {
                        "query": QUESTION, "session_id": ids["session"]}}}
        content = self.about.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            return sample(self.openapi, content["application/json"]["schema"],
                          ids)
        if any("json" in one for one in content):
            return json.dumps({"content": "My own line.",
                               "session_id": ids["session"]}).encode()
        return b""


def operations(openapi):
    return [Operation(openapi, method, path, about)
            for path, item in openapi["paths"].items()
            for method, about in item.items() if method in METHODS]


def as_told(reply, ids):
    """A reply without what differs from one to the next, and without the ids
    that were asked for."""
    told = json.dumps([reply.status, reply.body.decode(), sorted(
        pair for pair in reply.headers if not OWN_HEADERS.match(pair[0]))])
    for value in ids.values():
        told = told.replace(value, "ID")
    return told


def compare(world, who, method, target, body, headers, victim, known=(404,)):
    """The same for what another tenant has and for what nobody has."""
    told = []
    for ids in (victim.ids, ABSENT):
        reply = who.send(method, target(ids), body(ids), headers(ids))
        what = "%s %s" % (method, target(ids))
        world.look(who, what, reply)
        if reply.status not in known:
            world.wrong.append((who.name, what, reply.status,
                                reply.body[:300]))
        told.append(as_told(reply, ids))
    if told[0] != told[1]:
        world.wrong.append((who.name, method, target(victim.ids), told))


# --- the tests ---------------------------------------------------------------

def hammer(world, who, victim):
    """Every operation with the victim's ids, wherever ids may stand."""
    for one in operations(world.openapi):
        if one.is_foreign():
            compare(world, who, one.method, one.target, one.body,
                    lambda ids: {}, victim,
                    (403,) if one.path.startswith("/v1/keys") and
                    not who.manages_keys else (404,))
            continue
        talk = dict(victim.ids, session="talk-" + victim.name)
        for query in (one.query(victim.ids), ""):
            if one.method == "DELETE" and "{" not in one.path:
                query = "?session_id=" + talk["session"]  # not all of its own
            for headers in ({"X-Session-ID": talk["session"],
                             "X-Session-Scope": "all"}, {}):
                reply = who.send(one.method, one.target(talk) + query,
                                 one.body(talk), headers)
                what = "%s %s%s" % (one.method, one.target(talk), query)
                world.look(who, what, reply)
                if one.path.startswith("/admin/") and reply.status != 401:
                    world.wrong.append((who.name, what, reply.status))


@tests.test
def every_operation_with_the_ids_of_others(world):
    world.up.forget()
    threads = [threading.Thread(target=hammer, args=(world,) + pair)
               for pair in world.attacks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.check()


@tests.test
def most_operations_are_tried_with_bodies_that_are_right(world):
    """Else the test before this one proves nothing."""
    who = world.attacks[0][0]
    refused = []
    for one in operations(world.openapi):
        if one.is_foreign() or one.path.startswith("/admin/") or \
                one.method == "DELETE":
            continue
        reply = who.send(one.method, one.target(who.ids), one.body(who.ids))
        if reply.status >= 400:
            refused.append((one.method, one.path, reply.status,
                            reply.body[:120]))
    # What takes files, what needs another vendor, and what is switched off.
    may = ("/v1/audio/", "/v1/images/", "/metrics", "/v1beta/models/",
           "/v1alpha/models/", "/v1/models/", "/v1/v1/messages",
           "/v1/messages")
    tap.equal([one for one in refused if not one[1].startswith(may)], [],
              "refused")


SPELLINGS = ("%s", "0%s", "%s.0", "+%s", "%%2b%s", "%%20%s", "%s%%00", "-%s",
             "%s/", "%s%%2f", "%s/../%s", "%s'%%20OR%%20'1'='1", "%s,%s",
             "%%22%s%%22", "[%s]", "%s;", "%se0", "%s%%0a", "%%c2%%a0%s")


@tests.test
def other_spellings_of_ids_tell_nothing_either(world):
    for who, victim in world.attacks[:3]:
        for before, kind in (("/v1/memories/", "memory"), ("/v1/keys/", "key"),
                             ("/v1/requests/", "request"),
                             ("/v1/sessions/", "session")):
            for spelling in SPELLINGS:
                path = lambda ids: before + spelling.replace("%%", "%").replace(
                    "%s", ids[kind])
                # nginx itself has no paths with a NUL in them.
                compare(world, who, "GET", path, lambda _: b"", lambda _: {},
                        victim, (400, 404) if "%00" in spelling else (404,))
        request = victim.ids["request"]
        off = request[:-1] + ("0" if request[-1] != "0" else "1")
        for one in (request.upper(), off, request[:-1], request + "0",
                    "0x" + request, request[:8] + "-" + request[8:]):
            reply = who.send("GET", "/v1/requests/" + one)
            world.look(who, one, reply)
            tap.equal(reply.status, 404, "receipt of " + one)
    world.check()


@tests.test
def tools_and_resources_with_the_ids_of_others(world):
    def rpc(who, method, params):
        reply = who.send("POST", "/mcp", {
            "jsonrpc": "2.0", "id": 1, "method": method, "params": params}, {
                "MCP-Protocol-Version": "2025-11-25"})
        world.look(who, method + str(params)[:80], reply)
        return reply

    listed = rpc(world.victims[0], "tools/list", {}).json()
    for who, victim in world.attacks:
        for tool in listed["result"]["tools"]:
            if tool["name"] == "forget_all_memories":
                continue
            told = []
            for ids in (victim.ids, ABSENT):
                values = {"id": int(ids["memory"]), "query": QUESTION,
                          "ids": [int(ids["memory"])], "when": "today",
                          "session_id": ids["session"], "limit": 100,
                          "candidates": 100, "content": "My own words."}
                has = tool["inputSchema"]["properties"]
                reply = rpc(who, "tools/call", {
                    "name": tool["name"], "arguments": {
                        name: values[name] for name in has
                        if name in values}})
                told.append(as_told(reply, ids))
            if tool["name"] in ("inspect_memory", "delete_memories"):
                tap.equal(told[0], told[1], tool["name"])
        for uri in ("memory://vault/recent", "memory://vault/stats",
                    "memory://vault/%d/recent" % victim.id,
                    "memory://vault/recent?vault=%d" % victim.id,
                    "memory://%d/recent" % victim.id,
                    "memory://vault/../%d" % victim.id):
            rpc(who, "resources/read", {"uri": uri})
    world.check()


@tests.test
def the_same_idempotency_key_is_each_tenant_s_own(world):
    body = {"content": "We say the same."}
    told = set()
    for who, _ in world.attacks[:2] + world.attacks[3:4]:
        reply = who.send("POST", "/v1/memories", body,
                         {"Idempotency-Key": "the-same"})
        tap.equal((reply.status, reply.header("idempotency-replayed")),
                  (201, None), "its own memory")
        told.add(reply.json()["id"])
    tap.equal(len(told), 3, "memories")
    world.check()


@tests.test
def the_same_user_of_two_tenants_has_two_keys(world):
    bix = world.attacks[1][0]
    made = bix.send("POST", "/v1/keys", {"external_user_id": "u1"})
    tap.equal(made.status, 201, "a new key, with %r" % made.body)
    tap.check(made.json()["id"] != int(world.victims[2].ids["key"]),
              "another key", made.body)
    world.check()


@tests.test
def suffixes_and_headers_lead_nowhere_else(world):
    """A key says what is meant; nothing beside it does."""
    for who, victim in world.attacks:
        for headers in ({"X-Vault-Id": victim.id}, {"X-Key-Id": victim.key_id},
                        {"X-User-Id": "u1"}, {"X-External-User-Id": "u1"},
                        {"X-Account-Id": 1}, {"X-Internal-Request": "true"},
                        {"X-Original-URL": "/v1/memory/export"},
                        {"X-Forwarded-User": victim.email},
                        {"Cookie": "session=1; key=" + str(victim.key_id)}):
            for target in ("/v1/memories?limit=500", "/v1/memory/export",
                           "/v1/sessions", "/v1/memory/stats"):
                reply = who.send("GET", target + (
                    "&" if "?" in target else "?") + "vault_id=%d&key_id=%d"
                    "&external_user_id=u1" % (victim.id, victim.key_id),
                    b"", headers)
                world.look(who, target, reply)
                tap.equal(reply.status, 200, "status of " + target)
    world.check()


@tests.test
def everybody_has_what_is_his(world):
    for one in world.victims:
        tap.contains(json.dumps(one.export()), one.mark, one.name)
        reply = one.send("GET", "/v1/requests/" + one.ids["request"])
        tap.equal(reply.status, 200, "its receipt")
        tap.check(one.get("/v1/memories/%s/history" % one.ids["memory"])
                  ["versions"], "its history")
    world.check()


class Tenants(Both):
    """A stack with the tenants in it."""

    def __enter__(self):
        stack, up = super().__enter__()
        return World(stack, up)


tests.run(Tenants)
