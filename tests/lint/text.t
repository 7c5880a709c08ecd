#!/usr/bin/env python3
"""The form of the files: tabs, blanks, width, newlines, and what must not
stand in them."""
import re

import lint

c_files = lint.files("src", ".c", ".cc", ".h") + \
    lint.files("tests", ".c", ".h")
scripts = lint.files("tests", ".t", ".py", ".sh") + lint.files("src", ".sh") \
    + ["autogen.sh", ".ci/run"]
others = lint.files("nginx", "") + lint.files("apache", "") \
    + lint.files("sql", ".sql") + ["configure.ac", "Makefile.am",
                                   "src/LAYERS", "LICENSE", ".gitignore",
                                   "src/memoryrouter.service.in"]
everything = c_files + scripts + [p for p in others if not p.endswith("~")]


def lines(paths, wrong):
    found = []
    for path in paths:
        try:
            text = lint.read(path)
        except FileNotFoundError:
            continue  # a file that is not part of a release
        except UnicodeDecodeError:
            found.append(path + " is not UTF-8")
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if wrong(line):
                found.append("%s:%d: %s" % (path, number, line.strip()[:60]))
    return found


def ends_badly(path):
    try:
        text = lint.read(path)
    except (FileNotFoundError, UnicodeDecodeError):
        return False
    return text != "" and (not text.endswith("\n") or text.endswith("\n\n"))


lint.rule("no tabs in C and in scripts",
          lines(c_files + scripts, lambda line: "\t" in line))
lint.rule("no blanks at the end of a line",
          lines(everything, lambda line: line != line.rstrip()))
lint.rule("lines of C and of scripts have at most 80 columns",
          lines(c_files + scripts, lambda line: len(line) > 80))
lint.rule("every file ends with one newline",
          [path for path in everything if ends_badly(path)])

# Spelled in two parts, so that this file does not find itself.
places = re.compile("(/wo" "rk|/ro" "ot|/tmp/br" "ief|/ho" r"me/\w+)(/|\b)")
lint.rule("no paths of the machine it was written on",
          lines(everything, places.search))
notes = re.compile("\\b(TO" "DO|FIX" "ME|X" "XX)\\b")
lint.rule("no notes to ourselves", lines(everything, notes.search))

opening = []
for path in c_files:
    text = lint.read(path)
    if not re.match(r"/\*.{10,}", text) and not re.match(r"/\*\n \* \S", text):
        opening.append(path)
lint.rule("every C file begins with what it is for", opening)
lint.done()
