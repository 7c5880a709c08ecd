#!/usr/bin/env python3
"""Start, reload, stop, dying workers, and what the program says of itself."""
import os
import re
import signal
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib import upstream
from lib.stack import Both, alive, children, program, wait_until

tests = tap.Plan()
BODY = {"model": "openai/gpt-4o", "memory": False,
        "messages": [{"role": "user", "content": "Hello."}]}
STREAM = dict(BODY, stream=True)
WORKERS = 2
PROCESSES = WORKERS + 1   # and the learner


def server(*words, environment=None, text=None):
    """Runs the server's program; text: of a configuration file."""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith("MEMORYROUTER_")}
    env.update(environment or {})
    path = None
    if text is not None:
        path = os.path.join(os.environ.get("TMPDIR", "/tmp"),
                            "memoryrouter-%d.conf" % os.getpid())
        with open(path, "w") as file:
            file.write(text)
        words = ("--config", path) + words
    try:
        done = subprocess.run(
            [program("memoryrouter")] + list(words), env=env, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=tap.PATIENCE, check=False)
    finally:
        if path:
            os.unlink(path)
    return done


# --- the command line -------------------------------------------------------

@tests.test
def version_and_help_work(_):
    done = server("--version")
    tap.check(re.match(r"memoryrouter \d+\.\d+", done.stdout), "--version",
              done.stdout)
    tap.contains(server("--help").stdout, "Usage:", "--help")


@tests.test
def bad_usage_is_2(_):
    for words in (["--nonsense"], ["extra"], ["--config"]):
        done = server(*words)
        tap.equal(done.returncode, 2, "exit status of %s" % words)
        tap.contains(done.stderr, "Usage:", "message for %s" % words)


@tests.test
def the_printed_options_load_as_a_configuration(_):
    text = server("--options").stdout
    tap.contains(text, "#socket = ", "--options")
    done = server("--check-config", text=text)
    tap.equal(done.returncode, 0, "as printed: " + done.stderr)
    plain = re.sub(r"(?m)^#(\w+ =)", r"\1", text)
    plain = re.sub(r"(?m)^\w+_file =.*\n", "", plain)
    done = server("--check-config", text=plain)
    tap.equal(done.returncode, 0, "with every default said: " + done.stderr)
    tap.check(len(re.findall(r"(?m)^\w+ =", plain)) > 20, "many options")


@tests.test
def an_unknown_option_stops_with_file_and_line(_):
    done = server("--check-config", text="demo = on\n\nnonsense = 1\n")
    tap.equal(done.returncode, 1, "exit status")
    tap.check(re.search(r"memoryrouter-\d+\.conf:3: .*nonsense",
                        done.stderr), "file:line", done.stderr)


@tests.test
def wrong_values_say_what_would_be_right(_):
    for line, right in (("threads = many", "1 to 4096"),
                        ("threads = 0", "1 to 4096"),
                        ("demo = maybe", "on or off"),
                        ("memory_mode = loud", "on|read|write|off"),
                        ("body_bytes = 1x", "bytes"),
                        ("socket_mode = 999", "octal"),
                        ("just words", "name = value"),
                        ("provider openai key=sk-x", "key_env"),
                        ("provider mine", "url="),
                        ("provider mine url=ftp://x", "http://"),
                        ("provider mine url=http://x auth=odd", "bearer"),
                        ("provider demo url=http://x", "demo"),
                        ("db_password_file = /nonexistent/file", "read"),
                        ("threads = 4\nthreads = 5", "line 1")):
        done = server("--check-config", text=line + "\n")
        tap.equal(done.returncode, 1, "exit status for " + line)
        tap.contains(done.stderr, right, "message for " + line)
        tap.check(re.search(r"\.conf:\d+: ", done.stderr), "file:line for "
                  + line, done.stderr)


@tests.test
def secrets_stay_out_of_messages(_):
    done = server("--check-config", text="provider openai key=sk-verysecret\n")
    tap.lacks(done.stderr + done.stdout, "sk-verysecret", "message")


