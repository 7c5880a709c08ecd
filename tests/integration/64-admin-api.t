#!/usr/bin/env python3
"""/admin/v1: what the admin secret opens, and that nothing else opens it."""
import contextlib
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib.stack import Both, wait_until
from lib.upstream import reply

tests = tap.Plan()
PATHS = (("GET", "/admin/v1/accounts"), ("POST", "/admin/v1/accounts"),
         ("GET", "/admin/v1/accounts/1"), ("DELETE", "/admin/v1/accounts/1"),
         ("GET", "/admin/v1/accounts/1/keys"),
         ("POST", "/admin/v1/accounts/1/keys"), ("GET", "/admin/v1/keys"),
         ("GET", "/admin/v1/accounts/1/usage"),
         ("PUT", "/admin/v1/accounts/1/provider-keys/openai"),
         ("POST", "/admin/v1/accounts/1/provider-keys/openai/check"),
         ("DELETE", "/admin/v1/keys/1"), ("GET", "/admin/v1/learner"),
         ("POST", "/admin/v1/reindex"), ("GET", "/admin/v1/audit"))


def ask(stack, method, path, body=None, headers=None):
    """A request with the admin secret, unless the headers are given."""
    if headers is None:
        headers = {"Authorization": "Bearer " + stack.env["ADMIN_SECRET"]}
    return stack.request(method, "/admin/v1" + path, headers,
                         json.dumps(body) if body is not None else b"")


def good(stack, method, path, body=None, status=200):
    """The same, which has to work."""
    reply = ask(stack, method, path, body)
    tap.equal(reply.status, status, "%s %s: %s" % (method, path,
                                                   reply.body.decode()))
    return reply.json()


def account(stack, name):
    """A new account."""
    return good(stack, "POST", "/accounts",
                {"email": name + "@example.net", "name": name}, 201)


@tests.test
def c133_nothing_but_the_exact_secret_opens_it(both):
    stack, _ = both
    secret = stack.env["ADMIN_SECRET"]
    key, _ = stack.new_key()
    wrong = [{}, {"X-Internal-Request": "true"}, {"X-Dashboard-Key": secret},
             {"X-Admin-Key": ""}, {"X-Admin-Key": key},
             {"X-Memory-Key": secret}, {"X-Api-Key": secret},
             {"Authorization": "Basic " + secret},
             {"Authorization": secret}] + [
        {"Authorization": "Bearer " + token} for token in (
            "mk_admin", "mk_admin_" + secret, "mk_admin" + "0" * 27, key,
            secret[:-1], secret + "0", secret.upper() + "X", "", "null")]
    wrong += [{"Authorization": "Bearer " + "x" * 7000},
              {"X-Admin-Key": secret + "x" * 7000}, {"X-Admin-Key": "x"},
              {"X-Admin-Key": secret[:1]},
              {"X-Admin-Key": "wrong", "Authorization": "Bearer " + secret},
              {"Cookie": "admin=" + secret}, {"X-Provider-Key": secret}]
    with open(stack.conf_value("admin_secret_file")) as file:
        wrong.append({"Authorization": "Bearer " + file.read().split()[0]})
    for method, path in PATHS:
        for headers in wrong + [dict(one, **{"X-Internal-Request": "true"})
                                for one in wrong[3:6]]:
            reply = stack.request(method, path, headers, b"{}")
            tap.equal(reply.status, 401, "%s %s with %s" % (method, path,
                                                            headers))
            tap.lacks(reply.body.decode(), secret, "the reply")
    for path in ("/admin", "/admin/keys", "/admin/reembed", "/admin/v1",
                 "/admin/do-export?key=" + key, "/admin/debug/stream-tokens",
                 "/api/users/1"):
        reply = stack.request("GET", path, {
            "Authorization": "Bearer mk_admin", "X-Internal-Request": "true"})
        tap.equal(reply.status, 404, path)


@tests.test
def c133_mk_admin_and_internal_requests_give_nothing_elsewhere(both):
    stack, _ = both
    for token in ("mk_admin", "mk_admin_x", "mk_test_key",
                  stack.env["ADMIN_SECRET"]):
        for path in ("/v1/keys", "/v1/account/usage", "/v1/me/stats"):
            reply = stack.request("GET", path, {
                "Authorization": "Bearer " + token,
                "X-Internal-Request": "true"})
            tap.equal(reply.status, 401, token + " on " + path)


