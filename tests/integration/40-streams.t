#!/usr/bin/env python3
"""Streams: when bytes arrive, what happens when somebody leaves, many."""
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import http
from lib import tap
from lib import upstream
from lib.stack import Both, wait_until

tests = tap.Plan()
COUNT = 200


def question(text="Tell me about zebras.", **fields):
    """A streamed request."""
    body = {"model": "openai/gpt-4o", "stream": True,
            "messages": [{"role": "user", "content": text}]}
    body.update(fields)
    return body


@tests.test
def the_first_byte_comes_before_the_upstream_has_finished(both):
    stack, up = both
    gate = threading.Event()
    events = upstream.stream_bytes(["One ", "two ", "three."])
    up.next(upstream.sse(events, gates={2: gate}))
    reply = stack.begin_post(question())
    tap.equal(reply.status, 200, "status")
    tap.check(reply.read_until(b"One "), "the first word comes")
    tap.check(not up.last().done.is_set(), "the upstream still runs")
    gate.set()
    reply.finish()
    tap.equal(reply.body, b"".join(events), "bytes")


@tests.test
def each_event_comes_when_it_was_sent(both):
    stack, up = both
    events = upstream.stream_bytes(["a", "b", "c", "d"])
    gates = {number: threading.Event() for number in range(1, len(events))}
    up.next(upstream.sse(events, gates=gates))
    reply = stack.begin_post(question())
    for number, event in enumerate(events):
        if number:
            gates[number].set()
        # The next one is sent when this one was seen.
        tap.check(reply.read_until(event), "event %d" % number, reply.body)
    reply.finish()


@tests.test
def a_stream_is_stored_whole_and_found_by_the_next_request(both):
    stack, up = both
    key, key_id = stack.new_key()
    up.next(upstream.words("Zebras sleep standing up."))
    stack.post(question("How do zebras sleep?"), key)
    up.next(upstream.words("Yes."))
    reply = stack.post(question("Do zebras sleep standing?"), key)
    tap.equal(reply.header("x-memory-status"), "hit", "memory")
    tap.contains(up.last().last_user_text(), "Zebras sleep standing up.",
                 "what went up")
    stack.settled(reply)
    tap.equal(stack.memories(key_id)[:2],
              [("user", "How do zebras sleep?"),
               ("assistant", "Zebras sleep standing up.")], "memories")


@tests.test
def a_client_that_leaves_ends_the_call_and_the_partial_reply_is_stored(both):
    stack, up = both
    key, key_id = stack.new_key()
    up.next(upstream.sse(upstream.stream_bytes(
        ["Zebras ", "are ", "striped. "] + ["More. "] * 5000, False),
        delay=0.03))
    reply = stack.begin_post(question(), key)
    tap.check(reply.read_until(b"striped"), "some words come")
    reply.close()
    tap.check(up.last().gone.wait(tap.PATIENCE), "the call upstream is ended")
    rows = wait_until("the turn is stored",
                      lambda: stack.memories(key_id))
    tap.equal(rows[0], ("user", "Tell me about zebras."), "the user's text")
    tap.contains(rows[1][1], "Zebras are striped.", "the partial reply")
    tap.equal(stack.sql("SELECT DISTINCT m.partial FROM memory m JOIN "
                        "memory_key k ON k.vault_id = m.vault_id WHERE k.id "
                        "= %d AND m.role = 1" % key_id), [["1"]],
              "it is marked as partial")


@tests.test
def a_client_that_leaves_a_silent_stream_is_noticed(both):
    stack, up = both
    up.next(lambda x: upstream.sse(upstream.stream_bytes(["One "], False),
                                   end=False)(x) or upstream.silent()(x))
    reply = stack.begin_post(question())
    tap.check(reply.read_until(b"One "), "the first word comes")
    reply.close()
    tap.check(up.last().gone.wait(tap.PATIENCE), "the call upstream is ended")


@tests.test
def a_client_that_leaves_before_the_reply_is_noticed(both):
    stack, up = both
    up.next(upstream.silent())
    before = len(up.journal)
    sock = http.connect(stack.port)
    sock.sendall(http.encode("POST", "/v1/chat/completions", stack.usual(),
                             question(), stack.port))
    wait_until("the request is upstream", lambda: len(up.journal) > before)
    sock.close()
    tap.check(up.last().gone.wait(tap.PATIENCE), "the call upstream is ended")


