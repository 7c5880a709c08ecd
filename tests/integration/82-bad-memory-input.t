#!/usr/bin/env python3
"""Bad input to the endpoints of memory, keys and administration: a 4xx that
says what would be right, and no row that was not there before."""
import gzip
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import http
from lib import tap
from lib.memory import Vault
from lib.stack import Both

tests = tap.Plan()
GOOD = {"content": "My bicycle is green."}

# What hostile requests must leave as it is.
TABLES = ("memory", "session", "memory_key", "vault", "account",
          "provider_key", "memory_version", "idempotency")


def rows(stack):
    """What the database holds, as counts and sums that any change moves."""
    return [stack.sql("SELECT COUNT(*) FROM " + table) for table in TABLES] + \
        stack.sql("SELECT SUM(epoch), SUM(next_seq) FROM vault") + \
        stack.sql("SELECT BIT_XOR(CRC32(CONCAT_WS(':', id, seq, text, role, "
                  "author, occurred_at, metadata, session_id))) FROM memory") \
        + stack.sql("SELECT BIT_XOR(CRC32(CONCAT_WS(':', id, name, scopes, "
                    "memory_mode, revoked_at, secret_hash))) FROM memory_key")


def is_refusal(stack, reply, status, code=None, what="", hint=True):
    """An error in OpenAI's shape that tells what would be right."""
    tap.equal(reply.status, status, "status of %s, with %r"
              % (what, reply.body[:300]))
    answer = reply.json()
    error = answer["error"]
    for name in ("message", "type", "code"):
        tap.check(isinstance(error[name], str) and error[name],
                  "error.%s of %s is a text" % (name, what), error)
    if code:
        tap.equal(error["code"], code, "error.code of " + what)
    # What the web server itself refuses has no hint.
    if hint and reply.header("x-request-id"):
        tap.check(answer.get("hint"), "a hint for " + what, answer)


class Bad:
    """A vault with something in it, and requests that must change nothing."""

    def __init__(self, stack):
        self.stack = stack
        self.vault = Vault(stack)
        self.mine = self.vault.post("/v1/memories", dict(
            GOOD, session_id="s", metadata={"a": 1}))["id"]
        self.before = rows(stack)

    def send(self, method, target, body=b"", headers=None, **more):
        return self.vault.send(method, target, body, headers, **more)

    def head(self, method, target, pairs, body=b""):
        """With these headers, in this order, some of them twice."""
        if not any(name.lower() == "authorization" for name, _ in pairs):
            pairs = pairs + [("Authorization", "Bearer " + self.vault.key)]
        return self.stack.request(method, target, pairs, body)

    def refuses(self, reply, status, code=None, what="", hint=True):
        is_refusal(self.stack, reply, status, code, what, hint)

    def changed_nothing(self):
        """Every row is as it was."""
        tap.equal(rows(self.stack), self.before, "rows")
        tap.lacks(self.stack.log(), "child_died", "the log")


def test(function):
    """A test whose requests must change nothing."""
    def run(both):
        bad = Bad(both[0])
        function(bad)
        bad.changed_nothing()
    tests.test(run, function.__name__.replace("_", " "))
    return function


# --- heads -------------------------------------------------------------------

@test
def a_header_with_two_values_is_refused(bad):
    other = Vault(bad.stack)
    bad.before = rows(bad.stack)
    key = bad.vault.key
    for name, values in (
            ("X-Memory-Key", (key, other.key)), ("X-Memory-Key", (key, key)),
            ("X-Memory-Key", (key + ", " + other.key,)),
            ("X-API-Key", (key, other.key)),
            ("Authorization", ("Bearer " + key, "Bearer " + other.key)),
            ("Authorization", ("Bearer %s, Bearer %s" % (key, other.key),)),
            ("X-Session-ID", ("s", "t")), ("X-Memory-Mode", ("off", "off")),
            ("X-Memory-Store", ("false", "true")),
            ("Idempotency-Key", ("a", "b"))):
        for method, target in (("POST", "/v1/memories"),
                               ("GET", "/v1/memories"),
                               ("DELETE", "/v1/memory")):
            pairs = [("Content-Type", "application/json")] + \
                [(name, value) for value in values]
            bad.refuses(bad.head(method, target, pairs, json.dumps(GOOD)
                                 if method == "POST" else b""), 400, None,
                        "two of %s" % name)


