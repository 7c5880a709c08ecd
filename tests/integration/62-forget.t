#!/usr/bin/env python3
"""Forgetting: what was deleted is gone from the tables, from searches and from
what is injected, and nothing else is."""
import os
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib import upstream
from lib.memory import Vault, texts
from lib.stack import Both

tests = tap.Plan()
OSLO = "I moved to Oslo in the spring and work at the harbour."
CAT = "My cat is called Sturgeon and she is nine years old."


def left(stack, vault):
    """Rows of this vault in every table that holds text or vectors."""
    return [int(stack.sql("SELECT COUNT(*) FROM %s WHERE vault_id = %d"
                          % (table, vault.id))[0][0])
            for table in ("memory", "embedding", "session", "memory_version",
                          "injection")]


def dump(stack):
    """Everything that the database holds."""
    return subprocess.run(
        ["mariadb-dump", "--no-defaults", "--socket=" +
         stack.env["DB_SOCKET"], "--user=root", "memoryrouter"],
        stdout=subprocess.PIPE, check=True).stdout


@tests.test
def n109_all_of_a_vault_is_forgotten(both):
    stack, up = both
    vault, other = Vault(stack), Vault(stack)
    vault.ingest([("user", OSLO)])
    vault.ingest([("user", CAT)], session="pets")
    other.ingest([("user", OSLO)])
    vault.prepare("Where did I move to?")
    answer = vault.ok("DELETE", "/v1/memory")
    tap.equal({name: answer["receipt"][name] for name in (
        "memories", "sessions", "memories_left", "vectors_left")},
        {"memories": 2, "sessions": 1, "memories_left": 0,
         "vectors_left": 0}, "receipt")
    tap.equal(left(stack, vault), [0] * 5, "rows left")
    tap.equal(vault.search("Oslo cat Sturgeon"), [], "search")
    tap.equal(vault.prepare("Where did I move to?")["context"], "", "context")
    up.forget()
    stack.chat("openai/gpt-4o", "Where did I move to?", vault.key,
               {"X-Memory-Mode": "read"})
    tap.lacks(up.last().body.decode(), "Oslo", "forwarded")
    tap.equal(texts(other.search("Oslo")), [OSLO], "the other vault")
    stats = vault.get("/v1/memory/stats")
    tap.equal([stats["totalVectors"], stats["pending"]], [0, 0], "stats")


@tests.test
def no_table_holds_what_was_forgotten(both):
    stack, up = both
    vault = Vault(stack)
    word = "quokka%d" % vault.id
    say = {"content": "My pet is called %s." % word, "name": word,
           "metadata": {"pet": word}}
    once = {"Idempotency-Key": "once"}
    made = vault.send("POST", "/v1/memories", say, once)
    tap.equal(made.status, 201, "status")
    again = vault.send("POST", "/v1/memories", say, once)
    tap.equal((again.status, again.json()), (201, made.json()), "once more")
    vault.ok("PATCH", "/v1/memories/%d" % made.json()["id"],
             {"content": "My pet was called %s." % word})
    for target in ("/v1/memory/ingest", "/v1/memory/upload"):
        reply = vault.send("POST", target, dict(say, role="user"),
                           {"Idempotency-Key": target})
        tap.check(reply.status in (200, 202), target, reply.status)
    up.next(upstream.chat("Its name is %s." % word))
    reply = stack.chat("openai/gpt-4o", "What is my pet called?", vault.key,
                       tools=[{"type": "function",
                               "function": {"name": "f"}}])
    stack.settled(reply)
    tap.contains(dump(stack), word.encode(), "the dump before")
    vault.ok("DELETE", "/v1/memory")
    tap.lacks(dump(stack), word.encode(), "the dump afterwards")
    again = vault.send("POST", "/v1/memories", say, once)
    tap.equal(again.status, 404, "the same request again")
    tap.lacks(dump(stack), word.encode(), "the dump after that")


