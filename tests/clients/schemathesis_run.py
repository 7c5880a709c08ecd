"""Runs schemathesis against /openapi.json of a private stack: with a key that
may do everything, with the admin secret, and without any credentials."""
import os
import re
import subprocess
import sys
import tempfile

import install
from lib import tap
from lib.stack import Both

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = os.environ.get("SCHEMATHESIS_SEED", "20261124")
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "4")
SECONDS = 3600
ROWS = ("anthropic", "google", "xai", "openrouter", "deepseek", "mistral",
        "meta", "cerebras", "groq", "together", "fireworks", "perplexity",
        "cohere", "moonshot", "zai", "minimax", "dashscope", "azure",
        "ollama")

tests = tap.Plan(SECONDS)


class Prepared:
    """A stack on which there is something to find."""

    def __init__(self):
        self.both = Both(rows=ROWS)

    def __enter__(self):
        self.python = install.python_with("schemathesis", "schemathesis.pins")
        self.stack, self.upstream = self.both.__enter__()
        try:
            self.fill()
        except BaseException:
            self.both.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *what):
        self.both.__exit__(*what)

    def fill(self):
        """Keys, memories, sessions, usage, a provider key of each row."""
        email = self.stack.new_account()
        self.key, self.key_id = self.stack.new_key(email)
        for row in ("openai",) + ROWS:
            self.stack.must("provider-key", "set", row, "--account", email,
                            input="sk-test-key-0123456789\n")
        for number in range(4):
            self.stack.new_key(email)
            self.stack.settled(self.stack.chat(
                "openai/gpt-4o", "My boat number %d is called Selma." % number,
                self.key, {"X-Session-ID": "s%d" % number}))


def run(prepared, token, *words):
    """One run; fails with what was found."""
    stack = prepared.stack
    with tempfile.TemporaryDirectory() as folder:
        command = [
            prepared.python, "-m", "schemathesis.cli", "--config-file",
            os.path.join(HERE, "schemathesis.toml"), "run",
            "http://127.0.0.1:%d/openapi.json" % stack.port,
            "--seed", SEED, "--max-examples", EXAMPLES,
            "--generation-database", "none", "--request-timeout", "120",
            "--suppress-health-check", "too_slow",
            "--continue-on-failure"] + list(words)
        if token:
            command += ["--header", "Authorization: Bearer " + token]
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=SECONDS - 60, check=False, env=dict(
                os.environ, SCHEMATHESIS_HOOKS="schemathesis_hooks",
                PYTHONPATH=HERE, OWN_KEY=str(prepared.key_id), NO_COLOR="1",
                PYTHONHASHSEED="0"))
    for line in re.findall(r"(?m)^ +(?:Tested|\d+ generated).*$", done.stdout):
        tap.note(line.strip())
    start = done.stdout.find("= FAILURES =")
    tap.check(done.returncode == 0, "schemathesis found nothing",
              done.stdout[max(start, 0):][:20000])
    tap.lacks("".join(stack.logs().values()), "AddressSanitizer", "the logs")


@tests.test
def with_a_key_that_may_do_everything(prepared):
    run(prepared, prepared.key, "--exclude-path-regex", "^/admin")
    tap.equal(prepared.stack.request("GET", "/v1/me/stats", {
        "Authorization": "Bearer " + prepared.key}).status, 200,
        "the key still works")


@tests.test
def with_the_admin_secret(prepared):
    run(prepared, prepared.stack.env["ADMIN_SECRET"], "--include-path-regex",
        "^/admin")


@tests.test
def without_credentials(prepared):
    run(prepared, None, "--phases", "fuzzing")


def main():
    """Runs the tests."""
    tests.run(Prepared)
