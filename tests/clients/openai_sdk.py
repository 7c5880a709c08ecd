"""The official OpenAI client, newest generation."""
import asyncio
import base64
import json
import struct

import openai
from pydantic import BaseModel

from checks import AUDIO, FACT, MEMORY_KEY, PARAMETERS, PNG, QUESTION, TEXT
from checks import URL, VECTOR, Checks, equal, holds, raises

MODEL = "openai/gpt-4o"
check = Checks()


def new_client(**more):
    return openai.OpenAI(**dict(dict(
        base_url=URL + "/v1", api_key=MEMORY_KEY, timeout=120), **more))


client = new_client()
once = new_client(max_retries=0)


class Weather(BaseModel):
    city: str
    degrees: int


def user(text):
    return [{"role": "user", "content": text}]


def ask(text, using=client, model=MODEL, **more):
    return using.chat.completions.create(
        model=model, messages=user(text), **more)


def said(completion):
    return completion.choices[0].message.content


# --- chat -------------------------------------------------------------------

@check("a fact is told", tell=True)
def _():
    equal(said(ask(FACT)), TEXT)


@check("plain", memory=True)
def _():
    reply = ask(QUESTION)
    equal(said(reply), TEXT)
    equal(reply.usage.total_tokens, 18)
    holds(reply._request_id, "a request id")


@check("stream", memory=True)
def _():
    text = ""
    for chunk in ask(QUESTION, stream=True):
        holds(chunk.choices, "no chunk of usage that nobody asked for")
        text += chunk.choices[0].delta.content or ""
    equal(text, TEXT)


@check("stream with usage", memory=True)
def _():
    chunks = list(ask(QUESTION, stream=True,
                      stream_options={"include_usage": True}))
    equal(chunks[-1].choices, [])
    equal(chunks[-1].usage.completion_tokens, 7)


@check("stream helper", memory=True)
def _():
    with client.chat.completions.stream(
            model=MODEL, messages=user(QUESTION)) as stream:
        equal(said(stream.get_final_completion()), TEXT)


@check("async client, five streams at once", any_order=True)
def _():
    async def one(using):
        stream = await using.chat.completions.create(
            model=MODEL, messages=user("Hello."), stream=True)
        return "".join([c.choices[0].delta.content or "" async for c in
                        stream])

    async def run():
        async with openai.AsyncOpenAI(base_url=URL + "/v1",
                                      api_key=MEMORY_KEY) as using:
            return await asyncio.gather(*[one(using) for _ in range(5)])
    equal(asyncio.run(run()), [TEXT] * 5)


TOOLS = [{"type": "function", "function": {
    "name": "weather", "description": "The weather of a city.",
    "parameters": PARAMETERS, "strict": True}}]


def tool_messages(message):
    return user(QUESTION + " Does it suit the weather?") + [
        message, {"role": "tool", "content": "21 degrees",
                  "tool_call_id": message.tool_calls[0].id}]


@check("tools, round trip", memory=True, loop=True)
def _():
    first = ask(QUESTION + " Does it suit the weather?", tools=TOOLS)
    message = first.choices[0].message
    equal(json.loads(message.tool_calls[0].function.arguments),
          {"city": "Paris"})
    second = client.chat.completions.create(
        model=MODEL, messages=tool_messages(message), tools=TOOLS)
    equal(said(second), "The tool said: 21 degrees.")


@check("tools, round trip as streams", memory=True, loop=True)
def _():
    with client.chat.completions.stream(
            model=MODEL, messages=user(QUESTION + " Does it suit the "
                                       "weather?"), tools=TOOLS) as stream:
        message = stream.get_final_completion().choices[0].message
    equal(json.loads(message.tool_calls[0].function.arguments),
          {"city": "Paris"})
    with client.chat.completions.stream(
            model=MODEL, messages=tool_messages(message),
            tools=TOOLS) as stream:
        equal(said(stream.get_final_completion()),
              "The tool said: 21 degrees.")


@check("tools, round trip while more is stored", memory=True, loop=[0, 2])
def _():
    question = QUESTION + " Does it suit the weather?"
    message = ask(question, tools=TOOLS).choices[0].message
    ask("In summer my favorite color is teal.")
    client.chat.completions.create(
        model=MODEL, messages=tool_messages(message), tools=TOOLS)


@check("what was stored meanwhile is found by the next question",
       memory="teal")
