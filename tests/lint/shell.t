#!/usr/bin/env python3
"""shellcheck finds nothing in our shell scripts."""
import os
import shutil
import subprocess

import lint

scripts = [p for p in ["autogen.sh", ".ci/run", "src/stack.sh",
                       "apache/memoryrouter.fcgi"]
           + lint.files("tests", ".t", ".sh")
           if os.path.exists(os.path.join(lint.TOP, p))
           and lint.read(p).startswith("#!/bin/sh")]
if shutil.which("shellcheck"):
    result = subprocess.run(
        ["shellcheck", "--severity=warning", "--format=gcc"] + scripts,
        cwd=lint.TOP, capture_output=True, text=True)
    lint.rule("shellcheck finds nothing", result.stdout.splitlines())
else:
    lint.skip("shellcheck finds nothing", "shellcheck is not installed")
lint.rule("every script can be run",
          [p for p in scripts if not os.access(os.path.join(lint.TOP, p),
                                               os.X_OK)])
lint.done()
