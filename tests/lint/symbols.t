#!/usr/bin/env python3
"""A file exports only names that begin with its own; a header declares all
of them."""
import os
import re
import shlex
import subprocess

import lint

# File: what else it may export, and why.
EXCEPTIONS = {
    "base/arena": ["alloc", "realloc", "alloc_array"],  # without an arena
    "store/statements": ["statement"],          # a table of them
    "provider/dialect": ["reading"],            # what every dialect fills
    "base/error": ["failed", "refused"],        # one word at every return
    "store/spool": ["exchange"],                # the second half of exchange.c
    "store/exchange": ["spool"],
    "admin/admin": ["main"],
    "main": ["main"],
}

nm = shlex.split(os.environ.get("NM", "nm"))
alien = []
hidden = []
seen = 0
for path in lint.files("src", ".c"):
    stem = path[len("src/"):-2]
    compiled = os.path.join(lint.BUILD, path[:-2] + ".o")
    if not os.path.exists(compiled):
        continue
    seen += 1
    result = subprocess.run(nm + ["-g", "--defined-only", compiled],
                            capture_output=True, text=True, check=True)
    names = [line.split()[2] for line in result.stdout.splitlines()
             if len(line.split()) == 3]
    # Sanitizers and coverage add names of their own.
    names = [n for n in names if not n.startswith("_")]
    prefixes = [os.path.basename(stem)] + EXCEPTIONS.get(stem, [])
    headers = "".join(lint.read(h) for h in lint.files(
        os.path.dirname(path), ".h"))
    for name in names:
        if not any(name == p or name.startswith(p + "_") for p in prefixes):
            alien.append("%s exports %s" % (path, name))
        if name != "main" and not re.search(r"\b%s\b" % name, headers):
            hidden.append("%s exports %s, which no header of its folder "
                          "declares" % (path, name))
if seen:
    lint.rule("a file exports only names that begin with its own", alien)
    lint.rule("a header of its folder declares what a file exports", hidden)
else:
    lint.skip("a file exports only names that begin with its own",
              "nothing is compiled")
lint.done()
