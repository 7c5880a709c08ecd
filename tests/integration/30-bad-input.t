#!/usr/bin/env python3
"""Bad input: the right error in OpenAI's shape, or a working reply; nothing
stuck, nothing lost."""
import gzip
import json
import os
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import http
from lib import tap
from lib import upstream
from lib.stack import Both, wait_until

tests = tap.Plan()
PATH = "/v1/chat/completions"
GOOD = {"model": "openai/gpt-4o",
        "messages": [{"role": "user", "content": "Hello there, friend."}]}


def is_openai_error(reply, status, code=None, message=None):
    """The reply is an error that the SDKs can show."""
    tap.equal(reply.status, status, "status, with %r" % reply.body[:300])
    # What Apache itself refuses is JSON under a name that it insists on.
    if reply.header("x-request-id") or "Apache" not in (
            reply.header("server") or ""):
        tap.contains(reply.header("content-type") or "", "application/json",
                     "content type")
    error = reply.json()["error"]
    tap.check(isinstance(error, dict), "error is an object", error)
    for name in ("message", "type", "code"):
        tap.check(isinstance(error.get(name), str) and error[name],
                  "error.%s is a text" % name, error)
    if code:
        tap.equal(error["code"], code, "error.code")
    if message:
        tap.contains(error["message"], message, "error.message")


def good_request_works(stack):
    """The stack serves, and stores what it serves."""
    reply = stack.post(GOOD)
    tap.equal(reply.status, 200, "a good request afterwards")
    stack.settled(reply)
    tap.equal(stack.sql("SELECT stored FROM usage_event WHERE request_id = "
                        "UNHEX('%s')" % reply.header("x-request-id")),
              [["2"]], "rows stored by a good request")


def bad(function):
    """A test behind which the stack has to be as it was."""
    def run(both):
        stack, up = both
        up.forget()
        rows = int(stack.sql("SELECT COUNT(*) FROM memory")[0][0])
        function(stack, up)
        tap.check(int(stack.sql("SELECT COUNT(*) FROM memory")[0][0])
                  >= rows, "no stored row is lost")
        tap.equal(stack.request("GET", "/health").status, 200,
                  "health afterwards")
        good_request_works(stack)
        tap.lacks(stack.log(), "child_died", "the log")
    tests.test(run, function.__name__.replace("_", " "))
    return function


# --- keys -------------------------------------------------------------------

@bad
def no_key_is_refused(stack, up):
    is_openai_error(stack.request("POST", PATH, {}, GOOD), 401,
                    "missing_api_key", "Missing or invalid authentication")
    tap.equal(len(up.journal), 0, "requests upstream")


@bad
def a_wrong_key_is_refused(stack, up):
    for key in ("mk_wrong", "mk_", "mk_" + "x" * 4000, "mk_\u00e9".encode()
                .decode("latin-1"), "mk_%00", "mk_' OR 1=1 -- "):
        is_openai_error(stack.post(GOOD, key), 401)
    tap.equal(len(up.journal), 0, "requests upstream")


@bad
def a_key_in_the_query_brings_no_headers_of_its_own(stack, up):
    for key in ("a%0d%0aX-Evil:1", "a%0aX-Evil:1", "a%0d%0a%0d%0aGET%20/",
                "a%00b", "a%09b", "a+b", "a%20b", "%ff", "a%7f", "%c3%a9",
                "a" * 15000 + "%0d%0aX-Evil:1"):
        reply = stack.request(
            "POST", "/v1beta/models/gemini-x:generateContent?key=" + key,
            stack.usual(), {"contents": [{"parts": [{"text": "Hi."}]}]})
        tap.check(reply.status in (400, 414), "status for " + key[:40],
                  reply.status, reply.body)
        tap.check(isinstance(reply.json()["error"]["message"], str),
                  "a message", reply.body)
    tap.equal(len(up.journal), 0, "requests upstream")


@bad
def an_empty_bearer_is_refused(stack, up):
    for value in ("Bearer", "Bearer ", "Bearer  ", "mk_x", "", "Bearer a b"):
        is_openai_error(stack.request("POST", PATH, {"Authorization": value},
                                      GOOD), 401)


