#!/usr/bin/env python3
"""Two keys never see each other's memories; a revoked key opens nothing."""
import os
import re
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib.stack import Both

tests = tap.Plan()
QUESTION = "What is the secret word of my garden?"


def teach(stack, key, word, **headers):
    """Stores a fact."""
    reply = stack.chat("openai/gpt-4o", "The secret word of my garden is %s."
                       % word, key, dict({
                           "X-Memory-Mode": "write",
                           "X-Memory-Store-Response": "false"}, **headers))
    tap.equal(reply.status, 200, "status")
    return reply


def asked(stack, up, key, headers=None):
    """What is forwarded for the question."""
    reply = stack.chat("openai/gpt-4o", QUESTION, key,
                       dict({"X-Memory-Mode": "read"}, **(headers or {})))
    tap.equal(reply.status, 200, "status")
    return up.last().body.decode()


@tests.test
def keys_of_two_accounts_see_their_own_only(both):
    stack, up = both
    ann, _ = stack.new_key(stack.new_account())
    bob, _ = stack.new_key(stack.new_account())
    teach(stack, ann, "quince")
    teach(stack, bob, "walrus")
    for _ in range(5):
        text = asked(stack, up, ann)
        tap.contains(text, "quince", "ann")
        tap.lacks(text, "walrus", "ann")
        text = asked(stack, up, bob)
        tap.contains(text, "walrus", "bob")
        tap.lacks(text, "quince", "bob")


@tests.test
def keys_of_one_account_see_their_own_only(both):
    stack, up = both
    email = stack.new_account()
    one, _ = stack.new_key(email)
    two, _ = stack.new_key(email)
    teach(stack, one, "quince")
    tap.lacks(asked(stack, up, two), "quince", "the other key")
    tap.contains(asked(stack, up, one), "quince", "the key itself")


@tests.test
def nothing_in_a_request_names_another_vault(both):
    stack, up = both
    one, one_id = stack.new_key()
    two, _ = stack.new_key()
    teach(stack, one, "quince")
    ((vault,),) = stack.sql("SELECT vault_id FROM memory_key WHERE id = %d"
                            % one_id)
    for name in ("X-Vault-Id", "X-Vault", "X-Memory-Vault", "X-Key-Id",
                 "X-Account-Id", "X-Internal-Request"):
        tap.lacks(asked(stack, up, two, {name: vault}), "quince", name)
    for scope in ("all", "merged", "exclusive"):
        tap.lacks(asked(stack, up, two, {
            "X-Session-Scope": scope, "X-Session-ID": "%"}), "quince", scope)


@tests.test
def sessions_of_the_same_name_are_apart(both):
    stack, up = both
    one, _ = stack.new_key()
    two, _ = stack.new_key()
    teach(stack, one, "quince", **{"X-Session-ID": "same"})
    teach(stack, two, "walrus", **{"X-Session-ID": "same"})
    text = asked(stack, up, one, {"X-Session-ID": "same"})
    tap.contains(text, "quince", "one")
    tap.lacks(text, "walrus", "one")


@tests.test
def conformance_136_fifty_mixed_requests_at_once_do_not_mix(both):
    stack, up = both
    keys = [stack.new_key()[0] for _ in range(50)]
    for number, key in enumerate(keys):
        teach(stack, key, "word%dx" % number)
    wrong = []

    def run(number, key):
        for method, path, body in (
                ("POST", "/v1/chat/completions",
                 {"model": "demo/x",
                  "messages": [{"role": "user", "content": QUESTION}]}),
                ("POST", "/v1/memory/search", {"query": QUESTION}),
                ("GET", "/v1/memories", b"")):
            reply = stack.request(method, path, dict(
                stack.usual(key), **{"X-Memory-Mode": "read"}), body)
            seen = set(re.findall(r"word\d+x", reply.body.decode()))
            if reply.status != 200 or seen != {"word%dx" % number}:
                wrong.append((number, path, reply.status, reply.body[:200]))
    threads = [threading.Thread(target=run, args=pair)
               for pair in enumerate(keys)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tap.equal(wrong, [], "wrong answers")


@tests.test
def a_revoked_key_is_refused_at_once(both):
    stack, up = both
    key, key_id = stack.new_key()
    for _ in range(10):
        teach(stack, key, "quince")
    stack.must("key", "revoke", str(key_id))
    up.forget()
    for _ in range(10):  # whichever worker
        reply = stack.chat("openai/gpt-4o", QUESTION, key)
        tap.equal(reply.status, 401, "status")
        tap.equal(reply.json()["error"]["code"], "invalid_api_key", "code")
    tap.equal(len(up.journal), 0, "requests upstream")


@tests.test
def a_revoked_key_with_a_suffix_is_refused_too(both):
    stack, _ = both
    key, key_id = stack.new_key()
    stack.must("key", "revoke", str(key_id))
    for suffix in (":read", ":write", ":off"):
        tap.equal(stack.chat("openai/gpt-4o", QUESTION, key + suffix).status,
                  401, "status with " + suffix)


@tests.test
def provider_keys_of_another_account_are_never_used(both):
    stack, up = both
    ann, bob = stack.new_account(), stack.new_account()
    stack.must("provider-key", "set", "openai", "--account", ann,
               input="sk-of-ann\n")
    key, _ = stack.new_key(bob)
    stack.chat("openai/gpt-4o", "Hello.", key)
    tap.equal(up.last().header("authorization"), "Bearer sk-default", "key")


@tests.test
def a_deleted_memory_is_never_forwarded(both):
    stack, up = both
    key, key_id = stack.new_key()
    stack.settled(teach(stack, key, "quince"))
    tap.contains(asked(stack, up, key), "quince", "before")
    stack.sql("START TRANSACTION; UPDATE vault v JOIN memory_key k ON "
              "k.vault_id = v.id SET v.epoch = v.epoch + 1, v.purge_epoch = "
              "v.purge_epoch + 1 WHERE k.id = %d; DELETE m FROM memory m JOIN "
              "memory_key k ON k.vault_id = m.vault_id WHERE k.id = %d; "
              "COMMIT" % (key_id, key_id))
    for _ in range(5):
        tap.lacks(asked(stack, up, key), "quince", "afterwards")


tests.run(Both)
