#!/usr/bin/env python3
"""GET /metrics: what it counts, and who may read it; the trace in the log."""
import json
import os
import re
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap, upstream
from lib.stack import SRCDIR, Both, Stack, wait_until

CONF = ["metrics = loopback", "workers = 2"]
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "00-%s-b7ad6b7169203331-01" % TRACE

tests = tap.Plan()


def scrape(stack):
    """{name with labels: value}, and {family: type}."""
    reply = stack.request("GET", "/metrics", {})
    tap.equal(reply.status, 200, "status")
    tap.contains(reply.header("content-type"), "text/plain", "type")
    values, types = {}, {}
    for line in reply.body.decode().strip().split("\n"):
        if line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            tap.check(family not in types, family + " is told twice")
            types[family] = kind
            continue
        tap.check(re.fullmatch(
            r'memoryrouter_\w+(\{(\w+="[^"]*",?)+\})? [\d.]+', line), line)
        name, value = line.rsplit(" ", 1)
        tap.check(name not in values, name + " is told twice")
        values[name] = float(value)
    return values, types


def ask(stack, key, text="Which colour is it?", headers=None):
    """A chat that is done."""
    reply = stack.chat("openai/gpt-4o", text, key, headers or {})
    stack.settled(reply)
    return reply


@tests.test
def turns_are_counted_over_all_workers(both):
    stack, up = both
    key, _ = stack.new_key()
    before, _ = scrape(stack)
    ask(stack, key, "My favourite colour is teal.",
        {"X-Memory-Store-Response": "false"})
    for _ in range(10):
        ask(stack, key, "Which colour is my favourite?",
            {"X-Memory-Mode": "read"})
    up.next(upstream.reply(429, {"error": {"message": "No."}}))
    ask(stack, key, "Which colour is it?", {"X-Memory-Mode": "off"})
    turns = ('memoryrouter_turns_total{dialect="openai_chat",'
             'provider="openai",status="%d"}')
    wanted = {turns % 200: 11, turns % 429: 1,
              'memoryrouter_http_requests_total{status="429"}': 1,
              'memoryrouter_recall_total{outcome="hit"}': 10,
              'memoryrouter_recall_total{outcome="empty"}': 1,
              'memoryrouter_recall_total{outcome="off"}': 1,
              "memoryrouter_memories_injected_total": 10,
              "memoryrouter_memories_stored_total": 1,
              'memoryrouter_stage_seconds_count{stage="recall"}': 12,
              'memoryrouter_stage_seconds_count{stage="remember"}': 12,
              "memoryrouter_search_seconds_count": 11}
    wait_until("the last is counted", lambda: all(
        scrape(stack)[0].get(name, 0) - before.get(name, 0) == count
        for name, count in wanted.items()))


@tests.test
def gauges_and_histograms_are_sound(both):
    stack, _ = both
    ask(stack, stack.new_key()[0])
    wait_until("only we ask", lambda: scrape(stack)[0][
        "memoryrouter_requests_running"] == 1)
    values, types = scrape(stack)
    for name, value in (("memoryrouter_database_up", 1),
                        ("memoryrouter_spooled_turns", 0)):
        tap.equal(values[name], value, name)
    for name in ("memoryrouter_learner_rows_waiting",
                 "memoryrouter_learner_vaults_waiting",
                 "memoryrouter_tail_bytes", "memoryrouter_embedder_ready",
                 'memoryrouter_db_connections{state="busy"}',
                 'memoryrouter_db_connections{state="idle"}'):
        tap.check(name in values, name)
        tap.equal(types[name.split("{")[0]], "gauge", name)
    stage = 'memoryrouter_stage_seconds_bucket{stage="plan",le="%s"}'
    rising = [values[stage % le] for le in ("0.001", "0.1", "30", "+Inf")]
    tap.equal(rising, sorted(rising), "buckets")
    tap.equal(rising[-1], values[
        'memoryrouter_stage_seconds_count{stage="plan"}'], "count")


REFUSED = 'memoryrouter_refused_total{limit="%s"}'
LIMITS = ("key_10s", "key_60s", "address", "concurrency", "key_tokens",
          "account_tokens", "memories")


def with_settings(stack, email=None, **settings):
    """A key with these settings."""
    owner = stack.new_key(email or stack.new_account())[0]
    reply = stack.request("POST", "/v1/keys", stack.usual(owner), settings)
    tap.equal(reply.status, 201, reply.body.decode())
    return reply.json()["key"]


def refusals(stack):
    """{limit: how many}"""
    values, _ = scrape(stack)
    return {limit: values[REFUSED % limit] for limit in LIMITS}


def past(stack, key):
    """A reply that was refused, or None."""
    reply = stack.chat("openai/x", "Hi", key)
    return reply if reply.status == 429 else None


