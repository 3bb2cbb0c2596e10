"""Mock rounds: the length and clock of real rules, kept by the server, and counted nowhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from quiz_app.attempts import services as attempts
from quiz_app.attempts.models import Attempt, Response, Result
from quiz_app.contests.models import Accommodation, Round
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.leaderboard import tallies
from quiz_app.leaderboard.models import UnitTally
from quiz_app.practice import mock, queries, services
from quiz_app.practice.errors import MockOver, MockUnderWay, TooFewForMock
from quiz_app.practice.models import Kind, PracticeAnswer
from quiz_app.practice.services import Scope
from tests.features.practice.build import MIXED, letters, publish
from tests.support import contest, sitting
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.works import View, Work

TEN_IN_TEN = "tw-7x10"


@pytest.fixture
def published(work: Work, commune: Commune) -> None:
    with work() as w:
        publish(w)


def test_the_rules_offered_are_those_of_own_rounds_with_a_clock_and_the_usual_ones(
    work: Work, view: View, commune: Commune
) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.first)
        w.session.add(
            Accommodation(round_id=opened.round.id, member_id=commune.member.id, extra_time_s=300, reason="Mắt")
        )
    with view(actor=commune.member) as r:
        first, default, *_ = mock.offered(r)
        assert (first.key, first.length) == (f"dot-{opened.round.id}", contest.PAPER_LENGTH)
        assert first.time_limit == timedelta(minutes=25)
        assert (default.key, default.length, default.time_limit) == ("hanoi-2024", 20, timedelta(minutes=15))
    with view(actor=commune.stranger) as r:
        assert [one.key for one in mock.offered(r)] == ["hanoi-2024", "single-shot", "tw-7x10"]
    with view(actor=commune.member, now=NOW + timedelta(days=3)) as r:
        assert mock.offered(r)[0].key == "hanoi-2024"


def test_a_paper_has_the_length_of_its_rules_and_its_score_is_told(
    work: Work, published: None, commune: Commune
) -> None:
    with work(actor=commune.member, now=NOW) as w:
        session_id = mock.start(w, TEN_IN_TEN)
        assert mock.start(w, TEN_IN_TEN) == session_id
        places = queries.places(w, session_id)
        assert len(places) == 10
        for position in range(1, 8):
            mock.save(w, session_id, position, letters(w, session_id, position, right=position > 2), None)
        with pytest.raises(MockUnderWay):
            services.start(w, MIXED)
    with work(actor=commune.member, now=NOW + timedelta(minutes=4)) as w:
        mock.hand_in(w, session_id)
        mock.hand_in(w, session_id)
        assert queries.own_session(w, session_id).ended_at == NOW + timedelta(minutes=4)
        score = mock.score(w, queries.places(w, session_id))
        assert (score.right, score.total, score.points) == (5, 10, 5)
        assert w.session.scalar(select(func.count()).select_from(PracticeAnswer)) == 7
        assert len(queries.places(w, services.start(w, Scope(Kind.MISTAKES)))) == 2
        with pytest.raises(MockOver):
            mock.save(w, session_id, 9, ["A"], None)


def test_the_server_keeps_the_deadline(work: Work, published: None, commune: Commune) -> None:
    """To the last instant of the time and the network's allowance; then the paper is closed at its deadline."""
    with work(actor=commune.member, now=NOW) as w:
        session_id = mock.start(w, TEN_IN_TEN)
    deadline = NOW + timedelta(minutes=10)
    with work(actor=commune.member, now=deadline + mock.GRACE - timedelta(milliseconds=1)) as w:
        mock.save(w, session_id, 1, ["A"], None)
    with work(actor=commune.member, now=deadline + mock.GRACE) as w:
        with pytest.raises(MockOver):
            mock.save(w, session_id, 2, ["A"], None)
        next_id = services.start(w, MIXED)  # nobody looked at it: whatever begins next closes it
        closed = queries.own_session(w, session_id)
        assert (closed.ended_at, next_id != session_id) == (deadline, True)
        assert w.session.scalars(select(PracticeAnswer.answered_at)).all() == [deadline]


def test_saves_count_up_as_in_a_real_sitting(work: Work, published: None, commune: Commune) -> None:
    with work(actor=commune.member, now=NOW) as w:
        session_id = mock.start(w, TEN_IN_TEN)
        assert mock.save(w, session_id, 1, ["B"], 3).revision == 3
        late = mock.save(w, session_id, 1, ["A"], 2)
        assert (late.letters, late.revision) == ("B", 3)
        assert mock.save(w, session_id, 1, [], None).letters == ""
        with pytest.raises(BadInput):
            mock.save(w, session_id, 1, ["Z"], None)
        with pytest.raises(Missing):
            mock.save(w, session_id, 11, ["A"], None)
        with pytest.raises(Missing):
            services.answer(w, session_id, 1, ["A"])
        with pytest.raises(Missing):
            services.end(w, session_id)


