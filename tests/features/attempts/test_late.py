"""What arrives too late: refused as ever, kept with its instant, and told to member and organisers."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from quiz_app.attempts import closing, late, services
from quiz_app.attempts.late import Sent, What
from quiz_app.attempts.models import Attempt, EndedBy, LateArrival
from quiz_app.contests.models import Round
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.members.models import Member
from quiz_app.members.sign_ins import actor_of
from quiz_app.rules.prediction import PredictionKind
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.sitting import answer, at, open_round, publish_shipped, start
from tests.support.works import Work

pytestmark = pytest.mark.usefixtures("banks")

LIMIT = 15  # minutes, of the usual round; its grace is five seconds
Keep = Callable[..., datetime | None]


@pytest.fixture
def attempt_id(work: Work, commune: Commune, round_: Round) -> int:
    with work(actor=commune.member, now=at()) as w:
        return start(w, round_)


@pytest.fixture
def keep(db: Database, work: Work, commune: Commune, attempt_id: int) -> Keep:
    def kept(
        seconds_after_deadline: float, sent: Sent | None = None, member: Member = commune.member
    ) -> datetime | None:
        with work() as w:
            actor = actor_of(w.session, member)
        now = at(LIMIT, seconds_after_deadline)
        return late.keep(db, actor, attempt_id, sent or Sent(What.SAVE, 1, 2, "B", 7), now=now)

    return kept


def _kept(db: Database) -> list[LateArrival]:
    with db.reading() as session:
        return list(session.scalars(select(LateArrival).order_by(LateArrival.id)))


def test_what_is_kept_begins_with_the_first_refused_instant(keep: Keep, db: Database) -> None:
    assert keep(-1) is None
    assert keep(4.999) is None
    assert keep(5) == at(LIMIT, 5)
    assert keep(3600) == at(LIMIT, 3600)
    first, last = _kept(db)
    assert (first.what, first.position, first.sent, first.revision, first.epoch) == ("save", 2, "B", 7, 1)
    assert last.arrived_at == at(LIMIT, 3600)


def test_nobody_writes_evidence_into_anothers_attempt(keep: Keep, db: Database, commune: Commune) -> None:
    assert keep(10, member=commune.colleague) is None
    assert keep(10, member=commune.secretary) is None
    assert _kept(db) == []


def test_what_its_member_has_submitted_himself_is_closed_for_good(
    keep: Keep, work: Work, db: Database, commune: Commune, attempt_id: int
) -> None:
    with work(actor=commune.member, now=at(3)) as w:
        assert services.submit(w, attempt_id, 1)
    assert keep(60) is None
    assert keep(60, Sent(What.SUBMIT, 1)) is None
    assert _kept(db) == []


def test_answers_on_their_way_when_the_page_submits_at_the_deadline_are_kept(
    keep: Keep, work: Work, db: Database, commune: Commune, attempt_id: int
) -> None:
    with work(actor=commune.member, now=at(LIMIT, 1)) as w:
        assert services.submit(w, attempt_id, 1)
    assert keep(2) == at(LIMIT, 2)
    assert keep(60) == at(LIMIT, 60)
    assert keep(61, Sent(What.PREDICTION, 1, None, "12", 1)) == at(LIMIT, 61)
    assert keep(62, Sent(What.SUBMIT, 1)) is None
    assert [row.what for row in _kept(db)] == ["save", "save", "prediction"]


def test_it_is_kept_also_once_the_job_has_closed_the_attempt(keep: Keep, work: Work, attempt_id: int) -> None:
    with work(now=at(LIMIT, 8)) as w:
        assert closing.close_if_due(w, attempt_id)
    assert keep(60) == at(LIMIT, 60)


def test_an_attempt_keeps_a_hundred_and_no_more(keep: Keep, work: Work, db: Database, attempt_id: int) -> None:
    with work() as w:
        rows = [
            LateArrival(attempt_id=attempt_id, what="save", position=1, sent="A", epoch=1, arrived_at=at(LIMIT, 6))
            for _ in range(late.MOST_PER_ATTEMPT - 1)
        ]
        w.session.add_all(rows)
    assert keep(10) is not None
    assert keep(11) is None
    assert len(_kept(db)) == late.MOST_PER_ATTEMPT


def test_long_texts_are_cut_to_what_is_kept(keep: Keep, db: Database) -> None:
    assert keep(10, Sent(What.PREDICTION, 1, None, "9" * 500, 1)) is not None
    assert len(_kept(db)[0].sent) == late.LONGEST_SENT


def test_what_the_proxy_received_earlier_is_kept_with_that_instant(
    db: Database, work: Work, commune: Commune, attempt_id: int
) -> None:
    with work() as w:
        actor = actor_of(w.session, commune.member)
    now = at(LIMIT, 9)
    sent = Sent(What.SUBMIT, 1)
    assert late.keep(db, actor, attempt_id, sent, now=now, arrived_at=at(LIMIT, -1)) == at(LIMIT, -1)
    assert late.keep(db, actor, attempt_id, sent, now=now, arrived_at=at(LIMIT, 99)) == now
    assert late.keep(db, actor, attempt_id, sent, now=now, arrived_at=at(-99)) == at()


def test_a_late_save_is_refused_as_ever_and_told(
    browse: Browse, commune: Commune, attempt_id: int, clock: Clock, db: Database
) -> None:
    member = browse.as_(commune.member)
    url = f"/luot-thi/{attempt_id}/cau/3"
    clock.set(at(LIMIT, 6))
    refused = member.post(url, {"phuong_an": "B", "epoch": "1", "revision": "4"}, status=409, as_json=True).json
    assert refused["error"] == "AttemptClosed"
    assert "lúc 09:15:06, đã muộn" in refused["message"]
    assert "làm bằng chứng nhưng không tính điểm" in refused["message"]
    (row,) = _kept(db)
    assert (row.what, row.position, row.sent, row.revision) == ("save", 3, "B", 4)
    page = member.follow(member.post(f"/luot-thi/{attempt_id}/nop", {"epoch": "1"}))
    assert "máy chủ nhận lệnh nộp lúc 09:15:0" in page.text
    assert "Đã nộp bài" not in page.text
    assert [row.what for row in _kept(db)] == ["save", "submit"]
    clock.set(at(LIMIT, 30))
    page = member.follow(member.get(f"/luot-thi/{attempt_id}/ket-qua", status=302))  # which closes what is overdue
    assert "Máy chủ còn nhận 2 lần gửi sau khi hết giờ" in page.text
    assert "Đã nộp bài" not in page.text, "the system has, for him"
    assert "không tính điểm" in page.text


def test_a_late_prediction_is_kept_as_typed(
    browse: Browse, commune: Commune, work: Work, clock: Clock, db: Database
) -> None:
    with work(now=at(-90)) as w:
        round_ = open_round(w, commune.root, publish_shipped(w), prediction_kind=PredictionKind.PEOPLE)
    with work(actor=commune.member, now=at()) as w:
        attempt_id = start(w, round_)
    clock.set(at(LIMIT, 6))
    url = f"/luot-thi/{attempt_id}/du-doan"
    fields = {"du_doan": "1.234", "epoch": "1", "revision": "2"}
    assert "đã muộn" in browse.as_(commune.member).post(url, fields, status=409, as_json=True).json["message"]
    (row,) = _kept(db)
    assert (row.what, row.position, row.sent, row.revision) == ("prediction", None, "1.234", 2)


def test_a_repeated_submission_is_thanked_and_not_kept(
    browse: Browse, commune: Commune, attempt_id: int, clock: Clock, db: Database
) -> None:
    member = browse.as_(commune.member)
    url = f"/luot-thi/{attempt_id}/nop"
    clock.set(at(3))
    assert "Đã nộp bài" in member.follow(member.post(url, {"epoch": "1"})).text
    clock.set(at(60))
    assert "Đã nộp bài" in member.follow(member.post(url, {"epoch": "1"})).text
    assert _kept(db) == []


def test_evidence_that_cannot_be_written_changes_no_refusal(
    browse: Browse, commune: Commune, attempt_id: int, clock: Clock, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(late, "_keep", broken)
    clock.set(at(LIMIT, 6))
    member = browse.as_(commune.member)
    told = member.post(f"/luot-thi/{attempt_id}/cau/3", {"phuong_an": "B", "epoch": "1"}, status=409, as_json=True)
    assert told.json["error"] == "AttemptClosed"
    assert "bằng chứng" not in told.json["message"]
    member.post(f"/luot-thi/{attempt_id}/nop", {"epoch": "1"})
    assert _kept(db) == []


def test_organisers_see_and_export_who_sent_what_how_late(
    browse: Browse, commune: Commune, round_: Round, keep: Keep, db: Database
) -> None:
    url = f"/to-chuc/dot/{round_.id}/gui-muon"
    assert "Chưa có lần gửi muộn nào" in browse.as_(commune.organiser).page(url).text
    keep(6.25)
    keep(7, Sent(What.SUBMIT, 1))
    page = browse.as_(commune.organiser).page(url)
    for told in (
        commune.member.full_name,
        commune.first.name,
        "Câu trả lời câu 2: B",
        "Lệnh nộp bài",
        "muộn 6,250 giây",
    ):
        assert told in page.text
    answered = browse.submit(url, {}, action="/xuat", status=200)
    sheet = openpyxl.load_workbook(io.BytesIO(answered.response.get_data())).active
    assert sheet is not None
    rows = [row for row in sheet.iter_rows(values_only=True) if row[1] == commune.member.full_name]
    assert [row[4] for row in rows] == ["Lệnh nộp bài", "Câu trả lời"]
    assert rows[1][5:7] == (2, "B")
    with db.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "round.late_exported")).one()
    assert entry.facts == {"rows": 2}
    browse.as_(commune.organiser_elsewhere).get(url, status=404)
    browse.as_(commune.secretary).get(url, status=403)


@pytest.mark.parametrize(
    ("arrived", "ended"),
    [
        (at(4), at(4)),  # it waited in a queue since
        (at(4, 59), at(4, 59)),
        (at(9), at(5)),  # never later than now
        (at(2), at(3)),  # never before the last answer that was acknowledged
        (at(-60), at(3)),
        (None, at(5)),
    ],
)
def test_the_end_is_when_the_proxy_received_it_within_what_is_known(
    work: Work, commune: Commune, attempt_id: int, arrived: datetime | None, ended: datetime
) -> None:
    with work(actor=commune.member, now=at(3)) as w:
        answer(w, attempt_id, 1, "A")
    with work(actor=commune.member, now=at(5)) as w:
        assert services.submit(w, attempt_id, 1, arrived_at=arrived)
        attempt = w.session.get_one(Attempt, attempt_id)
        assert attempt.ended_at == ended
        assert attempt.duration_ms == (ended - at()) // timedelta(milliseconds=1)


def test_an_arrival_after_the_deadline_ends_at_the_deadline(work: Work, commune: Commune, attempt_id: int) -> None:
    with work(actor=commune.member, now=at(LIMIT, 4)) as w:
        assert services.submit(w, attempt_id, 1, arrived_at=at(LIMIT, 3))
        attempt = w.session.get_one(Attempt, attempt_id)
        assert (attempt.ended_at, attempt.ended_by) == (at(LIMIT), EndedBy.MEMBER.value)
        assert attempt.duration_ms == LIMIT * 60_000


@pytest.mark.parametrize(("header", "ended"), [("X-Request-Start", at(4)), ("", at(5))])
def test_the_header_counts_only_where_the_installation_says_so(
    app: Flask,
    browse: Browse,
    commune: Commune,
    attempt_id: int,
    clock: Clock,
    db: Database,
    header: str,
    ended: datetime,
) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], arrival_header=header)
    clock.set(at(5))
    stamp = f"t={int(at(4).timestamp())}.000"
    browse.as_(commune.member).post(f"/luot-thi/{attempt_id}/nop", {"epoch": "1"}, headers={"X-Request-Start": stamp})
    with db.reading() as session:
        found = session.scalars(select(Attempt.ended_at)).one()
    assert found is not None
    assert abs(found - ended) < timedelta(seconds=2)
    assert found >= NOW
