"""The same button pressed twice by the same person, both presses under way at once: one thing is made."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from quiz_app.attempts import granting
from quiz_app.contests import copying, rehearsing
from quiz_app.contests.models import Contest, Round, RoundNotice
from quiz_app.kernel.work import Work as Unit
from tests.features.attempts.test_races import together
from tests.support import contest
from tests.support.build import Commune
from tests.support.sitting import at
from tests.support.works import Work

pytestmark = pytest.mark.usefixtures("banks")

Act = Callable[[Unit, Round], int]


def _notice(w: Unit, round_: Round) -> int:
    return granting.post_notice(w, round_.id, None, "Mời các đồng chí chờ 10 phút.").id


def _copy(w: Unit, round_: Round) -> int:
    return copying.copy_contest(w, round_.contest_id, title="Năm sau", first_opens_at=at(600)).id


def _rehearsal(w: Unit, round_: Round) -> int:
    return rehearsing.rehearse(w, round_.id, 2).id


@pytest.mark.parametrize("act", [_notice, _copy, _rehearsal])
def test_two_presses_at_once_are_answered_alike(work: Work, commune: Commune, act: Act) -> None:
    with work(now=at(-90)) as w:
        round_ = contest.open_round(w, commune.root).round

    def press() -> int:
        with work(actor=commune.organiser, now=at()) as w:
            return act(w, round_)

    answers = together([press, press, press])
    assert len(set(answers)) == 1
    assert isinstance(answers[0], int)
    with work() as w:
        made = [w.session.scalar(select(func.count()).select_from(table)) for table in (RoundNotice, Contest)]
    assert made == ([1, 1] if act is _notice else [0, 2])
