"""From a folder of TOML and Markdown to a `Bank`, or to one exception that lists all there is to mend.

Reading asks whether a file can be understood; whether it makes sense is for `checks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from question_bank.fields import Findings, Table, TomlFile, read_text, read_toml, rows
from question_bank.model import (
    Bank,
    Cell,
    Document,
    DocumentSection,
    Finding,
    Item,
    ItemSet,
    Kind,
    Lesson,
    Option,
    Place,
    Source,
    StudyModule,
    Topic,
    Use,
)

SHIPPED = Path(__file__).resolve().parent

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LESSON_FILE = re.compile(r"(\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)\.md")


class BankUnreadable(Exception):
    """The folder cannot be read as a bank; `findings` says where and why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


def read_bank(path: Path = SHIPPED) -> Bank:
    """The bank in a folder; without one, the bank shipped with the package.

    A private folder has the same layout and may hold sets only: its own topics, modules and documents come on top of
    the shipped ones and replace those of the same name; its sets stand alone. Raises BankUnreadable.
    """
    if not path.is_dir():
        raise BankUnreadable([Finding(str(path), 1, "FOLDER_MISSING", "Không tìm thấy thư mục ngân hàng câu hỏi.")])
    findings = Findings()
    bank = Bank(
        topics=tuple(_topics(path, findings)),
        sets=tuple(_sets(path, findings)),
        modules=tuple(sorted(_modules(path, findings), key=lambda module: (module.position, module.slug))),
        documents=tuple(_documents(path, findings)),
    )
    if not (bank.sets or bank.modules or bank.documents or findings.found):
        findings.add(Place("sets", 1), "BANK_EMPTY", "Thư mục này chưa có bộ câu hỏi, chuyên đề hay văn bản nào.")
    if findings.found:
        raise BankUnreadable(findings.found)
    return bank if is_shipped(path) else _on_top_of(read_bank(), bank)


def is_shipped(path: Path) -> bool:
    """Whether the folder is the one shipped with the package, its keys known to everybody."""
    return path.resolve() == SHIPPED


def _on_top_of(shipped: Bank, own: Bank) -> Bank:
    # Repetitions within the own files stay in, so that `check` sees them.
    topics, modules = {topic.code for topic in own.topics}, {module.slug for module in own.modules}
    documents = {document.slug for document in own.documents}
    return Bank(
        topics=(*(topic for topic in shipped.topics if topic.code not in topics), *own.topics),
        sets=own.sets,
        modules=(*(module for module in shipped.modules if module.slug not in modules), *own.modules),
        documents=(*(document for document in shipped.documents if document.slug not in documents), *own.documents),
    )


def _folders(root: Path, kind: str, file: str, findings: Findings) -> Iterator[tuple[str, Path, TomlFile]]:
    parent = root / kind
    if not parent.is_dir():
        return
    hidden = (".", "_")
    for folder in sorted(child for child in parent.iterdir() if child.is_dir() and not child.name.startswith(hidden)):
        name = f"{kind}/{folder.name}/{file}"
        if not _SLUG.fullmatch(folder.name):
            findings.add(Place(name, 1), "SLUG", "Tên thư mục chỉ gồm chữ thường không dấu, chữ số và dấu gạch nối.")
            continue
        parsed = read_toml(folder / file, name, findings)
        if parsed is not None:
            yield folder.name, folder, parsed


def _topics(root: Path, findings: Findings) -> Iterator[Topic]:
    if not (root / "topics.toml").exists():
        return
    file = read_toml(root / "topics.toml", "topics.toml", findings)
    if file is None:
        return
    top = Table(file.top, Place(file.name, 1), findings)
    for content, place in rows(file, "topics", "code", top.tables("topics")):
        table = Table(content, place, findings)
        yield Topic(
            code=table.text("code"),
            title=table.text("title"),
            section=table.text("section"),
            document=table.text("document"),
            place=place,
        )
        table.close()
    top.close()


def _sets(root: Path, findings: Findings) -> Iterator[ItemSet]:
    for slug, _, file in _folders(root, "sets", "set.toml", findings):
        place = Place(file.name, 1)
        top = Table(file.top, place, findings)
        head = read_set_head(slug, top)
        items = tuple(
            read_item(content, row, findings) for content, row in rows(file, "items", "id", top.tables("items"))
        )
        cells = rows(file, "blueprint", "", top.tables("blueprint"))
        blueprint = tuple(read_cell(content, row, findings) for content, row in cells)
        yield replace(head, items=items, blueprint=blueprint, place=place)
        top.close()


def read_set_head(slug: str, top: Table) -> ItemSet:
    """What a set's file says of the set itself: no items and no blueprint yet."""
    return ItemSet(slug, top.text("title"), top.choice("use", Use), (), top.text("summary", ""))


def read_cell(content: dict[str, Any], place: Place, findings: Findings) -> Cell:
    """One cell of a blueprint."""
    table = Table(content, place, findings)
    cell = Cell(
        topic=table.text("topic"),
        level=table.number("level", range(1, 4)),
        count=table.number("count", range(1, 1000)),
        place=place,
    )
    table.close()
    return cell