@test
def a_body_of_two_values_for_its_type_is_refused(bad):
    for types in (("application/json", "text/plain; charset=latin1"),
                  ("application/json", "application/json"),
                  ("application/json, text/plain",)):
        for method, target in (("POST", "/v1/memories"),
                               ("POST", "/v1/memory/upload")):
            bad.refuses(bad.head(method, target, [
                ("Content-Type", one) for one in types], json.dumps(GOOD)),
                400, "header_repeated", "%s with %s" % (target, types))
    reply = bad.send("POST", "/v1/memory/search", {"query": "bicycle"}, {
        "Content-Type": 'application/json; note="a, \\"b"'})
    tap.equal(reply.status, 200, "a comma in quotes")


@test
def another_charset_than_utf_8_is_refused(bad):
    for method, target in (("POST", "/v1/memories"),
                           ("PATCH", "/v1/memories/%d" % bad.mine),
                           ("POST", "/v1/memory/upload"),
                           ("POST", "/v1/memory/ingest"),
                           ("POST", "/v1/memory/search")):
        for charset in ("latin1", "ISO-8859-1", "utf-16", '"utf-16le"', "x"):
            reply = bad.send(method, target, GOOD, {
                "Content-Type": "application/json; charset=" + charset})
            bad.refuses(reply, 415, "unknown_charset",
                        "%s in %s" % (target, charset))
    for charset in ("utf-8", "UTF8", '"utf-8"', "us-ascii"):
        reply = bad.send("POST", "/v1/memory/search", {"query": "bicycle"}, {
            "Content-Type": "application/json;charset=%s; v=1" % charset})
        tap.equal(reply.status, 200, "charset " + charset)


@test
def another_encoding_than_gzip_is_refused(bad):
    body = json.dumps(GOOD).encode()
    for target in ("/v1/memories", "/v1/memory/upload", "/v1/memory/ingest"):
        for name in ("br", "deflate", "zstd", "gzip, gzip", "utf-8"):
            bad.refuses(bad.send("POST", target, body, {
                "Content-Encoding": name}), 415, "unknown_encoding", name)


@test
def what_is_no_http_is_refused_in_json(bad):
    body = json.dumps(GOOD).encode()
    for pairs in ([("Content-Length", "20"), ("Content-Length", "21")],
                  [("Content-Length", "-1")], [("Content-Length", "abc")],
                  [("Transfer-Encoding", "foo")],
                  [("Host", "a"), ("Host", "b")]):
        bad.refuses(bad.head("POST", "/v1/memories", pairs, body), 400, None,
                    str(pairs))
    reply = bad.head("POST", "/v1/memories", [("Transfer-Encoding",
                                               "chunked")], b"zz\r\n" + body)
    bad.refuses(reply, 400, None, "a chunk without a size")
    reply = bad.head("TRACE", "/v1/memories", [])
    bad.refuses(reply, 405, "method_not_allowed", "TRACE", hint=False)
    tap.lacks(reply.body.decode(), bad.vault.key, "what TRACE says")
    if "nginx" in reply.header("server"):  # Apache writes its own
        tap.contains(reply.header("allow") or "", "GET", "Allow")


# --- bodies ------------------------------------------------------------------

WRONG = (None, True, 0, -1, 1.5, 1e308, 2 ** 63, 2 ** 64, "", "NaN", [], {},
         [1], {"a": 1}, "x" * 70000)


def but(*good):
    """All wrong values but these, which are right here."""
    return [one for one in WRONG
            if not any(one is two or (one == two and type(one) is type(two))
                       for two in good)]


