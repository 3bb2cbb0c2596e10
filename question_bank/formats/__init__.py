"""Questions in the formats of other programs, in and out.

`read` and `write` are the two doors; both are pure. Whoever takes in an upload runs `question_bank.formats.child` in a
process of its own and never calls `read` on it directly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from question_bank import normalise
from question_bank.formats import aiken, docx, docx_out, gift, moodle, own_toml, qti, qti_out, result, xlsx, xlsx_out
from question_bank.formats.detecting import detect
from question_bank.formats.images import used_images
from question_bank.formats.kinds import Format
from question_bank.model import Document, ItemSet, Topic
from question_bank.parsed import (
    ALL_FIELDS,
    BlockPlace,
    Failed,
    Parsed,
    ParsedItem,
    Problem,
    Skipped,
    Unreadable,
    unreadable,
)
from question_bank.plan import Plan

__all__ = [
    "ALL_FIELDS",
    "BlockPlace",
    "Failed",
    "Format",
    "Parsed",
    "ParsedItem",
    "Problem",
    "Skipped",
    "left_out",
    "read",
    "result_sheet",
    "template_xlsx",
    "write",
]


def read(name: str, content: bytes) -> Parsed:
    """Everything a file holds. The format is told by the content; the name only where the content leaves it open.

    A file that is not taken at all is one block in error with the reason; nothing is raised for any content.
    """
    try:
        found = detect(name, content)
        if isinstance(found.content, str):
            parsed = _TEXT_READERS[found.format](name, found.content)
        else:
            parsed = _BINARY_READERS[found.format](name, found.content)
        return parsed if parsed.blocks else unreadable(name, "Tệp không có câu hỏi nào.")
    except Unreadable as refused:
        return unreadable(name, str(refused))


def write(
    item_set: ItemSet,
    format: Format,  # noqa: A002 - callers name it, and nothing here formats
    documents: Sequence[Document] = (),
    images: Mapping[str, bytes] | None = None,
) -> bytes:
    """The set as a file. `images` are the pictures by the address that the texts name."""
    item_set = replace(item_set, items=tuple(map(normalise.item, item_set.items)))
    return _WRITERS[format](item_set, documents, used_images(item_set, images or {}))


def left_out(item_set: ItemSet, format: Format) -> list[str]:  # noqa: A002 - the same name as in `write`
    """The ids of the items that `write` cannot put into a file of that format."""
    return aiken.left_out(item_set) if format is Format.AIKEN else []


def template_xlsx(topics: Sequence[Topic], documents: Sequence[Document]) -> bytes:
    """An empty sheet to write questions in: instructions, lists to choose from and examples."""
    return xlsx_out.template(topics, documents)


def result_sheet(name: str, content: bytes, parsed: Parsed, plan: Plan) -> bytes:
    """The sheet that was sent with a column "Kết quả"; for other formats, a sheet that lists each block.

    Opens the content again, so it belongs into the same limited process as `read`.
    """
    try:
        is_xlsx = detect(name, content).format is Format.XLSX
        return result.sheet_of(content, parsed, plan, is_xlsx=is_xlsx)
    except Unreadable:
        return result.sheet_of(content, parsed, plan, is_xlsx=False)


Writer = Callable[[ItemSet, Sequence[Document], Mapping[str, bytes]], bytes]

_TEXT_READERS: dict[Format, Callable[[str, str], Parsed]] = {
    Format.TOML: own_toml.read,
    Format.GIFT: gift.read,
    Format.AIKEN: aiken.read,
}
_BINARY_READERS: dict[Format, Callable[[str, bytes], Parsed]] = {
    Format.MOODLE_XML: moodle.read,
    Format.QTI: qti.read,
    Format.XLSX: xlsx.read,
    Format.DOCX: docx.read,
}
_WRITERS: dict[Format, Writer] = {
    Format.TOML: lambda item_set, _documents, _images: own_toml.write(item_set),
    Format.GIFT: lambda item_set, _documents, _images: gift.write(item_set),
    Format.AIKEN: lambda item_set, _documents, _images: aiken.write(item_set),
    Format.MOODLE_XML: lambda item_set, _documents, images: moodle.write(item_set, images),
    Format.XLSX: lambda item_set, documents, _images: xlsx_out.write(item_set, documents),
    Format.DOCX: lambda item_set, _documents, images: docx_out.write(item_set, images),
    Format.QTI: lambda item_set, _documents, images: qti_out.write(item_set, images),
}
