"""Reads one file from standard input and prints what is in it as JSON; run as a program of its own, under limits.

An upload may be made to take all memory or time of whoever opens it, so nothing else runs in this process and nothing
but this process opens it. The first line of the input says what to do, the rest is the file.
"""

from __future__ import annotations

import base64
import json
import resource
import sys

from question_bank.formats import read, result_sheet
from question_bank.formats.limits import CPU_S, MEMORY_BYTES
from question_bank.parsed import Parsed
from question_bank.plan import Plan


def main() -> int:
    """Set the limits, do the one thing that is asked, and print the answer."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    asked = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    if "plan" not in asked:
        print(read(asked["name"], content).to_json())
        return 0
    parsed, plan = Parsed.from_json(asked["parsed"]), Plan.from_json(asked["plan"])
    print(base64.b64encode(result_sheet(asked["name"], content, parsed, plan)).decode("ascii"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
