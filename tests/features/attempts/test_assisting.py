"""Somebody sits on a device that his secretary lends him: one attempt, both names, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from quiz_app.attempts import assisting, granting, policy, services
from quiz_app.attempts.errors import Barred, SitsAlready
from quiz_app.attempts.models import Attempt, Result
from quiz_app.contests.errors import RulesChanged
from quiz_app.contests.models import Round
from quiz_app.kernel.access import Actor
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.members import accounts, activation, passwords, slips
from quiz_app.members.activation import Proof
from quiz_app.members.labels import CONSENT_VERSION
from quiz_app.members.models import Account, Member, UserSession
from quiz_app.members.sign_ins import SignIns
from quiz_app.units import queries as units
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.build import member as build_member
from tests.support.clock import NOW, Clock
from tests.support.sitting import at, open_round, publish_shipped, start
from tests.support.works import View, Work

pytestmark = pytest.mark.usefixtures("banks")

REASON = "Chưa quen thao tác trên máy"


def _assist(
    work: Work, helper: Member, member: Member, round_: Round, minutes: float = 0, *, agrees: bool = True
) -> assisting.Opened:
    with work(actor=helper, now=at(minutes)) as w:
        return assisting.start(
            w,
            round_.id,
            member.id,
            reason=REASON,
            rules_number=round_.rules_number,
            agrees=agrees,
            user_agent="máy của chi bộ",
            is_demonstration_site=True,
        )


def _lend(browse: Browse, helper: Member, member: Member, round_: Round) -> tuple[Browse, int]:
    """The helper's browser after he has pressed start, and the attempt it shows."""
    device = browse.other().as_(helper)
    url = f"/ho-tro-thi/{round_.id}/{member.id}"
    answered = device.submit(url, {"reason": "chua-quen", "note": "cần đọc to"}, action=url)
    return device, int(answered.location.rsplit("/", 1)[1])


@pytest.fixture
def unknown(work: Work, commune: Commune) -> Member:
    """A member of the first unit who has no account."""
    with work() as w:
        return build_member(w, commune.first, "Người Chưa Có Tài Khoản", with_account=False)


def test_the_rule_and_its_sql_agree(work: Work, view: View, commune: Commune) -> None:
    people = (commune.member, commune.stranger, commune.inner_member, commune.secretary, commune.organiser)
    helpers = ("secretary", "secretary_elsewhere", "overseer", "overseer_elsewhere", "organiser", "member", "operator")
    for name in helpers:
        with view(actor=getattr(commune, name)) as r:
            found = set(r.session.scalars(policy.assisted_members(r.actor)))
            for one in people:
                path = units.path_ids(r.session, one.unit_id)
                assert policy.assists(r.actor, one.id, path, one.unit_id) == (one.id in found), (name, one.full_name)
    with view(actor=commune.secretary) as r:
        found = set(r.session.scalars(policy.assisted_members(r.actor)))
        assert commune.member.id in found
        assert not found & {commune.secretary.id, commune.stranger.id, commune.inner_member.id}


def test_both_names_and_the_reason_are_on_record(work: Work, db: Database, commune: Commune, round_: Round) -> None:
    opened = _assist(work, commune.secretary, commune.member, round_)
    with db.reading() as session:
        attempt = session.get_one(Attempt, opened.attempt_id)
        assert (attempt.member_id, attempt.unit_id) == (commune.member.id, commune.first.id)
        assert (attempt.assisted_by, attempt.assist_reason) == (commune.secretary.id, REASON)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "attempt.assisted")).one()
        assert entry.actor_member_id == commune.secretary.id
        assert entry.subject == f"attempt:{attempt.id}"
        assert entry.facts == {"round_id": round_.id, "member_id": commune.member.id, "goes_on": False}


@pytest.mark.parametrize("helper", ["secretary", "overseer", "organiser"])
def test_the_own_secretary_and_the_levels_above_may(work: Work, commune: Commune, round_: Round, helper: str) -> None:
    assert _assist(work, getattr(commune, helper), commune.member, round_).attempt_id


@pytest.mark.parametrize(
    "helper", ["secretary_elsewhere", "overseer_elsewhere", "organiser_elsewhere", "colleague", "operator"]
)
def test_nobody_else_may(work: Work, commune: Commune, round_: Round, helper: str) -> None:
    with pytest.raises(Missing):
        _assist(work, getattr(commune, helper), commune.member, round_)


def test_nobody_assists_himself(work: Work, commune: Commune, round_: Round, browse: Browse) -> None:
    with pytest.raises(Missing):
        _assist(work, commune.secretary, commune.secretary, round_)
    browse.as_(commune.secretary).get(f"/ho-tro-thi/{round_.id}/{commune.secretary.id}", status=404)


