#!/usr/bin/env python3
"""Embeddings by an endpoint: good ones, slow ones, broken ones, dead ones."""
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import embeddings
from lib import tap
from lib import upstream
from lib.stack import BUILDDIR, Both, Port, wait_until

tests = tap.Plan()

MODEL = "test-embedder"
UNUSABLE = "provider_unreachable"  # names of errors
LATE = "provider_timeout"
KEY = "sk-ThisIsTheEndpointsKey"
SECRET = "the text that nobody may repeat"
FAILURES = 5                  # memory/breaker.h: until it opens
PAIRS = 56                    # memory/centre.h
CARRIED = 16                  # sentences with a question: memory/embed_http.c


class Probe:
    """tests/embed/embed_probe with an endpoint of its own."""

    def __init__(self, *conf, url="{up}"):
        self.conf = conf
        self.url = url

    def __enter__(self):
        path = os.path.join(BUILDDIR, "tests", "embed", "embed_probe")
        if not os.access(path, os.X_OK):
            raise tap.Skip("%s is not built" % path)
        self.up = upstream.Upstream()
        self.up.default = embeddings.good()
        self.up.__enter__()
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file, \
                tempfile.NamedTemporaryFile("w") as key:
            key.write(KEY + "\n")
            key.flush()
            lines = {"embedding": "http", "embedding_model": MODEL,
                     "embedding_url": self.url.replace("{up}", self.up.url),
                     "embedding_key_file": key.name,
                     "embedding_timeout_ms": "60000"}
            lines.update(line.split(" = ", 1) for line in self.conf)
            file.write("".join("%s = %s\n" % line for line in lines.items()))
            file.flush()
            self.program = subprocess.Popen(
                [path, file.name], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, text=True)
            # The file is read when the first answer comes.
            self.say("state")
        return self

    def __exit__(self, *_):
        self.program.stdin.close()
        self.program.wait()
        self.program.stdout.close()
        self.up.__exit__()

    def say(self, *words):
        """One command and its answer, as words."""
        self.program.stdin.write("\t".join(str(w) for w in words) + "\n")
        self.program.stdin.flush()
        answer = self.program.stdout.readline().rstrip("\n")
        tap.lacks(answer, KEY, "the key")
        tap.lacks(answer, SECRET, "the text")
        tap.lacks(answer, "127.0.0.1", "the address")
        return answer.split(" ")

    def ask(self, text, wait_ms=60000, model=MODEL):
        """A question."""
        return self.say("question", wait_ms, model, text)

    def sent(self):
        """The texts of each request so far."""
        return [embeddings.texts(request) for request in self.up.journal]

    def warm(self):
        """The first call is made and forgotten."""
        tap.equal(self.say("prepare"), ["OK", "8"], "prepare")
        self.up.forget()


def is_vector_of(answer, text, dimensions=8):
    """A question's answer is this text's vector."""
    tap.equal(answer[:3], ["OK", str(dimensions), "1.0000"], "answer")
    tap.check(abs(float(answer[4]) - embeddings.first(text, dimensions))
              < 1e-3, "the vector of another text", answer)


def fails_with(probe, name, script, wait_ms=60000):
    """A question that this script answers fails; the next one works."""
    probe.up.next(script, script)  # a dead connection is tried once more
    answer = probe.ask(SECRET, wait_ms)
    tap.equal(answer[0], name, "error of %s" % answer)
    with probe.up.lock:
        probe.up.queue.clear()
    text = "text after %d calls" % len(probe.up.journal)
    is_vector_of(probe.ask(text), text)
    return " ".join(answer)


# --- good ones --------------------------------------------------------------

@tests.test
def a_question_has_a_vector_of_length_1(_):
    with Probe() as probe:
        is_vector_of(probe.ask("Who are you?"), "Who are you?")
        request = probe.up.last()
        tap.equal((request.method, request.target),
                  ("POST", "/v1/embeddings"), "request")
        tap.equal(request.header("authorization"), "Bearer " + KEY, "key")
        tap.equal(request.header("content-type"), "application/json", "type")
        tap.equal(set(request.json()), {"model", "input"}, "members")
        tap.equal(request.json()["model"], MODEL, "model")


