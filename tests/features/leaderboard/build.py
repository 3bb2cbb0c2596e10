"""Rounds with rosters and attempts as they stand after people have sat them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import event
from sqlalchemy.engine import Engine

from quiz_app.attempts.closing import write_result
from quiz_app.attempts.models import Attempt, AttemptState, EndedBy
from quiz_app.contests.models import Contest, NamesShown, RosterEntry, Round, Shown
from quiz_app.kernel.work import Work
from quiz_app.members.models import Consent, Member, Purpose
from quiz_app.rules.standing import CountedAttempt, Criterion
from quiz_app.units.models import Unit
from tests.support.clock import NOW

FULL_MARKS = 20
BY_SCORE_AND_TIME = (Criterion.SCORE, Criterion.DURATION)
_ids = itertools.count(7_000_000_000)


def open_round(
    w: Work,
    unit: Unit,
    *,
    title: str = "Tuần 1",
    shown: Shown = Shown.AFTER_SUBMISSION,
    names: NamesShown = NamesShown.OWN_UNIT,
    tie_breaks: Sequence[Criterion] = BY_SCORE_AND_TIME,
    opened: timedelta = timedelta(days=-1),
    closes: timedelta = timedelta(days=1),
    is_published: bool = True,
    contest: Contest | None = None,
) -> Round:
    """A published round of a contest of `unit`, open from yesterday until tomorrow, three attempts each."""
    if contest is None:
        contest = Contest(
            title="Tìm hiểu Nghị quyết", unit_id=unit.id, is_demonstration=True, created_at=NOW, created_by=None
        )
        w.session.add(contest)
        w.session.flush()
    position = next(_ids)
    round_ = Round(
        contest_id=contest.id,
        position=position,
        title=title,
        opens_at=NOW + opened,
        closes_at=NOW + closes,
        time_limit_s=900,
        attempts_allowed=3,
        counted=CountedAttempt.BEST_FASTEST.value,
        tie_breaks=[criterion.value for criterion in tie_breaks],
        show_score=shown.value,
        show_marks=Shown.NEVER.value,
        show_keys=Shown.NEVER.value,
        names_shown=names.value,
        draw_secret="0" * 64,
        published_at=NOW + opened if is_published else None,
        created_at=NOW + opened,
    )
    w.session.add(round_)
    w.session.flush()
    return round_


def roster(w: Work, round_: Round, members: Sequence[Member], exempt: Sequence[Member] = ()) -> None:
    for member in [*members, *exempt]:
        w.session.add(
            RosterEntry(round_id=round_.id, member_id=member.id, unit_id=member.unit_id, is_exempt=member in exempt)
        )
    w.session.flush()


def attempt(
    w: Work,
    round_: Round,
    member: Member,
    score: int | None,
    seconds: float = 60.0,
    *,
    state: AttemptState = AttemptState.SUBMITTED,
    started: timedelta = timedelta(hours=-2),
) -> Attempt:
    """One sitting of a member: finished with its result, or open where `score` is None."""
    is_open = score is None
    started_at = NOW + started
    row = Attempt(
        id=next(_ids),
        round_id=round_.id,
        member_id=member.id,
        unit_id=member.unit_id,
        number=next(_ids),
        state=AttemptState.OPEN.value if is_open else state.value,
        started_at=started_at,
        deadline_at=started_at + timedelta(hours=4),
        accepts_until_at=started_at + timedelta(hours=4, seconds=5),
        seed="0" * 64,
        ended_at=None if is_open else started_at + timedelta(seconds=seconds),
        ended_by=None if is_open else EndedBy.MEMBER.value,
        score=score,
        max_score=None if is_open else FULL_MARKS,
        right_count=score,
        duration_ms=None if is_open else round(seconds * 1000),
    )
    w.session.add(row)
    w.session.flush()
    if not is_open and state is AttemptState.SUBMITTED:
        write_result(w.session, round_, member.id, w.now)
    return row


def consent(w: Work, member: Member, *, is_revoked: bool = False) -> None:
    w.session.add(
        Consent(
            member_id=member.id,
            purpose=Purpose.PUBLISH_NAME.value,
            text_version="1",
            given_at=NOW - timedelta(days=2),
            revoked_at=NOW - timedelta(days=1) if is_revoked else None,
        )
    )
    w.session.flush()


class Statements:
    """Counts the statements that an engine executes while it is open."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.texts: list[str] = []

    def __enter__(self) -> Statements:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    @property
    def count(self) -> int:
        return len(self.texts)

    def _note(self, *arguments: object) -> None:
        self.texts.append(str(arguments[2]))