TIME = but(None, 0, -1, 1.5) + [
    "2026-13-01", "2026-02-30", "2025-02-29", "0000-01-01", "10000-01-01",
    "-2026-01-01", "2026-1-1", "2026-01-01T25:00:00Z", "2026-01-01T00:60Z",
    "2026-01-01T00:00:61Z", "2026-01-01T00:00:00+25:00", "2026-01-01T",
    "2026-01-01T00:00:00ZZ", "01/02/2026", "tomorrow", "1e12", "0x10",
    "\u0661\u0662", 253402300800000, -62167219200001]
SESSION = but(None, "", "NaN") + ["a\u0000b", "a\nb", "s" * 256]
COUNT = but(None)

# A version, and with wrong members.
SAID = {"content": "It was red.", "replaced_at": 1}
HISTORY = but(None, []) + [[dict(SAID, **more)] for more in (
    [{"content": one} for one in but("NaN")] +
    [{"role": one} for one in but(None)] +
    [{"name": one} for one in but(None, "", "NaN")] +
    [{"timestamp": one} for one in TIME] +
    [{"replaced_at": one} for one in TIME + [None]] +
    [{"metadata": one} for one in but(None, {}, {"a": 1})] +
    [{"version": one} for one in but(None) + ["1", 2000000001]])] + [
        [SAID, dict(SAID, version=1)],
        [dict(SAID, version=7), dict(SAID, version=6)],
        [SAID, [SAID]], [SAID] * 1001,
        [dict(SAID, content="x" * 32769)],
        [dict(SAID, content="x" * 32768)] * 33]

# What each field of each body must not be.
FIELDS = (
    ("POST", "/v1/memories", GOOD, {
        "content": but("NaN"), "role": but(None), "name": but(
            None, "", "NaN") + ["n" * 65, "a\nb"],
        "timestamp": TIME, "session_id": SESSION,
        "metadata": but(None, {}, {"a": 1}) + [{"a": "b" * 4096}],
        "source": WRONG, "turn": WRONG, "history": [[], HISTORY[-1][:1]],
        "Content": ["x"], "content ": ["x"],
        "memory_mode": ["on"], "constructor": [{}], "": [1]}),
    ("PATCH", "/v1/memories/%(mine)d", {}, {
        "content": but("NaN"), "role": but(None),
        "timestamp": TIME, "session_id": but("NaN")[1:] + ["other"],
        "metadata": but(None, {}, {"a": 1}), "id": [1], "text": ["x"]}),
    ("POST", "/v1/memory/upload", GOOD, {
        "content": but("NaN", "x" * 70000), "role": but(None),
        "name": but(None, "", "NaN"), "timestamp": TIME,
        "session_id": SESSION, "metadata": but(None, {}, {"a": 1}),
        "turn": but(None, 0), "position": but(None, 0),
        "partial": but(None, True), "source": but(None, "", "NaN"),
        "history": HISTORY}),
    ("POST", "/v1/memory/ingest",
     {"messages": [{"role": "user", "content": "Hello there."}]}, {
        "messages": WRONG[1:], "role": but(None, "", "NaN", "x" * 70000),
        "name": but(None, "", "NaN"), "timestamp": TIME,
        "session_id": SESSION, "metadata": but(None, {}, {"a": 1}),
        "idempotency_key": but(None, "", "NaN")}),
    ("POST", "/v1/memory/search", {"query": "bicycle"}, {
        "query": but("NaN", "x" * 70000), "limit": COUNT,
        "memory_limit": COUNT, "context_limit": COUNT, "after": TIME,
        "before": TIME, "role": but(None), "min_score": but(None, 0),
        "explain": but(None, True),
        "session_id": [True, [], {}, [1], "s" * 256, "a\nb"]}),
    ("POST", "/v1/memory/prepare", {"query": "bicycle"}, {
        "query": but("", "NaN", "x" * 70000), "messages": WRONG[1:],
        "contents": WRONG[1:], "limit": COUNT, "memory_limit": COUNT,
        "max_tokens": COUNT, "density": but(None),
        "session_id": [True, [], {}, [1], "s" * 256]}),
    ("POST", "/v1/memory/warmup", {}, {
        "session_id": [True, [], {}, [1], "s" * 256]}),
    ("DELETE", "/v1/memory", {}, {
        "session_id": ["", True, [], {}, [1], "s" * 256]}),
)

