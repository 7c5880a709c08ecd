"""Runs the client programs against a private stack and judges each check."""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import bodies
import install
import php
from lib import tap
from lib.stack import Stack, wait_until
from lib.upstream import Upstream
from tee import Tee
from vendors import Vendors

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 600
KEYS = ("openai", "anthropic", "google")
ROWS = {"openai": "", "anthropic": "/anthropic", "google": "/google"}
DOWN = "provider down url=http://127.0.0.1:1 key_env=TEST_KEY_OPENAI"

# Name, generation of the Python clients ("memory": those that know only the
# memory endpoints) or "node", program.  The first tells the fact that all
# others find.
PROGRAMS = (
    ("openai (Python)", 3, "openai_sdk.py"),
    ("anthropic (Python)", 3, "anthropic_sdk.py"),
    ("google-genai (Python)", 3, "google_sdk.py"),
    ("langchain-openai", 3, "langchain_sdk.py"),
    ("memory clients", "memory", "memory_sdk.py"),
    ("older Python clients", 2, "older.py"),
    ("oldest Python clients", 1, "older.py"),
    ("openai (Node)", "node", "openai_sdk.mjs"),
    ("@anthropic-ai/sdk (Node)", "node", "anthropic_sdk.mjs"),
    ("@google/genai (Node)", "node", "google_sdk.mjs"),
    ("Vercel AI SDK", "node", "vercel_ai.mjs"),
)


class Results:
    """Counts and prints."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def add(self, name, problem=None):
        """One check; problem: why it failed."""
        self.count += 1
        self.failed += problem is not None
        print("%s %d - %s" % ("not ok" if problem is not None else "ok",
                              self.count, name), flush=True)
        if problem is not None:
            tap.note(problem)

    def end(self):
        """The plan and the total; the exit status."""
        print("1..%d" % self.count)
        tap.note("%d checks of client libraries, %d failed"
                 % (self.count, self.failed))
        return self.failed > 0


class Line:
    """The stack, the recording vendors behind it and the relay before it."""

    def __init__(self, web="nginx", upstream=None, rows=None):
        self.upstream = upstream
        if not upstream:
            self.upstream = Upstream()
            self.upstream.default = Vendors()
        self.stack = Stack(web, [
            "provider %s url=%s%s key_env=TEST_KEY_%s"
            % (name, self.upstream.url, path, name.upper())
            for name, path in (rows or ROWS).items()] + [DOWN],
            dict({"TEST_KEY_" + name.upper(): "sk-configured-" + name
                  for name in KEYS}, NO_PROXY="*", no_proxy="*"))
        self.open = contextlib.ExitStack()
        self.tee = self.key = self.key_id = None

    def __enter__(self):
        try:
            self.open.enter_context(self.upstream)
            self.open.enter_context(self.stack)
            self.key, self.key_id = self.stack.new_key()
            self.tee = self.open.enter_context(Tee(self.stack.port))
        except BaseException:
            self.open.close()
            raise
        return self

    def __exit__(self, *_):
        self.open.close()

    def environment(self):
        """What a client program is told."""
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8",
                "HOME": self.stack.folder, "NO_PROXY": "*",
                "PYTHONPATH": HERE, "PYTHONDONTWRITEBYTECODE": "1",
                "MEMORYROUTER_URL": self.tee.url, "MEMORY_KEY": self.key}

    def forget(self):
        """Empties the journals."""
        self.tee.journal = []
        self.upstream.forget()

    def judge(self, facts):
        """Why a check failed, or None."""
        if not facts["ok"]:
            return facts.get("note") or "it failed"
        try:
            bodies.check_all(list(self.tee.journal),
                             list(self.upstream.journal), facts)
            if facts.get("tell"):
                wait_until("the fact is stored", lambda: [
                    text for _, text in self.stack.memories(self.key_id)
                    if bodies.FACT in text])
        except (bodies.Wrong, tap.Failed) as error:
            return str(error)
        except Exception:
            return traceback.format_exc()
        return None


class Program:
    """One client program while it runs."""

    def __init__(self, line, results, name, command, folder):
        self.line, self.results, self.name = line, results, name
        self.ended = False
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command, cwd=folder, env=line.environment(), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
            encoding="utf-8")
        self.alarm = threading.Timer(SECONDS, self.process.kill)

    def listen(self):
        """Judges its checks until it ends."""
        self.alarm.start()
        self.line.forget()
        try:
            for text in self.process.stdout:
                if text.startswith("@@"):
                    self.hear(json.loads(text[2:]))
        finally:
            self.alarm.cancel()
            self.process.kill()
            self.process.wait()
        if not self.ended:
            self.errors.seek(0)
            self.results.add(self.name + ": runs to its end", "exit status "
                             "%d\n%s" % (self.process.returncode,
                                         self.errors.read()[-3000:]))

    def hear(self, message):
        """One line of the program; it goes on when we answer."""
        if "end" in message:
            self.ended = True
        else:
            self.results.add("%s: %s" % (self.name, message["name"]),
                             self.line.judge(message))
        self.line.forget()
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass


def node_folder(scratch):
    """The Node programs beside a link to their libraries."""
    modules = install.node_modules()
    for name in os.listdir(HERE):
        if name.endswith(".mjs"):
            shutil.copy(os.path.join(HERE, name), scratch)
    link = os.path.join(scratch, "node_modules")
    if not os.path.islink(link):
        os.symlink(modules, link)
    return scratch


def run_program(line, results, scratch, row):
    """One row of the table."""
    name, kind, program = row
    started = time.monotonic()
    try:
        if kind == "node":
            folder = node_folder(scratch)
            command = ["node", program]
        else:
            folder = HERE
            command = [install.python(kind), program]
    except (install.Missing, OSError, subprocess.SubprocessError) as error:
        results.add(name + ": is installed", str(error))
        return
    Program(line, results, name, command, folder).listen()
    tap.note("%s: %.1f s" % (name, time.monotonic() - started))


def main(wanted, make_line=Line, results=None, with_php=True):
    """Runs all; the exit status."""
    signal.signal(signal.SIGTERM, tap.on_end)
    signal.signal(signal.SIGHUP, tap.on_end)
    results = results or Results()
    chosen = [row for row in PROGRAMS if not wanted or row is PROGRAMS[0] or
              any(word in " ".join(map(str, row)) for word in wanted)]
    scratch = tempfile.mkdtemp(prefix="memoryrouter-clients-")
    try:
        with make_line() as line:
            for row in chosen:
                run_program(line, results, scratch, row)
        if with_php and (not wanted or "php" in wanted):
            with Line("apache") as line:
                php.run(line, results)
    except Exception:
        tap.note(traceback.format_exc())
        print("Bail out! what the tests need did not start", flush=True)
        sys.exit(1)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return results.end()
