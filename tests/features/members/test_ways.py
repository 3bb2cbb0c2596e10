"""By what people sign in, and what a number that several share tells: nothing before the right secret."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from quiz_app.kernel.access import NOBODY
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import NotAllowed
from quiz_app.members import accounts, credentials, passwords, slips, throttling, ways
from quiz_app.members.errors import SeveralFit, TooManyTries, WrongCredentials
from quiz_app.members.models import Account, Member, UserSession
from quiz_app.members.ways import MOST_SHARING, Way
from tests.features.members.conftest import PASSWORD, People, add_member, hashed_once
from tests.support.browse import Browse
from tests.support.works import View, Work

PHONE = "0912345678"


@pytest.fixture
def sharers(work: Work, people: People) -> People:
    """An and Bình share a phone, and An has an e-mail address."""
    with work() as w:
        w.session.execute(update(Member).values(phone=""))
        w.session.execute(update(Member).where(Member.id.in_([people.an.id, people.binh.id])).values(phone=PHONE))
        w.session.execute(update(Member).where(Member.id == people.an.id).values(email="an@xa.example"))
    return people


def _allow(work: Work, *chosen: Way) -> None:
    with work() as w:
        ways.choose(w, chosen)


def _other_secret(work: Work, member: Member) -> None:
    with work() as w:
        w.session.execute(
            update(Account).where(Account.member_id == member.id).values(password_hash=hashed_once("904716"))
        )


def _enter(db: Database, view: View, typed: str, password: str = PASSWORD) -> str:
    token = credentials.open_with_password(
        db, username=typed, password=password, is_shared_device=False, user_agent="thử"
    )
    assert token
    with view() as r:
        return r.session.scalars(
            select(Member.full_name)
            .join(Account, Account.member_id == Member.id)
            .join(UserSession, UserSession.account_id == Account.id)
            .order_by(UserSession.id.desc())
            .limit(1)
        ).one()


@pytest.mark.parametrize("typed", ["an", " AN ", "01234567", "01.234567", "01 234567", "01.234.567"])
def test_the_name_on_the_slip_and_the_card_open_an_account(
    db: Database, view: View, sharers: People, typed: str
) -> None:
    assert _enter(db, view, typed) == "Nguyễn Văn An"


def test_the_short_code_opens_it_beside_the_name(db: Database, view: View, sharers: People) -> None:
    assert _enter(db, view, accounts.code_of(sharers.an.id).upper()) == "Nguyễn Văn An"
    assert [accounts.member_of(accounts.code_of(number)) for number in (1, 31, 999_999)] == [1, 31, 999_999]
    assert [accounts.member_of(code) for code in ("", "bt", "an", "bt0000", "btbbbbbbbbbbbb")] == [None] * 5


@pytest.mark.parametrize("typed", [PHONE, "0912 345 678", "0912.345.678", "+84 912 345 678", "AN@xa.example"])
def test_phone_and_email_open_nothing_until_the_commune_says_so(
    db: Database, view: View, work: Work, sharers: People, typed: str
) -> None:
    _other_secret(work, sharers.binh)
    with pytest.raises(WrongCredentials):
        _enter(db, view, typed)
    _allow(work, Way.CARD, Way.PHONE, Way.EMAIL)
    assert _enter(db, view, typed) == "Nguyễn Văn An"
    _allow(work)
    with pytest.raises(WrongCredentials):
        _enter(db, view, typed)


def test_without_cards_the_slip_bears_a_code_that_opens(db: Database, view: View, work: Work, people: People) -> None:
    _allow(work)
    with work() as w:
        w.session.execute(update(Account).where(Account.member_id == people.an.id).values(username="01234567"))
    with pytest.raises(WrongCredentials):
        _enter(db, view, "01234567")
    with view() as r:
        (slip,) = slips.draw_for_member(r, people.an.id).slips
    assert _enter(db, view, slip.username) == "Nguyễn Văn An"


def test_each_of_those_who_share_a_phone_comes_in_by_his_own_secret(
    db: Database, view: View, work: Work, sharers: People
) -> None:
    _allow(work, Way.PHONE)
    _other_secret(work, sharers.binh)
    assert _enter(db, view, PHONE) == "Nguyễn Văn An"
    assert _enter(db, view, PHONE, "904716") == "Trần Thị Bình"


def test_a_try_by_phone_costs_the_same_whoever_shares_it(
    db: Database, view: View, work: Work, sharers: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    _allow(work, Way.PHONE)
    checked: list[str | None] = []

    def watched(kept: str | None, typed: str) -> bool:
        del typed
        checked.append(kept)
        return False

    monkeypatch.setattr(passwords, "matches", watched)
    for typed, known in ((PHONE, 2), ("0999999999", 0)):
        checked.clear()
        with pytest.raises(WrongCredentials):
            _enter(db, view, typed, "000000")
        assert (len(checked), sum(one is not None for one in checked)) == (MOST_SHARING, known)


def test_a_phone_of_too_many_means_nobody(db: Database, view: View, work: Work, sharers: People) -> None:
    _allow(work, Way.PHONE)
    with work() as w:
        for number in range(3):
            add_member(w, sharers.cell, f"Phạm Văn Ẩn {number}", username=f"an{number}").phone = PHONE
    with pytest.raises(WrongCredentials):
        _enter(db, view, PHONE)


def test_who_shares_the_secret_too_says_who_he_is(db: Database, view: View, work: Work, sharers: People) -> None:
    _allow(work, Way.PHONE)
    for _ in range(throttling.FREE_TRIES + 1):  # the right secret never makes the number rest
        with pytest.raises(SeveralFit) as several:
            _enter(db, view, PHONE)
    assert [one.full_name for one in several.value.choices] == ["Nguyễn Văn An", "Trần Thị Bình"]
    chosen = several.value.choices[1]
    with pytest.raises(WrongCredentials):
        credentials.open_chosen(
            db, account_id=chosen.account_id, proof="0" * 64, is_shared_device=True, user_agent="thử"
        )
    assert credentials.open_chosen(
        db, account_id=chosen.account_id, proof=chosen.proof, is_shared_device=True, user_agent="thử"
    )


def test_card_and_name_rest_together(db: Database, view: View, sharers: People) -> None:
    for typed in ("an", "01234567", "01.234567", accounts.code_of(sharers.an.id), "an"):
        with pytest.raises(WrongCredentials):
            _enter(db, view, typed, "000000")
    for typed in ("an", "01234567"):
        with pytest.raises(TooManyTries):
            _enter(db, view, typed)


def test_the_page_asks_who_it_is_and_takes_no_other(browse: Browse, work: Work, sharers: People) -> None:
    _allow(work, Way.PHONE)
    assert "số điện thoại" in browse.page("/dang-nhap").text
    wrong = browse.submit("/dang-nhap", {"username": PHONE, "password": "000000"}, status=422)
    assert "Trần Thị Bình" not in wrong.text
    asked = browse.submit("/dang-nhap?next=/tai-khoan", {"username": PHONE, "password": PASSWORD}, status=200)
    assert "Đồng chí là ai?" in asked.text
    assert asked.page is not None
    offered = {"".join(button.itertext()): button.get("value") for button in asked.page.tree.iter("button")}
    browse.post("/dang-nhap/chon", {"chosen": f"{offered['Trần Thị Bình']}x"}, status=422)
    done = browse.post("/dang-nhap/chon", {"chosen": offered["Trần Thị Bình"], "next": "/tai-khoan"})
    assert "Trần Thị Bình" in browse.follow(done).text


def test_the_next_person_finds_nothing_of_the_one_before(browse: Browse, people: People) -> None:
    browse.submit("/dang-nhap", {"username": "an", "password": PASSWORD})
    done = browse.post("/dang-xuat", {"nguoi-khac": "1"})
    assert done.location == "/dang-nhap?may=chung"
    assert done.response.headers["Clear-Site-Data"] == '"cache", "storage"'
    page = browse.follow(done)
    assert "Mời đồng chí tiếp theo đăng nhập" in page.text
    assert "Nguyễn Văn An" not in page.html
    (shared,) = [box for box in page.tree.iter("input") if box.get("name") == "is_shared_device"]
    assert shared.get("checked") is not None


def test_organisers_of_the_whole_house_choose_the_ways(browse: Browse, work: Work, people: People) -> None:
    page = browse.as_(people.organiser).page("/cach-dang-nhap")
    assert [box.get("name") for box in page.tree.iter("input") if box.get("checked") is not None] == ["card"]
    browse.submit("/cach-dang-nhap", {"phone": "y"}, action="/cach-dang-nhap")
    page = browse.page("/cach-dang-nhap")
    assert [box.get("name") for box in page.tree.iter("input") if box.get("checked") is not None] == ["card", "phone"]
    with work(actor=people.secretary) as w, pytest.raises(NotAllowed):
        ways.choose(w, [Way.EMAIL])
    with work(actor=NOBODY) as w, pytest.raises(NotAllowed):
        ways.choose(w, [Way.EMAIL])