@bad
def an_unknown_provider_key_is_named(stack, up):
    is_openai_error(stack.chat("xai/grok-4", "Hello"), 400,
                    "missing_provider_key", "xai")


@bad
def a_model_without_a_vendor_row_is_refused(stack, up):
    for model in ("demo", "openai/", "/", "azure/x", "ollama/x"):
        reply = stack.chat(model, "Hello")
        is_openai_error(reply, 400)


# --- bodies -----------------------------------------------------------------

@bad
def invalid_json_is_refused(stack, up):
    for body in (b"{", b"[]", b"null", b"{'a':1}", b'{"model":}',
                 b'{"model":"openai/gpt-4o","messages":[}', b"\x00", b"",
                 b"\xef\xbb\xbf{}", b'{"a":01}', b'{"a":+1}', b'{"a":.5}',
                 b'{"a":NaN}', b'{"a":"\n"}', b'{"a":"\\u12"}',
                 b'{"a" 1}', b"{}{}", b'{"a":tru}'):
        reply = stack.request("POST", PATH, stack.usual(), body)
        is_openai_error(reply, 400, None, "Invalid JSON body"
                        if body[:3] != b"\xef\xbb\xbf" else None)
    tap.equal(len(up.journal), 0, "requests upstream")


@bad
def a_body_over_the_limit_is_a_413(stack, up):
    text = "x" * (1 << 20)
    body = dict(GOOD, messages=[{"role": "user", "content": text}])
    is_openai_error(stack.post(body), 413, "request_too_large")
    tap.equal(len(up.journal), 0, "requests upstream")
    # As large as it may be, it is served.
    just = json.dumps(dict(GOOD, user=""))
    body = json.dumps(dict(GOOD, user="x" * ((1 << 20) - len(just))))
    tap.equal(len(body), 1 << 20, "size")
    tap.equal(stack.post(body).status, 200, "a body of exactly the limit")


@bad
def a_body_over_the_web_servers_limit_is_a_413(stack, up):
    size = 66 << 20
    head = http.encode("POST", PATH, dict(
        stack.usual(), **{"Content-Length": str(size)}), b"")
    reply = http.raw(stack.port, head + b"x" * size)
    is_openai_error(reply, 413, "request_too_large")


@bad
def depth_over_the_limit_is_refused(stack, up):
    for left, right in (("[", "]"), ('{"a":', "}")):
        for depth in (200, 100000):
            inside = left * depth + ("1" if left != "[" else "") \
                + right * depth
            body = '{"model":"openai/gpt-4o","x":%s,"messages":[{"role":' \
                   '"user","content":"Hi."}]}' % inside
            is_openai_error(stack.request("POST", PATH, stack.usual(), body),
                            400, "json_too_deep", "deep")
    tap.equal(len(up.journal), 0, "requests upstream")


@bad
def an_unclosed_depth_is_refused(stack, up):
    is_openai_error(stack.request("POST", PATH, stack.usual(),
                                  "[" * 500000), 400)


@bad
def a_missing_model_is_refused(stack, up):
    is_openai_error(stack.post({"messages": GOOD["messages"]}), 400,
                    "missing_field", "Missing required field: model")


@bad
def two_models_are_refused(stack, up):
    for path, rest in ((PATH, '"messages":[{"role":"user","content":"Hi."}]'),
                       ("/v1/responses", '"input":"Hi."'),
                       ("/v1/embeddings", '"input":"Hi."')):
        for name in ("model", "m\\u006fdel"):
            body = '{"model":"openai/gpt-5","%s":"openai/gpt-4o",%s}' % (
                name, rest)
            is_openai_error(stack.request("POST", path, stack.usual(), body),
                            400, "repeated_field")
    tap.equal(len(up.journal), 0, "requests upstream")


@bad
def missing_messages_are_refused(stack, up):
    for body in ({"model": "openai/gpt-4o"},
                 {"model": "openai/gpt-4o", "messages": []}):
        is_openai_error(stack.post(body), 400, "missing_field",
                        "messages (must be a non-empty array)")


