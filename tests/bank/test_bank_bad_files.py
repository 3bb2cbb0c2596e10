"""Broken, foreign and hostile files: every one is answered in words that say where and what to do."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from question_bank import formats
from question_bank.formats import Parsed
from tests.bank.bad_cases import cases

EXPECTED: dict[str, list[str]] = tomllib.loads(
    (Path(__file__).parent / "corpus/expected.toml").read_text(encoding="utf-8")
)


def said(parsed: Parsed) -> list[str]:
    """How many questions were taken, and everything that is told of the file."""
    told = [str(problem) for problem in parsed.problems]
    told += [f"{skipped.place}: {skipped.message}" for skipped in parsed.skipped]
    return [f"{len(parsed.items)} câu được nhận", *told, *(str(warning) for warning in parsed.warnings)]


def test_the_corpus_is_large_and_every_case_has_its_words() -> None:
    assert len(cases()) >= 40
    assert cases().keys() == EXPECTED.keys()


@pytest.mark.parametrize("case", EXPECTED)
def test_a_bad_file_is_answered_in_words(case: str) -> None:
    name, content = cases()[case]
    parsed = formats.read(name, content)
    assert said(parsed) == EXPECTED[case]
    assert parsed.blocks == len(parsed.items) + len(parsed.skipped) + len(parsed.errors) >= 1
    assert Parsed.from_json(parsed.to_json()) == parsed
