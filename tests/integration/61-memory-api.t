#!/usr/bin/env python3
"""The endpoints of the memory itself: how much there is, bringing texts in,
taking the prepared text out.  Numbers are those of the conformance list."""
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib.memory import Vault, lines, texts
from lib.stack import Both

tests = tap.Plan()
OSLO = "I moved to Oslo in the spring and work at the harbour."
CAT = "My cat is called Sturgeon and she is nine years old."


def now_ms():
    """Milliseconds since 1970."""
    return int(time.time() * 1000)


# --- stats -------------------------------------------------------------------

@tests.test
def n108_stats_of_an_empty_vault(both):
    vault = Vault(both[0])
    stats = vault.get("/v1/memory/stats")
    for name in ("totalVectors", "totalTokens", "memories", "vectorCount",
                 "pending", "sessions"):
        tap.equal(stats[name], 0, name)
    for name in ("oldestItem", "newestItem", "oldest", "newest"):
        tap.equal(stats[name], None, name)
    tap.equal(sorted(stats["kronos_config"]), [
        "hot_window_hours", "longterm_window_days", "working_window_days"],
        "kronos_config")
    tap.check("dims" in stats and "createdAt" in stats, "dims, createdAt")


@tests.test
def n108_stats_tell_true_numbers_and_no_secret(both):
    vault = Vault(both[0])
    vault.ingest([("user", OSLO), ("assistant", "How nice.")])
    stats = vault.get("/v1/memory/stats")
    tap.equal(stats["totalVectors"], 2, "totalVectors")
    rows = both[0].sql("SELECT SUM(tokens), MIN(occurred_at), "
                       "MAX(occurred_at) FROM memory WHERE vault_id = %d"
                       % vault.id)
    tap.equal([stats["totalTokens"], stats["oldestItem"],
               stats["newestItem"]], [int(n) for n in rows[0]], "numbers")
    tap.lacks(json.dumps(stats), vault.key, "stats")
    tap.equal(stats["key"], "mk_..." + vault.key[-4:], "key")


@tests.test
def n111_warmup(both):
    vault = Vault(both[0])
    vault.ingest([("user", OSLO)])
    vault.ingest([("user", CAT)], session="pets")
    warm = vault.post("/v1/memory/warmup", None, session="pets")
    tap.equal(warm["status"], "warm", "status")
    tap.equal(warm["totalVectors"], 2, "totalVectors")
    tap.equal([(one["vault"], one["vectors"]) for one in warm["vaults"]],
              [("core", 1), ("session", 1)], "vaults")
    tap.check(isinstance(warm["warmupTimeMs"], int), "warmupTimeMs")


# --- ingest ------------------------------------------------------------------

@tests.test
def n116_ingest_stores_both_and_prepare_finds_them(both):
    vault = Vault(both[0])
    reply = vault.send("POST", "/v1/memory/ingest", {
        "model": "x", "embeddings": "y", "messages": [
            {"role": "user", "content": OSLO},
            {"role": "assistant", "content": "The harbour is windy."}]})
    tap.equal(reply.status, 202, "status")
    answer = reply.json()
    tap.equal([answer["status"], answer["stored"], answer["skipped"],
               len(answer["ids"]), answer["session_id"]],
              ["stored", 2, 0, 2, None], "answer")
    tap.contains(vault.prepare("Where did I move to?")["context"], OSLO)


@tests.test
def n116_a_repeated_ingest_adds_nothing(both):
    vault = Vault(both[0])
    talk = [("user", OSLO), ("assistant", "Good."), ("user", CAT),
            ("assistant", "Good.")]
    vault.ingest(talk[:2])
    answer = vault.ingest(talk[:2])
    tap.equal([answer["stored"], answer["skipped"]], [0, 2], "the same again")
    answer = vault.ingest(talk)
    tap.equal([answer["stored"], answer["skipped"]], [2, 2], "more of it")
    tap.equal(vault.ingest(talk)["stored"], 0, "all again")
    tap.equal(vault.rows(), [(role, text) for role, text in talk], "rows")
    tap.equal(vault.ingest(talk[:2], session="other")["stored"], 2,
              "in another session")


TALK = [("user", "I bought a canoe."), ("assistant", "Good."),
        ("user", "It is green."), ("assistant", "Good."),
        ("user", "My sister steers it."), ("assistant", "And you?"),
        ("user", "I paddle."), ("assistant", "Good.")]


def wire(talk):
    """Messages as agents keep them: parts, tools, nothing said."""
    messages = [{"role": "system", "content": "Be brief."}]
    for number, (role, text) in enumerate(talk):
        content = [{"type": "text", "text": text}] if number % 3 else text
        messages.append({"role": role, "content": content})
        if number % 4 == 2:
            messages += [{"role": "assistant", "content": None,
                          "tool_calls": [{"id": "1"}]},
                         {"role": "tool", "tool_call_id": "1",
                          "content": "canoe()"}]
    return {"messages": messages}


