"""Documents as plain values (for JSON), and their outline as a text that people write; both read back without loss."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from question_bank.model import Document, DocumentSection

DEEPEST = 4
_HEADING = re.compile(r"(#{1,4})\s+(.*?)\s*(?:\{#([^{}\s]*)\})?\s*")
_LIKE_HEADING = re.compile(r"^(\\*)(?=#{1,4}\s)")  # in the text of a section: kept apart by a backslash more
_LONGEST_ANCHOR = 60


def document_to_plain(document: Document) -> dict[str, Any]:
    """The document as JSON can hold it; where it was written is left out."""
    return {
        "slug": document.slug,
        "number": document.number,
        "dated_on": _day(document.dated_on),
        "issuer": document.issuer,
        "title": document.title,
        "kind": document.kind,
        "abstract": document.abstract,
        "sections": [
            {"anchor": one.anchor, "heading": one.heading, "depth": one.depth, "abstract": one.abstract}
            for one in document.sections
        ],
        "effective_on": _day(document.effective_on),
        "expired_on": _day(document.expired_on),
        "replaces": list(document.replaces),
        "amends": list(document.amends),
    }


def document_from_plain(plain: Mapping[str, Any]) -> Document:
    """The document that `document_to_plain` wrote. Raises KeyError or ValueError for anything else."""
    return Document(
        slug=plain["slug"],
        number=plain["number"],
        dated_on=_date(plain["dated_on"]),
        issuer=plain["issuer"],
        title=plain["title"],
        kind=plain["kind"],
        abstract=plain["abstract"],
        sections=tuple(
            DocumentSection(one["anchor"], one["heading"], int(one["depth"]), one["abstract"])
            for one in plain["sections"]
        ),
        effective_on=_date(plain["effective_on"]),
        expired_on=_date(plain["expired_on"]),
        replaces=tuple(plain["replaces"]),
        amends=tuple(plain["amends"]),
    )


def outline_of(sections: tuple[DocumentSection, ...]) -> str:
    """The sections as a text: for each a line of as many `#` as it is deep, heading and anchor; below, its text."""
    blocks = []
    for one in sections:
        heading = f"{'#' * one.depth} {one.heading} {{#{one.anchor}}}"
        lines = (_LIKE_HEADING.sub(r"\1\\", line, count=1) for line in one.abstract.split("\n"))
        blocks.append("\n".join([heading, *lines]) if one.abstract else heading)
    return "\n\n".join(blocks)


def sections_of(outline: str) -> tuple[DocumentSection, ...]:
    """The sections of such a text. A heading without an anchor gets one by its words; what stands before the first
    heading belongs to a section without a name, so that nothing of what was written is lost."""
    found: list[tuple[int, str, str, list[str]]] = []
    for line in outline.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        heading = _HEADING.fullmatch(line)
        if heading:
            found.append((len(heading[1]), heading[2], heading[3] or "", []))
        elif found or line.strip():
            found = found or [(1, "", "", [])]
            found[-1][3].append(line[1:] if line.startswith("\\") and _LIKE_HEADING.match(line) else line)
    taken = {anchor for _, _, anchor, _ in found if anchor}
    sections = []
    for depth, words, given, lines in found:
        anchor = given or _free(_anchor(words), taken)
        taken.add(anchor)
        sections.append(DocumentSection(anchor, words, depth, "\n".join(lines).strip()))
    return tuple(sections)


def _anchor(words: str) -> str:
    plain = unicodedata.normalize("NFD", words.lower()).replace("đ", "d")
    name = "-".join(re.findall(r"[a-z0-9]+", "".join(c for c in plain if unicodedata.category(c) != "Mn")))
    return name[:_LONGEST_ANCHOR].strip("-") or "muc"


def _free(name: str, taken: set[str]) -> str:
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    return found


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