@bad
def messages_that_are_no_array_are_refused(stack, up):
    for messages in ("Hello", 5, True, {"role": "user"}, None):
        is_openai_error(stack.post({"model": "openai/gpt-4o",
                                    "messages": messages}), 400,
                        "missing_field")
    for messages in ([1], ["a"], [None], [[]], [GOOD["messages"][0], 7]):
        is_openai_error(stack.post({"model": "openai/gpt-4o",
                                    "messages": messages}), 400)


@bad
def odd_messages_go_up_as_they_are(stack, up):
    for message in ({}, {"role": 5, "content": 6}, {"role": "user"},
                    {"role": "user", "content": None},
                    {"role": "user", "content": {"a": 1}},
                    {"role": "user", "content": []},
                    {"role": "user", "content": [1, None, {"type": "text"}]},
                    {"role": "user", "content": ""}):
        reply = stack.post({"model": "openai/gpt-4o", "messages": [message]})
        tap.equal(reply.status, 200, "status for %r" % message)
        tap.equal(up.last().json()["messages"], [message], "messages")


@bad
def invalid_utf_8_is_refused(stack, up):
    for junk in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf",
                 b"\xf4\x90\x80\x80", b"caf\xe9"):
        body = b'{"model":"openai/gpt-4o","messages":[{"role":"user",' \
               b'"content":"' + junk + b'"}]}'
        is_openai_error(stack.request("POST", PATH, stack.usual(), body),
                        400, "invalid_json", "UTF-8")
    tap.equal(len(up.journal), 0, "requests upstream")


@bad
def lone_surrogates_in_escapes_do_no_harm(stack, up):
    body = b'{"model":"openai/gpt-4o","messages":[{"role":"user",' \
           b'"content":"My word is \\ud83d zebra."}]}'
    reply = stack.request("POST", PATH, stack.usual(), body)
    tap.equal(reply.status, 200, "status")
    tap.contains(up.last().body, b"\\ud83d zebra", "the body that went up")
    stack.settled(reply)


@bad
def nul_bytes_are_refused_or_passed_as_escapes(stack, up):
    body = b'{"model":"openai/gpt-4o","messages":[{"role":"user",' \
           b'"content":"a\x00b"}]}'
    is_openai_error(stack.request("POST", PATH, stack.usual(), body), 400)
    body = body.replace(b"\x00", b"\\u0000")
    reply = stack.request("POST", PATH, stack.usual(), body)
    tap.equal(reply.status, 200, "an escaped NUL")
    tap.contains(up.last().body, b"a\\u0000b", "the body that went up")
    stack.settled(reply)
    rows = stack.sql("SELECT text FROM memory ORDER BY created_at DESC, seq "
                     "DESC LIMIT 2")
    tap.contains([row[0] for row in rows], "ab", "what is stored")


@bad
def a_body_shorter_than_its_length_leaves_nothing_stuck(stack, up):
    body = json.dumps(GOOD).encode()
    head = dict(stack.usual(), **{"Content-Length": str(len(body) + 50)})
    data = http.encode("POST", PATH, head, b"") + body
    for shut in (True, False):
        sock = http.connect(stack.port)
        sock.sendall(data)
        if shut:
            sock.shutdown(socket.SHUT_WR)
        sock.close()
    time.sleep(0.2)
    tap.equal(len(up.journal), 0, "requests upstream")


@bad
def a_chunked_body_is_read(stack, up):
    body = json.dumps(GOOD).encode()
    data = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 7]), body[i:i + 7])
                    for i in range(0, len(body), 7)) + b"0\r\n\r\n"
    reply = stack.request("POST", PATH, dict(
        stack.usual(), **{"Transfer-Encoding": "chunked"}), data)
    tap.equal(reply.status, 200, "status, with %r" % reply.body[:200])
    tap.equal(up.last().model(), "gpt-4o", "model")
    tap.equal(up.last().header("content-length"), str(len(up.last().body)),
              "length upstream")


