"""Counts how often /proc/swaps was read, and how often nothing whose path begins with the first argument was on."""

import signal
import sys
from pathlib import Path

going = True


def stop(_signal, _frame):
    global going
    going = False


signal.signal(signal.SIGTERM, stop)
reads = gaps = 0
while going:
    reads += 1
    gaps += sys.argv[1] not in Path("/proc/swaps").read_text()
print(reads, gaps)
