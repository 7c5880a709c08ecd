"""Tests that print TAP: functions whose names are sentences.

    tests = tap.Plan()

    @tests.test
    def a_wrong_key_is_refused(stack):
        tap.equal(reply.status, 401, "status")

    tests.run(lambda: Stack())

run() enters the context manager that it is given (None: nothing), calls each
test with what that yields, and exits with 1 if one failed.  SIGTERM unwinds,
so that what was started is ended.
"""
import functools
import signal
import sys
import time
import traceback

# Seconds after which what is waited for has failed: far more than it takes on
# a slow machine with other tests beside this one.
PATIENCE = 120
DAY = 24 * 60 * 60


class Failed(AssertionError):
    """Something was not as expected."""


class Skip(Exception):
    """The test cannot be made here."""


class TooSlow(Exception):
    """A test ran past its time."""


def shown(value, limit=2000):
    """A value as one diagnostic shows it."""
    text = repr(value) if not isinstance(value, str) else value
    return text if len(text) <= limit else text[:limit] + " ..."


def check(condition, message, *seen):
    """Fails with the message and what was seen."""
    if not condition:
        raise Failed("\n".join([message] + ["seen: " + shown(one)
                                            for one in seen]))


def equal(seen, expected, what="value"):
    """Fails unless both are equal."""
    if seen != expected:
        raise Failed("%s\nexpected: %s\nseen:     %s"
                     % (what, shown(expected), shown(seen)))


def contains(text, part, what="text"):
    """Fails unless the part is in the text."""
    if part not in text:
        raise Failed("%s\nlacks: %s\nseen:  %s"
                     % (what, shown(part), shown(text)))


def lacks(text, part, what="text"):
    """Fails if the part is in the text."""
    if part in text:
        raise Failed("%s\nhas:  %s\nseen: %s"
                     % (what, shown(part), shown(text)))


def note(text):
    """A diagnostic line for each line of the text."""
    for line in str(text).splitlines():
        print("# " + line, flush=True)


def in_one_day(function):
    """A test that the end of a day in UTC, of a month perhaps, would upset:
    shortly before it waits."""
    @functools.wraps(function)
    def run(*arguments):
        left = DAY - time.time() % DAY
        if left < PATIENCE:
            time.sleep(left + 1)
        return function(*arguments)
    return run


def on_alarm(_number, _frame):
    raise TooSlow("the test took too long")


def on_end(_number, _frame):
    sys.exit(1)


class Plan:
    """The tests of one program."""

    def __init__(self, seconds=4 * PATIENCE):
        self.tests = []
        self.seconds = seconds

    def test(self, function, name=None):
        """Adds a test; its name is the function's."""
        self.tests.append((name or function.__name__.replace("_", " "),
                           function))
        return function

    def run_one(self, number, name, function, argument):
        """Runs a test and prints its line; whether it passed."""
        signal.alarm(self.seconds)
        try:
            function(argument)
        except Skip as why:
            print("ok %d - %s # SKIP %s" % (number, name, why), flush=True)
            return True
        except Exception as error:  # whatever it was, the next test runs
            signal.alarm(0)
            print("not ok %d - %s" % (number, name), flush=True)
            if not isinstance(error, (Failed, TooSlow)):
                note(traceback.format_exc())
            else:
                where = [f for f in traceback.extract_tb(error.__traceback__)
                         if not f.filename.endswith("tap.py")]
                note("%s:%d: %s" % (where[-1].filename.rsplit("/", 1)[-1],
                                    where[-1].lineno, error))
            return False
        finally:
            signal.alarm(0)
        print("ok %d - %s" % (number, name), flush=True)
        return True

    def run(self, context=None):
        """Runs all and exits."""
        signal.signal(signal.SIGTERM, on_end)
        signal.signal(signal.SIGHUP, on_end)
        signal.signal(signal.SIGALRM, on_alarm)
        wanted = set(sys.argv[1:])
        chosen = [one for one in self.tests
                  if not wanted or any(w in one[0] for w in wanted)]
        print("1..%d" % len(chosen), flush=True)
        try:
            if context is None:
                passed = self.run_all(chosen, None)
            else:
                with context() as argument:
                    passed = self.run_all(chosen, argument)
        except Skip as why:
            for number, (name, _) in enumerate(chosen, 1):
                print("ok %d - %s # SKIP %s" % (number, name, why))
            sys.exit(0)
        except Exception:
            note(traceback.format_exc())
            print("Bail out! what the tests need did not start", flush=True)
            sys.exit(1)
        sys.exit(0 if passed else 1)

    def run_all(self, chosen, argument):
        """Whether all passed."""
        results = [self.run_one(number, name, function, argument)
                   for number, (name, function) in enumerate(chosen, 1)]
        return all(results)