@tests.test
def n109_a_session_is_forgotten_alone(both):
    stack, _ = both
    vault = Vault(stack)
    vault.ingest([("user", OSLO)])
    vault.ingest([("user", CAT), ("user", OSLO)], session="pets")
    vault.ingest([("user", CAT)], session="more")
    answer = vault.ok("DELETE", "/v1/memory", session="pets")
    tap.equal([answer["sessionCleared"], answer["receipt"]["memories"]],
              [True, 2], "answer")
    tap.equal(texts(vault.search("Oslo", session="pets")), [OSLO], "core")
    tap.equal(texts(vault.search("cat Sturgeon", session="more")), [CAT],
              "the session that repeats it")
    tap.equal(vault.ok("DELETE", "/v1/memory", session="never")["receipt"][
        "memories"], 0, "an unknown session")
    rows = stack.sql("SELECT COUNT(*), SUM(duplicate_of IS NOT NULL) FROM "
                     "memory WHERE vault_id = %d" % vault.id)
    counts = stack.sql("SELECT memory_count, duplicate_count FROM vault "
                       "WHERE id = %d" % vault.id)
    tap.equal([rows, counts], [[["2", "0"]]] * 2, "counts")


@tests.test
def n110_what_the_answer_says(both):
    vault = Vault(both[0])
    for target, reset in (("/v1/memory", False),
                          ("/v1/memory?reset=true", True)):
        answer = vault.ok("DELETE", target)
        tap.equal([answer["deleted"], answer["sessionCleared"],
                   answer["reset"]], [True, False, reset], "answer")
        tap.contains(answer["message"], "cleared", "message")
        tap.equal(answer["key"], "mk_..." + vault.key[-4:], "key")


@tests.test
def a_repeat_elsewhere_takes_the_place_of_the_first(both):
    stack, _ = both
    vault = Vault(stack)
    for session in ("a", "b", "c"):
        vault.ingest([("user", OSLO)], session=session)
    vault.ok("DELETE", "/v1/memory", session="a")
    rows = stack.sql("SELECT id, duplicate_of FROM memory WHERE vault_id = "
                     "%d ORDER BY seq" % vault.id)
    tap.equal([rows[0][1], rows[1][1]], [None, rows[0][0]], "repeats")
    vault.ingest([("user", OSLO)], session="d")
    rows = stack.sql("SELECT duplicate_of FROM memory WHERE vault_id = %d "
                     "ORDER BY seq DESC LIMIT 1" % vault.id)
    tap.equal(rows, [["2"]], "the next repeat")


@tests.test
def n119_read_only_keys_delete_nothing(both):
    vault = Vault(both[0])
    vault.ingest([("user", OSLO)])
    for target in ("/v1/memory", "/v1/memory?reset=true"):
        tap.equal(vault.send("DELETE", target,
                             key=vault.key + ":read").status, 403, target)
    tap.equal(vault.rows(), [("user", OSLO)], "rows")


@tests.test
def many_memories_are_forgotten_at_once(both):
    vault = Vault(both[0])
    vault.upload([{"content": "Line %d." % n} for n in range(5000)])
    answer = vault.ok("DELETE", "/v1/memory")
    tap.equal([answer["receipt"]["memories"],
               answer["receipt"]["memories_left"]], [5000, 0], "receipt")


@tests.test
def writers_and_deleters_do_not_get_in_each_others_way(both):
    stack, _ = both
    vault = Vault(stack)
    wrong = []

    def run(method, target, body):
        for n in range(10):
            reply = vault.send(method, target, body and body(n))
            if reply.status >= 300:
                wrong.append((method, reply.status, reply.body))
    threads = [threading.Thread(target=run, args=args) for args in (
        ("POST", "/v1/memory/ingest", lambda n: {"user": "fact %d" % n}),
        ("POST", "/v1/memory/upload",
         lambda n: {"content": "line %d" % n}),
        ("DELETE", "/v1/memory", None))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tap.equal(wrong, [], "refusals")
    vault.ok("DELETE", "/v1/memory")
    tap.equal(left(stack, vault), [0] * 5, "rows left")
    tap.equal(stack.sql("SELECT memory_count, duplicate_count FROM vault "
                        "WHERE id = %d" % vault.id), [["0", "0"]], "counts")


tests.run(lambda: Both(conf=["embedding = none"]))
