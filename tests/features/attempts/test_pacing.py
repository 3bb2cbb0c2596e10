"""Scripts are slowed while they sit; people, who go on by waiting, lose nothing by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from quiz_app.attempts.errors import TooFast
from quiz_app.attempts.models import Attempt, EndedBy
from quiz_app.attempts.pacing import ONE_START_IN_S, SAVES_AT_ONCE, STARTS_AT_ONCE, Pacing, slow_saves
from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from quiz_app.members.models import Member
from quiz_app.web.allowance import Pace
from quiz_app.web.device import MARK_LENGTH
from quiz_app.web.errors import SPREAD_OF_ACTS_S
from tests.support import build
from tests.support.browse import Answer, Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.works import Work

pytestmark = [
    pytest.mark.usefixtures("banks"),
    pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True),
]
MARK = "m" * MARK_LENGTH


def _start(browse: Browse, round_: Round, member: Member, status: int = 302) -> Answer:
    """In the one browser that everybody here shares."""
    browse.as_(member).carry("may", MARK)
    return browse.post(f"/dot-thi/{round_.id}/bat-dau", {"the_le": round_.rules_number}, status=status)


def _attempt(db: Database, member: Member) -> Attempt | None:
    with db.reading() as session:
        return session.scalars(select(Attempt).where(Attempt.member_id == member.id)).one_or_none()


def test_a_paper_goes_out_at_once_and_then_two_saves_a_second(app: Flask) -> None:
    with app.app_context():
        for _ in range(SAVES_AT_ONCE):
            slow_saves(1, "ai đó", NOW)
        with pytest.raises(TooFast):
            slow_saves(1, "ai đó", NOW)
        slow_saves(1, "người khác", NOW)
        slow_saves(2, "ai đó", NOW)
        for _ in range(2):
            slow_saves(1, "ai đó", NOW + timedelta(seconds=1))
        with pytest.raises(TooFast):
            slow_saves(1, "ai đó", NOW + timedelta(seconds=1))


def test_what_came_too_fast_is_taken_a_little_later(
    app: Flask, browse: Browse, db: Database, commune: Commune, round_: Round, clock: Clock
) -> None:
    pacing: Pacing = app.extensions["pacing"]
    app.extensions["pacing"] = replace(pacing, saves=Pace(burst=2, per_s=1 / 60))
    _start(browse, round_, commune.member)
    attempt = _attempt(db, commune.member)
    assert attempt is not None
    url, epoch = f"/luot-thi/{attempt.id}", {"epoch": "1"}
    first, second = ({**epoch, "phuong_an": ["A"], "revision": str(number)} for number in (1, 2))
    stranger = browse.other().as_(commune.colleague)
    for _ in range(3):  # who knows the number uses up nothing of its owner's
        stranger.knock("POST", f"{url}/cau/1", first, as_json=True)
    for _ in range(2):
        browse.post(f"{url}/cau/1", first, status=200, as_json=True)
    refused = browse.post(f"{url}/cau/1", second, status=429, as_json=True)
    assert refused.json["error"] == "TooFast"
    assert refused.response.headers["Retry-After"] == "1"
    browse.post(f"{url}/du-doan", {**epoch, "du_doan": "1", "revision": "1"}, status=429, as_json=True)
    by_hand = browse.post(f"{url}/cau/2", {**epoch, "phuong_an": ["A"]}, status=429)
    assert by_hand.page is not None
    assert by_hand.page.form(f"{url}/cau/2").values["phuong_an"] == ["A"]  # which the page sends once more
    clock.move(seconds=61)
    assert browse.post(f"{url}/cau/1", second, status=200, as_json=True).json["revision"] == 2
    browse.post(f"{url}/cau/1", second, status=429, as_json=True)
    browse.post(f"{url}/nop", epoch)  # however fast it went, it is handed in
    assert (_attempt(db, commune.member) or attempt).ended_by == EndedBy.MEMBER.value


def test_a_hall_behind_one_address_saves_as_it_likes(
    work: Work, browse: Browse, db: Database, commune: Commune, round_: Round
) -> None:
    """Pace is a sitting's own: however many answer from one address, none of them waits for the others."""
    with work() as w:
        hall = [build.member(w, commune.first, f"Nguyễn Văn Số {number}") for number in range(30)]
    sitters = []
    for member in hall:
        own = browse.other().as_(member)
        own.post(f"/dot-thi/{round_.id}/bat-dau", {"the_le": round_.rules_number})
        attempt = _attempt(db, member)
        assert attempt is not None
        sitters.append((own, attempt.id))
    for turn in range(1, 6):
        for own, attempt_id in sitters:
            sent = {"epoch": "1", "phuong_an": ["A"], "revision": str(turn)}
            own.post(f"/luot-thi/{attempt_id}/cau/1", sent, status=200, as_json=True)


def test_a_seventh_person_in_one_browser_waits_a_moment_and_nobody_who_goes_on(
    browse: Browse, db: Database, commune: Commune, round_: Round, clock: Clock, work: Work
) -> None:
    with work() as w:
        people = [build.member(w, commune.first, f"Nguyễn Văn Số {number}") for number in range(STARTS_AT_ONCE + 2)]
    *family, seventh, eighth = people
    for member in family:
        for _ in range(2):
            _start(browse, round_, member)
    refused = _start(browse, round_, seventh, status=429)
    assert ONE_START_IN_S <= int(refused.response.headers["Retry-After"]) < ONE_START_IN_S + SPREAD_OF_ACTS_S
    assert "Vừa có nhiều đồng chí bắt đầu thi trên máy này" in refused.text
    assert refused.page is not None
    assert refused.page.form("/bat-dau").values["the_le"] == [str(round_.rules_number)]  # sent once more by the page
    assert _attempt(db, seventh) is None
    _start(browse, round_, family[0])
    clock.move(seconds=ONE_START_IN_S)
    _start(browse, round_, seventh)
    assert _attempt(db, seventh) is not None
    _start(browse, round_, eighth, status=429)
    elsewhere = browse.other().as_(eighth)
    elsewhere.post(f"/dot-thi/{round_.id}/bat-dau", {"the_le": round_.rules_number})


def test_a_helper_starts_for_as_many_as_need_it(
    browse: Browse, db: Database, commune: Commune, round_: Round, work: Work
) -> None:
    with work() as w:
        people = [build.member(w, commune.first, f"Nguyễn Văn Số {number}") for number in range(STARTS_AT_ONCE + 1)]
    for member in people:
        browse.as_(commune.secretary).carry("may", MARK)
        url = f"/ho-tro-thi/{round_.id}/{member.id}"
        browse.submit(url, {"reason": "khong-may", "the_le": round_.rules_number}, action=url)
        assert _attempt(db, member) is not None
