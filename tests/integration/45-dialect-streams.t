#!/usr/bin/env python3
"""Streams, errors and limits in each dialect: what text cases cannot say."""
import json
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import http
from lib import tap
from lib import upstream
from lib.stack import Both, wait_until

tests = tap.Plan()
QUESTION = "How do zebras sleep?"
ANSWER = ["Zebras ", "sleep ", "standing \u00e9 \U0001f600 ", "up."]


def event(data, name=None):
    """One server-sent event."""
    head = b"event: %s\n" % name.encode() if name else b""
    return head + b"data: " + json.dumps(data, ensure_ascii=False).encode() \
        + b"\n\n"


class Dialect:
    """How one family of clients asks, and how its vendor answers."""

    def __init__(self, name, target, body, headers, events, last, error):
        self.name = name
        self.target = target
        self.body = body
        self.headers = headers
        self.events = events    # bytes of the events before the last one
        self.last = last        # the event that ends the stream
        self.error = error      # (type or status) of an error body

    def ask(self, stack, key, **more):
        """Sends the question; the reply's body is not read."""
        headers = {"Content-Type": "application/json", "X-Memory-Key": key}
        headers.update(self.headers)
        headers.update(more.pop("headers", {}))
        return http.begin(stack.port, "POST", more.pop("target", self.target),
                          headers, more.pop("body", self.body), **more)

    def stream(self):
        """All events."""
        return self.events + [self.last]


def typed(data):
    """An event that says its type twice, as two of the vendors do."""
    return event(data, data["type"])


CHAT = Dialect(
    "openai_chat", "/v1/chat/completions",
    {"model": "openai/gpt-4o", "stream": True,
     "messages": [{"role": "user", "content": QUESTION}]}, {},
    upstream.stream_bytes(ANSWER, False) + [upstream.chunk({}, "stop")],
    b"data: [DONE]\n\n", "type")
RESPONSES = Dialect(
    "openai_responses", "/v1/responses",
    {"model": "openai/gpt-4o", "stream": True, "input": QUESTION}, {},
    [typed({"type": "response.created", "response": {"id": "r"}})]
    + [typed({"type": "response.output_text.delta", "delta": word})
       for word in ANSWER],
    typed({"type": "response.completed", "response": {
        "usage": {"input_tokens": 11, "output_tokens": 7}}}), "type")
ANTHROPIC = Dialect(
    "anthropic", "/v1/messages",
    {"model": "claude-opus-4.8", "stream": True, "max_tokens": 9,
     "messages": [{"role": "user", "content": QUESTION}]},
    {"x-api-key": "sk-ant-1", "anthropic-version": "2023-06-01"},
    [typed({"type": "message_start", "message": {
        "usage": {"input_tokens": 11, "output_tokens": 1}}})]
    + [typed({"type": "content_block_delta", "index": 0,
              "delta": {"type": "text_delta", "text": word}})
       for word in ANSWER]
    + [typed({"type": "message_delta", "delta": {"stop_reason": "end_turn"},
              "usage": {"output_tokens": 7}})],
    typed({"type": "message_stop"}), "type")
GOOGLE = Dialect(
    "google", "/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse",
    {"contents": [{"role": "user", "parts": [{"text": QUESTION}]}]},
    {"x-goog-api-key": "AIza-1"},
    [event({"candidates": [{"content": {"parts": [{"text": word}]}}]})
     for word in ANSWER],
    event({"candidates": [{"finishReason": "STOP"}], "usageMetadata": {
        "promptTokenCount": 11, "candidatesTokenCount": 7}}), "status")
ALL = [CHAT, RESPONSES, ANTHROPIC, GOOGLE]


def each(function, dialects=None):
    """Makes a test of each dialect of a function (both, dialect)."""
    for one in dialects or ALL:
        tests.test(lambda both, one=one: function(both, one), "%s: %s"
                   % (one.name, function.__name__.replace("_", " ")))
    return function


def stored(stack, reply):
    """[input tokens, output tokens, estimated, partial] of a turn."""
    stack.settled(reply)
    return stack.sql("SELECT input_tokens, output_tokens, estimated, partial "
                     "FROM usage_event WHERE request_id = UNHEX('%s')"
                     % reply.header("x-request-id"))[0]


@each
def the_first_byte_comes_before_the_upstream_has_finished(both, dialect):
    stack, up = both
    key, _ = stack.new_key()
    gate = threading.Event()
    events = dialect.stream()
    up.next(upstream.sse(events, gates={3: gate}))
    reply = dialect.ask(stack, key)
    tap.check(reply.read_until(events[2]), "three events come", reply.body)
    tap.check(not up.last().done.is_set(), "the upstream still runs")
    gate.set()
    tap.equal(reply.finish().body, b"".join(events), "bytes")


