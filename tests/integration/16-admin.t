#!/usr/bin/env python3
"""memoryrouter-admin: every verb, its JSON, its refusals, its secrecy."""
import json
import os
import re
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib.stack import Both, SRCDIR
from lib.upstream import close_early, reply

tests = tap.Plan()

SECRET = "sk-proj-ThisIsTheProviderSecret0123456789"


@tests.test
def help_and_version_work(both):
    stack, _ = both
    for words in (["--help"], ["help"], ["--version"]):
        done = stack.run("memoryrouter-admin", *words)
        if words == ["help"] and done.code == 2:
            continue
        tap.equal(done.code, 0, " ".join(words))
        tap.check(done.out.strip(), " ".join(words) + " prints something")
    listed = stack.run("memoryrouter-admin", "--help").out
    for verb in ("migrate", "account", "key", "provider-key", "key-ring",
                 "doctor"):
        tap.contains(listed, verb, "--help")


@tests.test
def every_verb_and_its_options_stand_in_the_manual(both):
    stack, _ = both
    with open(os.path.join(SRCDIR, "src", "memoryrouter-admin.8")) as file:
        entries = file.read().replace("\\\n", " ").split(".TP\n")
    entries = [re.sub(r"\\f.|\\$", "", entry.replace("\\-", "-"), flags=re.M)
               for entry in entries]
    verbs = re.findall(r"^  (\w[\w -]*?)(?: \[?[A-Z].*?| \[--.*)?$",
                       stack.run("memoryrouter-admin", "--help").out, re.M)
    usages = re.findall(r"^  (\w.*)$",
                        stack.run("memoryrouter-admin", "--help").out, re.M)
    tap.check(len(verbs) > 20, "verbs", verbs)
    for verb, usage in zip(verbs, usages):
        found = [entry for entry in entries
                 if re.match(r'(\.\w+ )?"?' + verb + r'\b(?!-)', entry)]
        tap.equal(len(found), 1, "entries of " + verb)
        for option in re.findall(r"--[\w-]+", usage):
            tap.contains(found[0], option, "the manual of " + verb)


@tests.test
def bad_usage_is_2_and_says_what_is_right(both):
    stack, _ = both
    for words in ([], ["nonsense"], ["key"], ["key", "nonsense"],
                  ["account", "add"], ["key", "add", "--account"],
                  ["key", "revoke"], ["key", "revoke", "abc"],
                  ["migrate", "--nonsense"], ["provider-key", "set"],
                  ["key", "list", "too", "many"]):
        done = stack.admin(*words)
        tap.equal(done.code, 2, "exit status of %s: %s" % (words, done.err))
        tap.check(done.err.strip(), "a message for %s" % words)
        tap.equal(done.out, "", "output of %s" % words)


@tests.test
def accounts_are_added_and_listed(both):
    stack, _ = both
    row = stack.must("account", "add", "--email", "ann@example.org",
                     "--name", "Ann")
    tap.check("id" in row, "an id", row)
    rows = stack.must("account", "list")
    rows = rows if isinstance(rows, list) else rows["accounts"]
    found = [one for one in rows if one["email"] == "ann@example.org"]
    tap.equal(len(found), 1, "rows of ann")
    tap.equal(found[0]["name"], "Ann", "name")
    human = stack.admin("account", "list")
    tap.contains(human.out, "ann@example.org", "the table")


@tests.test
def an_account_cannot_be_added_twice(both):
    stack, _ = both
    stack.admin("account", "add", "--email", "bob@example.org")
    for email in ("bob@example.org", "BOB@example.org"):
        done = stack.admin("account", "add", "--email", email)
        tap.equal(done.code, 1, "exit status")
        tap.check(done.err.strip(), "a message")


@tests.test
def a_password_is_stored_as_a_hash(both):
    stack, _ = both
    done = stack.admin("account", "add", "--email", "eve@example.org",
                       "--password-stdin", input="correct horse\n")
    tap.equal(done.code, 0, done.err)
    ((text,),) = stack.sql("SELECT password_hash FROM account WHERE email = "
                           "'eve@example.org'")
    tap.check(text.startswith("$argon2id$"), "Argon2id", text)