NUMBERS = ("memory_limit", "retention_days")
LIMITS = ("requests_per_10s", "requests_per_minute", "concurrent_requests",
          "tokens_per_month", "memories_most")
KEY = dict(
    {"name": but(None, "", "NaN") + ["n" * 256, "a\nb"],
     "external_user_id": but(None, "NaN"), "scopes": but(None),
     "models": but(None, "", "NaN", []), "memory_mode": but(None),
     "session_scope": but(None), "placement": but(None)},
    **{name: but(None) for name in NUMBERS},
    **{name: but(None, 0) for name in LIMITS})
ADMIN = (
    ("POST", "/v1/keys", KEY), ("PATCH", "/v1/keys/%(key)d", KEY),
    ("POST", "/v1/keys/%(key)d/rotate", {"grace_seconds": but(None, 0)}),
    ("POST", "/admin/v1/accounts", {
        "email": WRONG, "name": but(None, "", "NaN"),
        "role": but(None, ""), "password": but(None, "", "x" * 70000)}),
    ("PATCH", "/admin/v1/accounts/%(account)d", {
        "tokens_per_month": but(None, 0), "email": ["a@example.org"]}),
    ("POST", "/admin/v1/accounts/%(account)d/keys", KEY),
    ("PUT", "/admin/v1/accounts/%(account)d/provider-keys/openai", {
        "key": but("NaN")}),
    ("POST", "/admin/v1/reindex", {
        "vault_id": WRONG, "account_id": WRONG, "all": but(True)}),
)


def ids_in(bad):
    ((account,),) = bad.stack.sql("SELECT account_id FROM memory_key WHERE "
                                  "id = %d" % bad.vault.key_id)
    return {"mine": bad.mine, "key": bad.vault.key_id,
            "account": int(account)}


def refuse_fields(bad, method, target, good, fields, headers=None):
    """Each wrong value of each field is refused."""
    target = target % ids_in(bad)
    for name, values in fields.items():
        for value in values:
            body = dict(good)
            body[name] = value
            reply = bad.send(method, target, body, headers)
            what = "%s %s with %s: %s" % (method, target, name,
                                          tap.shown(repr(value), 60))
            tap.check(reply.status in (400, 413), what, reply.status,
                      reply.body)
            is_refusal(bad.stack, reply, reply.status, None, what,
                       "/admin/" not in target)


@test
def fields_of_a_wrong_type_are_refused(bad):
    for method, target, good, fields in FIELDS:
        refuse_fields(bad, method, target, good, fields)


@test
def fields_of_keys_and_accounts_are_refused(bad):
    for method, target, fields in ADMIN:
        refuse_fields(bad, method, target,
                      {"email": "new@example.org"}
                      if target.endswith("/accounts") else {}, fields,
                      {"X-Admin-Key": bad.stack.env["ADMIN_SECRET"]})


@test
def a_field_that_is_there_twice_is_refused(bad):
    for body in (b'{"content":"a","content":"b"}',
                 b'{"content":"a","c\\u006fntent":"b"}',
                 b'{"role":"user","content":"a","role":"user"}'):
        for method, target in (("POST", "/v1/memories"),
                               ("PATCH", "/v1/memories/%d" % bad.mine)):
            bad.refuses(bad.send(method, target, body), 400,
                        "repeated_field", body.decode())