def test_who_is_barred_stays_barred(work: Work, commune: Commune, browse: Browse) -> None:
    with work(now=at(-90)) as w:
        round_ = open_round(w, commune.root, publish_shipped(w), attempts_allowed=1)
    with work(actor=commune.member, now=at()) as w:
        attempt_id = start(w, round_)
    with work(actor=commune.member, now=at(1)) as w:
        services.submit(w, attempt_id, 1)
    with pytest.raises(Barred):
        _assist(work, commune.secretary, commune.member, round_, minutes=2)
    page = browse.as_(commune.secretary).page(f"/ho-tro-thi/{round_.id}/{commune.member.id}")
    assert "Đồng chí ấy đã dùng hết số lượt thi" in page.text
    assert page.all(".//form[@id='ho-tro']") == []


def test_an_attempt_that_the_member_began_himself_stays_his(
    work: Work, commune: Commune, round_: Round, browse: Browse
) -> None:
    with work(actor=commune.member, now=at()) as w:
        start(w, round_)
    with pytest.raises(SitsAlready):
        _assist(work, commune.secretary, commune.member, round_, minutes=1)
    page = browse.as_(commune.secretary).page(f"/ho-tro-thi/{round_.id}/{commune.member.id}")
    assert "đang làm bài ở nơi khác" in page.text
    assert page.all(".//form[@id='ho-tro']") == []


def test_only_the_same_helper_goes_on_and_the_device_before_is_signed_out(
    work: Work, commune: Commune, round_: Round, db: Database, app_sign_ins: SignIns
) -> None:
    first = _assist(work, commune.secretary, commune.member, round_)
    again = _assist(work, commune.secretary, commune.member, round_, minutes=1)
    assert again.attempt_id == first.attempt_id
    with db.reading() as session:
        assert session.get_one(Attempt, first.attempt_id).epoch == 2
        assert app_sign_ins.identify(session, first.token).actor.member_id is None
        actor = app_sign_ins.identify(session, again.token).actor
        assert (actor.member_id, actor.only_attempt) == (commune.member.id, first.attempt_id)
    with pytest.raises(SitsAlready):
        _assist(work, commune.organiser, commune.member, round_, minutes=2)


@pytest.fixture
def app_sign_ins(db: Database) -> SignIns:
    return SignIns(db, is_secure=False, notices_version=CONSENT_VERSION)


def test_outdated_rules_are_read_anew(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.secretary, now=at()) as w, pytest.raises(RulesChanged):
        assisting.start(
            w,
            round_.id,
            commune.member.id,
            reason=REASON,
            agrees=True,
            rules_number=99,
            user_agent="",
            is_demonstration_site=True,
        )


def test_a_member_without_an_account_sits_and_no_password_opens_what_he_gets(
    work: Work, view: View, db: Database, commune: Commune, round_: Round, unknown: Member, app_sign_ins: SignIns
) -> None:
    opened = _assist(work, commune.secretary, unknown, round_)
    with db.reading() as session:
        assert app_sign_ins.identify(session, opened.token).actor.member_id == unknown.id
        account = session.scalars(select(Account).where(Account.member_id == unknown.id)).one()
        assert not passwords.matches(account.password_hash, "")
        assert not passwords.matches(account.password_hash, accounts.NO_PASSWORD)
    with view(actor=commune.organiser) as r:
        sheet = slips.draw_for_unit(r, commune.first.id, slips.Which.OUTSIDE)
    assert [slip.full_name for slip in sheet.slips] == [unknown.full_name]
    with work(actor=commune.organiser) as w:
        slips.keep(w, sheet, "khoa")
    proof = Proof(sheet.slips[0].token, "", "1705")
    activation.activate(db, ["khoa"], proof, "582931", is_shared_device=False, user_agent="")
    with db.reading() as session:
        issued = session.scalars(select(Account).where(Account.member_id == unknown.id)).one()
        assert (issued.id, issued.username) == (account.id, sheet.slips[0].username)
        assert passwords.matches(issued.password_hash, "582931")


def test_a_lent_sign_in_carries_no_role(
    work: Work, db: Database, commune: Commune, round_: Round, app_sign_ins: SignIns
) -> None:
    opened = _assist(work, commune.organiser, commune.secretary, round_)
    with db.reading() as session:
        assert app_sign_ins.identify(session, opened.token).actor.grants == ()