@tests.test
def n116_conversations_grow_slide_and_interleave(both):
    vault = Vault(both[0])
    sessions = (None, "one", "two")
    for end in range(1, len(TALK) + 1):
        for number, session in enumerate(sessions):
            start = max(0, end - 3) if number == 1 else 0
            answer = vault.post("/v1/memory/ingest", wire(TALK[start:end]),
                                session=session)
            tap.equal(answer["stored"], 1, "stored of %d in %s"
                      % (end, session))
    for session in sessions:
        for start in range(len(TALK) - 1):
            tap.equal(vault.post("/v1/memory/ingest", wire(TALK[start:]),
                                 session=session)["stored"], 0, "again")
        said = [one for one in vault.export()
                if one["session_id"] == session]
        tap.equal([(one["role"], one["content"]) for one in said], TALK,
                  "what is in %s" % session)


@tests.test
def n116_what_is_set_back_is_what_it_is(both):
    vault = Vault(both[0])
    dark, light, lang = ([("user", text)] for text in (
        "theme: dark", "theme: light", "lang: en"))
    for said in (dark, light, dark, light + lang, dark + lang,
                 [("user", "Paint it."), ("assistant", "In which colour?")],
                 dark + light + lang, light, dark + light + lang,
                 [("assistant", "Dark it is.")]):
        tap.equal(vault.ingest(said, session="s")["stored"], len(said),
                  "stored of %s" % said)
        tap.equal(vault.ingest(said, session="s")["stored"], 0,
                  "stored when %s is sent once more" % said)
    tap.equal(vault.ingest(lang, session="s")["stored"], 0,
              "the last that the user said")


@tests.test
def n116_what_was_edited_does_not_come_back(both):
    vault = Vault(both[0])
    vault.ingest(TALK, session="s")
    before = {one["content"] for one in vault.export()}
    for number in (0, 5, 6, 7, 3):
        ids = sorted(one["id"] for one in vault.list()["memories"])
        vault.ok("PATCH", "/v1/memories/%d" % ids[number],
                 {"content": "Edited %d." % number})
        for start in (0, max(0, number - 1)):
            answer = vault.ingest(TALK[start:], session="s")
            tap.equal([answer["stored"], answer["skipped"]],
                      [0, len(TALK) - start], "after the edit of %d" % number)
    after = {one["content"] for one in vault.export()}
    tap.equal(len(vault.rows()), len(TALK), "rows")
    # Repeats of a text are edited with it: 7 was changed once more with 3.
    tap.equal(after - before, {"Edited %d." % n for n in (0, 5, 6, 3)},
              "the new texts")
    # It goes on as before, and what is said anew is new.
    more = TALK + [("user", "Now it is red."), ("assistant", "Oh.")]
    tap.equal(vault.ingest(more, session="s")["stored"], 2, "more of it")
    tap.equal(vault.ingest([("user", "I paddle."), ("assistant", "Sure.")],
                           session="s")["stored"], 2, "said anew")
    tap.contains({one["content"] for one in vault.export()}, "I paddle.")
    tap.equal(vault.ingest(TALK, session="other")["stored"], len(TALK),
              "in another session")


@tests.test
def n116_ingest_takes_every_shape(both):
    vault = Vault(both[0])
    for body in ({"user": "u one", "assistant": "a one"},
                 {"content": "u two", "role": "user"},
                 {"messages": [{"role": "user", "content": [
                     {"type": "text", "text": "u three"},
                     {"type": "image_url", "image_url": {"url": "x"}}]}]},
                 {"messages": [{"role": "model",
                                "parts": [{"text": "a four"}]}]},
                 {"messages": [
                     {"role": "system", "content": "s"},
                     {"role": "tool", "content": "t"},
                     {"role": "user", "content": "no", "memory": False},
                     {"role": "assistant", "content": None},
                     {"role": "user", "content": "u five", "name": "Ann",
                      "timestamp": "2026-01-02T03:04:05Z"}],
                  "metadata": {"a": [1, 2.5]}, "unknown": 1}):
        reply = vault.send("POST", "/v1/memory/ingest", body)
        tap.equal(reply.status, 202, "status of %s" % body)
    tap.equal(vault.rows(), [
        ("user", "u one"), ("assistant", "a one"), ("user", "u two"),
        ("user", "u three"), ("assistant", "a four"), ("user", "u five")],
        "rows")
    (row,) = both[0].sql("SELECT author, occurred_at, metadata FROM memory "
                         "WHERE vault_id = %d AND text = 'u five'" % vault.id)
    tap.equal(row, ["Ann", "1767323045000", '{"a": [1, 2.5]}'], "row")


