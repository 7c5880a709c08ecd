#!/usr/bin/env python3
"""The database stops before, during and after a turn; nothing is lost."""
import glob
import os
import signal
import stat
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib import upstream
from lib.stack import Both, wait_until

tests = tap.Plan()


def spooled(stack):
    """The files of the spool."""
    return glob.glob(os.path.join(stack.env["STATE_DIR"], "spool", "*.json"))


def restart(stack):
    """The database comes back, and requests work again."""
    stack.start_database()
    wait_until("requests work again", lambda: stack.chat(
        "openai/gpt-4o", "Hello again.", headers={
            "X-Memory-Mode": "off"}).status == 200)


@tests.test
def before_a_turn_it_is_a_503_that_says_when_to_try_again(both):
    stack, up = both
    tap.equal(stack.chat("openai/gpt-4o", "Hello.").status, 200, "before")
    stack.stop_database()
    try:
        up.forget()
        reply = stack.chat("openai/gpt-4o", "Hello.")
        tap.equal(reply.status, 503, "status")
        tap.check(int(reply.header("retry-after")) > 0, "Retry-After")
        error = reply.json()["error"]
        tap.equal(error["code"], "store_unavailable", "error.code")
        tap.check(isinstance(error["message"], str), "error.message", error)
        tap.equal(len(up.journal), 0, "requests upstream")
        tap.equal(stack.request("GET", "/health").status, 200, "alive")
        deep = stack.request("GET", "/health?deep=1")
        tap.equal(deep.status, 503, "deep health")
    finally:
        restart(stack)
    deep = stack.request("GET", "/health?deep=1")
    tap.equal(deep.status, 200, "deep health afterwards")


@tests.test
def a_wrong_key_is_no_401_while_nobody_can_know(both):
    stack, _ = both
    stack.stop_database()
    try:
        tap.equal(stack.chat("openai/gpt-4o", "Hello.", "mk_" + "x" * 32)
                  .status, 503, "an unknown key")
        tap.equal(stack.request("POST", "/v1/chat/completions", {}, "{}")
                  .status, 401, "no key at all")
    finally:
        restart(stack)


@tests.test
def during_a_turn_the_reply_goes_on_and_the_turn_is_spooled(both):
    stack, up = both
    key, key_id = stack.new_key()
    gate = threading.Event()
    up.next(upstream.sse(upstream.stream_bytes(["Zebras ", "are striped."]),
                         gates={2: gate}))
    reply = stack.begin_post(
        {"model": "openai/gpt-4o", "stream": True, "messages": [
            {"role": "user", "content": "What are zebras like?"}]}, key)
    tap.check(reply.read_until(b"Zebras "), "the stream runs")
    stack.stop_database()
    try:
        gate.set()
        reply.finish()
        tap.equal(reply.text(), "Zebras are striped.", "the reply")
        files = wait_until("the turn is in the spool",
                           lambda: spooled(stack))
        for path in files:
            tap.equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "mode")
    finally:
        restart(stack)
    wait_until("the learner stores it", lambda: stack.memories(key_id))
    tap.equal(stack.memories(key_id),
              [("user", "What are zebras like?"),
               ("assistant", "Zebras are striped.")], "memories")
    wait_until("the spool is empty", lambda: not spooled(stack))
    up.next(upstream.chat("Yes."))
    reply = stack.chat("openai/gpt-4o", "Are zebras striped?", key)
    tap.equal(reply.header("x-memory-status"), "hit", "memory afterwards")


@tests.test
def many_turns_at_once_are_spooled_and_stored_once(both):
    stack, up = both
    key, key_id = stack.new_key()
    gate = threading.Event()
    up.on("slow", upstream.sse(upstream.stream_bytes(["Fine."]),
                               gates={1: gate}))
    replies = [stack.begin_post(
        {"model": "openai/slow", "stream": True, "messages": [
            {"role": "user", "content": "Note number %d." % i}]}, key)
        for i in range(12)]
    stack.stop_database()
    try:
        gate.set()
        for reply in replies:
            reply.finish()
            tap.equal(reply.text(), "Fine.", "reply")
        wait_until("all are in the spool",
                   lambda: len(spooled(stack)) == 12)
        # A worker that dies loses nothing of it.
        for pid in stack.workers():
            os.kill(pid, signal.SIGKILL)
    finally:
        restart(stack)
    wait_until("all are stored",
               lambda: len(stack.memories(key_id)) == 24)
    wait_until("the spool is empty", lambda: not spooled(stack))
    users = sorted(text for role, text in stack.memories(key_id)
                   if role == "user")
    tap.equal(users, sorted("Note number %d." % i for i in range(12)),
              "the user's texts, each once")


