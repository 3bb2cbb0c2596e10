"""What the rules promise for "after the results are final" comes with the published table, and not before."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from quiz_app.attempts import services as attempts
from quiz_app.attempts.models import Response
from quiz_app.contests.models import PrizeScope, Round, Shown
from quiz_app.results import subjects, tables
from tests.features.leaderboard.build import attempt
from tests.features.results.build import finalise, second_organiser
from tests.support import contest, sitting
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.works import View, Work

pytestmark = pytest.mark.usefixtures("banks")

FINAL = Shown.AFTER_FINAL.value
SCORE = re.compile(r"\b6 ?/ ?6 điểm")


def test_scores_marks_and_keys_come_with_the_published_table(
    work: Work, commune: Commune, browse: Browse, clock: Clock
) -> None:
    with work() as w:
        round_ = contest.open_round(w, commune.root, show_score=FINAL, show_marks=FINAL, show_keys=FINAL).round
    with work(actor=commune.member) as w:
        attempt_id = sitting.start(w, round_)
        for row in w.session.scalars(select(Response).where(Response.attempt_id == attempt_id)).all():
            sitting.answer(w, attempt_id, row.position, sitting.right_letters(w, attempt_id, row.position))
    with work(actor=commune.member) as w:
        attempts.submit(w, attempt_id, epoch=1)
    clock.set(NOW + timedelta(days=2))
    member = browse.as_(commune.member)
    before = member.page(f"/luot-thi/{attempt_id}/ket-qua")
    assert not SCORE.search(before.text)
    assert contest.RATIONALE_CANARY not in before.text
    member.get(f"/luot-thi/{attempt_id}/dap-an", status=403)
    finalise(work, PrizeScope.ROUND, round_.id, commune.organiser, second_organiser(work, commune))
    after = browse.as_(commune.member).page(f"/luot-thi/{attempt_id}/ket-qua")
    assert SCORE.search(after.text)
    assert contest.RATIONALE_CANARY in member.page(f"/luot-thi/{attempt_id}/dap-an").text


def test_a_frozen_board_does_not_freeze_the_final_table(work: Work, view: View, commune: Commune) -> None:
    """The last hour of the round was hidden from the boards; the table counts what came in it."""
    with work() as w:
        round_ = contest.open_round(w, commune.root, show_score=FINAL).round
        w.session.get_one(Round, round_.id).freeze_minutes = 60
    last = timedelta(hours=23, minutes=50)
    with work(now=NOW + last) as w:
        held = w.session.get_one(Round, round_.id)
        attempt(w, held, commune.member, 12, 30, started=timedelta(hours=1))
        attempt(w, held, commune.member, 19, 40, started=last - timedelta(minutes=5))
        attempt(w, held, commune.colleague, 18, 40, started=last - timedelta(minutes=5))
    with view(now=NOW + timedelta(days=1, minutes=5)) as r:
        table = tables.computed(r.session, subjects.subject(r.session, PrizeScope.ROUND, round_.id), r.now)
    assert [(one.member_id, one.place, one.score) for one in table.people] == [
        (commune.member.id, 1, 19),
        (commune.colleague.id, 2, 18),
    ]
