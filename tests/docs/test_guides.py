"""What the guides promise is there: pages, pictures, commands and their options."""

from __future__ import annotations

import re
import shlex
import unicodedata
from pathlib import Path

import click
import pytest
from flask import Flask

from question_bank import __main__ as bank
from quiz_app.home.guides import READERS
from tests.docs.guides import FOLDER, GUIDES, ROOT, blocks, images, links, text_of

PICTURES_KB = 4096
README = ROOT / "README.md"
_COMMAND = re.compile(r"`(flask|make|python -m question_bank)\b([^`]*)`")


def test_every_role_has_its_guide() -> None:
    assert {guide.stem for guide in GUIDES} == set(READERS)


@pytest.mark.parametrize("file", [*GUIDES, README], ids=lambda file: file.stem)
def test_links_and_pictures_lead_somewhere(file: Path) -> None:
    text = text_of(file)
    pictures = images(text)
    assert [target for target in pictures if not (file.parent / target).is_file()] == []
    local = [target for target in links(text) if not target.startswith(("https://", "#"))]
    assert [target for target in local if not (file.parent / target.partition("#")[0]).exists()] == []


def test_every_picture_is_shown_somewhere_and_all_of_them_are_light() -> None:
    shown = {Path(target).name for file in [*GUIDES, README] for target in images(text_of(file))}
    kept = list((ROOT / "docs" / "images").glob("*"))
    assert {picture.name for picture in kept} == shown
    assert sum(picture.stat().st_size for picture in kept) < PICTURES_KB * 1024


@pytest.mark.parametrize("file", GUIDES, ids=lambda file: file.stem)
def test_guides_begin_alike_and_speak_composed_vietnamese(file: Path) -> None:
    text = text_of(file)
    assert unicodedata.is_normalized("NFC", text)
    heading, lead = text.split("\n\n")[:2]
    assert re.fullmatch(r"# Hướng dẫn [^\n]+", heading)
    assert "\n" not in lead
    assert lead.endswith(".")
    assert not set("[`*") & set(lead)  # it is shown as a plain sentence
    assert text.count("\n# ") == sum(block.text.count("\n# ") for block in blocks(text))


def _commands(file: Path) -> list[list[str]]:
    """Every command line of the guide, in blocks and in sentences, as words."""
    text = text_of(file)
    lines = [line for block in blocks(text) if block.info[:1] == ("sh",) for line in block.text.splitlines()]
    lines += ["".join(found) for found in _COMMAND.findall(text)]
    return [shlex.split(line, comments=True) for line in lines if line.count('"') % 2 == 0 and line.count("'") % 2 == 0]


def _after(words: list[str], *start: str) -> list[str] | None:
    """The words after `start` where the line runs it, assignments and sudo aside."""
    for index in range(len(words)):
        if tuple(words[index : index + len(start)]) == start:
            return words[index + len(start) :]
    return None


def _flask_lines() -> list[tuple[str, list[str]]]:
    return [
        (file.stem, rest)
        for file in GUIDES
        for words in _commands(file)
        if (rest := _after(words, "flask", "--app", "wsgi")) is not None
    ]


def test_every_flask_command_exists_with_its_options(app: Flask) -> None:
    assert len(_flask_lines()) > 20
    for guide, words in _flask_lines():
        command: click.Command = app.cli
        rest = list(words)
        while isinstance(command, click.Group) and rest:
            with app.app_context():
                found = command.get_command(click.Context(command), rest[0])
            assert found is not None, f"{guide}: flask {' '.join(words)}"
            command, rest = found, rest[1:]
        known = {option for parameter in command.params for option in parameter.opts}
        unknown = [word for word in rest if word.startswith("--") and word != "--help" and word not in known]
        assert unknown == [], f"{guide}: flask {' '.join(words)}"


def test_every_target_of_make_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    asked = {rest[0] for file in GUIDES for words in _commands(file) if words[:1] == ["make"] and (rest := words[1:])}
    assert asked
    assert asked <= targets


def test_every_command_of_the_bank_runs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lines = [
        rest
        for words in _commands(FOLDER / "bien-soan.md")
        if (rest := _after(words, "python", "-m", "question_bank")) is not None
    ]
    assert {line[0] for line in lines} == {"check", "convert", "stats", "preview"}
    converted = 0
    for line in lines:
        if line[0] == "convert":
            source, target, *rest = line[1:]
            if (ROOT / source).exists():  # the others are files of the reader's own
                assert bank.main(["convert", str(ROOT / source), str(tmp_path / target), *rest]) == 0
                converted += 1
        elif line[0] != "check":  # the content may be under work; the commands may not fail
            assert bank.main(line) == 0
    assert converted
    assert "câu hỏi; mục đích" in capsys.readouterr().out


def test_files_named_in_the_guides_exist() -> None:
    named = {name for file in GUIDES for name in re.findall(r"\b(?:deploy|question_bank)/[\w.-]+\.\w+", text_of(file))}
    assert "deploy/hoc-tap.service" in named
    assert [name for name in named if not (ROOT / name).exists()] == []