@tests.test
def ingest_strips_what_was_recalled(both):
    vault = Vault(both[0])
    vault.ingest([("user", "<memoryrouter-context>old</memoryrouter-context>"
                           "What is new?")])
    tap.equal(vault.rows(), [("user", "What is new?")], "rows")


@tests.test
def an_idempotency_key_gives_the_same_answer(both):
    vault = Vault(both[0])
    body = {"messages": [{"role": "user", "content": OSLO}]}
    first, second = (vault.send("POST", "/v1/memory/ingest", body,
                                {"Idempotency-Key": "one"})
                     for _ in range(2))
    tap.equal(second.body, first.body, "body")
    tap.equal(second.status, 202, "status")
    tap.equal(second.header("idempotency-replayed"), "true", "header")
    other = vault.send("POST", "/v1/memory/ingest", {"user": "else"},
                       {"Idempotency-Key": "one"})
    tap.equal([other.status, other.json()["error"]["code"]],
              [422, "idempotency_key_reused"], "another body")
    other = vault.send("POST", "/v1/memory/ingest", body,
                       {"Idempotency-Key": "one", "X-Session-ID": "s"})
    tap.equal(other.status, 422, "another session")
    tap.equal(vault.rows(), [("user", OSLO)], "rows")


@tests.test
def ingest_refuses_what_it_cannot_understand(both):
    vault = Vault(both[0])
    for body in ({}, {"messages": []}, {"messages": "x"}, {"messages": [1]},
                 [], {"messages": [{"role": "user", "content": "a",
                                    "timestamp": "soon"}]},
                 {"user": "x", "metadata": []},
                 {"user": "x", "metadata": {"a": "b" * 5000}},
                 {"user": "x", "session_id": "a\nb"},
                 {"user": "x", "timestamp": 1e300}):
        reply = vault.send("POST", "/v1/memory/ingest", body)
        tap.equal(reply.status, 400, "status of %s" % json.dumps(body)[:80])
        tap.check(reply.json().get("hint"), "a hint", reply.json())
    tap.equal(vault.rows(), [], "rows")


# --- prepare -----------------------------------------------------------------

@tests.test
def n115_prepare_of_an_empty_vault(both):
    vault = Vault(both[0])
    answer = vault.prepare("Where do I live?")
    tap.equal([answer["context"], answer["memories_found"],
               answer["memories"]], ["", 0, []], "answer")


@tests.test
def n115_prepare_stores_nothing_and_calls_no_model(both):
    stack, up = both
    vault = Vault(stack)
    vault.ingest([("user", OSLO)])
    up.forget()
    answer = vault.prepare("Where did I move to?")
    tap.equal(answer["memories_found"], 1, "memories_found")
    tap.equal(texts(answer["memories"]), [OSLO], "memories")
    tap.equal(len(up.journal), 0, "requests upstream")
    tap.equal(len(vault.rows()), 1, "rows")


@tests.test
def n115_prepare_honours_the_session(both):
    vault = Vault(both[0])
    vault.ingest([("user", OSLO)], session="one")
    vault.ingest([("user", OSLO)], session="café")  # as Latin-1
    ask = {"messages": [{"role": "user", "content": "Where did I move to?"}]}
    for body, headers, found in (
            (ask, {}, 0), (ask, {"X-Session-ID": "one"}, 1),
            (dict(ask, session_id="one"), {}, 1),
            (dict(ask, session_id="two"), {}, 0),
            (dict(ask, session_id="café"), {}, 1),
            (ask, {"X-Session-ID": "café".encode().decode("latin-1")}, 1),
            (ask, {"X-Session-ID": "café"}, 1)):  # as Latin-1
        reply = vault.send("POST", "/v1/memory/prepare", body, headers)
        tap.equal(reply.json()["memories_found"], found,
                  "found by %s %s" % (body, headers))


@tests.test
def n118_prepare_gives_what_proxy_mode_would_inject(both):
    stack, up = both
    vault = Vault(stack)
    vault.ingest([("user", OSLO), ("assistant", "It is windy there."),
                  ("user", CAT)])
    for model in ("openai/gpt-4o", "anthropic/claude-x", "openai/other"):
        messages = [{"role": "user", "content": "I like the sea."},
                    {"role": "assistant", "content": "So do I."},
                    {"role": "user", "content": "Where did I move to, and "
                                                "what is my cat called?"}]
        answer = vault.post("/v1/memory/prepare",
                            {"model": model, "messages": messages})
        tap.check(answer["memories_found"] >= 2, "found", answer)
        if model.startswith("openai/"):
            stack.post({"model": model, "messages": messages}, vault.key,
                       {"X-Memory-Mode": "read"})
            tap.contains(json.loads(up.last().body)["messages"][-1][
                "content"], answer["context"], model)