def read_item(content: dict[str, Any], place: Place, findings: Findings) -> Item:
    """One question; what is wrong with it is added to the findings."""
    table = Table(content, place, findings)
    item = Item(
        id=table.text("id"),
        kind=table.choice("kind", Kind),
        topic=table.text("topic"),
        level=table.number("level", range(1, 4)),
        stem=table.text("stem"),
        options=tuple(_option(option, place, findings) for option in table.tables("options")),
        rationale=table.text("rationale", ""),
        source=_source(table.table("source"), place, findings),
        lesson=table.text("lesson", "") or None,
        points=table.number_or_none("points", range(1, 101)),
        note=table.text("note", ""),
        place=place,
    )
    table.close()
    return item


def _option(content: dict[str, Any], place: Place, findings: Findings) -> Option:
    table = Table(content, place, findings)
    option = Option(table.text("id"), table.text("text"), table.flag("key"), table.flag("pinned"))
    table.close()
    return option


def _source(content: dict[str, Any], place: Place, findings: Findings) -> Source:
    table = Table(content, place, findings)
    source = Source(
        document=table.text("document", ""),
        section=table.text("section", ""),
        quote=table.text("quote", ""),
        valid_from=table.day("valid_from"),
        valid_until=table.day("valid_until"),
    )
    table.close()
    return source


def _modules(root: Path, findings: Findings) -> Iterator[StudyModule]:
    for slug, folder, file in _folders(root, "study", "module.toml", findings):
        place = Place(file.name, 1)
        top = Table(file.top, place, findings)
        yield StudyModule(
            slug=slug,
            title=top.text("title"),
            position=top.number("position", range(1, 1000)),
            section=top.text("section"),
            summary=top.text("summary"),
            topic=top.text("topic"),
            is_restricted=top.flag("restricted"),
            lessons=tuple(_lessons(slug, folder, file, top, findings)),
            document=top.text("document"),
            audiences=top.words("audiences"),
            place=place,
        )
        top.close()


def _lessons(slug: str, folder: Path, file: TomlFile, top: Table, findings: Findings) -> Iterator[Lesson]:
    written = _lesson_files(slug, folder, findings)
    for number, (content, place) in enumerate(rows(file, "lessons", "slug", top.tables("lessons")), start=1):
        table = Table(content, place, findings)
        lesson_slug = table.text("slug")
        name = f"{number:02}-{lesson_slug}.md"
        body_place = Place(f"study/{slug}/{name}", 1)
        written.discard(name)
        body = read_text(folder / name, body_place.file, findings) if lesson_slug else None
        if body is not None and not body.strip():
            findings.add(body_place, "LESSON_EMPTY", "Bài học chưa có nội dung.")
        yield Lesson(
            slug=lesson_slug,
            title=table.text("title"),
            minutes=table.number("minutes", range(1, 61)),
            sections=table.words("sections"),
            body=body or "",
            place=place,
            body_place=body_place,
        )
        table.close()
    for name in sorted(written):
        place = Place(f"study/{slug}/{name}", 1)
        findings.add(place, "LESSON_UNLISTED", "Tệp này chưa được khai báo đúng thứ tự trong module.toml.")


def _lesson_files(slug: str, folder: Path, findings: Findings) -> set[str]:
    names = {path.name for path in folder.glob("*.md")}
    for name in sorted(name for name in names if not _LESSON_FILE.fullmatch(name)):
        place = Place(f"study/{slug}/{name}", 1)
        findings.add(place, "SLUG", "Tên tệp bài học phải có dạng 01-ten-bai-hoc.md, chữ thường không dấu.")
    return {name for name in names if _LESSON_FILE.fullmatch(name)}


def _documents(root: Path, findings: Findings) -> Iterator[Document]:
    for slug, _, file in _folders(root, "documents", "document.toml", findings):
        place = Place(file.name, 1)
        top = Table(file.top, place, findings)
        yield Document(
            slug=slug,
            number=top.text("number", ""),
            dated_on=top.day("dated_on"),
            issuer=top.text("issuer"),
            title=top.text("title"),
            kind=top.text("kind"),
            abstract=top.text("abstract"),
            sections=tuple(
                _section(content, row, findings)
                for content, row in rows(file, "sections", "anchor", top.tables("sections"))
            ),
            place=place,
            effective_on=top.day("effective_on"),
            expired_on=top.day("expired_on"),
            replaces=top.words("replaces"),
            amends=top.words("amends"),
        )
        top.close()


def _section(content: dict[str, Any], place: Place, findings: Findings) -> DocumentSection:
    table = Table(content, place, findings)
    section = DocumentSection(
        anchor=table.text("anchor"),
        heading=table.text("heading"),
        depth=table.number("depth", range(1, 5)),
        abstract=table.text("abstract"),
        place=place,
    )
    table.close()
    return section
