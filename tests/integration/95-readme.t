#!/usr/bin/env python3
"""Every command of README.md works as it is written there.

A block of commands is run by exactly one of these tests: against a stack what
begins with `. run/env', on a host that is a folder what stands under
Installing, and of the rest (./autogen.sh check, make bench), which runs or
contains this test, that it exists.
"""
import ast
import importlib.util
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib.host import Host
from lib.stack import BUILDDIR, SRCDIR, Both, Stack, wait_until

tests = tap.Plan(seconds=1800)

KEYS = {"OPENAI_API_KEY": "sk-readme-openai",
        "ANTHROPIC_API_KEY": "sk-readme-anthropic",
        "GEMINI_API_KEY": "readme-gemini"}

with open(os.path.join(SRCDIR, "README.md"), encoding="utf-8") as readme:
    TEXT = readme.read()


def blocks():
    """[(language, heading above, text)] in order."""
    found, heading, inside = [], "", None
    for line in TEXT.split("\n"):
        if inside is not None and line == "```":
            found.append((language, heading, "\n".join(inside) + "\n"))
            inside = None
        elif inside is not None:
            inside.append(line)
        elif line.startswith("```"):
            language, inside = line[3:], []
        elif line.startswith("## "):
            heading = line[3:]
    return found


SHELL = [(heading, text) for language, heading, text in blocks()
         if language == "sh"]
PYTHON = [text for language, _, text in blocks() if language == "python"]


LEARNED = """until curl -s $BASE_URL/v1/memory/stats \\
    -H "Authorization: Bearer $MEMORY_KEY" | grep -q '"pending":0[,}]'
do sleep 1; done
"""


def kind(heading, text):
    """Which test runs a block."""
    if text.startswith(". run/env\n"):
        return "stack"
    return "install" if heading.startswith("Installing") else "target"


def of_kind(wanted):
    return [text for heading, text in SHELL if kind(heading, text) == wanted]


def run(stack, text):
    """Runs a block where `run' and `src' are; what it printed."""
    for name, path in (("run", stack.run_dir),
                       ("src", os.path.join(BUILDDIR, "src"))):
        link = os.path.join(stack.folder, "there", name)
        os.makedirs(os.path.dirname(link), exist_ok=True)
        if not os.path.islink(link):
            os.symlink(path, link)
    done = subprocess.run(
        ["sh", "-eu"], input=text, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=dict(os.environ, no_proxy="*", **KEYS),
        cwd=os.path.join(stack.folder, "there"), timeout=5 * tap.PATIENCE,
        check=False)
    tap.check(done.returncode == 0, "exit status %d of:\n%s"
              % (done.returncode, text), done.stderr)
    return done.stdout


