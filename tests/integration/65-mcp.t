#!/usr/bin/env python3
"""The Model Context Protocol at /mcp: revisions, messages, tools, resources,
keys, and the official clients.

The clients are installed by pip and npm when they are needed for the first
time; NO_CLIENTS=1 leaves them out.
"""
import json
import os
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "clients"))

from lib import tap
from lib.stack import Stack, wait_until

import mcp_clients  # noqa: E402 # found by the lines above

tests = tap.Plan(1200)  # the first run installs
LEGACY = ("2025-03-26", "2025-06-18", "2025-11-25")
MODERN = "2026-07-28"
READS = {"search_memories", "search", "date_search_memories",
         "inspect_memory", "memory_status", "explain"}
WRITES = {"store_memory", "delete_memories", "forget_all_memories"}
PHRASE = "DELETE ALL MEMORIES"


def headers(key, version=None, **more):
    """What clients send."""
    sent = {"Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "Authorization": "Bearer " + key}
    if version:
        sent["MCP-Protocol-Version"] = version
    sent.update(more)
    return {name: value for name, value in sent.items() if value is not None}


def post(stack, key, body, version=None, **more):
    """A POST of a body as it is, or of a value as JSON."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return stack.request("POST", "/mcp", headers(key, version, **more), body)


def message(method, params=None, number=1):
    """A request."""
    whole = {"jsonrpc": "2.0", "id": number, "method": method}
    if params is not None:
        whole["params"] = params
    return whole


def modern(stack, key, method, params=None, name=None, meta=None, **more):
    """A request of the stateless revision."""
    params = dict(params or {})
    params["_meta"] = meta or {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {}}
    sent = {"Mcp-Method": method, "Mcp-Name": name}
    sent.update(more)
    return post(stack, key, message(method, params), MODERN, **sent)


def result(reply):
    """What a reply gives; it has to be no error."""
    tap.equal(reply.status, 200, "status, with %r" % reply.body[:400])
    body = reply.json()
    tap.equal(body["jsonrpc"], "2.0", "jsonrpc")
    tap.check("result" in body, "a result", body)
    return body["result"]


def is_error(reply, number, status=None, number_of_id=None):
    """The reply is this error; its text."""
    if status:
        tap.equal(reply.status, status, "status, with %r" % reply.body[:400])
    tap.check(reply.status < 500, "a status below 500", reply.status)
    body = reply.json()
    tap.check("error" in body, "an error", body)
    tap.equal(body["error"]["code"], number, "code in %r" % body)
    tap.check("result" not in body, "no result beside it", body)
    tap.equal(body.get("id"), number_of_id, "id")
    return body["error"]["message"]


def call(stack, key, tool, version="2025-11-25", **arguments):
    """The structured answer of a tool."""
    answer = result(post(stack, key, message(
        "tools/call", {"name": tool, "arguments": arguments}), version))
    tap.check(not answer.get("isError"), "no error of the tool", answer)
    tap.equal(json.loads(answer["content"][0]["text"]),
              answer["structuredContent"], "text and structure")
    return answer["structuredContent"]


def refused(stack, key, tool, arguments, part=None):
    """The model is told what was wrong."""
    answer = result(post(stack, key, message(
        "tools/call", {"name": tool, "arguments": arguments}), "2025-11-25"))
    tap.equal(answer.get("isError"), True, "isError of %r" % arguments)
    tap.lacks(answer, "structuredContent", "answer")
    text = answer["content"][0]["text"]
    if part:
        tap.contains(text, part, "text")
    return text


def texts(found):
    """The contents of results."""
    return [one["content"] for one in found["results"]]


# --- revisions --------------------------------------------------------------

@tests.test
def each_revision_is_agreed_on_by_initialize(stack):
    for version in LEGACY:
        got = result(post(stack, stack.key, message("initialize", {
            "protocolVersion": version, "capabilities": {},
            "clientInfo": {"name": "t", "version": "1"}})))
        tap.equal(got["protocolVersion"], version, "revision")
        tap.equal(got["serverInfo"]["name"], "memoryrouter", "name")
        tap.check("tools" in got["capabilities"] and
                  "resources" in got["capabilities"], "capabilities", got)
        reply = post(stack, stack.key, {
            "jsonrpc": "2.0", "method": "notifications/initialized"}, version)
        tap.equal((reply.status, reply.body), (202, b""), "initialized")
        result(post(stack, stack.key, message("ping"), version))


@tests.test
def a_revision_that_is_not_spoken_is_answered_with_the_newest(stack):
    for version in ("2024-11-05", "2099-01-01", "x", MODERN):
        got = result(post(stack, stack.key, message("initialize", {
            "protocolVersion": version, "capabilities": {},
            "clientInfo": {"name": "t", "version": "1"}})))
        tap.equal(got["protocolVersion"], "2025-11-25", "for " + version)
    is_error(post(stack, stack.key, message("initialize", {})), -32602,
             number_of_id=1)


@tests.test
def an_unknown_revision_in_the_header_is_refused(stack):
    for version in ("2000-01-01", "2099-01-01", "nonsense"):
        reply = post(stack, stack.key, message("tools/list"), version)
        is_error(reply, -32022, 400, 1)
        facts = reply.json()["error"]["data"]
        tap.equal(facts["requested"], version, "requested")
        tap.equal(facts["supported"], [MODERN] + list(LEGACY[::-1]),
                  "supported")


@tests.test
def the_stateless_revision_is_discovered(stack):
    got = result(modern(stack, stack.key, "server/discover"))
    tap.equal(got["resultType"], "complete", "resultType")
    tap.equal(got["supportedVersions"][0], MODERN, "the newest")
    tap.check(got["ttlMs"] >= 0 and got["cacheScope"] == "private",
              "may be kept", got)
    info = got["_meta"]["io.modelcontextprotocol/serverInfo"]
    tap.equal(info["name"], "memoryrouter", "name")
    for method in ("tools/list", "resources/list",
                   "resources/templates/list"):
        got = result(modern(stack, stack.key, method))
        tap.equal(got["resultType"], "complete", "resultType of " + method)
        tap.check("ttlMs" in got, "ttlMs of " + method, got)
    got = result(modern(stack, stack.key, "tools/call",
                        {"name": "memory_status"}, "memory_status"))
    tap.equal(got["resultType"], "complete", "resultType of a call")
    tap.check("memories" in got["structuredContent"], "counts", got)


@tests.test
def headers_and_body_must_agree(stack):
    key = stack.key
    params = {"name": "memory_status"}
    is_error(modern(stack, key, "tools/call", params, "search"), -32020, 400,
             1)
    is_error(modern(stack, key, "tools/call", params), -32020, 400, 1)
    is_error(modern(stack, key, "tools/list", **{"Mcp-Method": "ping"}),
             -32020, 400, 1)
    is_error(modern(stack, key, "tools/list", **{"Mcp-Method": None}),
             -32020, 400, 1)
    is_error(modern(stack, key, "tools/list", meta={
        "io.modelcontextprotocol/protocolVersion": "2025-11-25",
        "io.modelcontextprotocol/clientCapabilities": {}}), -32020, 400, 1)
    is_error(modern(stack, key, "tools/list", meta={
        "io.modelcontextprotocol/protocolVersion": MODERN}), -32602, 400, 1)
    is_error(post(stack, key, message("tools/list"), MODERN,
                  **{"Mcp-Method": "tools/list"}), -32602, 400, 1)
    is_error(modern(stack, key, "nothing/here"), -32601, 404, 1)
    is_error(modern(stack, key, "ping"), -32601, 404, 1)
    # A name may be sent encoded.
    result(modern(stack, key, "tools/call", params,
                  "=?base64?bWVtb3J5X3N0YXR1cw==?="))
    is_error(modern(stack, key, "resources/read",
                    {"uri": "memory://vault/none"}, "memory://vault/none"),
             -32602, 400, 1)


# --- messages ---------------------------------------------------------------

@tests.test
def what_is_no_json_rpc_is_refused(stack):
    key = stack.key
    for body in (b"", b"{", b"nonsense", b"\xff\xfe", b'{"a":1}x', b"[1",
                 b"[" * 5000):
        is_error(post(stack, key, body), -32700, 400)
    for body in (b"1", b'"x"', b"null", b"{}", b'{"jsonrpc":"2.0"}',
                 b'{"jsonrpc":"2.0","id":1}',
                 b'{"jsonrpc":"2.0","method":1}',
                 b'{"jsonrpc":"2.0","method":""}',
                 b'{"jsonrpc":"1.0","method":"ping"}',
                 b'{"jsonrpc":2.0,"method":"ping"}',
                 b'{"method":"ping"}', b"[]",
                 b'{"jsonrpc":"2.0","id":null,"method":"ping"}',
                 b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}',
                 b'{"jsonrpc":"2.0","id":[1],"method":"ping"}',
                 b'{"jsonrpc":"2.0","id":true,"method":"ping"}'):
        reply = post(stack, key, body)
        tap.equal(reply.status, 400, "status of %r" % body)
        tap.equal(reply.json()["error"]["code"], -32600, "code of %r" % body)
    is_error(post(stack, key, message("ping", 5)), -32600, 400, 1)
    is_error(post(stack, key, message("ping", [1])), -32602, 200, 1)
    is_error(post(stack, key, message("nothing/here")), -32601, 200, 1)
    is_error(post(stack, key, message("server/discover")), -32601, 200, 1)
    is_error(post(stack, key, message("prompts/list")), -32601, 200, 1)
    is_error(post(stack, key, message("tools/list", {"cursor": "x"})),
             -32602, 200, 1)


@tests.test
def ids_come_back_as_they_were(stack):
    for number in (0, -5, 123456789012345678901234567890, "a", "",
                   "é\"\\\u2028", "x" * 200):
        reply = post(stack, stack.key, message("ping", number=number))
        result(reply)
        tap.equal(reply.json()["id"], number, "id")
    tap.equal(post(stack, stack.key, message(
        "ping", number="x" * 300)).status, 400, "a long one")


@tests.test
def batches_are_for_the_first_revision(stack):
    key = stack.key
    note = {"jsonrpc": "2.0", "method": "notifications/x"}
    batch = [message("ping", number=1), note, message("nothing", number=2),
             5, message("tools/list", number="c")]
    for version in (None, "2025-03-26"):
        reply = post(stack, key, batch, version)
        tap.equal(reply.status, 200, "status")
        got = reply.json()
        tap.equal([one["id"] for one in got], [1, 2, None, "c"], "ids")
        tap.equal(["error" in one for one in got],
                  [False, True, True, False], "errors")
        tap.equal(post(stack, key, [note, note], version).status, 202,
                  "notifications only")
    for version in LEGACY[1:] + (MODERN,):
        is_error(post(stack, key, batch, version), -32600, 400)
    is_error(post(stack, key, [message("ping")] * 17), -32600, 400)
    got = post(stack, key, [message("initialize", {
        "protocolVersion": "2025-03-26"})]).json()
    tap.equal(got[0]["error"]["code"], -32600, "initialize in a batch")


@tests.test
def answers_come_as_the_client_takes_them(stack):
    key, body = stack.key, message("ping")
    for accept in (None, "*/*", "application/json", "application/*;q=0.5",
                   "application/json, text/event-stream"):
        reply = post(stack, key, body, Accept=accept)
        tap.equal(reply.header("content-type"), "application/json",
                  "for %s" % accept)
    reply = post(stack, key, body, Accept="text/event-stream")
    tap.equal(reply.header("content-type"), "text/event-stream", "events")
    tap.equal([json.loads(one) for one in reply.events()],
              [{"jsonrpc": "2.0", "id": 1, "result": {}}], "events")
    tap.equal(post(stack, key, body, Accept="text/html").status, 406, "html")
    for kind in ("text/plain", "application/xml", None):
        tap.equal(post(stack, key, body, **{"Content-Type": kind}).status,
                  415, "for %s" % kind)
    result(post(stack, key, body, **{
        "Content-Type": "application/json; charset=utf-8"}))


@tests.test
def get_and_delete_are_not_allowed(stack):
    for method in ("GET", "DELETE", "PUT"):
        reply = stack.request(method, "/mcp", headers(stack.key))
        tap.equal((reply.status, reply.header("allow")), (405, "POST"),
                  method)
    note = {"jsonrpc": "2.0", "method": "notifications/cancelled"}
    tap.equal(post(stack, stack.key, note, "2025-06-18").status, 202, "note")
    tap.equal(post(stack, stack.key, note, "1999-01-01").status, 400,
              "of an unknown revision")
    answer = {"jsonrpc": "2.0", "id": 1, "result": {}}
    tap.equal(post(stack, stack.key, answer, "2025-06-18").status, 202,
              "a response")
    tap.equal(post(stack, stack.key, answer, MODERN).status, 400,
              "a response where there is none")
    tap.equal(post(stack, stack.key, message("ping"), "2025-06-18", **{
        "Mcp-Session-Id": "made-up", "Last-Event-ID": "5"}).status, 200,
        "a session that nobody made")


@tests.test
def pages_of_strangers_are_refused(stack):
    body = message("ping")
    for origin in ("https://evil.example", "null", "http://127.0.0.1",
                   "http://localhost:%d" % stack.port):
        reply = post(stack, stack.key, body, Origin=origin)
        is_error(reply, 403, 403)
    reply = post(stack, stack.key, body, Origin="https://good.example")
    result(reply)
    tap.equal(reply.header("access-control-allow-origin"),
              "https://good.example", "allowed")
    reply = stack.request("OPTIONS", "/mcp", {
        "Origin": "https://good.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "mcp-protocol-version"})
    for name in ("MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"):
        tap.contains(reply.header("access-control-allow-headers"), name,
                     "allowed headers")


# --- keys -------------------------------------------------------------------

@tests.test
def a_key_is_needed_for_everything(stack):
    for method in ("initialize", "ping", "tools/list", "server/discover"):
        for key in ("mk_nobody", "sk-x"):
            reply = post(stack, key, message(method))
            is_error(reply, 401, 401)
            tap.equal(reply.header("www-authenticate"), "Bearer", "scheme")
    reply = stack.request("POST", "/mcp", {
        "Content-Type": "application/json"}, message("ping"))
    is_error(reply, 401, 401)


@tests.test
def the_key_may_stand_in_all_places(stack):
    for name in ("X-Memory-Key", "x-api-key", "x-goog-api-key"):
        result(post(stack, "x", message("ping"), **{
            "Authorization": None, name: stack.key}))
    result(stack.request("POST", "/mcp?key=" + stack.key, {
        "Content-Type": "application/json"}, message("ping")))


def names(stack, key):
    """The tools that a key sees."""
    return {tool["name"] for tool in result(
        post(stack, key, message("tools/list")))["tools"]}


@tests.test
def keys_see_the_tools_that_they_may_use(stack):
    key, _ = stack.new_key()
    tap.equal(names(stack, key), READS | WRITES, "all")
    tap.equal(names(stack, key + ":read"), READS, "read-only")
    tap.equal(names(stack, key + ":write"), WRITES, "write-only")
    tap.equal(names(stack, key + ":off"), set(), "off")
    stored = call(stack, key, "store_memory", content="A quince is a fruit.")
    for tool, arguments in (
            ("store_memory", {"content": "No."}),
            ("delete_memories", {"ids": stored["ids"]}),
            ("forget_all_memories", {"confirm": PHRASE})):
        reply = post(stack, key + ":read", message(
            "tools/call", {"name": tool, "arguments": arguments}))
        is_error(reply, 403, 200, 1)
        is_error(modern(stack, key + ":read", "tools/call", {
            "name": tool, "arguments": arguments}, tool), 403, 403, 1)
    tap.equal(call(stack, key + ":read", "memory_status")["memories"], 1,
              "memories")
    is_error(post(stack, key + ":write", message(
        "resources/read", {"uri": "memory://vault/recent"})), 403, 200, 1)
    tap.equal(result(post(stack, key + ":off", message(
        "resources/list")))["resources"], [], "resources")


def made(stack, **settings):
    """A key of a new account that has these settings."""
    owner, _ = stack.new_key()
    reply = stack.request("POST", "/v1/keys", {
        "Authorization": "Bearer " + owner}, settings)
    tap.equal(reply.status, 201, "status, with %r" % reply.body[:400])
    return reply.json()["key"]


@tests.test
def scopes_of_a_key_count_here_too(stack):
    reader = made(stack, scopes=["memory:read"])
    for key in (reader, reader + ":read"):
        tap.equal(names(stack, key), READS, "a reader")
    tap.equal(names(stack, reader + ":write"), set(), "nothing is left")
    for tool, arguments in (
            ("store_memory", {"content": "No."}),
            ("delete_memories", {"ids": [1]}),
            ("forget_all_memories", {"confirm": PHRASE})):
        for key in (reader, reader + ":write"):
            is_error(post(stack, key, message(
                "tools/call", {"name": tool, "arguments": arguments})),
                403, 200, 1)
    tap.equal(call(stack, reader, "memory_status")["memories"], 0, "memories")
    result(post(stack, reader, message(
        "resources/read", {"uri": "memory://vault/recent"})))
    both = made(stack, scopes=["memory:read", "memory:write"])
    tap.equal(names(stack, both), READS | WRITES, "both")


@tests.test
def a_key_that_only_writes_or_chats_is_let_in(stack):
    writer = made(stack, scopes=["memory:write"])
    for key in (writer, writer + ":write"):
        tap.equal(names(stack, key), WRITES, "a writer")
    stored = call(stack, writer, "store_memory", content="A sloe is blue.")
    tap.equal(call(stack, writer, "delete_memories",
                   ids=stored["ids"])["deleted"], 1, "deleted")
    chat = made(stack, scopes=["chat"])
    for key in (chat, writer + ":read"):
        tap.equal(names(stack, key), set(), "neither")
        result(post(stack, key, message("initialize", {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "t", "version": "1"}})))
        result(modern(stack, key, "server/discover"))
    for key, tools in ((writer, READS), (chat, READS | WRITES)):
        tap.equal(result(post(stack, key, message("resources/list")))[
            "resources"], [], "resources")
        for name in ("stats", "recent"):
            is_error(post(stack, key, message("resources/read", {
                "uri": "memory://vault/" + name})), 403, 200, 1)
        for tool in sorted(tools):
            is_error(post(stack, key, message(
                "tools/call", {"name": tool, "arguments": {}})), 403, 200, 1)


@tests.test
def a_full_vault_takes_no_more(stack):
    key = made(stack, memories_most=1)
    call(stack, key, "store_memory", content="A medlar is a fruit.")
    refused(stack, key, "store_memory", {"content": "So is a quince."},
            "no room for more memories")
    tap.equal(call(stack, key, "memory_status")["memories"], 1, "memories")


@tests.test
def a_revoked_key_is_refused_at_once(stack):
    key, number = stack.new_key()
    result(post(stack, key, message("ping")))
    stack.must("key", "revoke", str(number))
    is_error(post(stack, key, message("ping")), 401, 401)


# --- tools ------------------------------------------------------------------

@tests.test
def every_tool_has_a_schema_and_says_what_it_does(stack):
    for version in LEGACY:
        tools = result(post(stack, stack.key, message("tools/list"),
                            version))["tools"]
        for tool in tools:
            schema = tool["inputSchema"]
            tap.equal(schema["type"], "object", tool["name"])
            tap.equal(schema["additionalProperties"], False, tool["name"])
            tap.check(set(schema["required"]) <= set(schema["properties"]),
                      "required properties", tool)
            tap.check(len(tool["description"]) > 20, "description", tool)
            hints = tool["annotations"]
            tap.equal(hints["readOnlyHint"], tool["name"] in READS,
                      tool["name"])
            tap.equal(hints["destructiveHint"], tool["name"] in (
                "delete_memories", "forget_all_memories"), tool["name"])
            tap.equal("outputSchema" in tool, version != "2025-03-26",
                      "outputSchema")


@tests.test
def what_is_stored_is_found_inspected_and_deleted(stack):
    key, number = stack.new_key()
    stored = call(stack, key, "store_memory",
                  content="My favourite colour is ultramarine.",
                  name="Ann", session_id="paint",
                  timestamp="2026-01-02T03:04:05Z", metadata={"k": [1, "é"]})
    tap.equal((stored["status"], stored["stored"]), ("stored", 1), "stored")
    call(stack, key, "store_memory", role="assistant",
         content="The train to Bergen leaves at noon.")
    tap.equal(stack.memories(number), [
        ("user", "My favourite colour is ultramarine."),
        ("assistant", "The train to Bergen leaves at noon.")], "rows")
    for tool in ("search_memories", "search", "explain"):
        found = call(stack, key, tool, query="Which colour do I like?")
        tap.equal(texts(found)[:1], ["My favourite colour is ultramarine."],
                  tool)
        one = found["results"][0]
        tap.equal([one[k] for k in ("id", "role", "name", "date",
                                    "session_id", "metadata")],
                  [stored["ids"][0], "user", "Ann",
                   "2026-01-02T03:04:05.000Z", "paint", {"k": [1, "é"]}],
                  "facts")
        tap.check(0 < one["score"] <= 1, "score", one)
    tap.check(found["explain"]["candidates"], "candidates", found)
    tap.equal(found["explain"]["candidates"][0]["fate"], "chosen", "fate")
    got = call(stack, key, "inspect_memory", id=stored["ids"][0])
    tap.equal(got["memory"]["source"], "mcp", "source")
    tap.equal(got["versions"], [], "versions")
    gone = call(stack, key, "delete_memories",
                ids=stored["ids"] + [987654, stored["ids"][0]])
    tap.equal((gone["deleted"], gone["memories_left"], gone["vectors_left"],
               gone["not_found"]), (1, 0, 0, [987654]), "receipt")
    tap.lacks(texts(call(stack, key, "search_memories",
                         query="Which colour do I like?")),
              "My favourite colour is ultramarine.", "afterwards")
    refused(stack, key, "inspect_memory", {"id": stored["ids"][0]},
            "no memory")


@tests.test
@tap.in_one_day
def memories_are_found_by_date(stack):
    key, _ = stack.new_key()
    for day, text in (("2026-03-01", "In Oslo it snowed."),
                      ("2026-03-15", "In Rome it rained."),
                      ("2026-04-02", "In Kyoto it bloomed.")):
        call(stack, key, "store_memory", content=text, timestamp=day,
             session_id="s" + day[6])
    find = "date_search_memories"
    tap.equal(texts(call(stack, key, find, after="2026-03-10")),
              ["In Kyoto it bloomed.", "In Rome it rained."], "after")
    tap.equal(texts(call(stack, key, find, before="2026-03-15T00:00:00Z")),
              ["In Oslo it snowed."], "before")
    tap.equal(texts(call(stack, key, find, when="in March 2026")),
              ["In Rome it rained.", "In Oslo it snowed."], "when")
    tap.equal(texts(call(stack, key, find, after="2026-01-01", limit=1)),
              ["In Kyoto it bloomed."], "limit")
    tap.equal(texts(call(stack, key, find, after="2026-01-01",
                         session_id="s4")), ["In Kyoto it bloomed."],
              "session")
    tap.equal(texts(call(stack, key, find, before="2026-04-01",
                         query="What was the weather in Rome?"))[:1],
              ["In Rome it rained."], "query")
    call(stack, key, "store_memory", content="Just now it hailed.")
    tap.equal(texts(call(stack, key, find, when="today")),
              ["Just now it hailed."], "today")
    for arguments in ({}, {"when": "purple"}, {"after": "yesterday"},
                      {"when": "today", "after": "2026-01-01"},
                      {"after": "2026-02-30"}):
        refused(stack, key, find, arguments)
    refused(stack, key, find, {"after": "2026-01-01", "session_id": "none"},
            "no such session")


@tests.test
def everything_is_forgotten_only_with_the_phrase(stack):
    key, number = stack.new_key()
    other, _ = stack.new_key()
    for one in (key, other):
        call(stack, one, "store_memory", content="The code is 4711.")
    call(stack, key, "store_memory", content="The other code is 4712.",
         session_id="s")
    for phrase in ("delete all memories", "DELETE ALL", "", None, True,
                   "DELETE ALL MEMORIES!", " DELETE ALL MEMORIES"):
        refused(stack, key, "forget_all_memories", {"confirm": phrase})
    refused(stack, key, "forget_all_memories", {})
    tap.equal(len(stack.memories(number)), 2, "still there")
    gone = call(stack, key, "forget_all_memories", confirm=PHRASE)
    tap.equal((gone["deleted"], gone["memories_left"], gone["sessions"]),
              (2, 0, 1), "receipt")
    tap.equal(stack.memories(number), [], "rows")
    tap.equal(call(stack, key, "memory_status")["memories"], 0, "status")
    tap.equal(call(stack, other, "memory_status")["memories"], 1, "other")


@tests.test
def wrong_arguments_are_told_to_the_model(stack):
    key = stack.key
    for tool, arguments, part in (
            ("search_memories", {}, "query is missing"),
            ("search_memories", {"query": ""}, "not empty"),
            ("search_memories", {"query": "  "}, "not empty"),
            ("search_memories", {"query": 5}, "a string"),
            ("search_memories", {"query": "x" * 9000}, "longer than"),
            ("search_memories", {"query": "x", "limit": 0}, "from 1 to 100"),
            ("search_memories", {"query": "x", "limit": 101}, "1 to 100"),
            ("search_memories", {"query": "x", "limit": 1.5}, "whole number"),
            ("search_memories", {"query": "x", "limit": "5"}, "whole number"),
            ("search_memories", {"query": "x", "min_score": 2}, "0 to 1"),
            ("search_memories", {"query": "x", "role": "god"}, "user|assis"),
            ("search_memories", {"query": "x", "session_id": "a\n"},
             "session"),
            ("search_memories", {"query": "x", "session_id": "a" * 256},
             "longer"),
            ("search_memories", {"query": "x", "limit": 101.0}, "1 to 100"),
            ("search_memories", {"query": "x", "vault_id": 1},
             "no argument vault_id"),
            ("search_memories", [1], "an object"),
            ("search_memories", "x", "an object"),
            ("inspect_memory", {"id": "1"}, "whole number"),
            ("inspect_memory", {"id": -1}, "whole number"),
            ("inspect_memory", {"id": 10 ** 30}, "whole number"),
            ("store_memory", {"content": "a\0b"}, "NUL"),
            ("store_memory", {"content": "x", "metadata": "y"}, "an object"),
            ("store_memory", {"content": "x", "metadata": {"k": "v" * 5000}},
             "4096"),
            ("store_memory", {"content": "x", "timestamp": "soon"}, "2026"),
            ("store_memory", {"content": "x", "role": "system"}, "user|"),
            ("store_memory", {"content": "x", "name": "n" * 65}, "longer"),
            ("delete_memories", {"ids": []}, "1 to 100"),
            ("delete_memories", {"ids": list(range(1, 102))}, "1 to 100"),
            ("delete_memories", {"ids": ["a"]}, "array of ids"),
            ("delete_memories", {"ids": [0]}, "array of ids"),
            ("delete_memories", {"ids": 5}, "array")):
        refused(stack, key, tool, arguments, part)
    # To a schema, and to clients whose numbers are all doubles, 5.0 is a 5.
    call(stack, key, "search_memories", query="x", limit=5.0)
    for params in ({}, {"name": 5}, {"name": "nothing"}, {"name": ""}):
        is_error(post(stack, key, message("tools/call", params)), -32602,
                 200, 1)


@tests.test
def resources_tell_of_the_vault(stack):
    key, _ = stack.new_key()
    for number in range(25):
        call(stack, key, "store_memory", content="Fact number %d." % number)
    listed = result(post(stack, key, message("resources/list")))["resources"]
    tap.equal([one["uri"] for one in listed],
              ["memory://vault/stats", "memory://vault/recent"], "uris")

    def read(name):
        got = result(post(stack, key, message("resources/read", {
            "uri": "memory://vault/" + name})))["contents"]
        tap.equal(got[0]["mimeType"], "application/json", "type")
        return json.loads(got[0]["text"])
    tap.equal(read("stats")["memories"], 25, "memories")
    tap.equal(texts(read("recent")),
              ["Fact number %d." % n for n in range(24, 4, -1)], "recent")
    for uri in ("memory://vault/", "memory://vault/../recent", "file:///etc",
                "", 5, None):
        is_error(post(stack, key, message("resources/read", {"uri": uri})),
                 -32002, 200, 1)
    is_error(post(stack, key, message("resources/read")), -32002, 200, 1)


# --- tenants ----------------------------------------------------------------

@tests.test
def two_tenants_never_meet(stack):
    ann, _ = stack.new_key(stack.new_account())
    bob, bob_id = stack.new_key(stack.new_account())
    mark = {ann: "annsmark", bob: "bobsmark"}
    ids = {}
    for key, word in mark.items():
        ids[key] = call(stack, key, "store_memory", session_id="same",
                        content="The %s is hidden here." % word)["ids"]
    call(stack, bob, "store_memory", content="One more bobsmark.")
    calls = [("search_memories", {"query": "What is hidden here?"}),
             ("search_memories", {"query": "bobsmark"}),
             ("search_memories", {"query": "hidden", "session_id": "same"}),
             ("explain", {"query": "bobsmark hidden"}),
             ("date_search_memories", {"after": "2020-01-01"}),
             ("memory_status", {})]
    calls += [("inspect_memory", {"id": n}) for n in range(1, 8)]
    for tool, arguments in calls:
        reply = post(stack, ann, message("tools/call", {
            "name": tool, "arguments": arguments}), "2025-11-25")
        tap.lacks(reply.body.decode(), "One more", "%s %s"
                  % (tool, arguments))
        tap.check("bobsmark" not in reply.body.decode() or
                  "bobsmark" in str(arguments), "bob's text", reply.body)
    other = [n for n in range(1, 50) if n not in ids[ann]]
    gone = call(stack, ann, "delete_memories", ids=other)
    tap.equal((gone["deleted"], gone["not_found"]), (0, other), "receipt")
    tap.equal(len(stack.memories(bob_id)), 2, "bob's memories")


@tests.test
def clients_at_once_see_their_own_vault_only(stack):
    keys = [stack.new_key()[0] for _ in range(6)]
    wrong = []

    def run(number, key):
        for turn in range(6):
            call(stack, key, "store_memory",
                 content="Turn %d of client%dx." % (turn, number))
            found = texts(call(stack, key, "search_memories",
                               query="Which turn of which client?"))
            if not found or any("client%dx" % number not in text
                                for text in found):
                wrong.append((number, found))
    threads = [threading.Thread(target=run, args=pair)
               for pair in enumerate(keys)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tap.equal(wrong, [], "wrong answers")


@tests.test
def what_a_chat_said_is_found_at_once(stack):
    key, number = stack.new_key()
    stack.chat("demo/x", "My cat is called Ingeborg.", key)
    found = call(stack, key, "search_memories", query="How is my cat called?")
    tap.check(any("Ingeborg" in text for text in texts(found)), "found",
              found)
    call(stack, key, "store_memory", content="My dog is called Torvald.")
    reply = stack.chat("demo/x", "How is my dog called?", key)
    tap.contains(reply.text(), "Torvald", "the chat's memory")


@tests.test
def logs_hold_no_text_and_no_key(stack):
    key, _ = stack.new_key()
    call(stack, key, "store_memory", content="Xylograph quixotic zephyr.")
    reply = post(stack, key, message("tools/call", {
        "name": "search_memories", "arguments": {"query": "quixotic"}}))
    line = stack.access_line(reply.header("x-request-id"))
    tap.contains(line, "tool=search_memories", "the access line")
    for name, text in stack.logs().items():
        tap.lacks(text.lower(), "quixotic", name)
        tap.lacks(text, key, name)


@tests.test
def without_the_database_it_is_a_503(stack):
    stack.stop_database()
    try:
        reply = post(stack, stack.key, message("ping"))
        tap.equal(reply.status, 503, "status")
        tap.equal(reply.json()["error"]["code"], -32603, "code")
        tap.check(reply.header("retry-after"), "Retry-After")
    finally:
        stack.start_database()
    wait_until("it works again", lambda: post(
        stack, stack.key, message("ping")).status == 200)


# --- clients ----------------------------------------------------------------

def client(program):
    """A test that every check of an official client passes."""
    @tap.in_one_day
    def run(stack):
        if os.environ.get("NO_CLIENTS"):
            raise tap.Skip("NO_CLIENTS is set")
        key, _ = stack.new_key()
        problems, count = mcp_clients.run(program, stack.port, key)
        tap.equal(problems, [], program)
        tap.check(count > 0, "checks were made")
        tap.note("%s: %d checks" % (program, count))
    tests.test(run, "the official %s works" % program)


for _program in mcp_clients.PROGRAMS:
    client(_program)

tests.run(lambda: Stack(conf=[
    "cors_origins = https://good.example", "json_depth = 64"]))