@test
def what_is_no_json_object_is_refused(bad):
    deep = b'{"content":"x","metadata":%s1%s}' % (b'{"a":' * 400, b"}" * 400)
    for body in (b"", b"{", b"null", b"[]", b'"x"', b"1", b"{}{}",
                 b"{'content':1}", b'{"content":NaN}', b'{"content":"\xff"}',
                 b'{"content":"\xc0\xaf"}', b'{"content":"\xed\xa0\x80"}',
                 b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), b"\x00", deep,
                 json.dumps(GOOD).encode("utf-16"), b"content=x", b"<a/>",
                 b"[" * 100000):
        for method, target in (("POST", "/v1/memories"),
                               ("PATCH", "/v1/memories/%d" % bad.mine),
                               ("POST", "/v1/memory/ingest"),
                               ("POST", "/v1/memory/search"),
                               ("POST", "/v1/memory/prepare"),
                               ("POST", "/v1/memory/upload"),
                               ("DELETE", "/v1/memory"),
                               ("POST", "/v1/keys")):
            if body == b"" and target in ("/v1/memory", "/v1/keys"):
                continue
            bad.refuses(bad.send(method, target, body), 400, None,
                        "%s %s with %r" % (method, target, body[:40]))


@test
def packed_bodies_that_are_damaged_are_refused(bad):
    whole = gzip.compress(json.dumps(GOOD).encode())
    empty = (b"", gzip.compress(b""))
    for body in empty + (whole[:-1], whole[:9], whole + b"more",
                         whole[:-8] + b"\0" * 8, json.dumps(GOOD).encode()):
        for target in ("/v1/memories", "/v1/memory/upload", "/v1/keys"):
            if target == "/v1/keys" and body in empty:
                continue  # where an empty body is a good one
            bad.refuses(bad.send("POST", target, body,
                                 {"Content-Encoding": "gzip"}), 400, None,
                        "%s with %r" % (target, body[:20]))
    for target in ("/v1/memories", "/v1/memory/upload"):
        bad.refuses(bad.send("POST", target, gzip.compress(b" " * (64 << 20)),
                             {"Content-Encoding": "gzip"}), 413,
                    "request_too_large", "a bomb for " + target)


# --- paths and queries -------------------------------------------------------

IDS = ("0", "-1", "-0", "1.0", "1e0", "0x1", "+1", "%2b1", "%201", "1%20",
       str(2 ** 63), str(2 ** 64), "18446744073709551617", "1%00", "%00",
       "%31", "..", ".", "%2e%2e", "..%2f1", "1%2f..", "1/", "1//", "1/..",
       "%d9%a1", "\u0661", "1'--", "1%27%20OR%201=1", "{}", "%22", "null",
       "NaN", "*", "%25", "9" * 3000, "")


@test
def ids_that_are_none_are_not_found(bad):
    for before in ("/v1/memories/", "/v1/keys/", "/v1/requests/"):
        for text in IDS + ("0%d" % bad.mine, "000%d" % bad.vault.key_id):
            text = text.encode().decode("latin-1")
            for method in ("GET", "DELETE", "PATCH"):
                if before == "/v1/requests/" and method != "GET":
                    continue
                reply = bad.send(method, before + text, {"content": "x"}
                                 if method == "PATCH" else b"")
                tap.check(reply.status in (400, 404), "status of %s %s%s" % (
                    method, before, text[:60]), reply.status, reply.body)
                is_refusal(bad.stack, reply, reply.status, None, text[:60],
                           False)


@test
def paths_of_administration_have_one_spelling(bad):
    admin = {"X-Admin-Key": bad.stack.env["ADMIN_SECRET"]}
    account = ids_in(bad)["account"]
    for path in ("%d/", "0%d", "%d/keys/", "%d/keys/x", "%d/usage/x", "%d//",
                 "%d/keysx", "+%d", "%d/provider-keys/x",
                 "%d/provider-keys/openai/x"):
        for method in ("GET", "DELETE"):
            if method == "GET" and "provider" in path:
                continue
            reply = bad.send(method, "/admin/v1/accounts/" + path % account,
                             b"", admin)
            tap.check(reply.status in (404, 405), "%s %s" % (method, path),
                      reply.status, reply.body)


