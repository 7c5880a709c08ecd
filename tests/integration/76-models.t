#!/usr/bin/env python3
"""Lists of models: three shapes, who sees which, and their refresh."""
import json
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib import upstream
from lib.stack import Both

tests = tap.Plan()

SECRET = "sk-ThisIsTheProviderSecret0123456789"
EVERY = {"X-Provider-Key": "sk-mine"}    # opens all providers
ANTHROPIC = {"anthropic-version": "2023-06-01"}


def get(stack, target, headers=None, key=None):
    """A GET with the memory key as a Bearer token."""
    usual = {"Authorization": "Bearer " + (key or stack.key)}
    usual.update(headers or {})
    return stack.request("GET", target, usual)


def ids(reply):
    """The ids of a list in OpenAI's shape."""
    tap.equal(reply.status, 200, "status")
    return [one["id"] for one in reply.json()["data"]]


def names(reply):
    """The names of a list in Google's shape."""
    tap.equal(reply.status, 200, "status")
    return [one["name"] for one in reply.json()["models"]]


def providers_of(listed):
    """The providers of ids, each once, in order."""
    return list(dict.fromkeys(one.split("/")[0] for one in listed))


def lists(**pages):
    """A script that answers by the beginning of the target's path."""
    def script(x):
        for path, page in pages.items():
            if x.request.target.startswith("/" + path.replace("__", "/")):
                return (page if callable(page)
                        else upstream.reply(200, page))(x)
        return upstream.reply(404, {"error": {"message": "no"}})(x)
    return script


def changes(done):
    """{(provider, model): change} of a refresh, which may have failed."""
    return {(row["provider"], row["model"]): row for row in done.json()}


# --- who sees what ----------------------------------------------------------

@tests.test
def conformance_122_the_list_is_a_superset(both):
    stack, _ = both
    reply = get(stack, "/v1/models")
    body = reply.json()
    tap.equal(body["object"], "list", "object")
    tap.equal(body["has_more"], False, "has_more")
    tap.equal(body["first_id"], body["data"][0]["id"], "first_id")
    tap.equal(body["last_id"], body["data"][-1]["id"], "last_id")
    tap.equal(body["models"], ids(reply), "models")
    tap.equal(body["default"], body["models"][0], "default")
    tap.check(body["catalog_updated"].endswith("Z"), "catalog_updated", body)
    flat = [one for row in body["providers"] for one in row["models"]]
    tap.equal(flat, body["models"], "models of the providers")
    one = [m for m in body["data"] if m["id"] == "openai/gpt-4o"][0]
    tap.equal(set(one), {"id", "object", "type", "created", "created_at",
                         "owned_by", "display_name", "context_window"},
              "members")
    tap.equal((one["object"], one["type"], one["owned_by"],
               one["display_name"], one["context_window"]),
              ("model", "model", "openai", "gpt-4o", 128000), "values")
    tap.check(isinstance(one["created"], int), "created is a number", one)


@tests.test
def only_providers_with_a_key_are_listed(both):
    stack, _ = both
    tap.equal(providers_of(ids(get(stack, "/v1/models"))),
              ["openai", "demo"], "of the administrator")
    email = stack.new_account()
    secret, _ = stack.new_key(email)
    stack.must("provider-key", "set", "mistral", "--account", email,
               input=SECRET)
    tap.equal(providers_of(ids(get(stack, "/v1/models", key=secret))),
              ["openai", "mistral", "demo"], "of the account too")
    tap.equal(providers_of(ids(get(stack, "/v1/models"))),
              ["openai", "demo"], "of another account")


@tests.test
def a_provider_key_in_the_request_opens_all(both):
    stack, _ = both
    listed = ids(get(stack, "/v1/models", EVERY))
    tap.check(len(listed) >= 90, "at least 90 models", len(listed))
    tap.equal(len(set(listed)), len(listed), "each once")
    tap.equal(providers_of(listed),
              ["openai", "anthropic", "google", "xai", "openrouter",
               "deepseek", "mistral", "meta", "cerebras", "groq", "together",
               "fireworks", "perplexity", "cohere", "moonshot", "zai",
               "minimax", "dashscope", "demo"], "providers")
    reply = stack.request("GET", "/v1/models",
                          {"X-Memory-Key": stack.key,
                           "Authorization": "Bearer sk-mine"})
    tap.equal(ids(reply), listed, "with the key as a Bearer token")