@each
def silence_brings_nothing_but_empty_lines(both, dialect):
    stack, up = both
    key, _ = stack.new_key()
    gate = threading.Event()
    events = dialect.stream()
    up.next(upstream.sse(events, gates={2: gate}))
    reply = dialect.ask(stack, key)
    tap.check(reply.read_until(events[1]), "two events come")
    so_far = len(reply.body)
    tap.check(reply.read_until(b"\n\n\n"), "an empty line comes")
    tap.equal(reply.body[so_far:].strip(b"\n"), b"", "and nothing else")
    gate.set()
    lines = [one for one in reply.finish().body.split(b"\n") if one]
    tap.equal(lines, [one for one in b"".join(events).split(b"\n") if one],
              "lines that are not empty")


@each
def text_and_usage_are_the_same_wherever_the_stream_is_cut(both, dialect):
    stack, up = both
    whole = b"".join(dialect.stream())
    for size in (1, 2, 3, 7, 64):
        for data in (whole, whole.replace(b"\n", b"\r\n")):
            key, key_id = stack.new_key()
            up.next(upstream.sse([data[i:i + size]
                                  for i in range(0, len(data), size)]))
            reply = dialect.ask(stack, key).finish()
            tap.equal(reply.body, data, "bytes in pieces of %d" % size)
            used = stored(stack, reply)
            if dialect is not CHAT:
                tap.equal(used, ["11", "7", "0", "0"], "usage")
            tap.equal(stack.memories(key_id),
                      [("user", QUESTION), ("assistant", "".join(ANSWER))],
                      "memories")


@each
def a_client_that_leaves_ends_the_call_and_what_was_said_is_stored(both,
                                                                   dialect):
    stack, up = both
    key, key_id = stack.new_key()
    events = dialect.events
    up.next(upstream.sse(events + [b": more\n\n"] * 5000, delay=0.03))
    reply = dialect.ask(stack, key)
    tap.check(reply.read_until(events[-1]), "the words come")
    reply.close()
    tap.check(up.last().gone.wait(tap.PATIENCE), "the call upstream is ended")
    rows = wait_until("the turn is stored", lambda: stack.memories(key_id))
    tap.equal(rows, [("user", QUESTION), ("assistant", "".join(ANSWER))],
              "memories")
    tap.equal(stored(stack, reply)[3], "1", "it is marked as partial")


@each
def a_client_that_closes_after_the_last_event_ended_normally(both, dialect):
    stack, up = both
    key, _ = stack.new_key()
    up.next(lambda x: upstream.sse(dialect.stream(), end=False)(x)
            or x.wait(1) or False)
    reply = dialect.ask(stack, key)
    tap.check(reply.read_until(dialect.last), "the stream comes to its end")
    reply.close()
    tap.equal(stored(stack, reply)[3], "0", "partial")


@each
def a_provider_that_falls_silent_ends_the_stream_with_an_error(both, dialect):
    stack, up = both
    key, key_id = stack.new_key()
    events = dialect.events
    up.next(lambda x: upstream.sse(events, end=False)(x)
            or upstream.silent()(x))
    reply = dialect.ask(stack, key).finish()
    rest = reply.body[len(b"".join(events)):].strip()
    error = json.loads(rest.split(b"data: ", 1)[1])
    if dialect is RESPONSES:
        tap.equal(error["code"], "provider_timeout", "code")
    elif dialect is GOOGLE:
        tap.equal(error["error"]["status"], "DEADLINE_EXCEEDED", "status")
    else:
        tap.equal(error["error"]["type"], "timeout_error", "type")
    tap.equal(rest.startswith(b"event: error\n"),
              dialect in (RESPONSES, ANTHROPIC), "the event has a name")
    tap.equal(stored(stack, reply)[3], "1", "it is marked as partial")
    tap.equal(stack.memories(key_id),
              [("user", QUESTION), ("assistant", "".join(ANSWER))],
              "memories")


@each
def what_was_said_is_found_by_the_next_request(both, dialect):
    stack, up = both
    key, _ = stack.new_key()
    up.next(upstream.sse(dialect.stream()))
    dialect.ask(stack, key).finish()
    up.next(upstream.sse(dialect.stream()))
    again = json.loads(json.dumps(dialect.body).replace(
        QUESTION, "Do zebras sleep standing?"))
    reply = dialect.ask(stack, key, body=again).finish()
    tap.equal(reply.header("x-memory-status"), "hit", "memory")
    tap.contains(up.last().body.decode(), "Zebras sleep standing", "upstream")


