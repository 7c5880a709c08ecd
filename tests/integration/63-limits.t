#!/usr/bin/env python3
"""Limits of speed, of what runs at once, of tokens and memories; and usage,
counted once."""
import contextlib
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import http
from lib import tap
from lib import upstream
from lib.stack import Both, children, wait_until

tests = tap.Plan()
CLIENTS = 50
# Events that are moved into the past may come behind the learner's mark.
NOTHING_ROLLED = "UPDATE usage_mark SET rolled_day = 0, kept_day = 0"
CHAT = {"model": "demo/x", "messages": [{"role": "user", "content": "Hi"}]}


def limited():
    """A stack of two workers whose limits are those of an installation."""
    return Both(conf=["rate_limit = on", "workers = 2"],
                rows=("anthropic", "google"))


def native(stack, method, path, key, body=None):
    """A request to a native endpoint."""
    return stack.request(method, path, {"Authorization": "Bearer " + key},
                         json.dumps(body) if body is not None else b"")


def with_settings(stack, email=None, **settings):
    """A key with these settings: (secret, number)."""
    owner = stack.new_key(email or stack.new_account())[0]
    reply = native(stack, "POST", "/v1/keys", owner, settings)
    tap.equal(reply.status, 201, reply.body.decode())
    return reply.json()["key"], reply.json()["id"]


