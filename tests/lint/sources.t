#!/usr/bin/env python3
"""Makefile.am lists every source and every test."""
import os
import re

import lint

makefile = re.sub(r"^#.*", "", lint.read("Makefile.am"), flags=re.M)
listed = set(re.sub(r"[\\=]", " ", makefile).split())

lint.rule("every file of src/ is listed",
          [p for p in lint.files("src", ".c", ".cc", ".h", ".5", ".8")
           if p not in listed])
lint.rule("every unit test is listed",
          [p for p in lint.files("tests/unit", ".c")
           if os.path.basename(p).startswith("test_")
           and p[:-2] not in listed])
lint.rule("every fuzz target is listed and has a corpus",
          [p for p in lint.files("tests/fuzz", ".c")
           if os.path.basename(p).startswith("fuzz_")
           and (p[:-2] not in listed or not lint.files(
               "tests/fuzz/corpus/" + os.path.basename(p)[5:-2], ""))])
lint.rule("every test script is listed and executable",
          [p for p in lint.files("tests", ".t")
           if p not in listed or
           not os.access(os.path.join(lint.TOP, p), os.X_OK)])
lint.rule("every file of sql/, nginx/ and apache/ is listed",
          [p for p in lint.files("sql", "") + lint.files("nginx", "")
           + lint.files("apache", "")
           if p not in listed and not p.endswith("~")])
lint.rule("what is listed exists",
          [p for p in sorted(listed)
           if re.match(r"(src|sql|nginx|apache|tests)/.*\.[chtpysql]+$", p)
           and not os.path.exists(os.path.join(lint.TOP, p))
           and not p.endswith(".a")])
lint.done()
