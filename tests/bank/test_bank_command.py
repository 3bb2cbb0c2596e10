"""The authors' command line, run as they run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bank.samples import SET_HEAD, Folder, item_text

ROOT = Path(__file__).parents[2]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command: Sequence[str | Path] = [sys.executable, "-m", "question_bank", *arguments]
    environment = os.environ | {"PYTHONUTF8": "1"}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )


def test_check_is_content_with_the_shipped_bank() -> None:
    done = run("check")
    assert (done.returncode, done.stderr) == (0, "")


def test_check_prints_file_line_code_and_message(folder: Folder) -> None:
    folder.write("sets/thu/set.toml", SET_HEAD + item_text("x-1", rationale=""))
    done = run("check", "--dir", folder.path)
    file = os.path.relpath(folder.path / "sets/thu/set.toml", ROOT)
    assert done.returncode == 1
    assert done.stdout == f"{file}:4: RATIONALE_MISSING Câu “x-1” chưa có phần giải thích.\n"
    assert done.stderr == "Có 1 điểm cần sửa.\n"


def test_check_compares_a_private_bank_with_the_shipped_one(folder: Folder) -> None:
    folder.write("sets/thu/set.toml", SET_HEAD + item_text("bt-1501"))
    done = run("check", "--dir", folder.path)
    assert (done.returncode, done.stdout.count("ID_TWICE")) == (1, 1)


def test_an_unreadable_bank_is_told_by_line(folder: Folder) -> None:
    folder.write("sets/thu/set.toml", SET_HEAD + "title\n")
    for command in (["check"], ["stats", "--json"], ["preview", "thu"]):
        done = run(*command, "--dir", folder.path)
        assert done.returncode == 1
        assert "set.toml:3: TOML_SYNTAX" in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_stats_count_the_shipped_bank() -> None:
    done = run("stats", "--json")
    counts = json.loads(done.stdout)
    assert done.returncode == 0
    assert counts["modules"] >= 3
    assert counts["items"] >= 46
    for part in ("by_topic", "by_level", "by_use", "by_kind", "by_set"):
        assert sum(counts[part].values()) == counts["items"]
    assert set(counts["by_level"]) == {"1", "2", "3"}
    assert set(counts["by_use"]) == {"lesson", "practice", "contest"}


def test_stats_without_json_are_sentences() -> None:
    done = run("stats")
    assert done.returncode == 0
    assert "Câu hỏi: " in done.stdout


def test_preview_shows_a_set_with_keys_and_sources(folder: Folder) -> None:
    folder.write("sets/thu/set.toml", SET_HEAD + item_text("x-1"))
    done = run("preview", "thu", "--dir", folder.path)
    assert done.returncode == 0
    assert "Câu 1 [x-1] – II.1.5, mức 1 (nhận biết)" in done.stdout
    assert "  * b) Năm\n    c) Mười\n" in done.stdout
    assert "mục 1.5. Tuyên truyền" in done.stdout


def test_preview_of_an_unknown_set_names_the_known_ones() -> None:
    done = run("preview", "khong-co")
    assert done.returncode == 1
    assert "hanoi-18-minh-hoa" in done.stderr