@tests.test
def an_account_is_not_taken_for_another_with_accents(both):
    stack, _ = both
    stack.must("account", "add", "--email", "pad@example.org")
    for email, code in (("p\u00e4d@example.org", 1), ("PAD@example.org", 0)):
        done = stack.admin("account", "remove", email, "--really", email)
        tap.equal(done.code, code, done.err)


@tests.test
def keys_are_added_listed_and_revoked(both):
    stack, _ = both
    email = stack.new_account()
    row = stack.must("key", "add", "--account", email, "--name", "phone")
    tap.check(re.fullmatch(r"mk_[0-9A-Za-z]{32}", row["key"]),
              "mk_ and 32 characters", row["key"])
    rows = stack.must("key", "list", "--account", email)
    rows = rows if isinstance(rows, list) else rows["keys"]
    tap.equal(len(rows), 1, "keys of the account")
    tap.equal(rows[0]["name"], "phone", "name")
    tap.lacks(json.dumps(rows), row["key"], "the list")
    tap.contains(json.dumps(rows), row["key"][-4:], "the list")
    tap.equal(stack.chat("demo/x", "Hello", row["key"]).status, 200, "alive")
    for _ in range(2):
        stack.must("key", "revoke", str(row["id"]))
    tap.equal(stack.chat("demo/x", "Hello", row["key"]).status, 401, "dead")
    human = stack.admin("key", "list", "--account", email)
    tap.equal(human.code, 0, "exit status")
    tap.contains(human.out, "phone", "the table")


@tests.test
def a_key_is_rotated_and_renamed(both):
    stack, _ = both
    old, key_id = stack.new_key(stack.new_account())
    new = stack.must("key", "rotate", str(key_id))["key"]
    tap.equal(stack.chat("demo/x", "Hello", old).status, 401, "old")
    tap.equal(stack.chat("demo/x", "Hello", new).status, 200, "new")
    last = stack.must("key", "rotate", str(key_id), "--grace-seconds",
                      "600")["key"]
    for secret in (new, last):
        tap.equal(stack.chat("demo/x", "Hello", secret).status, 200, "grace")
    stack.must("key", "rename", str(key_id), "--name", "other")
    (row,) = [one for one in stack.must("key", "list")
              if one["id"] == key_id]
    tap.equal(row["name"], "other", "name")
    tap.equal(row["last_four"], last[-4:], "last four")
    stack.must("key", "revoke", str(key_id))
    for words, code in ((["rotate", str(key_id)], 1),
                        (["rename", str(key_id), "--name", "x"], 1),
                        (["rotate", "x"], 2), (["rename", "1"], 2),
                        (["rotate", "1", "--grace-seconds", "-1"], 2)):
        tap.equal(stack.admin("key", *words).code, code, str(words))


@tests.test
def an_account_is_removed_only_when_it_is_named_twice(both):
    stack, _ = both
    email = stack.new_account()
    key, _ = stack.new_key(email)
    for words in ([], ["--really", "other@example.org"]):
        done = stack.admin("account", "remove", email, *words)
        tap.equal(done.code, 2, str(words))
    gone = stack.must("account", "remove", email, "--really", email)
    tap.equal((gone["keys"], gone["vaults"]), (1, 1), "what went")
    tap.equal(stack.chat("demo/x", "Hello", key).status, 401, "its key")
    done = stack.admin("account", "remove", email, "--really", email)
    tap.equal(done.code, 1, "again")


@tests.test
def a_provider_key_is_removed(both):
    stack, _ = both
    email = stack.new_account()
    stack.must("provider-key", "set", "openai", "--account", email,
               input=SECRET)
    stack.must("provider-key", "remove", "openai", "--account", email)
    tap.equal(stack.must("provider-key", "list", "--account", email), [],
              "keys")
    done = stack.admin("provider-key", "remove", "openai", "--account",
                       email)
    tap.equal(done.code, 1, "again")


