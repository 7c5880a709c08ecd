#!/usr/bin/env python3
"""The text cases of tests/cases, through nginx, against a fake provider."""
import glob
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib.cases import Case, Runner
from lib.stack import Both, SRCDIR

ROWS = ["anthropic", "google", "xai", "openrouter", "deepseek", "mistral",
        "meta", "cerebras", "groq", "together", "fireworks", "perplexity",
        "cohere", "moonshot", "zai", "minimax", "dashscope", "azure",
        "ollama"]

# Nobody listens on port 1.
CONF = ["upstream_silence_seconds = 4",
        "cors_origins = https://app.example.org",
        "provider dead url=http://127.0.0.1:1 auth=none"]

tests = tap.Plan()
for path in sorted(glob.glob(os.path.join(SRCDIR, "tests/cases/*/[0-9]*"))):
    case = Case(path)
    tests.test(lambda both, case=case: Runner(*both).run(case), case.name)

tests.run(lambda: Both(conf=CONF, rows=ROWS))
