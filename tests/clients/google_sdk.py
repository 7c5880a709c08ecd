"""The official Google client, newest generation."""
import asyncio
import os

from google import genai
from google.genai import errors, types
from pydantic import BaseModel

from checks import MEMORY_KEY, PARAMETERS, PNG, QUESTION, TEXT, URL, VECTOR
from checks import Checks, equal, holds, raises

MODEL = "gemini-2.5-flash"
VERSION = {"api_version": os.environ["GOOGLE_VERSION"]} \
    if "GOOGLE_VERSION" in os.environ else {}   # else the client's own
check = Checks()


def new_client(key=MEMORY_KEY, headers=None, **more):
    return genai.Client(api_key=key, http_options=types.HttpOptions(
        base_url=URL, timeout=120000, headers=headers or {},
        **dict(VERSION, **more)))


client = new_client()


class Weather(BaseModel):
    city: str
    degrees: int


def ask(text=QUESTION, using=client, model=MODEL, **config):
    return using.models.generate_content(
        model=model, contents=text,
        config=types.GenerateContentConfig(**config) if config else None)


def streamed(using, contents=QUESTION, **more):
    return list(using.models.generate_content_stream(
        model=MODEL, contents=contents, **more))


@check("plain, with a fact that another client told", memory=True)
def _():
    reply = ask()
    equal(reply.text, TEXT)
    equal(reply.usage_metadata.total_token_count, 18)


@check("model with the vendor's prefix", memory=True)
def _():
    equal(ask(model="google/gemini-2.5-flash").text, TEXT)


@check("v1beta", memory=True)
def _():
    beta = new_client(api_version="v1beta")
    equal(ask(using=beta).text, TEXT)


@check("v1alpha", memory=True)
def _():
    alpha = new_client(api_version="v1alpha")
    equal(ask(using=alpha).text, TEXT)


@check("system instruction", memory=True)
def _():
    equal(ask(system_instruction="Be brief.").text, TEXT)


@check("stream", memory=True)
def _():
    equal("".join(piece.text for piece in streamed(client)), TEXT)


@check("stream of v1beta", memory=True)
def _():
    beta = new_client(api_version="v1beta")
    equal("".join(piece.text for piece in streamed(beta)), TEXT)


@check("async client, five streams at once", any_order=True)
def _():
    async def one(using):
        stream = await using.aio.models.generate_content_stream(
            model=MODEL, contents="Hello.")
        return "".join([piece.text async for piece in stream])

    async def run():
        using = new_client()
        return await asyncio.gather(*[one(using) for _ in range(5)])
    equal(asyncio.run(run()), [TEXT] * 5)


@check("chat session of two turns", memory=True)
def _():
    chat = client.chats.create(model=MODEL)
    equal(chat.send_message(QUESTION).text, TEXT)
    equal(chat.send_message("Again: " + QUESTION).text, TEXT)


TOOLS = [types.Tool(function_declarations=[types.FunctionDeclaration(
    name="weather", description="The weather of a city.",
    parameters_json_schema=PARAMETERS)])]


def tool_contents(reply):
    return [types.UserContent(parts=[types.Part(text=QUESTION)]),
            reply.candidates[0].content,
            types.UserContent(parts=[types.Part.from_function_response(
                name="weather", response={"result": "21 degrees"})])]


@check("tools, round trip", memory=True, loop=True)
def _():
    first = ask(tools=TOOLS)
    equal(first.function_calls[0].args, {"city": "Paris"})
    second = ask(tool_contents(first), tools=TOOLS)
    equal(second.text, 'The tool said: {"result": "21 degrees"}.')


@check("tools, round trip as streams", memory=True, loop=True)
def _():
    config = types.GenerateContentConfig(tools=TOOLS)
    first = streamed(client, config=config)[-1]
    equal(first.function_calls[0].args, {"city": "Paris"})
    second = streamed(client, tool_contents(first), config=config)
    equal("".join(piece.text for piece in second),
          'The tool said: {"result": "21 degrees"}.')


