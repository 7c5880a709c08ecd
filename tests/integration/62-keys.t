#!/usr/bin/env python3
"""Keys over HTTP: making, changing, rotating, revoking; what scopes allow."""
import json
import os
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib import upstream
from lib.stack import Both, wait_until

tests = tap.Plan()
WORKERS = 3
# Path, headers of the provider's key, model, how a text is asked.
DIALECTS = (
    ("/v1/chat/completions", "openai/gpt-4o", lambda text: {
        "messages": [{"role": "user", "content": text}]}),
    ("/v1/responses", "openai/gpt-4o", lambda text: {"input": text}),
    ("/v1/messages", "claude-sonnet-4-5", lambda text: {
        "max_tokens": 9, "messages": [{"role": "user", "content": text}]}),
    ("/v1beta/models/gemini-2.5-pro:generateContent", None, lambda text: {
        "contents": [{"role": "user", "parts": [{"text": text}]}]}),
)
USER_SCOPES = ["chat", "memory:read", "memory:write"]


def call(stack, method, path, key, body=None, **headers):
    """A request to a native endpoint."""
    pairs = {"Authorization": "Bearer " + key} if key else {}
    if body is not None and not isinstance(body, (str, bytes)):
        body = json.dumps(body)
        pairs["Content-Type"] = "application/json"
    pairs.update(headers)
    return stack.request(method, path, pairs, body or b"")


def make(stack, key, body=None, status=201):
    """POST /v1/keys."""
    reply = call(stack, "POST", "/v1/keys", key, body)
    tap.equal(reply.status, status, "status: " + reply.body.decode())
    return reply.json()


def owner(stack):
    """A key of a new account, with all scopes."""
    return stack.new_key(stack.new_account())[0]


def ask(stack, dialect, text, key, **headers):
    """A question in one of the dialects."""
    path, model, body = dialect
    body = body(text)
    if model:
        body["model"] = model
    return call(stack, "POST", path, key, body, **dict(
        {"X-Provider-Key": "sk-x"}, **headers))


@tests.test
def c013_a_new_key_works_at_once_and_has_an_empty_vault(both):
    stack, up = both
    email = stack.new_account()
    key, _ = stack.new_key(email)
    stack.must("provider-key", "set", "openai", "--account", email,
               input="sk-of-the-account\n")
    stack.chat("openai/gpt-4o", "My dog is called Bello.", key)
    row = make(stack, key, {"name": "n"})
    tap.equal(row["name"], "n", "name")
    tap.check(row["key"].startswith("mk_") and len(row["key"]) == 35,
              "a secret", row)
    tap.check(row["created_at"].endswith("Z"), "ISO 8601", row)
    reply = stack.chat("openai/gpt-4o", "What is my dog called?", row["key"])
    tap.equal(reply.status, 200, "status")
    tap.equal(up.last().header("authorization"), "Bearer sk-of-the-account",
              "the account's provider key")
    tap.lacks(up.last().body.decode(), "Bello", "what is forwarded")


@tests.test
def c014_an_empty_body_makes_a_New_Key(both):
    stack, _ = both
    key = owner(stack)
    tap.equal(make(stack, key)["name"], "New Key", "name")
    tap.equal(make(stack, key, {})["name"], "New Key", "name")
    tap.equal(make(stack, key, " \n")["name"], "New Key", "name")
    for bad in ("null", "[]", '"x"', "7", "name=x", "{", "{}{}"):
        make(stack, key, bad, 400)


@tests.test
def c015_a_rotated_key_keeps_its_vault_and_the_old_secret_ends(both):
    stack, up = both
    key = owner(stack)
    row = make(stack, key)
    stack.chat("openai/gpt-4o", "My cat is called Minka.", row["key"])
    reply = call(stack, "POST", "/v1/keys/%d/rotate" % row["id"], key)
    tap.equal(reply.status, 200, reply.body.decode())
    new = reply.json()["key"]
    tap.check(new != row["key"], "another secret")
    tap.equal(stack.chat("demo/x", "Hi", row["key"]).status, 401, "old one")
    stack.chat("openai/gpt-4o", "What is my cat called?", new)
    tap.contains(up.last().body.decode(), "Minka", "what is forwarded")


