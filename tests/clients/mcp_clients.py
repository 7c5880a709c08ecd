"""The official clients of MCP, unmodified, against a running stack: run()
makes the checks of one and gives what failed.
"""
import json
import os
import shutil
import subprocess
import tempfile

import install

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 600

# name: (kind, how it connects)
PROGRAMS = {
    "Python SDK 2 (2026-07-28)": (2, "auto"),
    "Python SDK 2 (by initialize)": (2, "legacy"),
    "Python SDK 1": (1, "sdk1"),
    "TypeScript SDK 2 (2026-07-28)": ("node", "auto"),
    "TypeScript SDK 2 (by initialize)": ("node", "legacy"),
    "TypeScript SDK 1": ("node", "sdk1"),
    "inspector's command line": ("inspector", None),
}


def environment(port, key, home):
    """What a client is told."""
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": home,
            "NO_PROXY": "*", "no_proxy": "*", "PYTHONDONTWRITEBYTECODE": "1",
            "MEMORYROUTER_URL": "http://127.0.0.1:%d/mcp" % port,
            "MEMORY_KEY": key}


def program(kind, way, scratch, env):
    """The problems of a program that prints its checks, and their count."""
    if kind == "node":
        shutil.copy(os.path.join(HERE, "mcp_sdk.mjs"), scratch)
        os.symlink(install.node_modules("mcp-node", "mcp.json"),
                   os.path.join(scratch, "node_modules"))
        command = ["node", "mcp_sdk.mjs", way]
    else:
        name = "mcp-%d" % kind
        command = [install.python_with(name, name + ".pins"),
                   os.path.join(HERE, "mcp_sdk.py"), way]
    done = subprocess.run(command, cwd=scratch, env=env, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=SECONDS,
                          check=False)
    lines = done.stdout.splitlines()
    problems = [line for line in lines if line.startswith("not ok ")]
    if done.returncode:
        problems.append("exit status %d: %s" % (done.returncode,
                                                done.stderr[-2000:]))
    return problems, len([line for line in lines if "ok " in line])


def ask(scratch, env, key, *words):
    """Exit status and output of the inspector's command line."""
    modules = install.node_modules("mcp-node", "mcp.json")
    done = subprocess.run(
        ["node", os.path.join(modules, ".bin", "mcp-inspector"), "--cli",
         env["MEMORYROUTER_URL"], "--transport", "http", "--header",
         "Authorization: Bearer " + key] + list(words),
        cwd=scratch, env=env, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
        check=False)
    return done.returncode, done.stdout, done.stderr


def answer(seen):
    """Its JSON; the exit status has to be 0."""
    code, out, err = seen
    if code:
        raise AssertionError("exit status %d: %s %s" % (code, out, err))
    return json.loads(out)


def call(scratch, env, key, tool, *words):
    """The structured answer of a tool."""
    return answer(ask(scratch, env, key, "--method", "tools/call",
                      "--tool-name", tool, *words))["structuredContent"]


def inspector(scratch, env):
    """The problems that its command line has, and the count of checks."""
    key = env["MEMORY_KEY"]
    problems = []

    def check(name, good, seen):
        if not good:
            problems.append("%s: %r" % (name, seen))
    # --strict: a schema that some client cannot read is an error.
    listed = answer(ask(scratch, env, key, "--method", "tools/list",
                        "--strict"))["tools"]
    check("tools", len(listed) == 9, listed)
    listed = answer(ask(scratch, env, key + ":read", "--method",
                        "tools/list"))["tools"]
    check("tools of a reading key", len(listed) == 6, listed)
    stored = call(scratch, env, key, "store_memory", "--tool-arg",
                  "content=The ferry to Kiel leaves at noon.")
    check("stored", stored["stored"] == 1, stored)
    found = call(scratch, env, key, "search_memories", "--tool-arg",
                 "query=When does the ferry leave?", "limit=3")
    check("found", "Kiel" in found["results"][0]["content"], found)
    read = answer(ask(scratch, env, key, "--method", "resources/read",
                      "--uri", "memory://vault/recent"))
    check("read", "Kiel" in read["contents"][0]["text"], read)
    code = ask(scratch, env, "mk_nobody", "--method", "tools/list")[0]
    check("a wrong key", code != 0, code)
    return problems, 6


def run(name, port, key):
    """What failed with this client, and how many checks there were."""
    kind, way = PROGRAMS[name]
    scratch = tempfile.mkdtemp(prefix="memoryrouter-mcp-")
    try:
        env = environment(port, key, scratch)
        if kind == "inspector":
            return inspector(scratch, env)
        return program(kind, way, scratch, env)
    except (install.Missing, AssertionError,
            subprocess.SubprocessError) as error:
        return [str(error)], 0
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
