"""What a .docx shows, line by line: the letters, how each is marked, automatic numbers, cells of tables, pictures."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from question_bank.formats.archive import Archive, child, children, local
from question_bank.formats.limits import MAX_PARAGRAPHS
from question_bank.parsed import Unreadable

BOLD, UNDERLINE, COLOR, HIGHLIGHT = 1, 2, 4, 8
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_OF_STYLE = "style"
_OFF = {"0", "false", "none", "off"}
_PLAIN_COLORS = {"auto", "000000", "ffffff", "262626", "333333"}
_LETTER_FORMATS = {"upperLetter", "lowerLetter"}
_SKIPPED = {"del", "moveFrom", "instrText", "delText", "footnoteReference", "commentReference", "fallback", "Fallback"}


@dataclass(slots=True)
class Line:
    """One line as it is seen; `marks` holds the looks of each character.

    `numbering` is "number" or "letter" where Word counts by itself, `list_id` the list it counts; `starts` tells
    whether a paragraph begins here, `cell` is the number of the table and 0 outside of one.
    """

    text: str = ""
    marks: list[int] = field(default_factory=list)
    numbering: str = ""
    starts: bool = True
    cell: int = 0
    list_id: str = ""

    def add(self, text: str, mark: int) -> None:
        """Put letters of one look to the end."""
        self.text += text
        self.marks += [mark] * len(text)

    def cut(self, start: int, end: int | None = None) -> Line:
        """A part of the line."""
        return Line(self.text[start:end], self.marks[start:end], self.numbering, self.starts, self.cell, self.list_id)


Table = list[list[str]]
TakePicture = Callable[[bytes, str], str]


class WordFile:
    """A document opened with care. Raises Unreadable for one that is not taken."""

    def __init__(self, content: bytes, take_picture: TakePicture) -> None:
        self._archive = Archive(content)
        self._archive.require_office()
        self._take_picture = take_picture
        self._styles: dict[str, int] = {}
        self._styles = self._read_styles()
        self._numbering = self._read_numbering()
        self._numbering |= self._numbered_styles()
        self._pictures = self._read_relations()
        self._paragraphs = 0
        self.tables: dict[int, Table] = {}

    def lines(self) -> Iterator[Line]:
        """The lines of the document in order, those of tables row by row."""
        body = child(self._archive.xml_of("word/document.xml"), "body")
        yield from self._of_blocks(body, 0) if body is not None else ()

    def _of_blocks(self, parent: Element, cell: int) -> Iterator[Line]:
        for element in parent:
            name = local(element)
            if name == "p":
                self._paragraphs += 1
                if self._paragraphs > MAX_PARAGRAPHS:
                    raise Unreadable("Văn bản có quá nhiều đoạn. Mời đồng chí chia thành nhiều tệp.")
                yield from self._of_paragraph(element, cell)
            elif name == "tbl":
                yield from self._of_table(element, cell)
            elif name in ("sdt", "sdtContent", "ins", "smartTag", "customXml"):
                yield from self._of_blocks(element, cell)

    def _of_table(self, table: Element, outer: int) -> Iterator[Line]:
        number = outer or len(self.tables) + 1
        texts: Table = self.tables.setdefault(number, [])
        for row in children(table, "tr"):
            texts.append([])
            for one in children(row, "tc"):
                lines = list(self._of_blocks(one, number))
                texts[-1].append(" ".join(line.text for line in lines).strip())
                yield from lines

    def _of_paragraph(self, paragraph: Element, cell: int) -> Iterator[Line]:
        properties = child(paragraph, "pPr")
        style = self._style_of(properties, "pStyle")
        line = Line(numbering=self._counts(properties), cell=cell, list_id=self._list_of(properties))
        for text, mark in self._pieces(paragraph, self._styles.get(style, 0)):
            first, *rest = text.split("\n")
            line.add(first, mark)
            for one in rest:
                yield line
                line = Line(starts=False, cell=cell)
                line.add(one, mark)
        yield line

    def _pieces(self, parent: Element, mark: int) -> Iterator[tuple[str, int]]:
        for element in parent:
            name = local(element)
            if name in _SKIPPED or name == "pPr":
                continue
            if name == "r":
                yield from self._pieces(element, self._look(child(element, "rPr"), mark))
            elif name == "t":
                yield element.text or "", mark
            elif name in ("tab", "ptab"):
                yield "\t", mark
            elif name in ("br", "cr"):
                yield "\n", mark
            elif name == "noBreakHyphen":
                yield "-", mark
            elif name == "drawing":
                yield self._picture(element), mark
            elif name != "rPr":
                yield from self._pieces(element, mark)

    def _look(self, properties: Element | None, inherited: int) -> int:
        if properties is None:
            return inherited
        look = inherited | self._styles.get(self._style_of(properties, "rStyle"), 0)
        for element in properties:
            name, value = local(element), element.get(f"{_W}val", "")
            if name == "b":
                look = look & ~BOLD if value in _OFF else look | BOLD
            elif name == "u":
                look = look & ~UNDERLINE if value in _OFF else look | UNDERLINE
            elif name == "color":
                look = look & ~COLOR if value.lower() in _PLAIN_COLORS else look | COLOR
            elif name == "highlight":
                look = look & ~HIGHLIGHT if value in _OFF else look | HIGHLIGHT
            elif name == "shd" and element.get(f"{_W}fill", "auto").lower() not in _PLAIN_COLORS:
                look |= HIGHLIGHT
        return look

    def _picture(self, drawing: Element) -> str:
        described = next((one for one in drawing.iter() if local(one) == "docPr"), None)
        blip = next((one for one in drawing.iter() if local(one) == "blip"), None)
        alt = described.get("descr", "") if described is not None else ""
        target = self._pictures.get(blip.get(f"{_R}embed", "") if blip is not None else "", "")
        if target not in self._archive.names:
            return ""
        return self._take_picture(self._archive.bytes_of(target), alt)

    def _numbered_styles(self) -> dict[tuple[str, str], str]:
        root = self._part("word/styles.xml")
        found = {
            (style.get(f"{_W}styleId", ""), _OF_STYLE): self._counts(child(style, "pPr"))
            for style in (children(root, "style") if root is not None else ())
        }
        return {key: kind for key, kind in found.items() if kind}

    def _counts(self, properties: Element | None) -> str:
        numbering = child(properties, "numPr") if properties is not None else None
        if numbering is None:
            return self._numbering.get((self._style_of(properties, "pStyle"), _OF_STYLE), "")
        number, level = child(numbering, "numId"), child(numbering, "ilvl")
        key = number.get(f"{_W}val", "") if number is not None else ""
        return self._numbering.get((key, level.get(f"{_W}val", "0") if level is not None else "0"), "")

    def _list_of(self, properties: Element | None) -> str:
        numbering = child(properties, "numPr") if properties is not None else None
        number = child(numbering, "numId") if numbering is not None else None
        return number.get(f"{_W}val", "") if number is not None else self._style_of(properties, "pStyle")

    def _style_of(self, properties: Element | None, name: str) -> str:
        style = child(properties, name) if properties is not None else None
        return style.get(f"{_W}val", "") if style is not None else ""

    def _part(self, name: str) -> Element | None:
        return self._archive.xml_of(name) if name in self._archive.names else None

    def _read_styles(self) -> dict[str, int]:
        root = self._part("word/styles.xml")
        found = {
            style.get(f"{_W}styleId", ""): self._look(child(style, "rPr"), 0)
            for style in (children(root, "style") if root is not None else ())
        }
        # A heading's color or a title's weight belongs to the layout: only styles of characters mark a key.
        return {name: look for name, look in found.items() if look and "eading" not in name}

    def _read_numbering(self) -> dict[tuple[str, str], str]:
        root = self._part("word/numbering.xml")
        if root is None:
            return {}
        levels: dict[str, dict[str, str]] = {}
        for abstract in children(root, "abstractNum"):
            key = abstract.get(f"{_W}abstractNumId", "")
            levels[key] = {level.get(f"{_W}ilvl", "0"): _kind_of(level) for level in children(abstract, "lvl")}
        found: dict[tuple[str, str], str] = {}
        for number in children(root, "num"):
            abstract_id = child(number, "abstractNumId")
            kinds = levels.get(abstract_id.get(f"{_W}val", "") if abstract_id is not None else "", {})
            for level, kind in kinds.items():
                found[number.get(f"{_W}numId", ""), level] = kind
        return found

    def _read_relations(self) -> dict[str, str]:
        root = self._part("word/_rels/document.xml.rels")
        return {
            one.get("Id", ""): posixpath.normpath(posixpath.join("word", one.get("Target", "")))
            for one in (root if root is not None else ())
            if one.get("TargetMode") != "External"
        }


def _kind_of(level: Element) -> str:
    shape = child(level, "numFmt")
    value = shape.get(f"{_W}val", "") if shape is not None else ""
    if value in _LETTER_FORMATS:
        return "letter"
    return "number" if value in ("decimal", "decimalZero") and level.get(f"{_W}ilvl", "0") == "0" else ""