@test
def queries_that_are_none_are_refused(bad):
    for target in (
            "/v1/memories?limit=1&limit=2", "/v1/memories?l%69mit=1&limit=2",
            "/v1/memories?" + "&".join("a%d" % n for n in range(100)),
            "/v1/sessions?limit=1&limit=1", "/v1/sessions?limit=-1",
            "/v1/sessions?limit=1.5", "/v1/sessions?limit=",
            "/v1/sessions?cursor=d1", "/v1/sessions?cursor=-1",
            "/v1/sessions?cursor=" + str(2 ** 64), "/v1/memories?cursor=1",
            "/v1/memories?cursor=d", "/v1/memories?cursor=u1",
            "/v1/memories?cursor=d-1", "/v1/memories?cursor=d1x",
            "/v1/memories?cursor=d" + str(2 ** 63), "/v1/memories?limit=",
            "/v1/memories?order=asc&cursor=d1", "/v1/memories?limit=1e1",
            "/v1/memories?limit=%D9%A1", "/v1/memories?after=1e12",
            "/v1/memories?before=2026-01-01T00:00:00+02:00",
            "/v1/memories?session_id=" + "s" * 256,
            "/v1/memories?session_id=%00", "/v1/sessions/s/search?limit=x",
            "/v1/account/usage?start=2026-13-01",
            "/v1/account/usage?start=2026-02-01&end=2026-01-01",
            "/v1/account/usage?start=x", "/v1/account/usage?start=1"):
        bad.refuses(bad.send("GET", target), 400, None, target[:60])


@test
def a_session_to_delete_must_have_a_name(bad):
    for target, body, headers in (
            ("/v1/memory?session_id=", b"", None),
            ("/v1/memory?session_id=%01", b"", None),
            ("/v1/memory?session_id=a&session_id=b", b"", None),
            ("/v1/memory", {"session_id": ""}, None),
            ("/v1/memory", {"session_id": "  "}, None),
            ("/v1/memory", {"session_id": None}, None),
            ("/v1/memory", b"", {"X-Session-ID": ""}),
            ("/v1/memory", b"", {"X-Session-ID": "s" * 256})):
        bad.refuses(bad.send("DELETE", target, body, headers), 400, None,
                    target)
    for target, body in (("/v1/memory?session_id=none", b""),
                         ("/v1/memory", {"session_id": "none"})):
        receipt = bad.vault.ok("DELETE", target, body)["receipt"]
        tap.equal(receipt["memories"], 0, "memories deleted")
    bad.before = rows(bad.stack)
    receipt = bad.vault.ok("DELETE", "/v1/memory?session_id=s")["receipt"]
    tap.equal((receipt["memories"], receipt["memories_left"]), (1, 0),
              "the session's memory")
    bad.before = rows(bad.stack)


@test
def wrong_methods_are_told_the_right_ones(bad):
    admin = {"X-Admin-Key": bad.stack.env["ADMIN_SECRET"]}
    for method, target, allowed, headers in (
            ("PUT", "/v1/memories", "GET, POST", None),
            ("POST", "/v1/memories/1", "GET, PATCH, DELETE", None),
            ("FOO", "/v1/memory/search", "POST", None),
            ("GET", "/v1/memory", "DELETE", None),
            ("POST", "/v1/keys/1", "GET, PATCH, DELETE", None),
            ("FOO", "/admin/v1/keys/1", "GET, PATCH, DELETE", admin),
            ("PUT", "/admin/v1/keys/1/rotate", "POST", admin),
            ("FOO", "/admin/v1/learner", "GET", admin),
            ("GET", "/v1/keys/1/rotate", "POST", None),
            ("POST", "/admin/v1/accounts/1", "GET, PATCH, DELETE", admin),
            ("PATCH", "/admin/v1/accounts/1/keys", "GET, POST", admin)):
        reply = bad.send(method, target, b"", headers)
        bad.refuses(reply, 405, "method_not_allowed", target)
        tap.equal(reply.header("allow"), allowed, "Allow of " + target)


