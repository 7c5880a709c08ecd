#!/usr/bin/env python3
"""key-ring list and rotate: all provider keys are sealed anew while they are
used, whoever is killed when."""
import json
import os
import stat
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib.stack import Both, owner_of, wait_until

tests = tap.Plan()
PROVIDERS = ("openai", "anthropic", "google", "xai", "openrouter", "deepseek",
             "mistral", "groq", "together", "cerebras")
MOST = 16


def ring_path(stack):
    return os.path.join(stack.env["STATE_DIR"], "key-ring")


def ring(stack):
    """Words of the ring's lines."""
    with open(ring_path(stack)) as file:
        return [line.split() for line in file if not line.startswith("#")]


def put(stack, account_id, provider, key):
    """Stores a key by a worker."""
    reply = stack.request(
        "PUT", "/admin/v1/accounts/%d/provider-keys/%s" % (account_id,
                                                           provider),
        {"Authorization": "Bearer " + stack.env["ADMIN_SECRET"]},
        json.dumps({"key": key}))
    tap.equal(reply.status, 200, reply.body.decode())


def owner(stack):
    """A new account: its number and a memory key of it."""
    email = stack.new_account()
    secret, _ = stack.new_key(email)
    ((number,),) = stack.sql("SELECT id FROM account WHERE email = '%s'"
                             % email)
    return int(number), secret


def works(stack, up, secret, expected):
    """A chat goes up with the key that was stored."""
    reply = stack.chat("openai/gpt-4o", "Hello", secret)
    tap.equal(reply.status, 200, reply.body.decode())
    tap.equal(up.last().header("authorization"), "Bearer " + expected, "key")


def sealed(stack):
    """How many rows each id has sealed."""
    return {int(number): int(count) for number, count in stack.sql(
        "SELECT ring_id, COUNT(*) FROM provider_key GROUP BY ring_id")}


@tests.test
def a_new_key_seals_all_and_no_server_has_to_be_told(both):
    stack, up = both
    number, secret = owner(stack)
    put(stack, number, "openai", "sk-before-rotation")
    put(stack, number, "groq", "sk-another-one-here")
    before = ring(stack)
    rows = sum(sealed(stack).values())
    done = stack.must("key-ring", "rotate")
    new = int(before[1][1]) + 1
    tap.equal((done["id"], done["state"], done["resealed"], done["failed"]),
              (new, "added", rows, 0), "what it says")
    after = ring(stack)
    tap.equal(after[0], before[0], "the hash key")
    tap.equal([line[:2] for line in after[1:]],
              [["seal", str(new)]] + [line[:2] for line in before[1:]],
              "the ring")
    tap.equal(stat.S_IMODE(os.stat(ring_path(stack)).st_mode), 0o600, "mode")
    tap.equal(os.stat(ring_path(stack)).st_uid,
              os.stat(stack.env["STATE_DIR"]).st_uid, "owner")
    tap.equal(sealed(stack), {new: rows}, "rows")
    works(stack, up, secret, "sk-before-rotation")
    put(stack, number, "openai", "sk-after-rotation")
    tap.equal(sealed(stack), {new: rows}, "rows of a worker's old ring")
    works(stack, up, secret, "sk-after-rotation")
    tap.equal(stack.sql("SELECT last_four FROM provider_key WHERE account_id ="
                        " %d AND provider = 'groq'" % number), [["here"]],
              "last four letters")


@tests.test
def the_list_tells_ids_and_never_keys(both):
    stack, _ = both
    lines = ring(stack)
    done = stack.admin("key-ring", "list")
    tap.equal(done.code, 0, done.err)
    for line in lines:
        tap.lacks(done.out, line[-1], "the list")
    rows = stack.must("key-ring", "list")
    tap.equal([(row["id"], row["state"]) for row in rows],
              [(int(line[1]), "opens" if i else "seals")
               for i, line in enumerate(lines[1:])], "rows")
    tap.equal({row["id"]: row["provider_keys"] for row in rows
               if row["provider_keys"]}, sealed(stack), "counts")


