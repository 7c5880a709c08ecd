"""Many clients that do all sorts of things at once, and a ledger of what they
were told: it has to agree with usage, limits, meters and memories.

    with mixed.stack() as (stack, up):
        crowd = mixed.Crowd(stack, up, clients=50)
        crowd.run(seconds=60)
        crowd.check()
"""
import collections
import itertools
import json
import random
import re
import threading
import time

from . import http, tap
from .stack import Both, wait_until
from .vendors import DIALECTS, Vendors, said

# Settings of keys; the clients take them in turns.
KEYS = (
    {"requests_per_10s": 0, "requests_per_minute": 0},
    {"requests_per_10s": 25, "requests_per_minute": 0},
    {"requests_per_10s": 0, "requests_per_minute": 70},
    {"requests_per_10s": 0, "requests_per_minute": 0,
     "concurrent_requests": 3},
    {"requests_per_10s": 0, "requests_per_minute": 0,
     "tokens_per_month": 900},
    {"requests_per_10s": 0, "requests_per_minute": 0, "memories_most": 60},
    {},
    {"requests_per_10s": 30, "requests_per_minute": 100,
     "concurrent_requests": 4, "tokens_per_month": 2000,
     "memories_most": 100},
)
WINDOWS = (("requests_per_10s", 10, 100), ("requests_per_minute", 60, 1000))
METRIC = "memoryrouter_"


def stack():
    """What they need: limits, meters, two workers, three vendors."""
    return Both(conf=["rate_limit = on", "metrics = loopback", "workers = 2",
                      "embedding = none", "address_requests_60s = 0"],
                rows=("anthropic", "google"))


# --- clients ----------------------------------------------------------------

class Holder:
    """A key with its settings and its mark."""

    def __init__(self, stack, number, settings):
        self.mark = "mark%dx" % number
        self.settings = settings
        owner = stack.new_key(stack.new_account())[0]
        reply = stack.request("POST", "/v1/keys", stack.usual(owner),
                              settings)
        tap.equal(reply.status, 201, reply.body.decode())
        self.key, self.key_id = reply.json()["key"], reply.json()["id"]
        ((vault, account),) = stack.sql(
            "SELECT vault_id, account_id FROM memory_key WHERE id = %d"
            % self.key_id)
        self.vault, self.account = int(vault), int(account)
        self.ids = collections.deque(maxlen=50)


class Record:
    """One request as its client saw it."""

    def __init__(self, holder, dialect, reply, sent, left, running_to):
        self.holder = holder
        self.dialect = dialect        # None: an endpoint of ours
        self.status = reply.status
        self.request_id = reply.header("x-request-id")
        self.sent = sent
        self.answered = reply.started + reply.pieces[0][0] \
            if reply.pieces else time.monotonic()
        self.left = left
        self.running_to = running_to  # it still ran then
        self.body = reply.body
        self.limit = self.limit_of(reply)

    def limit_of(self, reply):
        """Which limit refused it, as /metrics names it."""
        text = reply.body.decode("utf-8", "replace")
        if reply.status == 429:
            if "run at once" in text:
                return "concurrency"
            limit = int(reply.header("ratelimit-limit"))
            return "key_10s" if limit == self.holder.settings.get(
                "requests_per_10s", 100) else "key_60s"
        if "no room for more memories" in text:
            return "memories"
        return "key_tokens" if reply.status == 402 else None


