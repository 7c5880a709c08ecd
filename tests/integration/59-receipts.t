#!/usr/bin/env python3
"""Receipts: what a request was given and what it left, for its owner only."""
import glob
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib.stack import Both, wait_until

DAY_MS = 24 * 3600 * 1000

tests = tap.Plan()


def receipt(stack, key, request_id):
    """The reply to GET /v1/requests/ID."""
    return stack.request("GET", "/v1/requests/" + request_id,
                         {"Authorization": "Bearer " + key})


def ask(stack, key, text, headers=None):
    """A chat that is done and stored; its reply."""
    reply = stack.chat("openai/gpt-4o", text, key, headers or {})
    tap.equal(reply.status, 200, "status")
    stack.settled(reply)
    return reply


def known(stack, key):
    """Ids and texts of the vault, by search."""
    reply = stack.request("POST", "/v1/memory/search",
                          {"Authorization": "Bearer " + key},
                          json.dumps({"query": "teal colour"}).encode())
    return {one["content"]: one["id"] for one in reply.json()["results"]}


@tests.test
def a_receipt_names_what_was_injected_and_what_was_stored(both):
    stack, _ = both
    key, _ = stack.new_key()
    first = ask(stack, key, "My favourite colour is teal.",
                {"X-Memory-Store-Response": "false"})
    told = receipt(stack, key, first.header("x-request-id")).json()
    tap.equal(told["injected"], [], "the first: injected")
    tap.equal(told["stored"],
              [known(stack, key)["My favourite colour is teal."]],
              "the first: stored")
    second = ask(stack, key, "Which colour is my favourite?")
    reply = receipt(stack, key, second.header("x-request-id"))
    tap.equal(reply.status, 200, "status")
    told = reply.json()
    tap.equal(",".join(str(one["id"]) for one in told["injected"]),
              second.header("x-memory-ids"), "injected")
    tap.check(0 < told["injected"][0]["score"] <= 1, "score", told)
    tap.equal(len(told["stored"]), 2, "question and answer are stored")
    for name, value in (("provider", "openai"), ("model", "gpt-4o"),
                        ("dialect", "openai_chat"), ("status", 200)):
        tap.equal(told[name], value, name)
    tap.lacks(reply.body.decode(), "teal", "ids and numbers only")


@tests.test
def a_request_that_stores_nothing_has_one_too(both):
    stack, _ = both
    key, _ = stack.new_key()
    ask(stack, key, "My favourite colour is teal.")
    for mode, count in (("read", 1), ("off", 0)):
        reply = ask(stack, key, "Which colour is my favourite?",
                    {"X-Memory-Mode": mode})
        told = receipt(stack, key, reply.header("x-request-id")).json()
        tap.equal(len(told["injected"]), count, mode + ": injected")
        tap.equal(told["stored"], [], mode + ": stored")


@tests.test
def a_tool_loop_has_no_scores(both):
    stack, _ = both
    key, _ = stack.new_key()
    ask(stack, key, "My favourite colour is teal.")
    body = {"model": "openai/gpt-4o", "messages": [
        {"role": "user", "content": "Which colour is my favourite?"}],
        "tools": [{"type": "function", "function": {"name": "f"}}]}
    for score in (True, False):
        reply = stack.post(json.dumps(body).encode(), key)
        stack.settled(reply)
        told = receipt(stack, key, reply.header("x-request-id")).json()
        tap.equal(len(told["injected"]), 1, "injected")
        tap.equal(told["injected"][0]["score"] is not None, score, "a score")


@tests.test
def another_tenants_is_a_404(both):
    stack, _ = both
    key, _ = stack.new_key()
    other, _ = stack.new_key()
    reply = ask(stack, key, "My favourite colour is teal.")
    request_id = reply.header("x-request-id")
    tap.equal(receipt(stack, key, request_id).status, 200, "its own")
    bodies = set()
    for key_of, wanted in ((other, request_id), (key, "0" * 32),
                           (key, "nonsense"), (key, ""),
                           (key, request_id + "0")):
        seen = receipt(stack, key_of, wanted)
        tap.equal(seen.status, 404, "status of " + wanted)
        bodies.add(seen.body)
    tap.equal(len(bodies), 1, "answers that can be told apart")
    tap.equal(receipt(stack, "mk_none", request_id).status, 401, "no key")


@tests.test
def receipts_end(both):
    stack, _ = both
    key, _ = stack.new_key()
    reply = ask(stack, key, "My favourite colour is teal.")
    request_id = reply.header("x-request-id")
    stack.sql("UPDATE usage_event SET created_at = created_at - %d WHERE "
              "request_id = UNHEX('%s')" % (31 * DAY_MS, request_id))
    tap.equal(receipt(stack, key, request_id).status, 404, "an old one")


@tests.test
def what_waited_in_the_spool_has_one(both):
    stack, _ = both
    key, _ = stack.new_key()
    ask(stack, key, "My favourite colour is teal.")
    stack.sql("RENAME TABLE usage_event TO usage_away")
    try:
        reply = stack.chat("openai/gpt-4o", "Which colour is it?", key, {})
        tap.equal(reply.status, 200, "status")
        wait_until("the turn is spooled", lambda: glob.glob(
            os.path.join(stack.env["STATE_DIR"], "spool", "*.json")))
    finally:
        stack.sql("RENAME TABLE usage_away TO usage_event")
    stack.settled(reply)
    told = receipt(stack, key, reply.header("x-request-id")).json()
    tap.equal(len(told["injected"]), 1, "injected")
    tap.equal(len(told["stored"]), 2, "stored")


tests.run(Both)