def burst(clients, each, function):
    """Runs it from many threads at once; all that it returned."""
    gate = threading.Barrier(clients)
    results = []

    def run():
        gate.wait()
        for _ in range(each):
            results.append(function())
    threads = [threading.Thread(target=run) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def admitted(count, most, seconds, took):
    """So many requests are right where a window of these seconds lets `most`
    in; a slow burst may reach into the next ones.  Whether it did not."""
    windows = 1 + int(took // seconds)
    tap.check(most <= count <= most * windows,
              "%d admitted in %.1f s" % (count, took))
    return windows == 1


def stats(stack, key):
    """A cheap request with a key."""
    return native(stack, "GET", "/v1/me/stats", key)


@tests.test
def c128_a_burst_of_50_clients_gets_exactly_100_in_10_s(both):
    stack, _ = both
    key, _ = stack.new_key()
    started = time.monotonic()
    replies = burst(CLIENTS, 5, lambda: stats(stack, key))
    took = time.monotonic() - started
    counts = {status: sum(r.status == status for r in replies)
              for status in (200, 429)}
    at_once = admitted(counts[200], 100, 10, took)
    tap.equal(sum(counts.values()), 250, "statuses: %s" % counts)
    refused = [r for r in replies if r.status == 429]
    for reply in refused:
        error = reply.json()["error"]
        tap.equal(error["code"], "rate_limit_exceeded", "code")
        tap.equal(error["type"], "rate_limit_error", "type")
        tap.check(1 <= int(reply.header("retry-after")) <= 10, "Retry-After",
                  reply.header("retry-after"))
        tap.equal(reply.header("ratelimit-remaining"), "0", "remaining")
        tap.equal(reply.header("ratelimit-limit"), "100", "limit")
    left = sorted(int(r.header("ratelimit-remaining")) for r in replies
                  if r.status == 200)
    tap.check(left == list(range(100)) or not at_once,
              "what was said to be left", left)
    wait_until("it recovers", lambda: stats(stack, key).status == 200,
               pause=0.5)
    tap.check(time.monotonic() - started > 9.5, "not before its time",
              time.monotonic() - started)


@tests.test
def c128_the_minute_counts_too_and_one_key_does_not_slow_another(both):
    stack, _ = both
    key, _ = with_settings(stack, requests_per_10s=0, requests_per_minute=130)
    other, _ = stack.new_key()
    started = time.monotonic()
    replies = burst(CLIENTS, 4, lambda: stats(stack, key).status)
    admitted(replies.count(200), 130, 60, time.monotonic() - started)
    tap.equal(stats(stack, other).status, 200, "the other key")


@tests.test
def c128_every_dialect_is_told_in_its_own_words(both):
    stack, _ = both
    key, _ = with_settings(stack, requests_per_10s=0, requests_per_minute=1)
    stats(stack, key)
    bearer = {"Authorization": "Bearer " + key}
    for path, look in (
            ("/v1/chat/completions", lambda b: b["error"]["code"] ==
             "rate_limit_exceeded"),
            ("/v1/responses", lambda b: b["error"]["type"] ==
             "rate_limit_error"),
            ("/v1/messages", lambda b: b["type"] == "error" and
             b["error"]["type"] == "rate_limit_error"),
            ("/v1beta/models/gemini-x:generateContent", lambda b:
             b["error"]["status"] == "RESOURCE_EXHAUSTED" and
             b["error"]["code"] == 429)):
        reply = stack.request("POST", path, bearer, CHAT)
        tap.equal(reply.status, 429, path)
        tap.check(look(reply.json()), path, reply.body.decode())
        wait = int(reply.header("retry-after"))
        tap.check(wait >= 1, "Retry-After")
        told = reply.json()["error"]["retry_after"]
        tap.check(wait - 1 <= told <= wait, "error.retry_after", told, wait)
        tap.equal(reply.header("ratelimit-remaining"), "0", "remaining")


@tests.test
def c128_an_address_without_a_key_gets_60_a_minute(both):
    stack, _ = both
    asked = [lambda: stack.request("GET", "/v1/me/stats"),
             lambda: stats(stack, "mk_" + "0" * 32),
             lambda: stack.request("GET", "/")]
    turn = iter(range(10 ** 6))
    lock = threading.Lock()

    def ask():
        with lock:
            number = next(turn)
        return asked[number % 3]().status
    started = time.monotonic()
    seen = burst(20, 5, ask)
    admitted(100 - seen.count(429), 60, 60, time.monotonic() - started)
    tap.equal(sorted(set(seen)), [200, 401, 429], "statuses")
    key, _ = stack.new_key()
    tap.equal(stats(stack, key).status, 200, "with a key that is known")
    for _ in range(70):
        tap.equal(stack.request("GET", "/health").status, 200, "health")


@tests.test
def requests_that_run_at_once_are_limited(both):
    stack, up = both
    key, _ = with_settings(stack, concurrent_requests=3)
    over = threading.Event()
    refused = threading.Semaphore(0)
    usual, up.default = up.default, upstream.sse(
        [b"data: {}\n\n"] * 2, gates={1: over})

    def ask():
        status = stack.chat("openai/gpt-4o", "Hi", key, stream=True).status
        if status == 429:
            refused.release()
        return status

    def end():
        # Those that run go on until all others were refused.
        for _ in range(7):
            refused.acquire(timeout=tap.PATIENCE / 7)
        over.set()
    ender = threading.Thread(target=end)
    ender.start()
    try:
        statuses = burst(10, 1, ask)
    finally:
        ender.join()
        up.default = usual
    tap.equal(statuses.count(200), 3, "admitted of %s" % statuses)
    tap.equal(statuses.count(429), 7, "refused of %s" % statuses)
    wait_until("places are free again", lambda: stack.chat(
        "demo/x", "Hi", key).status == 200)


@tests.test
def a_worker_that_was_killed_leaves_no_place_taken(both):
    stack, up = both
    key, _ = with_settings(stack, concurrent_requests=1)
    usual, up.default = up.default, upstream.silent()
    begun = len(up.journal)
    try:
        waiting = threading.Thread(target=lambda: quiet(
            lambda: stack.chat("openai/gpt-4o", "Hi", key)))
        waiting.start()
        wait_until("it runs", lambda: len(up.journal) > begun)
        tap.equal(stack.chat("demo/x", "Hi", key).status, 429, "another one")
        for pid in children(stack.master):
            os.kill(pid, 9)
    finally:
        up.default = usual
    waiting.join()
    wait_until("the place is free", lambda: stack.chat(
        "demo/x", "Hi", key).status == 200, pause=0.2)


def quiet(function):
    """What it does; whether it works does not matter."""
    try:
        function()
    except Exception:  # the connection is cut on purpose
        pass


@tests.test
def c128_waiting_as_long_as_told_is_enough(both):
    stack, _ = both
    key, _ = with_settings(stack, requests_per_10s=1)
    tap.equal(stats(stack, key).status, 200, "within the limit")
    reply = wait_until("it is refused", lambda: past(stack, key))
    tap.equal(reply.header("ratelimit-limit"), "1", "limit")
    wait = int(reply.header("retry-after"))
    tap.equal(int(reply.header("ratelimit-reset")), wait, "reset")
    time.sleep(wait)
    reply = stats(stack, key)
    tap.equal((reply.status, reply.header("ratelimit-remaining")),
              (200, "0"), "after the wait")


def past(stack, key):
    """A reply that was refused, or None."""
    reply = stats(stack, key)
    return reply if reply.status == 429 else None


@tests.test
def c128_limits_outlive_a_reload(both):
    stack, _ = both
    key, _ = with_settings(stack, requests_per_10s=0, requests_per_minute=3)
    started = time.monotonic()
    for _ in range(3):
        tap.equal(stats(stack, key).status, 200, "within the limit")
    stack.reload()
    status = stats(stack, key).status
    tap.check(status == 429 or time.monotonic() - started > 60,
              "the limit is what it was", status)


@tests.test
def one_request_after_the_other_is_one_at_a_time(both):
    stack, _ = both
    key, _ = with_settings(stack, concurrent_requests=1, requests_per_10s=0,
                           requests_per_minute=0)
    for _ in range(20):
        for stream in (False, True):
            reply = stack.chat("openai/gpt-4o", "Hi", key, stream=stream)
            tap.equal(reply.status, 200, reply.body.decode())
        tap.equal(stats(stack, key).status, 200, "stats")


@contextlib.contextmanager
def running(stack, up, key):
    """A request that reached the provider, and whose client then leaves."""
    begun = len(up.journal)
    with contextlib.closing(http.connect(stack.port)) as sock:
        sock.sendall(http.encode(
            "POST", "/v1/chat/completions",
            {"Authorization": "Bearer " + key},
            dict(CHAT, model="openai/gpt-4o", stream=True), stack.port))
        wait_until("it runs", lambda: len(up.journal) > begun)
        yield


@tests.test
def a_client_that_left_gives_its_place_back(both):
    stack, up = both
    key, _ = with_settings(stack, concurrent_requests=1)
    usual, up.default = up.default, upstream.silent()
    try:
        # Nothing was answered yet; and in the midst of a stream.
        for script in (upstream.silent(), upstream.sse(
                upstream.stream_bytes(["One"], done=False) * 999, delay=0.1)):
            up.default = script
            with running(stack, up, key):
                tap.equal(stack.chat("demo/x", "Hi", key).status, 429,
                          "another one")
            wait_until("the place is free", lambda: stack.chat(
                "demo/x", "Hi", key).status == 200, pause=0.2)
    finally:
        up.default = usual


@tests.test
@tap.in_one_day
def c129_tokens_of_a_month_end_with_402(both):
    stack, up = both
    email = stack.new_account()
    key, key_id = with_settings(stack, email, tokens_per_month=10)
    reply = stack.chat("openai/gpt-4o", "Hello", key)
    tap.equal(reply.status, 200, "within the quota")
    stack.settled(reply)
    before = len(up.journal)
    reply = stack.chat("openai/gpt-4o", "Hello", key)
    tap.equal(reply.status, 402, "status")
    error = reply.json()["error"]
    tap.equal(error["code"], "payment_required", "code")
    used = int(stack.sql("SELECT SUM(input_tokens + output_tokens) FROM "
                         "usage_event WHERE key_id = %d" % key_id)[0][0])
    tap.equal(error["details"], {"quota": "tokens_per_month", "owner": "key",
                                 "limit": 10, "used": used}, "details")
    tap.equal(reply.header("x-memoryrouter-payment-required"), "true",
              "header")
    tap.equal(len(up.journal), before, "requests upstream")
    reply = stack.request("POST", "/v1/messages", {"X-Api-Key": key}, CHAT)
    tap.equal((reply.status, reply.json()["type"]), (402, "error"),
              "Anthropic's")
    reply = stack.request(
        "POST", "/v1beta/models/gemini-x:generateContent",
        {"X-Goog-Api-Key": key}, {"contents": [{"parts": [{"text": "x"}]}]})
    error = reply.json()["error"]
    tap.equal((reply.status, error["code"], error["status"],
               reply.header("x-memoryrouter-payment-required")),
              (402, 402, "PAYMENT_REQUIRED", "true"), "Google's")
    tap.equal(stats(stack, key).status, 200, "what costs nothing goes on")
    # The last month does not count.
    stack.sql("UPDATE usage_event SET created_at = created_at - "
              "32 * 86400000")
    tap.equal(stack.chat("openai/gpt-4o", "Hello", key).status, 200,
              "the next month")


@tests.test
@tap.in_one_day
def c129_tokens_of_an_account_are_those_of_all_its_keys(both):
    stack, _ = both
    email = stack.new_account()
    one, _ = stack.new_key(email)
    two, _ = stack.new_key(email)
    stack.sql("UPDATE account SET tokens_per_month = 10 WHERE email = '%s'"
              % email)
    stack.settled(stack.chat("openai/gpt-4o", "Hello", one))
    tap.equal(stack.chat("openai/gpt-4o", "Hello", two).status, 402, "status")


@tests.test
def c129_a_full_vault_is_told_and_still_read(both):
    stack, up = both
    key, key_id = with_settings(stack, memories_most=2)
    stack.settled(stack.chat("openai/gpt-4o", "My fish is called Wanda.",
                             key))
    reply = stack.chat("openai/gpt-4o", "What is my fish called?", key)
    tap.equal(reply.status, 402, "status")
    error = reply.json()["error"]
    tap.contains(error["message"], "memories", "message")
    tap.equal(error["details"], {"quota": "memories_most", "owner": "key",
                                 "limit": 2, "used": 2}, "details")
    reply = stack.chat("openai/gpt-4o", "What is my fish called?", key,
                       {"X-Memory-Mode": "read"})
    tap.equal(reply.status, 200, "reading")
    tap.contains(up.last().body.decode(), "Wanda", "what is forwarded")
    tap.equal(len(stack.memories(key_id)), 2, "memories")


@tests.test
def c129_an_upload_ends_where_the_vault_is_full(both):
    stack, _ = both
    for room, query in ((700, ""), (700, "?progress=true"), (3, "")):
        key, key_id = with_settings(stack, memories_most=room)
        reply = stack.request(
            "POST", "/v1/memory/upload" + query, stack.usual(key), "".join(
                json.dumps({"content": "Line %d." % n}) + "\n"
                for n in range(1500)).encode())
        told = reply.json() if not query else json.loads(
            reply.body.splitlines()[-1])
        tap.equal(reply.status, 200 if query else 402, "status")
        tap.equal(told["error"]["code"], "payment_required", "code")
        tap.contains(told["error"]["message"], "; %d pieces" % room,
                     "message")
        tap.equal(len(stack.memories(key_id)), room, "memories")


@tests.test
def c129_no_burst_fills_a_vault_past_its_limit(both):
    stack, _ = both
    key, key_id = with_settings(stack, memories_most=5, requests_per_10s=0)
    number = iter(range(10 ** 6))

    def several(path, body):
        return lambda: native(stack, "POST", path, key, body(
            next(number))).status
    one = several("/v1/memories", lambda n: {"content": "Fact %d." % n})
    two = several("/v1/memory/ingest", lambda n: {"messages": [
        {"role": "user", "content": "Question %d." % n},
        {"role": "assistant", "content": "Answer %d." % n}]})
    kinds = iter([one, two] * 10)
    seen = burst(20, 1, lambda: next(kinds)())
    # Which come first is chance: four of one leave no room for any of two.
    tap.check(402 in seen and set(seen) <= {201, 202, 402}, "statuses", seen)
    tap.equal(len(stack.memories(key_id)), seen.count(201) +
              2 * seen.count(202), "memories")
    tap.check(len(stack.memories(key_id)) in (4, 5), "memories", seen)


@tests.test
def c129_what_has_no_room_is_refused_whole(both):
    stack, up = both
    key, key_id = with_settings(stack, memories_most=3)
    stack.settled(stack.chat("openai/gpt-4o", "My fish is called Wanda.",
                             key))
    before = stack.memories(key_id)
    told = {"quota": "memories_most", "owner": "key", "limit": 3, "used": 2}
    body = {"messages": [{"role": "user", "content": "Line %d." % n}
                         for n in range(2)]}
    reply = native(stack, "POST", "/v1/memory/ingest", key, body)
    tap.equal(reply.status, 402, reply.body.decode())
    tap.equal(reply.json()["error"]["details"], told, "details")
    tap.equal(reply.header("x-memoryrouter-payment-required"), "true",
              "header")
    # A long text is cut into pieces, each of which takes a place.
    reply = stack.request("POST", "/v1/memory/upload", stack.usual(key),
                          json.dumps({"content": " ".join(
                              "Sentence %d is here." % n for n in
                              range(1000))}).encode())
    tap.equal(reply.status, 402, reply.body.decode())
    tap.equal(reply.json()["error"]["details"], told, "details")
    tap.equal(stack.memories(key_id), before, "memories")


@tests.test
def an_upload_that_found_no_room_goes_on_when_there_is(both):
    stack, _ = both
    key, key_id = with_settings(stack, memories_most=3)
    head = dict(stack.usual(key), **{"Idempotency-Key": "one"})
    body = "".join(json.dumps({"content": "Line %d." % n}) + "\n\n"
                   for n in range(6)).encode()
    reply = stack.request("POST", "/v1/memory/upload", head, body)
    tap.equal(reply.status, 402, reply.body.decode())
    tap.equal(len(stack.memories(key_id)), 3, "memories")
    stack.sql("UPDATE memory_key SET memories_most = 100 WHERE id = %d"
              % key_id)
    reply = stack.request("POST", "/v1/memory/upload", head, body)
    tap.equal(reply.status, 200, reply.body.decode())
    tap.equal(sorted(row[-1] for row in stack.sql(
        "SELECT text FROM memory m JOIN memory_key k ON k.vault_id = "
        "m.vault_id WHERE k.id = %d" % key_id)),
              ["Line %d." % n for n in range(6)], "memories")


# --- usage ------------------------------------------------------------------

def usage(stack, key, query=""):
    """GET /v1/account/usage."""
    reply = native(stack, "GET", "/v1/account/usage" + query, key)
    tap.equal(reply.status, 200, reply.body.decode())
    return reply.json()


@tests.test
@tap.in_one_day
def c123_usage_agrees_with_the_requests_made(both):
    stack, _ = both
    key, _ = stack.new_key(stack.new_account())
    replies = burst(5, 4, lambda: stack.chat("openai/gpt-4o", "Hello", key))
    for reply in replies:
        stack.settled(reply)
    told = usage(stack, key)
    tap.equal(len(told["daily"]), 1, "days")
    for sums in (told["daily"][0], told["summary"]):
        tap.equal([sums[n] for n in ("requestCount", "inputTokens",
                                     "outputTokens", "errorCount")],
                  [20, 220, 140, 0], "sums")
    tap.equal([told["total_" + n] for n in ("requests", "input_tokens",
                                            "output_tokens")], [20, 220, 140],
              "totals")
    tap.equal(told["by_model"]["openai/gpt-4o"]["requests"], 20, "by model")
    today = time.strftime("%Y-%m-%d", time.gmtime())
    tap.equal(told["period"]["end"], today, "end")
    tap.equal(told["daily"][0]["date"], today, "date")
    me = stats(stack, key).json()
    tap.equal(me["tokensThisMonth"], 360, "c124: tokens")
    tap.check(me["vaultSize"] > 0 and me["lastActivity"].endswith("Z"),
              "c124", me)


@tests.test
@tap.in_one_day
def c123_start_and_end_are_honoured(both):
    stack, _ = both
    key, _ = stack.new_key(stack.new_account())
    stack.settled(stack.chat("demo/x", "Hello", key))
    for query, days in (("?start=2020-01-01&end=2020-12-31", 0),
                        ("?start=2020-01-01", 1), ("?end=2020-01-01", 0)):
        tap.equal(len(usage(stack, key, query)["daily"]), days, query)
    told = usage(stack, key, "?end=2026-03-31")["period"]
    tap.equal(told["start"], "2026-03-01", "30 days before")
    # Times count as their days in UTC; a + that is not escaped is a blank.
    for query, period in (
            ("?start=2026-03-01T23:30:00-01:00&end=2026-03-05T00:30:00Z",
             ["2026-03-02", "2026-03-05"]),
            ("?start=2026-03-01T00:30:00%2B01:00&end=2026-03-05",
             ["2026-02-28", "2026-03-05"]),
            ("?start=2026-03-01&end=2026-03-01",
             ["2026-03-01", "2026-03-01"]),
            ("?start=0001-01-01&end=9999-12-31",
             ["0001-01-01", "9999-12-31"])):
        told = usage(stack, key, query)["period"]
        tap.equal([told["start"], told["end"]], period, query)
    tap.equal(len(usage(stack, key, "?start=1970-01-01")["daily"]), 1,
              "a long time")
    for query in ("?start=yesterday", "?start=2026-13-01", "?end=1",
                  "?start=2026-02-02&end=2026-02-01", "?start=2026-02-30",
                  "?start=2026-01-01%00"):
        reply = native(stack, "GET", "/v1/account/usage" + query, key)
        tap.equal(reply.status, 400, query)


@tests.test
@tap.in_one_day
def c123_sums_agree_with_days_and_models(both):
    stack, _ = both
    key, key_id = stack.new_key(stack.new_account())
    for model in ("openai/gpt-4o", "openai/gpt-4o-mini", "demo/x"):
        for _ in range(2):
            stack.settled(stack.chat(model, "Hello", key))
    stack.sql("SET @n = 0; UPDATE usage_event SET created_at = created_at - "
              "86400000 * ((@n := @n + 1) %% 4) WHERE key_id = %d ORDER BY "
              "id; %s" % (key_id, NOTHING_ROLLED))
    told = usage(stack, key)
    summary, days = told["summary"], told["daily"]
    tap.equal(len(days), 4, "days")
    tap.equal([day["date"] for day in days],
              sorted(day["date"] for day in days), "their order")
    for name in ("requestCount", "inputTokens", "outputTokens",
                 "memoryTokensRetrieved", "memoryTokensInjected",
                 "memoriesStored", "errorCount"):
        tap.equal(sum(day[name] for day in days), summary[name], name)
    for name, field in (("requests", "requestCount"),
                        ("input_tokens", "inputTokens"),
                        ("output_tokens", "outputTokens")):
        tap.equal(sum(one[name] for one in told["by_model"].values()),
                  summary[field], "by model: " + name)
        tap.equal(told["total_" + name], summary[field], "total " + name)
    tap.equal((told["key"], summary["memoryKey"]),
              ("mk_..." + key[-4:],) * 2, "the key, as it may be shown")


@tests.test
def c124_a_new_key_has_no_activity(both):
    stack, _ = both
    key, _ = stack.new_key(stack.new_account())
    tap.equal(stats(stack, key).json(), {
        "vaultSize": 0, "tokensThisMonth": 0, "lastActivity": None}, "stats")


@tests.test
def c124_memory_without_chats_is_activity_too(both):
    stack, _ = both
    for path, body in (("/v1/memory/search", {"query": "tea"}),
                       ("/v1/memory/prepare", {"query": "tea"}),
                       ("/v1/memory/ingest", {"content": "I drink tea."}),
                       ("/mcp", {"jsonrpc": "2.0", "id": 1,
                                 "method": "tools/list"})):
        key, key_id = stack.new_key(stack.new_account())
        before = int(time.time() * 1000)
        reply = stack.request("POST", path, {
            "Authorization": "Bearer " + key,
            "Content-Type": "application/json"}, json.dumps(body))
        tap.check(reply.status < 300, path, reply.body.decode())
        told = stats(stack, key).json()["lastActivity"]
        tap.check(told and told.endswith("Z"), path + " is told", told)
        used = native(stack, "GET", "/v1/keys/%d" % key_id, key).json()
        tap.equal(used["last_used_at"], told, "the key's own")
        told = native(stack, "GET", "/v1/memory/stats", key).json()
        tap.check(told["lastAccess"] >= before, "the vault's",
                  told["lastAccess"])


@tests.test
def c130_every_request_has_one_event(both):
    stack, _ = both
    key, key_id = stack.new_key(stack.new_account())
    bodies = (("/v1/chat/completions", CHAT),
              ("/v1/chat/completions", dict(CHAT, stream=True)),
              ("/v1/responses", {"model": "openai/gpt-4o", "input": "Hi"}),
              ("/v1/messages", dict(CHAT, model="claude-x", max_tokens=9)),
              ("/v1/embeddings", {"model": "text-embedding-3-small",
                                  "input": "x"}),
              ("/v1beta/models/gemini-x:generateContent", {"contents": [
                  {"role": "user", "parts": [{"text": "Hi"}]}]}))
    replies = []
    for mode in ("on", "read", "write", "off"):
        for path, body in bodies:
            replies.append(stack.request("POST", path, {
                "Authorization": "Bearer " + key, "X-Memory-Mode": mode,
                "X-Provider-Key": "sk-x"}, body))
    for reply in replies:
        tap.equal(reply.status, 200, reply.body.decode())
        stack.settled(reply)
        rows = stack.sql("SELECT COUNT(*) FROM usage_event WHERE request_id ="
                         " UNHEX('%s')" % reply.header("x-request-id"))
        tap.equal(rows, [["1"]], "events")
    told = usage(stack, key)["summary"]["requestCount"]
    rows = stack.sql("SELECT COUNT(*) FROM usage_event WHERE key_id = %d"
                     % key_id)
    tap.equal(str(told), rows[0][0], "usage")


@tests.test
def c130_errors_have_one_event_when_they_were_forwarded(both):
    stack, up = both
    key, key_id = stack.new_key(stack.new_account())
    chat = dict(CHAT, model="openai/gpt-4o")

    def events(request_id):
        return stack.sql("SELECT http_status FROM usage_event WHERE "
                         "request_id = UNHEX('%s')" % request_id)

    def sent(status, body=chat, path="/v1/chat/completions", **headers):
        reply = stack.request("POST", path, dict(
            {"Authorization": "Bearer " + key}, **headers), body)
        tap.equal(reply.status, status, path)
        return reply.header("x-request-id")
    for status in (400, 401, 404, 429, 500, 529):
        up.next(upstream.reply(status, b'{"error":{"message":"no"}}'))
        request_id = sent(status)
        wait_until("its event", lambda: events(request_id))
        tap.equal(events(request_id), [[str(status)]], "events")
    up.next(upstream.close_early)
    request_id = sent(502)
    wait_until("its event", lambda: events(request_id))
    tap.equal(events(request_id), [["502"]], "events of a broken reply")
    # A client that leaves, early and in the midst of a stream.
    for script in (upstream.silent(), upstream.sse(
            upstream.stream_bytes(["One"], done=False) * 999, delay=0.1)):
        ((before,),) = stack.sql(count_of(key_id))
        up.next(script)
        with running(stack, up, key):
            pass
        wait_until("its event", lambda: stack.sql(
            count_of(key_id)) == [[str(int(before) + 1)]])
    # What nobody was asked for costs nothing.
    refused = [sent(400, b"{"), sent(400, {"model": "openai/gpt-4o"}),
               sent(400, dict(chat, model="xai/grok-4"))]
    stack.settled(stack.chat("demo/x", "Hi", key))
    for request_id in refused:
        tap.equal(events(request_id), [], "events of what was refused")
    told = usage(stack, key)["summary"]
    tap.equal(str(told["requestCount"]), stack.sql(count_of(key_id))[0][0],
              "usage")
    tap.check(told["errorCount"] >= 7, "errors", told)


def count_of(key_id):
    """SQL for how many events a key has."""
    return "SELECT COUNT(*) FROM usage_event WHERE key_id = %d" % key_id


@tests.test
@tap.in_one_day
def c123_a_roll_up_changes_no_sum(both):
    stack, _ = both
    key, key_id = stack.new_key(stack.new_account())
    for _ in range(6):
        stack.settled(stack.chat("demo/x", "Hello there", key))
    moved(stack, key_id, (0, 5, 20))
    before = usage(stack, key)
    tap.equal([day["requestCount"] for day in before["daily"]], [2, 2, 2],
              "a day each")
    for _ in range(2):
        stack.must("learn")
        tap.equal(usage(stack, key), before, "usage after the roll-up")
    rolled = stack.sql("SELECT COUNT(*), SUM(requests) FROM usage_daily "
                       "WHERE key_id = %d" % key_id)
    tap.equal(rolled, [["2", "4"]], "days that are rolled up")
    # The sums count, not the events of those days.
    stack.sql("DELETE FROM usage_event WHERE key_id = %d AND created_at < "
              "UNIX_TIMESTAMP() * 1000 - 86400000 * 4" % key_id)
    tap.equal(usage(stack, key), before, "usage without the old events")


@tests.test
@tap.in_one_day
def c123_what_comes_late_is_counted_once(both):
    stack, _ = both
    key, key_id = stack.new_key(stack.new_account())
    for _ in range(3):
        stack.settled(stack.chat("demo/x", "Hello there", key))
    stack.sql("UPDATE usage_event SET created_at = created_at - 86400000 * 5 "
              "WHERE key_id = %d" % key_id)
    stack.must("learn")
    # A turn of that day that was spooled: as the store writes it.
    stack.sql("INSERT INTO usage_event SELECT NULL, UNHEX(REPEAT('ab', 16)), "
              "account_id, key_id, %s FROM usage_event WHERE key_id = %d "
              "LIMIT 1" % (", ".join(event_columns(stack)), key_id))
    stack.sql("UPDATE usage_mark SET rolled_day = LEAST(rolled_day, "
              "(SELECT MIN(created_at) DIV 86400000 FROM usage_event WHERE "
              "key_id = %d))" % key_id)
    for _ in range(3):
        tap.equal(usage(stack, key)["summary"]["requestCount"], 4, "requests")
        stack.must("learn")


def event_columns(stack):
    """The columns of usage_event behind its first four."""
    return [name for (name,) in stack.sql(
        "SELECT column_name FROM information_schema.columns WHERE "
        "table_schema = 'memoryrouter' AND table_name = 'usage_event' "
        "ORDER BY ordinal_position")][4:]


def moved(stack, key_id, ages):
    """Six requests of the key, two of each age in days, none of them rolled
    up yet."""
    cases = " ".join("WHEN %d THEN %d" % one for one in enumerate(ages))
    stack.sql("SET @n = 0; UPDATE usage_event SET created_at = created_at - "
              "86400000 * CASE (@n := @n + 1) %% 3 %s END WHERE key_id = %d "
              "ORDER BY id; %s" % (cases, key_id, NOTHING_ROLLED))


@tests.test
@tap.in_one_day
def c123_old_events_go_and_every_sum_stays(both):
    stack, _ = both
    key, key_id = stack.new_key(stack.new_account())
    for _ in range(6):
        stack.settled(stack.chat("demo/x", "Hello there", key))
    moved(stack, key_id, (0, 12, 20))
    before, short = usage(stack, key), stats(stack, key).json()
    count = "SELECT COUNT(*) FROM usage_event WHERE key_id = %d" % key_id
    # Those of 12 days stay as long as receipts do.
    for days, receipts, left in (("0", "0", 6), ("10", "15", 4),
                                 ("10", "0", 2), ("10", "0", 2)):
        stack.must("learn", environment={
            "MEMORYROUTER_USAGE_DAYS": days,
            "MEMORYROUTER_RECEIPT_DAYS": receipts})
        tap.equal(stack.sql(count), [[str(left)]], "events with " + days)
        tap.equal(usage(stack, key), before, "usage with " + days)
        tap.equal(stats(stack, key).json(), short, "stats with " + days)


@tests.test
@tap.in_one_day
def c123_a_turn_that_comes_later_than_its_events_are_kept_is_counted_once(
        both):
    stack, _ = both
    key, key_id = stack.new_key(stack.new_account())
    for _ in range(6):
        stack.settled(stack.chat("demo/x", "Hello there", key))
    moved(stack, key_id, (0, 5, 20))
    before = usage(stack, key)
    old = {"MEMORYROUTER_USAGE_DAYS": "10", "MEMORYROUTER_RECEIPT_DAYS": "0"}
    stack.must("learn", environment=old)
    ((account, vault, then),) = stack.sql(
        "SELECT account_id, vault_id, UNIX_TIMESTAMP() * 1000 - 20 * 86400000 "
        "FROM memory_key WHERE id = %d" % key_id)
    folder = os.path.join(stack.env["STATE_DIR"], "spool")
    facts = os.stat(stack.env["STATE_DIR"])
    os.makedirs(folder, 0o700, exist_ok=True)
    os.chown(folder, facts.st_uid, facts.st_gid)
    for model in ("x", "y"):
        path = os.path.join(folder, os.urandom(16).hex())
        with open(path, "w") as file:
            json.dump({
                "format": 1, "request_id": os.path.basename(path),
                "account": int(account), "key": key_id, "vault": int(vault),
                "session": "", "source": "chat", "time": int(float(then)),
                "usage": {"provider": "demo", "model": model,
                          "dialect": "openai-chat", "status": 200,
                          "input_tokens": 1000, "output_tokens": 200,
                          "estimated": False, "partial": False, "memories": 1,
                          "memory_tokens": 30, "recall_ms": 1,
                          "provider_ms": 2, "total_ms": 9},
                "pieces": []}, file)
        os.chmod(path, 0o600)
        os.chown(path, facts.st_uid, facts.st_gid)
        os.rename(path, path + ".json")
    wait_until("the spool is empty", lambda: not any(
        name.endswith(".json") for name in os.listdir(folder)))
    late = usage(stack, key)
    for _ in range(2):
        stack.must("learn", environment=old)
        tap.equal(usage(stack, key), late, "usage afterwards")
    tap.equal([day["requestCount"] for day in late["daily"]], [4, 2, 2],
              "requests a day")
    for name, more in (("requestCount", 2), ("inputTokens", 2000),
                       ("outputTokens", 400)):
        tap.equal(late["summary"][name] - before["summary"][name], more, name)
    tap.equal(late["daily"][1:], before["daily"][1:], "other days")
    tap.equal(stack.sql("SELECT COUNT(*) FROM usage_event WHERE key_id = %d"
                        % key_id), [["4"]], "events that are left")


# --- retention --------------------------------------------------------------

@tests.test
def c131_what_is_too_old_is_not_found_and_then_deleted(both):
    stack, up = both
    key, key_id = with_settings(stack)
    for text in ("My parrot is called Rio.", "My turtle is called Speedy."):
        stack.settled(stack.chat("openai/gpt-4o", text, key, {
            "X-Memory-Store-Response": "false"}))
    zoo = {"session_id": "zoo", "messages": [
        {"role": "user", "content": "My bear is called Rio.",
         "timestamp": "2026-01-02"},
        {"role": "user", "content": "My lion is called Leo."}]}
    tap.equal(native(stack, "POST", "/v1/memory/ingest", key, zoo).status,
              202, "a session")
    stack.sql("UPDATE memory SET occurred_at = occurred_at - 40 * 86400000 "
              "WHERE text LIKE '%parrot%'; UPDATE vault SET epoch = epoch + "
              "1, purge_epoch = purge_epoch + 1")
    read = {"X-Memory-Mode": "read"}

    def seen():
        stack.chat("openai/gpt-4o", "What are my parrot and my turtle "
                   "called?", key, read)
        return up.last().body.decode()
    tap.contains(seen(), "Speedy", "before")
    # From now on the learner may come by itself, once a minute.
    ((epoch,),) = stack.sql(purge_epoch(key_id))
    stack.sql("UPDATE memory_key SET retention_days = 30 WHERE id = %d"
              % key_id)
    text = seen()
    tap.lacks(text, "Rio", "at once")
    tap.contains(text, "Speedy", "at once")
    for what, body in everywhere(stack, key):
        tap.lacks(body, "Rio.", what)
        if "one" not in what:
            tap.contains(body, "Speedy.", what)
    stack.must("learn")
    tap.equal(stack.memories(key_id),
              [("user", "My turtle is called Speedy."),
               ("user", "My lion is called Leo.")], "on disk")
    ((after,),) = stack.sql(purge_epoch(key_id))
    tap.check(int(after) > int(epoch), "the purge epoch moved")
    tap.equal(stats(stack, key).json()["vaultSize"], 2, "vaultSize")
    stack.must("learn")
    tap.equal(stack.sql(purge_epoch(key_id)), [[after]], "moved once")
    tap.contains(seen(), "Speedy", "afterwards")


def everywhere(stack, key):
    """[(what, reply)] of all that shows memories."""
    ids = {"Rio": 0}
    for number, text in stack.sql("SELECT id, text FROM memory WHERE text "
                                  "LIKE '%parrot%'"):
        ids["Rio"] = int(number)
    ask = {"messages": [{"role": "user", "content":
                         "What are my parrot and my turtle called?"}]}
    calls = [
        ("search", "POST", "/v1/memory/search",
         {"query": "parrot and turtle"}),
        ("search with a time", "POST", "/v1/memory/search",
         {"query": "parrot and turtle", "after": 0}),
        ("prepare", "POST", "/v1/memory/prepare", ask),
        ("list", "GET", "/v1/memories", None),
        ("list with a time", "GET", "/v1/memories?after=0&order=asc", None),
        ("export", "GET", "/v1/memory/export", None),
        ("one", "GET", "/v1/memories/%d" % ids["Rio"], None),
        ("one's history", "GET", "/v1/memories/%d/history" % ids["Rio"],
         None)]
    calls += [("MCP: " + name, "POST", "/mcp", {
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": name, "arguments": arguments}})
        for name, arguments in (
            ("search_memories", {"query": "parrot and turtle"}),
            ("search_memories", {"query": "parrot and turtle",
                                 "after": "2000-01-01"}),
            ("date_search_memories", {"after": "2000-01-01"}),
            ("explain", {"query": "parrot and turtle"}))]
    calls += [("MCP: recent", "POST", "/mcp", {
        "jsonrpc": "2.0", "id": 1, "method": "resources/read",
        "params": {"uri": "memory://vault/recent"}}),
        ("MCP: inspect one", "POST", "/mcp", {
            "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
                "name": "inspect_memory", "arguments": {"id": ids["Rio"]}}})]
    headers = {"Authorization": "Bearer " + key,
               "Accept": "application/json, text/event-stream",
               "Content-Type": "application/json"}
    return [(what, stack.request(method, path, headers, json.dumps(
        body) if body else b"").body.decode())
            for what, method, path, body in calls]


def purge_epoch(key_id):
    """SQL for the purge epoch of a key's vault."""
    return ("SELECT v.purge_epoch FROM vault v JOIN memory_key k ON "
            "k.vault_id = v.id WHERE k.id = %d" % key_id)


tests.run(limited)