@check("tools, called by the client itself", memory=True, loop=True, sent=2)
def _():
    def weather(city: str) -> str:
        """The weather of a city."""
        return "21 degrees in " + city
    equal(ask(tools=[weather]).text,
          'The tool said: {"result": "21 degrees in Paris"}.')


@check("structured output", memory=True)
def _():
    reply = ask(response_mime_type="application/json",
                response_schema=Weather)
    equal(reply.parsed, Weather(city="Paris", degrees=21))


@check("vision", memory=True)
def _():
    import base64
    equal(ask([types.Part.from_bytes(data=base64.b64decode(PNG),
                                     mime_type="image/png"), QUESTION]).text,
          TEXT)


@check("count tokens", memory=False)
def _():
    equal(client.models.count_tokens(
        model=MODEL, contents="Hello.").total_tokens, 42)


@check("embeddings", memory=False)
def _():
    reply = client.models.embed_content(model="gemini-embedding-001",
                                        contents=["one", "two"])
    equal([one.values for one in reply.embeddings], [VECTOR] * 2)


# --- keys -------------------------------------------------------------------

@check("X-Memory-Key beside the provider's key", memory=True,
       key=["x-goog-api-key", "AIza-own"])
def _():
    own = new_client("AIza-own", {"X-Memory-Key": MEMORY_KEY})
    equal(ask(using=own).text, TEXT)


@check("X-Provider-Key beside the memory key", memory=True,
       key=["x-goog-api-key", "AIza-other"])
def _():
    own = new_client(headers={"X-Provider-Key": "AIza-other"})
    equal(ask(using=own).text, TEXT)


@check("configured key", memory=True,
       key=["x-goog-api-key", "sk-configured-google"])
def _():
    equal(ask().text, TEXT)


# --- errors -----------------------------------------------------------------

@check("a wrong key", forwarded=0)
def _():
    error = raises(errors.ClientError,
                   lambda: ask("Hello.", new_client("mk_" + "x" * 32)),
                   code=401, status="UNAUTHENTICATED")
    holds("memory key" in error.message, error.message)


@check("404 of the vendor")
def _():
    raises(errors.ClientError, lambda: ask("Hello.", model="gemini-fail-404"),
           code=404, status="NOT_FOUND", message="The vendor says 404.")


@check("429 of the vendor", sent=1)
def _():
    raises(errors.ClientError, lambda: ask("Hello.", model="gemini-fail-429"),
           code=429, status="RESOURCE_EXHAUSTED")


@check("429 of the vendor, tried again", sent=2)
def _():
    patient = new_client(retry_options=types.HttpRetryOptions(
        attempts=3, initial_delay=0.1))
    equal(ask("Hello.", patient, "gemini-flaky-429").text, TEXT)


@check("500 of the vendor")
def _():
    raises(errors.ServerError, lambda: ask("Hello.", model="gemini-fail-500"),
           code=500, status="INTERNAL")


@check("503 of the vendor")
def _():
    raises(errors.ServerError, lambda: ask("Hello.", model="gemini-fail-503"),
           code=503, status="UNAVAILABLE")


@check("a stream that breaks off within an event")
def _():
    def read():
        for _ in client.models.generate_content_stream(
                model="gemini-cut", contents="Hello."):
            pass
    holds(raises(errors.ServerError, read).message, "a message")


@check("a stream that breaks off between events")
def _():
    def read():
        for _ in client.models.generate_content_stream(
                model="gemini-ends-early", contents="Hello."):
            pass
    holds(raises(errors.ServerError, read).message, "a message")


@check("a vendor that is down", forwarded=0)
def _():
    raises(errors.ServerError, lambda: ask("Hello.", model="down/x"),
           code=502)


# --- models -----------------------------------------------------------------

@check("list of models", forwarded=0)
def _():
    found = [model.name for model in client.models.list()]
    holds(any("gemini" in name for name in found),
          "a gemini in %s" % found[:5])


check.run()