def test_it_ends_a_minute_after_the_last_accepted_instant(
    work: Work, db: Database, commune: Commune, round_: Round, app_sign_ins: SignIns, clock: Clock
) -> None:
    opened = _assist(work, commune.secretary, commune.member, round_)
    for seconds, is_open in ((0, True), (5, True), (64, True), (65.5, False)):
        clock.set(at(15, seconds))
        with db.reading() as session:
            actor: Actor = app_sign_ins.identify(session, opened.token).actor
            assert actor.is_signed_in is is_open, seconds


def test_more_time_for_the_attempt_is_more_time_for_its_sign_in(
    work: Work, db: Database, commune: Commune, round_: Round, app_sign_ins: SignIns, clock: Clock
) -> None:
    opened = _assist(work, commune.secretary, commune.member, round_)
    with work(actor=commune.organiser, now=at(1)) as w:
        granting.grant_extra_time(w, round_.id, commune.member.id, 10, "Tay yếu")
    clock.set(at(25, 64))
    with db.reading() as session:
        assert app_sign_ins.identify(session, opened.token).actor.is_signed_in
    clock.set(at(25, 66))
    with db.reading() as session:
        assert not app_sign_ins.identify(session, opened.token).actor.is_signed_in


def test_the_page_before_names_both_and_says_what_it_means(browse: Browse, commune: Commune, round_: Round) -> None:
    page = browse.as_(commune.secretary).page(f"/ho-tro-thi/{round_.id}/{commune.member.id}")
    for told in (commune.member.full_name, commune.secretary.full_name, "bị đăng xuất khỏi máy này", "Thể lệ của đợt"):
        assert told in page.text
    assert "được tính như mọi lượt khác" in page.text


def test_prizes_are_settled_by_the_round(work: Work, commune: Commune, browse: Browse, db: Database) -> None:
    with work(now=at(-90)) as w:
        round_ = open_round(w, commune.root, publish_shipped(w), assisted_counts=False)
    page = browse.as_(commune.secretary).page(f"/ho-tro-thi/{round_.id}/{commune.member.id}")
    assert "không xếp hạng và không xét giải" in page.text
    opened = _assist(work, commune.secretary, commune.member, round_)
    with work(actor=commune.member, now=at(2)) as w:
        services.submit(w, opened.attempt_id, 1)
    with db.reading() as session:
        assert not session.scalars(select(Result.is_ranked)).one()


def test_another_reason_has_to_be_written(browse: Browse, commune: Commune, round_: Round, db: Database) -> None:
    url = f"/ho-tro-thi/{round_.id}/{commune.member.id}"
    secretary = browse.as_(commune.secretary)
    refused = secretary.submit(url, {"reason": "khac"}, action=url, status=422)
    assert "Mời đồng chí ghi lý do" in refused.text
    assert "Mời đồng chí chọn lý do" in secretary.post(url, {"the_le": "1"}, status=422).text
    secretary.submit(url, {"reason": "khac", "note": " Máy  hỏng "}, action=url)
    with db.reading() as session:
        assert session.scalars(select(Attempt.assist_reason)).one() == "Máy hỏng"


def test_a_whole_assisted_sitting(browse: Browse, commune: Commune, round_: Round, db: Database, clock: Clock) -> None:
    device, attempt_id = _lend(browse, commune.secretary, commune.member, round_)
    play = f"/luot-thi/{attempt_id}"
    page = device.page(play)
    assert f"Người dự thi: {commune.member.full_name}" in page.text
    for url in ("/", "/tham-gia/", "/tai-khoan", "/dot-thi/", f"/dot-thi/{round_.id}", "/luot-thi/1", "/xep-hang/"):
        answered = device.knock("GET", url)
        assert answered.status_code in (200, 302, 404)
        assert commune.secretary.full_name not in answered.get_data(as_text=True)
        assert commune.member.full_name not in answered.get_data(as_text=True)
    device.post(f"{play}/cau/1", {"phuong_an": "A", "epoch": "1"})
    clock.move(minutes=1)
    submitted = device.submit(f"{play}/nop", {}, action="/nop")
    assert submitted.location == f"{play}/ket-qua"
    receipt = device.get(submitted.location, status=302)
    assert receipt.location == f"{play}/bien-nhan"
    shown = device.get(receipt.location)
    assert "Máy này đã đăng xuất" in shown.text
    assert f"Đồng chí {commune.member.full_name} đã nộp bài trên máy này. Cảm ơn đồng chí đã tham gia." in shown.text
    assert commune.secretary.full_name in shown.text
    assert shown.response.headers["Refresh"] == "60; url=/dang-nhap"
    assert device.sign_in_token is None
    device.get(f"{play}/bien-nhan", status=302)
    with db.reading() as session:
        lent = session.scalars(select(UserSession).where(UserSession.only_attempt_id == attempt_id)).one()
        assert lent.revoked_at is not None
    own = browse.as_(commune.member).page(f"{play}/ket-qua")
    assert f"do đồng chí {commune.secretary.full_name} hỗ trợ" in own.text
    assert "cần đọc to" in own.text
    desk = browse.as_(commune.secretary).page(f"/tham-gia/{round_.id}/don-vi/{commune.first.id}")
    assert "(có hỗ trợ)" in desk.text