def injected(both, vault, body, **headers):
    """What a proxied request of this body was given behind its question, and
    the reply."""
    stack, up = both
    reply = stack.post(body, vault.key, dict({"X-Memory-Mode": "read"},
                                             **headers))
    tap.equal(reply.status, 200, "status, with %r" % reply.body[:400])
    asked = [one["content"] for one in body["messages"]
             if one["role"] == "user"][-1]
    sent = [one["content"] for one in up.last().json()["messages"]
            if one["role"] == "user"][-1]
    if isinstance(sent, list):
        asked, sent = (["".join(part.get("text", "") for part in one)
                        for one in (asked, sent)])
    tap.check(sent.startswith(asked), "the question comes first", sent)
    return sent[len(asked):].strip(), reply


def prepared(vault, body, **headers):
    """The same of prepare."""
    reply = vault.send("POST", "/v1/memory/prepare", body, headers)
    tap.equal(reply.status, 200, "status, with %r" % reply.body[:400])
    return reply.json()["context"], reply


TOLD = ("x-memory-status", "x-memory-mode", "x-memory-ids",
        "x-memory-chunks-retrieved", "x-memory-tokens-retrieved",
        "x-memory-tokens-injected", "x-memory-injection-format",
        "x-session-id", "x-memoryrouter-truncated",
        "x-memoryrouter-truncated-details", "x-memoryrouter-tokens-removed")


def are_equal(both, vault, body, **headers):
    """Both say the same; the text."""
    text, reply = injected(both, vault, body, **headers)
    again, answer = prepared(vault, body, **dict(
        {"X-Memory-Mode": "read"}, **headers))
    tap.equal(again, text, "text for %s" % json.dumps(body)[:200])
    for name in TOLD:
        tap.equal(answer.header(name), reply.header(name), name)
    for name in ("x-embedding-ms", "x-mr-processing-ms", "x-mr-overhead-ms",
                 "x-provider-response-ms", "x-total-ms"):
        tap.check(answer.header(name), "n105: " + name)
    found = answer.json()
    tap.equal(found["memories_found"], len(found["memories"]), "memories")
    return text


@tests.test
def n100_n118_prepare_is_cut_to_the_window_of_the_model(both):
    stack = both[0]
    stack.sql("INSERT INTO model (kind, provider, name, context_tokens, "
              "fetched_at) VALUES ('chat', 'openai', 'tiny', 4000, 1)")
    vault = Vault(stack)
    vault.ingest([("user", "Umbrella number %d for Oslo hangs on hook %d, "
                   "beside the yellow raincoat." % (n, n))
                  for n in range(24)])
    counts = []
    for notes, model in ((10, "tiny"), (1750, "tiny"), (1800, "tiny"),
                         (9000, "tiny"), (1800, "new-model")):
        text = are_equal(both, vault, {"model": "openai/" + model,
                                       "messages": [
            {"role": "system", "content": "Notes. " * notes},
            {"role": "user", "content": "Which umbrella for Oslo?"}]})
        counts.append(text.count("Umbrella number"))
    tap.check(counts[0] == counts[4] > counts[1] > counts[2] > 0 == counts[3],
              "how many are left", counts)
    # Without a model nothing is known of a window.
    text, _ = prepared(vault, {"messages": [
        {"role": "system", "content": "Notes. " * 9000},
        {"role": "user", "content": "Which umbrella for Oslo?"}]})
    tap.equal(text.count("Umbrella number"), counts[0], "without a model")


@tests.test
def n118_prepare_reads_conversations_as_the_proxy_does(both):
    vault = Vault(both[0])
    vault.ingest([("user", OSLO), ("user", CAT)])
    vault.ingest([("user", "The boat is called Walrus.")], session="boat")
    question = {"role": "user", "content": "Where did I move to?"}
    parts = {"role": "user", "content": [
        {"type": "text", "text": "Where did I move to,"},
        {"type": "image_url", "image_url": {"url": "data:x"}},
        {"type": "text", "text": " and what is my cat called?"}]}
    call = {"role": "assistant", "content": None, "tool_calls": [{
        "id": "1", "type": "function",
        "function": {"name": "f", "arguments": "{}"}}]}
    for messages in (
            [question], [parts],
            [{"role": "developer", "content": "Be brief."}, question],
            [question, {"role": "assistant", "content": "To Oslo."},
             {"role": "user", "content": "Go on."}],
            [dict(question, memory=False)],
            [dict(question, name="Ann"),
             {"role": "assistant", "content": "Hm."},
             {"role": "user", "content": "My cat?", "memory": False}],
            [question, call, {"role": "tool", "tool_call_id": "1",
                              "content": "the weather is fine"}],
            [{"role": "user", "content": "Is it a zebra on Jupiter?"}]):
        for model in ("openai/gpt-4o", "openai/other"):
            are_equal(both, vault, {"model": model, "messages": messages})
    body = {"model": "openai/gpt-4o", "messages": [
        {"role": "user", "content": "Where did I move to, what is my cat "
                                    "called, and the boat?"}]}
    for headers in ({"X-Session-ID": "boat"}, {"X-Session-ID": "nowhere"},
                    {"X-Session-ID": "boat", "X-Session-Scope": "exclusive"},
                    {"X-Memory-Context-Limit": "1"},
                    {"X-Memory-Placement": "tail"}):
        are_equal(both, vault, body, **headers)
    for more in ({"session_id": "boat"}, {"memory_limit": 1},
                 {"memory_mode": "off"}, {"memory_mode": "write"},
                 {"memory": False}):
        text = are_equal(both, vault, dict(body, **more))
        tap.equal(text == "", "memory" in more or "memory_mode" in more,
                  "no text with %s" % more)