@bad
def a_chunked_body_over_the_limit_is_a_413(stack, up):
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    data = piece * 20 + b"0\r\n\r\n"
    is_openai_error(stack.request("POST", PATH, dict(
        stack.usual(), **{"Transfer-Encoding": "chunked"}), data), 413)


@bad
def a_gzip_body_is_read(stack, up):
    body = json.dumps(GOOD).encode()
    middle = len(body) // 2
    for packed in (gzip.compress(body),
                   gzip.compress(body[:middle]) + gzip.compress(body[middle:]),
                   gzip.compress(b" " * 100000 + body, 1)):
        up.forget()
        reply = stack.post(packed, headers={"Content-Encoding": "gzip",
                                            "X-Memory-Mode": "off"})
        tap.equal(reply.status, 200, "status, with %r" % reply.body[:300])
        tap.equal(up.journal[0].json()["messages"], GOOD["messages"],
                  "what went up")
        tap.equal(up.journal[0].header("content-encoding"), None,
                  "encoding upstream")
    lines = b"".join(b'{"content":"The gate code is %d."}\n' % n
                     for n in range(500))
    reply = stack.request("POST", "/v1/memory/upload",
                          dict(stack.usual(), **{"Content-Encoding": "gzip"}),
                          gzip.compress(lines))
    tap.equal(reply.status, 200, "status, with %r" % reply.body[:300])


@bad
def a_gzip_body_that_is_damaged_or_a_bomb_is_refused(stack, up):
    good = gzip.compress(json.dumps(GOOD).encode())
    damaged = bytearray(good)
    damaged[-5] ^= 1
    for body in (good[:-1], good[:20], bytes(damaged), good + b"more",
                 b"\x1f\x8b", json.dumps(GOOD).encode()):
        is_openai_error(stack.post(body, headers={"Content-Encoding": "gzip"}),
                        400, "body_damaged")
    bomb = gzip.compress(b" " * (300 << 20))
    is_openai_error(stack.post(bomb, headers={"Content-Encoding": "gzip"}),
                    413, "request_too_large")
    for name in ("br", "gzip, gzip", "utf-8"):
        is_openai_error(stack.post(good, headers={"Content-Encoding": name}),
                        415, "unknown_encoding")
    tap.equal(len(up.journal), 0, "requests upstream")


@bad
def a_get_with_a_body_is_answered(stack, up):
    reply = stack.request("GET", "/health", {}, b"x" * 300000)
    tap.equal(reply.status, 200, "GET /health")
    reply = stack.request("GET", PATH, stack.usual(), GOOD)
    is_openai_error(reply, 405, "method_not_allowed")
    tap.contains(reply.header("allow") or "", "POST", "Allow")


# --- heads ------------------------------------------------------------------

@bad
def a_header_of_64_kib_is_refused(stack, up):
    for size in (20000, 30000, 65536, 200000):
        reply = stack.post(GOOD, headers={"X-Long": "x" * size})
        tap.check(reply.status in (400, 413, 431), "a 4xx", reply.status)
        is_openai_error(reply, reply.status)
    tap.equal(len(up.journal), 0, "requests upstream")


@bad
def a_long_target_is_refused(stack, up):
    reply = stack.request("GET", "/" + "a" * 9000)
    is_openai_error(reply, 404)
    for size in (30000, 100000):
        reply = stack.request("GET", "/" + "a" * size)
        tap.check(reply.status in (404, 413, 414), "status", reply.status)
        is_openai_error(reply, reply.status)


@bad
def odd_targets_are_not_found(stack, up):
    for target in ("//v1/chat/completions", "/v1/chat/completions/",
                   "/V1/chat/completions", "/v1/chat%2Fcompletions", "/%00",
                   "/../../etc/passwd", "/%2e%2e/", "/?", "/v1/",
                   "/v1/chat/completions%20"):
        reply = stack.request("POST", target, stack.usual(), GOOD)
        tap.check(reply.status in (400, 404, 405), "status of " + target,
                  reply.status)