def test_too_few_questions_are_told(work: Work, published: None, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        with pytest.raises(TooFewForMock) as told:
            mock.start(w, "hanoi-2024")  # 20 of one key each
        assert told.value.facts == {"needed": 20, "count": 10}
        with pytest.raises(Missing):
            mock.start(w, "vcnet")  # has no clock


def test_a_mock_round_by_its_pages(browse: Browse, work: Work, published: None, commune: Commune, clock: Clock) -> None:
    browse.as_(commune.member)
    assert "kết quả không tính vào đâu" in browse.page("/luyen-tap/thi-thu/").text
    begun = browse.post("/luyen-tap/thi-thu/", {"rules": TEN_IN_TEN})
    url = begun.location
    paper = browse.page(url)
    assert contest.RATIONALE_CANARY not in paper.text
    assert "Đây là bài thi thử, không tính vào đâu." in paper.text
    saved = browse.post(
        f"{url}/cau/1", {"phuong_an": "A", "epoch": "1", "revision": "1"}, status=200, as_json=True
    ).json
    assert (saved["revision"], saved["letters"]) == (1, "A")
    assert 9 * 60_000 < saved["remaining_ms"] <= 10 * 60_000
    browse.post(f"{url}/cau/2", {"phuong_an": "B"})
    for wrong in ({"phuong_an": "AB"}, {"phuong_an": "A", "revision": "x"}, {"phuong_an": "A", "revision": "0"}):
        browse.post(f"{url}/cau/3", wrong, status=422)
    assert "Còn 8 câu chưa trả lời" in browse.page(f"{url}/nop").text
    browse.get(f"/luyen-tap/{url.rsplit('/', 1)[1]}/cau/1", status=302)  # not the page of a question that is practised
    assert browse.get(f"{url}/con-lai", as_json=True).json["is_over"] is False
    assert "Đang thi thử dở" in browse.page("/luyen-tap/").text
    refused = browse.post("/luyen-tap/bat-dau", {"kind": "mixed"}, status=409)
    assert "đang làm dở một lượt thi thử" in refused.text
    clock.move(minutes=11)
    assert browse.get(f"{url}/con-lai", as_json=True).json["is_over"] is True
    summary = browse.follow(browse.get(url, status=302))
    assert "Kết quả thi thử không tính vào đâu" in summary.text
    assert "/10 câu, trong 10 phút" in summary.text
    browse.as_(commune.colleague)
    for path in ("", "/nop", "/con-lai"):
        browse.get(f"{url}{path}", status=404)
    browse.post(f"{url}/cau/1", {"phuong_an": "A"}, status=404)
    browse.post(f"{url}/nop", status=404)


def test_a_mock_round_counts_nowhere(
    browse: Browse, db: Database, work: Work, view: View, published: None, commune: Commune, clock: Clock
) -> None:
    """Boards, desks, own results and figures are the same before and after somebody sat a mock round to its end."""
    with work() as w:
        round_ = sitting.open_round(w, commune.root, sitting.publish_shipped(w))
    with work(actor=commune.colleague) as w:
        attempt_id = sitting.start(w, round_)
        sitting.answer(w, attempt_id, 1, sitting.right_letters(w, attempt_id, 1))
    with work(actor=commune.colleague) as w:
        attempts.submit(w, attempt_id, 1, arrived_at=w.now)
    instant = clock.now()
    boards = [f"/bang-xep-hang/{round_.id}/{of}" for of in ("chi-bo", "toan-xa", "cac-chi-bo", "trinh-chieu")]
    desk = f"/tham-gia/{round_.id}/don-vi/{commune.first.id}"
    pages = {
        commune.member: ["/", "/dot-thi/", f"/dot-thi/{round_.id}", "/luyen-tap/thi-thu/", *boards],
        commune.secretary: [desk, f"{desk}/trinh-chieu", f"/tham-gia/don-vi/{commune.first.id}/qua-cac-dot"],
        commune.organiser: ["/", "/to-chuc/thong-ke", f"/to-chuc/dot/{round_.id}/thong-ke", *boards],
    }

    def told() -> dict[str, object]:
        clock.set(instant)
        tallies.take_tallies(db, round_.id)
        found = _stored(view)
        for person, paths in pages.items():
            browse.as_(person)
            for path in paths:
                clock.set(instant)
                found[f"{person.id} {path}"] = browse.page(path).text
        return found

    before = told()
    with work(actor=commune.member, now=instant) as w:
        session_id = mock.start(w, f"dot-{round_.id}")
        for place in queries.places(w, session_id):
            mock.save(w, session_id, place.position, letters(w, session_id, place.position, right=True), None)
        mock.hand_in(w, session_id)
        score = mock.score(w, queries.places(w, session_id))
        assert (score.is_full_marks, score.total) == (True, sitting.PAPER_LENGTH)
    assert told() == before


def _stored(view: View) -> dict[str, object]:
    """What boards, desks and figures are made of."""
    with view() as r:
        found: dict[str, object] = {
            model.__tablename__: r.session.scalar(select(func.count()).select_from(model))
            for model in (Attempt, Response, Result, Round, AuditEntry)
        }
        columns = [column for column in UnitTally.__table__.columns if column.name != "taken_at"]
        found["tallies"] = [tuple(row) for row in r.session.execute(select(*columns).order_by(*columns))]
        return found
