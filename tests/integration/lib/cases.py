"""Text cases: one file says what goes in and what has to come out.

A file begins with its name as a sentence; then sections follow, each under a
line `=== NAME WORDS`.  One turn is:

    === request                 method and target, headers, blank line, body
    === upstream reply [WORDS]  status line, headers, blank line, body; absent:
                                a completion that says "Hello."
                                WORDS: stream (events go out one by one),
                                cut=N (in pieces of N bytes), broken (no end),
                                crlf (lines end so), silent (nothing ever
                                comes)
    === upstream request        what has to arrive: method and target, headers
                                (`! Name`: absent), blank line, body
    === no upstream request     nothing may arrive
    === reply                   status, headers (`! Name`: absent), blank line,
                                body
    === usage                   what the turn is said to have cost: dialect,
                                provider, model, status, tokens in and out,
                                then `estimated` and `partial` where it is so

Before the first turn may stand `=== setup` with lines `remember TEXT`,
`remember @SESSION TEXT`, `provider-key NAME SECRET`, `revoke key2`; behind the
last one `=== memories [key2]` with the rows of the vault as `role: text` (a
newline in it as \\n), or `(none)`; an exact repeat as `role again: text`.

In requests {{key}} and {{key2}} stand for keys of one account with a vault
each.  In what is expected, {{any}} stands for anything, {{has WORDS}} for the
inside of a JSON string that holds these words, {{same}} for the body that
went in on the other side, {{date}} for a day.  Bodies are compared byte by
byte without the newline at their end; an absent one is not compared.
"""
import json
import os
import re

from . import http
from . import tap
from . import upstream
from .stack import wait_until

INSIDE = r'(?:[^"\\]|\\.)*?'


class Turn:
    """One request and what belongs to it."""

    def __init__(self, request):
        self.request = request
        self.script = None
        self.upstream_body = None
        self.up = None
        self.silent = False
        self.reply = None
        self.usage = None


class Case:
    """A file."""

    def __init__(self, path):
        self.path = path
        with open(path, newline="") as file:
            text = file.read()
        number = "/".join(path.split("/")[-2:])
        head, *parts = re.split(r"(?m)^=== ", text)
        self.name = "%s: %s" % (number, head.strip().split("\n")[0])
        self.setup = []
        self.turns = []
        self.memories = {}
        for part in parts:
            title, _, content = part.partition("\n")
            self.add(title.strip(), content.rstrip("\n"))

    def add(self, title, content):
        """One section."""
        if title == "setup":
            self.setup = [line for line in content.split("\n") if line]
        elif title == "request":
            self.turns.append(Turn(content))
        elif title.startswith("upstream reply"):
            turn = self.turns[-1]
            turn.script, turn.upstream_body = make_script(
                title.split()[2:], content)
        elif title == "upstream request":
            self.turns[-1].up = content
        elif title == "no upstream request":
            self.turns[-1].silent = True
        elif title == "reply":
            self.turns[-1].reply = content
        elif title == "usage":
            self.turns[-1].usage = content.strip()
        elif title.startswith("memories"):
            whose = title.split()[1] if " " in title else "key"
            lines = [line for line in content.split("\n") if line]
            self.memories[whose] = [] if lines == ["(none)"] else lines
        else:
            raise ValueError("%s: unknown section %s" % (self.path, title))


def split_message(content):
    """First line, header lines, body (None: there is none)."""
    head, blank, body = content.partition("\n\n")
    lines = head.split("\n")
    return lines[0], lines[1:], body if blank else None


def make_script(words, content):
    """What the fake provider does, and its body."""
    if "silent" in words:
        return upstream.silent(), None
    first, headers, body = split_message(content)
    status = int(first.split(" ")[1])
    pairs = [tuple(line.split(": ", 1)) for line in headers]
    data = (body or "").encode("utf-8")
    kind = dict((n.lower(), v) for n, v in pairs).get("content-type", "")
    others = [(n, v) for n, v in pairs if n.lower() != "content-type"]
    cut = next((int(w[4:]) for w in words if w.startswith("cut=")), 0)
    if "stream" in words or cut:
        if kind.startswith("text/event-stream"):
            data += b"\n\n"
        end = b"\n\n"
        if "crlf" in words:
            data, end = data.replace(b"\n", b"\r\n"), b"\r\n\r\n"
        pieces = [data[i:i + cut] for i in range(0, len(data), cut)] \
            if cut else [p for p in re.split(b"(?<=%s)" % end, data) if p]
        return upstream.sse(pieces, status=status, headers=others, type=kind,
                            end="broken" not in words), data
    return upstream.reply(status, data, others, kind), data


def pattern(expected, same):
    """A regular expression of what is expected."""
    out = ""
    for part in re.split(r"(\{\{[^}]*\}\})", expected):
        if part == "{{any}}":
            out += r".*?"
        elif part == "{{same}}":
            out += re.escape(same)
        elif part == "{{date}}":
            out += r"\d\d\d\d-\d\d-\d\d"
        elif part.startswith("{{has "):
            words = json.dumps(part[6:-2], ensure_ascii=False)[1:-1]
            out += INSIDE + re.escape(words) + INSIDE
        else:
            out += re.escape(part)
    return re.compile(out + r"\Z", re.S)