def holding(stack, key_id):
    """A client of the database that lets nobody write into the key's vault."""
    client = subprocess.Popen(
        ["mariadb", "--no-defaults", "--socket=" + stack.env["DB_SOCKET"],
         "--user=root", "--batch", "--skip-column-names", "--unbuffered",
         "memoryrouter"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True)
    client.stdin.write("BEGIN; SELECT 'held' FROM vault WHERE id = (SELECT "
                       "vault_id FROM memory_key WHERE id = %d) FOR UPDATE;\n"
                       % key_id)
    client.stdin.flush()
    while client.stdout.readline().strip() != "held":
        tap.check(client.poll() is None, "the database's client runs")
    return client


@tests.test
def conformance_76_workers_killed_before_the_commit_lose_no_turn(both):
    stack, up = both
    up.on("flow", upstream.sse(upstream.stream_bytes(["Aye."])))
    keys = [stack.new_key(), stack.new_key()]
    held = [holding(stack, key_id) for _, key_id in keys]
    try:
        reply = stack.chat("openai/gpt-4o", "My parrot is Pip.", keys[0][0])
        tap.equal(reply.status, 200, "the reply is there")
        reply = stack.post({"model": "openai/flow", "stream": True,
                            "messages": [{"role": "user", "content":
                                          "My parrot is Pip."}]}, keys[1][0])
        tap.equal(reply.text(), "Aye.", "the stream came to its end")
        for _, key_id in keys:
            tap.equal(stack.memories(key_id), [], "nothing is stored yet")
        for pid in stack.workers():
            os.kill(pid, signal.SIGKILL)
    finally:
        for client in held:
            client.kill()
            client.communicate()
    for _, key_id in keys:
        rows = wait_until("it is stored",
                          lambda number=key_id: stack.memories(number))
        tap.equal(len(rows), 2, "rows")
        tap.equal(stack.sql("SELECT COUNT(*), SUM(partial) FROM usage_event "
                            "WHERE key_id = %d" % key_id), [["1", "0"]],
                  "usage")


@tests.test
def after_a_turn_what_was_stored_is_there(both):
    stack, _ = both
    key, key_id = stack.new_key()
    reply = stack.chat("openai/gpt-4o", "My boat is named Selma.", key)
    stack.settled(reply)
    rows = stack.memories(key_id)
    stack.stop_database(signal.SIGKILL)
    restart(stack)
    tap.equal(stack.memories(key_id), rows, "rows")
    reply = stack.chat("openai/gpt-4o", "What is my boat named?", key)
    tap.equal(reply.header("x-memory-status"), "hit", "memory")


@tests.test
def a_database_that_hangs_is_given_up_in_time(both):
    stack, _ = both
    pid = stack.database_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        # Who waited for it would get nothing within tap.PATIENCE.
        reply = stack.chat("openai/gpt-4o", "Hello.", )
        tap.equal(reply.status, 503, "status")
        tap.equal(stack.request("GET", "/health").status, 200, "alive")
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_until("requests work again", lambda: stack.chat(
        "openai/gpt-4o", "Hello.").status == 200)


@tests.test
def connections_that_the_server_dropped_are_opened_again(both):
    stack, _ = both
    for (number, user) in stack.sql("SELECT id, user FROM information_schema."
                                    "processlist"):
        if user == "memoryrouter":
            stack.sql("KILL %s" % number)
    for _ in range(20):
        tap.equal(stack.chat("openai/gpt-4o", "Hello.").status, 200,
                  "status")


@tests.test
def with_grace_seen_keys_work_without_memory(both):
    stack, up = both
    key, _ = stack.new_key()
    # Only the worker that saw a key knows it: there is one.
    stack.reload("auth_grace_seconds = 600", "workers = 1")
    stack.chat("openai/gpt-4o", "My boat is named Selma.", key,
               {"X-Memory-Store": "false", "X-Memory-Store-Response": "false"})
    stack.stop_database()
    try:
        up.forget()
        reply = stack.chat("openai/gpt-4o", "What is my boat named?", key)
        tap.equal(reply.status, 200, "a key that was seen")
        tap.check(reply.header("x-memory-status") in ("error", "skipped"),
                  "its memory", reply.header("x-memory-status"))
        tap.equal(stack.chat("openai/gpt-4o", "Hello.", "mk_" + "y" * 32)
                  .status, 503, "a key that was not")
    finally:
        restart(stack)


tests.run(lambda: Both(conf=["db_timeout_ms = 4000", "workers = 2"]))