# --- what is taken, and what is not twice ------------------------------------

@test
def unknown_fields_are_ignored_on_tolerant_routes(bad):
    vault = bad.vault
    more = {"turn": "x", "source": {"a": 1}, "position": "left", "partial": 7,
            "history": [7],
            "colour": "red", "embeddings": [1]}
    vault.post("/v1/memory/ingest", dict(more, messages=[
        dict(more, role="user", content="I live in Bergen.")]))
    vault.post("/v1/memory/search", dict(more, query="Bergen"))
    vault.post("/v1/memory/prepare", dict(more, query="Bergen"))
    vault.upload([{"content": "I like tea.", "colour": "red"}])
    tap.equal([(row["source"], row["partial"]) for row in
               vault.list()["memories"]][:2],
              [("upload", False), ("ingest", False)], "as stored")
    bad.before = rows(bad.stack)


@test
def lines_that_cannot_be_used_are_counted(bad):
    good = json.dumps(GOOD).encode()
    reply = bad.send("POST", "/v1/memory/upload", b"\n".join((
        good, b"{", b"[]", b'{"content":"' + b"x" * (1 << 20) + b"x" * 100 +
        b'"}', b'{"content":"\xff"}', b'{"content":5}',
        b"\xef\xbb\xbf" + good, b"", b"  ")))
    tap.equal(reply.status, 200, "status, with %r" % reply.body[:300])
    answer = reply.json()
    tap.equal((answer["status"], answer["stats"]["stored"],
               answer["stats"]["failed"], len(answer["errors"])),
              ("partial", 1, 6, 6), "counts")
    bad.before = rows(bad.stack)


@test
def a_line_with_a_wrong_history_is_counted(bad):
    lines = [dict(GOOD, history=[SAID])] + [
        dict(GOOD, history=one) for one in (
            7, [dict(SAID, role="x")], [SAID, {"content": "It was red."}],
            [SAID] * 1001)]
    answer = bad.vault.upload(lines + [GOOD])
    tap.equal([answer["stats"]["stored"], answer["errors"]], [2, [
        "Line 2: history is no list of versions",
        "Line 3: history[0]: role is none of user, assistant, system",
        "Line 4: history[1]: replaced_at is no time",
        "Line 5: history has more than 1000 versions"]], "what was wrong")
    tap.equal([row["content"] for row in bad.vault.export()],
              [GOOD["content"]] * 3, "memories")
    bad.before = rows(bad.stack)


@test
def a_bad_upload_has_a_status_also_where_progress_is_asked_for(bad):
    whole = gzip.compress(json.dumps(GOOD).encode())
    for body, headers, status in (
            (b"", {}, 400), (b"{", {}, 400),
            (b'{"content":5}\n' * 600, {}, 400),
            (whole[:-1], {"Content-Encoding": "gzip"}, 400),
            (whole, {"Content-Encoding": "br"}, 415),
            (b"{}", {"Content-Type": "text/plain; charset=latin1"}, 415)):
        for query, accept in (("?progress=true", "*/*"),
                              ("", "application/x-ndjson")):
            bad.refuses(bad.send("POST", "/v1/memory/upload" + query, body,
                                 dict(headers, Accept=accept)), status, None,
                        repr(body[:20]))


@test
def an_upload_that_breaks_says_what_was_stored(bad):
    lines = b"".join(b'{"content":"Line number %d is here."}\n' % n
                     for n in range(1500))
    packed = gzip.compress(lines)
    reply = bad.send("POST", "/v1/memory/upload", packed[:-8],
                     {"Content-Encoding": "gzip"})
    bad.refuses(reply, 400, "body_damaged", "a damaged upload")
    ((stored,),) = bad.stack.sql("SELECT COUNT(*) - 1 FROM memory WHERE "
                                 "vault_id = %d" % bad.vault.id)
    tap.contains(reply.json()["error"]["message"],
                 "; %s pieces of the lines before were stored" % stored,
                 "the message")
    bad.before = rows(bad.stack)