@tests.test
def c015_an_old_secret_works_for_its_time_of_grace(both):
    stack, _ = both
    key = owner(stack)
    row = make(stack, key)
    path = "/v1/keys/%d/rotate" % row["id"]
    first = call(stack, "POST", path, key, {"grace_seconds": 300}).json()
    tap.check(first["old_secret_until"], "told", first)
    for secret in (row["key"], first["key"]):
        tap.equal(stack.chat("demo/x", "Hi", secret).status, 200, "both work")
    ((left,),) = stack.sql("SELECT previous_until - UNIX_TIMESTAMP(NOW(3)) "
                           "* 1000 FROM memory_key WHERE id = %d" % row["id"])
    tap.check(0 < float(left) <= 300000, "milliseconds that are left", left)
    stack.sql("UPDATE memory_key SET previous_until = UNIX_TIMESTAMP() * 1000 "
              "WHERE id = %d" % row["id"])
    tap.equal(stack.chat("demo/x", "Hi", row["key"]).status, 401,
              "the old one when its time is over")
    tap.equal(stack.chat("demo/x", "Hi", first["key"]).status, 200, "new")
    call(stack, "POST", path, key, {"grace_seconds": 300})
    call(stack, "POST", path, key)
    tap.equal(stack.chat("demo/x", "Hi", first["key"]).status, 401,
              "rotating without grace ends the one before, too")
    for bad in (-1, "x", 1.5, 10 ** 9):
        tap.equal(call(stack, "POST", path, key,
                       {"grace_seconds": bad}).status, 400, str(bad))


@tests.test
def c015_every_worker_agrees_on_old_and_new_secrets(both):
    stack, _ = both
    key = owner(stack)
    row = make(stack, key)
    path = "/v1/keys/%d" % row["id"]
    secrets = [row["key"]]

    def statuses(secret):
        return {call(stack, "GET", "/v1/me/stats", secret).status
                for _ in range(8 * WORKERS)}
    for _ in range(2):
        secrets.append(call(stack, "POST", path + "/rotate", key,
                            {"grace_seconds": 600}).json()["key"])
    for secret, status in zip(secrets, (401, 200, 200)):
        tap.equal(statuses(secret), {status}, "after two rotations")
    tap.equal(call(stack, "DELETE", path, key).status, 200, "revoke")
    for secret in secrets:
        tap.equal(statuses(secret), {401}, "revoking ends the grace, too")


@tests.test
def c015_what_runs_when_its_key_is_revoked_is_the_last_of_it(both):
    stack, up = both
    key = owner(stack)
    row = make(stack, key)
    revoked = threading.Event()
    up.next(upstream.sse(upstream.stream_bytes(["One ", "two."]),
                         gates={1: revoked}))
    replies = []
    running = threading.Thread(target=lambda: replies.append(stack.chat(
        "openai/gpt-4o", "Count.", row["key"], stream=True)))
    before = len(up.journal)
    running.start()
    wait_until("it runs", lambda: len(up.journal) > before)
    call(stack, "DELETE", "/v1/keys/%d" % row["id"], key)
    tap.equal(call(stack, "GET", "/v1/me/stats", row["key"]).status, 401,
              "the next request")
    revoked.set()
    running.join()
    tap.equal(replies[0].status, 200, "the one that ran")
    tap.contains(replies[0].body.decode(), "two.", "its end")


@tests.test
def c015_a_revoked_key_never_becomes_valid_again(both):
    stack, _ = both
    key = owner(stack)
    row = make(stack, key)
    path = "/v1/keys/%d" % row["id"]
    for _ in range(2):
        tap.equal(call(stack, "DELETE", path, key).status, 200, "revoke")
    for _ in range(6):
        tap.equal(stack.chat("demo/x", "Hi", row["key"]).status, 401, "dead")
    for method, more, body in (("PATCH", "", {"name": "alive"}),
                               ("POST", "/rotate", None)):
        tap.equal(call(stack, method, path + more, key, body).status, 404,
                  method)
    tap.equal(call(stack, "GET", path, key).json()["state"], "revoked",
              "state")


