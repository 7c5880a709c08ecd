#!/usr/bin/env python3
"""The record of who changed what: every act once, by number, and no texts."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib.stack import Both

tests = tap.Plan()
SESSION = "talk-with-mildred"
PHRASE = "DELETE ALL MEMORIES"
PROVIDER_KEY = "sk-of-the-audit-0123456789"


def admin(stack, method, path, body=None, status=200):
    """A request with the admin secret: (request id, answer)."""
    reply = stack.request(
        method, "/admin/v1" + path,
        {"Authorization": "Bearer " + stack.env["ADMIN_SECRET"]},
        json.dumps(body) if body is not None else b"")
    tap.equal(reply.status, status, "%s %s: %s" % (method, path,
                                                   reply.body.decode()))
    return reply.header("x-request-id"), reply.json()


def native(stack, method, path, key, body=None, status=200, headers=None):
    """The same with a memory key."""
    reply = stack.request(method, path,
                          dict(headers or {}, Authorization="Bearer " + key),
                          json.dumps(body) if body is not None else b"")
    tap.equal(reply.status, status, "%s %s: %s" % (method, path,
                                                   reply.body.decode()))
    return reply.header("x-request-id"), reply


def records(stack, query=""):
    """A page of the record."""
    return admin(stack, "GET", "/audit" + query)[1]["records"]


def newest(stack, count=1, query=""):
    """The newest records, as (actor, key, action, subject, account,
    request)."""
    return [(one["actor"], one["key_id"], one["action"], one["subject"],
             one["account_id"], one["request_id"])
            for one in records(stack, "?limit=%d%s" % (count, query))]


def mark(stack):
    """The newest id so far."""
    return int(stack.sql("SELECT COALESCE(MAX(id), 0) FROM audit")[0][0])


def since(stack, before):
    """How many records there are beyond a mark."""
    return int(stack.sql("SELECT COUNT(*) FROM audit WHERE id > %d"
                         % before)[0][0])


def owner(stack):
    """A new account with a key: account, key's number, secret."""
    _, row = admin(stack, "POST", "/accounts",
                   {"email": "audit%d@example.net" % mark(stack)}, 201)
    _, key = admin(stack, "POST", "/accounts/%d/keys" % row["id"], {}, 201)
    return row["id"], key["id"], key["key"]


def vault_of(stack, key_id):
    return stack.sql("SELECT vault_id FROM memory_key WHERE id = %d"
                     % key_id)[0][0]


@tests.test
def acts_with_the_admin_secret_are_recorded(both):
    stack, _ = both
    request, row = admin(stack, "POST", "/accounts",
                         {"email": "ann@example.net"}, 201)
    account = row["id"]
    tap.equal(newest(stack), [("admin", None, "account.add", str(account),
                               account, request)], "account.add")
    request, key = admin(stack, "POST", "/accounts/%d/keys" % account, {},
                         201)
    number = key["id"]
    tap.equal(newest(stack), [("admin", None, "key.create", str(number),
                               account, request)], "key.create")
    for method, path, body, action, subject in (
            ("PATCH", "/accounts/%d" % account, {"tokens_per_month": 5},
             "account.change", account),
            ("PATCH", "/keys/%d" % number, {"name": "x"}, "key.change",
             number),
            ("POST", "/keys/%d/rotate" % number, {}, "key.rotate", number),
            ("PUT", "/accounts/%d/provider-keys/openai" % account,
             {"key": PROVIDER_KEY}, "provider_key.set", "openai"),
            ("DELETE", "/accounts/%d/provider-keys/openai" % account, None,
             "provider_key.remove", "openai"),
            ("DELETE", "/keys/%d" % number, None, "key.revoke", number)):
        before = mark(stack)
        request, _ = admin(stack, method, path, body)
        tap.equal(newest(stack), [("admin", None, action, str(subject),
                                   account, request)], action)
        tap.equal(since(stack, before), 1, "records of " + action)


