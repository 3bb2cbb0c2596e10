"""Which texts say nearly the same, found among ten thousand in seconds.

Two texts are near when their words (lower case, without marks) agree to a share of `NEAR_PERCENT` (Jaccard) and they
name the same numbers: two questions that differ in a date or in a document's number are two questions.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence

NEAR_PERCENT = 85

_WORD = re.compile(r"\w+")
_TONES = "\u0300\u0301\u0303\u0309\u0323"


def bare(text: str) -> str:
    """The words of a text in lower case, without marks and punctuation; "đ" becomes "d"."""
    letters = (letter for letter in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(letter))
    return " ".join(_WORD.findall("".join(letters).replace("đ", "d")))


def same_spelling(text: str) -> str:
    """The words of a text in lower case with their marks; "Hòa" and "Hoà" come out the same."""
    words = _WORD.findall(unicodedata.normalize("NFC", text.casefold()))
    return " ".join(_tone_last(word) for word in words)


def earlier_twins(texts: Sequence[str]) -> dict[int, tuple[int, bool]]:
    """For each text that repeats an earlier one: the index of that one, and whether the words are exactly the same.

    Expects texts made by `bare`. An exact repetition wins over a near one; the earliest match is given.
    """
    first: dict[str, int] = {}
    twins: dict[int, tuple[int, bool]] = {}
    blocks: defaultdict[frozenset[str], list[int]] = defaultdict(list)
    words = [frozenset(text.split()) for text in texts]
    for index, text in enumerate(texts):
        if not text:
            continue
        if text in first:
            twins[index] = (first[text], True)
            continue
        first[text] = index
        blocks[frozenset(word for word in words[index] if any(map(str.isdigit, word)))].append(index)
    for members in blocks.values():
        for index, earlier in _near_in(members, words).items():
            twins[index] = (earlier, False)
    return twins


def _near_in(members: Sequence[int], words: Sequence[frozenset[str]]) -> dict[int, int]:
    # Two sets that agree to the share t must meet within the rarest n - ceil(t·n) + 1 words of each: only texts that
    # share such a word are compared (prefix filter). n - ceil(t·n) is floor((1 - t)·n), here in whole numbers.
    frequency = Counter(word for index in members for word in words[index])
    meeting: defaultdict[str, list[int]] = defaultdict(list)
    near: dict[int, int] = {}
    for index in members:
        own = words[index]
        ranked = sorted(own, key=lambda word: (frequency[word], word))
        prefix = ranked[: len(own) * (100 - NEAR_PERCENT) // 100 + 1]
        candidates = {earlier for word in prefix for earlier in meeting[word]}
        for earlier in sorted(candidates):
            if _are_near(own, words[earlier]):
                near[index] = earlier
                break
        for word in prefix:
            meeting[word].append(index)
    return near


def _are_near(one: frozenset[str], other: frozenset[str]) -> bool:
    if 100 * min(len(one), len(other)) < NEAR_PERCENT * max(len(one), len(other)):
        return False
    shared = len(one & other)
    return 100 * shared >= NEAR_PERCENT * (len(one) + len(other) - shared)


def _tone_last(word: str) -> str:
    letters = unicodedata.normalize("NFD", word)
    tones = "".join(letter for letter in letters if letter in _TONES)
    return "".join(letter for letter in letters if letter not in _TONES) + tones
