from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, update

from quiz_app.kernel.access import NOBODY
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.members import credentials, passwords, throttling
from quiz_app.members.errors import TooManyTries, WrongCredentials
from quiz_app.members.models import Account, SignInThrottle, Standing, UserSession
from tests.features.members.conftest import PASSWORD, People
from tests.support.browse import Browse
from tests.support.clock import Clock
from tests.support.works import View, Work


def attempt(db: Database, username: str, password: str, device: str | None = None, *, is_shared: bool = False) -> str:
    return credentials.open_with_password(
        db,
        username=username,
        password=password,
        is_shared_device=is_shared,
        user_agent="thử",
        device_sha256=device,
    )


def test_the_right_password_opens_a_session(db: Database, people: People, view: View) -> None:
    token = attempt(db, " AN ", PASSWORD)
    with view() as r:
        row = r.session.scalars(select(UserSession)).one()
        assert token not in row.token_sha256
        actions = r.session.scalars(select(AuditEntry.action)).all()
        assert "members.signed_in" in actions
        assert r.session.scalar(select(func.count()).select_from(SignInThrottle)) == 0


def test_unknown_disabled_gone_and_wrong_are_one_refusal(db: Database, people: People, work: Work) -> None:
    with work() as w:
        w.session.execute(update(Account).where(Account.member_id == people.binh.id).values(disabled_at=w.now))
        member = w.session.merge(people.secretary)
        member.standing = Standing.LEFT.value
    for username, password in (("ai-do", PASSWORD), ("binh", PASSWORD), ("hoa", PASSWORD), ("an", "000000")):
        with pytest.raises(WrongCredentials):
            attempt(db, username, password)


def test_an_unknown_name_costs_a_hash_too(db: Database, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str | None] = []
    real = passwords.matches

    def watched(kept: str | None, typed: str) -> bool:
        checked.append(kept)
        return real(kept, typed)

    monkeypatch.setattr(passwords, "matches", watched)
    with pytest.raises(WrongCredentials):
        attempt(db, "ai-do", PASSWORD)
    assert checked == [None]


def test_five_failures_rest_the_name_for_a_growing_time_and_never_for_ever(
    db: Database, people: People, clock: Clock
) -> None:
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            attempt(db, "an", "000000")
    with pytest.raises(TooManyTries) as refused:
        attempt(db, "an", PASSWORD)
    assert refused.value.facts == {"minutes": 1}
    attempt(db, "binh", PASSWORD)  # another name on the same machine is not touched
    clock.move(seconds=61)
    with pytest.raises(WrongCredentials):
        attempt(db, "an", "000000")
    with pytest.raises(TooManyTries) as refused:
        attempt(db, "an", PASSWORD)
    assert refused.value.facts == {"minutes": 2}
    clock.move(minutes=2, seconds=1)
    attempt(db, "an", PASSWORD)
    with pytest.raises(WrongCredentials):
        attempt(db, "an", "000000")  # the right password has wiped the slate


def test_who_makes_a_colleagues_name_rest_does_not_keep_him_from_his_own_device(db: Database, people: People) -> None:
    attempt(db, "an", PASSWORD, "máy của An")
    attempt(db, "an", PASSWORD, "máy chung", is_shared=True)
    attempt(db, "binh", PASSWORD, "máy của Bình")
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            attempt(db, "an", "000000", "máy lạ")
    for device in (None, "máy lạ", "máy chung", "máy của Bình"):
        with pytest.raises(TooManyTries):
            attempt(db, "an", PASSWORD, device)
    attempt(db, "an", PASSWORD, "máy của An")
    for _ in range(2 * 5):  # first those of the name, which the right password forgave, then the device's own
        with pytest.raises(WrongCredentials):
            attempt(db, "an", "000000", "máy của An")
    with pytest.raises(TooManyTries):
        attempt(db, "an", PASSWORD, "máy của An")


def test_parallel_guesses_do_not_outrun_the_count(
    db: Database, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []

    def never(_kept: str | None, typed: str) -> bool:
        looked_at.append(typed)
        return False

    monkeypatch.setattr(passwords, "matches", never)

    def guess(number: int) -> type[Exception] | None:
        try:
            attempt(db, "an", f"sai {number}")
        except (WrongCredentials, TooManyTries) as error:
            return type(error)
        return None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(40)))
    assert set(answers) == {WrongCredentials, TooManyTries}
    assert len(looked_at) == throttling.FREE_TRIES


def test_unknown_names_rest_like_known_ones(db: Database, people: People) -> None:
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            attempt(db, "ai-do", "000000")
    with pytest.raises(TooManyTries):
        attempt(db, "ai-do", "000000")


def test_old_counts_are_forgotten(db: Database, people: People, clock: Clock, work: Work) -> None:
    for _ in range(2):
        with pytest.raises(WrongCredentials):
            attempt(db, "ai-do", "000000")
    clock.move(hours=23)
    with work() as w:
        assert throttling.forget_stale(w) == 0
    clock.move(hours=2)
    with work() as w:
        assert throttling.forget_stale(w) == 1


