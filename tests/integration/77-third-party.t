#!/usr/bin/env python3
"""The client libraries of 75-clients.t, with a mock of the vendors behind the
stack that others wrote: npm's @copilotkit/aimock.

It is installed by npm when it is needed for the first time.  NO_CLIENTS=1
leaves this test out.  Words on the command line choose the programs whose
names hold one of them.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "clients"))

if os.environ.get("NO_CLIENTS"):
    print("1..0 # SKIP NO_CLIENTS is set")
    sys.exit(0)

import aimock  # noqa: E402 # found by the lines above

sys.exit(aimock.main(sys.argv[1:]))