@tests.test
def acts_with_a_key_are_recorded_with_its_number(both):
    stack, _ = both
    account, number, key = owner(stack)
    vault = vault_of(stack, number)
    request, reply = native(stack, "POST", "/v1/keys", key, {}, 201)
    tap.equal(newest(stack), [("key", number, "key.create",
                               str(reply.json()["id"]), account, request)],
              "key.create")
    for text in ("I like figs.", "I like dates.", "I like plums."):
        stack.settled(stack.chat("openai/gpt-4o", text, key, {
            "X-Session-ID": SESSION, "X-Provider-Key": "sk-x"}))
    memory = stack.sql("SELECT MIN(id) FROM memory WHERE vault_id = " + vault)
    session = stack.sql("SELECT id FROM session WHERE vault_id = " + vault)
    for method, path, action, subject in (
            ("GET", "/v1/memory/export", "memory.export", vault),
            ("DELETE", "/v1/memories/" + memory[0][0], "memory.delete",
             memory[0][0]),
            ("DELETE", "/v1/sessions/" + SESSION, "session.delete",
             session[0][0]),
            ("DELETE", "/v1/memory", "vault.delete", vault)):
        before = mark(stack)
        request, _ = native(stack, method, path, key)
        tap.equal(newest(stack), [("key", number, action, subject, account,
                                   request)], action)
        tap.equal(since(stack, before), 1, "records of " + action)
    request, _ = native(stack, "POST", "/mcp", key, {
        "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
            "name": "forget_all_memories",
            "arguments": {"confirm": PHRASE}}}, headers={
                "Content-Type": "application/json",
                "Accept": "application/json, text/event-stream"})
    tap.equal(newest(stack), [("key", number, "vault.delete", vault, account,
                               request)], "by a tool")


@tests.test
def acts_of_the_command_line_are_recorded(both):
    stack, _ = both
    email = stack.new_account()
    ((account,),) = stack.sql("SELECT id FROM account WHERE email = '%s'"
                              % email)
    _, number = stack.new_key(email)
    vault = vault_of(stack, number)
    path = os.path.join(stack.run_dir, "tmp", "lines")
    for words, given, action, subject, whose in (
            (["key", "rename", str(number), "--name", "x"], "", "key.change",
             number, account),
            (["key", "rotate", str(number)], "", "key.rotate", number,
             account),
            (["provider-key", "set", "openai", "--account", email],
             PROVIDER_KEY, "provider_key.set", "openai", account),
            (["provider-key", "remove", "openai", "--account", email], "",
             "provider_key.remove", "openai", account),
            (["import", "-", "--vault", vault], '{"content": "I like tea."}',
             "memory.import", vault, account),
            (["export", "--vault", vault, "--output", path], "",
             "memory.export", vault, account),
            (["forget", "--vault", vault, "--all"], "", "vault.delete",
             vault, account),
            (["reindex", "--vault", vault], "", "vault.reindex", vault,
             account),
            (["reindex", "--account", email], "", "account.reindex", account,
             account),
            (["key-ring", "rotate"], "", "key_ring.rotate", 2, None),
            (["key-ring", "rotate", "--drop-old"], "", "key_ring.drop", 2,
             None),
            (["key", "revoke", str(number)], "", "key.revoke", number,
             account)):
        before = mark(stack)
        done = stack.admin(*words, input=given)
        tap.equal(done.code, 0, done.err)
        tap.equal(newest(stack), [("command", None, action, str(subject),
                                   int(whose) if whose else None, None)],
                  action)
        tap.equal(since(stack, before), 1, "records of " + action)


@tests.test
def an_index_that_is_wanted_is_recorded(both):
    stack, _ = both
    account, number, _ = owner(stack)
    vault = int(vault_of(stack, number))
    for body, action, subject, whose in (
            ({"vault_id": vault}, "vault.reindex", str(vault), account),
            ({"account_id": account}, "account.reindex", str(account),
             account), ({"all": True}, "reindex", "", None)):
        request, _ = admin(stack, "POST", "/reindex", body, 202)
        tap.equal(newest(stack), [("admin", None, action, subject, whose,
                                   request)], action)


