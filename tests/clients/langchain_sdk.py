"""langchain-openai: chat, responses, tools, structured output, embeddings."""
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

import openai

from checks import MEMORY_KEY, PNG, QUESTION, TEXT, URL, VECTOR
from checks import Checks, equal, holds

check = Checks()


class Weather(BaseModel):
    """The weather of a city."""
    city: str
    degrees: int


@tool
def weather(city: str) -> str:
    """The weather of a city."""
    return "21 degrees in " + city


def new_chat(**more):
    return ChatOpenAI(**dict(dict(
        model="openai/gpt-4o", base_url=URL + "/v1", api_key=MEMORY_KEY,
        timeout=120), **more))


chat = new_chat()
respond = new_chat(use_responses_api=True)


def text_of(message):
    content = message.content
    return content if isinstance(content, str) else "".join(
        part.get("text", "") for part in content)


@check("plain", memory=True)
def _():
    reply = chat.invoke([SystemMessage("Be brief."), HumanMessage(QUESTION)])
    equal(reply.content, TEXT)
    equal(reply.usage_metadata["output_tokens"], 7)


@check("stream", memory=True)
def _():
    pieces = list(chat.stream(QUESTION))
    equal("".join(text_of(piece) for piece in pieces), TEXT)


def round_trip(using):
    messages = [HumanMessage(QUESTION)]
    first = using.bind_tools([weather]).invoke(messages)
    equal(first.tool_calls[0]["args"], {"city": "Paris"})
    messages += [first, ToolMessage(weather.invoke({"city": "Paris"}),
                                    tool_call_id=first.tool_calls[0]["id"])]
    equal(text_of(using.bind_tools([weather]).invoke(messages)),
          "The tool said: 21 degrees in Paris.")


@check("tools, round trip", memory=True, loop=True)
def _():
    round_trip(chat)


@check("structured output", memory=True)
def _():
    equal(chat.with_structured_output(Weather).invoke(QUESTION),
          Weather(city="Paris", degrees=21))


@check("vision", memory=True)
def _():
    reply = chat.invoke([HumanMessage([
        {"type": "text", "text": QUESTION},
        {"type": "image_url", "image_url": {
            "url": "data:image/png;base64," + PNG}}])])
    equal(reply.content, TEXT)


@check("responses, plain", memory=True)
def _():
    equal(text_of(respond.invoke(QUESTION)), TEXT)


@check("responses, stream", memory=True)
def _():
    equal("".join(text_of(one) for one in respond.stream(QUESTION)), TEXT)


@check("responses, tools round trip", memory=True, loop=True)
def _():
    round_trip(respond)


@check("embeddings", memory=False)
def _():
    found = OpenAIEmbeddings(
        model="openai/text-embedding-3-small", base_url=URL + "/v1",
        api_key=MEMORY_KEY, check_embedding_ctx_length=False
    ).embed_documents(["one", "two"])
    equal(found, [VECTOR] * 2)


@check("a wrong key", forwarded=0)
def _():
    try:
        new_chat(api_key="mk_" + "x" * 32).invoke("Hello.")
    except openai.AuthenticationError as error:
        holds("memory key" in str(error), str(error))
        return
    raise AssertionError("no AuthenticationError was raised")


@check("429 of the vendor, tried again", sent=2)
def _():
    equal(new_chat(model="openai/gpt-flaky-429").invoke("Hello.").content,
          TEXT)


@check("500 of the vendor")
def _():
    try:
        new_chat(model="openai/gpt-fail-500", max_retries=0).invoke("Hello.")
    except openai.APIError as error:
        equal(error.status_code, 500)
        holds("The vendor says 500." in str(error), str(error))
        return
    raise AssertionError("no error was raised")


check.run()
