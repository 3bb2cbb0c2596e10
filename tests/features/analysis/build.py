"""Rounds that were sat by a plan, and figures kept without anybody sitting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from quiz_app.analysis.computing import Sample
from quiz_app.analysis.models import RoundAnalysis
from quiz_app.analysis.stored import Figures, Left, to_json
from quiz_app.attempts import services as attempts
from quiz_app.attempts.models import Response
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import Item
from quiz_app.contests.models import Round
from quiz_app.kernel.work import Work as UnitOfWork
from quiz_app.members.models import Member
from quiz_app.rules.statistics import Answer, Tally
from tests.features.results.build import closed_round
from tests.support import contest, sitting
from tests.support.build import Commune
from tests.support.sitting import at
from tests.support.works import Work

PAPERS = 60


def sit(work: Work, round_: Round, member: Member, marks: str, *, begins: float = 0, every_s: float = 20) -> int:
    """A whole attempt by a plan, place by place: 1 right, 0 wrong, - left blank; an answer each `every_s`; its id."""
    now = at(begins)
    with work(actor=member, now=now) as w:
        attempt_id = sitting.start(w, round_)
    for place, mark in enumerate(marks, start=1):
        now += timedelta(seconds=every_s)
        if mark == "-":
            continue
        with work(actor=member, now=now) as w:
            letters = sitting.right_letters if mark == "1" else sitting.wrong_letters
            sitting.answer(w, attempt_id, place, letters(w, attempt_id, place))
    with work(actor=member, now=now + timedelta(seconds=1)) as w:
        attempts.submit(w, attempt_id, 1)
    return attempt_id


def marks_by_item(work: Work, attempt_ids: Sequence[int]) -> list[dict[int, int]]:
    """What stands in each paper: item version to 1 or 0."""
    with work() as w:
        found: list[dict[int, int]] = []
        for attempt_id in attempt_ids:
            rows = w.session.scalars(select(Response).where(Response.attempt_id == attempt_id))
            found.append({row.item_version_id: int(bool(row.is_right)) for row in rows})
        return found


def learned_round(work: Work, commune: Commune) -> tuple[Round, list[int]]:
    """A closed round of `first` whose figures are kept, the first of its items with a wrong key; its item versions."""
    round_ = closed_round(work, commune.first, title="Tuần đã thống kê")
    with work() as w:
        set_id = catalogue.published_set(w.session, contest.SET_SLUG)
        assert set_id is not None
        query = select(Item.current_version_id).where(Item.set_id == set_id.id).order_by(Item.id).limit(3)
        versions = [one for one in w.session.scalars(query) if one is not None]
        keep(w, round_.id, versions, w.now)
    return round_, versions


def keep(w: UnitOfWork, round_id: int, versions: Sequence[int], now: datetime) -> None:
    """PAPERS papers of these items. Of the first item the better half chooses the third option, not the key."""
    options = {one.item_version_id: one.option_ids for one in catalogue.candidates(w.session, list(versions))}
    keys = catalogue.key_of(w.session, versions)
    tally = Tally()
    for number in range(PAPERS):
        is_good = number % 2 == 0
        paper = []
        for place, version in enumerate(versions):
            is_right = (is_good != (place == 0)) if number % 5 else not is_good
            wrong = next(one for one in reversed(options[version]) if one not in keys[version])
            chosen = tuple(sorted(keys[version])) if is_right else (wrong,)
            paper.append(Answer(version, chosen, is_right, 1, 15_000 + 1000 * place))
        tally.add(paper)
    items = tuple(tally.item(version, options[version]) for version in tally.items)
    figures = to_json(Figures(tally.paper(), items, Left(PAPERS, 2, 3, 4, 12)))
    w.session.add(RoundAnalysis(round_id=round_id, sample=Sample.COUNTED.value, computed_at=now, figures=figures))