def said(value):
    """All texts of a message, of any dialect."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(said(one) for one in value)
    return said(value.get("content") or value.get("parts") or
                value.get("text") or "")


@tests.test
def n118_prepare_reads_the_other_dialects_too(both):
    stack, up = both
    vault = Vault(stack)
    vault.ingest([("user", OSLO), ("user", CAT)])
    ask = "Where did I move to, and what is my cat called?"
    for target, body, model in (
            ("/v1/messages", {"system": "Be brief.", "max_tokens": 9,
                              "messages": [
                {"role": "user", "content": ask},
                {"role": "assistant", "content": [
                    {"type": "tool_use", "id": "t", "name": "f",
                     "input": {}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "t",
                     "content": "zebra"}, {"type": "text", "text": ask}]}]},
             "claude-sonnet-5"),
            ("/v1/messages", {"max_tokens": 9, "messages": [
                {"role": "user", "content": ask},
                {"role": "assistant", "content": "To Oslo; Sturgeon."},
                {"role": "user", "content": [
                    {"type": "text", "text": "My cat, once more?"}]}]},
             "anthropic/claude-x"),
            ("/v1beta/models/gemini-x:generateContent", {"contents": [
                {"parts": [{"text": "Hm."}]},
                {"role": "model", "parts": [{"text": "Yes?"}]},
                {"role": "user", "parts": [{"text": ask}]}]}, None)):
        if model:
            body["model"] = model
        reply = vault.send("POST", target, body, {
            "X-Memory-Mode": "read", "X-Provider-Key": "sk-mine"})
        tap.equal(reply.status, 200, "status, with %r" % reply.body[:300])
        sent = up.last().json()
        last = said((sent.get("messages") or sent["contents"])[-1])
        body.pop("max_tokens", None)  # here it is the memories' budget
        text, _ = prepared(vault, dict(body, model=model or "gemini-x"))
        tap.contains(text, "Sturgeon", "text")
        tap.check(last.strip().endswith(text), "text of " + target,
                  (last, text))


@tests.test
def n118_prepare_gives_a_tool_loop_what_the_proxy_gave_it(both):
    vault = Vault(both[0])
    vault.ingest([("user", OSLO)])
    body = {"model": "openai/gpt-4o", "messages": [
        {"role": "user", "content": "Where did I move to?"}],
        "tools": [{"type": "function", "function": {"name": "f"}}]}
    first, _ = injected(both, vault, body)
    vault.ingest([("user", "Now I moved to Bergen, to the harbour there.")])
    tap.contains(first, OSLO, "the first text")
    tap.equal(injected(both, vault, body)[0], first, "the loop's text")
    tap.equal(prepared(vault, body)[0], first, "prepare's")
    del body["tools"]
    tap.contains(prepared(vault, body)[0], "Bergen", "without tools")


@tests.test
def prepare_takes_other_shapes(both):
    vault = Vault(both[0])
    vault.ingest([("user", OSLO)])
    for body in ({"query": "Where did I move to?"},
                 {"message": "Where did I move to?"},
                 {"messages": [{"content": "Where did I move to?"}]},
                 {"query": "Where did I move to?", "limit": 3.0},
                 {"messages": [{"role": "user", "content": [
                     {"type": "text", "text": "Where did I move to?"}]}]},
                 {"contents": [{"role": "user", "parts": [
                     {"text": "Where did I move to?"}]}]},
                 {"contents": [{"parts": [{"text": "Where did I move to?"}]}],
                  "model": "gemini-x"}):
        tap.equal(vault.post("/v1/memory/prepare", body)["memories_found"], 1,
                  "found by %s" % body)
    reply = vault.send("POST", "/v1/memory/prepare", {"query": "move Oslo"},
                       {"Accept": "text/plain"})
    tap.contains(reply.body.decode(), OSLO, "plain text")
    tap.check(reply.header("content-type").startswith("text/plain"), "type")


@tests.test
def prepare_honours_density_and_context_limit(both):
    vault = Vault(both[0])
    vault.ingest([("user", "I moved to Oslo number %d, street %d." % (n, n))
                  for n in range(30)])
    found = [vault.post("/v1/memory/prepare", dict(
        more, query="Where did I move to, which Oslo street?"))[
            "memories_found"]
        for more in ({"context_limit": 1}, {"density": "low"}, {},
                     {"density": "default"}, {"density": "high"})]
    tap.equal(found[0], 1, "context_limit")
    tap.equal(found[2], found[3], "default")
    tap.check(found[1] < found[2] <= found[4], "density", found)
    for more in ({"memory_limit": 3}, {"limit": 3}, {"context_limit": 3}):
        tap.equal(vault.post("/v1/memory/prepare", dict(
            more, density="high", query="Which Oslo street?"))[
                "memories_found"], 3, "a number beats the density")
    reply = vault.send("POST", "/v1/memory/prepare", {
        "density": "high", "query": "Which Oslo street?"},
        {"X-Memory-Context-Limit": "3"})
    tap.equal(reply.json()["memories_found"], 3, "so does a header's")
    for body in ({}, {"messages": []}, {"query": "x", "density": "thick"},
                 {"query": "x", "limit": -1}, {"query": "x", "limit": "a"}):
        tap.equal(vault.send("POST", "/v1/memory/prepare", body).status, 400,
                  "status of %s" % body)


# --- upload ------------------------------------------------------------------

@tests.test
def n112_upload_takes_lines(both):
    vault = Vault(both[0])
    before = now_ms()
    answer = vault.post("/v1/memory/upload", b'\n {"content":"one"}\r\n\n'
                        b'{"content":"two","role":"assistant","timestamp":'
                        b'1767225600000}\n   \n{"content":"three","timestamp":'
                        b'"2026-01-02T03:04:05+01:00","name":"Ann"}')
    tap.equal(vault.rows(), [("user", "one"), ("assistant", "two"),
                             ("user", "three")], "rows")
    tap.equal([answer["status"], answer["vault"], answer["sessionId"]],
              ["complete", "core", None], "answer")
    tap.equal({name: answer["stats"][name] for name in (
        "inputItems", "chunks", "stored", "failed")},
        {"inputItems": 3, "chunks": 3, "stored": 3, "failed": 0}, "stats")
    times = [int(row[0]) for row in both[0].sql(
        "SELECT occurred_at FROM memory WHERE vault_id = %d ORDER BY seq"
        % vault.id)]
    tap.equal(times[1:], [1767225600000, 1767319445000], "times")
    tap.check(before <= times[0] <= now_ms(), "now", times)


@tests.test
def n113_what_an_upload_refuses(both):
    vault = Vault(both[0])
    for body, code in ((b"", "empty_body"), (b" \n\n", "empty_body"),
                       (b"hello", "invalid_jsonl"),
                       (b'{"role":"user"}', "invalid_jsonl"),
                       (b'{"content":"  "}', "invalid_jsonl"),
                       (b'{"content":7}', "invalid_jsonl"),
                       (b'["content"]', "invalid_jsonl"),
                       (b'{"content":"a","role":"pope"}', "invalid_jsonl"),
                       (b'{"content":"a","timestamp":"now"}',
                        "invalid_jsonl"),
                       (b'{"content":"a","metadata":3}', "invalid_jsonl"),
                       (b'{"content":"\xff\xfe"}', "invalid_jsonl"),
                       (b'{"content":"<memory_context>a</memory_context>"}',
                        "no_valid_memories")):
        reply = vault.send("POST", "/v1/memory/upload", body)
        tap.equal(reply.status, 400, "status of %r" % body)
        tap.equal(reply.json()["error"]["code"], code, "code of %r" % body)
        tap.check(reply.json().get("hint"), "a hint", reply.body)
    tap.equal(vault.rows(), [], "rows")


@tests.test
def n113_an_upload_says_what_would_be_right(both):
    vault = Vault(both[0])
    for field, part, hint in (
            ({"timestamp": "soon"}, "milliseconds since 1970", "2026-11-23"),
            ({"session_id": 5}, "at most 255 bytes", "255 bytes"),
            ({"name": "n" * 65}, "at most 64 bytes", "64 bytes"),
            ({"role": "tool"}, "user, assistant, system", "user, assistant"),
            ({"metadata": 3}, "object of at most 4096", "4096 bytes")):
        bad = dict({"content": "A line."}, **field)
        told = vault.send("POST", "/v1/memory/upload", lines([bad])).json()
        tap.contains(told["error"]["message"], part, "message")
        tap.contains(told["hint"], hint, "hint")
        told = vault.upload([{"content": "Good."}, bad])
        tap.contains(told["errors"][0], part, "one of two")


@tests.test
def n113_more_lines_than_allowed(both):
    vault = Vault(both[0])
    entries = [{"content": "Line %d." % n} for n in range(12001)]
    reply = vault.send("POST", "/v1/memory/upload", lines(entries))
    tap.equal(reply.status, 413, "status")
    tap.equal(reply.json()["error"]["code"], "batch_too_large", "code")
    reply = vault.send("POST", "/v1/memory/upload", b"\n" * 12000 +
                       b'{"content":"behind blank lines"}')
    tap.equal(reply.status, 413, "status of blank lines")
    vault = Vault(both[0])
    answer = vault.upload(entries[:12000])
    tap.equal(answer["stats"]["stored"], 12000, "stored")
    tap.equal(len(vault.rows()), 12000, "rows")


@tests.test
def an_upload_stores_the_good_lines_and_tells_of_the_others(both):
    vault = Vault(both[0])
    answer = vault.post("/v1/memory/upload", b'{"content":"one"}\nxx\n'
                        b'{"content":"two"}\n' + b'{}\n' * 20 +
                        b'{"content":"' + b"a" * (1 << 20) + b'"}\n')
    tap.equal(answer["status"], "partial", "status")
    tap.equal([answer["stats"]["stored"], answer["stats"]["failed"],
               answer["stats"]["inputItems"]], [2, 22, 24], "stats")
    tap.equal(len(answer["errors"]), 10, "errors told")
    tap.check(answer["errors"][0].startswith("Line 2: "), "the line",
              answer["errors"])
    tap.equal(len(vault.rows()), 2, "rows")


@tests.test
def n114_times_decide_the_window_and_sessions_are_apart(both):
    vault = Vault(both[0])
    day = 86400000
    vault.upload([{"content": "The boat is red number %d" % n,
                   "timestamp": now_ms() - age} for n, age in
                  enumerate((0, day, 10 * day, 200 * day))])
    found = vault.search("Which boat is red?", limit=10)
    tap.equal({one["content"][-1]: one["window"] for one in found},
              {"0": "hot", "1": "working", "2": "longterm", "3": "archive"},
              "windows")
    vault.upload([{"content": "The kite is blue."}], session="park")
    tap.equal(texts(vault.search("kite blue")), [], "found in the core")
    tap.equal(texts(vault.search("kite blue", session="park")),
              ["The kite is blue."], "found in the session")


@tests.test
def an_upload_with_the_same_idempotency_key_stores_nothing(both):
    vault = Vault(both[0])
    body = lines([{"content": "Line %d." % n} for n in range(700)])
    first, second = (vault.send("POST", "/v1/memory/upload", body,
                                {"Idempotency-Key": "a"}) for _ in range(2))
    tap.equal(first.json()["stats"]["stored"], 700, "stored")
    tap.equal(second.body, first.body, "second answer")
    tap.equal(second.header("idempotency-replayed"), "true", "header")
    reply = vault.send("POST", "/v1/memory/upload", body, {
        "Idempotency-Key": "a", "Accept": "application/x-ndjson"})
    (told,) = [json.loads(line) for line in reply.body.splitlines()]
    tap.equal(told, dict(first.json(), type="result"), "as it was asked for")
    tap.equal(len(vault.rows()), 700, "rows")


@tests.test
def an_idempotency_key_belongs_to_one_upload(both):
    vault = Vault(both[0])
    body = lines([{"content": "Line %d." % n} for n in range(3)])
    named = {"Idempotency-Key": "a"}
    vault.send("POST", "/v1/memory/upload", body, named)
    for other, more in ((body.replace(b"Line 2", b"Line 3"), {}),
                        (body + body, {}), (body[:20], {}),
                        (body, {"X-Session-ID": "s"})):
        reply = vault.send("POST", "/v1/memory/upload", other,
                           dict(named, **more))
        tap.equal([reply.status, reply.json()["error"]["code"]],
                  [422, "idempotency_key_reused"], "for %r" % other)
        tap.check(reply.json().get("hint"), "a hint", reply.body)
    tap.equal(vault.send("POST", "/v1/memory/ingest", {"user": CAT},
                         named).status, 422, "another path")
    tap.equal(len(vault.rows()), 3, "rows")
    # What failed before anything was stored may be sent again.
    named = {"Idempotency-Key": "b"}
    tap.equal(vault.send("POST", "/v1/memory/upload", b"no\n",
                         named).status, 400, "a bad one")
    tap.equal(vault.send("POST", "/v1/memory/upload", body, named).status,
              200, "a good one")


@tests.test
def uploads_with_one_idempotency_key_at_once_store_once(both):
    vault = Vault(both[0])
    body = lines([{"content": "Line %d." % n} for n in range(2000)])
    replies = []

    def send():
        replies.append(vault.send("POST", "/v1/memory/upload", body,
                                  {"Idempotency-Key": "a"}))
    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    good = {one.body for one in replies if one.status == 200}
    tap.equal(len(good), 1, "answers")
    for one in replies:
        if one.status != 200:
            tap.equal([one.status, one.json()["error"]["code"]],
                      [409, "request_running"], "the others")
            tap.check(one.header("retry-after"), "Retry-After")
    tap.equal(len(vault.rows()), 2000, "rows")


@tests.test
def an_upload_that_was_broken_off_goes_on(both):
    stack = both[0]
    vault = Vault(stack)
    body = lines([{"content": "Line %d." % n} for n in range(700)])
    first = vault.send("POST", "/v1/memory/upload", b"".join(
        body.splitlines(True)[:500]), {"Idempotency-Key": "a"})
    # As if it had died after its first batch.
    stack.sql("UPDATE idempotency SET http_status = NULL, reply = '500', "
              "expires_at = 0 WHERE key_id = %d" % vault.key_id)
    for other in (body.replace(b"Line 3.", b"Line 4."), body[:5000]):
        reply = vault.send("POST", "/v1/memory/upload", other,
                           {"Idempotency-Key": "a"})
        tap.equal(reply.status, 422, "another body")
        stack.sql("UPDATE idempotency SET expires_at = 0 WHERE key_id = %d"
                  % vault.key_id)
    again = vault.send("POST", "/v1/memory/upload", body,
                       {"Idempotency-Key": "a"})
    tap.equal([first.status, again.status], [200, 200], "status")
    tap.equal(vault.rows(), [("user", "Line %d." % n) for n in range(700)],
              "rows")


@tests.test
def an_upload_tells_its_progress(both):
    vault = Vault(both[0])
    body = lines([{"content": "Line %d." % n} for n in range(1200)])
    for target, headers in (
            ("/v1/memory/upload?progress=true", {}),
            ("/v1/memory/upload", {"Accept": "application/x-ndjson"})):
        reply = vault.send("POST", target, body, headers)
        tap.equal(reply.header("content-type"), "application/x-ndjson",
                  "type")
        told = [json.loads(line) for line in reply.body.splitlines()]
        tap.check(len(told) >= 3, "lines", told)
        tap.equal(told[0], {"type": "progress", "lines": 500, "stored": 500,
                            "failed": 0}, "first line")
        tap.equal([told[-1]["type"], told[-1]["status"],
                   told[-1]["stats"]["stored"]],
                  ["result", "complete", 1200], "last line")
    for body in (b"", b"no\n" * 1200):
        reply = vault.send("POST", "/v1/memory/upload?progress=true", body)
        tap.equal([reply.status, reply.header("content-type")],
                  [400, "application/json"], "nothing to store")
    body = lines([{"content": "Line %d." % n} for n in range(12001)])
    reply = vault.send("POST", "/v1/memory/upload?progress=true", body)
    told = json.loads(reply.body.splitlines()[-1])
    tap.equal([reply.status, told["type"], told["error"]["code"]],
              [200, "error", "batch_too_large"], "an error that comes later")
    tap.check(told["stored"] > 0 and told["hint"], "what is told", told)


@tests.test
def n140_openclaw_clients_read_what_they_need(both):
    vault = Vault(both[0])
    answer = vault.post("/v1/memory/upload", lines(
        [{"content": "word %d " % n * 800, "role": "user"}
         for n in range(5)]))
    for name in ("stored", "inputItems", "failed"):
        tap.check(isinstance(answer["stats"][name], int), name)
    tap.check(answer["stats"]["stored"] > 5, "pieces", answer)
    stats = vault.get("/v1/memory/stats")
    tap.equal(stats["totalVectors"], answer["stats"]["stored"], "vectors")
    tap.equal(stats["totalTokens"] > 5000, True, "tokens")


# --- keys --------------------------------------------------------------------

@tests.test
def n119_a_key_that_reads_only_cannot_write(both):
    vault = Vault(both[0])
    vault.ingest([("user", OSLO)])
    for suffix in (":read", ":off"):
        for method, target, body in (
                ("POST", "/v1/memory/ingest", {"user": CAT}),
                ("POST", "/v1/memory/upload", {"content": CAT})):
            reply = vault.send(method, target, body, key=vault.key + suffix)
            tap.equal(reply.status, 403, "%s %s" % (method, target))
    tap.equal(vault.rows(), [("user", OSLO)], "rows")


tests.run(lambda: Both(conf=["embedding = none", "upload_lines = 12000"],
                       rows=("anthropic", "google")))