@each
def a_body_past_the_limit_is_a_413_in_its_own_shape(both, dialect):
    stack, up = both
    before = len(up.journal)
    body = dict(dialect.body, padding="x" * 300000)
    reply = dialect.ask(stack, stack.key, body=body).finish()
    tap.equal(reply.status, 413, "status")
    error = reply.json()["error"]
    if dialect is GOOGLE:
        tap.equal((error["code"], error["status"]),
                  (413, "INVALID_ARGUMENT"), "error")
    else:
        tap.equal(error["type"], "request_too_large", "type")
    tap.equal("type" in reply.json(), dialect is ANTHROPIC, "type at the top")
    tap.equal(len(up.journal), before, "requests upstream")


@each
def a_body_past_the_depth_is_a_400_in_its_own_shape(both, dialect):
    stack, _ = both
    deep = json.dumps(dict(dialect.body, x=0)).replace(
        '"x": 0', '"x": ' + "[" * 600 + "]" * 600)
    reply = dialect.ask(stack, stack.key, body=deep).finish()
    tap.equal(reply.status, 400, "status")
    tap.check(isinstance(reply.json()["error"], dict), "the error is an "
              "object", reply.body)


@each
def a_provider_that_hangs_up_is_a_502_in_its_own_shape(both, dialect):
    stack, up = both
    up.next(upstream.close_early)
    reply = dialect.ask(stack, stack.key).finish()
    tap.equal(reply.status, 502, "status")
    error = reply.json()["error"]
    tap.equal(error[dialect.error],
              "UNAVAILABLE" if dialect is GOOGLE else "api_error", "error")


@each
def prompt_caches_hold_from_turn_to_turn(both, dialect):
    stack, up = both
    key, _ = stack.new_key()
    up.next(upstream.sse(dialect.stream()))
    dialect.ask(stack, key).finish()
    more = "And how do they sleep in winter, standing too?"
    body = json.loads(json.dumps(dialect.body))
    if dialect is GOOGLE:
        body["contents"] += [{"role": "model", "parts": [{"text": "Up."}]},
                             {"role": "user", "parts": [{"text": more}]}]
    else:
        old = {"role": "user", "content": QUESTION}
        body["input" if dialect is RESPONSES else "messages"] = [
            old, {"role": "assistant", "content": "Up."},
            {"role": "user", "content": more}]
    sent = json.dumps(body).encode()
    up.next(upstream.sse(dialect.stream()))
    reply = dialect.ask(stack, key, body=sent).finish()
    tap.equal(reply.header("x-memory-status"), "hit", "memory")
    went = up.last().body.replace(b'"gpt-4o"', b'"openai/gpt-4o"')
    end = sent.index(more.encode()) + len(more)
    tap.equal(went[:end], sent[:end], "bytes up to the end of the question")
    tap.check(went != sent, "memory stands behind it")