@tests.test
def windows_are_known_for_nearly_all(both):
    stack, _ = both
    body = get(stack, "/v1/models", EVERY).json()
    unknown = [m["id"] for m in body["data"] if m["context_window"] is None
               and m["owned_by"] not in ("openrouter", "demo")]
    tap.equal(unknown, [], "models without a window")


@tests.test
def a_list_needs_a_memory_key(both):
    stack, _ = both
    for headers in ({}, {"Authorization": "Bearer sk-x"},
                    {"Authorization": "Bearer mk_" + "0" * 32}):
        for target in ("/v1/models", "/v1/models/openai/gpt-4o"):
            reply = stack.request("GET", target, headers)
            tap.equal(reply.status, 401, "status")
            tap.check("message" in reply.json()["error"], "OpenAI's shape",
                      reply.body)
        reply = stack.request("GET", "/v1/models", dict(headers, **ANTHROPIC))
        tap.equal((reply.status, reply.json()["type"]), (401, "error"),
                  "Anthropic's shape")
        for target, more in (("/v1beta/models", {}),
                             ("/v1/models", {"x-goog-api-client": "x/1"}),
                             ("/v1/models?key=nothing", {})):
            reply = stack.request("GET", target, dict(headers, **more))
            tap.equal((reply.status, reply.json()["error"]["status"]),
                      (401, "UNAUTHENTICATED"), "Google's shape: " + target)


@tests.test
def other_methods_are_refused(both):
    stack, _ = both
    reply = stack.request("POST", "/v1/models", stack.usual(), b"{}")
    tap.equal((reply.status, reply.header("allow")), (405, "GET"), "POST")
    reply = stack.request("HEAD", "/v1/models", stack.usual())
    tap.equal((reply.status, reply.body), (200, b""), "HEAD")


# --- Anthropic's pages ------------------------------------------------------

@tests.test
def anthropic_clients_see_their_own_models_first(both):
    stack, _ = both
    listed = ids(get(stack, "/v1/models", dict(EVERY, **ANTHROPIC)))
    tap.equal(providers_of(listed)[:2], ["anthropic", "openai"], "order")
    tap.equal(sorted(listed), sorted(ids(get(stack, "/v1/models", EVERY))),
              "the same models")


@tests.test
def anthropic_pages_are_walked_in_both_directions(both):
    stack, _ = both
    headers = dict(EVERY, **ANTHROPIC)
    everything = ids(get(stack, "/v1/models", headers))
    seen, query = [], "?limit=50"
    while query:
        body = get(stack, "/v1/models" + query, headers).json()
        page = [one["id"] for one in body["data"]]
        tap.equal((body["first_id"], body["last_id"]), (page[0], page[-1]),
                  "ends")
        seen += page
        query = body["has_more"] and "?limit=50&after_id=" + \
            urllib.parse.quote(body["last_id"], safe="")
    tap.equal(seen, everything, "all pages")
    body = get(stack, "/v1/models?limit=3&before_id=" + everything[5],
               headers).json()
    tap.equal([one["id"] for one in body["data"]], everything[2:5], "before")
    tap.equal(body["has_more"], True, "more before")
    body = get(stack, "/v1/models?before_id=" + everything[0],
               headers).json()
    tap.equal((body["data"], body["has_more"], body["first_id"]),
              ([], False, None), "before the first")


@tests.test
def bad_pages_are_refused(both):
    stack, _ = both
    for query in ("limit=0", "limit=x", "limit=1001", "limit=-1",
                  "after_id=nothing", "before_id=openai%2Fnothing"):
        reply = get(stack, "/v1/models?" + query, ANTHROPIC)
        tap.equal((reply.status, reply.json()["error"]["type"]),
                  (400, "invalid_request_error"), query)
    for query in ("pageSize=x", "pageSize=-1", "pageToken=nothing"):
        reply = get(stack, "/v1beta/models?" + query)
        tap.equal((reply.status, reply.json()["error"]["status"]),
                  (400, "INVALID_ARGUMENT"), query)
    tap.equal(get(stack, "/v1/models?limit=1&after_id=x").status, 200,
              "OpenAI's list has no pages")


# --- Google -----------------------------------------------------------------