def compare_body(what, seen, expected, same):
    """Byte by byte, except for what stands for something."""
    text = seen.decode("utf-8", "surrogateescape")
    same = (same or b"").decode("utf-8", "surrogateescape")
    if not pattern(expected, same).match(text.rstrip("\n")
                                         if expected != "{{same}}" else text):
        raise tap.Failed("%s\nexpected: %s\nseen:     %s"
                         % (what, expected, text))


def compare_headers(what, message, lines, fill):
    """Those that are named."""
    for line in lines:
        line = fill(line)
        if line.startswith("! "):
            tap.check(message.header(line[2:]) is None,
                      "%s has the header %s" % (what, line[2:]),
                      message.header(line[2:]))
            continue
        name, expected = line.split(": ", 1)
        seen = message.header(name)
        if seen is None or not pattern(expected, "").match(seen):
            raise tap.Failed("%s, header %s\nexpected: %s\nseen:     %s"
                             % (what, name, expected, seen))


class Runner:
    """Runs cases on a stack."""

    def __init__(self, stack, provider):
        self.stack = stack
        self.provider = provider
        self.keys = {}

    def fill(self, text):
        """Puts the keys in."""
        for name, (secret, _) in self.keys.items():
            text = text.replace("{{%s}}" % name, secret)
        return text

    def prepare(self, line, email):
        """One line of the setup."""
        verb, _, rest = line.partition(" ")
        if verb == "provider-key":
            name, secret = rest.split(" ")
            self.stack.must("provider-key", "set", name, "--account", email,
                            input=secret + "\n")
        elif verb == "revoke":
            self.stack.must("key", "revoke", str(self.keys[rest][1]))
        elif verb == "remember":
            headers = {"X-Memory-Mode": "write",
                       "X-Memory-Store-Response": "false"}
            if rest.startswith("@"):
                session, _, rest = rest[1:].partition(" ")
                headers["X-Session-ID"] = session
            reply = self.stack.chat("gpt-4o", rest, self.keys["key"][0],
                                    headers)
            tap.equal(reply.status, 200, "setup: status")
            self.stack.settled(reply)
        else:
            raise ValueError("unknown line in the setup: " + line)

    def run(self, case):
        """Runs one."""
        email = self.stack.new_account()
        self.keys = {name: self.stack.new_key(email)
                     for name in ("key", "key2")}
        for line in case.setup:
            self.prepare(line, email)
        for number, turn in enumerate(case.turns, 1):
            self.run_turn(turn, "turn %d: " % number
                          if len(case.turns) > 1 else "")
        for whose, rows in case.memories.items():
            tap.equal(self.rows(self.keys[whose][1]), rows,
                      "memories of " + whose)

    def rows(self, key_id):
        """The memories of a vault as a case writes them."""
        return ["%s%s: %s" % (role, " again" if repeat else "",
                              text.replace("\n", "\\n"))
                for role, text, repeat in self.stack.memory_rows(key_id)]

    def run_turn(self, turn, prefix):
        """One request."""
        first, headers, body = split_message(self.fill(turn.request))
        method, target = first.split(" ")
        sent = (body or "").encode("utf-8")
        self.provider.forget()
        if turn.script:
            self.provider.next(turn.script)
        reply = http.request(
            self.stack.port, method, target,
            [tuple(line.split(": ", 1)) for line in headers], sent)
        arrived = list(self.provider.journal)
        if turn.reply is not None:
            self.check_reply(turn, reply, prefix)
        if turn.silent:
            tap.equal(len(arrived), 0, prefix + "requests upstream")
        if turn.up is not None:
            tap.equal(len(arrived), 1, prefix + "requests upstream")
            self.check_upstream(turn, arrived[0], sent, prefix)
        if arrived and reply.header("x-request-id"):
            self.stack.settled(reply)
        if turn.usage is not None:
            tap.equal(self.usage(reply.header("x-request-id")), turn.usage,
                      prefix + "usage")

    def usage(self, request_id):
        """What a request cost as a case writes it; None: nothing is known."""
        rows = self.stack.sql(
            "SELECT CONCAT_WS(' ', dialect, provider, model, http_status, "
            "input_tokens, output_tokens, IF(estimated, 'estimated', NULL), "
            "IF(partial, 'partial', NULL)) FROM usage_event "
            "WHERE request_id = UNHEX('%s')" % request_id)
        return rows[0][0] if rows else None

    def check_reply(self, turn, reply, prefix):
        """What the client got."""
        status, lines, expected = split_message(turn.reply)
        tap.check(reply.status == int(status), "%sstatus\nexpected: %s\n"
                  "seen:     %d" % (prefix, status, reply.status),
                  reply.body.decode("utf-8", "replace"))
        compare_headers(prefix + "reply", reply, lines, self.fill)
        if expected is not None:
            compare_body(prefix + "reply", reply.body, self.fill(expected),
                         turn.upstream_body)

    def check_upstream(self, turn, seen, sent, prefix):
        """What the provider got."""
        first, lines, expected = split_message(turn.up)
        tap.equal("%s %s" % (seen.method, seen.target), first,
                  prefix + "request upstream")
        compare_headers(prefix + "request upstream", seen, lines, self.fill)
        for name, value in seen.headers:
            tap.check("mk_" not in value, prefix +
                      "a memory key went upstream in " + name)
        if expected is not None:
            compare_body(prefix + "request upstream", seen.body,
                         self.fill(expected), sent)
