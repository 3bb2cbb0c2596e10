"""Vietnamese text: one spelling for storing, keys for sorting and searching, short forms of names.

Sort keys are digits and lower-case ASCII letters alone, so that every collation of both engines orders them alike.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_LEGACY = str.maketrans({"Ð": "Đ", "ð": "đ", "Ɖ": "Đ", "ɖ": "đ"})  # look-alikes that old fonts and keyboards produce
_INVISIBLE = {"Cc", "Cf", "Co", "Cs"}
_TONES = {"\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0301": "5", "\u0323": "6"}
_LEVEL_TONE = "1"
_LETTER_MARKS = {
    ("a", "\u0306"): "2",
    ("a", "\u0302"): "3",
    ("e", "\u0302"): "2",
    ("o", "\u0302"): "2",
    ("o", "\u031b"): "3",
    ("u", "\u031b"): "2",
}
_WORD = re.compile(r"\d+|[^\W\d_]+")
_NUMBER_DIGITS = 9
_LONGEST_WORD = 60
SORT_KEY_LENGTH = 400


def nfc(text: str) -> str:
    """The text with each letter as one character, and with Đ where old fonts left an Icelandic Ð."""
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_LEGACY)


def tidy(text: str) -> str:
    """One line of NFC text: no invisible characters, single spaces, nothing at the ends."""
    composed = nfc(text)
    if composed.isprintable():  # nearly every text: nothing invisible, and no spaces but plain ones
        return " ".join(composed.split())
    visible = (" " if character.isspace() else character for character in composed)
    return " ".join("".join(c for c in visible if unicodedata.category(c) not in _INVISIBLE).split())


def sort_key(full_name: str) -> str:
    """The key that puts people in the order of a Vietnamese list: tên, then họ, then đệm; `Hòa` equals `Hoà`."""
    words = _words(full_name)
    return "".join(_word_key(word) for word in [*words[-1:], *words[:-1]])[:SORT_KEY_LENGTH]


def title_key(title: str) -> str:
    """The key that puts titles and names of units in order, word by word; numbers count by their value."""
    return "".join(_word_key(word) for word in _words(title))[:SORT_KEY_LENGTH]


@lru_cache(maxsize=4_000)  # lists say the same words again and again
def search_key(text: str) -> str:
    """What is searched: lower case, without marks, đ as d, single spaces. Never longer than the tidied text."""
    plain = tidy(text).lower()
    if plain.isascii():
        return plain
    marked = unicodedata.normalize("NFD", plain)
    bare = "".join(character for character in marked if unicodedata.category(character) != "Mn")
    return " ".join(unicodedata.normalize("NFC", bare).replace("đ", "d").split())


def abbreviated(full_name: str) -> str:
    """The initials of a name, as boards show people who have not agreed to be named: Nguyễn Văn An → N.V.A."""
    return ".".join(word[0].upper() for word in _words(full_name))


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text as it is searched, in ASCII letters or digits alone: `folded` without marks, `marked` with every
    mark spelt out, `bare` what `marked` would be without any. It stands in `nfc(text)` from `start` to `end`."""

    folded: str
    marked: str
    bare: str
    start: int
    end: int


def searchable_words(text: str) -> list[Word]:
    """The words of a text in order. Spellings of one word are equal: `Hòa` and `Hoà`, NFC and NFD, `05` and `5`."""
    found = []
    for match in _WORD.finditer(nfc(text)):
        folded, marked, bare = _spellings(match.group())
        if folded:
            found.append(Word(folded, marked, bare, match.start(), match.end()))
    return found


@lru_cache(maxsize=20_000)  # the language has some seven thousand syllables
def _spellings(word: str) -> tuple[str, str, str]:
    folded = _folded(word)
    return folded, _word_key(word), _word_key(folded)


def _folded(word: str) -> str:
    if word.isdecimal():
        return str(int(word[-_LONGEST_WORD:]))
    return "".join(letter for letter in search_key(word) if "a" <= letter <= "z")[:_LONGEST_WORD]


def _words(text: str) -> list[str]:
    return _WORD.findall(nfc(text))


@lru_cache(maxsize=20_000)
def _word_key(word: str) -> str:
    """Letters first, tones after them: a tone decides only between words of the same letters."""
    if word.isdecimal():
        digits = str(int(word))[-_NUMBER_DIGITS:]
        return f"1{len(digits)}{digits}0"
    letters: list[str] = []
    tones: list[str] = []
    for character in unicodedata.normalize("NFD", word.lower().replace("đ", "d\u0335")):
        if "a" <= character <= "z":
            letters.append(f"{character}1")
        elif character == "\u0335":
            letters[-1] = "d2"
        elif character in _TONES:
            tones.append(_TONES[character])
        elif letters and (mark := _LETTER_MARKS.get((letters[-1][0], character))):
            letters[-1] = letters[-1][0] + mark
    return "".join(letters) + "0" + ("".join(tones) or _LEVEL_TONE) + "0"