def test_an_outdated_hash_is_renewed_by_signing_in(db: Database, people: People, work: Work, view: View) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with work() as w:
        w.session.execute(update(Account).where(Account.member_id == people.an.id).values(password_hash=old))
    attempt(db, "an", PASSWORD)
    with view() as r:
        kept = r.session.scalars(select(Account.password_hash).where(Account.member_id == people.an.id)).one()
        assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert passwords.matches(kept, PASSWORD)


def test_a_password_changed_in_between_does_not_open(
    db: Database, people: People, monkeypatch: pytest.MonkeyPatch, work: Work
) -> None:
    real = passwords.matches

    def and_then_changed(kept: str | None, typed: str) -> bool:
        fits = real(kept, typed)
        with work(actor=NOBODY) as w:
            w.session.execute(update(Account).where(Account.member_id == people.an.id).values(password_hash="khác"))
        return fits

    monkeypatch.setattr(passwords, "matches", and_then_changed)
    with pytest.raises(WrongCredentials):
        attempt(db, "an", PASSWORD)


def test_the_page_signs_in_and_leads_back(browse: Browse, people: People) -> None:
    answer = browse.get("/tai-khoan", status=302)
    assert answer.location == "/dang-nhap?next=/tai-khoan"
    done = browse.submit(answer.location, {"username": "an", "password": PASSWORD})
    assert done.location == "/tai-khoan"
    cookie = next(c for c in done.response.headers.getlist("Set-Cookie") if c.startswith("phien="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert f"Max-Age={30 * 24 * 3600}" in cookie
    page = browse.follow(done)
    assert "Nguyễn Văn An" in page.text
    assert "01.xxxx67" in page.text
    assert "234567" not in page.text


def test_a_shared_device_keeps_no_cookie_and_ends_after_half_an_hour(
    browse: Browse, people: People, clock: Clock
) -> None:
    done = browse.submit(
        "/dang-nhap?next=/tai-khoan", {"username": "an", "password": PASSWORD, "is_shared_device": "y"}
    )
    cookie = next(c for c in done.response.headers.getlist("Set-Cookie") if c.startswith("phien="))
    assert "Max-Age" not in cookie
    assert "Expires" not in cookie
    clock.move(minutes=29)
    browse.page("/tai-khoan")
    clock.move(minutes=31)
    browse.get("/tai-khoan", status=302)


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb"])
def test_nobody_is_led_off_the_site(browse: Browse, people: People, target: str) -> None:
    fields = {"username": "an", "password": PASSWORD, "next": target}
    assert browse.post("/dang-nhap", fields).location == "/"


def test_a_wrong_password_is_told_on_the_page(browse: Browse, people: People) -> None:
    answer = browse.submit("/dang-nhap", {"username": "an", "password": "000000"}, status=422)
    assert "Tên đăng nhập hoặc mật khẩu chưa đúng" in answer.text
    unknown = browse.submit("/dang-nhap", {"username": "khong-co", "password": "000000"}, status=422)
    assert "Tên đăng nhập hoặc mật khẩu chưa đúng" in unknown.text
    for _ in range(4):
        browse.submit("/dang-nhap", {"username": "an", "password": "000000"}, status=422)
    resting = browse.submit("/dang-nhap", {"username": "an", "password": PASSWORD}, status=429)
    assert "chờ 1 phút" in resting.text


def test_an_empty_form_names_its_fields(browse: Browse, people: People) -> None:
    text = browse.submit("/dang-nhap", {}, status=422).text
    assert "Đồng chí chưa điền tên đăng nhập." in text
    assert "Đồng chí chưa điền mật khẩu." in text


def test_a_copied_cookie_is_dead_after_signing_out(browse: Browse, people: People) -> None:
    browse.submit("/dang-nhap", {"username": "an", "password": PASSWORD})
    token = browse.sign_in_token
    assert token is not None
    copy = browse.other()
    copy.use_sign_in_token(token)
    copy.page("/tai-khoan")
    answer = browse.post("/dang-xuat")
    assert answer.response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert browse.sign_in_token is None
    copy.get("/tai-khoan", status=302)


def test_signing_in_again_ends_the_session_the_browser_carried(browse: Browse, people: People) -> None:
    browse.as_(people.an)
    before = browse.sign_in_token
    assert before is not None
    browse.post("/dang-nhap", {"username": "binh", "password": PASSWORD})
    copy = browse.other()
    copy.use_sign_in_token(before)
    copy.get("/tai-khoan", status=302)


def test_a_form_token_of_before_signing_in_is_not_taken_after(browse: Browse, people: People) -> None:
    token = browse.form_token()
    browse.post("/dang-nhap", {"username": "an", "password": PASSWORD, "csrf_token": token})
    browse.post("/dang-xuat", {"csrf_token": token}, status=400)