def test_a_lent_device_and_the_members_own_take_over_from_each_other(
    browse: Browse, commune: Commune, round_: Round
) -> None:
    device, attempt_id = _lend(browse, commune.secretary, commune.member, round_)
    play, answered = f"/luot-thi/{attempt_id}", {"phuong_an": "A", "epoch": "1"}
    device.post(f"{play}/cau/1", answered)
    own = browse.other().as_(commune.member)
    entry = own.follow(own.get(play, status=302))
    assert "Bài này đang mở ở một máy khác" in entry.text
    own.submit(f"/dot-thi/{round_.id}", {}, action="/lam-tiep")
    own.page(play)
    device.post(f"{play}/cau/2", answered, status=409, as_json=True)
    device.post(f"{play}/lam-tiep", {})
    device.page(play)
    own.get(play, status=302)


def test_the_helpers_own_sign_in_ends_where_he_lends_the_device(
    browse: Browse, commune: Commune, round_: Round
) -> None:
    elsewhere = browse.as_(commune.secretary)
    device = browse.other().as_(commune.secretary)
    before = device.sign_in_token
    assert before is not None
    url = f"/ho-tro-thi/{round_.id}/{commune.member.id}"
    device.submit(url, {"reason": "kho-doc"}, action=url)
    assert device.sign_in_token not in (None, before)
    copied = browse.other()
    copied.as_nobody()
    copied.use_sign_in_token(before)
    copied.get("/tai-khoan", status=302)
    elsewhere.page("/tai-khoan")  # on his own telephone he stays signed in


def test_signing_in_or_out_on_a_lent_device_ends_it(
    browse: Browse, commune: Commune, round_: Round, db: Database
) -> None:
    device, attempt_id = _lend(browse, commune.secretary, commune.member, round_)
    token = device.sign_in_token
    assert token is not None
    device.post("/dang-xuat")
    device.as_nobody()
    device.use_sign_in_token(token)
    device.get(f"/luot-thi/{attempt_id}", status=302)


def test_a_lent_device_is_signed_out_after_three_hours_and_lent_again(
    browse: Browse, commune: Commune, work: Work, db: Database, clock: Clock
) -> None:
    with work(now=at(-90)) as w:
        round_ = open_round(w, commune.root, publish_shipped(w), time_limit_s=None)
    lent_at = at(1)
    clock.set(lent_at)
    device, attempt_id = _lend(browse, commune.secretary, commune.member, round_)
    play = f"/luot-thi/{attempt_id}"
    with work(actor=commune.organiser, now=at(2)) as w:
        granting.grant_extra_time(w, round_.id, commune.member.id, 30, "Máy hỏng")
    clock.set(lent_at + timedelta(hours=2, minutes=59))
    device.page(play)
    clock.set(lent_at + timedelta(hours=3, minutes=1))
    device.get(play, status=302)
    again, same = _lend(browse, commune.secretary, commune.member, round_)
    assert same == attempt_id
    again.page(play)


def test_the_desk_offers_it_for_those_who_have_not_sat(
    browse: Browse, commune: Commune, round_: Round, work: Work, clock: Clock
) -> None:
    url = f"/tham-gia/{round_.id}/don-vi/{commune.first.id}"
    link = f"/ho-tro-thi/{round_.id}/{commune.member.id}"
    secretary = browse.as_(commune.secretary)
    assert link in secretary.page(url).hrefs()
    assert f"/ho-tro-thi/{round_.id}/{commune.secretary.id}" not in secretary.page(url).hrefs()
    with work(actor=commune.member, now=NOW) as w:
        attempt_id = start(w, round_)
    assert link not in secretary.page(url).hrefs()
    with work(actor=commune.member, now=NOW + timedelta(minutes=1)) as w:
        services.submit(w, attempt_id, 1)
    assert link not in secretary.page(url).hrefs()
    clock.set(round_.closes_at + timedelta(hours=2))
    assert f"/ho-tro-thi/{round_.id}/{commune.colleague.id}" not in secretary.page(url).hrefs()
