"""The pages of reminders: what stands ready, what is written down, and the way off the list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from quiz_app.contests.models import Round
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.members.models import Consent, Member, Purpose
from quiz_app.participation import queries as participation
from quiz_app.reminders import queries, services
from quiz_app.reminders.models import Reminder, ReminderMail, ReminderPlan
from quiz_app.reminders.sending import Outbox, decline_token
from quiz_app.worker import mailing
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import View, Work

Agree = Callable[..., None]


@pytest.fixture
def with_mail(app: Flask, outbox: Outbox) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], mail=outbox.mail)


def at(round_: Round, unit_id: int, tail: str = "") -> str:
    return f"/nhac-thi/{round_.id}/don-vi/{unit_id}{tail}"


def test_the_groups_text_has_counts_and_no_name(browse: Browse, commune: Commune, round_: Round) -> None:
    page = browse.as_(commune.secretary).page(at(round_, commune.first.id))
    (text,) = page.texts(".//pre")
    assert "1/4 đồng chí đã thi" in text
    assert all(person.full_name not in text for person in commune.voters)
    assert "1/4 đồng chí đã thi" in browse.page(at(round_, commune.first.id, "?giong=trang-trong")).text
    waiting = "".join(page.texts(".//tbody/tr"))
    assert "Lê Hồng Ánh" in waiting
    assert "Nguyễn Văn An" not in waiting  # he has sat


def test_the_group_is_told_no_counts_that_it_is_asked_to_predict(
    browse: Browse, work: Work, commune: Commune, round_: Round
) -> None:
    with work() as w:
        w.session.get_one(Round, round_.id).prediction_kind = "participants"
    for reader, unit_id in ((commune.secretary, commune.first.id), (commune.overseer, commune.root.id)):
        (text,) = browse.as_(reader).page(at(round_, unit_id)).texts(".//pre")
        assert "đã thi" not in text
        assert "còn" in text


def test_reminding_is_written_down(browse: Browse, db: Database, commune: Commune, round_: Round) -> None:
    browse.as_(commune.secretary)
    browse.submit(at(round_, commune.first.id), {}, action="/da-nhac")
    one = at(round_, commune.first.id, f"/dang-vien/{commune.colleague.id}")
    assert "đồng chí Đỗ Thị Bình" in browse.page(one).texts(".//pre")[0]
    browse.submit(one, {}, action=f"/dang-vien/{commune.colleague.id}")
    page = browse.page(at(round_, commune.first.id))
    assert "Cả nhóm" in page.text
    rows = page.texts(".//tbody/tr")
    assert sum("Chưa nhắc" in row for row in rows) == len(rows) - 1
    with db.reading() as session:
        kept = session.execute(select(Reminder.member_id, Reminder.channel).order_by(Reminder.id)).all()
        audited = session.scalars(select(AuditEntry).where(AuditEntry.action == "reminders.reminded")).all()
    assert [tuple(row) for row in kept] == [(None, "group"), (commune.colleague.id, "person")]
    assert [entry.actor_member_id for entry in audited] == [commune.secretary.id] * 2


def test_who_is_not_of_the_desk_is_no_one(browse: Browse, view: View, commune: Commune, round_: Round) -> None:
    browse.as_(commune.secretary)
    for stranger in (commune.stranger, commune.exempt, commune.inner_member):
        browse.page(at(round_, commune.first.id, f"/dang-vien/{stranger.id}"), status=404)
        browse.post(at(round_, commune.first.id, f"/dang-vien/{stranger.id}"), status=404)
    browse.as_(commune.overseer).page(at(round_, commune.root.id, f"/dang-vien/{commune.stranger.id}"))
    with view(actor=commune.secretary) as r:
        desk = participation.desk(r, round_.id, commune.first.id)
        with pytest.raises(Missing):
            queries.person(r, desk, commune.stranger.id)


def test_telephone_numbers_are_for_the_own_secretary(
    browse: Browse, work: Work, commune: Commune, round_: Round
) -> None:
    with work() as w:
        w.session.get_one(Member, commune.colleague.id).phone = "0912 345 678"
    for reader, unit_id, sees in (
        (commune.secretary, commune.first.id, True),
        (commune.overseer, commune.root.id, False),
    ):
        browse.as_(reader)
        for tail in ("", f"/dang-vien/{commune.colleague.id}"):
            assert ("0912" in browse.page(at(round_, unit_id, tail)).html) is sees


def test_a_mail_is_previewed_with_its_recipients(
    browse: Browse, db: Database, commune: Commune, round_: Round, agree: Agree, with_mail: None
) -> None:
    agree(commune.colleague, commune.stranger)
    browse.as_(commune.secretary)
    page = browse.page(at(round_, commune.first.id, "/thu"))
    assert "1 người chưa thi, có e-mail và đã đồng ý nhận" in page.text
    assert "2 người chưa có e-mail" in page.text
    assert "Đỗ Thị Bình" in page.text
    assert "Phạm Quốc Đạt" not in page.text  # of another unit
    browse.submit(at(round_, commune.first.id, "/thu"), {}, action="/thu")
    with db.reading() as session:
        assert session.scalars(select(ReminderMail.member_id)).all() == [commune.colleague.id]
    assert "1 đang chờ gửi" in browse.page(at(round_, commune.first.id, "/thu")).text
    browse.post(at(round_, commune.first.id, "/thu"), status=409)


def test_plans_are_set_and_taken_back(
    browse: Browse, db: Database, commune: Commune, round_: Round, with_mail: None
) -> None:
    browse.as_(commune.secretary)
    page = at(round_, commune.first.id, "/thu")
    browse.submit(page, {"closing": "y", "hours": "12"}, action="/hen")
    with db.reading() as session:
        kept = session.scalars(select(ReminderPlan)).one()
    assert (kept.occasion, kept.hours_before, kept.with_subtree) == ("closing", 12, False)
    browse.post(at(round_, commune.first.id, "/hen"), {"hours": "24"})
    with db.reading() as session:
        assert session.scalars(select(ReminderPlan)).all() == []
    browse.post(at(round_, commune.first.id, "/hen"), {"closing": "y", "hours": "0"}, status=422)


def test_without_a_mail_server_the_page_says_so(
    browse: Browse, db: Database, commune: Commune, round_: Round, agree: Agree, app: Flask
) -> None:
    agree(commune.colleague)
    browse.as_(commune.secretary)
    assert "chưa đặt máy chủ gửi thư" in browse.page(at(round_, commune.first.id, "/thu")).text
    browse.post(at(round_, commune.first.id, "/thu"), status=409)
    with db.reading() as session:
        assert session.scalars(select(ReminderMail)).all() == []
    assert mailing(app.extensions["settings"]) == ()


def test_the_worker_sends_where_a_server_is_named(app: Flask, with_mail: None) -> None:
    assert [each.name for each in mailing(app.extensions["settings"])] == ["reminder-plans", "reminder-mails"]


def test_whoever_gets_a_mail_gets_off_the_list_without_signing_in(
    browse: Browse, db: Database, commune: Commune, round_: Round, agree: Agree, app: Flask
) -> None:
    agree(commune.colleague)
    link = f"/nhac-thi/thoi-nhan/{decline_token([app.extensions['settings'].secret_key], commune.colleague.id)}"
    browse.as_nobody()
    assert "Đỗ Thị Bình" not in browse.page(link).text  # who was handed the mail learns nothing more

    def held() -> list[Consent]:
        with db.reading() as session:
            to_mail = select(Consent).where(Consent.purpose == Purpose.REMINDER_MAIL.value)
            return list(session.scalars(to_mail.where(Consent.revoked_at.is_(None))))

    assert len(held()) == 1  # opening the link alone changes nothing: programs open links
    for _ in range(2):
        browse.submit(link, {}, action=link, status=200)
        assert held() == []
    browse.page(link + "x", status=404)


def test_a_member_agrees_on_his_own_page(browse: Browse, db: Database, commune: Commune) -> None:
    browse.as_(commune.colleague)
    page = browse.page("/tai-khoan")
    assert "thư nhắc dự thi" in page.text
    browse.post("/tai-khoan/dong-y/reminder_mail", {"is_given": "y"})
    with db.reading() as session:
        his = select(Consent.purpose).where(Consent.member_id == commune.colleague.id)
        assert set(session.scalars(his)) == {"take_part", "reminder_mail"}


def test_a_closed_round_has_nothing_to_remind_of(browse: Browse, work: Work, commune: Commune) -> None:
    with work() as w:
        closed = open_round(w, commune.root, closes=-timedelta(hours=1))
        roster(w, closed, commune.voters)
        attempt(w, closed, commune.member, 3)
    page = browse.as_(commune.secretary).page(at(closed, commune.first.id))
    assert "Đợt thi đã đóng" in page.text
    assert page.texts(".//pre") == []
    browse.post(at(closed, commune.first.id, "/hen"), {"hours": "24", "opening": "y"}, status=409)
    with work(actor=commune.secretary) as w:
        services.note_person(w, closed.id, commune.first.id, commune.colleague.id)  # what was done may be noted late