@tests.test
def google_clients_get_their_shape_everywhere(both):
    stack, _ = both
    first = names(get(stack, "/v1beta/models", EVERY))
    tap.check(first[0].startswith("models/google/gemini"), "Google's first",
              first[:3])
    for target, headers in (
            ("/v1alpha/models", {}),
            ("/v1/models", {"x-goog-api-client": "google-genai-sdk/3.4.0"})):
        tap.equal(names(get(stack, target, dict(EVERY, **headers))), first,
                  target)
    for target, headers in (
            ("/v1/models", {"x-goog-api-key": stack.key}),
            ("/v1beta/models", {"x-goog-api-key": stack.key}),
            ("/v1/models?key=" + stack.key, {}),
            ("/v1beta/models?key=" + stack.key, {})):
        listed = names(stack.request("GET", target, headers))
        tap.check("models/openai/gpt-4o" in listed, target, listed)
    listed = names(stack.request("GET", "/v1/models", {
        "X-Memory-Key": stack.key, "x-goog-api-key": "AIza-mine"}))
    tap.equal(listed, first, "with a key of Google's and a memory key")


@tests.test
def google_models_say_what_they_can(both):
    stack, _ = both
    rows = {one["name"]: one for one in
            get(stack, "/v1beta/models", EVERY).json()["models"]}
    one = rows["models/google/gemini-2.5-flash"]
    tap.equal(one, {"name": "models/google/gemini-2.5-flash",
                    "displayName": "gemini-2.5-flash",
                    "inputTokenLimit": 1048576,
                    "supportedGenerationMethods": ["generateContent",
                                                   "countTokens"]}, "Gemini")
    tap.equal(rows["models/openai/gpt-4o"]["supportedGenerationMethods"], [],
              "what Google's dialect cannot call")


@tests.test
def google_pages_are_walked(both):
    stack, _ = both
    everything = names(get(stack, "/v1beta/models", EVERY))
    seen, token = [], ""
    while token is not None:
        body = get(stack, "/v1beta/models?pageSize=40&pageToken=" +
                   urllib.parse.quote(token, safe=""), EVERY).json()
        seen += [one["name"] for one in body["models"]]
        token = body.get("nextPageToken")
    tap.equal(seen, everything, "all pages")


# --- one model --------------------------------------------------------------

@tests.test
def a_model_is_found_by_its_names(both):
    stack, _ = both
    for target, found in (
            ("openai/gpt-4o", "openai/gpt-4o"),
            ("openai%2Fgpt-4o", "openai/gpt-4o"), ("gpt-4o", "openai/gpt-4o"),
            ("x-ai/grok-4.5", "xai/grok-4.5"),
            ("claude-haiku-4-5", "anthropic/claude-haiku-4-5"),
            ("groq/openai/gpt-oss-120b", "groq/openai/gpt-oss-120b"),
            ("meta-llama/llama-4-scout",
             "openrouter/meta-llama/llama-4-scout"),
            ("demo/echo", "demo/echo")):
        for more in ({}, ANTHROPIC):
            reply = get(stack, "/v1/models/" + target, dict(EVERY, **more))
            tap.equal((reply.status, reply.json().get("id")), (200, found),
                      target)
    for target in ("gemini-2.5-flash", "google/gemini-2.5-flash"):
        reply = get(stack, "/v1beta/models/" + target, EVERY)
        tap.equal((reply.status, reply.json().get("name")),
                  (200, "models/google/gemini-2.5-flash"), target)


@tests.test
def an_unknown_model_is_404_in_every_shape(both):
    stack, _ = both
    for name in ("openai/nothing", "nothing", "", "a/b/c", "%FF",
                 "openai/gpt-4o:free", "anthropic/claude-haiku-4-5"):
        reply = get(stack, "/v1/models/" + name)
        tap.equal((reply.status, reply.json()["error"]["code"]),
                  (404, "model_not_found"), name)
        reply = get(stack, "/v1/models/" + name, ANTHROPIC)
        tap.equal((reply.status, reply.json()["error"]["type"]),
                  (404, "not_found_error"), name)
        reply = get(stack, "/v1beta/models/" + name)
        tap.equal((reply.status, reply.json()["error"]["status"]),
                  (404, "NOT_FOUND"), name)


# --- refresh ----------------------------------------------------------------

