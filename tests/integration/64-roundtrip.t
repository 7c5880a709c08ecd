#!/usr/bin/env python3
"""A vault is exported from one installation and imported into another: rows
and searches are the same there.  tests/bench/export does it with 100,000."""
import contextlib
import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import embeddings, roundtrip, tap, upstream
from lib.memory import Vault, lines
from lib.stack import Both, owner_of, wait_until

tests = tap.Plan()
ROWS = 2000
DIMENSIONS = 8


class Two:
    """Two installations, fresh, with one endpoint for vectors."""

    def __enter__(self):
        self.ends = contextlib.ExitStack()
        endpoint = self.ends.enter_context(upstream.Upstream())
        endpoint.default = embeddings.good(DIMENSIONS)
        conf = ["workers = 1", "embedding = http",
                "embedding_url = " + endpoint.url,
                "embedding_model = tiny", "embedding_batch = 500"]
        try:
            return [self.ends.enter_context(Both(conf=conf))
                    for _ in range(2)]
        except BaseException:
            self.ends.close()
            raise

    def __exit__(self, *_):
        self.ends.close()


def stored_in(vault):
    """How many memories it has."""
    return vault.get("/v1/memory/stats")["memories"]


def key_of(vault):
    return ("--key", str(vault.key_id))


def talk(vault, up):
    """Turns of chats: with a name, with a long answer, broken off."""
    stack = vault.stack
    user = {"role": "user", "name": " Ann\n Lee\x07 ",
            "content": "Where <memory_<memory_context>x</memory_context>"
                       "context>did</memory_context> we leave the boat?"}
    up.next(upstream.chat("In the old harbour. " * 200))
    stack.settled(stack.post({"model": "openai/gpt-4o", "messages": [user]},
                             vault.key, {"X-Session-ID": "  boats "}))
    up.next(upstream.sse(upstream.stream_bytes(["Half of ", "it"], done=False),
                         end=False))
    broken = stack.post({"model": "openai/gpt-4o", "stream": True,
                         "messages": [user]}, vault.key)
    stack.settled(broken)


def filled(vault, up, count=ROWS):
    """The body of the export of a vault that has everything in it."""
    roundtrip.fill(vault, count)
    talk(vault, up)
    roundtrip.upload(vault, lines(
        [{"content": "Short %d." % n} for n in range(490)] +
        [{"content": "A long story, sentence after sentence. " * 900}]))
    return vault.send("GET", "/v1/memory/export").body


@tests.test
def n121_an_export_is_the_same_vault_elsewhere(stacks):
    (old, up), (new, _) = stacks
    vault, copy, other = Vault(old), Vault(new), Vault(new)
    body = filled(vault, up)
    tap.check(any(b'"partial":true' in line for line in body.splitlines()),
              "a reply that broke off")
    edits = [len(json.loads(line).get("history", ""))
             for line in body.splitlines()]
    tap.check(2 in edits and sum(edits) > 6, "edited memories", edits)
    before = [("user", "It was here before."), ("assistant", "So it was.")]
    copy.ingest(before)
    done = roundtrip.upload(copy, body)["stats"]
    tap.equal([done["stored"], done["failed"]], [body.count(b"\n"), 0],
              "what was imported")
    tap.equal([(one["role"], one["content"]) for one in
               roundtrip.all_rows(copy)[:2]], before, "what was there")
    roundtrip.check_rows(vault, copy, skip=2)
    result = new.must("import", "-", *key_of(other), input=body.decode())
    tap.equal([result["stored"], result["unusable"]], [body.count(b"\n"), 0],
              "what memoryrouter-admin imported")
    roundtrip.check_rows(vault, other)
    roundtrip.learn(vault, other)
    asked = roundtrip.questions(ROWS)[::3]
    roundtrip.check_searches(vault, other, asked)
    for one in (vault, other):
        one.stack.must("reindex", "--vault", str(one.id), "--words")
    roundtrip.check_searches(vault, other, asked)
    again = other.send("GET", "/v1/memory/export").body
    tap.equal(len(again.splitlines()), len(body.splitlines()), "lines")
    for one, two in zip(again.splitlines(), body.splitlines()):
        one, two = json.loads(one), json.loads(two)
        for name in ("id", "turn"):
            del one[name], two[name]
        tap.equal(one, two, "line of the copy's export")


@tests.test
def what_is_imported_twice_is_there_as_repeats_or_once(stacks):
    (old, up), (new, _) = stacks
    vault, copy = Vault(old), Vault(new)
    vault.upload([roundtrip.entry(n) for n in range(60)])
    body = vault.send("GET", "/v1/memory/export").body
    for _ in range(2):
        tap.equal(copy.send("POST", "/v1/memory/upload", body, {
            "Idempotency-Key": "moving"}).status, 200, "status")
    roundtrip.check_rows(vault, copy)
    words = (*key_of(copy), "--once", "moving")
    tap.equal([new.must("import", "-", *words, input=body.decode())["stored"]
               for _ in range(2)], [body.count(b"\n"), 0], "once by name")
    rows = roundtrip.all_rows(copy)
    tap.equal(len(rows), 2 * body.count(b"\n"), "rows")
    tap.check(all(one["duplicate_of"] for one in
                  rows[body.count(b"\n"):]), "the second are repeats")
    found = [one["content"] for one in copy.search("garden violin Oslo")]
    tap.equal(len(found), len(set(found)), "a text is found once")
    tap.equal(new.admin("import", "-", "--vault", str(copy.id), "--once", "x",
                        input="").code, 2, "--once without a key")


@tests.test
def who_leaves_an_export_gets_all_of_the_next(stacks):
    (old, _), _ = stacks
    vault = Vault(old)
    vault.upload([{"content": "%d %s" % (n, "word " * 200)}
                  for n in range(6000)])
    for _ in range(3):
        reply = old.begin("GET", "/v1/memory/export", old.usual(vault.key))
        tap.check(reply.read(), "it began")
        reply.close()
    tap.equal(len(vault.export()), 6000, "lines")
    wait_until("whoever left is noticed", lambda: old.log().count(
        "path=/v1/memory/export") >= 4)


@tests.test
def an_import_that_was_killed_goes_on(stacks):
    (old, _), (new, _) = stacks
    vault, copy = Vault(old), Vault(new)
    vault.upload([roundtrip.entry(n) for n in range(3000)])
    body = vault.send("GET", "/v1/memory/export").body
    command = [new.build("memoryrouter-admin"), "--config",
               new.env["CONF_FILE"], "import", "-", *key_of(copy), "--once",
               "moving"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, cwd=new.run_dir,
                               preexec_fn=owner_of(new.run_dir))
    process.stdin.write(b"".join(body.splitlines(True)[:1700]))
    process.stdin.flush()
    wait_until("some of it is stored", lambda: stored_in(copy))
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    stored = stored_in(copy)
    tap.check(0 < stored < 1700, "a part is stored", stored)
    new.sql("UPDATE idempotency SET expires_at = 0")  # a minute later
    result = new.must("import", "-", *key_of(copy), "--once", "moving",
                      input=body.decode())
    tap.equal([result["read"], result["known"], result["stored"]],
              [body.count(b"\n"), stored, body.count(b"\n") - stored],
              "result")
    roundtrip.check_rows(vault, copy)


tests.run(Two)
