"""`read` and `result_sheet` in a process that may die without harm: what a server calls on an upload."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from question_bank.parsed import Parsed, Unreadable, unreadable
from question_bank.plan import Plan

TIMEOUT_S = 90
HEAVY = "Tệp hỏng, hoặc quá nặng so với một bộ câu hỏi. Mời đồng chí chép nội dung sang một tệp mới rồi gửi lại."

_ROOT = Path(__file__).resolve().parents[2]
_one_at_a_time = threading.Lock()  # two heavy files at once would press a small machine


def read(name: str, content: bytes) -> Parsed:
    """Like `formats.read`; a file that breaks the reader or its limits is one block in error."""
    try:
        return Parsed.from_json(_run({"name": name}, content))
    except Unreadable as refused:
        return unreadable(name, str(refused))


def result_sheet(name: str, content: bytes, parsed: Parsed, plan: Plan) -> bytes:
    """Like `formats.result_sheet`. Raises Unreadable for a file that breaks the limits."""
    asked = {"name": name, "parsed": parsed.to_json(), "plan": plan.to_json()}
    return base64.b64decode(_run(asked, content))


def _run(asked: dict[str, str], content: bytes) -> str:
    program = [sys.executable, "-P", "-m", "question_bank.formats.child"]
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONUTF8": "1", "PYTHONPATH": str(_ROOT)}
    try:
        with _one_at_a_time:
            done = subprocess.run(  # noqa: S603 - our own program, no word of the command comes from outside
                program,
                input=json.dumps(asked).encode("ascii") + b"\n" + content,
                capture_output=True,
                cwd=_ROOT,
                env=environment,
                timeout=TIMEOUT_S,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise Unreadable(HEAVY) from None
    if done.returncode != 0:
        raise Unreadable(HEAVY)
    return done.stdout.decode("utf-8")
