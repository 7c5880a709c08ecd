#!/usr/bin/env python3
"""POST /v1/memory/search: what it finds, explains, filters and refuses."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib.stack import Both
from lib.vaults import HOUR_MS, Vault, now_ms

tests = tap.Plan()

FEATURES = {"own", "context", "similar", "near", "answers", "around", "author",
            "standing", "length", "period", "timed", "named", "asks"}
FATES = {"chosen", "irrelevant", "repeated", "limit", "budget", "gone"}


@tests.test
def a_result_says_all_about_a_memory(both):
    stack, _ = both
    vault = Vault(stack)
    at = now_ms() - 50 * HOUR_MS
    vault.add(["The boat is named Selma."], at_ms=at, session="harbour",
              author="Ann")
    body = vault.search("What is the boat named?",
                        {"X-Session-ID": "harbour"})
    tap.equal((body["query"], body["total"], body["session_id"]),
              ("What is the boat named?", 1, "harbour"), "the head")
    tap.equal(body["memories"], body["results"], "both names")
    one = body["results"][0]
    tap.check(0 < one.pop("score") < 1, "score", body)
    tap.equal(one, {
        "id": 1, "content": "The boat is named Selma.",
        "text": "The boat is named Selma.", "role": "user", "name": "Ann",
        "timestamp": at, "window": "working", "session_id": "harbour",
        "source": "test"}, "a result")


@tests.test
def conformance_117_results_stand_by_score_within_the_limit(both):
    stack, _ = both
    vault = Vault(stack)
    vault.add(["Boat number %d leaks at the stern." % i for i in range(20)] +
              ["Boat number 7 is painted red.", "Bread is in the oven."])
    for limit in (1, 3, 10):
        found = vault.search("Which boat number leaks?", limit=limit)
        scores = [one["score"] for one in found["results"]]
        tap.equal(len(scores), limit, "results")
        tap.equal(scores, sorted(scores, reverse=True), "scores")


@tests.test
def explain_tells_each_feature_and_fate(both):
    stack, _ = both
    vault = Vault(stack)
    vault.add(["The boat is named Selma.", "the boat is named SELMA",
               "A boat needs paint.", "Bread is in the oven."])
    vault.add(["Boat number %d leaks at the stern." % i for i in range(20)])
    plain = vault.search("What is the boat named?", limit=3)
    tap.lacks(plain, "explain", "without being asked")
    body = vault.search("What is the boat named?", limit=3, explain=True)
    told = body.pop("explain")
    tap.equal(body, plain, "the answer itself")
    tap.equal(told["vectors"], False, "vectors")
    tap.equal(told["periods"], [], "periods")
    tap.check(told["search_ms"] >= 0 and told["embedding_ms"] >= 0, "times")
    for one in told["candidates"]:
        tap.equal(set(one["features"]), FEATURES, "features")
        tap.contains(FATES, one["fate"], "fate")
        tap.check(0 <= one["shared"] <= 1, "shared", one)
        added = sum(f["adds"] for f in one["features"].values())
        tap.check(abs(added - one["sum"]) < 0.01, "the sum", one)
    fates = {one["id"]: one for one in told["candidates"]}
    chosen = [one["id"] for one in told["candidates"]
              if one["fate"] == "chosen"]
    tap.equal(chosen, [one["id"] for one in body["results"]], "chosen")
    tap.equal((fates[1]["fate"], fates[1]["same_as"]), ("repeated", 2),
              "the older wording")
    tap.contains([one["fate"] for one in told["candidates"]], "limit",
                 "beyond the limit")
    periods = vault.search("What did the boat do yesterday?",
                           explain=True)["explain"]["periods"]
    tap.equal(len(periods), 1, "periods")


@tests.test
def filters_leave_out_what_does_not_fit(both):
    stack, _ = both
    vault = Vault(stack)
    day = 24 * HOUR_MS
    at = now_ms() - 10 * day
    for number in range(10):
        vault.add(["The boat log says %d knots." % number],
                  at_ms=at + number * day,
                  role=("user", "assistant")[number % 2])

    def ids(**fields):
        return sorted(one["id"] for one in vault.search(
            "boat log knots", **fields)["results"])
    tap.equal(ids(), list(range(1, 11)), "all")
    tap.equal(ids(role="user"), [1, 3, 5, 7, 9], "user")
    tap.equal(ids(role="assistant"), [2, 4, 6, 8, 10], "assistant")
    tap.equal(ids(after=at + 7 * day), [8, 9, 10], "after, included")
    tap.equal(ids(before=at + 2 * day), [1, 2], "before, not included")
    tap.equal(ids(after=at + 2 * day, before=at + 4 * day, role="user"), [3],
              "all of these")
    tap.equal(ids(after="2001-01-01", before="2001-01-02T00:00:00Z"), [],
              "as dates")
    tap.equal(ids(after=None, before=None, role=None, min_score=None,
                  limit=None), list(range(1, 11)), "nulls")
    tap.equal(ids(min_score=0), list(range(1, 11)), "any score")
    tap.equal(ids(min_score=1), [], "no score is 1")
    ((number,),) = vault.stack.sql(
        "UPDATE memory SET role = 2 WHERE vault_id = %d AND id = 4; UPDATE "
        "vault SET epoch = epoch + 1, purge_epoch = purge_epoch + 1 WHERE id "
        "= %d; SELECT COUNT(*) FROM memory WHERE vault_id = %d AND role = 2"
        % (vault.id, vault.id, vault.id))
    tap.equal([number, ids(role="system"), ids(role="ai")],
              ["1", [4], [2, 6, 8, 10]], "system, and another name")
    found = vault.search("boat log knots")["results"]
    some = found[4]["score"]
    tap.equal([one["id"] for one in vault.search(
        "boat log knots", min_score=some - 0.0001)["results"]],
        [one["id"] for one in found if one["score"] >= some - 0.0001],
        "from a score on")
    tap.equal(len(ids(limit=4)), 4, "a limit")
    tap.equal(len(ids(memory_limit=5)), 5, "its other name")
    tap.equal(len(ids(limit=1000)), 10, "a large limit")


@tests.test
def wrong_requests_are_refused_with_what_is_wrong(both):
    stack, up = both
    vault = Vault(stack)
    vault.add(["The boat is named Selma."])
    up.forget()
    good = {"query": "boat"}
    for what, body in (
            ("nothing", b""), ("no JSON", b"{"), ("a list", b"[]"),
            ("a string", b'"boat"'), ("no query", {}),
            ("an empty query", {"query": ""}),
            ("a blank query", {"query": " \n\t"}),
            ("a number as query", {"query": 5}),
            ("null as query", {"query": None}),
            ("a list as query", {"query": ["boat"]}),
            ("invalid UTF-8", b'{"query":"boat \xff\xfe"}'),
            ("deep JSON", b'{"query":' + b"[" * 2000 + b"]" * 2000 + b"}"),
            ("limit 0", dict(good, limit=0)),
            ("limit -1", dict(good, limit=-1)),
            ("limit 1.5", dict(good, limit=1.5)),
            ("limit as a word", dict(good, limit="many")),
            ("a role", dict(good, role="robot")),
            ("a role as number", dict(good, role=1)),
            ("a time", dict(good, after="soon")),
            ("another time", dict(good, before={})),
            ("a score", dict(good, min_score=1.5)),
            ("a score below 0", dict(good, min_score=-0.1)),
            ("a score as a word", dict(good, min_score="high")),
            ("a session", dict(good, session_id="x" * 300)),
            ("a session with a bell", dict(good, session_id="a\x07"))):
        reply = vault.post(body)
        tap.equal(reply.status, 400, what)
        error = reply.json()["error"]
        tap.check(error["message"] and error["code"], what, error)
    tap.equal(vault.post(good, key="mk_" + "x" * 32).status, 401, "a key")
    tap.equal(stack.request("POST", "/v1/memory/search", {}, "{}").status,
              401, "no key")
    tap.equal(stack.request("GET", "/v1/memory/search", stack.usual()).status,
              405, "GET")
    tap.equal(up.journal, [], "nothing went to a provider")
    tap.equal(vault.found("boat"), ["The boat is named Selma."], "it lives")


@tests.test
def any_text_may_be_looked_for(both):
    stack, up = both
    vault = Vault(stack)
    texts = ["the and of is", "\U0001F600\U0001F680", "\x01\x02 bell \x07",
             "\u200b\u202e", "a" * 5000, "e\u0301 \uac00 \u0e01\u0e33",
             "?!.,;:-", "\u6771\u4eac\u306e\u5929\u6c17", "%s%n' OR 1=1 --"]
    vault.add(["The boat is named Selma."] +
              [text for text in texts if "\x01" not in text])
    for text in texts + ["x " * (1 << 19), "boat " * 200000, "\n" * 70000 +
                         "boat"]:
        reply = vault.post({"query": text})
        tap.equal(reply.status, 200, ascii(text[:20]))
        _, sent = vault.ask(up, text)
        tap.check(sent, "a chat goes on", text[:20])
    tap.contains(vault.found("x " * 200000 + "What is the boat named?"),
                 "The boat is named Selma.", "the end of a long one counts")
    tap.contains(vault.found("\u6771\u4eac\u306e\u5929\u6c17\u306f?"),
                 "\u6771\u4eac\u306e\u5929\u6c17", "Japanese")


@tests.test
def sessions_and_suffixes_are_as_in_chats(both):
    stack, _ = both
    vault = Vault(stack)
    vault.add(["The code word is apple."])
    vault.add(["The code word is cherry."], session="one")
    vault.add(["The code word is plum."], session="two")
    for headers, words in (
            ({}, "apple"), ({"X-Session-ID": "one"}, "apple cherry"),
            ({"X-Session-ID": "one", "X-Session-Scope": "exclusive"},
             "cherry"),
            ({"X-Session-ID": "one", "X-Session-Scope": "all"},
             "apple cherry plum"),
            ({"X-Session-ID": "none"}, "apple")):
        found = vault.found("Which code word?", headers)
        tap.equal(sorted(text.split()[-1].strip(".") for text in found),
                  words.split(), str(headers))
    for suffix in (":read", ":write", ":off"):
        reply = vault.post({"query": "code word"}, vault.key + suffix)
        tap.equal(reply.status, 200, suffix)
        tap.equal(reply.json()["total"], 1, suffix)


@tests.test
def two_tenants_never_see_each_other(both):
    stack, _ = both
    ann = Vault(stack, stack.new_account())
    bob = Vault(stack, stack.new_account())
    for vault, word in ((ann, "quince"), (bob, "walrus")):
        vault.add(["The secret word of the garden is %s." % word],
                  session="same")
    for vault, word in ((ann, "quince"), (bob, "walrus")):
        for scope in ("merged", "exclusive", "all"):
            body = vault.search(
                "What is the secret word of the garden? quince walrus", {
                    "X-Session-ID": "same", "X-Session-Scope": scope,
                    "X-Vault-Id": str(ann.id)}, explain=True)
            tap.equal([one["content"] for one in body["results"]],
                      ["The secret word of the garden is %s." % word], scope)
            tap.equal(len(body["explain"]["candidates"]), 1, "explained")


@tests.test
def nothing_of_the_question_or_the_memories_is_logged(both):
    stack, _ = both
    vault = Vault(stack)
    vault.add(["The xylograph is hidden in Trondheim."])
    tap.equal(vault.search("Where is the xylograph?")["total"], 1, "found")
    for name, text in stack.logs().items():
        if name != "mariadb.log":
            tap.lacks(text, "xylograph", name)
            tap.lacks(text, "Trondheim", name)


tests.run(lambda: Both(conf=["embedding = none"]))
