from __future__ import annotations

import pytest
from sqlalchemy import select

from quiz_app.kernel.access import Role
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.work import Work as UnitOfWork
from quiz_app.members import consents, labels, queries, services
from quiz_app.members.models import Account, Consent, Member, Purpose, UserSession
from tests.features.members.conftest import PASSWORD, People, hashed_once
from tests.support.browse import Browse
from tests.support.clock import Clock
from tests.support.works import View, Work

NEW = "740286"
CHANGE = {"current": PASSWORD, "new": NEW, "again": NEW}


def test_a_member_sees_his_own_data(browse: Browse, people: People) -> None:
    page = browse.as_(people.an).page("/tai-khoan")
    assert "Chi bộ thôn Giang Cao" in page.text
    assert "02/05/1961" in page.text
    assert "01.xxxx67" in page.text
    assert "Bí thư, Chi bộ thôn Giang Cao" in browse.as_(people.secretary).page("/tai-khoan").text


def test_a_name_made_of_markup_stays_text(browse: Browse, people: People, work: Work) -> None:
    with work() as w:
        w.session.get_one(Member, people.an.id).full_name = "<script>alert(1)</script> An"
    assert "<script>alert(1)</script> An" in browse.as_(people.an).page("/tai-khoan").text


def test_changing_the_password_ends_the_other_sessions(browse: Browse, people: People) -> None:
    other = browse.other().as_(people.an)
    browse.as_(people.an)
    done = browse.submit("/tai-khoan", CHANGE, action="/tai-khoan/mat-khau")
    assert "1 phiên đăng nhập khác đã kết thúc" in browse.follow(done).text
    other.get("/tai-khoan", status=302)
    fresh = browse.other()
    fresh.submit("/dang-nhap", {"username": "an", "password": PASSWORD}, status=422)
    fresh.submit("/dang-nhap", {"username": "an", "password": NEW})


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"current": "000000"}, "Mật khẩu hiện tại chưa đúng"),
        ({"again": "740287"}, "chưa giống nhau"),
        ({"new": "02051961", "again": "02051961"}, "ngày sinh"),
        ({"new": "0912345678", "again": "0912345678"}, "số điện thoại"),
        ({"new": "123456", "again": "123456"}, "dễ đoán"),
        ({"new": "", "again": ""}, "chưa điền mật khẩu mới"),
    ],
)
def test_a_change_that_is_refused_says_why(browse: Browse, people: People, changed: dict[str, str], told: str) -> None:
    browse.as_(people.an)
    answer = browse.submit("/tai-khoan", {**CHANGE, **changed}, action="/tai-khoan/mat-khau", status=422)
    assert told in answer.text
    browse.other().submit("/dang-nhap", {"username": "an", "password": PASSWORD})


def test_a_stolen_session_cannot_guess_the_password(browse: Browse, people: People) -> None:
    browse.as_(people.an)
    for _ in range(5):
        browse.post("/tai-khoan/mat-khau", {**CHANGE, "current": "000000"}, status=422)
    assert "chờ 1 phút" in browse.post("/tai-khoan/mat-khau", CHANGE, status=429).text


def test_staff_need_a_long_password(browse: Browse, people: People) -> None:
    browse.as_(people.organiser)
    assert "15 ký tự" in browse.post("/tai-khoan/mat-khau", CHANGE, status=422).text


def test_consent_is_off_until_given_and_can_be_taken_back(browse: Browse, people: People, view: View) -> None:
    browse.as_(people.an)
    action = "/tai-khoan/dong-y/publish_name"
    assert not browse.page("/tai-khoan").form(action).values.get("is_given")
    browse.submit("/tai-khoan", {"is_given": "y"}, action=action)
    browse.submit("/tai-khoan", {"is_given": "y"}, action=action)
    with view() as r:
        assert set(r.session.scalars(consents.consenting_members(Purpose.PUBLISH_NAME))) == {people.an.id}
        kept = r.session.scalars(select(Consent)).one()
        assert kept.text_version == labels.CONSENT_VERSION
    browse.post(action, {})
    with view() as r:
        assert set(r.session.scalars(consents.consenting_members(Purpose.PUBLISH_NAME))) == set()
        assert r.session.scalars(select(Consent)).one().revoked_at is not None
        actions = [code for code in r.session.scalars(select(AuditEntry.action)) if "consent" in code]
        assert actions == ["members.consent_given", "members.consent_revoked"]