@tests.test
def refresh_adds_and_updates(both):
    stack, up = both
    up.forget()
    up.default = lists(v1__models={"object": "list", "data": [
        {"id": "gpt-99", "object": "model", "created": 1},
        {"id": "gpt-4o", "context_window": 131072},
        {"id": "gpt-4.1"}, {"id": "text-embedding-3-large"},
        {"id": "gpt-image-1"}, {"id": "whisper-1"}, {"id": 5}, "x"]})
    done = stack.admin("models", "refresh", "openai", "--json")
    tap.equal(done.code, 0, done.err)
    rows = changes(done)
    tap.equal({key: (row["change"], row["context_tokens"], row["before"])
               for key, row in rows.items()},
              {("openai", "gpt-99"): ("new", 0, 0),
               ("openai", "gpt-4o"): ("changed", 131072, 128000)}, "changes")
    tap.equal((up.last().method, up.last().target), ("GET", "/v1/models"),
              "asked")
    tap.equal(up.last().header("authorization"), "Bearer sk-default", "key")
    tap.equal(get(stack, "/v1/models/openai/gpt-4o").json()["context_window"],
              131072, "the list")
    tap.check("openai/gpt-99" in ids(get(stack, "/v1/models")), "the new one")
    done = stack.admin("models", "refresh", "openai")
    tap.equal(done.code, 0, done.err)
    tap.contains(done.out, "3 models", "nothing new")
    kept = stack.sql("SELECT input_price FROM model WHERE name = 'gpt-4o' AND "
                     "provider = 'openai'")
    tap.equal(kept, [["2500000"]], "a price that the list does not have")


@tests.test
def refresh_reads_pages_of_anthropic_and_google(both):
    stack, up = both
    email = stack.new_account()
    for row in ("anthropic", "google"):
        stack.must("provider-key", "set", row, "--account", email,
                   input=SECRET)

    def anthropic(x):
        last = "after_id=claude-x-1" in x.request.target
        return upstream.reply(200, {
            "data": [{"type": "model", "id": "claude-x-%d" % (1 + last),
                      "max_input_tokens": 300000}],
            "has_more": not last, "last_id": "claude-x-%d" % (1 + last)})(x)

    def google(x):
        last = "pageToken=a%2Fb" in x.request.target
        page = {"models": [
            {"name": "models/gemini-x-%d" % (1 + last),
             "inputTokenLimit": 5000,
             "supportedGenerationMethods": ["generateContent"]},
            {"name": "models/vectors-%d" % last,
             "supportedGenerationMethods": ["embedContent"]}]}
        if not last:
            page["nextPageToken"] = "a/b"
        return upstream.reply(200, page)(x)

    up.forget()
    up.default = lists(anthropic__v1__models=anthropic,
                       google__v1beta__models=google,
                       v1__models={"data": []},
                       local__v1__models={"data": []})
    done = stack.admin("models", "refresh", "--account", email, "--json")
    tap.equal(done.code, 0, done.err)
    found = {key: row["context_tokens"] for key, row in changes(done).items()
             if row["change"] == "new"}
    tap.equal(found, {("anthropic", "claude-x-1"): 300000,
                      ("anthropic", "claude-x-2"): 300000,
                      ("google", "gemini-x-1"): 5000,
                      ("google", "gemini-x-2"): 5000}, "new models")
    for request in up.journal:
        if request.target.startswith("/anthropic/"):
            tap.equal((request.header("x-api-key"),
                       request.header("anthropic-version"),
                       request.header("authorization")),
                      (SECRET, "2023-06-01", None), "Anthropic's headers")
        if request.target.startswith("/google/"):
            tap.equal(request.header("x-goog-api-key"), SECRET, "Google's")
    tap.lacks(done.out + done.err, SECRET, "output")


@tests.test
def refresh_fills_custom_rows(both):
    stack, up = both
    up.default = lists(local__v1__models={"data": [
        {"id": "my/llama", "max_model_len": 8192}]}, v1__models={"data": []})
    done = stack.admin("models", "refresh", "local", "--json")
    tap.equal(done.code, 0, done.err)
    reply = get(stack, "/v1/models/local/my/llama")
    tap.equal(reply.json()["context_window"], 8192, "window")
    tap.check("local/my/llama" in ids(get(stack, "/v1/models")), "listed")