@tests.test
def a_provider_key_is_checked_with_its_provider(both):
    stack, up = both
    email = stack.new_account()
    check = ("provider-key", "check", "--account", email)
    tap.equal(stack.admin(*check).code, 1, "without any key")
    tap.equal(stack.admin("provider-key", "check").code, 2, "no account")
    for name in ("openai", "groq"):
        stack.must("provider-key", "set", name, "--account", email,
                   input=SECRET)
    tap.equal(stack.admin(*check, "xai").code, 1, "a key that is not there")
    tap.equal(stack.admin(*check, "nobody").code, 1, "an unknown provider")
    listed = reply(200, {"data": [{"id": "gpt-4o"}]})
    refused = reply(401, {"error": {"message": "no"}})
    for answers, code, state, note in (
            ((listed, refused), 0, "ok", ""),
            ((listed, listed), 0, "ok", "without a key"),
            ((refused,), 1, "refused", "401"),
            ((reply(503),), 1, "unreachable", "503"),
            ((reply(429),), 1, "unreachable", "429"),
            ((close_early,), 1, "unreachable", "")):
        up.forget()
        up.next(*answers)
        done = stack.admin(*check, "openai", "--json")
        (row,) = done.json()
        tap.equal((done.code, row["provider"], row["state"],
                   row["last_four"]), (code, "openai", state, SECRET[-4:]),
                  "%s: %s" % (state, row))
        tap.contains(row["note"], note, "the note")
        tap.lacks(done.out + done.err, SECRET, "output")
        tap.equal(up.journal[0].target, "/v1/models", "what was asked")
        tap.equal(up.journal[0].header("authorization"), "Bearer " + SECRET,
                  "the key")
    up.next(listed, refused)
    done = stack.admin(*check, environment={
        "MEMORYROUTER_UPSTREAM_CONNECT_MS": "100"})
    tap.equal(done.code, 1, "one of two cannot be reached")
    tap.contains(done.out, "unreachable", "the table")


@tests.test
def stats_tell_what_was_used(both):
    stack, _ = both
    email = stack.new_account()
    (one, one_id), (two, _) = stack.new_key(email), stack.new_key(email)
    for key in (one, one, two):
        stack.settled(stack.chat("openai/gpt-4o", "Hello", key))
    (row,) = stack.must("usage", "--account", email)
    tap.equal((row["provider"], row["model"], row["requests"]),
              ("openai", "gpt-4o", 3), "the account")
    (row,) = stack.must("usage", "--account", email, "--key", str(one_id))
    tap.equal((row["requests"], row["input_tokens"], row["output_tokens"]),
              (2, 22, 14), "a key")
    for words in (["--days", "0"], ["--days", "x"], ["--key", "-1"]):
        done = stack.admin("usage", "--account", email, *words)
        tap.equal(done.code, 2, str(words))


@tests.test
def a_key_needs_an_account_that_exists(both):
    stack, _ = both
    done = stack.admin("key", "add", "--account", "nobody@example.org")
    tap.equal(done.code, 1, "exit status: " + done.err)
    done = stack.admin("key", "revoke", "999999")
    tap.equal(done.code, 1, "exit status: " + done.err)


@tests.test
def a_key_is_shown_once_and_stored_as_a_hash(both):
    stack, _ = both
    secret, key_id = stack.new_key()
    rows = stack.sql("SELECT HEX(secret_hash), last_four FROM memory_key "
                     "WHERE id = %d" % key_id)
    tap.equal(len(rows[0][0]), 64, "hash")
    tap.equal(rows[0][1], secret[-4:], "last four")
    dump = subprocess.run(
        ["mariadb-dump", "--no-defaults", "--socket=" +
         stack.env["DB_SOCKET"], "--user=root", "--hex-blob",
         "memoryrouter"], stdout=subprocess.PIPE, check=True).stdout
    tap.lacks(dump, secret.encode(), "the dump")
    tap.lacks(dump, secret.encode().hex().upper().encode(), "the dump")