@tests.test
def both_places_of_the_secret_are_accepted(both):
    stack, _ = both
    secret = stack.env["ADMIN_SECRET"]
    for headers in ({"Authorization": "bearer " + secret},
                    {"X-Admin-Key": secret}):
        tap.equal(ask(stack, "GET", "/accounts", None, headers).status, 200,
                  str(headers))


@tests.test
def the_secret_itself_is_stored_nowhere(both):
    stack, _ = both
    good(stack, "GET", "/accounts")
    for name, text in stack.logs().items():
        tap.lacks(text, stack.env["ADMIN_SECRET"], name)
    with open(stack.env["CONF_FILE"]) as file:
        tap.lacks(file.read(), stack.env["ADMIN_SECRET"], "configuration")
    with open(stack.conf_value("admin_secret_file")) as file:
        tap.lacks(file.read(), stack.env["ADMIN_SECRET"], "its file")


@tests.test
def accounts_are_added_listed_and_changed(both):
    stack, _ = both
    row = account(stack, "ann")
    tap.equal((row["email"], row["role"], row["keys"]),
              ("ann@example.net", "user", 0), "the account")
    emails = [one["email"] for one in
              good(stack, "GET", "/accounts")["accounts"]]
    tap.check("ann@example.net" in emails, "the list", emails)
    path = "/accounts/%d" % row["id"]
    tap.equal(good(stack, "PATCH", path, {"tokens_per_month": 5})
              ["tokens_per_month"], 5, "quota")
    tap.equal(good(stack, "GET", path)["tokens_per_month"], 5, "quota")
    for tokens, kept in ((7, 7), (0, 0), (None, None)):
        made = good(stack, "POST", "/accounts", {
            "email": "quota%s@example.net" % tokens,
            "tokens_per_month": tokens}, 201)
        tap.equal(made["tokens_per_month"], kept, "quota of a new account")
    tap.equal(ask(stack, "POST", "/accounts",
                  {"email": "ANN@example.net"}).status, 409, "twice")
    for bad in ({}, {"email": "ann"}, {"email": 5}, {"email": "a b@c"},
                {"email": "x@y", "role": "root"},
                {"email": "x@y", "password": "short"},
                {"email": "x@y", "tokens_per_month": -1},
                {"email": "x@y", "tokens_per_month": "7"},
                {"email": "x" * 300 + "@y"}):
        tap.equal(ask(stack, "POST", "/accounts", bad).status, 400, str(bad))
    for bad in ({}, {"tokens_per_month": -1}, {"tokens_per_month": "x"}):
        tap.equal(ask(stack, "PATCH", path, bad).status, 400, str(bad))
    for number in ("0", "-1", "x", "99999999", "99999999999999999999"):
        for method, part, body in (
                ("GET", "", None), ("DELETE", "", None),
                ("PATCH", "", {"tokens_per_month": 1}),
                ("GET", "/keys", None), ("POST", "/keys", {}),
                ("GET", "/usage", None), ("GET", "/provider-keys", None),
                ("PUT", "/provider-keys/openai", {"key": "sk-0123456789"}),
                ("DELETE", "/provider-keys/openai", None)):
            tap.equal(ask(stack, method, "/accounts/" + number + part,
                          body).status, 404, method + " " + number + part)
    for part in ("/nothing", "/keys/1", "/usage/x", "/provider-keys/openai/x"):
        reply = ask(stack, "GET", path + part)
        tap.check(reply.status in (404, 405), part, reply.status)


