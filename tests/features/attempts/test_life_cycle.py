"""Every cell of the table of states and events, through the services and the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from quiz_app.attempts import closing, correcting, granting, services
from quiz_app.attempts.correcting import Proposal
from quiz_app.attempts.errors import AttemptClosed, AttemptClosing
from quiz_app.attempts.models import Attempt, CorrectionKind
from quiz_app.attempts.phase import phase_of
from quiz_app.attempts.policy import Action
from quiz_app.contests.models import Round
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Refused
from quiz_app.kernel.work import Work as UnitOfWork
from quiz_app.rules.lifecycle import ALLOWED, AttemptEvent, AttemptRefusal, AttemptState
from tests.support import contest, sitting
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import Work

pytestmark = pytest.mark.usefixtures("banks")

LIMIT = timedelta(minutes=20)
GRACE = timedelta(seconds=5)
SETTLES = timedelta(seconds=2)
MOMENT = timedelta(microseconds=1)

# The first and the last instant of each state, counted from the start.
INSTANTS = {
    AttemptState.RUNNING: (timedelta(0), LIMIT - MOMENT),
    AttemptState.GRACE: (LIMIT, LIMIT + GRACE - MOMENT),
    AttemptState.SETTLING: (LIMIT + GRACE, LIMIT + GRACE + SETTLES - MOMENT),
    AttemptState.OVERDUE: (LIMIT + GRACE + SETTLES, LIMIT + timedelta(hours=1)),
    AttemptState.SUBMITTED: (LIMIT - MOMENT, LIMIT + timedelta(hours=1)),
    AttemptState.ANNULLED: (LIMIT - MOMENT, LIMIT + timedelta(hours=1)),
}
REFUSALS: dict[AttemptRefusal, type[Refused] | None] = {
    AttemptRefusal.TOO_LATE: AttemptClosed,
    AttemptRefusal.SETTLING: AttemptClosing,
    AttemptRefusal.SUBMITTED: AttemptClosed,
    AttemptRefusal.ANNULLED: AttemptClosed,
    AttemptRefusal.NOT_DUE: None,
}
ACTS: dict[AttemptEvent, Callable[[UnitOfWork, int], object]] = {
    AttemptEvent.SAVE: lambda w, attempt_id: services.save_response(
        w, attempt_id, 1, services.Choice("A", epoch=1, revision=9)
    ),
    AttemptEvent.SUBMIT: lambda w, attempt_id: services.submit(w, attempt_id, epoch=1),
    AttemptEvent.CLOSE: closing.close_if_due,
    AttemptEvent.TAKE_OVER: services.take_over,
}
CELLS = [(state, event, is_first) for state in AttemptState for event in ACTS for is_first in (True, False)]


@pytest.mark.parametrize(("state", "event", "is_first"), CELLS)
def test_the_table_holds(
    work: Work, commune: Commune, state: AttemptState, event: AttemptEvent, is_first: bool
) -> None:
    at = NOW + INSTANTS[state][0 if is_first else 1]
    _, attempt_id = _brought_to(work, commune, state, at)

    outcome = ALLOWED[state, event]
    expected = REFUSALS[outcome] if isinstance(outcome, AttemptRefusal) else None
    if expected is None:
        with work(actor=commune.member, now=at) as w:
            ACTS[event](w, attempt_id)
    else:
        with work(actor=commune.member, now=at) as w, pytest.raises(expected):
            ACTS[event](w, attempt_id)

    _assert_left(work, attempt_id, outcome if isinstance(outcome, AttemptState) else state, at)


@pytest.mark.parametrize("state", list(AttemptState))
def test_time_granted_reaches_whoever_has_not_ended(work: Work, commune: Commune, state: AttemptState) -> None:
    at = NOW + INSTANTS[state][1]
    round_, attempt_id = _brought_to(work, commune, state, at)
    with work(actor=commune.organiser, now=at) as w:
        granting.grant_extra_time(w, round_.id, commune.member.id, 90, "Mắt kém.")
    outcome = ALLOWED[state, AttemptEvent.GRANT_TIME]
    _assert_left(work, attempt_id, outcome if isinstance(outcome, AttemptState) else state, at)


@pytest.mark.parametrize("state", list(AttemptState))
def test_a_void_window_annuls_whatever_stands(db: Database, work: Work, commune: Commune, state: AttemptState) -> None:
    at = NOW + INSTANTS[state][1]
    round_, attempt_id = _brought_to(work, commune, state, at)
    window = Proposal(CorrectionKind.WINDOW, "Mất điện", window_from=NOW, window_until=NOW + timedelta(seconds=1))
    with work(actor=commune.organiser, now=at) as w:
        correction_id = correcting.propose(w, round_.id, window).id
    with work(now=at) as w:
        correcting.decide(w, correction_id)
    while correcting.apply_batch(db, correction_id):
        pass
    _assert_left(work, attempt_id, AttemptState.ANNULLED, at)
    assert ALLOWED[state, AttemptEvent.ANNUL] is AttemptState.ANNULLED


def _brought_to(work: Work, commune: Commune, state: AttemptState, at: datetime) -> tuple[Round, int]:
    """The member's attempt, which is in this state at that instant."""
    with work(now=NOW) as w:
        round_ = contest.open_round(w, commune.root).round
    with work(actor=commune.member, now=NOW) as w:
        attempt_id = sitting.start(w, round_)
    if state in (AttemptState.SUBMITTED, AttemptState.ANNULLED):
        with work(actor=commune.member, now=NOW) as w:
            services.submit(w, attempt_id, epoch=1)
    if state is AttemptState.ANNULLED:
        with work(now=NOW) as w:
            w.session.get_one(Attempt, attempt_id).state = "annulled"
    with work(now=at) as w:
        assert phase_of(w.session.get_one(Attempt, attempt_id), at).state is state
    return round_, attempt_id


def _assert_left(work: Work, attempt_id: int, after: AttemptState, at: datetime) -> None:
    """The attempt is in this state now, and has ended once in the audit where it has ended at all."""
    with work(now=at) as w:
        assert phase_of(w.session.get_one(Attempt, attempt_id), at).state is after
        ends = w.session.scalars(
            select(AuditEntry.id).where(
                AuditEntry.action == Action.ATTEMPT_FINALISED.code, AuditEntry.subject == f"attempt:{attempt_id}"
            )
        ).all()
        assert len(ends) == (after in (AttemptState.SUBMITTED, AttemptState.ANNULLED))
