"""Acts that weigh much ask for the password anew when it was shown a while ago."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from quiz_app.kernel.access import Role
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.members.models import ActivationSlip, RoleGrant
from quiz_app.members.policy import Action
from quiz_app.web.guard import FRESH_FOR, guard_of
from quiz_app.web.spreadsheet import MIME_TYPE
from tests.support import build, sitting
from tests.support.browse import Answer, Browse
from tests.support.build import PASSWORD, Commune
from tests.support.clock import Clock
from tests.support.works import View, Work

URL = "/tai-khoan/nhap-lai-mat-khau"
MOMENT = timedelta(seconds=5)
ACTS = {
    "analysis.export",
    "analysis.item_keys",
    "attempts_late.export",
    "authoring_exchange.export",
    "authoring_publishing.ask_to_break",
    "authoring_publishing.confirm_break",
    "awards_lists.export",
    "awards_payments.enter",
    "awards_payments.name_handler",
    "awards_payments.one",
    "awards_payments.pay",
    "awards_payments.remove_handler",
    "contest_archives.fetch",
    "elsewhere_manage.export",
    "feedback_manage.dossier",
    "feedback_manage.dossier_file",
    "feedback_manage.export",
    "feedback_manage.keys",
    "leaderboard_manage.export",
    "meetings_attendance.export",
    "members_rosters.roster_result",
    "members_roles.grant",
    "members_roles.withdraw",
    "members_second_factor.reset",
    "members_slips.print_file",
    "members_slips.print_member",
    "members_slips.print_unit",
    "participation.export",
    "people_members.export",
    "privacy_manage.decide",
    "registering_manage.export",
    "results_corrections.decide",
    "results_manage.export",
}


def _way(target: str) -> str:
    return f"{URL}?next={target}"


def _later(clock: Clock) -> None:
    clock.move(seconds=(FRESH_FOR + MOMENT).total_seconds())


def _prove(browse: Browse, way: str, password: str = PASSWORD, status: int = 302) -> Answer:
    return browse.submit(way, {"password": password}, action=URL, status=status)


def _grants(view: View, commune: Commune) -> list[str]:
    with view() as r:
        return list(r.session.scalars(select(RoleGrant.role).where(RoleGrant.member_id == commune.member.id)))


def test_these_acts_weigh_much(app: Flask) -> None:
    guards = {endpoint: guard_of(app, endpoint) for endpoint in app.view_functions}
    assert {endpoint for endpoint, guard in guards.items() if guard is not None and guard.fresh} == ACTS


def test_the_page_asks_after_ten_minutes_and_leads_back(
    browse: Browse, commune: Commune, clock: Clock, view: View
) -> None:
    mine = browse.as_(commune.operator)
    sure = f"/vai-tro/nguoi/{commune.member.id}/giao?vai-tro=author&don-vi={commune.root.id}"
    clock.move(seconds=(FRESH_FOR - MOMENT).total_seconds())
    mine.page(sure)
    clock.move(seconds=2 * MOMENT.total_seconds())
    way = mine.get(sure, status=302).location
    page = mine.page(way)
    assert commune.operator.full_name in page.text
    assert "Mật khẩu chưa đúng" in _prove(mine, way, "không phải thế", status=422).text
    mine.get(sure, status=302)
    back = _prove(mine, way)
    assert back.location == sure
    assert "Đã nhận mật khẩu" in mine.follow(back).text
    mine.submit(sure, action=f"don-vi={commune.root.id}")
    assert _grants(view, commune) == [Role.AUTHOR]


def test_what_is_posted_too_late_changes_nothing_and_says_where_to_go(
    browse: Browse, commune: Commune, clock: Clock, view: View
) -> None:
    mine = browse.as_(commune.operator)
    sure = f"/vai-tro/nguoi/{commune.member.id}/giao?vai-tro=author&don-vi={commune.root.id}"
    _later(clock)
    refused = mine.post(sure, status=403)
    assert "Cần nhập lại mật khẩu" in refused.text
    assert refused.page is not None
    [way] = [href for href in refused.page.hrefs() if href.startswith(URL)]
    assert mine.post(sure, status=403, as_json=True).json["error"] == "ProofNeeded"
    assert _grants(view, commune) == []
    assert _prove(mine, way).location == sure
    assert _grants(view, commune) == []  # nothing is sent again by itself
    mine.page(sure)


def test_who_may_not_is_not_asked(browse: Browse, commune: Commune, clock: Clock) -> None:
    mine = browse.as_(commune.member)
    _later(clock)
    mine.get(f"/vai-tro/nguoi/{commune.colleague.id}/giao?vai-tro=author&don-vi=1", status=403)
    browse.as_nobody().get(f"/vai-tro/nguoi/{commune.colleague.id}/giao", status=302)
    assert browse.get(URL, status=302).location.startswith("/dang-nhap")


def test_one_device_proves_nothing_for_another(browse: Browse, commune: Commune, clock: Clock, work: Work) -> None:
    mine, other = browse.as_(commune.operator), browse.other().as_(commune.operator)
    with work() as w:
        grant_id = w.session.scalars(select(RoleGrant.id).where(RoleGrant.member_id == commune.author.id)).one()
    withdraw = f"/vai-tro/{grant_id}/thu-hoi"
    _later(clock)
    _prove(mine, _way(withdraw))
    mine.page(withdraw)
    assert other.get(withdraw, status=302).location == _way(withdraw)
    with work() as w:
        told = select(func.count()).where(
            AuditEntry.action == Action.PROVED.code, AuditEntry.actor_member_id == commune.operator.id
        )
        assert w.session.scalar(told) == 1


@pytest.mark.parametrize("target", ["https://xau.example/", "//xau.example/", "/\\xau.example", "javascript:alert(1)"])
def test_it_leads_nowhere_else(browse: Browse, commune: Commune, target: str) -> None:
    mine = browse.as_(commune.operator)
    assert _prove(mine, _way(target)).location == "/"
    assert mine.post(URL, {"password": PASSWORD, "next": target}).location == "/"


def test_guesses_are_slowed_down(browse: Browse, commune: Commune) -> None:
    mine = browse.as_(commune.operator)
    for _ in range(5):
        _prove(mine, URL, "đoán thử", status=422)
    assert "phút" in _prove(mine, URL, status=429).text


def test_slips_are_printed_shortly_after_the_password(
    browse: Browse, commune: Commune, clock: Clock, work: Work, view: View
) -> None:
    with work() as w:
        build.member(w, commune.first, "Phạm Văn Ẩn", with_account=False)
    mine = browse.as_(commune.secretary)
    desk = f"/phieu/{commune.first.id}"
    one = f"/phieu/nguoi/{commune.member.id}"
    mine.page(desk).form(one)  # its button is there
    _later(clock)
    page = mine.page(desk)
    assert "Nhập lại mật khẩu để in phiếu" in page.text
    assert _way(desk) in page.hrefs()
    assert [form.get("action") for form in page.all(".//form[@method='post']")] == ["/dang-xuat"]
    refused = mine.post(desk, {"which": "without", "dang": "trang"}, status=403)
    assert refused.page is not None
    assert _way(desk) in refused.page.hrefs()
    refused = mine.post(one, status=403)
    assert refused.page is not None
    assert _way("/phieu") in refused.page.hrefs()  # the nearest page above
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(ActivationSlip)) == 0
    _prove(mine, _way(desk))
    mine.post(one, status=200)


def test_a_list_of_people_is_handed_out_shortly_after_the_password(
    browse: Browse, commune: Commune, clock: Clock, work: Work, db: Database, banks: None
) -> None:
    with work(now=sitting.at(-90)) as w:
        round_ = sitting.open_round(w, commune.root, sitting.publish_shipped(w))
    mine = browse.as_(commune.secretary)
    desk = f"/tham-gia/{round_.id}/don-vi/{commune.first.id}"
    mine.page(desk).form("/xuat")
    _later(clock)
    found = mine.page(f"{desk}?ten=an")
    [way] = [href for href in found.hrefs() if href.startswith(URL)]
    refused = mine.post(f"{desk}/xuat", status=403)
    assert refused.page is not None
    assert _way(desk) in refused.page.hrefs()
    assert _prove(mine, way).location == f"{desk}?ten=an"
    assert mine.post(f"{desk}/xuat", status=200).response.mimetype == MIME_TYPE
