"""A zip from a stranger, opened with suspicion: everything is checked before anything is unpacked.

Nothing is ever written to disk, so a name can lead nowhere; a bad one still tells that the file means harm.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from question_bank.formats.limits import (
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_OFFICE_ENTRIES,
    MAX_RATIO,
    MAX_RATIO_FROM,
    MAX_UNPACKED_BYTES,
)
from question_bank.parsed import Unreadable

_ZIP = b"PK\x03\x04"
_DAMAGED = "Tệp bị hỏng, không mở được. Mời đồng chí lưu lại rồi gửi."
_BAD_NAME = re.compile(r"^(?:[/\\]|[A-Za-z]:)|[\x00-\x1f]|(?:^|[/\\])\.\.(?:[/\\]|$)")
_DTD = re.compile(rb"<\s*!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_DTD_MESSAGE = "Tệp có khai báo DTD hoặc thực thể XML, có thể gây hại nên không được nhận."


class Archive:
    """The entries of a zip whose directory has been checked. Raises Unreadable for one that is not to be opened."""

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, struct.error, OSError, RuntimeError, ValueError, OverflowError):
            raise Unreadable(_DAMAGED) from None
        entries = self._zip.infolist()
        for message in filter(None, map(_fault_of, entries)):
            raise Unreadable(message)
        if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
            raise Unreadable("Tệp quá lớn sau khi giải nén. Mời đồng chí chia thành nhiều tệp nhỏ hơn.")
        self.names = tuple(entry.filename for entry in entries if not entry.is_dir())
        if len(set(self.names)) != len(self.names):
            raise Unreadable("Tệp nén có hai mục trùng tên nên không được nhận.")

    def bytes_of(self, name: str) -> bytes:
        """One entry unpacked. Raises KeyError for a name that is not there, Unreadable for a damaged or lying one."""
        entry = self._zip.getinfo(name)
        try:
            with self._zip.open(entry) as stream:
                content = stream.read(entry.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError):
            raise Unreadable(_DAMAGED) from None
        if len(content) != entry.file_size:
            raise Unreadable(_DAMAGED)
        return content

    def xml_of(self, name: str) -> Element:
        """One entry as XML. Raises KeyError and Unreadable like `bytes_of`."""
        return xml(self.bytes_of(name))

    def require_office(self) -> None:
        """Raise Unreadable for what an Office file has no need of: macros, document types, very many parts."""
        if len(self.names) > MAX_OFFICE_ENTRIES:
            raise Unreadable("Tệp có quá nhiều phần. Mời đồng chí chép nội dung sang một tệp mới rồi gửi lại.")
        types = self.bytes_of("[Content_Types].xml") if "[Content_Types].xml" in self.names else b""
        has_macros = any(name.lower().endswith(("vbaproject.bin", ".xlm")) for name in self.names)
        if has_macros or b"macroenabled" in types.lower():
            raise Unreadable("Tệp có macro nên không được nhận. Mời đồng chí lưu lại dạng .docx hoặc .xlsx thường.")
        for name in self.names:
            if name.lower().endswith((".xml", ".rels")):
                refuse_dtd(self.bytes_of(name))


def refuse_dtd(content: bytes) -> None:
    """Raise Unreadable for XML with a document type: XML bombs and foreign files come from there."""
    if _DTD.search(content.replace(b"\0", b"")):
        raise Unreadable(_DTD_MESSAGE)


def xml(content: bytes) -> Element:
    """The root of a document. Raises Unreadable for one damaged, too deep or with a document type."""
    refuse_dtd(content)
    try:
        root = ElementTree.fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        raise Unreadable(_DTD_MESSAGE) from None
    except (ParseError, ValueError, LookupError) as error:
        line, column = getattr(error, "position", (0, 0))
        where = f" (dòng {line}, ký tự {column + 1})" if line else ""
        raise Unreadable(f"Tệp XML viết sai cú pháp{where}; xin xuất lại từ phần mềm nguồn.") from None
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise Unreadable("Tệp XML lồng nhau quá sâu nên không được nhận.")
        level = [child for element in level for child in element]
    return root


def xml_bytes(root: Element) -> bytes:
    """A document of our own as a file."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'.encode()


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, *names: str) -> Iterator[Element]:
    """The direct children of those local names; all without names."""
    return (child for child in element if not names or local(child) in names)


def child(element: Element, name: str) -> Element | None:
    """The first direct child of that local name."""
    return next(children(element, name), None)


def _fault_of(entry: zipfile.ZipInfo) -> str:
    if entry.flag_bits & 0x1:
        return "Tệp có mật khẩu. Mời đồng chí bỏ mật khẩu rồi gửi lại."
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return _DAMAGED
    if _BAD_NAME.search(entry.orig_filename) or stat.S_ISLNK(entry.external_attr >> 16):
        return "Tệp nén có đường dẫn không an toàn nên không được nhận."
    if entry.filename.lower().endswith((".zip", ".rar", ".7z", ".gz", ".tar")):
        return "Tệp nén chứa tệp nén khác. Mời đồng chí gửi từng gói câu hỏi một."
    if entry.file_size > MAX_RATIO_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        return "Tệp quá lớn sau khi giải nén. Mời đồng chí chia thành nhiều tệp nhỏ hơn."
    return ""
