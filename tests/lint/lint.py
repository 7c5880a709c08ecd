"""What the lint tests share: the list of files, and TAP."""
import os
import re
import sys

TOP = os.environ.get("TOP_SRCDIR") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..")
BUILD = os.environ.get("TOP_BUILDDIR") or TOP
count = 0
failures = 0


def files(folder, *endings):
    """Paths below TOP/folder with one of the endings, relative to TOP."""
    found = []
    for where, folders, names in os.walk(os.path.join(TOP, folder)):
        folders[:] = [f for f in folders
                      if f != "__pycache__" and not f.startswith(".")]
        for name in names:
            path = os.path.relpath(os.path.join(where, name), TOP)
            if name.endswith(endings):
                found.append(path)
    return sorted(found)


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as f:
        return f.read()


def code(path):
    """The text of a C file without comments and strings, lines kept."""
    def blank(match):
        text = match.group(0)
        if text[0] == "/":
            return " " + "\n" * text.count("\n")
        return text[0] * 2
    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'',
                  blank, read(path), flags=re.S)


def rule(sentence, findings):
    """One test: it passes if nothing was found."""
    global count, failures
    count += 1
    if findings:
        failures += 1
    print("%s %d - %s" % ("not ok" if findings else "ok", count, sentence))
    for finding in findings:
        print("#   " + finding)


def skip(sentence, why):
    global count
    count += 1
    print("ok %d - %s # SKIP %s" % (count, sentence, why))


def done():
    print("1..%d" % count)
    sys.exit(failures > 0)