def test_consent_to_new_words_is_asked_anew(people: People, work: Work, view: View) -> None:
    with work(actor=people.an) as w:
        services.give_consent(w, Purpose.PUBLISH_NAME, "1")
    with work(actor=people.an) as w:
        services.give_consent(w, Purpose.PUBLISH_NAME, "2")
    with view() as r:
        assert queries.consents_of(r.session, people.an.id)[Purpose.PUBLISH_NAME].text_version == "2"


def test_an_unknown_purpose_is_refused(browse: Browse, people: People) -> None:
    browse.as_(people.an).post("/tai-khoan/dong-y/ban-so-dien-thoai", {"is_given": "y"}, status=422)


def test_own_sessions_can_be_ended_and_nobody_elses(browse: Browse, people: People, view: View) -> None:
    other = browse.other().as_(people.an)
    stranger = browse.other().as_(people.binh)
    browse.as_(people.an)
    page = browse.page("/tai-khoan")
    assert "Thiết bị này" in page.text
    with view() as r:
        ids = {row.account_id: row.id for row in r.session.scalars(select(UserSession))}
        assert len(ids) == 2
        strange = r.session.scalars(
            select(UserSession.id).join(Account).where(Account.member_id == people.binh.id)
        ).one()
    browse.post(f"/tai-khoan/phien/{strange}/ket-thuc", status=404)
    stranger.page("/tai-khoan")
    [action] = [form.get("action") for form in page.all(".//form") if "ket-thuc" in (form.get("action") or "")]
    browse.post(str(action))
    other.get("/tai-khoan", status=302)
    browse.page("/tai-khoan")


@pytest.mark.parametrize("method", ["mat-khau", "dong-y/publish_name", "phien/1/ket-thuc"])
def test_nobody_is_sent_to_the_sign_in_page(browse: Browse, people: People, method: str) -> None:
    answer = browse.post(f"/tai-khoan/{method}", {})
    assert answer.location.startswith("/dang-nhap")


def test_a_role_ends_the_sessions_of_its_holder(browse: Browse, people: People, work: Work) -> None:
    browse.as_(people.binh)
    with work() as w:
        grant = services.grant_role(w, people.binh.id, Role.AUTHOR, people.commune)
    browse.get("/tai-khoan", status=302)
    browse.as_(people.binh).page("/tai-khoan")
    with work() as w:
        services.revoke_role(w, grant.id)
    browse.get("/tai-khoan", status=302)
    assert "Biên soạn" not in browse.as_(people.binh).page("/tai-khoan").text


def _renew(w: UnitOfWork, member: Member) -> None:
    account_id = w.session.scalars(select(Account.id).where(Account.member_id == member.id)).one()
    services.renew_password(w, account_id, new_hash=hashed_once(PASSWORD))


def test_a_member_is_told_at_each_sign_in_who_has_renewed_his_password(
    browse: Browse, people: People, work: Work, clock: Clock
) -> None:
    sign_in = {"username": "an", "password": PASSWORD}
    assert "cấp lại" not in browse.follow(browse.submit("/dang-nhap", sign_in)).text
    with work(actor=people.secretary) as w:
        _renew(w, people.an)
    clock.move(minutes=5)
    with work() as w:
        _renew(w, people.an)
    for _ in range(2):  # the first to sign in may be whoever holds the new password, and not its owner
        told = browse.as_nobody().follow(browse.submit("/dang-nhap", sign_in)).text
        assert "đã được cấp lại 2 lần trong 30 ngày qua" in told
        assert "người quản trị máy chủ" in told
    account = browse.page("/tai-khoan").text
    assert account.count("Mật khẩu hoặc phiếu được cấp lại") == 2
    assert "người cấp: Lê Thị Hoa" in account
    clock.move(minutes=31 * 24 * 60)
    assert "cấp lại" not in browse.as_nobody().follow(browse.submit("/dang-nhap", sign_in)).text


def test_one_renewal_is_told_with_its_author(browse: Browse, people: People, work: Work) -> None:
    with work(actor=people.secretary) as w:
        _renew(w, people.an)
    told = browse.follow(browse.submit("/dang-nhap", {"username": "an", "password": PASSWORD})).text
    assert "người cấp: đồng chí Lê Thị Hoa" in told
    other = browse.other()
    assert "cấp lại" not in other.follow(other.submit("/dang-nhap", {"username": "binh", "password": PASSWORD})).text
