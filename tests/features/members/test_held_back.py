"""Whatever way somebody with a staff role comes in, the role waits for his second factor; as a member he is in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from pyotp import TOTP
from sqlalchemy import select, update

from quiz_app.attempts.models import Attempt, AttemptState
from quiz_app.contests.models import Round
from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database
from quiz_app.members import slips, ways
from quiz_app.members.models import Account, Member, RoleGrant
from quiz_app.members.ways import Way
from quiz_app.web.guard import guard_of
from tests.features.members.conftest import REAL_KEY
from tests.support import sitting
from tests.support.browse import Answer, Browse
from tests.support.build import PASSWORD, Commune, username
from tests.support.clock import Clock
from tests.support.works import Work

URL = "/tai-khoan/hai-lop"
NOTICES = "/tai-khoan/thong-bao"
PHONE = "0912345678"
DESK = "/to-chuc/"
pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

Enter = Callable[[Browse, Work, Commune], Answer]


def _by_password(browse: Browse, work: Work, commune: Commune) -> Answer:
    return browse.submit(
        f"/dang-nhap?next={DESK}", {"username": username(commune.organiser), "password": PASSWORD}, action="/dang-nhap"
    )


def _by_slip(browse: Browse, work: Work, commune: Commune) -> Answer:
    with work() as w:
        sheet = slips.draw_for_member(w, commune.organiser.id)
        slips.keep(w, sheet, REAL_KEY)
    own = {"code": sheet.slips[0].code, "factor": "1705", "new": PASSWORD, "again": PASSWORD}
    return browse.post("/kich-hoat/ma-so", own)


def _by_choice(browse: Browse, work: Work, commune: Commune) -> Answer:
    """He shares a telephone, and a password, with a member."""
    with work() as w:
        sharers = (commune.organiser.id, commune.colleague.id)
        w.session.execute(update(Member).where(Member.id.in_(sharers)).values(phone=PHONE))
        ways.choose(w, [Way.PHONE])
    asked = browse.submit(
        f"/dang-nhap?next={DESK}", {"username": PHONE, "password": PASSWORD}, action="/dang-nhap", status=200
    )
    assert asked.page is not None
    offered = {"".join(button.itertext()): button.get("value") for button in asked.page.tree.iter("button")}
    return browse.post("/dang-nhap/chon", {"chosen": offered[commune.organiser.full_name], "next": DESK})


def _after_another(browse: Browse, work: Work, commune: Commune) -> Answer:
    """On a device that a member has just handed over."""
    browse.as_(commune.member, is_shared_device=True)
    handed_over = browse.post("/dang-xuat", {"nguoi-khac": "1"})
    return browse.submit(
        f"{handed_over.location}&next={DESK}",
        {"username": username(commune.organiser), "password": PASSWORD},
        action="/dang-nhap",
    )


@pytest.mark.parametrize("enter", [_by_password, _by_slip, _by_choice, _after_another])
def test_every_way_in_leads_to_the_second_factor(
    real: Browse, work: Work, commune: Commune, clock: Clock, enter: Enter
) -> None:
    with work() as w:
        w.session.execute(update(Account).values(notices_version=None))  # nobody has been here before
    answer = enter(real, work, commune)
    assert answer.location.startswith(NOTICES)
    answer = real.submit(answer.location, action=NOTICES)
    there = answer.location
    assert there.startswith(f"{URL}?next=/")
    assert "bắt buộc có xác thực hai lớp" in real.page(there).text
    assert real.get(DESK, status=302).location.startswith(URL)
    refused = real.get(DESK, as_json=True, status=403)
    assert refused.json["error"] == "SecondFactorNeeded"
    assert DESK not in real.page("/dot-thi/").hrefs()
    assert real.submit(there, action="/bat-dau").location == there
    [secret] = ["".join(code.split()) for code in real.page(there).texts(".//code")]
    codes = real.submit(there, {"code": TOTP(secret).at(clock.now())}, action="/bat", status=200).page
    assert codes is not None
    assert there.removeprefix(f"{URL}?next=") in codes.hrefs()  # where he wanted to go
    real.page(DESK)
    again = _by_password(real.other(), work, commune)
    assert again.location == f"{URL}?next={DESK}"  # the notices were answered


def test_no_address_of_staff_opens_by_the_password_alone(real: Browse, commune: Commune) -> None:
    """Pages and acts alike, asked for as a script does; nothing is changed."""
    real.as_(commune.organiser)
    asked = set()
    for rule in real.app.url_map.iter_rules():
        guard = guard_of(real.app, rule.endpoint)
        permission = guard.permission if guard is not None else None
        if permission is None or Role.ORGANISER not in permission.roles or Role.MEMBER in permission.roles:
            continue
        url = re.sub(r"<[^>]*>", "1", re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule))
        for method in (rule.methods or set()) & {"GET", "POST"}:
            answer = real.knock(method, url, as_json=True)
            assert (answer.status_code, answer.get_json()["error"]) == (403, "SecondFactorNeeded"), (method, url)
            asked.add(rule.endpoint)
    assert len(asked) > 100
    assert {"members_roles.grant", "members_slips.print_unit", "participation.export"} <= asked


def test_acts_without_the_second_factor_change_nothing(real: Browse, commune: Commune, work: Work) -> None:
    real.as_(commune.organiser)
    url = f"/vai-tro/nguoi/{commune.member.id}/giao?vai-tro=author&don-vi={commune.root.id}"
    assert real.post(url).location.startswith(URL)
    with work() as w:
        assert w.session.scalars(select(RoleGrant.id).where(RoleGrant.member_id == commune.member.id)).all() == []


def test_as_a_member_he_sits(
    browse: Browse, commune: Commune, work: Work, clock: Clock, db: Database, banks: None
) -> None:
    """A secretary who has one, where nobody demands it."""
    with work(now=sitting.at(-90)) as w:
        round_: Round = sitting.open_round(w, commune.root, sitting.publish_shipped(w))
    own = browse.as_(commune.secretary)
    own.submit(URL, action="/bat-dau")
    [secret] = ["".join(code.split()) for code in own.page(URL).texts(".//code")]
    own.submit(URL, {"code": TOTP(secret).at(clock.now())}, action="/bat", status=200)
    own.as_(commune.secretary)
    assert own.get(f"/tham-gia/{round_.id}/don-vi/{commune.first.id}", status=302).location.startswith(URL)
    own.submit(f"/dot-thi/{round_.id}", action="/bat-dau")
    with db.reading() as session:
        attempt = session.scalars(select(Attempt).where(Attempt.member_id == commune.secretary.id)).one()
    own.page(f"/luot-thi/{attempt.id}")
    own.submit(f"/luot-thi/{attempt.id}/nop", action="/nop")
    with db.reading() as session:
        assert session.get_one(Attempt, attempt.id).state == AttemptState.SUBMITTED.value
