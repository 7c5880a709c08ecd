#!/usr/bin/env python3
"""Tool loops, prompt caches, context windows, fallbacks and retries."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap, upstream
from lib.stack import Both

TOOLS = [{"type": "function", "function": {"name": "weather"}}]
QUESTION = "Which umbrella should I take to Bergen?"
FACT = "My umbrella for Bergen is the green one."

CONF = ["fallback = xai/grok-4 mistral/mistral-large groq/llama",
        "workers = 2",
        "provider dead url=http://127.0.0.1:1 auth=none"]

tests = tap.Plan()


def teach(stack, key, text):
    """Stores a fact."""
    stack.settled(stack.chat("openai/gpt-4o", text, key, {
        "X-Memory-Mode": "write", "X-Memory-Store-Response": "false"}))


def loop_body(steps):
    """A request of a tool loop, `steps` calls later."""
    messages = [{"role": "user", "content": QUESTION}]
    for i in range(steps):
        messages += [
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": "c%d" % i, "type": "function", "function": {
                    "name": "weather", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c%d" % i, "content": "rain"}]
    return {"model": "openai/gpt-4o", "tools": TOOLS, "messages": messages}


def ask(stack, up, key, body, headers=None):
    """Sends it; the reply, and the body as it went up."""
    reply = stack.post(json.dumps(body).encode(), key, headers)
    tap.equal(reply.status, 200, "status")
    stack.settled(reply)
    return reply, up.last().body.decode()


@tests.test
def a_tool_loop_is_given_the_same_bytes_on_every_request(both):
    stack, up = both
    key, key_id = stack.new_key()
    teach(stack, key, FACT)
    texts = set()
    for steps in range(6):
        _, sent = ask(stack, up, key, loop_body(steps))
        texts.add(json.loads(sent)["messages"][0]["content"])
        teach(stack, key, "Umbrella %d for Bergen is broken." % steps)
    tap.equal(len(texts), 1, "different first messages")
    tap.contains(texts.pop(), "green one", "the memory")
    reply, _ = ask(stack, up, key, loop_body(6), {"X-Debug": "true"})
    tap.equal(json.loads(reply.body)["_memory"]["memories"],
              [{"id": int(reply.header("x-memory-ids"))}],
              "what debug says of them")
    rows = [text for _, text in stack.memories(key_id)]
    tap.equal(rows.count(QUESTION), 1, "the question is stored")


@tests.test
def memory_never_stands_between_a_call_and_its_result(both):
    stack, up = both
    key, _ = stack.new_key()
    teach(stack, key, FACT)
    body = loop_body(2)
    _, sent = ask(stack, up, key, body)
    tap.equal(json.loads(sent)["messages"][1:], body["messages"][1:],
              "calls and results")


@tests.test
def nothing_relevant_stays_nothing_within_a_loop(both):
    stack, up = both
    key, _ = stack.new_key()
    reply, sent = ask(stack, up, key, loop_body(0))
    tap.equal(reply.header("x-memory-status"), "empty", "first")
    teach(stack, key, FACT)
    reply, sent = ask(stack, up, key, loop_body(1))
    tap.equal(reply.header("x-memory-status"), "empty", "second")
    tap.lacks(sent, "green one", "the second request")


@tests.test
def a_deletion_ends_what_was_kept(both):
    stack, up = both
    key, key_id = stack.new_key()
    teach(stack, key, FACT)
    _, sent = ask(stack, up, key, loop_body(0))
    tap.contains(sent, "green one", "first")
    stack.sql("DELETE m FROM memory m JOIN memory_key k ON k.vault_id = "
              "m.vault_id WHERE k.id = %d AND m.text LIKE '%%green%%'; "
              "UPDATE vault v JOIN memory_key k ON k.vault_id = v.id "
              "SET v.epoch = v.epoch + 1, v.purge_epoch = v.epoch + 1 "
              "WHERE k.id = %d" % (key_id, key_id))
    _, sent = ask(stack, up, key, loop_body(1))
    tap.lacks(sent, "green one", "after the deletion")


@tests.test
def turns_share_every_byte_up_to_the_previous_question(both):
    stack, up = both
    key, _ = stack.new_key()
    teach(stack, key, FACT)
    messages, sent = [], []
    for text in (QUESTION, "And which umbrella for Oslo?",
                 "What about an umbrella in Tromso?"):
        messages.append({"role": "user", "content": text})
        body = {"model": "gpt-4o", "messages": messages}
        sent.append(ask(stack, up, key, body)[1])
        messages.append({"role": "assistant", "content": "Take it."})
    for before, after, text in zip(sent, sent[1:], (
            QUESTION, "And which umbrella for Oslo?")):
        end = before.index(text) + len(text)
        tap.equal(after[:end], before[:end], "the shared bytes")


def fill(stack, key):
    """Some two dozen facts about the same thing."""
    for i in range(24):
        teach(stack, key, "Umbrella number %d for Bergen hangs on hook %d, "
              "beside the yellow raincoat and the old boots." % (i, i))


@tests.test
def conformance_100_101_102_memories_alone_are_cut_to_the_window(both):
    stack, up = both
    stack.sql("INSERT INTO model (kind, provider, name, context_tokens, "
              "fetched_at) VALUES ('chat', 'openai', 'tiny', 4000, 1)")
    key, _ = stack.new_key()
    fill(stack, key)
    body = {"model": "openai/tiny", "messages": [
        {"role": "system", "content": "Notes. " * 1800},
        {"role": "user", "content": QUESTION}]}
    reply, sent = ask(stack, up, key, body, {"X-Debug": "true"})
    tap.equal(reply.header("x-memoryrouter-truncated"), "true", "header")
    tap.check(reply.header("x-memoryrouter-truncated-details").startswith(
        "conv:0,archive:0,longterm:0,working:0,hot:"), "details")
    tap.check(int(reply.header("x-memoryrouter-tokens-removed")) > 0,
              "tokens removed")
    debug = json.loads(reply.body)
    removed = debug["_truncation"]
    tap.equal(removed["truncated"], True, "debug: truncated")
    tap.equal(str(removed["tokens_removed"]),
              reply.header("x-memoryrouter-tokens-removed"), "debug: tokens")
    tap.equal(",".join("%s:%d" % item for item in
                       removed["details"].items()),
              reply.header("x-memoryrouter-truncated-details"),
              "debug: details")
    told = json.loads(sent)["messages"]
    tap.equal(debug["_debug"]["augmented_messages"], told,
              "debug: messages")
    tap.equal(told[0], body["messages"][0], "the system text")
    tap.check(told[1]["content"].startswith(QUESTION), "the question")
    cut = int(reply.header("x-memory-chunks-retrieved"))
    body["model"] = "openai/some-new-model"
    reply, _ = ask(stack, up, key, body)
    tap.equal(reply.header("x-memoryrouter-truncated"), None,
              "conformance 102: an unknown model is not cut")
    tap.check(int(reply.header("x-memory-chunks-retrieved")) > cut,
              "more without the limit")


@tests.test
def an_error_turns_to_the_next_model(both):
    stack, up = both
    key, _ = stack.new_key()
    up.on("grok-4", upstream.chat("From the second."))
    up.next(upstream.reply(503, b'{"error":{"message":"busy"}}'))
    reply = stack.chat("openai/gpt-4o", "Hello there, you.", key,
                       {"X-Memory-Key": key,
                        "Authorization": "Bearer sk-mine"})
    tap.equal(reply.status, 200, "status")
    tap.equal(reply.header("x-memoryrouter-fallback"), "xai/grok-4", "header")
    tap.contains(reply.body.decode(), "From the second.", "the reply")
    sent = up.last()
    tap.equal(sent.model(), "grok-4", "the model")
    tap.lacks(sent.raw.decode(), "sk-mine", "the caller's key goes nowhere")
    tap.contains(sent.header("authorization"), "sk-xai", "its own key")


@tests.test
def a_provider_that_cannot_be_reached_turns_to_the_next_model(both):
    stack, up = both
    up.on("grok-4", upstream.chat("From the second."))
    reply = stack.chat("dead/model", "Hello there, you.")
    tap.equal(reply.status, 200, "status")
    tap.equal(reply.header("x-memoryrouter-fallback"), "xai/grok-4", "header")


@tests.test
def the_last_models_own_error_comes_down(both):
    stack, up = both
    busy = upstream.reply(503, b'{"error":{"message":"busy here"}}')
    up.next(busy, busy, busy)
    up.on("mistral-large", upstream.reply(429, b'{"error":"slow"}'))
    reply = stack.chat("openai/gpt-4o", "Hello there, you.")
    tap.equal(reply.status, 503, "status")
    tap.equal(reply.body, b'{"error":{"message":"busy here"}}', "body")


@tests.test
def a_fallback_that_cannot_be_called_leaves_no_trace(both):
    stack, up = both
    busy = upstream.reply(503, b'{"error":{"message":"busy here"}}')
    up.on("mistral-large", upstream.reply(429, b'{"error":"slow"}'))
    up.next(busy, busy)
    reply = stack.chat("openai/gpt-4o", "Hello there, you.")
    tap.equal(reply.status, 429, "the status of the last that was called")
    tap.equal(reply.header("x-memoryrouter-fallback"), "mistral/mistral-large",
              "header")
    tap.equal(reply.header("x-provider-detected"), "mistral", "provider")
    stack.settled(reply)
    ((provider,),) = stack.sql(
        "SELECT provider FROM usage_event WHERE request_id = UNHEX('%s')"
        % reply.header("x-request-id"))
    tap.equal(provider, "mistral", "provider of the usage")


@tests.test
def what_may_have_reached_a_model_is_not_sent_again(both):
    stack, up = both
    up.forget()
    up.next(upstream.close_early)
    reply = stack.chat("openai/gpt-4o", "Hello there, you.")
    tap.equal(reply.status, 502, "status")
    tap.equal(len(up.journal), 1, "requests upstream")


def both():
    """The stack with two fallbacks that have keys of their own."""
    made = Both(conf=CONF, environment={"XAI_KEY": "sk-xai",
                                        "MISTRAL_KEY": "sk-mistral"})
    made.stack.conf += ["provider xai url=%s key_env=XAI_KEY"
                        % made.upstream.url,
                        "provider mistral url=%s key_env=MISTRAL_KEY"
                        % made.upstream.url]
    return made


tests.run(both)