@tests.test
def other_methods_do_nothing(both):
    stack, _ = both
    row = account(stack, "lea")
    key = good(stack, "POST", "/accounts/%d/keys" % row["id"], {}, 201)
    mine = "/accounts/%d" % row["id"]
    for path, allowed in (
            ("/accounts", "GET, POST"), (mine, "GET, PATCH, DELETE"),
            (mine + "/keys", "GET, POST"), (mine + "/usage", "GET"),
            (mine + "/provider-keys", "GET"),
            (mine + "/provider-keys/openai", "PUT, DELETE"),
            ("/keys", "GET"), ("/keys/%d" % key["id"], "GET, PATCH, DELETE"),
            ("/keys/%d/rotate" % key["id"], "POST"), ("/learner", "GET"),
            ("/reindex", "POST")):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "PURGE"):
            if method in allowed.split(", "):
                continue
            reply = ask(stack, method, path, {})
            tap.equal((reply.status, reply.header("allow")), (405, allowed),
                      "%s %s" % (method, path))
    tap.equal(stack.chat("demo/x", "Hi", key["key"]).status, 200, "the key")


@tests.test
def keys_of_every_account_are_managed(both):
    stack, _ = both
    row = account(stack, "bob")
    key = good(stack, "POST", "/accounts/%d/keys" % row["id"],
               {"name": "phone", "user_id": "u"}, 201)
    tap.equal(key["scopes"], ["chat", "memory:read", "memory:write", "admin"],
              "scopes")
    tap.equal(stack.chat("demo/x", "Hi", key["key"]).status, 200, "it works")
    listed = good(stack, "GET", "/accounts/%d/keys" % row["id"])
    tap.equal([one["id"] for one in listed["keys"]], [key["id"]], "keys")
    tap.lacks(json.dumps(listed), key["key"], "the list")
    path = "/keys/%d" % key["id"]
    tap.check(key["id"] in [one["id"] for one in
                            good(stack, "GET", "/keys")["keys"]], "all keys")
    tap.equal(good(stack, "PATCH", path, {"name": "x"})["name"], "x", "name")
    new = good(stack, "POST", path + "/rotate", {})["key"]
    tap.equal(stack.chat("demo/x", "Hi", key["key"]).status, 401, "old")
    tap.equal(stack.chat("demo/x", "Hi", new).status, 200, "new")
    good(stack, "DELETE", path)
    tap.equal(stack.chat("demo/x", "Hi", new).status, 401, "revoked")
    tap.equal(ask(stack, "POST", "/accounts/999999/keys", {}).status, 404,
              "no account")


@tests.test
def provider_keys_are_set_and_never_told(both):
    stack, up = both
    row = account(stack, "eve")
    key = good(stack, "POST", "/accounts/%d/keys" % row["id"], {}, 201)
    path = "/accounts/%d/provider-keys" % row["id"]
    secret = "sk-of-eve-0123456789abcdef"
    told = good(stack, "PUT", path + "/openai", {"key": secret})
    tap.equal([(one["provider"], one["last_four"])
               for one in told["provider_keys"]], [("openai", "cdef")],
              "what is told")
    tap.lacks(json.dumps(told), secret, "what is told")
    stack.chat("openai/gpt-4o", "Hi", key["key"])
    tap.equal(up.last().header("authorization"), "Bearer " + secret, "used")
    for bad in ({}, {"key": ""}, {"key": "a b"}, {"key": key["key"]},
                {"key": 5}):
        tap.equal(ask(stack, "PUT", path + "/openai", bad).status, 400,
                  str(bad))
    tap.equal(ask(stack, "PUT", path + "/nobody", {"key": "x"}).status, 404,
              "provider")
    tap.equal(good(stack, "DELETE", path + "/openai")["provider_keys"], [],
              "removed")
    tap.equal(ask(stack, "DELETE", path + "/openai").status, 404, "again")