def _():
    ask(QUESTION + " And what is it in summer?")


@check("structured output", memory=True)
def _():
    reply = client.chat.completions.parse(
        model=MODEL, messages=user(QUESTION), response_format=Weather)
    equal(reply.choices[0].message.parsed, Weather(city="Paris", degrees=21))


@check("vision", memory=True)
def _():
    reply = client.chat.completions.create(model=MODEL, messages=[
        {"role": "system", "content": "Look closely."},
        {"role": "user", "content": [
            {"type": "text", "text": QUESTION},
            {"type": "image_url", "image_url": {
                "url": "data:image/png;base64," + PNG}}]}])
    equal(said(reply), TEXT)


# --- responses --------------------------------------------------------------

FLAT_TOOLS = [dict(TOOLS[0]["function"], type="function")]


@check("responses, plain", memory=True)
def _():
    reply = client.responses.create(model=MODEL, input=QUESTION,
                                    instructions="Be brief.")
    equal(reply.output_text, TEXT)
    equal(reply.usage.output_tokens, 7)


@check("responses, input as items", memory=True)
def _():
    reply = client.responses.create(model=MODEL, input=[
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [
            {"type": "input_text", "text": QUESTION},
            {"type": "input_image", "detail": "auto",
             "image_url": "data:image/png;base64," + PNG}]}])
    equal(reply.output_text, TEXT)


@check("responses, stream", memory=True)
def _():
    text, last = "", None
    for last in client.responses.create(model=MODEL, input=QUESTION,
                                        stream=True):
        text += last.delta if last.type == "response.output_text.delta" \
            else ""
    equal(text, TEXT)
    equal(last.type, "response.completed")


@check("responses, stream helper", memory=True)
def _():
    with client.responses.stream(model=MODEL, input=QUESTION) as stream:
        equal(stream.get_final_response().output_text, TEXT)


def response_items(reply):
    return user(QUESTION) + [
        item.model_dump(exclude_none=True) for item in reply.output] + [
        {"type": "function_call_output", "output": "21 degrees",
         "call_id": reply.output[0].call_id}]


@check("responses, tools round trip", memory=True, loop=True)
def _():
    first = client.responses.create(model=MODEL, tools=FLAT_TOOLS,
                                    input=user(QUESTION))
    equal(json.loads(first.output[0].arguments), {"city": "Paris"})
    second = client.responses.create(model=MODEL, tools=FLAT_TOOLS,
                                     input=response_items(first))
    equal(second.output_text, "The tool said: 21 degrees.")


@check("responses, tools as a stream", memory=True, loop=True)
def _():
    with client.responses.stream(model=MODEL, tools=FLAT_TOOLS,
                                 input=user(QUESTION)) as stream:
        first = stream.get_final_response()
    with client.responses.stream(model=MODEL, tools=FLAT_TOOLS,
                                 input=response_items(first)) as stream:
        equal(stream.get_final_response().output_text,
              "The tool said: 21 degrees.")


@check("responses, structured output", memory=True)
def _():
    reply = client.responses.parse(model=MODEL, input=QUESTION,
                                   text_format=Weather)
    equal(reply.output_parsed, Weather(city="Paris", degrees=21))


# --- without memory ---------------------------------------------------------

@check("embeddings", memory=False)
def _():
    reply = client.embeddings.create(
        model="openai/text-embedding-3-small", input=["one", "two"])
    equal([one.embedding for one in reply.data], [VECTOR] * 2)


@check("embeddings as base64", memory=False)
def _():
    reply = client.embeddings.create(
        model="openai/text-embedding-3-small", input="one",
        encoding_format="base64")
    raw = base64.b64decode(reply.data[0].embedding)
    equal(list(struct.unpack("<3f", raw)), VECTOR)


@check("audio speech", memory=False)
def _():
    reply = client.audio.speech.create(
        model="openai/gpt-4o-mini-tts", voice="alloy", input="Hello.")
    equal(reply.content, AUDIO)


@check("audio speech as a stream", memory=False)
def _():
    with client.audio.speech.with_streaming_response.create(
            model="openai/gpt-4o-mini-tts", voice="alloy",
            input="Hello.") as reply:
        equal(b"".join(reply.iter_bytes()), AUDIO)


@check("audio transcription", memory=False)
def _():
    reply = client.audio.transcriptions.create(
        model="whisper-1", file=("speech.mp3", AUDIO, "audio/mpeg"))
    equal(reply.text, TEXT)