class Client:
    """Does one thing after the other."""

    def __init__(self, crowd, number):
        self.crowd = crowd
        self.holder = crowd.holders[number % len(crowd.holders)]
        self.pick = random.Random(number)
        self.records = []
        self.stored = 0     # memories, but for those of chats
        self.deleted = 0
        self.wrong = []

    def text(self):
        self.nonce = "nonce%dx" % next(self.crowd.numbers)
        return "Tell me of %s, %s, and the garden." % (self.nonce,
                                                       self.holder.mark)

    def exchange(self, method, target, body=b"", dialect=None, leave=False,
                 **headers):
        """A request, read to its end or left behind; its JSON when good."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = dict({"Content-Type": "application/json", "X-Memory-Key":
                        self.holder.key, "X-Provider-Key":
                        "sk-" + self.holder.mark}, **headers)
        sent = time.monotonic()
        reply = http.begin(self.crowd.stack.port, method, target, headers,
                           body)
        left = leave and reply.status == 200 and reply.read_until(b"word1")
        before_end = time.monotonic()
        while not left and not reply.ended:
            reply.read()
            if not reply.ended:
                before_end = time.monotonic()
        reply.close()
        record = Record(self.holder, dialect, reply, sent, bool(left),
                        before_end)
        self.records.append(record)
        self.crowd.limits.add(record.limit)
        self.look(method + " " + target, reply, record)
        return reply

    def look(self, what, reply, record):
        """At whose it is, and whether it is whole."""
        marks = set(re.findall(r"mark\d+x", reply.body.decode()))
        if not marks <= {self.holder.mark}:
            self.wrong.append("%s: %s" % (what, marks))
        if record.status not in (200, 201, 202, 402, 429) or (
                reply.broken and not record.left):
            self.wrong.append("%s: %d %s" % (what, record.status,
                                             reply.body[:300]))

    # What they do.

    def chat(self):
        dialect = self.pick.choice(list(DIALECTS))
        stream = self.pick.random() < .6
        target, body, _, _ = DIALECTS[dialect]
        reply = self.exchange("POST", target(stream),
                              body(self.text(), stream), dialect,
                              stream and self.pick.random() < .25)
        if reply.status == 200 and self.nonce.encode() not in reply.body:
            self.wrong.append("%s has not %s: %s" % (dialect, self.nonce,
                                                     reply.body[:300]))

    def embeddings(self):
        self.exchange("POST", "/v1/embeddings", {
            "model": "text-embedding-3-small", "input": self.text()},
                      "openai_chat")

    def prepare(self):
        self.exchange("POST", "/v1/memory/prepare",
                      {"messages": said(self.text())})

    def search(self):
        self.exchange("POST", "/v1/memory/search", {"query": "the garden"})

    def ingest(self):
        reply = self.exchange("POST", "/v1/memory/ingest", {
            "messages": said(self.text()), "session_id": "talk"})
        if reply.status == 202:
            self.stored += reply.json()["stored"]
            self.holder.ids.extend(reply.json()["ids"])

    def upload(self):
        reply = self.exchange("POST", "/v1/memory/upload", "".join(
            json.dumps({"content": self.text()}) + "\n"
            for _ in range(self.pick.randrange(1, 6))).encode())
        if reply.status == 200:
            self.stored += reply.json()["stats"]["stored"]
        # The vault may be full half-way.
        before = re.search(rb"; (\d+) pieces of the lines before",
                           reply.body)
        if before:
            self.stored += int(before.group(1))

    def add(self):
        reply = self.exchange("POST", "/v1/memories",
                              {"content": self.text()})
        if reply.status == 201:
            self.stored += 1
            self.holder.ids.append(reply.json()["id"])

    def show(self):
        self.exchange("GET", "/v1/memories?limit=20")

    def export(self):
        self.exchange("GET", "/v1/memory/export")

    def stats(self):
        self.exchange("GET", "/v1/memory/stats")

    def change(self):
        number = self.take_id()
        if number is None:
            return
        reply = self.exchange("PATCH", "/v1/memories/%d" % number,
                              {"content": self.text()})
        if reply.status != 200:
            self.holder.ids.append(number)

    def delete(self):
        number = self.take_id()
        if number is None:
            return
        reply = self.exchange("DELETE", "/v1/memories/%d" % number)
        if reply.status == 200:
            self.deleted += reply.json()["receipt"]["memories"]

    def take_id(self):
        """A memory that nobody else has in hand, or None."""
        try:
            return self.holder.ids.popleft()
        except IndexError:
            return None

    def call(self, tool, **arguments):
        return self.exchange(
            "POST", "/mcp", {"jsonrpc": "2.0", "id": 1,
                             "method": "tools/call",
                             "params": {"name": tool,
                                        "arguments": arguments}},
            **{"Accept": "application/json, text/event-stream"})

    def mcp_search(self):
        self.call("search_memories", query="the garden")

    def mcp_store(self):
        reply = self.call("store_memory", content=self.text())
        if reply.status == 200 and \
                not reply.json()["result"].get("isError"):
            self.stored += 1

    ACTS = (chat,) * 8 + (embeddings, prepare, search, search, ingest,
                          upload, add, add, show, export, stats, change,
                          delete, mcp_search, mcp_store)

    def run(self):
        while self.crowd.goes_on():
            try:
                self.pick.choice(self.ACTS)(self)
            except Exception as error:  # told by check()
                self.wrong.append("%s: %s" % (type(error).__name__, error))
            if self.records and self.records[-1].status == 429:
                time.sleep(.05)  # a client that is told to wait


# --- the sums ---------------------------------------------------------------

class Crowd:
    """The clients and what must be true of them."""

    def __init__(self, stack, up, clients):
        self.stack = stack
        self.vendors = up.default = Vendors()
        self.numbers = itertools.count(1)
        self.holders = [Holder(stack, n, settings)
                        for n, settings in enumerate(KEYS)]
        self.clients = [Client(self, n) for n in range(clients)]
        self.limits = set()   # that were reached

    def goes_on(self):
        """Whether it is not over yet."""
        took = time.monotonic() - self.begun
        return took < self.seconds or (took < tap.PATIENCE and
                                       not self.wanted <= self.limits)

    def run(self, seconds, limits=()):
        """All at once, for so long, and until these limits were reached."""
        self.before = self.scrape()
        self.seconds, self.wanted = seconds, set(limits)
        self.begun = time.monotonic()
        threads = [threading.Thread(target=one.run) for one in self.clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.records = [one for client in self.clients
                        for one in client.records]

    def scrape(self):
        """{name: value} of /metrics."""
        reply = self.stack.request("GET", "/metrics", {})
        tap.equal(reply.status, 200, "status of /metrics")
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
                for line in reply.body.decode().splitlines()
                if not line.startswith("#")}

    def settle(self):
        """Waits until nothing runs; what the meters moved by."""
        after = {}

        def quiet():
            after.clear()
            after.update(self.scrape())
            self.scrapes += 1
            return after[METRIC + "requests_running"] == 1
        self.scrapes = 0
        wait_until("all requests ended", quiet, pause=0.1)
        return collections.Counter({
            name: value - self.before.get(name, 0)
            for name, value in after.items()}), after

    def events(self, holder):
        """[(request id, status, in, out, partial, stored)] of a key."""
        return [(row[0].lower(), *map(int, row[1:])) for row in
                self.stack.sql(
                    "SELECT HEX(request_id), http_status, input_tokens, "
                    "output_tokens, partial, stored FROM usage_event WHERE "
                    "key_id = %d" % holder.key_id)]

    def check(self):
        """All of it; a line for each key."""
        moved, now = self.settle()
        wrong = [one for client in self.clients for one in client.wrong]
        tap.equal(wrong[:10], [], "%d wrong answers" % len(wrong))
        tap.equal(self.vendors.mixed[:3], [], "what vendors saw")
        self.free_keys()
        total = collections.Counter()
        for holder in self.holders:
            total.update(self.check_key(holder))
        self.check_meters(moved, now, total)
        tap.note("%d requests: %s" % (len(self.records), ", ".join(
            "%d with %d" % (count, status) for status, count in sorted(
                collections.Counter(one.status for one in
                                    self.records).items()))))
        tap.note("refused: %s; %d clients left in mid-stream" % (", ".join(
            "%s %d" % pair for pair in sorted(collections.Counter(
                one.limit for one in self.records if one.limit).items())),
            sum(one.left for one in self.records)))
        return self.records

    def free_keys(self):
        """So that what they used can be asked for."""
        self.stack.sql("UPDATE memory_key SET requests_per_10s = 0, "
                       "requests_per_minute = 0, concurrent_requests = 0")

    def check_key(self, holder):
        """One key's events, usage, memories and limits; its sums."""
        mine = [one for one in self.records if one.holder is holder]
        served = [one for one in mine if one.dialect and not one.limit]
        rows = self.events(holder)
        name = "key %s %s: " % (holder.mark, holder.settings)
        tap.equal(sorted(row[0] for row in rows),
                  sorted(one.request_id for one in served),
                  name + "events and replies")
        whole = {one.request_id for one in served if not one.left}
        for row in rows:
            if row[0] in whole:
                tap.equal(row[1], 200, name + "status")
                tap.equal(row[4], 0, name + "partial")
        sums = collections.Counter(
            events=len(rows), stored=sum(row[5] for row in rows),
            tokens_in=sum(row[2] for row in rows),
            tokens_out=sum(row[3] for row in rows))
        self.check_usage(holder, name, sums)
        self.check_memories(holder, name, sums)
        self.check_limits(holder, name, mine, rows)
        tap.note("%s%d requests, %d events, %d refused, %d tokens"
                 % (name, len(mine), len(rows),
                    sum(bool(one.limit) for one in mine),
                    sums["tokens_in"] + sums["tokens_out"]))
        return sums

    def ask(self, holder, target):
        reply = self.stack.request("GET", target,
                                   self.stack.usual(holder.key))
        tap.equal(reply.status, 200, "status of " + target)
        return reply.json()

    def check_usage(self, holder, name, sums):
        told = self.ask(holder, "/v1/account/usage")
        wanted = [sums["events"], sums["tokens_in"], sums["tokens_out"]]
        tap.equal([told["total_" + one] for one in (
            "requests", "input_tokens", "output_tokens")], wanted,
                  name + "usage")
        for what in ("daily", "by_model"):
            parts = told[what].values() if what == "by_model" else told[what]
            tap.equal(sum(one.get("requests", one.get("requestCount"))
                          for one in parts), wanted[0], name + what)
        tap.equal(self.ask(holder, "/v1/me/stats")["tokensThisMonth"],
                  sum(wanted[1:]), name + "tokens of the month")

    def check_memories(self, holder, name, sums):
        clients = [one for one in self.clients if one.holder is holder]
        wanted = sums["stored"] + sum(one.stored - one.deleted
                                      for one in clients)
        ((rows, counted),) = self.stack.sql(
            "SELECT (SELECT COUNT(*) FROM memory m WHERE m.vault_id = "
            "vault.id), "
            "memory_count FROM vault WHERE id = %d" % holder.vault)
        stats = self.ask(holder, "/v1/memory/stats")
        tap.equal([int(rows), int(counted), stats["memories"]], [wanted] * 3,
                  name + "memories")
        most = holder.settings.get("memories_most")
        tap.check(not most or wanted <= most + 5 * len(clients),
                  name + "its vault is not overfull", wanted)

    def check_limits(self, holder, name, mine, rows):
        """No window has more than its limit, no quota is passed by more than
        what ran at that moment."""
        settings = holder.settings
        running = sum(one.holder is holder for one in self.clients)
        admitted = sorted((one.sent, one.answered) for one in mine
                          if one.limit in (None, "memories", "key_tokens"))
        for setting, seconds, default in WINDOWS:
            most = settings.get(setting, default)
            for i, (begin, _) in enumerate(admitted if most else ()):
                inside = sum(end <= begin + seconds
                             for _, end in admitted[i:])
                tap.check(inside <= most, name + setting, inside)
        if "concurrent_requests" in settings:
            spans = [(one.answered, one.running_to) for one in mine
                     if one.dialect and not one.limit]
            most = max(sum(a <= at < b for a, b in spans) for at, _ in spans)
            tap.check(most <= settings["concurrent_requests"],
                      name + "at once", most)
        used = sum(row[2] + row[3] for row in rows)
        if "tokens_per_month" in settings:
            tap.check(used <= settings["tokens_per_month"] + running * 200,
                      name + "tokens", used)
        allowed = {"key_10s": "requests_per_10s", "key_60s":
                   "requests_per_minute", "memories": "memories_most",
                   "key_tokens": "tokens_per_month", "concurrency":
                   "concurrent_requests"}
        for one in mine:
            tap.check(not one.limit or settings.get(
                allowed[one.limit], 1) or one.limit not in allowed,
                name + "no limit of it", one.limit)

    def check_meters(self, moved, now, total):
        """/metrics counted what the clients saw."""
        statuses = collections.Counter(one.status for one in self.records)
        statuses[200] += self.scrapes  # the first, and all but the last
        for status, count in statuses.items():
            tap.equal(moved[METRIC + 'http_requests_total{status="%d"}'
                            % status], count, "requests with %d" % status)
        for limit in ("key_10s", "key_60s", "concurrency", "key_tokens",
                      "memories", "address", "account_tokens"):
            tap.equal(moved[METRIC + 'refused_total{limit="%s"}' % limit],
                      sum(one.limit == limit for one in self.records),
                      "refused by " + limit)
        turns = collections.Counter(
            (one.dialect, one.status) for one in self.records if one.dialect)
        for name, count in moved.items():
            found = re.fullmatch(METRIC + r'turns_total\{dialect="(\w+)",'
                                 r'provider="\w+",status="(\d+)"\}', name)
            if found:
                turns[found.group(1), int(found.group(2))] -= count
        tap.equal({name: n for name, n in turns.items() if n}, {}, "turns")
        for name, key in (("memories_stored_total", "stored"),
                          ('tokens_total{direction="in"}', "tokens_in"),
                          ('tokens_total{direction="out"}', "tokens_out")):
            tap.equal(moved[METRIC + name], total[key], name)
        for name in ("places_held", "streams_open", "spooled_turns"):
            tap.equal(now[METRIC + name], 0, name)
