"""Files that are broken, foreign or hostile, each made so that the reason can be read here."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Sequence

import docx
import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

HEAD = ["Mã", "Câu dẫn", "Phương án A", "Phương án B", "Phương án C", "Đáp án", "Loại", "Mức", "Điểm", "Hiệu lực từ"]
ITEM_QTI = (
    '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="q1" title="Câu 1">'
    '<responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier"><correctResponse>'
    "<value>{key}</value></correctResponse></responseDeclaration><itemBody><p>{stem}</p>{body}</itemBody></assessmentItem>"
)
CHOICES = (
    '<choiceInteraction responseIdentifier="RESPONSE" maxChoices="1"><simpleChoice identifier="A">x</simpleChoice>'
    '<simpleChoice identifier="B">y</simpleChoice></choiceInteraction>'
)
DTD = '<?xml version="1.0"?><!DOCTYPE quiz [{entities}]>'
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))


def xlsx(*rows: Sequence[object], head: Sequence[object] = HEAD, sheet: str = "Câu hỏi") -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert isinstance(page, Worksheet)
    page.title = sheet
    for row in (head, *rows):
        page.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def word(*paragraphs: str) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def zipped(*entries: tuple[str, bytes | str], links: Sequence[str] = ()) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
        for name in links:
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, "/etc/passwd")
    return stream.getvalue()


def replaced(content: bytes, name: str, new: bytes | str | None) -> bytes:
    """The archive with one entry replaced, or added."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        kept = [(entry, archive.read(entry)) for entry in archive.namelist() if entry != name]
    return zipped(*kept, *([(name, new)] if new is not None else []))


def entry_of(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode("utf-8")


def package(*items: str, extra: Sequence[tuple[str, bytes | str]] = (), hrefs: Sequence[str] | None = None) -> bytes:
    names = hrefs if hrefs is not None else [f"q{number}.xml" for number in range(1, len(items) + 1)]
    resources = "".join(f'<resource identifier="r{n}" type="imsqti_item_xmlv2p1" href="{n}"/>' for n in names)
    manifest = (
        f'<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"><resources>{resources}</resources></manifest>'
    )
    files = [(f"q{number}.xml", item) for number, item in enumerate(items, start=1)]
    return zipped(("imsmanifest.xml", manifest), *files, *extra)


def encrypted(content: bytes) -> bytes:
    """The archive with the flag of encryption on its first entry, in both of its headers."""
    changed = bytearray(content)
    changed[6] |= 1
    directory = content.index(b"PK\x01\x02")
    changed[directory + 8] |= 1
    return bytes(changed)


def lying(content: bytes) -> bytes:
    """The archive whose first entry says it unpacks to ten bytes only."""
    changed = bytearray(content)
    directory = content.index(b"PK\x01\x02")
    struct.pack_into("<I", changed, directory + 24, 10)
    struct.pack_into("<I", changed, 22, 10)
    return bytes(changed)


def far_cell() -> bytes:
    """A sheet with one cell at the very end of what Excel can address."""
    cell = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    content = xlsx(["", "Một?", "x", "y", "", "A"])
    sheet = entry_of(content, "xl/worksheets/sheet1.xml").replace("</sheetData>", cell)
    return replaced(content, "xl/worksheets/sheet1.xml", sheet)


def question(inner: str, kind: str = "multichoice", name: str = "c1") -> str:
    return f'<question type="{kind}"><name><text>{name}</text></name>{inner}</question>'


def quiz(*questions: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><quiz>{"".join(questions)}</quiz>'.encode()


def stem(text: str, form: str = "html") -> str:
    return f'<questiontext format="{form}"><text><![CDATA[{text}]]></text></questiontext>'


def answers(*shares: int) -> str:
    return "".join(
        f'<answer fraction="{share}" format="html"><text>{"xyzt"[index]}</text></answer>'
        for index, share in enumerate(shares)
    )
