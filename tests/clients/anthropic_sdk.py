"""The official Anthropic client, newest generation."""
import asyncio
import json

import anthropic

from checks import MEMORY_KEY, PARAMETERS, PNG, QUESTION, SCHEMA, TEXT, URL
from checks import Checks, equal, holds, raises

MODEL = "claude-sonnet-4-5"
check = Checks()


def new_client(**more):
    return anthropic.Anthropic(**dict(dict(
        base_url=URL, api_key=MEMORY_KEY, timeout=120), **more))


client = new_client()
once = new_client(max_retries=0)


def user(text):
    return [{"role": "user", "content": text}]


def ask(text, using=client, model=MODEL, **more):
    return using.messages.create(model=model, max_tokens=200,
                                 messages=user(text), **more)


def said(message):
    return "".join(block.text for block in message.content)


@check("plain, with a fact that another client told", memory=True)
def _():
    reply = ask(QUESTION)
    equal(said(reply), TEXT)
    equal(reply.usage.output_tokens, 7)
    equal(reply._request_id, "req_vendor")


@check("model with the vendor's prefix", memory=True)
def _():
    equal(said(ask(QUESTION, model="anthropic/claude-sonnet-4-5")), TEXT)


@check("system text with a cache marker", memory=True)
def _():
    reply = ask(QUESTION, system=[
        {"type": "text", "text": "Be brief.",
         "cache_control": {"type": "ephemeral"}}])
    equal(said(reply), TEXT)


@check("stream", memory=True)
def _():
    kinds = [event.type for event in ask(QUESTION, stream=True)]
    equal(kinds[0], "message_start")
    equal(kinds[-1], "message_stop")


@check("stream helper", memory=True)
def _():
    with client.messages.stream(model=MODEL, max_tokens=200,
                                messages=user(QUESTION)) as stream:
        equal("".join(stream.text_stream), TEXT)
        equal(stream.get_final_message().usage.output_tokens, 7)


@check("async client, five streams at once", any_order=True)
def _():
    async def one(using):
        async with using.messages.stream(model=MODEL, max_tokens=200,
                                         messages=user("Hello.")) as stream:
            return await stream.get_final_text()

    async def run():
        async with anthropic.AsyncAnthropic(base_url=URL,
                                            api_key=MEMORY_KEY) as using:
            return await asyncio.gather(*[one(using) for _ in range(5)])
    equal(asyncio.run(run()), [TEXT] * 5)


TOOLS = [{"name": "weather", "description": "The weather of a city.",
          "input_schema": PARAMETERS}]


def tool_messages(reply):
    return user(QUESTION) + [
        {"role": "assistant", "content": reply.content},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": reply.content[0].id,
             "content": "21 degrees"}]}]


@check("tools, round trip", memory=True, loop=True)
def _():
    first = ask(QUESTION, tools=TOOLS)
    equal(first.content[0].input, {"city": "Paris"})
    second = client.messages.create(model=MODEL, max_tokens=200, tools=TOOLS,
                                    messages=tool_messages(first))
    equal(said(second), "The tool said: 21 degrees.")


@check("tools, round trip as streams", memory=True, loop=True)
def _():
    with client.messages.stream(model=MODEL, max_tokens=200, tools=TOOLS,
                                messages=user(QUESTION)) as stream:
        first = stream.get_final_message()
    equal(first.content[0].input, {"city": "Paris"})
    with client.messages.stream(model=MODEL, max_tokens=200, tools=TOOLS,
                                messages=tool_messages(first)) as stream:
        equal(stream.get_final_text(), "The tool said: 21 degrees.")


@check("structured output", memory=True)
def _():
    reply = ask(QUESTION, output_config={"format": {
        "type": "json_schema", "schema": SCHEMA}})
    equal(json.loads(said(reply)), {"city": "Paris", "degrees": 21})


@check("vision", memory=True)
def _():
    reply = client.messages.create(
        model=MODEL, max_tokens=200, messages=[{"role": "user", "content": [
            {"type": "image", "source": {
                "type": "base64", "media_type": "image/png", "data": PNG}},
            {"type": "text", "text": QUESTION}]}])
    equal(said(reply), TEXT)


@check("thinking blocks go back as they were", memory=True)
def _():
    reply = client.messages.create(model=MODEL, max_tokens=200, messages=[
        {"role": "user", "content": "Think of a number."},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "Seven.", "signature": "c2ln"},
            {"type": "text", "text": "I have one."}]},
        {"role": "user", "content": QUESTION}])
    equal(said(reply), TEXT)


