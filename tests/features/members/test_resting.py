"""Roles of staff rest after half an hour without use, and ask for the second factor once a working day."""

from __future__ import annotations

from pyotp import TOTP

from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database
from quiz_app.members import services
from tests.features.members.test_second_factor import Device
from tests.support.browse import Browse
from tests.support.build import PASSWORD, Commune
from tests.support.clock import Clock
from tests.support.works import Work

FACTOR = "/tai-khoan/hai-lop"
PROOF = "/tai-khoan/nhap-lai-mat-khau"
DESK = "/to-chuc/"


def test_members_and_secretaries_stay_signed_in(db: Database, work: Work, clock: Clock, commune: Commune) -> None:
    for member, roles in ((commune.member, set()), (commune.secretary, {Role.SECRETARY})):
        device = Device(db, work, clock, member)
        clock.move(days=29)
        assert device.actor.is_signed_in
        assert device.roles == roles


def test_where_nobody_is_real_no_role_rests(db: Database, work: Work, clock: Clock, commune: Commune) -> None:
    device = Device(db, work, clock, commune.organiser, is_demanding=False)
    clock.move(days=1)
    assert device.roles == {Role.ORGANISER}


def test_a_role_rests_after_half_an_hour_and_wakes_by_nothing_but_the_password(
    db: Database, work: Work, clock: Clock, commune: Commune
) -> None:
    device = Device(db, work, clock, commune.organiser)
    device.enrol()
    clock.move(minutes=29)
    assert device.roles == {Role.ORGANISER}
    clock.move(minutes=1)
    assert device.roles == set()
    assert device.actor.is_signed_in
    with db.writing() as session:
        device.sign_ins.touch(session, device.sign_ins.identify(session, device.token))
    assert device.roles == set()  # use alone wakes nothing
    device.show(device.code())
    assert device.roles == set()  # nor does the telephone, which may be what lies around
    with work(actor=device.actor) as w:
        services.prove(w)
    assert device.roles == {Role.ORGANISER}


def test_use_keeps_a_role_awake_for_a_working_day(db: Database, work: Work, clock: Clock, commune: Commune) -> None:
    device = Device(db, work, clock, commune.author)
    device.enrol()
    for _ in range(23):
        clock.move(minutes=20)
        with db.writing() as session:
            device.sign_ins.touch(session, device.sign_ins.identify(session, device.token))
        assert device.roles == {Role.AUTHOR}
    clock.move(minutes=20)
    assert device.roles == set()
    device.show(device.code())
    assert device.roles == {Role.AUTHOR}


def test_a_desk_leads_to_the_password_and_back_and_what_is_posted_changes_nothing(
    real: Browse, commune: Commune, clock: Clock
) -> None:
    own = real.as_(commune.organiser)
    own.submit(FACTOR, action="/bat-dau")
    [secret] = ["".join(code.split()) for code in own.page(FACTOR).texts(".//code")]
    own.submit(FACTOR, {"code": TOTP(secret).at(clock.now())}, action="/bat", status=200)
    [main] = own.page(DESK).all(".//main")
    assert (main.get("data-module"), main.get("data-url")) == ("in-use", PROOF)  # who types does not rest
    clock.move(minutes=31)
    assert "tạm nghỉ vì hơn 30 phút không dùng" in own.page("/dot-thi/").text
    way = own.get(DESK, status=302).location
    assert way == f"{PROOF}?next={DESK}"
    refused = own.post("/to-chuc/cuoc-thi-moi", status=403)
    assert "Chưa có gì thay đổi" in refused.text
    assert refused.page is not None
    assert [href for href in refused.page.hrefs() if href.startswith(PROOF)]
    assert own.get(DESK, as_json=True, status=403).json["error"] == "RoleAtRest"
    asked = own.page(way)
    assert "vai trò của đồng chí tạm nghỉ" in asked.text
    assert "đang bật" in own.page(FACTOR).text.lower()  # the second factor is not what is missing
    assert own.submit(way, {"password": PASSWORD}, action=PROOF).location == DESK
    own.page(DESK)


def test_after_a_night_both_are_asked_for(real: Browse, commune: Commune, clock: Clock) -> None:
    own = real.as_(commune.organiser)
    own.submit(FACTOR, action="/bat-dau")
    [secret] = ["".join(code.split()) for code in own.page(FACTOR).texts(".//code")]
    own.submit(FACTOR, {"code": TOTP(secret).at(clock.now())}, action="/bat", status=200)
    clock.move(hours=14)
    way = own.get(DESK, status=302).location
    assert way == f"{FACTOR}?next={DESK}"
    assert own.submit(way, {"code": TOTP(secret).at(clock.now())}, action="/ma").location == DESK
    way = own.get(DESK, status=302).location
    assert own.submit(way, {"password": PASSWORD}, action=PROOF).location == DESK
    own.page(DESK)