@tests.test
def c016_no_secret_appears_after_creation(both):
    stack, _ = both
    key = owner(stack)
    row = make(stack, key)
    for path in ("/v1/keys", "/v1/keys/%d" % row["id"], "/v1/me/stats",
                 "/v1/account/usage"):
        reply = call(stack, "GET", path, key)
        tap.equal(reply.status, 200, path)
        for secret in (key, row["key"]):
            tap.lacks(reply.body.decode() + str(reply.headers), secret, path)
        tap.contains(call(stack, "GET", "/v1/keys", key).body.decode(),
                     row["key"][-4:], "the last four")
    log = "".join(stack.logs().values())
    tap.lacks(log, row["key"], "the logs")


@tests.test
def a_user_of_the_callers_own_system_has_one_key(both):
    stack, _ = both
    key, other = owner(stack), owner(stack)
    made = make(stack, key, {"external_user_id": "u-1", "name": "one"})
    tap.equal(made["external_user_id"], "u-1", "user")
    for name in ("external_user_id", "user_id", "user"):
        again = make(stack, key, {name: "u-1"}, 200)
        tap.equal((again["id"], again["key"]), (made["id"], None), name)
    tap.check(make(stack, other, {"user_id": "u-1"})["id"] != made["id"],
              "another account's")
    call(stack, "DELETE", "/v1/keys/%d" % made["id"], key)
    tap.check(make(stack, key, {"user_id": "u-1"})["id"] != made["id"],
              "a new one after revoking")
    for bad in ("", 7, "x" * 256, "a\nb"):
        make(stack, key, {"user_id": bad}, 400)