@test
def an_idempotency_key_is_for_one_request(bad):
    once = {"Idempotency-Key": "one"}
    tap.equal(bad.send("POST", "/v1/memories", GOOD, once).status, 201,
              "the first")
    bad.before = rows(bad.stack)
    again = bad.send("POST", "/v1/memories", GOOD, once)
    tap.equal((again.status, again.header("idempotency-replayed")),
              (201, "true"), "the same again")
    for target, body, headers in (
            ("/v1/memory/ingest", GOOD, {}),
            ("/v1/memories", GOOD, {"X-Session-ID": "other"}),
            ("/v1/memories", dict(GOOD, role="user"), {})):
        reply = bad.send("POST", target, body, dict(once, **headers))
        tap.equal(reply.status, 422, "another request")
        is_refusal(bad.stack, reply, reply.status)


@test
def deep_metadata_comes_back_through_an_export(bad):
    deep = {}
    for _ in range(100):
        deep = {"a": deep}
    bad.vault.post("/v1/memories", dict(GOOD, metadata=deep))
    copy = Vault(bad.stack)
    copy.upload(bad.vault.export())
    tap.equal([row["metadata"] for row in copy.export()][-1], deep,
              "metadata")
    bad.before = rows(bad.stack)


# --- tools -------------------------------------------------------------------

def tool(bad, body):
    """The reply to a call of a tool."""
    return bad.send("POST", "/mcp", body, {
        "MCP-Protocol-Version": "2025-11-25",
        "Accept": "application/json, text/event-stream"})


def call(name, arguments):
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": name, "arguments": arguments}}


@test
def tools_take_no_wrong_arguments(bad):
    store = {"content": "My boat is blue."}
    for name, good, fields in (
            ("store_memory", store, {
                "content": but("NaN", "x" * 70000), "role": but(None),
                "name": but(None, "NaN") + ["a\nb"], "timestamp": TIME,
                "session_id": but(None, "NaN") + ["a\nb"],
                "metadata": but(None, {}, {"a": 1}), "colour": ["red"]}),
            ("search_memories", {"query": "boat"}, {
                "query": but("NaN", "x" * 70000), "limit": COUNT,
                "after": TIME, "min_score": but(None, 0)}),
            ("delete_memories", {}, {"ids": WRONG + ([0], [-1], [2 ** 63],
                                                     ["1"], [[1]])}),
            ("inspect_memory", {}, {"id": WRONG + ("1", [1])}),
            ("forget_all_memories", {}, {
                "confirm": WRONG + ("delete all memories",)})):
        for field, values in fields.items():
            for value in values:
                if name == "delete_memories" and value == [1]:
                    continue  # an id that may be there
                reply = tool(bad, call(name, dict(good, **{field: value})))
                tap.equal(reply.status, 200, "status")
                answer = reply.json()
                tap.check("error" in answer or answer["result"]["isError"],
                          "%s refuses %s: %s" % (name, field,
                                                 tap.shown(repr(value), 60)),
                          answer)


@test
def a_tool_s_metadata_stays_on_its_line(bad):
    body = json.dumps(call("store_memory", {
        "content": "My boat is blue.", "metadata": {"a": [1, 2]}}), indent=1)
    tap.equal(tool(bad, body.encode()).json()["result"]["isError"], False,
              "stored")
    tap.equal(bad.vault.export()[-1]["metadata"], {"a": [1, 2]}, "exported")
    bad.before = rows(bad.stack)


tests.run(lambda: Both(web=os.environ.get("WEB", "nginx"),
                       conf=["body_bytes = 1m", "upload_bytes = 2m"]))
