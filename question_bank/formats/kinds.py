"""The formats, by what people call them."""

from __future__ import annotations

from enum import StrEnum

_OFFICE = "application/vnd.openxmlformats-officedocument."


class Format(StrEnum):
    """A way to write questions down."""

    TOML = "toml"
    XLSX = "xlsx"
    DOCX = "docx"
    GIFT = "gift"
    AIKEN = "aiken"
    MOODLE_XML = "moodle_xml"
    QTI = "qti"

    @property
    def suffix(self) -> str:
        """How a file of this format is usually named, with the dot."""
        return _FACTS[self][0]

    @property
    def media_type(self) -> str:
        """The type for the header of a download."""
        return _FACTS[self][1]

    @property
    def label(self) -> str:
        """The format's name on a screen."""
        return _FACTS[self][2]


_FACTS: dict[Format, tuple[str, str, str]] = {
    Format.TOML: (".toml", "application/toml", "Tệp của hệ thống (TOML)"),
    Format.XLSX: (".xlsx", f"{_OFFICE}spreadsheetml.sheet", "Bảng tính Excel (.xlsx)"),
    Format.DOCX: (".docx", f"{_OFFICE}wordprocessingml.document", "Văn bản Word (.docx)"),
    Format.GIFT: (".gift", "text/plain", "GIFT của Moodle"),
    Format.AIKEN: (".txt", "text/plain", "Aiken (chữ thuần)"),
    Format.MOODLE_XML: (".xml", "application/xml", "Moodle XML"),
    Format.QTI: (".zip", "application/zip", "Gói QTI 2.x"),
}