@bad
def odd_queries_do_no_harm(stack, up):
    for query in ("?", "?&&&", "?memory", "?mode=%zz", "?limit=-1",
                  "?limit=99999999999999999999", "?mode=" + "x" * 9000,
                  "?=&=", "?%00=%00"):
        tap.equal(stack.post(GOOD, query=query).status, 200,
                  "status of " + query[:40])


@bad
def odd_sessions_are_refused_or_kept_apart(stack, up):
    reply = stack.post(GOOD, headers={"X-Session-ID": "s" * 256})
    is_openai_error(reply, 400, "invalid_session")
    reply = stack.post(dict(GOOD, session_id="a\u0000b"))
    is_openai_error(reply, 400, "invalid_session")
    reply = stack.post(dict(GOOD, session_id="a\r\nX-Evil: 1"))
    is_openai_error(reply, 400, "invalid_session")
    reply = stack.post(dict(GOOD, session_id="\u65e5\u672c \u00e9"))
    tap.equal(reply.status, 200, "a session in UTF-8")


# --- providers --------------------------------------------------------------

@bad
def an_upstream_that_closes_early_is_a_502(stack, up):
    # A connection that was kept open may be tried once more by libcurl.
    for _ in range(3):
        up.next(upstream.close_early, upstream.close_early)
        is_openai_error(stack.post(GOOD), 502, "provider_unreachable",
                        "Failed to connect to provider")
        up.forget()


@bad
def an_upstream_that_closes_in_the_body_is_seen(stack, up):
    up.next(upstream.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n"
                         b"Content-Type: application/json\r\n\r\n{\"a\":"))
    reply = stack.post(GOOD)
    tap.check(reply.status == 502 or reply.broken,
              "an error or a reply that breaks off", reply.status,
              reply.body)
    up.next(upstream.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n"
                         b"Content-Type: application/json\r\n\r\n" +
                         b"x" * 200000))
    reply = stack.post(GOOD)
    tap.check(reply.status == 502 or reply.broken,
              "an error or a reply that breaks off", reply.status,
              reply.body[:100])


@bad
def an_upstream_that_sends_nothing_is_a_504(stack, up):
    up.next(upstream.silent())
    is_openai_error(stack.post(GOOD), 504, "provider_timeout")
    tap.check(up.last().gone.wait(tap.PATIENCE), "the call upstream is ended")


@bad
def an_upstream_that_stops_in_a_stream_ends_with_an_error_event(stack, up):
    def script(x):
        upstream.sse(upstream.stream_bytes(["One ", "two"], False),
                     end=False)(x)
        return upstream.silent()(x)
    up.next(script)
    reply = stack.post(dict(GOOD, stream=True))
    tap.equal(reply.status, 200, "status")
    tap.equal(reply.events()[-1][:8], '{"error"', "last event")
    json.loads(reply.events()[-1])


@bad
def a_stream_that_breaks_off_ends_with_an_error_event(stack, up):
    up.next(upstream.sse(upstream.stream_bytes(["One ", "two"], False),
                         end=False))
    reply = stack.post(dict(GOOD, stream=True))
    tap.equal(reply.status, 200, "status")
    error = json.loads(reply.events()[-1])["error"]
    tap.check(isinstance(error["message"], str), "a message", error)
    stack.settled(reply)


@bad
def lines_of_1_mb_pass(stack, up):
    text = "Zebra " + "y" * (1 << 20)
    up.next(upstream.sse([upstream.chunk({"content": text}),
                          b"data: [DONE]\n\n"]))
    reply = stack.post(dict(GOOD, stream=True))
    tap.equal(reply.status, 200, "status")
    tap.equal(len(reply.text()), len(text), "length of the text")
    stack.settled(reply)
    up.next(upstream.sse([b"data: " + b"z" * (6 << 20) + b"\n\n",
                          b"data: [DONE]\n\n"]))
    reply = stack.post(dict(GOOD, stream=True))
    tap.equal(len(reply.body), (6 << 20) + 8 + 14, "length of the body")


