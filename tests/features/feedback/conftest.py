"""An open round of the commune, and attempts that members have ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from quiz_app.attempts import services as attempts
from quiz_app.contests.models import Round
from quiz_app.members.models import Member
from tests.support import contest
from tests.support.build import Commune
from tests.support.sitting import answer, at, right_letters
from tests.support.works import Work

Sit = Callable[..., int]


@pytest.fixture
def round_(work: Work, commune: Commune, banks: None) -> Round:
    """Open from an hour ago, closing in half an hour; complaints are taken for three days after that."""
    with work(now=at(-90)) as w:
        return contest.open_round(w, commune.root, closes_at=at(30), attempts_allowed=None).round


@pytest.fixture
def sit(work: Work, round_: Round) -> Sit:
    """Sit an attempt with so many right answers, and end it unless told otherwise; its id."""

    def _sit(
        member: Member, *, right: int = 3, minute: float = 0, end: bool = True, in_round: Round | None = None
    ) -> int:
        with work(actor=member, now=at(minute)) as w:
            attempt_id = attempts.start(w, (in_round or round_).id, is_demonstration_site=False)
            for place in range(1, right + 1):
                answer(w, attempt_id, place, right_letters(w, attempt_id, place))
        if end:
            with work(actor=member, now=at(minute, 90)) as w:
                attempts.submit(w, attempt_id, 1)
        return attempt_id

    return _sit
