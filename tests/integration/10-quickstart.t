#!/usr/bin/env python3
"""The two calls of the README on each web server, as a user types them."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib.stack import Stack, alive, wait_until

tests = tap.Plan()


def curl(stack, text, key=None, *more):
    """The call of the README; the bytes of the reply."""
    done = subprocess.run(
        ["curl", "-s", "--noproxy", "*", stack.env["BASE_URL"] +
         "/v1/chat/completions", "-H",
         "Authorization: Bearer " + (key or stack.key), "-H",
         "Content-Type: application/json", "-d",
         json.dumps({"model": "demo/echo", "messages": [
             {"role": "user", "content": text}]})] + list(more),
        stdout=subprocess.PIPE, timeout=tap.PATIENCE, check=True)
    return done.stdout


def answer(body):
    """What the reply says."""
    return json.loads(body)["choices"][0]["message"]["content"]


def remembers(stack, web):
    """The second call gets what the first one said, on each server."""
    key, key_id = stack.new_key()
    first = answer(curl(stack, "Remember that my favorite color is blue.",
                        key))
    tap.lacks(first, "blue", "the first answer on " + web)
    second = answer(curl(stack, "What is my favorite color?", key))
    tap.contains(second, "blue", "the second answer on " + web)
    tap.contains(second, "I remember", "the second answer on " + web)
    wait_until("both questions are stored",
               lambda: len(stack.memories(key_id)) == 2)


def with_server(web):
    """The tests of one web server."""
    def the_second_call_knows_the_first(_):
        with Stack(web=web) as stack:
            remembers(stack, web)
            stream = curl(stack, "What is my favorite color?", None, "-N",
                          "-i")
            tap.contains(stream, b"X-Memory-Status", "headers on " + web)
            health = stack.request("GET", "/health")
            tap.equal(health.status, 200, "health on " + web)
            bad = stack.request("GET", "/v1/nothing")
            tap.equal(bad.status, 404, "unknown path on " + web)
            tap.contains(bad.json(), "error", "unknown path on " + web)
            traced = stack.request("TRACE", "/health", stack.usual())
            tap.equal(traced.status, 405, "TRACE on " + web)
            tap.lacks(traced.body.decode(), stack.key, "TRACE on " + web)
            left = stack.master
            stack.stop()
            tap.check(not alive(left), "a process is left after stop")
            stack.start()
            again = answer(curl(stack, "Do you know my favorite color?"))
            tap.check(again, "an answer after a restart")
    tests.test(the_second_call_knows_the_first,
               "the second call knows the first, on " + web)


for server in ("nginx", "apache", "fcgid"):
    with_server(server)

tests.run()