@tests.test
def the_environment_overrides_the_file(_):
    done = server("--check-config", text="threads = 4\n",
                  environment={"MEMORYROUTER_THREADS": "none"})
    tap.equal(done.returncode, 1, "exit status")
    tap.contains(done.stderr, "MEMORYROUTER_THREADS", "message")
    done = server("--check-config", text="demo = on\n",
                  environment={"MEMORYROUTER_THREADS": "7"})
    tap.equal(done.returncode, 0, done.stderr)


@tests.test
def a_missing_file_is_named(_):
    done = server("--config", "/nonexistent/m.conf", "--check-config")
    tap.equal(done.returncode, 1, "exit status")
    tap.contains(done.stderr, "/nonexistent/m.conf", "message")


@tests.test
def a_second_server_on_the_same_socket_is_refused(both):
    stack, _ = both
    done = stack.run("memoryrouter", "--config", stack.env["CONF_FILE"])
    tap.equal(done.code, 1, "exit status")
    tap.contains(done.err, "listens", "message")
    tap.equal(stack.request("GET", "/health").status, 200, "the first one")


# --- reload -----------------------------------------------------------------

def settled(stack):
    """The workers and the learner, when those of before a reload are gone."""
    wait_until("no old worker is left",
               lambda: len(stack.workers()) == PROCESSES)
    return stack.workers()


def under_load(stack, act, threads=8):
    """Statuses of requests that run while act(statuses so far) does."""
    ending, seen = threading.Event(), []

    def run():
        while not ending.is_set():
            try:
                seen.append(stack.post(BODY).status)
            except Exception as error:
                seen.append(repr(error))
    runners = [threading.Thread(target=run) for _ in range(threads)]
    for one in runners:
        one.start()
    try:
        wait_until("requests run", lambda: len(seen) > 20)
        act(seen)
    finally:
        ending.set()
        for one in runners:
            one.join()
    return seen


@tests.test
def a_reload_under_load_fails_no_request(both):
    stack, up = both
    old = stack.workers()
    stream = None
    gate = threading.Event()
    up.next(upstream.sse(upstream.stream_bytes(["One ", "two."]),
                         gates={2: gate}))
    stream = stack.begin_post(STREAM)
    stream.read_until(b"One ")

    def act(seen):
        for _ in range(3):
            before, count = set(stack.workers()), len(seen)
            os.kill(stack.master, signal.SIGHUP)
            wait_until("new workers", lambda: set(stack.workers()) - before)
            wait_until("the load goes on", lambda: len(seen) > count + 50)
    seen = under_load(stack, act)
    tap.equal([one for one in seen if one != 200], [], "failed of %d"
              % len(seen))
    gate.set()
    stream.finish()
    tap.equal(stream.text(), "One two.", "the stream that ran meanwhile")
    wait_until("the old workers end",
               lambda: not any(alive(pid) for pid in old))


@tests.test
def a_reload_reads_the_options_again(both):
    stack, _ = both
    tap.equal(stack.chat("demo/x", "Hello").status, 200, "with demo = on")
    stack.option("demo = off")
    os.kill(stack.master, signal.SIGHUP)
    wait_until("demo is off",
               lambda: stack.chat("demo/x", "Hello").status == 400)
    stack.option("demo = on")
    os.kill(stack.master, signal.SIGHUP)
    wait_until("demo is on",
               lambda: stack.chat("demo/x", "Hello").status == 200)


@tests.test
def a_reload_with_a_wrong_option_changes_nothing(both):
    stack, _ = both
    settled(stack)
    stack.option("nonsense = 1")
    before = stack.log()
    os.kill(stack.master, signal.SIGHUP)
    wait_until("the log says why",
               lambda: "nonsense" in stack.log()[len(before):])
    tap.equal(stack.post(BODY).status, 200, "a request")
    path = stack.env["CONF_FILE"]
    with open(path) as file:
        text = file.read().replace("nonsense = 1\n", "")
    with open(path, "w") as file:
        file.write(text)


