#!/usr/bin/env python3
"""No log of the stack holds a prompt, a memory, a reply or a key."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import http
from lib import tap
from lib import upstream
from lib.stack import Both, wait_until

tests = tap.Plan()
PROMPT = "My zanzibarprompt is purple."
REPLY = "Your zanzibarreply is noted."
ERROR = "zanzibarerror of the provider"


def use(stack, up):
    """All kinds of requests; the words that no log may hold."""
    email = stack.new_account()
    key, _ = stack.new_key(email)
    stack.must("provider-key", "set", "openai", "--account", email,
               input="sk-zanzibarstored\n")
    up.next(upstream.chat(REPLY))
    stack.settled(stack.chat("openai/gpt-4o", PROMPT, key))
    up.next(upstream.words(REPLY))
    reply = stack.chat("openai/gpt-4o", "What is my zanzibarprompt?", key,
                       stream=True)
    tap.equal(reply.header("x-memory-status"), "hit", "memory")
    stack.settled(reply)
    stack.chat("demo/x", PROMPT, key)
    stack.chat("openai/gpt-4o", PROMPT, key,
               {"X-Provider-Key": "sk-zanzibargiven",
                "X-Session-ID": "zanzibarsession"})
    for script in (upstream.reply(500, {"error": {"message": ERROR}}),
                   upstream.raw(b"zanzibarerror\r\n\r\n"),
                   upstream.close_early,
                   upstream.sse([b"data: zanzibarerror\n\n"], end=False)):
        up.next(script)
        stack.chat("openai/gpt-4o", PROMPT, key, stream=True)
    stack.request("POST", "/v1/chat/completions?key=" + key,
                  {"Content-Type": "application/json"},
                  {"model": "openai/gpt-4o", "messages": [
                      {"role": "user", "content": PROMPT}]})
    stack.request("POST", "/v1/nothing?key=" + key, {}, PROMPT)
    stack.post(b'{"zanzibarprompt', key)
    stack.chat("xai/zanzibarmodel", PROMPT, key)
    stack.chat("openai/gpt-4o", PROMPT, key + "zanzibar")
    stack.chat("openai/gpt-4o", PROMPT, "mk_zanzibarunknown")
    stack.post({"model": "openai/gpt-4o", "messages": []}, key, {
        "X-Long": "zanzibar" * 8000})
    stack.post("x" * (2 << 20), key)
    sock = http.connect(stack.port)
    sock.sendall(http.encode("POST", "/v1/chat/completions?key=" + key,
                             stack.usual(key), b"")[:-2] +
                 b"Content-Length: 500\r\n\r\n" + PROMPT.encode())
    sock.close()
    wait_until("the last request is logged", lambda: stack.request(
        "GET", "/health").status == 200)
    return [key, key[3:], "zanzibar", "sk-default", stack.key]


def check_web(web):
    """The test of one web server."""
    def no_log_holds_text_or_keys(_):
        with Both(web=web, conf=["body_bytes = 1m", "log_level = debug"]) \
                as (stack, up):
            words = use(stack, up)
            stack.stop_database()
            stack.chat("openai/gpt-4o", PROMPT)
            stack.stop()
            logs = stack.logs()
            tap.check(len(logs) >= 3, "there are logs", list(logs))
            for name, text in logs.items():
                for word in words:
                    # The model is named in no line, the session neither.
                    for line in text.splitlines():
                        tap.lacks(line, word, name)
    tests.test(no_log_holds_text_or_keys,
               "no log holds text or keys, on " + web)


@tests.test
def a_turn_has_one_access_line_with_its_milliseconds(_):
    with Both() as (stack, up):
        reply = stack.chat("openai/gpt-4o", PROMPT)
        stack.settled(reply)
        request_id = reply.header("x-request-id")
        tap.check(re.fullmatch(r"[0-9a-f]{32}", request_id), "request id",
                  request_id)
        line = stack.access_line(request_id)
        for word in ("method=POST", "path=/v1/chat/completions",
                     "status=200", "provider=openai", "memory=",
                     "authenticate_ms=", "plan_ms=", "recall_ms=",
                     "inject_ms=", "forward_ms=", "capture_ms=",
                     "remember_ms=", "total_ms="):
            tap.contains(line, word, "the access line")
        log = stack.log()
        tap.equal(sum(request_id in one for one in log.splitlines()), 1,
                  "lines of the request")
        stack.request("GET", "/a\"b%0Ac=d%1b?x=1")
        odd = wait_until("its line", lambda: [
            one for one in stack.log().splitlines() if "path=" in one and
            "/a" in one])[-1]
        tap.check(all(c >= " " for c in odd), "no control byte", odd)


for server in ("nginx", "apache", "fcgid"):
    check_web(server)

tests.run()