def tool_rounds(dialect):
    """Two requests of one question: with a call, and with its result."""
    body = json.loads(json.dumps(dialect.body))
    tools = {"name": "look", "parameters": {"type": "object"}}
    if dialect is GOOGLE:
        body["tools"] = [{"functionDeclarations": [tools]}]
        more = [{"role": "model", "parts": [
                    {"functionCall": {"name": "look", "args": {}}}]},
                {"role": "user", "parts": [{"functionResponse": {
                    "name": "look", "response": {"seen": "a lion"}}}]}]
        return body, dict(body, contents=body["contents"] + more)
    user = [{"role": "user", "content": QUESTION}]
    if dialect is RESPONSES:
        body.update(input=user, tools=[dict(tools, type="function")])
        more = [{"type": "function_call", "call_id": "c", "name": "look",
                 "arguments": "{}"},
                {"type": "function_call_output", "call_id": "c",
                 "output": "a lion"}]
        return body, dict(body, input=user + more)
    if dialect is ANTHROPIC:
        body["tools"] = [{"name": "look", "input_schema": {}}]
        more = [{"role": "assistant", "content": [
                    {"type": "tool_use", "id": "c", "name": "look",
                     "input": {}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "c",
                     "content": "a lion"}]}]
    else:
        body["tools"] = [{"type": "function", "function": tools}]
        more = [{"role": "assistant", "content": None, "tool_calls": [
                    {"id": "c", "type": "function", "function": {
                        "name": "look", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "c", "content": "a lion"}]
    return body, dict(body, messages=user + more)


@each
def a_tool_loop_gets_the_same_memory_whatever_is_stored_meanwhile(both,
                                                                 dialect):
    stack, up = both
    key, key_id = stack.new_key()
    reply = stack.chat("gpt-4o", "Zebras sleep standing up, mostly.", key)
    stack.settled(reply)
    first, second = tool_rounds(dialect)
    up.next(upstream.sse(dialect.stream()))
    reply = dialect.ask(stack, key, body=first).finish()
    tap.equal(reply.header("x-memory-status"), "hit", "memory")
    one = up.last().json()
    stack.settled(reply)
    stack.settled(stack.chat("gpt-4o", "Zebras also sleep lying down.", key))
    up.next(upstream.sse(dialect.stream()))
    stack.settled(dialect.ask(stack, key, body=second).finish())
    two = up.last().json()
    where = next(name for name in ("contents", "messages", "input")
                 if name in one)
    tap.equal(two[where][0], one[where][0], "the question with its memory")
    tap.equal(two[where][1:], second[where][1:], "the call and its result")
    texts = [text for role, text in stack.memories(key_id) if role == "user"]
    tap.equal(texts.count(QUESTION), 1, "the question is stored once")


@tests.test
def an_array_stream_that_breaks_off_is_cut_and_gets_no_event(both):
    stack, up = both
    key, _ = stack.new_key()
    begin = b'[{"candidates":[{"content":{"parts":[{"text":"One"}]}}]}\n'
    up.next(upstream.sse([begin, b",\n", b'{"cand'], delay=0.1, end=False,
                         type="application/json"))
    reply = GOOGLE.ask(stack, key, target=GOOGLE.target.split("?")[0])
    reply.finish()
    tap.lacks(reply.body, b"data:", "bytes")
    tap.check(reply.body.startswith(begin), "what came goes down", reply.body)


@tests.test
def an_array_stream_comes_piece_by_piece(both):
    stack, up = both
    gate = threading.Event()
    pieces = [b'[{"candidates":[{"content":{"parts":[{"text":"One"}]}}]}\n',
              b',\n{"candidates":[{"finishReason":"STOP"}]}\n', b"]\n"]
    up.next(upstream.sse(pieces, gates={2: gate}, type="application/json"))
    reply = GOOGLE.ask(stack, stack.key, target=GOOGLE.target.split("?")[0])
    tap.check(reply.read_until(pieces[0]), "the first piece comes")
    tap.check(not up.last().done.is_set(), "the upstream still runs")
    gate.set()
    tap.equal(reply.finish().body, b"".join(pieces), "bytes")


@tests.test
def the_usage_of_a_chat_stream_is_asked_for_and_withheld_wherever_it_is_cut(
        both):
    stack, up = both
    usage = upstream.chunk({}, choices=[], usage={
        "prompt_tokens": 11, "completion_tokens": 7})
    without = CHAT.stream()
    events = without[:-1] + [usage] + without[-1:]
    for size in (1, 5, 80, 100000):
        for old, new in ((b"\n", b"\n"), (b"\n", b"\r\n")):
            key, key_id = stack.new_key()
            data = b"".join(events).replace(old, new)
            up.next(upstream.sse([data[i:i + size]
                                  for i in range(0, len(data), size)]))
            reply = CHAT.ask(stack, key).finish()
            tap.equal(up.last().json()["stream_options"],
                      {"include_usage": True}, "asked upstream")
            tap.equal(reply.body, b"".join(without).replace(old, new),
                      "bytes in pieces of %d" % size)
            tap.equal(stored(stack, reply), ["11", "7", "0", "0"], "usage")
            tap.equal(stack.memories(key_id)[1],
                      ("assistant", "".join(ANSWER)), "the reply's text")


@tests.test
def usage_is_not_asked_for_with_memory_off_or_of_vendors_that_always_tell(
        both):
    stack, up = both
    for body, headers in (
            (CHAT.body, {"X-Memory-Mode": "off"}),
            (dict(CHAT.body, model="mistral/mistral-large"),
             {"X-Provider-Key": "k"})):
        up.next(upstream.sse(CHAT.stream()))
        reply = CHAT.ask(stack, stack.key, body=body, headers=headers)
        tap.equal(reply.finish().status, 200, "status")
        tap.lacks(up.last().body, b"stream_options", "body")


@tests.test
def binary_replies_and_forms_pass_byte_for_byte(both):
    stack, up = both
    sound = bytes(range(256)) * 500
    up.next(upstream.reply(200, sound, type="audio/mpeg"))
    reply = CHAT.ask(stack, stack.key, target="/v1/audio/speech", body={
        "model": "openai/tts-1", "input": "Hi", "voice": "alloy"}).finish()
    tap.equal(reply.header("content-type"), "audio/mpeg", "content type")
    tap.check(reply.body == sound, "the sound is the same")
    form = b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n" \
        + sound + b"\r\n--b--\r\n"
    up.next(upstream.reply(200, {"text": "Hi."}))
    reply = CHAT.ask(stack, stack.key, target="/v1/audio/transcriptions",
                     body=form, headers={
                         "Content-Type": "multipart/form-data; boundary=b"})
    tap.equal(reply.finish().json(), {"text": "Hi."}, "reply")
    tap.check(up.last().body == form, "the form is the same")


tests.run(lambda: Both(conf=["keep_alive_seconds = 1", "body_bytes = 262144",
                             "upstream_silence_seconds = 5"],
                       rows=["anthropic", "google", "mistral"]))
