"""From bytes to text: UTF-8, UTF-16 and Windows-1258 are read, the old Vietnamese fonts are known and refused.

TCVN3 (ABC, fonts .VnTime) and VNI (fonts VNI-Times) are not encodings of Unicode: a file in them is Latin letters that
only look Vietnamese in their font, also inside a .docx or .xlsx. Which one a text is in is told by its words: read in
the right way, nearly every word with a foreign letter is a possible Vietnamese syllable.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from question_bank.parsed import Unreadable

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_TCVN3 = str.maketrans(
    "¡¢£¤¥¦§¨©ª«¬\xad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
    "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
)
_VNI_LETTERS = str.maketrans("íìæóòÍÌÆÓÒôÔöÖîÎñÑ", "íìỉĩịÍÌỈĨỊơƠưƯỵỴđĐ")
_VNI_MARKS = {
    "ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323",
    "â": "\u0302", "á": "\u0302\u0301", "à": "\u0302\u0300", "å": "\u0302\u0309", "ã": "\u0302\u0303",
    "ä": "\u0302\u0323", "ê": "\u0306", "é": "\u0306\u0301", "è": "\u0306\u0300", "ú": "\u0306\u0309",
    "ü": "\u0306\u0303", "ë": "\u0306\u0323",
}  # fmt: skip
_VNI_PAIR = re.compile(rf"([aeouyAEOUYôöÔÖ])([{''.join(_VNI_MARKS)}{''.join(_VNI_MARKS).upper()}])")
_WORD = re.compile(r"[^\W\d_]+")
_FONT_WORD = re.compile(r"[^\s\d_!-/:-@\[-`{-~]+")
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvxq])?"
    r"(?:uyê|uya|iê|yê|uô|ươ|ia|ua|ưa|oa|oă|oe|uâ|uê|uơ|uy|oo|[aăâeêioôơuưy])"
    r"(?:ch|nh|ng|[cmnptiouy])?"
)
_ONLY_UNICODE = re.compile("[ăđĩũơưĂĐĨŨƠƯ\u0300-\u036f\u1ea0-\u1ef9]")  # no old font has these
_LOOKALIKES = str.maketrans("Ðð", "Đđ")
_SURE_PERCENT = 80
_SAMPLE = 20_000
_FEW_WORDS = 3  # one word proves nothing: "café"

_ADVICE = (
    "Tệp dùng bảng mã cũ {font}, hệ thống không đọc được tiếng Việt trong đó. "
    "Mời đồng chí mở công cụ chuyển mã của UniKey (Ctrl+Shift+F6), chọn nguồn {source}, đích Unicode, "
    "chuyển xong lưu lại rồi gửi."
)
_FONTS = {"TCVN3": ("TCVN3 (ABC)", "TCVN3 (ABC)"), "VNI": ("VNI", "VNI Windows")}


def decoded(content: bytes) -> str:
    """The text of a file. Raises Unreadable, with what to do, where its letters cannot be told."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _strictly(content, encoding)
    half = len(content[:_SAMPLE]) // 2
    if half and max(content[:_SAMPLE:2].count(0), content[1:_SAMPLE:2].count(0)) > half * 0.4:
        return _strictly(content, "utf-16-be" if content[0] == 0 else "utf-16-le")
    if b"\0" in content:
        raise Unreadable(
            "Tệp không phải là tệp chữ. Mời đồng chí gửi tệp Word, Excel, GIFT, Aiken, Moodle XML hoặc QTI."
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = _not_utf8(content)
    refuse_old_fonts(text)
    return text


def refuse_old_fonts(text: str) -> None:
    """Raise Unreadable, with advice, for a text written for one of the old fonts."""
    font = old_font_of(text)
    if font:
        name, source = _FONTS[font]
        raise Unreadable(_ADVICE.format(font=name, source=source))


def old_font_of(text: str) -> str:
    """ "TCVN3" or "VNI" for a text whose letters look Vietnamese only in such a font, else ""."""
    sample = text[:_SAMPLE]
    if len(_ONLY_UNICODE.findall(sample)) > _FEW_WORDS + len(sample) // 500:
        return ""
    scores = {
        "": _plausible(unicodedata.normalize("NFC", sample.translate(_LOOKALIKES)), _WORD),
        "TCVN3": _plausible(sample.translate(_TCVN3), _FONT_WORD, _FEW_WORDS),
        "VNI": _plausible(_from_vni(sample), _FONT_WORD, _FEW_WORDS),
    }
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= _SURE_PERCENT else ""


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable("Tệp bị hỏng chữ. Mời đồng chí lưu lại bằng bảng mã UTF-8 rồi gửi.") from None


def _not_utf8(content: bytes) -> str:
    refuse_old_fonts(content.decode("latin-1"))
    try:
        text = unicodedata.normalize("NFC", content.decode("cp1258"))
    except UnicodeDecodeError:
        text = ""
    if _plausible(text[:_SAMPLE], _WORD) < _SURE_PERCENT:
        raise Unreadable("Không nhận ra bảng mã của tệp. Mời đồng chí lưu lại bằng bảng mã UTF-8 rồi gửi.")
    return text


def _from_vni(text: str) -> str:
    def marked(pair: re.Match[str]) -> str:
        letter = pair[1].translate(_VNI_LETTERS)
        return unicodedata.normalize("NFC", letter + _VNI_MARKS[pair[2].lower()])

    # Pairs first: a letter on its own means something else than as a mark behind a vowel.
    parts = re.split(_VNI_PAIR.pattern, text)
    return "".join(
        parts[index].translate(_VNI_LETTERS)
        + (_VNI_PAIR.sub(marked, parts[index + 1] + parts[index + 2]) if index + 2 < len(parts) else "")
        for index in range(0, len(parts), 3)
    )


def _plausible(text: str, word: re.Pattern[str], at_least: int = 1) -> float:
    """How many of a hundred words with a letter beyond ASCII are possible Vietnamese syllables; 0 for too few words."""
    words = [found for found in word.findall(text) if not found.isascii()]
    if len(words) < at_least:
        return 0
    return 100 * sum(_is_syllable(found) for found in words) / len(words)


def _is_syllable(word: str) -> bool:
    letters = unicodedata.normalize("NFD", word.casefold())
    if sum(letters.count(tone) for tone in _TONES) > 1:
        return False
    bare = unicodedata.normalize("NFC", "".join(letter for letter in letters if letter not in _TONES))
    return _SYLLABLE.fullmatch(bare) is not None
