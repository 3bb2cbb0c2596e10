"""Receipts: what a member keeps of his submission, and what anybody may learn by its code.

A code says nothing of its owner; the page that checks it tells neither who nor how well.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import product

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from quiz_app.attempts.closing import RECEIPT_ALPHABET, RECEIPT_LENGTH
from quiz_app.attempts.models import Attempt, AttemptState
from quiz_app.attempts.plain import AnyAttempt
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Round
from quiz_app.contests.policy import hides_figures
from quiz_app.kernel.work import Reading

GROUP = 4
LONGEST_TEXT = 80
# What a sign that stands in no code may have been, the likeliest first.
LOOK_ALIKES = {"O": "QD", "0": "QD", "I": "J7T", "1": "7J", "L": "JE", "U": "V", "Đ": "D"}
MOST_GUESSES = 64


class Misread(StrEnum):
    """Why a text cannot be a code."""

    EMPTY = "empty"
    LENGTH = "length"
    MARKS = "marks"


@dataclass(frozen=True, slots=True)
class Asked:
    """A text as it was read: the signs of a code, those among them that stand in none, or why it is no code."""

    signs: str
    strange: tuple[str, ...] = ()
    misread: Misread | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a code stands for. `answered` is None where it is not stored, or must not be told yet."""

    code: str
    round_title: str
    contest_title: str
    ended_at: datetime
    answered: int | None
    length: int
    is_annulled: bool
    is_rehearsal: bool


def written(code: str) -> str:
    """A code as people read it out: XXXX-XXXX-XXXX."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def read(text: str) -> Asked:
    """A code as somebody typed it: case, spaces and dashes do not matter."""
    signs = "".join(sign for sign in unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).upper() if sign.isalnum())
    if not signs:
        return Asked(signs, misread=Misread.EMPTY)
    known = set(RECEIPT_ALPHABET) | LOOK_ALIKES.keys()
    if not known.issuperset(signs):
        return Asked(signs, misread=Misread.MARKS)
    if len(signs) != RECEIPT_LENGTH:
        return Asked(signs, misread=Misread.LENGTH)
    return Asked(signs, tuple(dict.fromkeys(sign for sign in signs if sign in LOOK_ALIKES)))


def candidates(asked: Asked) -> Iterator[str]:
    """The codes that a text may mean, the likeliest first and not more than MOST_GUESSES."""
    for number, signs in enumerate(product(*(LOOK_ALIKES.get(sign, sign) for sign in asked.signs))):
        if number == MOST_GUESSES:
            return
        yield "".join(signs)


def find(r: Reading, asked: Asked) -> Receipt | None:
    """The submission that a text names, look-alikes weighed; None where there is none. For anybody who asks."""
    meant = list(candidates(asked))
    row = r.session.execute(
        select(Attempt, Round)
        .join(Round, Round.id == Attempt.round_id)
        .options(joinedload(Round.contest))
        .where(Attempt.receipt_code.in_(meant))
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return receipt(row[0], row[1], shows_answered=not hides_figures(row[1], r.now))


def own_code(attempt: AnyAttempt) -> str | None:
    """The code of an attempt as it is read out; None before it is submitted."""
    if attempt.receipt_code is None or attempt.ended_at is None:
        return None
    return written(attempt.receipt_code)


def receipt(attempt: Attempt, round_: Round, *, shows_answered: bool = True) -> Receipt | None:
    """The receipt of an attempt; None before it is submitted."""
    if attempt.receipt_code is None or attempt.ended_at is None:
        return None
    return Receipt(
        code=written(attempt.receipt_code),
        round_title=round_.title,
        contest_title=round_.contest.title,
        ended_at=attempt.ended_at,
        answered=attempt.answered_count if shows_answered else None,
        length=contests.paper_length(round_),
        is_annulled=attempt.state == AttemptState.ANNULLED.value,
        is_rehearsal=round_.contest.is_rehearsal,
    )
