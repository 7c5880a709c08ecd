#!/usr/bin/env python3
"""A thousand streams through nginx at the same time: all are open at once,
all come whole, all are stored."""
import asyncio
import json
import os
import resource
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib import upstream
from lib.stack import Stack, wait_until

WANTED = 1000
PER_STREAM = 5      # descriptors in the worst case, which one worker is
SPARE = 200
RAMP = 0.003        # seconds between the beginnings of two streams
PAUSE = 0.5         # seconds between two tokens
AFTER = 4           # events that follow when all streams are open
SECONDS = 600
WORDS = ["word%d " % number for number in range(12)]
EVENTS = upstream.stream_bytes(WORDS)
tests = tap.Plan(seconds=SECONDS + 60)


def raise_limit():
    """How many streams the limits of this machine allow."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(WANTED, (hard - SPARE) // PER_STREAM)
    if count < WANTED:
        tap.note("%d streams: %d descriptors are allowed" % (count, hard))
    return count


async def read_head(reader):
    """The lines of a head, the first one whole, the others as a dict."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode(
        "latin-1").rstrip().split("\r\n")
    return first, {name.lower(): value.strip() for name, value in
                   (line.split(":", 1) for line in lines)}


class Provider:
    """A provider in one thread: a token every PAUSE.  Its streams go on to
    their end when all that are expected are open."""

    def __init__(self, count):
        self.count = count
        self.open = 0
        self.all_open = asyncio.Event()

    async def serve(self, reader, writer):
        """One connection, one stream."""
        try:
            _, headers = await read_head(reader)
            await reader.readexactly(int(headers["content-length"]))
            self.open += 1
            await self.stream(writer)
        except (OSError, asyncio.IncompleteReadError):
            pass    # its client says that the stream is not whole
        finally:
            writer.close()

    async def stream(self, writer):
        """All events, slowly."""
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
                     b"Content-Type: text/event-stream\r\n\r\n")
        await self.send(writer, EVENTS[:-AFTER])
        if self.open == self.count:
            self.all_open.set()
        await self.all_open.wait()
        await self.send(writer, EVENTS[-AFTER:])

    async def send(self, writer, events):
        """Some events."""
        for event in events:
            writer.write(event)
            await writer.drain()
            await asyncio.sleep(PAUSE)


def request(stack, number):
    """A request whose text is its own."""
    body = json.dumps({"model": "openai/gpt-4o", "stream": True, "messages": [
        {"role": "user", "content": "Question %d." % number}]})
    return ("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
            "Content-Length: %d\r\nConnection: close\r\n\r\n%s"
            % (stack.key, len(body), body)).encode()


async def read_chunks(reader):
    """A body to its end."""
    body = b""
    while True:
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        body += (await reader.readexactly(size + 2))[:size]
        if size == 0:
            return body


async def one_stream(stack, provider, number):
    """None if it came whole, else what came instead."""
    await asyncio.sleep(RAMP * number)
    body = b""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1",
                                                       stack.port)
        writer.write(request(stack, number))
        status, _ = await read_head(reader)
        body = await (read_chunks(reader) if " 200 " in status
                      else reader.read())
        writer.close()
        events = [one.strip() + b"\n\n" for one in body.split(b"\n\n")
                  if one.strip()]
        problem = None if " 200 " in status and events == EVENTS else \
            "%s %r" % (status, body[-300:])
    except (OSError, asyncio.IncompleteReadError, ValueError) as error:
        problem = "%r %r" % (error, body[-300:])
    if problem:
        provider.all_open.set()     # the others need not wait for this one
    return problem


async def run_streams(stack, listener, count):
    """What is wrong with each stream that did not come whole."""
    provider = Provider(count)
    server = await asyncio.start_server(provider.serve, sock=listener,
                                        backlog=2 * WANTED)
    results = await asyncio.wait_for(asyncio.gather(*[
        one_stream(stack, provider, number) for number in range(count)]),
        SECONDS)
    server.close()
    return [one for one in results if one], provider.open


class Both:
    """The place of the provider, the stack and how many streams there are."""

    def __init__(self):
        self.count = raise_limit()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.stack = Stack("nginx", [
            "workers = 2", "threads = 600",
            "provider openai url=http://127.0.0.1:%d key_env=TEST_OPENAI_KEY"
            % self.listener.getsockname()[1]], {"TEST_OPENAI_KEY": "sk-x"})

    def __enter__(self):
        return self.stack.__enter__(), self.listener, self.count

    def __exit__(self, *_):
        self.stack.__exit__()
        self.listener.close()


@tests.test
def a_thousand_streams_are_open_at_once_and_come_whole(both):
    stack, listener, count = both
    wrong, begun = asyncio.run(run_streams(stack, listener, count))
    tap.equal(wrong[:3], [], "%d of %d streams did not come whole; the first"
              % (len(wrong), count))
    tap.equal(begun, count, "streams of the provider")


@tests.test
def all_of_them_are_stored(both):
    stack, _, count = both
    wait_until("%d turns are stored" % count, lambda: stack.sql(
        "SELECT COUNT(*) FROM usage_event") == [[str(count)]], pause=0.5)
    tap.equal(stack.sql("SELECT COUNT(*) FROM usage_event WHERE partial = 0 "
                        "AND http_status = 200"), [[str(count)]], "whole ones")
    tap.equal(stack.sql("SELECT COUNT(DISTINCT text) FROM memory WHERE "
                        "role = 0 AND text LIKE 'Question %'"),
              [[str(count)]], "questions")
    tap.equal(stack.sql("SELECT COUNT(*) FROM memory WHERE role = 1 AND "
                        "text = '%s'" % "".join(WORDS).strip()),
              [[str(count)]], "replies")


@tests.test
def the_log_holds_no_error(both):
    stack, _, _ = both
    wrong = [line for line in stack.log().splitlines() if " error " in line]
    tap.equal(wrong[:3], [], "errors")


tests.run(Both)