@check("memory off", memory=False)
def _():
    equal(said(ask(QUESTION, extra_body={"memory": False})), TEXT)


# --- keys -------------------------------------------------------------------

@check("X-Memory-Key beside the provider's key", memory=True,
       key=["authorization", "Bearer sk-own"])
def _():
    own = new_client(api_key="sk-own",
                     default_headers={"X-Memory-Key": MEMORY_KEY})
    equal(said(ask(QUESTION, own)), TEXT)


@check("X-Provider-Key beside the memory key", memory=True,
       key=["authorization", "Bearer sk-other"])
def _():
    own = new_client(default_headers={"X-Provider-Key": "sk-other"})
    equal(said(ask(QUESTION, own)), TEXT)


@check("another vendor's model by OpenAI's chat", memory=True,
       key=["authorization", "Bearer sk-configured-anthropic"])
def _():
    equal(said(ask(QUESTION, model="anthropic/claude-sonnet-4-5")), TEXT)


# --- errors -----------------------------------------------------------------

@check("a wrong key", forwarded=0)
def _():
    error = raises(openai.AuthenticationError, lambda: ask(
        "Hello.", new_client(api_key="mk_" + "x" * 32)), status_code=401)
    holds("memory key" in str(error), "text in %s" % error)
    equal(error.code, "invalid_api_key")
    holds(error.request_id, "a request id")


@check("no model", forwarded=0)
def _():
    raises(openai.BadRequestError, lambda: ask("Hello.", model=""),
           status_code=400)


@check("files are refused", forwarded=0)
def _():
    raises(openai.NotFoundError, client.files.list, status_code=404)


@check("401 of the vendor")
def _():
    raises(openai.AuthenticationError,
           lambda: ask("Hello.", model="openai/gpt-fail-401"),
           code="invalid_api_key", status_code=401)


@check("404 of the vendor")
def _():
    error = raises(openai.NotFoundError,
                   lambda: ask("Hello.", model="openai/gpt-fail-404"),
                   code="model_not_found", status_code=404)
    holds("The vendor says 404." in str(error), str(error))


@check("429 of the vendor")
def _():
    error = raises(openai.RateLimitError,
                   lambda: ask("Hello.", once, "openai/gpt-fail-429"))
    equal(error.response.headers["retry-after"], "1")


@check("429 of the vendor, tried again", sent=2)
def _():
    equal(said(ask("Hello.", model="openai/gpt-flaky-429")), TEXT)


@check("500 of the vendor", sent=1)
def _():
    raises(openai.InternalServerError,
           lambda: ask("Hello.", once, "openai/gpt-fail-500"),
           status_code=500)


@check("500 of the vendor, tried again by responses", sent=2)
def _():
    equal(client.responses.create(model="openai/gpt-flaky-500",
                                  input="Hello.").output_text, TEXT)


@check("404 of the vendor instead of a stream")
def _():
    raises(openai.NotFoundError, lambda: ask(
        "Hello.", model="openai/gpt-fail-404", stream=True))


@check("a stream that breaks off within an event")
def _():
    def read():
        for _ in ask("Hello.", model="openai/gpt-cut", stream=True):
            pass
    holds(raises(openai.APIError, read).message, "a message")


@check("a stream that breaks off between events")
def _():
    def read():
        for _ in ask("Hello.", model="openai/gpt-ends-early", stream=True):
            pass
    holds(raises(openai.APIError, read).message, "a message")


@check("a stream of responses that breaks off within an event")
def _():
    def read():
        for _ in client.responses.create(model="openai/gpt-cut",
                                         input="Hello.", stream=True):
            pass
    holds(raises(openai.APIError, read).message, "a message")


@check("a stream of responses that breaks off between events")
def _():
    def read():
        for _ in client.responses.create(model="openai/gpt-ends-early",
                                         input="Hello.", stream=True):
            pass
    holds(raises(openai.APIError, read).message, "a message")


@check("a vendor that is down", forwarded=0)
def _():
    raises(openai.InternalServerError,
           lambda: ask("Hello.", once, "down/x"), status_code=502)


# --- models -----------------------------------------------------------------

@check("list of models", forwarded=0)
def _():
    found = [model.id for model in client.models.list()]
    holds(any(name.endswith("gpt-4o") for name in found),
          "gpt-4o in %s" % found[:5])


check.run()
