"""The client programs against @copilotkit/aimock, a mock of the vendors that
others wrote, instead of our own.

It stands behind a relay that keeps the bytes of what arrives, so each check is
judged as in harness.py; then its own journal has to hold what was injected.
The fixtures say what vendors.py says.  What it cannot play is left out below.
"""
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
import urllib.request

import bodies
import harness
import install
import vendors
from lib import tap
from tee import Tee

PROGRAM = "@copilotkit/aimock/dist/cli.js"
JOURNAL = "/__aimock/journal"
USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
MODELS = {"gpt": vendors.OPENAI_ERRORS, "claude": vendors.ANTHROPIC_ERRORS,
          "gemini": vendors.GOOGLE_ERRORS}
NOT_PLAYED = ()


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
            yield {"match": {"model": "%s-flaky-%d" % (family, status),
                             "sequenceIndex": 0}, "response": response}
        for end in ("cut", "ends-early"):
            yield dict(say(vendors.TEXT * 5, model="%s-%s" % (family, end)),
                       truncateAfterChunks=3)


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
                   '{"result": "21 degrees"}', "21 degrees"):
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
        self.tee = self.process = None
        self.folder = tempfile.mkdtemp(prefix="memoryrouter-aimock-")

    def __enter__(self):
        path = os.path.join(self.folder, "fixtures.json")
        with open(path, "w") as file:
            json.dump({"fixtures": list(fixtures())}, file)
        modules = install.node_modules("aimock", "aimock.json")
        self.process = subprocess.Popen(
            ["node", os.path.join(modules, PROGRAM), "-p", "0", "-f", path],
            cwd=self.folder, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "HOME": self.folder})
        said = ""
        for line in self.process.stdout:
            said += line
            found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", line)
            if found:
                break
        else:
            raise RuntimeError("aimock did not start: " + said)
        self.url = "http://127.0.0.1:" + found.group(1)
        self.tee = Tee(int(found.group(1)))
        self.tee.__enter__()
        return self

    def __exit__(self, *_):
        if self.tee:
            self.tee.__exit__()
        if self.process:
            self.process.kill()
            self.process.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)
