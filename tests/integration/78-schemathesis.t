#!/usr/bin/env python3
"""What is served is what GET /openapi.json says: schemathesis sends what the
description allows, and what it does not, and judges every reply.

SCHEMATHESIS_EXAMPLES (4) says how many cases of each operation are made up
beside the systematic ones, and SCHEMATHESIS_SEED which: a few hundred of them
take half an hour.  schemathesis is installed by pip when it is needed for the
first time.  NO_CLIENTS=1 leaves this test out.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "clients"))

if os.environ.get("NO_CLIENTS"):
    print("1..0 # SKIP NO_CLIENTS is set")
    sys.exit(0)

import schemathesis_run  # noqa: E402 # found by the lines above

schemathesis_run.main()
