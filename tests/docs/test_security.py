"""The page on security names tests that exist, and code that lies where it says."""

from __future__ import annotations

import re

from quiz_app.kernel.settings import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)
    assert len(named) > 40
    missing = {name for path, name in named if f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")}
    assert missing == set()


def test_all_code_that_is_named_lies_there() -> None:
    named = set(re.findall(r"`((?:quiz_app|question_bank|deploy)/[\w/.]+)`", PAGE))
    assert {path for path in named if not (ROOT / path).exists()} == set()
