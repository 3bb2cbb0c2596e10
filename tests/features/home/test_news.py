"""What the first page tells a member only where there is any of it, and what that costs where there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from quiz_app.elsewhere import services as elsewhere
from quiz_app.kernel.db import Database
from quiz_app.members.models import Member
from quiz_app.practice import services as practice
from tests.features.announcements.build import announced
from tests.features.asking.build import answered, sent
from tests.features.elsewhere.build import TERMS, city_contest, declared
from tests.features.leaderboard.build import Statements
from tests.features.meetings.build import planned
from tests.features.practice.build import MIXED, answer_all, publish
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.works import Work

THINGS = ("Lịch thi", "Sinh hoạt chuyên đề", "Thi nơi khác", "đến hạn ôn lại", "câu trả lời mới")


@pytest.fixture
def told(work: Work, commune: Commune, clock: Clock) -> None:
    """One of each for the member alone or for his chi bộ."""
    with work(actor=commune.member) as w:
        publish(w)
    with work(actor=commune.member) as w:
        answer_all(w, practice.start(w, MIXED))
    answered(work, commune.organiser, sent(work, commune.member))
    clock.move(days=2)
    announced(work, commune.secretary, commune.first)
    planned(work, commune.secretary, commune.first, starts_at=NOW + timedelta(days=3))
    city_contest(work, commune.organiser, commune.first)


def test_each_is_told_to_those_it_is_for(told: None, commune: Commune, browse: Browse) -> None:
    own = browse.as_(commune.member).page("/").text
    assert [words for words in THINGS if words not in own] == []
    colleague = browse.as_(commune.colleague).page("/").text
    assert [words for words in THINGS if words in colleague] == list(THINGS[:3])
    stranger = browse.as_(commune.stranger).page("/").text
    assert [words for words in THINGS if words in stranger] == []


def test_what_there_is_none_of_is_not_asked_for(told: None, commune: Commune, browse: Browse, db: Database) -> None:
    def asked(reader: Member) -> list[str]:
        browse.as_(reader)
        with Statements(db.engine) as statements:
            browse.page("/")
        return statements.texts

    few, many = asked(commune.stranger), asked(commune.member)
    assert len(many) == len(few) + len(THINGS)
    assert len(few) <= 7, few


def test_an_outside_contest_comes_with_the_state_of_the_own_record_until_it_is_hidden(
    work: Work, commune: Commune, browse: Browse
) -> None:
    contest = city_contest(work, commune.organiser, commune.first)
    assert f"{TERMS.title} Chưa khai báo" in browse.as_(commune.member).page("/").text
    declared(work, contest, commune.member)
    assert f"{TERMS.title} Chờ xác nhận" in browse.page("/").text
    assert f"{TERMS.title} Chưa khai báo" in browse.as_(commune.colleague).page("/").text
    with work(actor=commune.organiser) as w:
        elsewhere.change_contest(w, contest.id, replace(TERMS, is_hidden=True))
    assert TERMS.title not in browse.page("/").text