@tests.test
def what_did_not_happen_is_not_recorded(both):
    stack, _ = both
    account, number, key = owner(stack)
    native(stack, "DELETE", "/v1/keys/%d" % number, key)
    ((email,),) = stack.sql("SELECT email FROM account WHERE id = %d"
                            % account)
    live, _ = stack.new_key(email)
    before = mark(stack)
    admin(stack, "POST", "/accounts", {"email": email}, 409)
    admin(stack, "PATCH", "/accounts/%d" % account,
          {"tokens_per_month": "x"}, 400)
    admin(stack, "PATCH", "/accounts/99999999", {"tokens_per_month": 1}, 404)
    admin(stack, "DELETE", "/accounts/99999999", None, 404)
    admin(stack, "DELETE", "/keys/%d" % number)
    admin(stack, "POST", "/keys/%d/rotate" % number, {}, 404)
    admin(stack, "PATCH", "/keys/%d" % number, {"name": "y"}, 404)
    admin(stack, "DELETE", "/keys/99999999", None, 404)
    admin(stack, "DELETE", "/accounts/%d/provider-keys/openai" % account,
          None, 404)
    admin(stack, "PUT", "/accounts/%d/provider-keys/openai" % account,
          {"key": "a b"}, 400)
    admin(stack, "POST", "/reindex", {"vault_id": 99999999}, 404)
    native(stack, "DELETE", "/v1/memories/1", live, None, 404)
    native(stack, "DELETE", "/v1/sessions/none", live, None, 404)
    native(stack, "DELETE", "/v1/memory", live,
           headers={"X-Session-ID": "none"})
    native(stack, "GET", "/v1/memory/export", "mk_" + "0" * 32, None, 401)
    tap.equal(since(stack, before), 0, "records")


@tests.test
def what_cannot_be_recorded_does_not_happen(both):
    stack, _ = both
    account, number, key = owner(stack)
    stack.settled(stack.chat("openai/gpt-4o", "I like figs.", key, {
        "X-Provider-Key": "sk-x"}))
    paths = "/accounts/%d/provider-keys/openai" % account
    admin(stack, "PUT", paths, {"key": PROVIDER_KEY})
    def rows():
        return [stack.sql("SELECT * FROM %s" % one) for one in (
            "(SELECT id, email, tokens_per_month FROM account) a",
            "(SELECT id, name, last_four, revoked_at FROM memory_key) k",
            "(SELECT vault_id, id, text FROM memory) m",
            "(SELECT account_id, provider, last_four, created_at"
            " FROM provider_key) p")]
    before = rows()
    stack.sql("RENAME TABLE audit TO audit_elsewhere")
    try:
        for method, path, body in (
                ("POST", "/accounts", {"email": "nobody@example.net"}),
                ("PATCH", "/accounts/%d" % account, {"tokens_per_month": 9}),
                ("POST", "/accounts/%d/keys" % account, {}),
                ("PATCH", "/keys/%d" % number, {"name": "x"}),
                ("POST", "/keys/%d/rotate" % number, {}),
                ("DELETE", "/keys/%d" % number, None),
                ("PUT", paths, {"key": "sk-another-0123456789"}),
                ("DELETE", paths, None)):
            admin(stack, method, path, body, 503)
        for path in ("/v1/memory", "/v1/keys/%d" % number):
            native(stack, "DELETE", path, key, None, 503)
        tap.equal(rows(), before, "rows")
    finally:
        stack.sql("RENAME TABLE audit_elsewhere TO audit")
    admin(stack, "DELETE", "/keys/%d" % number)