@bad
def bytes_that_are_no_json_pass(stack, up):
    for junk in (b"not json", b"\xff\xfe\x00\x01", b"<html>no</html>", b"",
                 b"[1,2", b"null", b'{"choices":5}', b'{"choices":[[]]}',
                 b'{"choices":[{"message":{"content":{"a":1}}}]}'):
        up.next(upstream.reply(200, junk, type="application/json"))
        reply = stack.post(GOOD)
        tap.equal(reply.status, 200, "status for %r" % junk)
        tap.equal(reply.body, junk, "body")
        up.next(upstream.sse([b"data: " + junk + b"\n\n", b"\xff\xff\n\n",
                              b":\n\n", b"data\n\n", b"data: [DONE]\n\n"]))
        reply = stack.post(dict(GOOD, stream=True))
        tap.equal(reply.status, 200, "status for %r, streamed" % junk)
        tap.contains(reply.body, junk, "stream")


@bad
def an_upstream_that_speaks_no_http_is_a_502(stack, up):
    for data in (b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00" * 2000,
                 b"HTTP/1.1 abc\r\n\r\n"):
        up.next(upstream.raw(data))
        is_openai_error(stack.post(GOOD), 502)


@bad
def upstream_headers_that_are_too_large_are_a_502(stack, up):
    up.next(upstream.raw(b"HTTP/1.1 200 OK\r\n" + b"".join(
        b"X-H%d: %s\r\n" % (i, b"x" * 8000) for i in range(60)) + b"\r\n"))
    is_openai_error(stack.post(GOOD), 502)


@bad
def upstream_headers_cannot_break_ours(stack, up):
    up.next(upstream.reply(200, upstream.completion("Hi."), [
        ("X-Memory-Status", "forged"), ("Set-Cookie", "a=b"),
        ("X-Accel-Redirect", "/etc/passwd"), ("Status", "500"),
        ("Connection", "keep-alive"), ("X-Fine", "yes")]))
    reply = stack.post(GOOD)
    tap.equal(reply.status, 200, "status")
    tap.check(reply.header("x-memory-status") in ("hit", "empty"),
              "our own status", reply.header("x-memory-status"))
    tap.equal(reply.header("set-cookie"), None, "Set-Cookie")
    tap.equal(reply.header("x-fine"), "yes", "X-Fine")


@bad
def a_redirect_is_not_followed(stack, up):
    up.next(upstream.reply(302, "", [("Location", up.url + "/evil")]))
    reply = stack.post(GOOD)
    tap.equal(len(up.journal), 1, "requests upstream")
    tap.equal(reply.status, 302, "status")


@bad
def a_path_cannot_lead_out_of_its_row_at_the_vendor(stack, up):
    for path in ("/v1/responses/../files", "/v1/responses/%2e%2E/files",
                 "/v1/responses/./x", "/v1/responses/..%2ffiles",
                 "/v1/responses/a/../../files", "/v1/responses/..",
                 "/v1beta/models/../../v1/files:generateContent",
                 "/v1beta/models/%2e%2e/x:generateContent"):
        reply = stack.request(
            "GET" if "responses" in path else "POST", path, stack.usual(),
            b"" if "responses" in path else
            b'{"contents":[{"parts":[{"text":"x"}]}]}')
        tap.check(400 <= reply.status < 500, path, reply.status)
        tap.equal(len(up.journal), 0, "requests upstream for " + path)


@bad
def a_client_that_leaves_in_mid_stream_ends_the_call(stack, up):
    up.next(upstream.sse(upstream.stream_bytes(["Zebra "] * 4000, False),
                         delay=0.05))
    reply = stack.begin_post(dict(GOOD, stream=True))
    tap.check(reply.read_until(b"Zebra"), "the first words come")
    reply.close()
    tap.check(up.last().gone.wait(tap.PATIENCE), "the call upstream is ended")
    request_id = reply.header("x-request-id")
    wait_until("the partial turn is stored", lambda: stack.sql(
        "SELECT 1 FROM usage_event WHERE partial = 1 AND request_id = "
        "UNHEX('%s')" % request_id))


CONF = ["body_bytes = 1m", "json_depth = 64", "upstream_silence_seconds = 4"]

tests.run(lambda: Both(web=os.environ.get("WEB", "nginx"), conf=CONF,
                       rows=["google"]))
