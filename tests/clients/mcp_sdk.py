"""What the official Python SDK of MCP does, in both of its generations:
argument 1 is the way in which it connects.  Prints "ok NAME" or "not ok NAME:
why" for each check.
"""
import asyncio
import contextlib
import json
import os
import sys
import traceback

URL = os.environ["MEMORYROUTER_URL"]
KEY = os.environ["MEMORY_KEY"]
READS = {"search_memories", "search", "date_search_memories",
         "inspect_memory", "memory_status", "explain"}
WRITES = {"store_memory", "delete_memories", "forget_all_memories"}
WANTED = {"sdk1": "2025-11-25", "legacy": "2025-11-25", "auto": "2026-07-28",
          "2026-07-28": "2026-07-28"}


@contextlib.asynccontextmanager
async def connected(key, mode):
    """A client, and the revision that it speaks."""
    headers = {"Authorization": "Bearer " + key}
    if mode == "sdk1":
        from mcp import ClientSession
        from mcp.client.streamable_http import streamablehttp_client
        async with streamablehttp_client(URL, headers=headers) as (r, w, _):
            async with ClientSession(r, w) as session:
                yield session, (await session.initialize()).protocolVersion
        return
    import httpx2
    from mcp.client.client import Client
    from mcp.client.streamable_http import streamable_http_client
    async with httpx2.AsyncClient(headers=headers, timeout=120) as http:
        async with Client(streamable_http_client(URL, http_client=http),
                          mode=mode) as client:
            yield client, client.protocol_version


def structure(answer):
    """The structured content, under the name of either generation."""
    wrong = getattr(answer, "isError", None) or \
        getattr(answer, "is_error", None)
    assert not wrong, answer
    found = getattr(answer, "structuredContent", None) or \
        getattr(answer, "structured_content", None)
    assert found == json.loads(answer.content[0].text), answer
    return found


async def is_refused(call, part):
    """The call raises an error of the protocol that says this."""
    from mcp.shared import exceptions
    kind = getattr(exceptions, "MCPError", None) or exceptions.McpError
    try:
        answer = await call
    except kind as error:
        assert part in str(error), error
        return
    raise AssertionError("no error but %r" % answer)


async def lists_tools(mode):
    async with connected(KEY, mode) as (client, version):
        assert version == WANTED[mode], version
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == READS | WRITES, tools


async def stores_and_finds(mode):
    async with connected(KEY, mode) as (client, _):
        stored = structure(await client.call_tool("store_memory", {
            "content": "My favourite colour is ultramarine.",
            "metadata": {"from": mode}}))
        for tool in ("search_memories", "search", "explain"):
            found = structure(await client.call_tool(tool, {
                "query": "Which colour do I like?"}))
            assert "ultramarine" in found["results"][0]["content"], found
        seen = structure(await client.call_tool("inspect_memory", {
            "id": stored["ids"][0]}))
        assert seen["memory"]["metadata"] == {"from": mode}, seen
        dated = structure(await client.call_tool("date_search_memories", {
            "when": "today"}))
        assert dated["total"] >= 1, dated
        gone = structure(await client.call_tool("delete_memories", {
            "ids": stored["ids"]}))
        assert gone["deleted"] == 1 and gone["memories_left"] == 0, gone


async def reads_resources(mode):
    async with connected(KEY, mode) as (client, _):
        listed = (await client.list_resources()).resources
        assert [str(one.uri) for one in listed] == [
            "memory://vault/stats", "memory://vault/recent"], listed
        for one in listed:
            read = await client.read_resource(
                one.uri if mode == "sdk1" else str(one.uri))
            json.loads(read.contents[0].text)


async def errors_are_told(mode):
    async with connected(KEY, mode) as (client, _):
        answer = await client.call_tool("forget_all_memories",
                                        {"confirm": "please"})
        assert getattr(answer, "isError", None) or \
            getattr(answer, "is_error", None), answer
        assert "DELETE ALL MEMORIES" in answer.content[0].text, answer
        await is_refused(client.call_tool("nothing", {}), "no such tool")
        # Afterwards it goes on.
        structure(await client.call_tool("memory_status", {}))


async def forgets_all(mode):
    async with connected(KEY, mode) as (client, _):
        structure(await client.call_tool("store_memory", {"content": "One."}))
        gone = structure(await client.call_tool(
            "forget_all_memories", {"confirm": "DELETE ALL MEMORIES"}))
        assert gone["deleted"] >= 1 and gone["memories_left"] == 0, gone
        status = structure(await client.call_tool("memory_status", {}))
        assert status["memories"] == 0, status


async def a_reading_key_only_reads(mode):
    async with connected(KEY + ":read", mode) as (client, _):
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == READS, tools
        await is_refused(client.call_tool("store_memory", {"content": "x"}),
                         "may not use")
        structure(await client.call_tool("memory_status", {}))


async def a_wrong_key_does_not_connect(mode):
    try:
        async with asyncio.timeout(120):
            async with connected("mk_nobody", mode) as (client, _):
                await client.list_tools()
    except (TimeoutError, asyncio.CancelledError):
        raise AssertionError("it hangs") from None
    except BaseException:
        return
    raise AssertionError("it was let in")


CHECKS = (lists_tools, stores_and_finds, reads_resources, errors_are_told,
          forgets_all, a_reading_key_only_reads, a_wrong_key_does_not_connect)


def main(mode):
    """All checks."""
    for check in CHECKS:
        name = check.__name__.replace("_", " ")
        try:
            asyncio.run(check(mode))
            print("ok " + name, flush=True)
        except Exception:
            print("not ok %s: %s" % (name, json.dumps(
                traceback.format_exc()[-1500:])), flush=True)


main(sys.argv[1])
