"""All vendors in one: what they answer in the four dialects, and who asked.

    up.default = vendors.Vendors()

Questions have a nonce, which the answer repeats, and the mark of their asker.
"""
import json
import re

from . import upstream

USAGE = (11, 7)   # tokens in and out of every answer
SLOW = 0.02       # seconds between two events of a stream


def event(data, name=None):
    """A server-sent event."""
    head = "event: %s\n" % name if name else ""
    return ("%sdata: %s\n\n" % (head, json.dumps(data))).encode()


def typed(data):
    return event(data, data["type"])


def chat_stream(words):
    return upstream.stream_bytes(words, False) + [
        upstream.chunk({}, "stop"),
        upstream.chunk({}, choices=[], usage={
            "prompt_tokens": USAGE[0], "completion_tokens": USAGE[1]}),
        b"data: [DONE]\n\n"]


def responses_stream(words):
    return [typed({"type": "response.created", "response": {"id": "r"}})] + [
        typed({"type": "response.output_text.delta", "delta": word})
        for word in words] + [
        typed({"type": "response.completed", "response": {"usage": {
            "input_tokens": USAGE[0], "output_tokens": USAGE[1]}}})]


def messages_stream(words):
    return [typed({"type": "message_start", "message": {"usage": {
        "input_tokens": USAGE[0], "output_tokens": 1}}})] + [
        typed({"type": "content_block_delta", "index": 0,
               "delta": {"type": "text_delta", "text": word}})
        for word in words] + [
        typed({"type": "message_delta", "delta": {"stop_reason": "end_turn"},
               "usage": {"output_tokens": USAGE[1]}}),
        typed({"type": "message_stop"})]


def google_stream(words):
    return [event({"candidates": [{"content": {"parts": [{"text": word}]}}]})
            for word in words] + [
        event({"candidates": [{"finishReason": "STOP"}], "usageMetadata": {
            "promptTokenCount": USAGE[0],
            "candidatesTokenCount": USAGE[1]}})]


def responses_whole(text):
    return {"id": "r", "object": "response", "output": [{
        "type": "message", "role": "assistant", "content": [
            {"type": "output_text", "text": text}]}],
            "usage": {"input_tokens": USAGE[0], "output_tokens": USAGE[1]}}


def messages_whole(text):
    return {"id": "m", "type": "message", "role": "assistant", "content": [
        {"type": "text", "text": text}], "stop_reason": "end_turn",
            "usage": {"input_tokens": USAGE[0], "output_tokens": USAGE[1]}}


def google_whole(text):
    return {"candidates": [{"content": {"role": "model", "parts": [
        {"text": text}]}, "finishReason": "STOP"}], "usageMetadata": {
            "promptTokenCount": USAGE[0], "candidatesTokenCount": USAGE[1]}}


def said(text):
    return [{"role": "user", "content": text}]


# {dialect: (target, body, streamed reply, whole reply)}
DIALECTS = {
    "openai_chat": (
        lambda stream: "/v1/chat/completions",
        lambda text, stream: {"model": "openai/gpt-4o", "stream": stream,
                              "messages": said(text)},
        chat_stream, upstream.completion),
    "openai_responses": (
        lambda stream: "/v1/responses",
        lambda text, stream: {"model": "openai/gpt-4o", "stream": stream,
                              "input": text},
        responses_stream, responses_whole),
    "anthropic": (
        lambda stream: "/v1/messages",
        lambda text, stream: {"model": "claude-x", "stream": stream,
                              "max_tokens": 9, "messages": said(text)},
        messages_stream, messages_whole),
    "google": (
        lambda stream: "/v1beta/models/gemini-x:" + (
            "streamGenerateContent?alt=sse" if stream else "generateContent"),
        lambda text, stream: {"contents": [{"role": "user", "parts": [
            {"text": text}]}]},
        google_stream, google_whole),
}


def dialect_of(target):
    """By the path that the vendor is called with."""
    for part, name in (("/chat/completions", "openai_chat"),
                       ("/responses", "openai_responses"),
                       ("/messages", "anthropic"), ("models/", "google")):
        if part in target:
            return name
    return None


class Vendors:
    """All vendors in one: they repeat the question's nonce, and note who sees
    what of whom."""

    def __init__(self):
        self.mixed = []

    def __call__(self, x):
        request = x.request
        raw = request.raw.decode("utf-8", "replace")
        marks = set(re.findall(r"mark\d+x", raw))
        if len(marks) != 1:
            self.mixed.append(raw[:2000])
        # What is recalled stands behind the question.
        nonce = re.search(r"nonce\d+x", request.body.decode()).group(0)
        words = ["%s of " % nonce, min(marks) + " "] + \
            ["word%d " % n for n in range(6)]
        dialect = dialect_of(request.target)
        if dialect is None:
            return upstream.reply(200, {"object": "list", "data": [], "usage":
                                        {"prompt_tokens": USAGE[0]}})(x)
        _, _, streamed, whole = DIALECTS[dialect]
        if b'"stream": true' in request.body or "alt=sse" in request.target:
            return upstream.sse(streamed(words), delay=SLOW)(x)
        return upstream.reply(200, whole("".join(words)), delay=SLOW)(x)