@tests.test
def a_provider_key_is_checked_with_its_provider(both):
    stack, up = both
    row = account(stack, "liv")
    path = "/accounts/%d/provider-keys" % row["id"]
    secret = "sk-of-liv-0123456789abcdef"
    tap.equal(ask(stack, "POST", path + "/openai/check").status, 404,
              "no key")
    good(stack, "PUT", path + "/openai", {"key": secret})
    listed = reply(200, {"data": [{"id": "gpt-4o"}]})
    refused = reply(401, {"error": {"message": secret}})
    for answers, state in (((listed, refused), "ok"),
                           ((refused,), "refused"),
                           ((reply(500),), "unreachable")):
        up.forget()
        up.next(*answers)
        told = good(stack, "POST", path + "/openai/check")
        tap.equal((told["provider"], told["state"]), ("openai", state),
                  "what is told")
        tap.lacks(json.dumps(told), secret, "what is told")
        tap.equal(up.journal[0].header("authorization"), "Bearer " + secret,
                  "the key")
    up.forget()
    for method, end, status in (
            ("POST", "/nobody/check", 404), ("POST", "/groq/check", 404),
            ("POST", "/openai", 405), ("POST", "/openai/else", 405),
            ("POST", "", 405), ("PUT", "/openai/check", 405),
            ("DELETE", "/openai/check", 405)):
        tap.equal(ask(stack, method, path + end, {"key": "x"}).status, status,
                  method + " " + end)
    tap.equal(ask(stack, "POST", "/accounts/999999/provider-keys/openai/check")
              .status, 404, "account")
    tap.equal(up.journal, [], "nobody was asked")


@tests.test
def usage_of_an_account_is_that_of_its_keys(both):
    stack, _ = both
    row = account(stack, "fay")
    for _ in range(2):
        key = good(stack, "POST", "/accounts/%d/keys" % row["id"], {}, 201)
        stack.settled(stack.chat("demo/x", "Hi", key["key"]))
    told = good(stack, "GET", "/accounts/%d/usage" % row["id"])
    tap.equal(told["summary"]["requestCount"], 2, "requests")
    tap.equal(ask(stack, "GET", "/accounts/%d/usage?start=x"
                  % row["id"]).status, 400, "a bad day")


