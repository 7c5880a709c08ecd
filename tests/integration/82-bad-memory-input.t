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
            ("X-Memory-Key", (key + "," + other.key,)),
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


tests.run(lambda: Both(web=os.environ.get("WEB", "nginx"),
                       conf=["body_bytes = 1m", "upload_bytes = 2m"]))
