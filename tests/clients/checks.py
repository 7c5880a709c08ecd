"""What the Python client programs share.

A program is a list of checks.  After each one it tells the driver what came of
it, and what the forwarded requests have to look like, and waits until the
driver has looked at them:

    check = Checks()

    @check("plain", memory=True)
    def _():
        equal(client.chat...., TEXT)

    check.run()

memory      True: the forwarded body carries the fact that was told before;
            a string: it carries this; False: nothing was injected
forwarded   requests that reach the vendor (default: all that were sent)
key         the key and the header in which it reaches the vendor
sent        requests that the client sends
loop        the requests (or those of these numbers) are one tool loop: the
            same memory in all
any_order   the requests are made at once
tell        the driver waits until the fact is stored
"""
import json
import os
import sys
import traceback
import warnings

URL = os.environ.get("MEMORYROUTER_URL", "")
MEMORY_KEY = os.environ.get("MEMORY_KEY", "")
FACT = "Remember that my favorite color is ultramarine."
QUESTION = "What is my favorite color?"
TEXT = "Grüße vom Modell \U0001f389, that is all."
VECTOR = [0.5, -0.25, 0.125]
AUDIO = bytes(range(256)) * 64
PNG = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADh"
       "gGAWjR9awAAAABJRU5ErkJggg==")
SCHEMA = {"type": "object", "properties": {
    "city": {"type": "string"}, "degrees": {"type": "integer"}},
    "required": ["city", "degrees"], "additionalProperties": False}
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}},
              "required": ["city"], "additionalProperties": False}
warnings.simplefilter("ignore")


def equal(seen, expected, what="value"):
    """Fails unless both are equal."""
    if seen != expected:
        raise AssertionError("%s: %r instead of %r" % (what, seen, expected))


def holds(condition, what):
    """Fails unless it is true."""
    if not condition:
        raise AssertionError(what)


def raises(kind, call, **facts):
    """The exception that the call raises, with these attributes."""
    try:
        call()
    except Exception as error:
        equal(type(error).__name__, kind.__name__, "class of %s" % error)
        for name, value in facts.items():
            equal(getattr(error, name), value, name)
        return error
    raise AssertionError("no %s was raised" % kind.__name__)


class Checks:
    """The checks of one program, in order."""

    def __init__(self):
        self.all = []

    def __call__(self, name, **expected):
        def add(function):
            self.all.append((name, function, expected))
            return function
        return add

    def run(self):
        """Makes them all."""
        for name, function, expected in self.all:
            expected = dict(expected, name=name, ok=True)
            try:
                function()
            except Exception:
                expected.update(ok=False, note=traceback.format_exc(limit=-3))
            self.tell(expected)
        self.tell({"end": len(self.all)})

    def tell(self, message):
        """Sends a line to the driver and waits for its word."""
        sys.stdout.write("@@" + json.dumps(message) + "\n")
        sys.stdout.flush()
        if not sys.stdin.readline():
            sys.exit(1)
