"""Rounds that have closed, and the way to their final tables by two organisers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from quiz_app.contests.models import Contest, NamesShown, Prize, PrizeScope, Round, Shown
from quiz_app.kernel.access import Role
from quiz_app.kernel.jobs import JobState, perform
from quiz_app.members.models import Member
from quiz_app.results import flagging, reviewing, services
from quiz_app.results.models import FinalTable, Flag, FlagState
from quiz_app.rules.standing import Criterion
from quiz_app.units.models import Unit
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.support import build
from tests.support.build import Commune
from tests.support.works import Work

SEED = "5eed" * 16
SAT = timedelta(days=-5)  # when the attempts of a closed round were begun


def closed_round(
    work: Work,
    unit: Unit,
    *,
    title: str = "Tuần 1",
    contest: Contest | None = None,
    tie_breaks: Sequence[Criterion] = (Criterion.SCORE, Criterion.DURATION),
    shown: Shown = Shown.AFTER_FINAL,
    names: NamesShown = NamesShown.OWN_UNIT,
    seed: str = SEED,
) -> Round:
    """A round that was open from nine days ago until two days ago."""
    with work() as w:
        round_ = open_round(
            w,
            unit,
            title=title,
            shown=shown,
            names=names,
            tie_breaks=tie_breaks,
            opened=timedelta(days=-9),
            closes=timedelta(days=-2),
            contest=contest,
        )
        round_.lot_seed = seed
        return round_


def second_organiser(work: Work, commune: Commune) -> Member:
    with work() as w:
        return build.member(w, commune.root, "Vũ Thị Hai", roles=[(Role.ORGANISER, commune.root)])


def give(work: Work, round_: Round, scope: PrizeScope, *prizes: tuple[str, int], for_units: bool = False) -> None:
    """Set prizes of a contest, best first."""
    with work() as w:
        w.session.add_all(
            Prize(
                contest_id=round_.contest_id,
                scope=scope.value,
                is_for_units=for_units,
                position=position,
                title=title,
                count=count,
            )
            for position, (title, count) in enumerate(prizes, start=1)
        )


def search_flags(work: Work, round_id: int) -> None:
    """Look for flags as the worker does once nobody sits any more."""
    with work() as w:
        job = flagging.begin(w, w.session.get_one(Round, round_id))
    assert job is not None
    assert perform(work.db, flagging.JOBS, job.key) is JobState.DONE


def look_through(work: Work, round_id: int, reviewer: Member) -> None:
    """Look for flags, and clear those that nobody has decided."""
    search_flags(work, round_id)
    with work(actor=reviewer) as w:
        is_open = (Flag.round_id == round_id) & (Flag.state == FlagState.OPEN.value)
        for flag_id in w.session.scalars(select(Flag.id).where(is_open)).all():
            reviewing.review(w, flag_id, FlagState.CLEARED, "Không có gì bất thường.", FlagState.OPEN.value)


def finalise(
    work: Work, kind: PrizeScope, number: int, proposer: Member, approver: Member, reason: str = ""
) -> FinalTable:
    """The whole way: look for flags and find nothing wrong, propose, approve, publish."""
    if kind is PrizeScope.ROUND:
        look_through(work, number, approver)
    with work(actor=proposer) as w:
        table = services.propose(w, kind, number, reason)
    with work(actor=approver) as w:
        services.approve(w, table.id, table.sha256)
    with work(actor=proposer) as w:
        return services.publish(w, table.id, table.sha256)


def final_approver(work: Work, table_id: int) -> Member:
    """The second organiser, who has approved a table."""
    with work() as w:
        approver = w.session.get_one(FinalTable, table_id).approved_by
        return w.session.get_one(Member, approver)


def published_table(work: Work, commune: Commune) -> tuple[int, int]:
    """A closed round of `first` with one participant, made final; its id and that of its table."""
    round_ = closed_round(work, commune.first, title="Tuần đã chốt")
    second = second_organiser(work, commune)
    with work() as w:
        roster(w, round_, [commune.member])
        attempt(w, round_, commune.member, 18, started=SAT)
    table = finalise(work, PrizeScope.ROUND, round_.id, commune.organiser, second)
    return round_.id, table.id
