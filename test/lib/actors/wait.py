"""Waiting for something to become true, never for a time to pass."""

import threading
import time

PATIENCE = 20  # seconds for anything on this machine to happen; what takes longer is broken


def until(condition, what, seconds=PATIENCE):
    """The first true value of `condition()`; a failure that names `what` if none comes in time."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        pause.wait(0.005)
