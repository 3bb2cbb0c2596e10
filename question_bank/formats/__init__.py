"""Questions in the formats of other programs, in and out.

`read` and `write` are the two doors; both are pure. Whoever takes in an upload runs `question_bank.formats.child` in a
process of its own and never calls `read` on it directly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from question_bank.formats import own_toml
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
    "read",
    "result_sheet",
    "template_xlsx",
    "write",
]


def read(name: str, content: bytes) -> Parsed:
    """Everything a file holds. The format is told by the content; the name only where the content leaves it open."""
    try:
        return own_toml.read(name, content.decode("utf-8"))
    except UnicodeDecodeError:
        return unreadable(name, "Tệp chưa được lưu bằng bảng mã UTF-8.")


def write(
    item_set: ItemSet,
    format: Format,  # noqa: A002 - callers name it, and nothing here formats
    documents: Sequence[Document] = (),
    images: Mapping[str, bytes] | None = None,
) -> bytes:
    """The set as a file. `images` are the pictures by the address that the texts name."""
    if format is Format.TOML:
        return own_toml.write(item_set)
    raise NotImplementedError(format)


def template_xlsx(topics: Sequence[Topic], documents: Sequence[Document]) -> bytes:
    """An empty sheet to write questions in: instructions, lists to choose from and examples."""
    raise NotImplementedError


def result_sheet(name: str, content: bytes, parsed: Parsed, plan: Plan) -> bytes:
    """The sheet that was sent with a column "Kết quả"; for other formats, a sheet that lists each block."""
    raise NotImplementedError
