"""The bank's own file: holds everything, also the set's title, use, summary and blueprint. Holds no images."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace

from question_bank import normalise
from question_bank.fields import Findings, Table, TomlFile, rows
from question_bank.model import Finding, ItemSet, Place
from question_bank.parsed import ALL_FIELDS, Collected, Parsed, ParsedItem, Problem, unreadable
from question_bank.reading import read_cell, read_item, read_set_head
from question_bank.writing import set_to_toml

HOLDS = ALL_FIELDS | {"item_id", "option_ids", "line_breaks"}

_POSITION = re.compile(r"line (\d+)")


def read(name: str, text: str) -> Parsed:
    """The questions of a set's file; a head that cannot be read is a block in error of its own."""
    try:
        top = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        position = _POSITION.search(str(error))
        line = int(position.group(1)) if position else max(1, text.count("\n"))
        return unreadable(name, "Tệp viết sai cú pháp TOML tại dòng này hoặc ngay phía trên; xin sửa lại.", line=line)
    except RecursionError:
        return unreadable(name, "Tệp TOML lồng nhau quá sâu; xin viết lại theo mẫu.")
    file = TomlFile(name, text.splitlines(), top)
    collected, findings = Collected(name), Findings()
    table = Table(file.top, Place(name, 1), findings)
    head = read_set_head("", table)
    cells = [read_cell(cell, place, findings) for cell, place in rows(file, "blueprint", "", table.tables("blueprint"))]
    items = table.tables("items")
    table.close()
    if findings.found:
        collected.fail(collected.place(line=1), *_problems(collected, findings.found))
    for content, place in rows(file, "items", "id", items):
        _read_block(collected, content, place)
    return collected.parsed(replace(head, blueprint=tuple(cells)) if not findings.found else None)


def write(item_set: ItemSet) -> bytes:
    """The set as a file for `question_bank/sets`."""
    return set_to_toml(item_set).encode("utf-8")


def _read_block(collected: Collected, content: dict[str, object], place: Place) -> None:
    findings = Findings()
    item = read_item(content, place, findings)
    where = collected.place(line=place.line)
    if findings.found:
        collected.fail(where, *_problems(collected, findings.found))
    else:
        collected.item(ParsedItem(normalise.item(item), where))


def _problems(collected: Collected, found: list[Finding]) -> list[Problem]:
    return [Problem(collected.place(line=finding.line), finding.message) for finding in found]