@tests.test
def openrouter_prices_are_read(both):
    stack, up = both
    up.default = lists(openrouter={"data": [
        {"id": "vendor/m:free", "context_length": 1000,
         "pricing": {"prompt": "0", "completion": "0.0000025"},
         "architecture": {"output_modalities": ["text"]}},
        {"id": "openrouter/auto", "context_length": 2000000,
         "pricing": {"prompt": "-1", "completion": "-1"}},
        {"id": "vendor/painter",
         "architecture": {"output_modalities": ["image"]}}]})
    done = stack.admin("models", "refresh", "openrouter", "--json")
    tap.equal(done.code, 0, "asked without a key because it was named: "
              + done.err)
    tap.equal(stack.sql(
        "SELECT name, context_tokens, input_price, output_price FROM model "
        "WHERE provider = 'openrouter' AND context_tokens IS NOT NULL "
        "ORDER BY name"),
        [["openrouter/auto", "2000000", None, None],
         ["vendor/m:free", "1000", "0", "2500000"]], "rows")


@tests.test
def a_provider_that_fails_does_not_stop_the_others(both):
    stack, up = both
    email = stack.new_account()
    for row in ("anthropic", "google", "mistral"):
        stack.must("provider-key", "set", row, "--account", email,
                   input=SECRET)
    up.default = lists(
        v1__models=upstream.close_early,
        anthropic__v1__models=upstream.reply(401, {"error": SECRET}),
        google__v1beta__models=upstream.reply(200, "<html>"),
        local__v1__models={"data": []}, mistral__v1__models={"data": [
            {"id": "new-one", "max_context_length": 7},
            {"id": "base", "capabilities": {"completion_chat": False}}]})
    done = stack.admin("models", "refresh", "--account", email, "--json")
    tap.equal(done.code, 1, "exit status")
    rows = changes(done)
    for row in ("openai", "anthropic", "google"):
        tap.equal(rows[row, ""]["change"], "FAILED", row)
        tap.check(rows[row, ""]["note"], "why", rows[row, ""])
    tap.equal(rows["mistral", "new-one"]["change"], "new", "mistral")
    tap.check(("mistral", "base") not in rows, "what does not chat", rows)
    tap.contains(done.err, "3 of 5", "the message")
    tap.lacks(done.out + done.err, SECRET, "output")


@tests.test
def refresh_of_nobody_is_refused(both):
    stack, _ = both
    done = stack.admin("models", "refresh", "nobody")
    tap.equal(done.code, 1, "exit status")
    tap.contains(done.err, "anthropic", "the names that there are")
    done = stack.admin("models", "refresh", "ollama")
    tap.equal(done.code, 1, "a row without an address")
    tap.contains(done.out, "url=", "what to do")
    done = stack.admin("models", "refresh", "--account", "x@example.org")
    tap.equal(done.code, 1, "an account that is not there")
    tap.equal(stack.admin("models", "refresh", "a", "b").code, 2, "usage")


@tests.test
def the_list_verb_shows_what_is_known(both):
    stack, _ = both
    rows = stack.must("models", "list")
    tap.check(len(rows) >= 90, "rows", len(rows))
    one = [row for row in rows if (row["provider"], row["model"]) ==
           ("openai", "gpt-4o-mini")][0]
    tap.equal((one["context_tokens"], one["usd_in"], one["usd_out"]),
              (128000, "0.15", "0.6"), "gpt-4o-mini")
    human = stack.admin("models", "list", "anthropic")
    tap.contains(human.out, "claude-haiku-4-5", "the table")
    tap.lacks(human.out, "gpt-4o", "the table of one provider")


# --- without the database ---------------------------------------------------

@tests.test
def without_the_database_the_list_is_503(both):
    stack, _ = both
    stack.stop_database()
    try:
        reply = get(stack, "/v1/models")
        tap.equal(reply.status, 503, "status")
        tap.check(reply.header("retry-after"), "Retry-After", reply.headers)
        tap.check(json.loads(reply.body)["error"]["message"], "a message")
    finally:
        stack.start_database()


class Rows(Both):
    """Also rows of other vendors, and one of the administrator's own."""

    def __init__(self):
        super().__init__(rows=["anthropic", "google", "mistral",
                               "openrouter"])
        self.stack.conf += ["provider local url=%s/local auth=none"
                            % self.upstream.url]


tests.run(Rows)