@tests.test
def a_client_that_closes_after_done_is_a_normal_end(both):
    stack, up = both
    key, _ = stack.new_key()
    up.next(lambda x: upstream.sse(upstream.stream_bytes(["Fine."]),
                                   end=False)(x) or x.wait(1) or False)
    reply = stack.begin_post(question(), key)
    tap.check(reply.read_until(b"[DONE]"), "the stream comes to its end")
    reply.close()
    stack.settled(reply)
    tap.equal(stack.sql("SELECT partial FROM usage_event WHERE request_id = "
                        "UNHEX('%s')" % reply.header("x-request-id")),
              [["0"]], "partial")


@tests.test
def a_silent_stream_carries_empty_lines_between_events(both):
    stack, up = both
    gate = threading.Event()
    events = upstream.stream_bytes(["One ", "two."])
    up.next(upstream.sse(events, gates={2: gate}))
    reply = stack.begin_post(question())
    tap.check(reply.read_until(b"One "), "the first word comes")
    so_far = len(reply.body)
    tap.check(reply.read_until(b"\n\n\n"), "an empty line comes")
    tap.check(reply.read_until(b"\n\n\n\n"), "and another one")
    tap.equal(reply.body[so_far:].strip(b"\n"), b"", "and nothing else")
    gate.set()
    reply.finish()
    tap.equal(reply.text(), "One two.", "text")


@tests.test
def no_empty_line_comes_inside_an_event(both):
    stack, up = both
    event = upstream.chunk({"content": "One two."})
    for memory in (True, False):
        gate = threading.Event()
        up.next(upstream.sse([event[:40], event[40:], b"data: [DONE]\n\n"],
                             gates={1: gate}))
        threading.Timer(2.5, gate.set).start()
        reply = stack.post(question(memory=memory))
        tap.contains(reply.body, event, "the event in one piece")


@tests.test
def the_head_comes_before_the_first_event_and_is_kept_alive(both):
    stack, up = both
    gate = threading.Event()

    def script(x):
        x.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
               b"Connection: close\r\n\r\n")
        while not gate.is_set() and x.wait(0.05):
            pass
        x.send(b"".join(upstream.stream_bytes(["One."])))
        return False
    up.next(script)
    # Without a head there is no reply yet, and no event comes before.
    reply = stack.begin_post(question())
    reply.read_until(b"\n")
    gate.set()
    reply.finish()
    tap.check(reply.body.startswith(b"\n"), "empty lines came before",
              reply.body[:20])
    tap.equal(reply.text(), "One.", "text")


@tests.test
def no_byte_comes_before_the_status_is_decided(both):
    stack, up = both
    up.next(upstream.reply(429, {"error": {"message": "later"}}, delay=2.5))
    reply = stack.post(question())
    tap.equal(reply.status, 429, "status")


@tests.test
def two_hundred_streams_run_at_once(both):
    stack, up = both
    up.forget()
    gate = threading.Event()
    events = upstream.stream_bytes(["One ", "two."])
    script = upstream.sse(events, gates={2: gate})
    up.on("many", script)
    replies, errors = [], []

    def run():
        try:
            reply = stack.begin_post(question(model="openai/many",
                                              memory=False))
            if reply.read_until(b"One "):
                replies.append(reply)
            reply.finish()
        except Exception as error:
            errors.append(error)
    threads = [threading.Thread(target=run) for _ in range(COUNT)]
    for thread in threads:
        thread.start()
    try:
        wait_until("%d streams have begun" % COUNT,
                   lambda: len(replies) == COUNT or errors)
        tap.equal(errors, [], "errors")
        tap.equal(stack.request("GET", "/health").status, 200,
                  "health meanwhile")
    finally:
        gate.set()
        for thread in threads:
            thread.join()
    whole = b"".join(events)
    good = sum(reply.body.replace(b"\n\n\n", b"\n\n").startswith(whole[:50])
               and reply.text() == "One two." for reply in replies)
    tap.equal(good, COUNT, "streams that came whole")


tests.run(lambda: Both(web=os.environ.get("WEB", "nginx"),
                       conf=["keep_alive_seconds = 1"]))