@tests.test
def provider_keys_are_sealed_and_used(both):
    stack, up = both
    email = stack.new_account()
    secret, _ = stack.new_key(email)
    done = stack.admin("provider-key", "set", "openai", "--account", email,
                       input=SECRET + "\n")
    tap.equal(done.code, 0, done.err)
    tap.lacks(done.out + done.err, SECRET, "output")
    rows = stack.must("provider-key", "list", "--account", email)
    text = json.dumps(rows)
    tap.contains(text, "openai", "the list")
    tap.contains(text, SECRET[-4:], "the list")
    tap.lacks(text, SECRET, "the list")
    tap.equal(stack.chat("openai/gpt-4o", "Hello", secret).status, 200,
              "status")
    tap.equal(up.last().header("authorization"), "Bearer " + SECRET, "key")
    for flag in ([], ["--hex-blob"]):
        dump = subprocess.run(
            ["mariadb-dump", "--no-defaults", "--socket=" +
             stack.env["DB_SOCKET"], "--user=root"] + flag +
            ["memoryrouter"], stdout=subprocess.PIPE, check=True).stdout
        tap.lacks(dump, SECRET.encode(), "the dump")
        tap.lacks(dump, SECRET.encode().hex().upper().encode(), "the dump")


@tests.test
def a_provider_key_is_replaced(both):
    stack, up = both
    email = stack.new_account()
    secret, _ = stack.new_key(email)
    for key in ("sk-old", "sk-new"):
        stack.must("provider-key", "set", "openai", "--account", email,
                   input=key)
    stack.chat("openai/gpt-4o", "Hello", secret)
    tap.equal(up.last().header("authorization"), "Bearer sk-new", "key")


@tests.test
def bad_provider_keys_are_refused(both):
    stack, _ = both
    email = stack.env["ADMIN_EMAIL"]
    for name, key in (("nobody", "sk-x"), ("openai", ""), ("openai", "\n")):
        done = stack.admin("provider-key", "set", name, "--account", email,
                           input=key)
        tap.check(done.code in (1, 2), "exit status %d for %s %r"
                  % (done.code, name, key), done.err)
        tap.check(done.err.strip(), "a message")
    done = stack.admin("provider-key", "set", "openai", "--account", email,
                       "sk-on-the-command-line")
    tap.equal(done.code, 2, "a secret on the command line")


@tests.test
def the_key_ring_is_private(both):
    stack, _ = both
    path = os.path.join(stack.env["STATE_DIR"], "key-ring")
    tap.equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "mode")


@tests.test
def doctor_finds_all_well(both):
    stack, _ = both
    done = stack.admin("doctor")
    tap.equal(done.code, 0, "exit status: " + done.out + done.err)
    lines = [line for line in done.out.splitlines() if line.strip()]
    tap.check(len(lines) >= 5, "at least five lines", done.out)
    rows = stack.must("doctor")
    tap.check(rows, "JSON", rows)


@tests.test
def doctor_says_what_to_do_without_a_database(both):
    stack, _ = both
    done = stack.admin("doctor", environment={
        "MEMORYROUTER_DB_SOCKET": "/nonexistent/db.sock"})
    tap.equal(done.code, 1, "exit status")
    tap.contains((done.out + done.err).lower(), "database", "what it says")


@tests.test
def every_verb_fails_clearly_without_a_database(both):
    stack, _ = both
    env = {"MEMORYROUTER_DB_SOCKET": "/nonexistent/db.sock"}
    for words in (["account", "list"], ["key", "list"], ["migrate"],
                  ["migrate", "--status"],
                  ["provider-key", "list", "--account", "a@example.org"]):
        done = stack.admin(*words, environment=env)
        tap.equal(done.code, 1, "exit status of %s" % words)
        tap.check(done.err.strip(), "a message for %s" % words)
        done = stack.admin(*(words + ["--json"]), environment=env)
        tap.equal(done.code, 1, "exit status of %s --json" % words)


tests.run(lambda: Both(rows=["xai"], conf=[
    "provider groq url=http://127.0.0.1:9"]))
