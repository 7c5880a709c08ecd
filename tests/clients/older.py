"""A short run of older generations of the Python clients."""
import json
import sys

import anthropic
import openai
from google import genai
from google.genai import errors, types

from checks import MEMORY_KEY, PARAMETERS, QUESTION, TEXT, URL
from checks import Checks, equal, raises

check = Checks()
gpt = openai.OpenAI(base_url=URL + "/v1", api_key=MEMORY_KEY)
claude = anthropic.Anthropic(base_url=URL, api_key=MEMORY_KEY)
gemini = genai.Client(api_key=MEMORY_KEY,
                      http_options=types.HttpOptions(base_url=URL))
USER = [{"role": "user", "content": QUESTION}]
WRONG = "mk_" + "x" * 32


@check("openai: plain", memory=True)
def _():
    reply = gpt.chat.completions.create(model="openai/gpt-4o", messages=USER)
    equal(reply.choices[0].message.content, TEXT)


@check("openai: stream", memory=True)
def _():
    chunks = gpt.chat.completions.create(model="openai/gpt-4o", messages=USER,
                                         stream=True)
    equal("".join(one.choices[0].delta.content or "" for one in chunks), TEXT)


@check("openai: tools, round trip", memory=True, loop=True)
def _():
    tools = [{"type": "function", "function": {"name": "weather",
                                               "parameters": PARAMETERS}}]
    first = gpt.chat.completions.create(model="openai/gpt-4o", messages=USER,
                                        tools=tools).choices[0].message
    equal(json.loads(first.tool_calls[0].function.arguments),
          {"city": "Paris"})
    second = gpt.chat.completions.create(
        model="openai/gpt-4o", tools=tools, messages=USER + [first, {
            "role": "tool", "content": "21 degrees",
            "tool_call_id": first.tool_calls[0].id}])
    equal(second.choices[0].message.content, "The tool said: 21 degrees.")


@check("openai: responses as a stream", memory=True)
def _():
    with gpt.responses.stream(model="openai/gpt-4o",
                              input=QUESTION) as stream:
        equal(stream.get_final_response().output_text, TEXT)


@check("openai: a wrong key", forwarded=0)
def _():
    own = openai.OpenAI(base_url=URL + "/v1", api_key=WRONG)
    raises(openai.AuthenticationError, lambda: own.chat.completions.create(
        model="openai/gpt-4o", messages=USER), code="invalid_api_key")


@check("anthropic: plain", memory=True)
def _():
    reply = claude.messages.create(model="claude-sonnet-4-5", max_tokens=200,
                                   messages=USER)
    equal(reply.content[0].text, TEXT)


@check("anthropic: beta", memory=True)
def _():
    reply = claude.beta.messages.create(
        model="claude-sonnet-4-5", max_tokens=200, messages=USER,
        betas=["context-1m-2025-08-07"])
    equal(reply.content[0].text, TEXT)


@check("anthropic: stream", memory=True)
def _():
    with claude.messages.stream(model="claude-sonnet-4-5", max_tokens=200,
                                messages=USER) as stream:
        equal("".join(stream.text_stream), TEXT)


@check("anthropic: count tokens")
def _():
    equal(claude.messages.count_tokens(
        model="claude-sonnet-4-5", messages=USER).input_tokens, 42)


@check("anthropic: the provider's key in its own header", memory=True,
       key=["x-api-key", "sk-ant-own"])
def _():
    own = anthropic.Anthropic(base_url=URL, api_key="sk-ant-own",
                              default_headers={"X-Memory-Key": MEMORY_KEY})
    own.messages.create(model="claude-sonnet-4-5", max_tokens=200,
                        messages=USER)


@check("anthropic: a wrong key", forwarded=0)
def _():
    own = anthropic.Anthropic(base_url=URL, api_key=WRONG)
    raises(anthropic.AuthenticationError, lambda: own.messages.create(
        model="claude-sonnet-4-5", max_tokens=200, messages=USER))


@check("google: plain", memory=True)
def _():
    equal(gemini.models.generate_content(model="gemini-2.5-flash",
                                         contents=QUESTION).text, TEXT)


@check("google: stream", memory=True)
def _():
    equal("".join(one.text for one in gemini.models.generate_content_stream(
        model="gemini-2.5-flash", contents=QUESTION)), TEXT)


@check("google: a wrong key", forwarded=0)
def _():
    own = genai.Client(api_key=WRONG,
                       http_options=types.HttpOptions(base_url=URL))
    raises(errors.ClientError, lambda: own.models.generate_content(
        model="gemini-2.5-flash", contents=QUESTION), code=401)


for label, using, name in (("openai", gpt, "gpt"),
                           ("anthropic", claude, "claude"),
                           ("google", gemini, "gemini")):
    @check(label + ": list of models", forwarded=0)
    def _(using=using, name=name):
        found = [getattr(one, "id", None) or one.name
                 for one in using.models.list()]
        if not any(name in one for one in found):
            sys.stderr.write("found: %s\n" % found[:5])
            raise AssertionError("no model of the vendor in the list")

check.run()