@tests.test
def key_of_the_environment_survives_a_reload(both):
    stack, up = both
    before = set(settled(stack))
    os.kill(stack.master, signal.SIGHUP)
    wait_until("all workers are new",
               lambda: not before & set(stack.workers()))
    tap.equal(stack.post(BODY).status, 200, "status")
    tap.equal(up.last().header("authorization"), "Bearer sk-default", "key")


# --- dying ------------------------------------------------------------------

@tests.test
def a_killed_worker_is_replaced(both):
    stack, _ = both
    before = settled(stack)
    for pid in before:
        os.kill(pid, signal.SIGKILL)

    def replaced():
        now = [pid for pid in stack.workers() if alive(pid)]
        return len(now) == len(before) and not set(now) & set(before)
    wait_until("all are replaced", replaced)
    wait_until("requests work", lambda: stack.post(BODY).status == 200)
    tap.contains(stack.log(), "child_died", "the log")


@tests.test
def no_thread_or_descriptor_is_left_after_many_requests(both):
    stack, _ = both
    requests, spare = 400, 100   # spare: pools that are not full yet
    settled(stack)

    def open_files():
        total = 0
        for pid in stack.workers():
            try:
                total += len(os.listdir("/proc/%d/fd" % pid))
            except OSError:
                pass
        return total
    under_load(stack, lambda _: None)
    first = open_files()
    under_load(stack, lambda seen: wait_until(
        "%d requests" % requests, lambda: len(seen) > requests))
    wait_until("no more descriptors than before",
               lambda: open_files() <= first + spare)


# --- stop -------------------------------------------------------------------

@tests.test
def sigterm_lets_a_running_stream_finish(both):
    stack, up = both
    gate = threading.Event()
    up.next(upstream.sse(upstream.stream_bytes(["One ", "two."]),
                         gates={2: gate}))
    stream = stack.begin_post(STREAM)
    tap.check(stream.read_until(b"One "), "the stream runs")
    master, workers = stack.master, stack.workers()
    os.kill(master, signal.SIGTERM)
    wait_until("no new requests are served",
               lambda: stack.request("GET", "/health").status == 503)
    reply = stack.post(BODY)
    tap.equal(reply.status, 503, "status")
    tap.check(isinstance(reply.json()["error"], dict), "an OpenAI error",
              reply.body)
    tap.check(reply.header("retry-after"), "Retry-After")
    gate.set()
    stream.finish()
    tap.equal(stream.text(), "One two.", "the stream")
    wait_until("the master ends", lambda: not alive(master))
    tap.equal([pid for pid in workers if alive(pid)], [], "workers left")
    tap.check(not os.path.exists(stack.env["SOCKET"]), "the socket is gone")


@tests.test
def a_stream_past_drain_seconds_is_cut(both):
    stack, up = both
    stack.stop()
    stack.conf.append("drain_seconds = 1")
    stack.start()
    up.next(upstream.sse(upstream.stream_bytes(["One ", "two."]),
                         gates={2: threading.Event()}))
    stream = stack.begin_post(STREAM)
    tap.check(stream.read_until(b"One "), "the stream runs")
    master = stack.master
    os.kill(master, signal.SIGTERM)
    wait_until("the master ends", lambda: not alive(master))
    stream.finish()


@tests.test
def a_killed_master_takes_its_workers_with_it(both):
    stack, _ = both
    stack.stop()
    stack.start()
    master, workers = stack.master, stack.workers()
    tap.check(workers, "workers run")
    os.kill(master, signal.SIGKILL)
    wait_until("the workers end",
               lambda: not any(alive(pid) for pid in workers))
    tap.equal(children(master), [], "children")


tests.run(lambda: Both(conf=["workers = %d" % WORKERS]))