@tests.test
@tap.in_one_day
def what_is_refused_is_told_by_limit(_):
    with Both(conf=CONF + ["rate_limit = on", "address_requests_60s = 9"]) \
            as (stack, up):
        tap.equal(refusals(stack), dict.fromkeys(LIMITS, 0), "at first")
        wanted = dict.fromkeys(LIMITS, 0)

        def refuse(limit, status, reply):
            tap.equal(reply.status, status, limit)
            wanted[limit] += 1
            tap.equal(refusals(stack), wanted, "after " + limit)
        key = with_settings(stack, requests_per_10s=1)
        refuse("key_10s", 429, wait_until("it is refused", lambda: past(
            stack, key)))
        key = with_settings(stack, requests_per_10s=0, requests_per_minute=1)
        ask(stack, key)
        for _ in range(2):
            refuse("key_60s", 429, stack.chat("openai/x", "Hi", key))
        key = with_settings(stack, tokens_per_month=1)
        ask(stack, key)
        refuse("key_tokens", 402, stack.chat("openai/x", "Hi", key))
        email = stack.new_account()
        key = with_settings(stack, email)
        stack.sql("UPDATE account SET tokens_per_month = 1 WHERE email = "
                  "'%s'" % email)
        ask(stack, key)
        refuse("account_tokens", 402, stack.chat("openai/x", "Hi", key))
        key = with_settings(stack, memories_most=1)
        ask(stack, key)
        refuse("memories", 402, stack.chat("openai/x", "Hi", key))
        key = with_settings(stack, concurrent_requests=1)
        gate = threading.Event()
        up.next(upstream.sse(upstream.stream_bytes(["Hi"]), gates={1: gate}))
        running = stack.begin_post(
            {"model": "openai/x", "stream": True,
             "messages": [{"role": "user", "content": "Hi"}]}, key)
        tap.equal(scrape(stack)[0]["memoryrouter_places_held"], 1, "held")
        refuse("concurrency", 429, stack.chat("openai/x", "Hi", key))
        gate.set()
        running.finish()
        wait_until("the place is free", lambda: scrape(stack)[0][
            "memoryrouter_places_held"] == 0)
        seen = [stack.request("GET", "/v1/me/stats").status
                for _ in range(10)]
        tap.equal(seen, [401] * 9 + [429], "without a key")
        wanted["address"] += 1
        tap.equal(refusals(stack), wanted, "after address")


@tests.test
def open_streams_are_told(both):
    stack, up = both
    key, _ = stack.new_key()
    up.next(upstream.sse([b'data: {"choices":[]}\n\n'], end=False))
    stack.post(json.dumps({"model": "openai/gpt-4o", "stream": True,
                           "messages": [{"role": "user", "content": "Hi"}]})
               .encode(), key)
    wait_until("it ended", lambda: scrape(stack)[0].get(
        "memoryrouter_streams_open") == 0)
    tap.equal(scrape(stack)[0]["memoryrouter_streams_total"], 1, "streams")


@tests.test
def who_comes_by_a_proxy_finds_nothing(both):
    stack, _ = both
    missing = stack.request("GET", "/nothing", {})
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        reply = stack.request("GET", "/metrics", {header: "1.1.1.1"})
        tap.equal(reply.status, 404, header)
        tap.equal(reply.body.replace(b"metrics", b"nothing"), missing.body,
                  header)


@tests.test
def by_default_nobody_reads_it(_):
    with Stack() as stack:
        tap.equal(stack.request("GET", "/metrics", {}).status, 404, "status")
        tap.check(not os.path.exists(os.path.join(
            stack.env["STATE_DIR"], "meters")), "a map is there")


@tests.test
def a_trace_goes_on_and_is_logged(both):
    stack, up = both
    key, _ = stack.new_key()
    reply = ask(stack, key, headers={"traceparent": PARENT})
    tap.equal(up.last().header("traceparent"), PARENT, "upstream")
    tap.contains(stack.access_line(reply.header("x-request-id")),
                 "trace=" + TRACE, "access line")
    reply = ask(stack, key, headers={"traceparent": "00-" + "x" * 52})
    tap.check("trace=x" not in stack.log(), "a trace that is none")


@tests.test
def the_dashboard_asks_for_what_is_there(both):
    stack, _ = both
    with open(os.path.join(SRCDIR, "nginx", "grafana-dashboard.json")) as f:
        dashboard = json.load(f)
    _, types = scrape(stack)
    known = set(types)
    for family, kind in types.items():
        if kind == "histogram":
            known |= {family + end for end in ("_bucket", "_sum", "_count")}
    asked = set(re.findall(r"memoryrouter_\w+", json.dumps(
        dashboard["panels"])))
    tap.check(len(asked) > 10, "what is asked for", asked)
    tap.equal(sorted(asked - known), [], "what is not there")


tests.run(lambda: Both(conf=CONF))