@tests.test
def many_at_once_get_one_key(both):
    stack, _ = both
    key = owner(stack)
    rows = []

    def run():
        reply = call(stack, "POST", "/v1/keys", key, {"user_id": "same"})
        rows.append((reply.status, reply.json()))
    threads = [threading.Thread(target=run) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tap.equal({row["id"] for _, row in rows}.__len__(), 1, "keys")
    tap.equal(sorted(status for status, _ in rows), [200] * 11 + [201],
              "statuses")
    tap.equal(len([row for _, row in rows if row["key"]]), 1, "secrets")


@tests.test
def keys_are_listed_in_pages(both):
    stack, _ = both
    key, other = owner(stack), owner(stack)
    make(stack, other)
    made = [call(stack, "GET", "/v1/keys", key).json()["keys"][0]["id"]]
    made += [make(stack, key)["id"] for _ in range(4)]
    seen, cursor, sizes = [], "", []
    while cursor is not None:
        page = call(stack, "GET", "/v1/keys?limit=2&cursor=" + cursor,
                    key).json()
        seen += [row["id"] for row in page["keys"]]
        sizes.append(len(page["keys"]))
        cursor = page["next_cursor"]
        tap.equal((page["total"], page["has_more"]), (5, cursor is not None),
                  "total, more")
    tap.equal((seen, sizes), (made, [2, 2, 1]), "keys")
    page = call(stack, "GET", "/v1/keys?limit=5", key).json()
    tap.equal((len(page["keys"]), page["next_cursor"]), (5, None), "all")
    for bad in ("limit=0", "limit=1001", "limit=x", "cursor=x", "cursor=-1"):
        tap.equal(call(stack, "GET", "/v1/keys?" + bad, key).status, 400, bad)


@tests.test
def a_key_gives_no_more_than_it_has(both):
    stack, _ = both
    key = owner(stack)
    some = make(stack, key, {
        "scopes": ["chat", "admin"], "models": ["gpt-4o", "anthropic/*"],
        "tokens_per_month": 1000})
    mine, path = some["key"], "/v1/keys/%d" % some["id"]
    row = make(stack, mine)
    tap.equal((row["scopes"], row["models"], row["tokens_per_month"]),
              (["chat"], ["gpt-4o", "anthropic/*"], 1000), "what it gives")
    row = make(stack, mine, {
        "scopes": ["chat", "admin"], "tokens_per_month": 9,
        "models": ["anthropic/claude-x", "anthropic/claude*", "GPT-4o"]})
    more = ({"scopes": ["chat", "memory:read"]}, {"scopes": USER_SCOPES},
            {"models": ["gpt-4o", "gpt-4o-mini"]}, {"models": None},
            {"models": ["*"]}, {"models": ["anthrop*"]}, {"models": []},
            {"tokens_per_month": 1001}, {"tokens_per_month": 0},
            {"tokens_per_month": None})
    for body in more:
        reply = call(stack, "POST", "/v1/keys", mine, body)
        tap.equal(reply.status, 403, "making %s" % body)
        tap.check(reply.json()["error"]["code"] in (
            "missing_scope", "model_not_allowed", "limit_exceeded"), "code",
            reply.json())
        for one in (path, "/v1/keys/%d" % row["id"]):
            tap.equal(call(stack, "PATCH", one, mine, body).status, 403,
                      "changing %s: %s" % (one, body))
    # A secret gives what its key has, so it is not told either.
    whole = make(stack, key, {"scopes": USER_SCOPES})
    one = "/v1/keys/%d" % whole["id"]
    tap.equal(call(stack, "POST", one + "/rotate", mine).status, 403,
              "rotating a key with more")
    tap.equal(call(stack, "GET", "/v1/me/stats", whole["key"]).status, 200,
              "it still works")
    tap.equal(call(stack, "PATCH", one, mine, {"name": "x"}).json()["scopes"],
              USER_SCOPES, "what a key has may stay")
    tap.equal(call(stack, "POST", path + "/rotate", mine).status, 200,
              "rotating itself")


@tests.test
def a_key_is_changed(both):
    stack, _ = both
    key = owner(stack)
    row = make(stack, key, {"memory_mode": "read", "limit": 7})
    path = "/v1/keys/%d" % row["id"]
    tap.equal((row["memory_mode"], row["memory_limit"]), ("read", 7), "made")
    row = call(stack, "PATCH", path, key, {
        "name": "renamed", "memory_mode": None, "placement": "system",
        "retention_days": 30, "models": ["gpt-4o", "anthropic/*"],
        "unknown": 1}).json()
    tap.equal([row[n] for n in ("name", "memory_mode", "memory_limit",
                                "placement", "retention_days", "models")],
              ["renamed", None, 7, "system", 30, ["gpt-4o", "anthropic/*"]],
              "settings")
    tap.equal(call(stack, "GET", path, key).json()["name"], "renamed", "name")
    for bad in ({"memory_mode": "sometimes"}, {"limit": 0}, {"limit": "x"},
                {"limit": 10 ** 30}, {"scopes": ["root"]}, {"scopes": []},
                {"scopes": 5}, {"models": [1]}, {"models": ["a b"]},
                {"name": 5}, {"name": "x" * 256}, {"retention_days": -1},
                {"requests_per_10s": 99999}, {"placement": ""}):
        reply = call(stack, "PATCH", path, key, bad)
        tap.equal(reply.status, 400, "status for %s" % bad)
        tap.check(reply.json()["error"], "an error")
    tap.equal(call(stack, "PATCH", path, key, "[1]").status, 400, "a list")
    tap.equal(call(stack, "PATCH", path, key, "{").status, 400, "no JSON")


@tests.test
def the_defaults_of_a_key_are_followed(both):
    stack, up = both
    key = owner(stack)
    row = make(stack, key, {"memory_mode": "write", "models": ["gpt-4o"]})
    reply = stack.chat("openai/gpt-4o", "I like figs.", row["key"])
    tap.equal(reply.header("x-memory-mode"), "write", "mode")
    tap.equal(stack.chat("gpt-4o", "Hi", row["key"]).status, 200, "bare name")
    before = len(up.journal)
    reply = stack.chat("openai/gpt-4o-mini", "Hi", row["key"])
    tap.equal(reply.status, 403, "another model")
    tap.equal(reply.json()["error"]["code"], "model_not_allowed", "code")
    tap.equal(len(up.journal), before, "requests upstream")
    reply = call(stack, "POST", "/v1/embeddings", row["key"],
                 {"model": "openai/text-embedding-3-small", "input": "x"})
    tap.equal(reply.status, 403, "passed through")
    for others in (["gpt-4o", "openai/gpt-5"], [5], [""]):
        reply = stack.chat("openai/gpt-4o", "Hi", row["key"], models=others)
        tap.equal(reply.status, 403, "with others to choose from")
    tap.equal(len(up.journal), before, "requests upstream")
    reply = stack.chat("openai/gpt-4o", "Hi", row["key"],
                       models=["gpt-4o", "GPT-4o"])
    tap.equal(reply.status, 200, "with others that are allowed")


def system_text(body):
    """What a forwarded request says to the model beside the dialogue."""
    return json.dumps([body.get(name) for name in (
        "instructions", "system", "systemInstruction")] + [
            one for one in body.get("messages", ())
            if one["role"] == "system"])


@tests.test
def every_default_holds_in_every_dialect(both):
    stack, up = both
    key = owner(stack)
    for dialect in DIALECTS:
        path = dialect[0]
        name = (dialect[1] or "gemini-2.5-pro").replace("openai/", "")
        row = make(stack, key, {"models": [name[:6] + "*"]})
        one = "/v1/keys/%d" % row["id"]
        for text in ("My dog is called Bello.", "My dog is a poodle."):
            reply = ask(stack, dialect, text, row["key"])
            tap.equal(reply.status, 200, path)
            stack.settled(reply)
        count = len(stack.memories(row["id"]))

        def asked(settings, **headers):
            call(stack, "PATCH", one, key, settings)
            reply = ask(stack, dialect, "What is my dog called, and what is "
                        "it?", row["key"], **headers)
            tap.equal(reply.status, 200, path)
            stack.settled(reply)
            return reply, up.last().body.decode()
        # The reply is not stored, so that the count stays.
        for mode, stores in (("read", 0), ("write", 1), ("off", 0)):
            reply, text = asked({"memory_mode": mode})
            tap.equal(reply.header("x-memory-mode"), mode, path + ": mode")
            tap.equal("Bello" in text, mode == "read", path + ": " + mode)
            tap.equal(len(stack.memories(row["id"])) > count, bool(stores),
                      path + ": stored with " + mode)
            count = len(stack.memories(row["id"]))
        reply, text = asked({"memory_mode": "off"},
                            **{"X-Memory-Mode": "read"})
        tap.contains(text, "Bello", path + ": a header wins")
        reply, text = asked({"memory_mode": "read", "memory_limit": 1})
        tap.equal(reply.header("x-memory-chunks-retrieved"), "1",
                  path + ": limit")
        for placement in ("tail", "system"):
            _, text = asked({"memory_limit": None, "placement": placement})
            tap.contains(text, "Bello", path + ": " + placement)
            tap.equal("Bello" in system_text(up.last().json()),
                      placement == "system", path + ": placement")
        before = len(up.journal)
        call(stack, "PATCH", one, key, {"models": ["other-model"]})
        reply = ask(stack, dialect, "Hi", row["key"])
        tap.equal((reply.status, len(up.journal)), (403, before),
                  path + ": models")


@tests.test
def c017_a_key_of_somebody_else_does_not_exist(both):
    stack, _ = both
    mine, other = owner(stack), owner(stack)
    row = make(stack, other)
    path = "/v1/keys/%d" % row["id"]
    for method, more, body in (("GET", "", None), ("PATCH", "", {"name": "x"}),
                               ("DELETE", "", None), ("POST", "/rotate", {})):
        reply = call(stack, method, path + more, mine, body)
        tap.equal(reply.status, 404, method)
    tap.equal(stack.chat("demo/x", "Hi", row["key"]).status, 200, "it lives")
    ids = [one["id"] for one in call(stack, "GET", "/v1/keys",
                                     mine).json()["keys"]]
    tap.check(row["id"] not in ids, "the list", ids)
    for path in ("/v1/keys/0", "/v1/keys/-1", "/v1/keys/x",
                 "/v1/keys/99999999999999999999", "/v1/keys/1/other",
                 "/v1/keys/"):
        tap.equal(call(stack, "GET", path, mine).status, 404, path)
    tap.equal(call(stack, "POST", "/v1/keys/%d" % row["id"], mine).status,
              405, "POST without an act")


@tests.test
def a_key_that_was_made_over_http_manages_no_keys(both):
    stack, _ = both
    row = make(stack, owner(stack))
    tap.equal(row["scopes"], USER_SCOPES, "scopes")
    for method, path in (("POST", "/v1/keys"), ("GET", "/v1/keys"),
                         ("DELETE", "/v1/keys/%d" % row["id"])):
        reply = call(stack, method, path, row["key"])
        tap.equal(reply.status, 403, method)
        tap.equal(reply.json()["error"]["code"], "missing_scope", "code")
    row = make(stack, owner(stack), {"scopes": ["admin"]})
    make(stack, row["key"])


@tests.test
def every_route_keeps_to_its_scope(both):
    stack, _ = both
    key = owner(stack)
    page = stack.request("GET", "/").json()
    needs = dict(zip(page["routes"], page["needs"]))
    tap.equal(len(needs), len(page["routes"]), "a need for each route")
    keys = {scope: make(stack, key, {"scopes": [scope]})["key"]
            for scope in USER_SCOPES + ["admin"]}
    open_ones = {"/", "/health", "/metrics", "/openapi.json", "/v1/files*",
                 "/v1/batches*", "/v1/messages/batches*", "/v1/assistants*",
                 "/v1/threads*", "/v1/fine_tuning/*"}
    for route, need in needs.items():
        method, path = route.replace("* ", "GET ").split(" ", 1)
        if need == "open":
            tap.check(path in open_ones, "may be open", route)
            continue
        path = path.replace("models/*", "models/x:generateContent") \
            if "models/*" in path and method == "POST" \
            else path.replace("*", "1")
        tap.equal(call(stack, method, path, None).status, 401,
                  "without a key: " + route)
        for scope, secret in keys.items():
            reply = call(stack, method, path, secret,
                         {} if method == "POST" else None)
            refused = reply.status == 403 or (
                reply.status == 401 and need == "secret")
            tap.equal(refused, need not in ("key", scope),
                      "%s with %s: %d %s" % (route, scope, reply.status,
                                             reply.body.decode()[:200]))


@tests.test
def a_suffix_only_takes_away(both):
    stack, _ = both
    key = owner(stack)
    for scope in USER_SCOPES[1:]:
        secret = make(stack, key, {"scopes": [scope]})["key"]
        for suffix in ("", ":read", ":write", ":off"):
            for path, need in (("search", "memory:read"),
                               ("ingest", "memory:write")):
                body = {"query": "x", "messages": [
                    {"role": "user", "content": "Hello there."}]}
                reply = call(stack, "POST", "/v1/memory/" + path,
                             secret + suffix, body)
                good = need == scope and not (
                    path == "ingest" and suffix in (":read", ":off"))
                tap.equal(reply.status < 300, good, "%s%s: %s: %d" % (
                    scope, suffix, path, reply.status))
        reply = stack.chat("demo/x", "Hi", secret + ":write")
        tap.equal(reply.status, 403, "chat")


@tests.test
def chats_without_the_scopes_of_memory_go_without_memory(both):
    stack, up = both
    key = owner(stack)
    row = make(stack, key, {"scopes": "chat"})
    for _ in range(2):
        reply = stack.chat("openai/gpt-4o", "My horse is called Fury.",
                           row["key"], {"X-Memory-Mode": "on"})
        tap.equal(reply.header("x-memory-status"), "off", "status")
        stack.settled(reply)
    tap.equal(stack.memories(row["id"]), [], "stored")
    row = make(stack, key, {"scopes": ["chat", "memory:read"]})
    reply = stack.chat("openai/gpt-4o", "My horse is called Fury.",
                       row["key"])
    tap.equal(reply.header("x-memory-mode"), "read", "mode")
    stack.settled(reply)
    tap.equal(stack.memories(row["id"]), [], "stored")


@tests.test
def c134_a_dump_of_the_database_holds_no_secret(both):
    stack, _ = both
    key = owner(stack)
    row = make(stack, key, {"user_id": "dumped"})
    new = call(stack, "POST", "/v1/keys/%d/rotate" % row["id"], key,
               {"grace_seconds": 600}).json()["key"]
    secrets = [key, row["key"], new, stack.env["ADMIN_PASSWORD"],
               stack.env["ADMIN_SECRET"]]
    for flag in ([], ["--hex-blob"]):
        dump = subprocess.run(
            ["mariadb-dump", "--no-defaults", "--socket=" +
             stack.env["DB_SOCKET"], "--user=root"] + flag +
            ["memoryrouter"], stdout=subprocess.PIPE, check=True).stdout
        for secret in secrets:
            tap.lacks(dump, secret.encode(), "the dump")
            tap.lacks(dump, secret.encode().hex().upper().encode(),
                      "the dump")


tests.run(lambda: Both(conf=["workers = %d" % WORKERS],
                       rows=["anthropic", "google"]))
