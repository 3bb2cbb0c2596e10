from __future__ import annotations

import unicodedata
from contextlib import ExitStack
from datetime import date, timedelta

import pytest
from argon2 import PasswordHasher

from quiz_app.kernel.errors import Overloaded
from quiz_app.members import passwords
from quiz_app.members.throttling import delay, username_key


def test_hashes_carry_the_parameters_of_the_house() -> None:
    assert passwords.hashed("582931").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_opens_its_hash_from_any_keyboard() -> None:
    kept = passwords.hashed(unicodedata.normalize("NFC", "nước chè xanh"))
    assert passwords.matches(kept, unicodedata.normalize("NFD", "nước chè xanh"))
    assert not passwords.matches(kept, "nuoc che xanh")


def test_who_has_no_turn_in_time_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "TURN_WITHIN_S", 0.01)
    with ExitStack() as busy:
        with pytest.raises(Overloaded):
            for _ in range(1000):
                busy.enter_context(passwords.in_turn())
        assert passwords.matches(passwords.hashed("582931"), "582931")  # a turn is no hash
    with passwords.in_turn():
        pass


def test_nobody_is_opened_by_anything() -> None:
    assert not passwords.matches(None, "không ai mang mật khẩu này")
    assert not passwords.matches("hash of another kind", "x")


def test_a_hash_of_other_parameters_is_outdated() -> None:
    assert passwords.is_outdated(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x"))
    assert not passwords.is_outdated(passwords.hashed("x"))


@pytest.mark.parametrize(
    "password",
    [
        "58293",
        "111111",
        "123456",
        "987654",
        "121212",
        "02051961",
        "020561",
        "19610502",
        "01234567",
        "234567",
        "0912345678",
        "ngắn1",
        "aaaaaaaa",
        "matkhau1",
        "nguyenvanan1961",
        "Sunshine1",
        "147258369",
        "1q2w3e4r5t6y7u8i",
    ],
)
def test_what_others_can_guess_is_refused(password: str) -> None:
    assert passwords.problems(
        password,
        is_staff=False,
        full_name="Nguyễn Văn An",
        born_on=date(1961, 5, 2),
        known_digits=("01234567", "0912345678"),
    )


@pytest.mark.parametrize("password", ["582931", "4719203358", "chè xanh 7", "x7ab" * 32])
def test_what_only_the_member_knows_is_accepted(password: str) -> None:
    assert passwords.problems(password, is_staff=False, born_on=date(1961, 5, 2), known_digits=("01234567", "")) == []


def test_a_password_has_a_longest_length() -> None:
    assert passwords.problems("x7ab" * 32 + "y", is_staff=False)


def test_staff_need_a_long_one() -> None:
    assert passwords.problems("582931", is_staff=True)
    assert passwords.problems("chè xanh làng", is_staff=True)
    assert passwords.problems("1Q2w3e4r5t6y7u8i", is_staff=True)
    assert passwords.problems("chè xanh làng gốm", is_staff=True) == []


def test_the_delay_grows_and_ends() -> None:
    minutes = [delay(failures) / timedelta(minutes=1) for failures in (0, 4, 5, 6, 7, 8, 9, 10, 10_000)]
    assert minutes == [0, 0, 1, 2, 4, 8, 15, 15, 15]


def test_names_are_counted_in_one_spelling() -> None:
    assert username_key("  BT2a ") == username_key("bt2A") == "bt2a"
