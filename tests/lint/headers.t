#!/usr/bin/env python3
"""Each header compiles alone, is guarded, and its .c includes it first."""
import os
import re
import shlex
import subprocess
import tempfile

import lint

compiler = shlex.split(os.environ.get("CC", "cc")) + shlex.split(
    os.environ.get("CPPFLAGS", "-D_GNU_SOURCE -isystem /usr/include/mariadb"
                   " -isystem /usr/include/json-c"))

broken = []
guards = []
with tempfile.TemporaryDirectory() as scratch:
    for path in lint.files("src", ".h"):
        name = path[len("src/"):]
        source = os.path.join(scratch, "alone.c")
        with open(source, "w", encoding="utf-8") as f:
            # A second time: the guard.  And not an empty file.
            f.write('#include "%s"\n#include "%s"\nextern int x;\n'
                    % (name, name))
        result = subprocess.run(
            compiler + ["-std=gnu11", "-fsyntax-only", "-I",
                        os.path.join(lint.TOP, "src"), source],
            capture_output=True, text=True)
        if result.returncode:
            broken.append("%s: %s" % (path, result.stderr.splitlines()[0]))
        guard = re.sub(r"\W", "_", name).upper()
        if "#ifndef %s\n#define %s\n" % (guard, guard) not in lint.read(path):
            guards.append("%s: expected %s" % (path, guard))
lint.rule("every header compiles alone", broken)
lint.rule("every header has its guard, LAYER_FILE_H", guards)

late = []
for path in lint.files("src", ".c"):
    own = path[len("src/"):-2] + ".h"
    includes = re.findall(r'^#include\s+[<"]([^">]+)', lint.read(path), re.M)
    if os.path.exists(os.path.join(lint.TOP, "src", own)) and \
            (not includes or includes[0] != own):
        late.append(path)
lint.rule("every .c file includes its own header first", late)
lint.done()