def answers(output):
    """The completions in an output."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while True:
        at = output.find("{", at)
        if at < 0:
            return [one["choices"][0]["message"]["content"] for one in found]
        value, at = decoder.raw_decode(output, at)
        found.append(value)


def the_block(words):
    """The one block against a stack that has these words."""
    found = [text for text in of_kind("stack") if words in text]
    tap.equal(len(found), 1, "blocks with " + words)
    ran.add(found[0])
    return found[0]


ran = set()


@tests.test
def quick_start_remembers(both):
    stack, _ = both
    said = answers(run(stack, the_block("Remember that my favorite color")))
    tap.equal(len(said), 2, "answers")
    tap.lacks(said[0], "blue", "the first answer")
    tap.contains(said[1], "blue", "the second answer")


@tests.test
def twenty_facts_are_found_in_other_words(both):
    stack, _ = both
    text = the_block("I am allergic to peanuts")
    hybrid = stack.request("GET", "/health?deep=1", {}).json()[
        "recall"] == "hybrid"
    if hybrid:
        # The three seconds are the learner's; here it takes what it needs.
        tap.equal(text.count("sleep 3\n"), 1, "its time")
        text = text.replace("sleep 3\n", LEARNED)
    lines = run(stack, text).split("\n")
    said = dict(zip(lines[::2], lines[1::2]))
    tap.equal(len(said), 7, "questions")
    wanted = ("peanuts", "cello", "passport", "Portugal", "wrist",
              "ten kilometres", "landlord is Mr. Abendroth")
    for number, (answer, fact) in enumerate(zip(said.values(), wanted), 1):
        if hybrid or number == 7:
            tap.contains(answer, "I remember:", "answer %d" % number)
            tap.contains(answer, fact, "answer %d" % number)
        else:
            tap.contains(answer, "nothing about this", "answer %d" % number)
    tap.note("by words and vectors" if hybrid else "by words alone")


@tests.test
def keys_are_made_and_usage_is_told(both):
    stack, _ = both
    out = run(stack, the_block("external_user_id"))
    for member in ('"name":"user 8841"', '"keys":[', '"daily":[',
                   '"accounts":['):
        tap.contains(out, member, "output")


@tests.test
def what_was_done_is_told(both):
    stack, _ = both
    out = run(stack, the_block('"explain": true'))
    reply, search = out.split('{"query":')
    for what, text, member in (("reply", reply, '"_memory":{'),
                               ("search", search, '"explain":{')):
        tap.contains(text, member, what)
        tap.contains(text, "My brother Tom is a pilot.", what)


@tests.test
def stored_provider_keys_reach_two_vendors(both):
    stack, up = both
    up.forget()
    run(stack, the_block("provider-key set"))
    tap.equal([one.target for one in up.journal],
              ["/v1/chat/completions", "/anthropic/v1/chat/completions"],
              "calls")
    tap.equal([one.model() for one in up.journal],
              ["gpt-4o", "claude-sonnet-5"], "models")
    for one, key in zip(up.journal, ("OPENAI", "ANTHROPIC")):
        tap.contains(str(one.headers), KEYS[key + "_API_KEY"], "headers")
        tap.contains(one.last_user_text(), "blue", "question")


@tests.test
def a_provider_key_comes_with_the_request(both):
    stack, up = both
    up.forget()
    run(stack, the_block("X-Memory-Key: $MEMORY_KEY"))
    tap.equal(len(up.journal), 1, "calls")
    tap.equal(up.last().header("authorization"),
              "Bearer " + KEYS["OPENAI_API_KEY"], "key")
    tap.contains(up.last().last_user_text(), "blue", "question")


@tests.test
def a_customer_gets_a_key(both):
    stack, _ = both
    row = json.loads(run(stack, the_block("customer 8841")))
    tap.equal(row["name"], "customer 8841", "name")
    tap.equal(stack.chat("demo/x", "Hello", row["key"]).status, 200, "status")


@tests.test
def a_session_is_a_part_of_the_vault(both):
    stack, _ = both
    said = answers(run(stack, the_block("ticket-17")))
    tap.equal(len(said), 1, "answers")
    wait_until("the session is stored", lambda: stack.sql(
        "SELECT 1 FROM session WHERE name = 'ticket-17'"))


@tests.test
def memory_is_a_tool(both):
    stack, _ = both
    answer = json.loads(run(stack, the_block("tools/call")))["result"]
    tap.check(any("E-17" in one["content"] for one in
                  answer["structuredContent"]["results"]), "found", answer)


@tests.test
def every_block_is_run(_):
    tap.equal(len(of_kind("stack")), len(ran), "blocks against a stack")
    tap.check(len(of_kind("install")) >= 5, "blocks on a host")
    for language, heading, _ in blocks():
        tap.check(language in ("sh", "python", "text"),
                  "a block under %s is of no known language" % heading)


@tests.test
def python_blocks_work_with_the_libraries_that_are_here(both):
    stack, up = both
    tap.check(len(PYTHON) >= 4, "python blocks", len(PYTHON))
    up.on("claude-sonnet-5", anthropic_reply)
    up.on("gpt-4o", openai_reply)
    missing = set()
    run(stack, the_block("provider-key set"))
    for text in PYTHON:
        names = {node.module.split(".")[0]
                 for node in ast.walk(ast.parse(text))
                 if isinstance(node, ast.ImportFrom)}
        tap.check(names, "the block imports what it uses", text)
        absent = {name for name in names if name == "google"
                  and not has("google.genai") or not has(name)}
        missing |= absent
        if not absent:
            run_python(stack, up, text)
    tap.note("not installed, so only parsed: %s"
             % (", ".join(sorted(missing)) or "nothing"))


def has(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def run_python(stack, up, text):
    """Runs a block; its calls have to reach a provider."""
    up.forget()
    values = dict(KEYS, BASE_URL=stack.env["BASE_URL"],
                  MEMORY_KEY=stack.key)
    head = "".join("%s = %r\n" % item for item in values.items())
    done = subprocess.run(
        [sys.executable, "-"], input=head + text, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=tap.PATIENCE,
        env=dict(os.environ, no_proxy="*"), check=False)
    tap.check(done.returncode == 0, "exit status %d of:\n%s"
              % (done.returncode, text), done.stdout)
    tap.check(up.journal, "a call upstream of:\n" + text)


def openai_reply(x):
    """In the dialect of the path."""
    from lib import upstream
    if not x.request.target.endswith("/responses"):
        return upstream.chat()(x)
    return upstream.reply(200, {
        "id": "resp_1", "object": "response", "created_at": 1700000000,
        "status": "completed", "model": "gpt-4o", "tools": [],
        "parallel_tool_calls": True, "tool_choice": "auto",
        "output": [{"type": "message", "id": "msg_1", "role": "assistant",
                    "status": "completed", "content": [
                        {"type": "output_text", "text": "Rosalind.",
                         "annotations": []}]}]})(x)


def anthropic_reply(x):
    """In the dialect of the path."""
    from lib import upstream
    if not x.request.target.endswith("/messages"):
        return upstream.chat()(x)
    return upstream.reply(200, {
        "id": "msg_1", "type": "message", "role": "assistant",
        "model": "claude-sonnet-5", "stop_reason": "end_turn",
        "stop_sequence": None, "content": [
            {"type": "text", "text": "Rosalind."}],
        "usage": {"input_tokens": 1, "output_tokens": 1}})(x)


@tests.test
def other_commands_exist(_):
    with open(os.path.join(SRCDIR, "autogen.sh")) as file:
        script = file.read()
    for text in of_kind("target"):
        for line in text.strip().split("\n"):
            words = line.split()
            if words[0] == "make":
                done = subprocess.run(
                    ["make", "-n", "-C", BUILDDIR, words[1]], text=True,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    env=dict(os.environ, MAKEFLAGS=""), check=False)
                tap.check(done.returncode == 0, line, done.stdout[-500:])
            else:
                tap.equal(words[0], "./autogen.sh", line)
                tap.contains(script, "\n%s)\n" % words[1], line)


@tests.test
def files_that_are_named_exist(_):
    for path in re.findall(r"`((?:src|tests|nginx|apache|sql)/[\w./-]+)", TEXT):
        tap.check(os.path.exists(os.path.join(SRCDIR, path)) or
                  os.path.exists(os.path.join(SRCDIR, path + ".c")),
                  "README names %s" % path)


@tests.test
def options_of_CONF_win(_):
    with Stack(conf=["demo=off", "db_connections = 3"]) as stack:
        tap.equal(stack.chat("demo/x", "Hello").status, 400, "demo/")


@tests.test
def what_the_stack_needs_cannot_be_set_by_CONF(_):
    for name in ("socket", "state_dir", "db_password_file"):
        try:
            with Stack(conf=["# ours", " %s = /nowhere" % name]):
                raise tap.Failed("the stack runs in spite of " + name)
        except RuntimeError as error:
            tap.contains(str(error), "CONF, line 2: %s belongs" % name,
                         "what it says")


@tests.test
def options_that_are_named_exist(both):
    stack, _ = both
    known = set(re.findall(r"(?m)^#(\w+) = ", stack.run(
        "memoryrouter", "--options").out))
    limits = TEXT.split("\n## Limits\n")[1].split("\n## ")[0]
    named = {name for line in limits.split("\n") if line.startswith("| ")
             for name in re.findall(r"`(\w+)`", line.split("|")[-2])}
    tap.check(len(named) >= 10, "options under Limits", named)
    named |= {name for _, text in SHELL
              for name in re.findall(r"(?m)^(\w+) = ", text)}
    tap.equal(sorted(named - known), [], "options that do not exist")


@tests.test
def prefixes_that_are_named_are_served(both):
    stack, _ = both
    table = TEXT.split("\n## Providers\n")[1].split("\n## ")[0]
    prefixes = [prefix for line in table.split("\n") if line.startswith("| ")
                for prefix in re.findall(r"`([a-z-]+)/`",
                                         line.split("|")[2])]
    tap.check(len(prefixes) > 20, "prefixes", prefixes)
    for prefix in set(prefixes) - {"openrouter"}:
        reply = stack.request("POST", "/v1/chat/completions?mode=off", {
            "Authorization": "Bearer " + stack.key},
            json.dumps({"model": prefix + "/no-such-model", "messages": []})
            .encode())
        tap.check(reply.header("x-provider-detected") != "openrouter",
                  "%s/ is not a prefix" % prefix, reply.body)


@tests.test
def the_manual_names_every_verb(both):
    stack, _ = both
    with open(os.path.join(SRCDIR, "src", "memoryrouter-admin.8")) as file:
        page = file.read().replace("\\-", "-")
    listed = stack.run("memoryrouter-admin", "--help").out
    for verb in re.findall(r"(?m)^  ([a-z][a-z -]*?)(?: [A-Z[]|$)", listed):
        tap.contains(page, verb, "memoryrouter-admin(8)")
    for option in re.findall(r"--[a-z-]+", listed):
        tap.contains(page, option, "memoryrouter-admin(8)")


@tests.test
def installing_works_line_by_line(both):
    stack, _ = both
    # The host's MariaDB is that of the stack, as its administrator finds it.
    stack.sql("DROP DATABASE memoryrouter; DROP USER memoryrouter@localhost, "
              "memoryrouter_admin@localhost", "mysql")
    with Host(stack.env["DB_SOCKET"]) as host:
        said = ""
        for text in of_kind("install"):
            try:
                said += host.shell(text)
            except tap.Failed:
                tap.note(host.logs()[-3000:])
                raise
        key = re.search(r"mk_[0-9A-Za-z]{32}", said)
        tap.check(key, "a key was shown", said[-2000:])
        tap.check(said.count('"healthy"') == 2,
                  "/health through both servers", said[-1000:])
        lines = re.findall(r"(?m)^(.*\S)\s+(ok|FAILED)\s", said)
        tap.check(len(lines) >= 8, "what doctor checks", said[-2000:])
        for port in (host.env["NGINX_PORT"], host.env["APACHE_PORT"]):
            done = host.shell(
                "curl -s http://127.0.0.1:%s/v1/chat/completions -H "
                "'Authorization: Bearer %s' -d '{\"model\": \"gpt-4o\", "
                "\"messages\": [{\"role\": \"user\", \"content\": "
                "\"Hello\"}]}'" % (port, key.group(0)))
            tap.contains(done, "missing_provider_key", "the key works")


tests.run(lambda: Both(rows=("anthropic", "google")))
