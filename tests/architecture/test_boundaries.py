"""What comes in is taken by its name, and what goes out goes to hosts that settings name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from tests.architecture.sources import dotted, imports, name_of, product_files, python_files, tree_of

SPEAKING = {
    "aiohttp", "asyncio", "ftplib", "http", "httpx", "imaplib", "poplib", "redis", "requests", "smtplib", "socket",
    "socketserver", "telnetlib", "urllib.request", "urllib3", "websockets", "xmlrpc",
}  # fmt: skip
# whom they speak to stands in MAIL_URL and REDIS_URL, and in nothing that a person enters
SPEAKERS = {("quiz_app/reminders/sending.py", "smtplib"), ("quiz_app/kernel/shared.py", "redis")}
SENT = ("request.form", "request.values", "request.args", "request.json", "form.data")


def _mention(paths: list[Path], words: Iterable[str]) -> list[Path]:
    """Those that need be looked at."""
    wanted = re.compile("|".join(map(re.escape, words)))
    return [path for path in paths if wanted.search(path.read_text(encoding="utf-8"))]


def _speaks(module: str) -> str:
    return next((one for one in SPEAKING if module == one or module.startswith(f"{one}.")), "")


def test_nothing_speaks_to_other_hosts_but_to_those_of_the_settings() -> None:
    found = {
        (name_of(path), spoken)
        for path in _mention(python_files("quiz_app", "question_bank"), SPEAKING)
        for module, _ in imports(path)
        if (spoken := _speaks(module))
    }
    assert found == SPEAKERS


def test_no_object_is_filled_with_whatever_was_sent() -> None:
    found = []
    for path in _mention(product_files(), ("populate_obj", "**request", "form.data")):
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call):
                continue
            spread = [dotted(one.value) for one in node.keywords if one.arg is None]
            if dotted(node.func).endswith("populate_obj") or any(one.endswith(SENT) for one in spread):
                found.append(f"{name_of(path)}:{node.lineno}")
    assert found == []
