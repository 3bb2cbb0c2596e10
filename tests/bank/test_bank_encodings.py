"""Which letters a file is written in, told from real bytes."""

from __future__ import annotations

import unicodedata

import pytest

from question_bank.encodings import decoded, old_font_of
from question_bank.parsed import Unreadable

TEXT = "Cộng hòa xã hội chủ nghĩa Việt Nam. Độc lập - Tự do - Hạnh phúc. Đảng bộ thành phố Hà Nội."
# The bytes of files in the two old fonts, as any editor shows them that takes them for Latin letters.
TCVN3 = "Céng hßa x· héi chñ nghÜa ViÖt Nam. §éc lËp - Tù do - H¹nh phóc.".encode("latin-1")
VNI = "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam. Ñoäc laäp - Töï do - Haïnh phuùc.".encode("latin-1")


def windows_1258(text: str) -> bytes:
    """The bytes that Windows writes: letters composed, tones behind them."""
    out = []
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tones = "".join(part for part in parts if part in "\u0300\u0301\u0303\u0309\u0323")
        out.append(unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones)) + tones)
    return "".join(out).encode("cp1258")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_is_read_with_and_without_its_mark(encoding: str) -> None:
    assert decoded(TEXT.encode(encoding)) == TEXT


def test_windows_1258_is_read() -> None:
    assert decoded(windows_1258(TEXT)) == TEXT


@pytest.mark.parametrize(("content", "font"), [(TCVN3, "TCVN3 (ABC)"), (VNI, "VNI")])
def test_old_fonts_are_refused_with_advice(content: bytes, font: str) -> None:
    for form in (content, content.decode("latin-1").encode("utf-8")):
        with pytest.raises(Unreadable) as refused:
            decoded(form)
        assert str(refused.value).startswith(
            f"Tệp dùng bảng mã cũ {font}, hệ thống không đọc được tiếng Việt trong đó."
        )
        assert "UniKey" in str(refused.value)


@pytest.mark.parametrize(
    "text", [TEXT, unicodedata.normalize("NFD", TEXT), "café, naïve, résumé, Zürich", "abc", "Ðảng bộ"]
)
def test_other_texts_are_no_old_font(text: str) -> None:
    assert old_font_of(text) == ""


def test_unknown_bytes_are_refused() -> None:
    with pytest.raises(Unreadable, match="Không nhận ra bảng mã"):
        decoded("Größe und Maß für Übung".encode("latin-1"))
