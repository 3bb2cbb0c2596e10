"""Passwords: what is accepted, how they are hashed, how they are checked.

Hashing takes a core for 20 ms. Callers do it outside any transaction, since SQLite has one writer; a semaphore keeps a
rush of sign-ins from starving the pages of those who sit.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.settings import cores, processes_of
from quiz_app.kernel.text import nfc, search_key

PIN_LENGTH = 6
MEMBER_LENGTH = 8
STAFF_LENGTH = 15
MAX_LENGTH = 128
COMMON = Path(__file__).parent / "common_passwords.txt"
CONTEXT_WORDS = ("matkhau", "password", "dangvien", "chibo", "battrang", "qwerty")


def new_hasher() -> PasswordHasher:
    """Argon2id with the parameters of this product."""
    return PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


_hasher = new_hasher()
_NOBODY = _hasher.hash(secrets.token_hex())  # checked for unknown accounts, so that they cost as much as known ones
_AT_ONCE = max(1, cores() // processes_of(os.environ))  # of each process: a core for each hash
_slots = threading.BoundedSemaphore(_AT_ONCE)
_turns = threading.BoundedSemaphore(_AT_ONCE + 1)
TURN_WITHIN_S = 5.0


@contextmanager
def in_turn() -> Iterator[None]:
    """One of a few turns for whole sign-ins: one more than hashes are made at once.

    Where all who wait for a hash worked on besides, threads would outnumber cores, and each hash take a third longer.
    Raises Overloaded for who has none within five seconds.
    """
    if not _turns.acquire(timeout=TURN_WITHIN_S):
        raise Overloaded
    try:
        yield
    finally:
        _turns.release()


def hashed(password: str) -> str:
    """The argon2id hash to store, whatever Unicode form the keyboard sent."""
    with _slots:
        return _hasher.hash(nfc(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password opens the hash. None, for an unknown account, costs as much and is never opened."""
    with _slots:
        try:
            _hasher.verify(password_hash or _NOBODY, nfc(password)[: MAX_LENGTH * 4])
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def problems(
    password: str,
    *,
    is_staff: bool,
    full_name: str = "",
    born_on: date | None = None,
    known_digits: tuple[str, ...] = (),
) -> list[str]:
    """What is wrong with a new password, in words; empty where it is accepted.

    Members may take a number of six digits, which a growing delay protects; staff need a long one. `known_digits` are
    numbers that others know of the member: card, phone.
    """
    password = nfc(password)
    if len(password) > MAX_LENGTH:
        return [f"Mật khẩu dài nhất {MAX_LENGTH} ký tự."]
    if is_staff and len(password) < STAFF_LENGTH:
        return [f"Đồng chí giữ vai trò cán bộ nên mật khẩu cần ít nhất {STAFF_LENGTH} ký tự, ví dụ bốn từ rời nhau."]
    if password.isdecimal():
        return _pin_problems(password, born_on, known_digits)
    if len(password) < MEMBER_LENGTH:
        return [f"Mật khẩu cần ít nhất {PIN_LENGTH} chữ số, hoặc ít nhất {MEMBER_LENGTH} ký tự nếu có chữ."]
    plain = search_key(password).replace(" ", "")
    name = search_key(full_name).replace(" ", "")
    is_about_us = any(plain.strip("0123456789!@#.-_") == word for word in (name, *CONTEXT_WORDS))
    if is_about_us or len(set(password)) < 4 or password.lower() in _common():
        return ["Mật khẩu này dễ đoán. Mời đồng chí chọn mật khẩu khác."]
    return []


@cache  # asked when somebody chooses a password, which most processes never see
def _common() -> frozenset[str]:
    lines = COMMON.read_text(encoding="ascii").splitlines()
    return frozenset(line for line in lines if not line.startswith("# "))


def _pin_problems(pin: str, born_on: date | None, known_digits: tuple[str, ...]) -> list[str]:
    if len(pin) < PIN_LENGTH:
        return [f"Mã số cần ít nhất {PIN_LENGTH} chữ số."]
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(steps) == 1 or len(set(pin)) < 3:
        return ["Mã số này dễ đoán (chữ số lặp lại hoặc liên tiếp). Mời đồng chí chọn mã khác."]
    if born_on is not None and pin in {born_on.strftime(form) for form in ("%d%m%Y", "%d%m%y", "%Y%m%d", "%y%m%d")}:
        return ["Mã số không được là ngày sinh của đồng chí."]
    if any(pin in known or known in pin for known in known_digits if known):
        return ["Mã số không được là số thẻ đảng viên hoặc số điện thoại của đồng chí."]
    if pin in _common():
        return ["Mã số này dễ đoán vì nhiều người dùng. Mời đồng chí chọn mã khác."]
    return []
