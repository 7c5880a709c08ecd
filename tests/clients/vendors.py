"""What the vendors answer: replies and streams as OpenAI, Anthropic and Google
send them.

The words in a model's name say what happens: `fail-429` fails so each time,
`flaky-429` fails once and then works, `cut` breaks a stream off within an
event, `ends-early` between two.  A request that offers tools gets a tool call,
one that brings a tool's result gets that result in a sentence, one that
asks for a JSON schema gets JSON, any other gets TEXT.  Streams are cut into
small pieces anywhere, also within characters.
"""
import base64
import json
import re
import struct

from lib import upstream

TEXT = "Grüße vom Modell \U0001f389, that is all."
WEATHER = {"city": "Paris", "degrees": 21}
AUDIO = bytes(range(256)) * 64
VECTOR = [0.5, -0.25, 0.125]
PIECE = 61

OPENAI_ERRORS = {
    401: ("invalid_request_error", "invalid_api_key"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    500: ("server_error", None),
}
ANTHROPIC_ERRORS = {
    401: "authentication_error", 404: "not_found_error",
    429: "rate_limit_error", 500: "api_error", 529: "overloaded_error",
}
GOOGLE_ERRORS = {
    401: "UNAUTHENTICATED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL", 503: "UNAVAILABLE",
}


def dumps(value):
    """JSON as the vendors write it: UTF-8, compact."""
    return json.dumps(value, ensure_ascii=False,
                      separators=(",", ":")).encode()


def stream(events, model=""):
    """A stream of these bytes, cut anywhere."""
    events = list(events)
    if model.endswith("-ends-early"):
        return upstream.sse(events[:len(events) // 2], end=False)
    data = b"".join(events)
    whole = not model.endswith("-cut")
    return upstream.sse([data[at:at + PIECE] for at in range(
        0, len(data) if whole else len(data) // 2, PIECE)], end=whole)


def words(text):
    """The text in the pieces in which a model says it."""
    return re.findall(r"\S+\s*", text)


def said(body, wants_json, result):
    """The text of a reply."""
    if result is not None:
        return "The tool said: %s." % result
    return json.dumps(WEATHER) if wants_json(body) else TEXT


# --- OpenAI chat ------------------------------------------------------------

CHAT_USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


def chat_call(body):
    """The tool call of a reply, or None."""
    if not body.get("tools") or body["messages"][-1]["role"] == "tool":
        return None
    return [{"id": "call_1", "type": "function", "function": {
        "name": body["tools"][0]["function"]["name"],
        "arguments": '{"city":"Paris"}'}}]


def chat_result(body):
    """What the tool gave, if it did."""
    last = body["messages"][-1]
    return last["content"] if last["role"] == "tool" else None


def chat_events(body, text, calls):
    """The chunks of a streamed completion."""
    def chunk(delta, finish=None):
        return {"id": "chatcmpl-1", "object": "chat.completion.chunk",
                "created": 1700000000, "model": body["model"], "choices": [
                    {"index": 0, "delta": delta, "finish_reason": finish}]}
    events = [chunk({"role": "assistant", "content": None if calls else ""})]
    if calls:
        call = dict(calls[0]["function"])
        arguments = call.pop("arguments")
        events.append(chunk({"tool_calls": [dict(
            calls[0], index=0, function=dict(call, arguments=""))]}))
        events += [chunk({"tool_calls": [{"index": 0, "function": {
            "arguments": arguments[at:at + 5]}}]})
            for at in range(0, len(arguments), 5)]
    else:
        events += [chunk({"content": word}) for word in words(text)]
    events.append(chunk({}, "tool_calls" if calls else "stop"))
    if (body.get("stream_options") or {}).get("include_usage"):
        events.append(dict(chunk({}), choices=[], usage=CHAT_USAGE))
    return [b"data: " + dumps(one) + b"\n\n" for one in events] + \
        [b"data: [DONE]\n\n"]


def chat(body):
    """POST /v1/chat/completions"""
    calls = chat_call(body)
    text = said(body, lambda b: b.get("response_format"), chat_result(body))
    if body.get("stream"):
        return stream(chat_events(body, text, calls), body["model"])
    message = {"role": "assistant", "content": None if calls else text,
               "refusal": None, "annotations": []}
    if calls:
        message["tool_calls"] = calls
    return upstream.reply(200, dumps({
        "id": "chatcmpl-1", "object": "chat.completion",
        "created": 1700000000, "model": body["model"],
        "choices": [{"index": 0, "message": message, "logprobs": None,
                     "finish_reason": "tool_calls" if calls else "stop"}],
        "usage": CHAT_USAGE, "system_fingerprint": "fp_1"}))


# --- OpenAI responses -------------------------------------------------------

def response_result(body):
    """What the tool gave, if it did."""
    last = body["input"][-1] if isinstance(body["input"], list) else {}
    if last.get("type") != "function_call_output":
        return None
    return last["output"]


def response_item(body):
    """The one output item of a response."""
    result = response_result(body)
    if body.get("tools") and result is None:
        return {"type": "function_call", "id": "fc_1", "call_id": "call_1",
                "name": body["tools"][0]["name"], "status": "completed",
                "arguments": '{"city":"Paris"}'}
    text = said(body, lambda b: (b.get("text") or {}).get("format", {}).get(
        "type") == "json_schema", result)
    return {"type": "message", "id": "msg_1", "status": "completed",
            "role": "assistant", "content": [
                {"type": "output_text", "text": text, "annotations": [],
                 "logprobs": []}]}


def response_object(body, output, status="completed"):
    """A response."""
    return {"id": "resp_1", "object": "response", "created_at": 1700000000,
            "status": status, "error": None, "incomplete_details": None,
            "instructions": body.get("instructions"), "metadata": {},
            "model": body["model"], "output": output,
            "parallel_tool_calls": True, "temperature": 1, "top_p": 1,
            "tool_choice": "auto", "tools": body.get("tools") or [],
            "usage": None if status != "completed" else {
                "input_tokens": 11, "output_tokens": 7, "total_tokens": 18,
                "input_tokens_details": {"cached_tokens": 0,
                                         "cache_write_tokens": 0},
                "output_tokens_details": {"reasoning_tokens": 0}}}


def text_events(item):
    """The events of a message."""
    place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    part = item["content"][0]
    yield dict(place, type="response.content_part.added",
               part=dict(part, text=""))
    for word in words(part["text"]):
        yield dict(place, type="response.output_text.delta", delta=word,
                   logprobs=[])
    yield dict(place, type="response.output_text.done", text=part["text"],
               logprobs=[])
    yield dict(place, type="response.content_part.done", part=part)


def call_events(item):
    """The events of a function call."""
    place = {"item_id": item["id"], "output_index": 0}
    arguments = item["arguments"]
    for at in range(0, len(arguments), 5):
        yield dict(place, type="response.function_call_arguments.delta",
                   delta=arguments[at:at + 5])
    yield dict(place, type="response.function_call_arguments.done",
               name=item["name"], arguments=arguments)


def response_events(body, item):
    """A streamed response."""
    is_call = item["type"] == "function_call"
    begun = dict(item, status="in_progress",
                 **({"arguments": ""} if is_call else {"content": []}))
    started = response_object(body, [], "in_progress")
    yield {"type": "response.created", "response": started}
    yield {"type": "response.in_progress", "response": started}
    yield {"type": "response.output_item.added", "output_index": 0,
           "item": begun}
    yield from call_events(item) if is_call else text_events(item)
    yield {"type": "response.output_item.done", "output_index": 0,
           "item": item}
    yield {"type": "response.completed",
           "response": response_object(body, [item])}


def responses(body):
    """POST /v1/responses"""
    item = response_item(body)
    if not body.get("stream"):
        return upstream.reply(200, dumps(response_object(body, [item])))
    return stream((
        b"event: " + event["type"].encode() + b"\ndata: " +
        dumps(dict(event, sequence_number=number)) + b"\n\n"
        for number, event in enumerate(response_events(body, item))),
        body["model"])


# --- OpenAI, the rest -------------------------------------------------------

def embeddings(body):
    """POST /v1/embeddings"""
    vector = VECTOR
    if body.get("encoding_format") == "base64":
        vector = base64.b64encode(struct.pack("<3f", *VECTOR)).decode()
    inputs = body["input"] if isinstance(body["input"], list) else [None]
    return upstream.reply(200, dumps({
        "object": "list", "model": body["model"],
        "data": [{"object": "embedding", "index": index, "embedding": vector}
                 for index in range(len(inputs))],
        "usage": {"prompt_tokens": 3, "total_tokens": 3}}))


def speech(_):
    """POST /v1/audio/speech"""
    return upstream.reply(200, AUDIO, type="audio/mpeg")


def transcription(_):
    """POST /v1/audio/transcriptions"""
    return upstream.reply(200, dumps({"text": TEXT}))


# --- Anthropic --------------------------------------------------------------

def blocks(message):
    """The content blocks of a message."""
    content = message["content"]
    return content if isinstance(content, list) else []


def message_result(body):
    """What the tool gave, if it did."""
    for block in blocks(body["messages"][-1]):
        if block["type"] == "tool_result":
            content = block["content"]
            return content if isinstance(content, str) else \
                content[0]["text"]
    return None


def message_block(body):
    """The one content block of a reply."""
    result = message_result(body)
    if body.get("tools") and result is None:
        return {"type": "tool_use", "id": "toolu_1",
                "name": body["tools"][0]["name"], "input": {"city": "Paris"}}
    return {"type": "text", "text": said(
        body, lambda b: (b.get("output_config") or {}).get("format"),
        result)}


def message_events(reply):
    """A streamed message."""
    block = reply["content"][0]
    is_call = block["type"] == "tool_use"
    yield {"type": "message_start", "message": dict(
        reply, content=[], stop_reason=None,
        usage={"input_tokens": 11, "output_tokens": 1})}
    yield {"type": "content_block_start", "index": 0, "content_block": dict(
        block, **({"input": {}} if is_call else {"text": ""}))}
    yield {"type": "ping"}
    if is_call:
        text = json.dumps(block["input"])
        deltas = [{"type": "input_json_delta", "partial_json": text[at:at + 5]}
                  for at in range(0, len(text), 5)]
    else:
        deltas = [{"type": "text_delta", "text": word}
                  for word in words(block["text"])]
    for delta in deltas:
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    yield {"type": "message_delta", "usage": {"output_tokens": 7}, "delta": {
        "stop_reason": reply["stop_reason"], "stop_sequence": None}}
    yield {"type": "message_stop"}


def messages(body):
    """POST /v1/messages"""
    block = message_block(body)
    reply = {"id": "msg_1", "type": "message", "role": "assistant",
             "model": body["model"], "content": [block],
             "stop_reason": "tool_use" if block["type"] == "tool_use"
             else "end_turn", "stop_sequence": None,
             "usage": {"input_tokens": 11, "output_tokens": 7}}
    if not body.get("stream"):
        return upstream.reply(200, dumps(reply),
                              headers=[("request-id", "req_vendor")])
    return stream((
        b"event: " + event["type"].encode() + b"\ndata: " + dumps(event) +
        b"\n\n" for event in message_events(reply)), body["model"])


def count_tokens(_):
    """POST /v1/messages/count_tokens"""
    return upstream.reply(200, dumps({"input_tokens": 42}))


# --- Google -----------------------------------------------------------------

def google_result(body):
    """What the function gave, if it did."""
    for part in body["contents"][-1]["parts"]:
        found = part.get("functionResponse") or part.get("function_response")
        if found:
            return json.dumps(found["response"], sort_keys=True)
    return None


def google_part(body):
    """The one part of a candidate."""
    result = google_result(body)
    tools = body.get("tools") or [{}]
    functions = tools[0].get("functionDeclarations") or \
        tools[0].get("function_declarations")
    if functions and result is None:
        return {"functionCall": {"name": functions[0]["name"],
                                 "args": {"city": "Paris"}}}
    return {"text": said(
        body, lambda b: "json" in json.dumps(b.get("generationConfig") or {}),
        result)}


def google_reply(model, part, finish):
    """One answer, whole or a piece of a stream."""
    candidate = {"index": 0, "content": {"role": "model", "parts": [part]}}
    if finish:
        candidate["finishReason"] = "STOP"
    return {"candidates": [candidate], "modelVersion": model,
            "responseId": "r1", "usageMetadata": {
                "promptTokenCount": 11, "candidatesTokenCount": 7,
                "totalTokenCount": 18}}


def google(body, model, action):
    """POST /v1beta/models/{model}:{action}"""
    if action == "countTokens":
        return upstream.reply(200, dumps({"totalTokens": 42}))
    if action == "embedContent":
        return upstream.reply(200, dumps({"embedding": {"values": VECTOR}}))
    if action == "batchEmbedContents":
        return upstream.reply(200, dumps({"embeddings": [
            {"values": VECTOR} for _ in body["requests"]]}))
    part = google_part(body)
    if action == "generateContent":
        return upstream.reply(200, dumps(google_reply(model, part, True)))
    parts = [{"text": word} for word in words(part["text"])] \
        if "text" in part else [part]
    return stream((
        b"data: " + dumps(google_reply(model, one, at + 1 == len(parts))) +
        b"\r\n\r\n" for at, one in enumerate(parts)), model)


# --- all --------------------------------------------------------------------

def failure(path, status):
    """An error as the vendor of this path words it."""
    text = "The vendor says %d." % status
    headers = [("Retry-After", "1")] if status == 429 else []
    if "/messages" in path:
        headers.append(("request-id", "req_vendor"))
        body = {"type": "error", "error": {
            "type": ANTHROPIC_ERRORS[status], "message": text},
            "request_id": "req_vendor"}
    elif ":" in path:
        body = {"error": {"code": status, "message": text,
                          "status": GOOGLE_ERRORS[status]}}
    else:
        kind, code = OPENAI_ERRORS[status]
        body = {"error": {"message": text, "type": kind, "param": None,
                          "code": code}}
    return upstream.reply(status, dumps(body), headers=headers)


PATHS = {
    "/chat/completions": chat, "/responses": responses,
    "/embeddings": embeddings, "/audio/speech": speech,
    "/audio/transcriptions": transcription, "/messages": messages,
    "/messages/count_tokens": count_tokens,
}


class Vendors:
    """The script of an Upstream that plays all vendors."""

    def __init__(self):
        self.failed = set()

    def __call__(self, exchange):
        request = exchange.request
        path = request.target.split("?")[0]
        place = re.search(r"/models/(.*):(\w+)$", path)
        try:
            body = request.json()
        except ValueError:
            body = {}   # multipart
        model = place.group(1) if place else body.get("model") or ""
        words_of = re.search(r"(fail|flaky)-(\d+)", model)
        if words_of and (words_of.group(1) == "fail" or
                         self.first(path, model)):
            return failure(path, int(words_of.group(2)))(exchange)
        if place:
            return google(body, model, place.group(2))(exchange)
        path = path[path.index("/v1/") + 3:]
        return PATHS[path](body)(exchange)

    def first(self, path, model):
        """Whether this model fails now; each second request works."""
        key = (path, model)
        if key in self.failed:
            self.failed.discard(key)
            return False
        self.failed.add(key)
        return True
