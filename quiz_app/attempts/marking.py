"""Points of a sat paper, by the keys as published and by what has been put right about items since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.attempts import ending
from quiz_app.attempts.models import Correction, CorrectionKind, CorrectionState, Response
from quiz_app.catalogue import queries as catalogue
from quiz_app.rules import rescoring
from quiz_app.rules.rescoring import Answered, Remedy
from quiz_app.rules.scoring import Score, Scored

Corrections = Mapping[int, rescoring.Correction]
"""What is put right about items, by item version."""


class Place(NamedTuple):
    """What marking needs of a response: read so, a hundred thousand papers take a third of the time."""

    attempt_id: int
    position: int
    item_version_id: int
    option_order: list[int]
    letters: str
    points: int
    chosen: str | None


class Marked(NamedTuple):
    """What a paper is worth, how many of its places were answered, and which positions are right or struck."""

    score: Score
    answered: int
    right: list[int]
    struck: list[int]


PLACE = (
    Response.attempt_id,
    Response.position,
    Response.item_version_id,
    Response.option_order,
    Response.letters,
    Response.points,
    Response.chosen,
)
"""The columns of a Place, in order."""


def in_force(session: Session, round_id: int, *, also: Correction | None = None) -> Corrections:
    """What is put right about the items of a round; of several corrections of one item the latest decided holds.

    `also` is counted in, as the latest of all.
    """
    query = (
        select(Correction)
        .where(
            Correction.round_id == round_id,
            Correction.kind == CorrectionKind.ITEM.value,
            Correction.state.in_([CorrectionState.APPLYING.value, CorrectionState.APPLIED.value]),
        )
        .order_by(Correction.decided_at, Correction.id)
    )
    listed = [*session.scalars(query)]
    if also is not None and also.kind == CorrectionKind.ITEM.value:
        listed.append(also)
    return {
        one.item_version_id: rescoring.Correction(Remedy(one.remedy), frozenset(one.key))
        for one in listed
        if one.item_version_id is not None and one.remedy is not None
    }


def score(session: Session, paper: Sequence[Response | Place], corrections: Corrections) -> Score:
    """What is kept of a paper, in points."""
    return rescoring.rescore(_answered(session, paper), corrections)


def verdicts(session: Session, paper: Sequence[Response | Place], corrections: Corrections) -> list[bool | None]:
    """Whether each place is right; None where it is struck from scoring."""
    answered = _answered(session, paper)
    return [rescoring.is_right(place, corrections.get(place.item_version_id)) for place in answered]


def marked(session: Session, paper: Sequence[Response | Place], corrections: Corrections) -> Marked:
    """A paper's points, and which of its places are right; nothing is stored."""
    answered = _answered(session, paper)
    found = [rescoring.is_right(place, corrections.get(place.item_version_id)) for place in answered]
    return Marked(
        score=rescoring.rescore(answered, corrections),
        answered=answered_count(paper),
        right=[row.position for row, verdict in zip(paper, found, strict=True) if verdict],
        struck=[row.position for row, verdict in zip(paper, found, strict=True) if verdict is None],
    )


def store(session: Session, attempt_id: int, found: Marked) -> None:
    """Keep at each place whether it is right; NULL at one that is struck from scoring."""
    told = {"right": ending.listed(found.right), "struck": ending.listed(found.struck)}
    ending.MARK.run(session, {"attempt": attempt_id, **told})


def paper(session: Session, attempt_id: int) -> list[Any]:
    """The places of a paper in their order, with all columns of Response, past the ORM."""
    session.flush()
    return ending.PAPER.rows(session, {"attempt": attempt_id})


def answered_count(paper: Sequence[Response | Place]) -> int:
    return sum(bool(row.chosen) for row in paper)


def chosen_options(row: Response | Place) -> frozenset[int]:
    """The option ids behind the letters that are kept at a place."""
    return frozenset(row.option_order[row.letters.index(letter)] for letter in row.chosen or "")


def _answered(session: Session, paper: Sequence[Response | Place]) -> list[Answered]:
    keys = catalogue.key_of(session, [row.item_version_id for row in paper])
    return [
        Answered(row.item_version_id, Scored(keys[row.item_version_id], row.points), chosen_options(row))
        for row in paper
    ]
