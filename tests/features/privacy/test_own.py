"""What members are told of their data holds nothing that is not out yet, and who may be erased in time."""

from __future__ import annotations

import json

from sqlalchemy import select

from quiz_app.awards import proposals
from quiz_app.awards.proposals import Special
from quiz_app.contests.models import PrizeScope
from quiz_app.kernel.db import Database
from quiz_app.privacy import erasing, own
from quiz_app.results.models import FinalTable
from tests.features.leaderboard.build import attempt, open_round
from tests.features.results.scene import set_scene
from tests.support.build import Commune
from tests.support.works import Work

NOT_OUT = ("Dòng trong bảng kết quả đã công bố", "Giải thưởng")


def _told(work: Work, commune: Commune) -> set[str]:
    with work(actor=commune.member) as w:
        in_numbers = {held.kept.title for held in own.summary(w)}
        given = own.copy(w)["du_lieu"]
    assert "Giải bí mật" not in json.dumps(given, ensure_ascii=False)
    return (in_numbers | {part["noi_dung"] for part in given}) & set(NOT_OUT)


def test_tables_and_awards_are_told_once_they_are_published(db: Database, work: Work, commune: Commune) -> None:
    scene = set_scene(db, work, commune)
    scene.propose(commune.organiser)
    with work() as w:
        assert w.session.scalars(select(FinalTable)).one().published_at is None
    assert _told(work, commune) == set()
    scene.finalise()
    with work(actor=commune.organiser) as w:
        found = proposals.propose(w, PrizeScope.ROUND, scene.round.id)
        proposals.add_special(w, found.id, Special(commune.member.id, None, "Giải bí mật", "Lý do mật"))
    assert _told(work, commune) == {NOT_OUT[0]}


def test_why_somebody_was_given_a_special_prize_goes_with_his_name(db: Database, work: Work, commune: Commune) -> None:
    """The prize itself stays: it was given by a committee, and is counted."""
    scene = set_scene(db, work, commune)
    scene.finalise()
    with work(actor=commune.organiser) as w:
        found = proposals.propose(w, PrizeScope.ROUND, scene.round.id)
        won = [(one.title, one.reason) for one in proposals.awards_of(w.session, found.id)]
        proposals.add_special(w, found.id, Special(commune.member.id, None, "Giải Nghị lực", "Bà Hà vượt bệnh tật"))
    with work() as w:
        erasing.erase(w, commune.member.id)
        awards = proposals.awards_of(w.session, found.id)
        assert [(one.title, one.reason) for one in awards] == [*won, ("Giải Nghị lực", erasing.ERASED_NAME)]


def test_who_has_rehearsed_is_erased_all_the_same(work: Work, commune: Commune) -> None:
    with work() as w:
        round_, rehearsal = open_round(w, commune.root), open_round(w, commune.root)
        rehearsal.rehearses_id, rehearsal.contest.is_rehearsal = round_.id, True
        attempt(w, rehearsal, commune.organiser, 10)
    with work() as w:
        erasing.judge(w, [commune.organiser.id])