@check("count tokens")
def _():
    equal(client.messages.count_tokens(
        model=MODEL, messages=user("Hello.")).input_tokens, 42)


# --- keys -------------------------------------------------------------------

@check("X-Memory-Key beside the provider's key", memory=True,
       key=["authorization", "Bearer sk-ant-own"])
def _():
    own = new_client(api_key="sk-ant-own",
                     default_headers={"X-Memory-Key": MEMORY_KEY})
    equal(said(ask(QUESTION, own)), TEXT)


@check("X-Memory-Key beside a token", memory=True,
       key=["authorization", "Bearer sk-ant-token"])
def _():
    own = new_client(api_key=None, auth_token="sk-ant-token",
                     default_headers={"X-Memory-Key": MEMORY_KEY})
    equal(said(ask(QUESTION, own)), TEXT)


@check("X-Provider-Key beside the memory key", memory=True,
       key=["x-api-key", "sk-ant-other"])
def _():
    own = new_client(default_headers={"X-Provider-Key": "sk-ant-other"})
    equal(said(ask(QUESTION, own)), TEXT)


@check("configured key", memory=True,
       key=["x-api-key", "sk-configured-anthropic"])
def _():
    equal(said(ask(QUESTION)), TEXT)


@check("another vendor's dialect is refused", forwarded=0)
def _():
    error = raises(anthropic.BadRequestError,
                   lambda: ask("Hello.", model="openai/gpt-4o"))
    holds("/v1/chat/completions" in str(error), str(error))


# --- errors -----------------------------------------------------------------

@check("a wrong key", forwarded=0)
def _():
    error = raises(anthropic.AuthenticationError, lambda: ask(
        "Hello.", new_client(api_key="mk_" + "x" * 32)), status_code=401)
    equal(error.body["type"], "error")
    equal(error.body["error"]["type"], "authentication_error")


@check("batches are refused", forwarded=0)
def _():
    raises(anthropic.NotFoundError, client.messages.batches.list,
           status_code=404)


@check("401 of the vendor")
def _():
    raises(anthropic.AuthenticationError,
           lambda: ask("Hello.", model="claude-fail-401"))


@check("404 of the vendor")
def _():
    error = raises(anthropic.NotFoundError,
                   lambda: ask("Hello.", model="claude-fail-404"))
    holds("The vendor says 404." in str(error), str(error))
    equal(error.request_id, "req_vendor")


@check("429 of the vendor")
def _():
    error = raises(anthropic.RateLimitError,
                   lambda: ask("Hello.", once, "claude-fail-429"))
    equal(error.response.headers["retry-after"], "1")


@check("429 of the vendor, tried again", sent=2)
def _():
    equal(said(ask("Hello.", model="claude-flaky-429")), TEXT)


@check("500 of the vendor")
def _():
    raises(anthropic.InternalServerError,
           lambda: ask("Hello.", once, "claude-fail-500"), status_code=500)


@check("529 of the vendor")
def _():
    raises(anthropic.OverloadedError,
           lambda: ask("Hello.", once, "claude-fail-529"), status_code=529)


@check("529 of the vendor, tried again", sent=2)
def _():
    equal(said(ask("Hello.", model="claude-flaky-529")), TEXT)


@check("529 of the vendor instead of a stream")
def _():
    raises(anthropic.OverloadedError, lambda: ask(
        "Hello.", once, "claude-fail-529", stream=True))


@check("a stream that breaks off within an event")
def _():
    def read():
        for _ in ask("Hello.", model="claude-cut", stream=True):
            pass
    holds(raises(anthropic.APIStatusError, read).message, "a message")


@check("a stream that breaks off between events")
def _():
    def read():
        for _ in ask("Hello.", model="claude-ends-early", stream=True):
            pass
    holds(raises(anthropic.APIStatusError, read).message, "a message")


@check("a vendor that is down", forwarded=0)
def _():
    error = raises(anthropic.InternalServerError,
                   lambda: ask("Hello.", once, "down/x"), status_code=502)
    equal(error.body["type"], "error")


# --- models -----------------------------------------------------------------

@check("list of models", forwarded=0)
def _():
    found = [model.id for model in client.models.list()]
    holds(any("claude" in name for name in found),
          "a claude in %s" % found[:5])


check.run()
