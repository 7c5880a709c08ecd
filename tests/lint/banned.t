#!/usr/bin/env python3
"""Functions and constructs that this project does not use."""
import re

import lint

sources = lint.files("src", ".c") + lint.files("tests", ".c")
both = sources + lint.files("src", ".h") + lint.files("tests", ".h")
text = {path: lint.code(path) for path in both}


def grep(pattern, paths):
    found = []
    for path in paths:
        for number, line in enumerate(text[path].splitlines(), 1):
            if re.search(pattern, line):
                found.append("%s:%d: %s" % (path, number, line.strip()))
    return found


last = []
for path in sources:
    includes = re.findall(r'^#include\s+[<"]([^">]+)', lint.read(path), re.M)
    if not includes or includes[-1] != "base/banned.h":
        last.append(path)
lint.rule("every .c file includes base/banned.h last", last)

lint.rule("no banned function is called (base/banned.h stops the rest)",
          grep(r"\b(strcpy|strcat|sprintf|vsprintf|strtok|gets|atoi|atol|"
               r"alloca|localtime|gmtime|ctime|asctime|rand|srand|system|"
               r"popen|signal)\s*\(", both))
lint.rule("nothing is switched off with #if 0", grep(r"^\s*#\s*if\s+0\b",
                                                     both))
lint.rule("no platform is asked for outside platform/",
          grep(r"^\s*#\s*if.*\b(__linux__|__APPLE__|__FreeBSD__|_WIN32)\b",
               [p for p in both if not p.startswith("src/platform/")]))
lint.rule("no cast of an allocation",
          grep(r"\*\s*\)\s*(malloc|calloc|realloc|arena_alloc)\s*\(", sources))
lint.rule("no struct is hidden by a typedef",
          grep(r"^\s*typedef\s+(struct|union|enum)\s*\w*\s*(\{|\w+\s*;|$)",
               both))
lint.rule("tests do not sleep",
          grep(r"\b(sleep|usleep|nanosleep)\s*\(",
               [p for p in both if p.startswith("tests/")]))
lint.rule("only base/log.c writes to stderr in the server",
          grep(r"\bstderr\b|\bperror\s*\(",
               [p for p in both if p.startswith("src/") and
                not p.startswith(("src/admin/", "src/base/log.", "src/main"))
                and p != "src/base/arena.c"]))
lint.rule("layers below turn/ do not log",
          grep(r"\blog_(error|warn|info|debug|line|event)\s*\(",
               [p for p in both if p.startswith(
                   ("src/base/", "src/platform/", "src/store/",
                    "src/provider/", "src/memory/"))
                and not p.startswith("src/base/log.")]))
lint.rule("SQL stands in store/statements.c only",
          [f for p in both if p.startswith("src/") and p.endswith(".c")
           and p != "src/store/statements.c"
           for f in [
               "%s:%d: %s" % (p, n, line.strip())
               for n, line in enumerate(lint.read(p).splitlines(), 1)
               if re.search(r'"\s*(SELECT\s|INSERT\s+INTO|UPDATE\s+\w+\s+SET|'
                            r'DELETE\s+FROM|CREATE\s+TABLE)', line)]])
lint.rule("no file is a bag of leftovers",
          [p for p in both if re.search(
              r"(util|common|misc|helper|manager)s?\.[ch]$", p)])
lint.done()
