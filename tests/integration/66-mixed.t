#!/usr/bin/env python3
"""Fifty clients of all kinds at once, limits set: counts add up.
tests/bench/mixed does it for a minute."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import mixed, tap

tests = tap.Plan()
SECONDS = 5
CLIENTS = 50
LIMITS = ("key_10s", "concurrency")


@tests.test
@tap.in_one_day
def c130_counts_of_mixed_clients_add_up(both):
    stack, up = both
    crowd = mixed.Crowd(stack, up, CLIENTS)
    crowd.run(SECONDS, LIMITS)
    crowd.check()
    tap.check(set(LIMITS) <= crowd.limits, "limits were reached",
              crowd.limits)


tests.run(mixed.stack)