@tests.test
def no_request_fails_while_the_ring_is_rotated(both):
    stack, _ = both
    number, secret = owner(stack)
    put(stack, number, "openai", "sk-while-it-is-rotated")
    stop = threading.Event()
    seen = []

    def chat():
        while not stop.is_set():
            seen.append(stack.chat("openai/gpt-4o", "Hello", secret).status)

    def store():
        while not stop.is_set():
            put(stack, number, "groq", "sk-stored-all-the-time")
            seen.append(200)

    threads = [threading.Thread(target=one) for one in (chat, chat, store)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(4):
            stack.must("key-ring", "rotate")
            stack.must("key-ring", "rotate", "--drop-old")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    tap.equal(set(seen), {200}, "statuses")
    tap.check(len(seen) > 8, "requests were made", len(seen))
    rows = stack.must("key-ring", "list")
    tap.check(not [row for row in rows if row["state"] == "missing"],
              "every row can be opened", rows)


@tests.test
def a_killed_rotation_is_completed_by_the_next(both):
    stack, up = both
    people = [owner(stack) for _ in range(25)]
    for number, _ in people:
        for name in PROVIDERS:
            put(stack, number, name, "sk-%d-%s" % (number, name))
    stack.must("key-ring", "rotate", "--drop-old")
    rows = sum(sealed(stack).values())
    new = int(ring(stack)[1][1]) + 1
    with open(os.devnull, "w") as null:
        killed = subprocess.Popen(
            [stack.build("memoryrouter-admin"), "--config",
             stack.env["CONF_FILE"], "key-ring", "rotate"], stdout=null,
            stderr=null, cwd=stack.run_dir, preexec_fn=owner_of(stack.run_dir))
    wait_until("the new key in the ring",
               lambda: ring(stack)[1][1] == str(new), pause=0.001)
    killed.kill()
    killed.wait()
    wait_until("its connection has ended", lambda: stack.sql(
        "SELECT IS_FREE_LOCK('memoryrouter.key-ring')") == [["1"]])
    tap.equal(sum(sealed(stack).values()), rows, "rows")
    tap.check(set(sealed(stack)) <= {new - 1, new}, "keys", sealed(stack))
    for number, secret in people[:2] + people[-2:]:
        works(stack, up, secret, "sk-%d-openai" % number)
    if sealed(stack) != {new: rows}:
        done = stack.must("key-ring", "rotate")
        tap.equal((done["id"], done["state"]), (new, "continued"), "state")
    tap.equal(sealed(stack), {new: rows}, "rows")
    done = stack.must("key-ring", "rotate", "--drop-old")
    tap.equal((done["id"], done["state"], done["dropped"]),
              (new, "continued", 1), "what it says")
    for number, secret in people[:2] + people[-2:]:
        works(stack, up, secret, "sk-%d-openai" % number)


@tests.test
def a_key_that_is_needed_is_not_dropped(both):
    stack, up = both
    number, secret = owner(stack)
    put(stack, number, "openai", "sk-can-be-opened")
    put(stack, number, "groq", "sk-was-changed")
    stack.sql("UPDATE provider_key SET sealed = REVERSE(sealed)"
              " WHERE account_id = %d AND provider = 'groq'" % number)
    before = ring(stack)
    done = stack.admin("key-ring", "rotate", "--drop-old")
    tap.equal(done.code, 1, done.out)
    tap.contains(done.err, "1 provider keys stay", "the message")
    tap.equal(ring(stack)[2:], before[1:], "old keys in the ring")
    stack.sql("UPDATE provider_key SET ring_id = 999 WHERE account_id = %d "
              "AND provider = 'groq'" % number)
    tap.check({"id": 999, "state": "missing", "provider_keys": 1}
              in stack.must("key-ring", "list"), "it is missing")
    done = stack.admin("doctor")
    tap.equal(done.code, 1, "doctor")
    tap.contains(done.out, "seal key 999", "what doctor says")
    # It is no reason to keep a key that may be known to others.
    for _ in range(2):
        first = ring(stack)[1]
        done = stack.admin("key-ring", "rotate")
        tap.equal(done.code, 1, done.out)
        tap.contains(done.err, "1 provider keys stay", "the message")
        tap.check(ring(stack)[1] != first, "another key seals", done.out)
    done = stack.admin("key-ring", "rotate", "--drop-old")
    tap.equal((done.code, len(ring(stack))), (1, 2), done.out)
    works(stack, up, secret, "sk-can-be-opened")
    stack.sql("DELETE FROM provider_key WHERE account_id = %d AND"
              " provider = 'groq'" % number)
    done = stack.admin("key-ring", "rotate", "--drop-old")
    tap.equal(done.code, 0, done.err)
    tap.contains(done.out, "1 old seal keys dropped", "what it says")
    tap.equal(len(ring(stack)), 2, "lines")
    works(stack, up, secret, "sk-can-be-opened")


@tests.test
def a_prepared_key_waits_for_the_rotation(both):
    stack, up = both
    number, secret = owner(stack)
    put(stack, number, "openai", "sk-on-two-machines")
    before = ring(stack)
    one = stack.must("key-ring", "rotate", "--prepare")
    two = stack.must("key-ring", "rotate", "--prepare")
    tap.equal(one, two, "prepared twice")
    lines = ring(stack)
    tap.equal(lines[:-1], before, "lines before")
    tap.equal(lines[-1][:2], ["next", str(one["id"])], "the line that waits")
    put(stack, number, "openai", "sk-on-two-machines")
    tap.check(one["id"] not in sealed(stack), "it seals nothing yet")
    done = stack.must("key-ring", "rotate")
    tap.equal((done["id"], done["state"]), (one["id"], "added"), "rotation")
    tap.equal(ring(stack)[1], ["seal"] + lines[-1][1:], "first line")
    works(stack, up, secret, "sk-on-two-machines")
    done = stack.admin("key-ring", "rotate", "--prepare", "--drop-old")
    tap.equal(done.code, 2, "both options")


@tests.test
def a_full_ring_says_what_to_do(both):
    stack, _ = both
    while len(ring(stack)) <= MOST:
        stack.must("key-ring", "rotate")
    done = stack.admin("key-ring", "rotate")
    tap.equal(done.code, 1, "exit status")
    tap.contains(done.err, "--drop-old", "the message")
    tap.equal(len(ring(stack)), MOST + 1, "lines")
    done = stack.must("key-ring", "rotate", "--drop-old")
    tap.equal(done["dropped"], MOST - 1, "dropped")
    tap.equal(stack.must("key-ring", "rotate")["state"], "added", "state")


@tests.test
def two_rotations_do_not_meet(both):
    stack, _ = both
    client = subprocess.Popen(
        ["mariadb", "--no-defaults", "--socket=" + stack.env["DB_SOCKET"],
         "--user=root", "--batch", "--skip-column-names", "--unbuffered",
         "memoryrouter"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True)
    client.stdin.write("SELECT GET_LOCK('memoryrouter.key-ring', 5);\n")
    client.stdin.flush()
    tap.equal(client.stdout.readline(), "1\n", "the lock")
    done = stack.admin("key-ring", "rotate")
    client.stdin.close()
    client.wait()
    tap.equal(done.code, 1, "exit status")
    tap.contains(done.err, "somebody else", "the message")
    stack.must("key-ring", "rotate")


tests.run(Both)
