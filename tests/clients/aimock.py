"""The client programs against @copilotkit/aimock, a mock of the vendors that
others wrote, instead of our own.

It stands behind a relay that keeps the bytes of what arrives, so each check is
judged as in harness.py; then its own journal has to hold what was injected.
The fixtures say what vendors.py says.  What it cannot play is left out below.
"""
import base64
import contextlib
import json
import os
import re
import subprocess
import tempfile
import threading
import urllib.request

import bodies
import harness
import install
import vendors
from tee import Tee

PROGRAM = "@copilotkit/aimock/dist/cli.js"
JOURNAL = "/__aimock/journal"
FORGET = "/__aimock/reset/journal"
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
MODELS = {"gpt": vendors.OPENAI_ERRORS, "claude": vendors.ANTHROPIC_ERRORS,
          "gemini": vendors.GOOGLE_ERRORS}
FLAKES = 20         # how often a model may fail first and work then

# What aimock does not do: whose check, how it then fails, why.
NOT_PLAYED = tuple((re.compile(name), re.compile(problem), why)
                   for name, problem, why in (
    ("count tokens$", "Not found", "it counts no tokens"),
    ("genai.*: embeddings$", "Not found", "it embeds no batches"),
    ("genai.*: v1alpha$", "Not found", "it knows v1beta alone"),
    ("base64$|Node.: embeddings$", "_bytes_from_decode_data|instead of",
     "it sends the vectors of fixtures as numbers only"),
    ("anthropic.*: (plain.*|404 of the vendor)$", "req_vendor",
     "it sends no request-id"),
    ("(responses,|anthropic.*:|genai.*:) structured output$", "",
     "it sees the schemas of OpenAI chat alone"),
))


# --- fixtures ---------------------------------------------------------------

def say(text, **match):
    """A text."""
    return {"match": match, "response": {"content": text, "usage": USAGE}}


def failures():
    """What the words in a model's name ask for."""
    for family, statuses in MODELS.items():
        for status, words in statuses.items():
            kind, code = words if isinstance(words, tuple) else (words, words)
            response = {"status": status, "error": {
                "message": "The vendor says %d." % status, "type": kind,
                "code": code}}
            if status == 429:
                response["retryAfter"] = 1
            yield {"match": {"model": "%s-fail-%d" % (family, status)},
                   "response": response}
            for turn in range(0, 2 * FLAKES, 2):
                match = {"model": "%s-flaky-%d" % (family, status)}
                yield {"match": dict(match, sequenceIndex=turn),
                       "response": response}
                yield say(vendors.TEXT, **dict(match, sequenceIndex=turn + 1))
        for end in ("cut", "ends-early"):
            yield dict(say(vendors.TEXT * 5, model="%s-%s" % (family, end)),
                       truncateAfterChunks=3, latency=20)


def fixtures():
    """All, the first that matches answers."""
    yield from failures()
    yield {"match": {"endpoint": "speech"}, "response": {
        "audio": base64.b64encode(vendors.AUDIO).decode()}}
    yield {"match": {"endpoint": "transcription"}, "response": {
        "transcription": {"text": vendors.TEXT}}}
    yield {"match": {"endpoint": "embedding"}, "response": {
        "embedding": vendors.VECTOR}}
    for result in ('{"result": "21 degrees in Paris"}',
                   '{"result": "21 degrees"}', "21 degrees in Paris",
                   "21 degrees"):
        for seen in (result, result.replace(": ", ":")):
            yield say("The tool said: %s." % result, toolResultContains=seen)
    yield {"match": {"toolName": "weather", "hasToolResult": False},
           "response": {"usage": USAGE, "toolCalls": [
               {"name": "weather", "arguments": {"city": "Paris"}}]}}
    for kind in ("json_schema", "json_object"):
        yield say(json.dumps(vendors.WEATHER), responseFormat=kind)
    yield say(vendors.TEXT)


# --- the mock ---------------------------------------------------------------

class Aimock:
    """The mock and the relay before it; use it in a with statement."""

    def __init__(self):
        self.tee = Tee(0)
        self.url = self.tee.url
        self.port = self.folder = None
        self.open = contextlib.ExitStack()

    def __enter__(self):
        self.folder = self.open.enter_context(
            tempfile.TemporaryDirectory(prefix="memoryrouter-aimock-"))
        try:
            self.port = self.tee.target = self.start()
            self.open.enter_context(self.tee)
        except BaseException:
            self.open.close()
            raise
        return self

    def __exit__(self, *_):
        self.open.close()

    def start(self):
        """The port on which it listens."""
        path = os.path.join(self.folder, "fixtures.json")
        with open(path, "w") as file:
            json.dump({"fixtures": list(fixtures())}, file)
        modules = install.node_modules("aimock", "aimock.json")
        process = subprocess.Popen(
            ["node", os.path.join(modules, PROGRAM), "-p", "0", "-f", path],
            cwd=self.folder, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "HOME": self.folder})
        self.open.callback(process.communicate)
        self.open.callback(process.kill)
        said = ""
        for line in process.stdout:
            said += line
            found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", line)
            if found:
                # What it goes on to say must not fill the pipe.
                threading.Thread(target=process.stdout.read,
                                 daemon=True).start()
                return int(found.group(1))
        raise RuntimeError("aimock did not start: " + said)

    @property
    def journal(self):
        """The requests as they came."""
        return self.tee.journal

    def ask(self, method, path):
        """What its own interface answers."""
        request = urllib.request.Request(
            "http://127.0.0.1:%d%s" % (self.port, path), method=method)
        with OPENER.open(request, timeout=120) as reply:
            return json.load(reply)

    def forget(self):
        """Empties both journals."""
        self.tee.journal = []
        self.ask("POST", FORGET)

    def received(self):
        """What it says to have received, the texts of each request."""
        return [json.dumps(entry["body"], ensure_ascii=False)
                for entry in self.ask("GET", JOURNAL)]


# --- the checks -------------------------------------------------------------

class Line(harness.Line):
    """The stack between the clients and the mock."""

    def __init__(self):
        super().__init__(upstream=Aimock(),
                         rows=dict.fromkeys(harness.KEYS, ""))

    def environment(self):
        """What a client program is told."""
        return dict(super().environment(), GOOGLE_VERSION="v1beta")

    def judge(self, facts):
        """Why a check failed, or None."""
        problem = super().judge(facts)
        if problem is not None or facts.get("memory") in (None, False):
            return problem
        fact = bodies.FACT if facts["memory"] is True else facts["memory"]
        seen = self.upstream.received()
        if len(seen) == len(self.upstream.journal) and seen and \
                all(fact in one for one in seen):
            return None
        return "%s is not in what aimock received: %s" % (fact, seen)


class Results(harness.Results):
    """Leaves out what the mock does not play."""

    def add(self, name, problem=None):
        """One check."""
        why = None
        if problem is not None:
            why = next((one[2] for one in NOT_PLAYED if one[0].search(name)
                        and one[1].search(problem)), None)
        if why is None:
            super().add(name, problem)
            return
        print("# not played by the mock, %s: %s" % (why, name), flush=True)


def main(wanted):
    """Runs all; the exit status."""
    return harness.main(wanted, Line, Results(), with_php=False)