@tests.test
def pages_and_accounts_make_up_the_whole(both):
    stack, _ = both
    account, number, _ = owner(stack)
    for name in "abcde":
        admin(stack, "PATCH", "/keys/%d" % number, {"name": name})
    whole = [one["id"] for one in records(stack, "?limit=500")]
    tap.equal(whole, sorted(whole, reverse=True), "order")
    seen, query = [], "?limit=3"
    while query:
        _, page = admin(stack, "GET", "/audit" + query)
        seen += [one["id"] for one in page["records"]]
        query = page["next_cursor"] and ("?limit=3&cursor="
                                         + page["next_cursor"])
    tap.equal(seen, whole, "pages")
    own = records(stack, "?account_id=%d" % account)
    tap.equal([one["action"] for one in own],
              ["key.change"] * 5 + ["key.create", "account.add"], "of one")
    tap.equal({one["account_id"] for one in own}, {account}, "account")
    tap.equal(records(stack, "?account_id=99999999"), [], "of nobody")
    for bad in ("limit=0", "limit=501", "limit=x", "cursor=-1", "cursor=x",
                "account_id=0", "account_id=1e3",
                "cursor=99999999999999999999"):
        admin(stack, "GET", "/audit?" + bad, None, 400)
    reply = stack.request("GET", "/admin/v1/audit", {
        "Authorization": "Bearer " + stack.key})
    tap.equal(reply.status, 401, "with a memory key")


@tests.test
def the_verb_shows_it(both):
    stack, _ = both
    email = stack.new_account()
    stack.new_key(email)
    rows = stack.must("audit", "--account", email)
    tap.equal([(one["actor"], one["action"]) for one in rows],
              [("command", "key.create"), ("command", "account.add")], "rows")
    stack.sql("UPDATE audit SET created_at = created_at - 5 * 86400000 "
              "WHERE action = 'account.add'")
    rows = stack.must("audit", "--account", email, "--since", "4")
    tap.equal([one["action"] for one in rows], ["key.create"], "since")
    tap.contains(stack.admin("audit").out, "key.create", "the table")
    for bad in ("0", "x", "-1"):
        tap.equal(stack.admin("audit", "--since", bad).code, 2, bad)


@tests.test
def c132_of_a_deleted_account_one_record_without_a_name_stays(both):
    stack, _ = both
    account, number, key = owner(stack)
    native(stack, "GET", "/v1/memory/export", key)
    tap.equal(len(records(stack, "?account_id=%d" % account)), 3, "records")
    request, _ = admin(stack, "DELETE", "/accounts/%d" % account)
    tap.equal(newest(stack), [("admin", None, "account.remove", str(account),
                               None, request)], "the record that stays")
    tap.equal(records(stack, "?account_id=%d" % account), [], "the others")
    tap.equal(stack.sql("SELECT COUNT(*) FROM audit WHERE actor_id = %d"
                        % number), [["0"]], "by its key")


@tests.test
def it_holds_no_secret_and_no_text(both):
    stack, _ = both
    text = json.dumps(stack.sql("SELECT actor, action, subject FROM audit"))
    tap.check(len(text) > 1000, "something is recorded", text)
    for part in ("@", "mk_", "sk-", SESSION, "figs", "mildred"):
        tap.lacks(text, part, "the table")


@tests.test
def old_records_go_when_their_time_is_over(both):
    stack, _ = both
    ids = [int(one) for (one,) in stack.sql("SELECT id FROM audit "
                                           "ORDER BY id")]
    stack.sql("UPDATE audit SET created_at = created_at - 20 * 86400000 "
              "WHERE id = %d" % ids[-2])
    for days, left in (("0", ids), ("30", ids), ("10", ids[:-2] + ids[-1:])):
        stack.must("learn", environment={"MEMORYROUTER_AUDIT_DAYS": days})
        tap.equal([int(one) for (one,) in stack.sql(
            "SELECT id FROM audit ORDER BY id")], left,
                  "after %s days" % days)


tests.run(Both)