@tests.test
def c132_deleting_an_account_removes_all_of_it(both):
    stack, _ = both
    row, other = account(stack, "gil"), account(stack, "hal")
    keys = [good(stack, "POST", "/accounts/%d/keys" % one["id"], {}, 201)
            for one in (row, other)]
    good(stack, "PUT", "/accounts/%d/provider-keys/openai" % row["id"],
         {"key": "sk-gil-0123456789"})
    for key in keys:
        for text in ("My secret is quince.", "My other one is medlar."):
            stack.settled(stack.chat("openai/gpt-4o", text, key["key"],
                                     {"X-Session-ID": "s",
                                      "X-Provider-Key": "sk-x"}))
    ((vault,),) = stack.sql("SELECT vault_id FROM memory_key WHERE id = %d"
                            % keys[0]["id"])
    asked = {"Authorization": "Bearer " + keys[0]["key"]}
    for path, body in (("/v1/memories", {"content": "One more quince."}),
                       ("/v1/memory/upload", {"content": "A quince tree."})):
        reply = stack.request("POST", path, dict(
            asked, **{"Idempotency-Key": path}), json.dumps(body))
        tap.check(reply.status < 300, path, reply.body.decode())
    ((one,),) = stack.sql("SELECT MIN(id) FROM memory WHERE vault_id = %s "
                          "AND text LIKE '%%more quince%%'" % vault)
    stack.request("PATCH", "/v1/memories/" + one, asked,
                  json.dumps({"content": "One more pear and quince."}))
    folder = os.path.join(stack.env["STATE_DIR"], "vaults",
                          "%02x" % (int(vault) % 256), vault)
    wait_until("nothing is behind", lambda: good(
        stack, "GET", "/learner")["rows_behind"] == 0, pause=0.1)
    good(stack, "POST", "/reindex", {"account_id": row["id"]}, 202)
    wait_until("an index of it", lambda: os.path.exists(folder))
    gone = good(stack, "DELETE", "/accounts/%d" % row["id"])
    tap.equal((gone["keys"], gone["vaults"], gone["memories"] > 0,
               gone["usage_events"]), (1, 1, True, 2), "what went")
    tap.equal(stack.chat("demo/x", "Hi", keys[0]["key"]).status, 401, "key")
    # Every table of the schema, those of later versions included.
    ids = {"account_id": row["id"], "key_id": keys[0]["id"],
           "vault_id": vault}
    seen = set()
    for table, column in stack.sql(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'memoryrouter'"):
        if column not in ids:
            continue
        seen.add(table)
        count = "SELECT COUNT(*) FROM %s WHERE %s = %s" % (table, column,
                                                           ids[column])
        if table == "learner_claim":  # a lock, which the learner takes away
            stack.must("learn")
            wait_until(table, lambda: stack.sql(count) == [["0"]], pause=0.2)
        tap.equal(stack.sql(count), [["0"]], table + "." + column)
    tap.check({"memory", "memory_version", "embedding", "session", "receipt",
               "idempotency", "usage_event", "provider_key"} <= seen,
              "tables", seen)
    tap.equal(stack.sql("SELECT COUNT(*) FROM account WHERE id = %d"
                        % row["id"]), [["0"]], "account")
    stack.must("learn")
    wait_until("its indexes are gone", lambda: not os.path.exists(folder))
    for path, _, names in os.walk(stack.env["STATE_DIR"]):
        for name in names if "/models" not in path else ():
            # The learner goes on, and may take a file away.
            with contextlib.suppress(FileNotFoundError), \
                    open(os.path.join(path, name), "rb") as file:
                tap.lacks(file.read(), b"quince tree", path + "/" + name)
    tap.equal(len(stack.memories(keys[1]["id"])), 4, "the other account")
    tap.equal(ask(stack, "DELETE", "/accounts/%d" % row["id"]).status, 404,
              "again")


@tests.test
def the_learner_is_seen_and_told_to_index(both):
    stack, _ = both
    row = account(stack, "ida")
    key = good(stack, "POST", "/accounts/%d/keys" % row["id"], {}, 201)
    stack.settled(stack.chat("openai/gpt-4o", "I like figs.", key["key"]))
    told = good(stack, "GET", "/learner")
    for name in ("vaults_behind", "rows_behind", "spooled_turns"):
        tap.check(isinstance(told[name], int), name, told)
    tap.check(told["embedding"]["backend"], "backend", told)
    ((vault,),) = stack.sql("SELECT vault_id FROM memory_key WHERE id = %d"
                            % key["id"])
    tap.equal(key["vault_id"], int(vault), "the key's vault")
    wait_until("nothing is behind", lambda: good(
        stack, "GET", "/learner")["rows_behind"] == 0, pause=0.1)
    before = stack.log().count(" vault_built vault=%s " % vault)
    good(stack, "POST", "/reindex", {"vault_id": int(vault)}, 202)
    tap.equal(good(stack, "POST", "/reindex", {"account_id": row["id"]},
                   202)["wanted"], 1, "wanted")
    wait_until("an index is built", lambda: stack.log().count(
        " vault_built vault=%s " % vault) > before)
    for bad, status in (({}, 400), ({"vault_id": "x"}, 400),
                        ({"vault_id": 99999999}, 404), ({"all": False}, 400)):
        tap.equal(ask(stack, "POST", "/reindex", bad).status, status,
                  str(bad))


@tests.test
def c134_a_dump_holds_no_key_and_no_password(both):
    stack, _ = both
    row = good(stack, "POST", "/accounts", {
        "email": "kim@example.net", "password": "correct horse"}, 201)
    key = good(stack, "POST", "/accounts/%d/keys" % row["id"], {}, 201)["key"]
    provider = "sk-kim-0123456789abcdef"
    good(stack, "PUT", "/accounts/%d/provider-keys/openai" % row["id"],
         {"key": provider})
    for flag in ([], ["--hex-blob"]):
        dump = subprocess.run(
            ["mariadb-dump", "--no-defaults", "--socket=" +
             stack.env["DB_SOCKET"], "--user=root"] + flag +
            ["memoryrouter"], stdout=subprocess.PIPE, check=True).stdout
        for secret in (key, provider, "correct horse",
                       stack.env["ADMIN_SECRET"]):
            tap.lacks(dump, secret.encode(), "the dump")
            tap.lacks(dump, secret.encode().hex().upper().encode(),
                      "the dump")


@tests.test
def without_the_option_the_api_stays_closed(both):
    stack, _ = both
    stack.reload("admin_secret_file =")
    for token in ("", "0" * 64, stack.env["ADMIN_SECRET"]):
        tap.equal(ask(stack, "GET", "/accounts", None, {
            "Authorization": "Bearer " + token}).status, 401, token)


tests.run(Both)
