"""Which format a file is in, told by what is in it; what it calls itself counts only between the plain texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from question_bank.encodings import decoded
from question_bank.formats.archive import Archive
from question_bank.formats.kinds import Format
from question_bank.formats.limits import MAX_BYTES
from question_bank.parsed import Unreadable

_USE_OURS = "Mời đồng chí gửi tệp Word (.docx), Excel (.xlsx), GIFT, Aiken, Moodle XML hoặc gói QTI."
_SAVE_ANEW = "Mời đồng chí lưu lại dạng .docx, .xlsx không có mật khẩu."
_KNOWN_OTHERS = (
    (b"\xd0\xcf\x11\xe0", f"Tệp Word, Excel kiểu cũ (.doc, .xls) hoặc có mật khẩu. {_SAVE_ANEW}"),
    (b"%PDF", f"Tệp PDF không nhập được. {_USE_OURS}"),
    (b"{\\rtf", "Tệp RTF không nhập được. Mời đồng chí mở bằng Word rồi lưu dạng .docx."),
    (b"MZ", f"Tệp chương trình không được nhận. {_USE_OURS}"),
    (b"\x7fELF", f"Tệp chương trình không được nhận. {_USE_OURS}"),
    (b"\x89PNG", f"Tệp hình không nhập được. {_USE_OURS}"),
    (b"\xff\xd8\xff", f"Tệp hình không nhập được. {_USE_OURS}"),
    (b"\x1f\x8b", f"Tệp nén loại này không nhập được. {_USE_OURS}"),
    (b"Rar!", f"Tệp nén loại này không nhập được. {_USE_OURS}"),
    (b"7z\xbc\xaf", f"Tệp nén loại này không nhập được. {_USE_OURS}"),
)  # fmt: skip
_ROOTS = {"quiz": Format.MOODLE_XML, "assessmentItem": Format.QTI}
_ROOT = re.compile(
    r"\s*(?:<\?[^>]*\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>\s*)*<(?:\w+:)?(\w+)", re.DOTALL
)
_TOML = re.compile(r"^\s*\[\[\s*(?:items|blueprint)\s*\]\]\s*(?:#.*)?$", re.MULTILINE)
_TOML_HEAD = re.compile(r'\s*(?:#.*\n\s*)*(?:title|use|summary)\s*=\s*["\']')
_AIKEN = re.compile(r"^[ \t]*ANSWER[ \t]*:[ \t]*[A-Za-z]\b", re.MULTILINE)
_AIKEN_OPTION = re.compile(r"^[ \t]*[A-Za-z][.)][ \t]+\S", re.MULTILINE)
_GIFT_ANSWER = re.compile(r"(?<!\\)\{[^{}]*(?<!\\)\}", re.DOTALL)
_GIFT_OPENS = re.compile(r"^\s*(?:::|//|\$CATEGORY)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """The format, and the content as that format's reader takes it."""

    format: Format
    content: str | bytes


def detect(name: str, content: bytes) -> Found:
    """What a file is. Raises Unreadable, with the reason and what to do, for everything that is not one of ours."""
    if len(content) > MAX_BYTES:
        raise Unreadable(f"Tệp lớn hơn {MAX_BYTES // 1024 // 1024} MB. Mời đồng chí chia thành nhiều tệp.")
    if not content.strip():
        raise Unreadable("Tệp trống, không có câu hỏi nào.")
    for start, message in _KNOWN_OTHERS:
        if content.startswith(start):
            raise Unreadable(message)
    if content.startswith(b"PK"):
        return _of_archive(content)
    text = _xml_text(content)
    root = _ROOT.match(text) if text.lstrip().startswith("<") else None
    suffix = PurePosixPath(name).suffix.lower()
    if root and (root[1] in _ROOTS or text.lstrip().startswith(("<?", "<!")) or suffix in (".xml", ".html")):
        return _of_xml(root[1], content)
    return _of_text(suffix, decoded(content))


def _of_archive(content: bytes) -> Found:
    archive = Archive(content)
    names = set(archive.names)
    if "xl/workbook.xml" in names:
        return Found(Format.XLSX, content)
    if "word/document.xml" in names:
        return Found(Format.DOCX, content)
    if any(PurePosixPath(name).name == "imsmanifest.xml" for name in names):
        return Found(Format.QTI, content)
    if "content.xml" in names and "mimetype" in names:
        raise Unreadable("Tệp OpenDocument không nhập được. Mời đồng chí lưu lại dạng .docx hoặc .xlsx.")
    raise Unreadable(f"Tệp nén không phải là Word, Excel hay gói QTI. {_USE_OURS}")


def _xml_text(content: bytes) -> str:
    head = content[:4096]
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return head.decode(encoding, errors="replace")


def _of_xml(root: str, content: bytes) -> Found:
    if root in _ROOTS:
        return Found(_ROOTS[root], content)
    if root in ("questestinterop",):
        raise Unreadable("Tệp QTI 1.2 không nhập được. Mời đồng chí xuất lại dạng QTI 2.1 hoặc 2.2.")
    if root in ("html", "HTML"):
        raise Unreadable(f"Trang web không nhập được. {_USE_OURS}")
    raise Unreadable(f"Tệp XML này không phải là Moodle XML hay QTI. {_USE_OURS}")


def _of_text(suffix: str, text: str) -> Found:
    if (_TOML.search(text) and _TOML_HEAD.match(text)) or suffix == ".toml":
        return Found(Format.TOML, text)
    if suffix == ".gift":
        return Found(Format.GIFT, text)
    has_answer = _AIKEN.search(text) is not None
    if _GIFT_ANSWER.search(text) and not (has_answer and _AIKEN_OPTION.search(text)):
        return Found(Format.GIFT, text)
    if has_answer or _AIKEN_OPTION.search(text):
        return Found(Format.AIKEN, text)
    if _GIFT_OPENS.search(text) or "{" in text:
        return Found(Format.GIFT, text)
    if suffix == ".csv":
        raise Unreadable("Tệp CSV không nhập được. Mời đồng chí mở bằng Excel rồi lưu dạng .xlsx theo mẫu.")
    raise Unreadable(f"Không thấy câu hỏi nào trong tệp chữ này. {_USE_OURS}")