@tests.test
def the_first_questions_carry_the_sentences_along(_):
    with Probe() as probe:
        calls = 2 * PAIRS // CARRIED
        first = probe.ask("question 0")[3]
        tap.check(-1 < float(first) < 1, "roughly known at once", first)
        for number in range(1, calls):
            answer = probe.ask("question %d" % number)
        tap.equal([len(one) for one in probe.sent()], [CARRIED + 1] * calls,
                  "texts of the calls")
        asked = [text for one in probe.sent()
                 for text in one[1:1 + CARRIED // 2]]
        tap.equal(len(set(asked)), PAIRS, "different questions")
        rough = sum(embeddings.first(one, 8)
                    for one in asked[:CARRIED // 2]) / (CARRIED // 2)
        tap.check(abs(float(first) - rough) < 1e-3, "the mean of some", first)
        mean = sum(embeddings.first(one, 8) for one in asked) / PAIRS
        tap.check(abs(float(answer[3]) - mean) < 1e-3, "the mean", answer)
        tap.equal(probe.ask("question 0")[3], answer[3],
                  "also for a question of before")
        tap.equal(probe.ask("And I?")[3], answer[3], "it stays")
        tap.equal(probe.sent()[calls:], [["And I?"]], "the next call")


@tests.test
def who_writes_memories_measures_at_once(_):
    with Probe() as probe:
        probe.ask("Who are you?")
        probe.say("passages", "text")
        tap.equal(sum(len(one) for one in probe.sent()),
                  1 + 2 * PAIRS + 1, "texts")
        probe.up.forget()
        tap.check(-1 < float(probe.ask("And I?")[3]) < 1, "known")
        tap.equal(probe.sent(), [["And I?"]], "sent")


@tests.test
def a_late_question_goes_without_sentences_next_time(_):
    with Probe() as probe:
        probe.up.next(embeddings.good(delay=tap.PATIENCE))
        tap.equal(probe.ask("Who?", 100)[0], LATE, "late")
        probe.up.forget()
        is_vector_of(probe.ask("Who?"), "Who?")
        tap.equal(probe.sent(), [["Who?"]], "sent")


@tests.test
def the_address_may_be_written_in_several_ways(_):
    for written, target in (("{up}/", "/v1/embeddings"),
                            ("{up}/v1", "/v1/embeddings"),
                            ("{up}/api/v1/embeddings",
                             "/api/v1/embeddings"),
                            ("{up}/openai/embeddings?api-version=1",
                             "/openai/embeddings?api-version=1")):
        with Probe(url=written) as probe:
            is_vector_of(probe.ask("Hello."), "Hello.")
            tap.equal(probe.up.last().target, target, written)


@tests.test
def the_same_question_is_asked_once(_):
    with Probe() as probe:
        probe.warm()
        for _ in range(3):
            is_vector_of(probe.ask("Who are you?"), "Who are you?")
        tap.equal(len(probe.up.journal), 1, "calls")


@tests.test
def prefixes_and_dimensions_are_sent(_):
    with Probe("embedding_query_prefix = query:",
               "embedding_passage_prefix = passage:",
               "embedding_dimensions = 4") as probe:
        is_vector_of(probe.ask("Who?"), "query: Who?", 4)
        tap.equal(probe.up.last().json()["dimensions"], 4, "dimensions")
        tap.check(all(one.startswith(("query: ", "passage: "))
                      for one in probe.sent()[0]), "prefixes", probe.sent())
        tap.equal(probe.say("prepare"), ["OK", "4"], "prepare")
        probe.up.forget()
        answer = probe.say("passages", "one", "two")
        tap.equal(probe.sent(), [["passage: one", "passage: two"]], "sent")
        tap.equal(answer[:2], ["OK", "4"], "answer")


@tests.test
def vectors_may_come_in_any_order_and_as_base64(_):
    with Probe() as probe:
        probe.warm()
        probe.up.default = embeddings.good(
            order=lambda items: items[::-1], encode=embeddings.in_base64)
        words = ["a", "b", "c", "d"]
        answer = probe.say("passages", *words)
        tap.equal(answer[:2], ["OK", "8"], "answer")
        for seen, word in zip(answer[2:], words):
            tap.check(abs(float(seen) - embeddings.first(word, 8)) < 1e-3,
                      "the vector of " + word, answer)


@tests.test
def passages_go_up_in_batches(_):
    with Probe("embedding_batch = 3") as probe:
        probe.warm()
        answer = probe.say("passages", *"abcdefgh")
        tap.equal(len(answer), 2 + 8, "answer")
        tap.equal(probe.sent(), [list("abc"), list("def"), list("gh")],
                  "sent")


@tests.test
def the_sentences_fit_small_batches_too(_):
    with Probe("embedding_batch = 5") as probe:
        is_vector_of(probe.ask("Who are you?"), "Who are you?")
        tap.equal([len(one) for one in probe.sent()], [5],
                  "texts of the calls")
    with Probe("embedding_batch = 1") as probe:
        is_vector_of(probe.ask("Who are you?"), "Who are you?")
        tap.equal(len(probe.sent()), 3, "calls")


@tests.test
def another_model_is_asked_for_by_name(_):
    with Probe("embedding_dimensions = 4") as probe:
        is_vector_of(probe.ask("Who?"), "Who?", 4)
        is_vector_of(probe.ask("Who?", model="old"), "Who?")
        request = probe.up.last().json()
        tap.equal(request["model"], "old", "model")
        tap.lacks(request, "dimensions", "request")


@tests.test
def many_ask_at_once(_):
    with Probe() as probe:
        probe.warm()
        everybody, answer = threading.Barrier(32), embeddings.good()

        def script(x):
            everybody.wait(tap.PATIENCE)  # none is answered before all ask
            return answer(x)
        probe.up.default = script
        tap.equal(probe.say("together", 32, "Who?"), ["32"], "answered")


@tests.test
def a_connection_that_died_is_replaced(_):
    with Probe() as probe:
        probe.warm()
        for text in ("one", "two", "three"):
            with probe.up.lock:
                for sock in probe.up.sockets:
                    with contextlib.suppress(OSError): # gone already
                        sock.shutdown(2)
            is_vector_of(probe.ask(text), text)


# --- broken ones ------------------------------------------------------------

@tests.test
def replies_that_are_wrong_are_refused(_):
    def numbers(text):
        return embeddings.changed(lambda body: body.replace("[", text, 2)
                                  .replace(text, "[", 1))

    def without(member):
        return embeddings.changed(lambda body: body.replace(member, '"x": '))

    with Probe() as probe:
        probe.warm()
        for what, script in (
                ("another dimension", embeddings.good(9)),
                ("fewer dimensions", embeddings.good(7)),
                ("NaN", numbers("[NaN,")),
                ("infinity", numbers("[1e999,")),
                ("zeros", embeddings.good(encode=lambda v: [0] * len(v))),
                ("no vector", without('"embedding": ')),
                ("no list", without('"data": ')),
                ("no vectors", embeddings.good(order=lambda v: [])),
                ("two for one", embeddings.good(order=lambda v: v + v)),
                ("another index", embeddings.good(
                    order=lambda v: [dict(v[0], index=1)])),
                ("garbage", upstream.reply(200, b"\xff\x00 garbage")),
                ("nothing", upstream.reply(200, b"")),
                ("a page", upstream.reply(200, "<html>", type="text/html")),
                ("an error", upstream.reply(200, {"error": {}})),
                ("half", embeddings.changed(lambda body: body[:100])),
                ("too much", upstream.reply(200, b" " * (1 << 20)))):
            answer = fails_with(probe, UNUSABLE, script)
            tap.note("%s: %s" % (what, answer))


@tests.test
def statuses_are_told(_):
    with Probe() as probe:
        probe.warm()
        for status in (201, 301, 401, 403, 404, 418, 500, 502, 503, 504):
            answer = fails_with(probe, UNUSABLE, upstream.reply(
                status, {"error": SECRET}, [("Location", probe.up.url)]))
            tap.contains(answer, str(status), "answer")


@tests.test
def cut_and_silent_connections_are_told(_):
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"data\""
    with Probe("embedding_timeout_ms = 3000") as probe:
        probe.warm()
        fails_with(probe, UNUSABLE, upstream.raw(cut))
        fails_with(probe, UNUSABLE, upstream.close_early)
        fails_with(probe, UNUSABLE, upstream.raw(b"no HTTP\r\n\r\n"))
        fails_with(probe, LATE, upstream.silent())


@tests.test
def a_deadline_ends_a_call_that_drips(_):
    drip = upstream.sse([b" "] * 10000, delay=0.05, type="application/json")
    with Probe() as probe:
        probe.warm()
        fails_with(probe, LATE, drip, wait_ms=200)
        tap.check(all(one.gone.wait(tap.PATIENCE) for one in
                      probe.up.journal if SECRET in embeddings.texts(one)),
                  "it was left before its end")


@tests.test
def a_dead_endpoint_is_told(_):
    with contextlib.closing(Port()) as port, Probe(
            "embedding_url = http://127.0.0.1:%d" % port.number) as probe:
        tap.equal(probe.ask(SECRET)[0], UNUSABLE, "answer")
        tap.equal(probe.say("prepare")[0], UNUSABLE, "prepare")
        tap.equal(probe.say("passages", SECRET)[0], UNUSABLE,
                  "passages")


# --- texts that are refused -------------------------------------------------

@tests.test
def the_poisonous_text_of_a_batch_is_found(_):
    for status in (400, 413, 422):
        with Probe() as probe:
            probe.warm()
            probe.up.default = embeddings.picky(["poison"], status=status)
            answer = probe.say("passages", "a", "poison 1", "b", "poison 2")
            tap.equal([one == "-" for one in answer[2:]],
                      [False, True, False, True], "refused")
            tap.check(abs(float(answer[4]) - embeddings.first("b", 8)) < 1e-3,
                      "the others have their vectors", answer)


@tests.test
def an_endpoint_that_refuses_everything_is_to_blame_itself(_):
    with Probe() as probe:
        probe.warm()
        probe.up.default = embeddings.picky([""])
        answer = probe.say("passages", "a", "b")
        tap.equal(answer[0], UNUSABLE, "answer")
        tap.equal(len(probe.up.journal), 2, "the batch and a harmless text")


@tests.test
def refused_questions_do_not_open_the_breaker(_):
    with Probe() as probe:
        probe.warm()
        probe.up.default = embeddings.picky(["poison"])
        for number in range(2 * FAILURES):
            tap.equal(probe.ask("poison %d" % number)[0], UNUSABLE,
                      "answer")
        is_vector_of(probe.ask("Who?"), "Who?")


# --- the breaker ------------------------------------------------------------

@tests.test
def after_some_failures_nobody_is_sent_there_for_a_while(_):
    with Probe() as probe:
        probe.warm()
        probe.up.default = upstream.reply(500, {"error": SECRET})
        for number in range(FAILURES):
            probe.ask("question %d" % number)
        tap.equal(len(probe.up.journal), FAILURES, "calls")
        answer = probe.ask("one more")
        tap.equal(answer[0], UNUSABLE, "answer")
        tap.contains(" ".join(answer), "status 500", "the reason")
        tap.equal(len(probe.up.journal), FAILURES, "calls")
        state = probe.say("state")
        tap.equal(state[0], "no", "ready")
        tap.contains(" ".join(state), "words only", "state")
        probe.up.default = embeddings.good()
        wait_until("it is tried again",
                   lambda: probe.ask("Who?")[0] == "OK", pause=0.2)
        tap.equal(len(probe.up.journal), FAILURES + 1, "calls")
        tap.equal(probe.say("state")[0], "yes", "ready")


@tests.test
def retry_after_is_kept(_):
    with Probe() as probe:
        probe.warm()
        probe.up.default = upstream.reply(429, {}, [("Retry-After", "30")])
        tap.equal(probe.ask("Who?")[0], UNUSABLE, "answer")
        tap.equal(probe.ask("Who?")[0], UNUSABLE, "answer")
        tap.equal(len(probe.up.journal), 1, "calls")


@tests.test
def who_has_no_time_left_is_no_failure_of_the_endpoint(_):
    with Probe() as probe:
        probe.warm()
        probe.up.default = embeddings.good(delay=tap.PATIENCE)
        for number in range(2 * FAILURES):
            tap.equal(probe.ask("question %d" % number, 10)[0], LATE,
                      "answer")
        probe.up.default = embeddings.good()
        is_vector_of(probe.ask("Who?"), "Who?")


# --- in the product ---------------------------------------------------------

def doctor(stack, **environment):
    """What doctor says of embeddings, and its exit status."""
    done = stack.admin("doctor", "--json", environment=environment)
    rows = {row["check"]: row for row in json.loads(done.out)}
    return rows["embedding"], done.code


@tests.test
def doctor_and_health_know_the_endpoint(_):
    with upstream.Upstream() as up:
        up.default = embeddings.good()
        with Both(conf=["embedding = http", "embedding_model = " + MODEL,
                        "embedding_url = " + up.url]) as (stack, _provider):
            row, code = doctor(stack)
            tap.equal((row["state"], code), ("ok", 0), "state")
            tap.contains(row["what"], "8 dimensions", "what")
            health = stack.request("GET", "/health?deep=1")
            tap.equal((health.status, health.json()["status"]),
                      (200, "healthy"), "health")
            one = health.json()["embedding"]
            tap.equal((one["backend"], one["model"], one["ready"]),
                      ("http", MODEL, True), "embedding")
            tap.contains(stack.log(), "embedding", "the log")
            up.default = upstream.reply(401, {})
            row, code = doctor(stack)
            tap.equal((row["state"], code), ("FAILED", 1), "state")
            tap.contains(row["what"], "embedding_key_file", "what")


@tests.test
def without_a_model_everything_works_by_words(_):
    with Both(conf=["embedding_model = absent"]) as (stack, _provider):
        row, code = doctor(stack)
        tap.equal((row["state"], code), ("WARNING", 0), "doctor")
        tap.contains(row["what"], "model fetch", "what")
        health = stack.request("GET", "/health?deep=1")
        tap.equal((health.status, health.json()["status"]),
                  (200, "degraded"), "health")
        tap.equal(health.json()["recall"], "words", "recall")
        tap.contains(health.json()["embedding"]["state"], "absent", "state")
        tap.equal(stack.request("GET", "/health").json()["status"],
                  "healthy", "plain health")
        tap.contains(stack.log(), "words only", "the log")
        tap.equal(stack.chat("openai/gpt-4o", "Hello.").status, 200, "chat")
        row, code = doctor(stack, MEMORYROUTER_EMBEDDING="none")
        tap.equal((row["state"], code), ("ok", 0), "embedding = none")


@tests.test
def a_damaged_model_is_set_aside_while_requests_go_on(_):
    with Both(conf=["embedding_model = broken"]) as (stack, _provider):
        state = stack.env["STATE_DIR"]
        owner = os.stat(state)
        folder = os.path.join(state, "models")
        path = os.path.join(folder, "broken.model")
        os.makedirs(folder, exist_ok=True)
        with open(path + ".new", "w") as file:
            file.write("no model at all\n" * 100)
        for one in (folder, path + ".new"):
            os.chown(one, owner.st_uid, owner.st_gid)
        os.rename(path + ".new", path)

        def set_aside():
            tap.equal(stack.chat("openai/gpt-4o", "Hello.").status, 200,
                      "chat")
            return os.path.exists(path + ".bad")
        wait_until("the file is set aside", set_aside, pause=0.1)
        tap.check(not os.path.exists(path), "the file is gone")
        wait_until("the log says so",
                   lambda: "broken.model.bad" in stack.log())


tests.run()
