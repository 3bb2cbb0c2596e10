"""A second factor: codes that open once, in their half minute; recovery codes; roles that sleep until it was shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pyotp import TOTP
from sqlalchemy import select

from quiz_app.kernel.access import NOBODY, Actor, Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing, NotAllowed
from quiz_app.kernel.sealing import unseal
from quiz_app.members import second_factor
from quiz_app.members.errors import SecondFactorDemanded, SecondFactorHeld, TooManyTries, WrongCode
from quiz_app.members.labels import CONSENT_VERSION
from quiz_app.members.models import Account, Member, UserSession
from quiz_app.members.sign_ins import SignIns, open_session
from quiz_app.members.staff_models import RecoveryCode, SecondFactor
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.works import Work

HALF_MINUTE = 30
KEYS = ("khoa-moi-" + "x" * 32, "khoa-cu-" + "y" * 32)


class Device:
    """A signed-in device of somebody, and his authenticator."""

    def __init__(self, db: Database, work: Work, clock: Clock, member: Member, *, is_demanding: bool = True) -> None:
        self.db, self.work, self.clock, self.member = db, work, clock, member
        self.sign_ins = SignIns(
            db, is_secure=False, notices_version=CONSENT_VERSION, demands_second_factor=is_demanding
        )
        self.sign_in()

    def sign_in(self) -> None:
        with self.work() as w:
            account_id = w.session.scalars(select(Account.id).where(Account.member_id == self.member.id)).one()
            self.token = open_session(w.session, account_id, w.now, is_shared_device=False, user_agent="thử")

    @property
    def actor(self) -> Actor:
        with self.db.reading() as session:
            return self.sign_ins.identify(session, self.token).actor

    @property
    def roles(self) -> set[Role]:
        return {grant.role for grant in self.actor.grants}

    def code(self, *, ago_s: int = 0) -> str:
        with self.db.reading() as session:
            row = session.scalars(select(SecondFactor).where(SecondFactor.account_id == self.actor.account_id)).one()
        return TOTP(unseal(KEYS, second_factor.PURPOSE, row.secret)).at(self.clock.now() - timedelta(seconds=ago_s))

    def enrol(self) -> list[str]:
        with self.work(actor=self.actor) as w:
            second_factor.offer(w, KEYS)
        opened = second_factor.confirm(self.db, self.actor, self.code(), KEYS)
        self.token = opened.token
        return list(opened.codes)

    def show(self, code: str) -> None:
        self.token = second_factor.show(self.db, self.actor, code, KEYS).token


@pytest.fixture
def author(db: Database, work: Work, clock: Clock, commune: Commune) -> Device:
    return Device(db, work, clock, commune.author)


@pytest.fixture
def secretary(db: Database, work: Work, clock: Clock, commune: Commune) -> Device:
    return Device(db, work, clock, commune.secretary)


def _outcomes(act: Callable[[int], object], count: int = 4) -> list[bool]:
    gate = threading.Barrier(count)

    def one(number: int) -> bool:
        gate.wait()
        try:
            act(number)
        except (WrongCode, Missing):
            return False
        return True

    with ThreadPoolExecutor(count) as pool:
        return sorted(pool.map(one, range(count)))


def test_roles_that_demand_it_sleep_until_it_is_enrolled_and_shown(author: Device) -> None:
    assert author.roles == set()
    assert author.actor.is_signed_in
    assert [grant.role for grant in author.actor.held_back] == [Role.AUTHOR]
    assert len(author.enrol()) == second_factor.RECOVERY_CODES
    assert author.roles == {Role.AUTHOR}
    author.sign_in()
    assert author.roles == set()
    author.clock.move(seconds=HALF_MINUTE)
    author.show(author.code())
    assert author.roles == {Role.AUTHOR}


def test_to_others_it_is_offered(secretary: Device) -> None:
    assert secretary.roles == {Role.SECRETARY}
    secretary.enrol()
    assert secretary.roles == {Role.SECRETARY}
    secretary.sign_in()
    assert secretary.roles == set()  # who has one is asked for it


def test_where_it_is_not_demanded_nobody_has_to(db: Database, work: Work, clock: Clock, commune: Commune) -> None:
    device = Device(db, work, clock, commune.organiser, is_demanding=False)
    assert device.roles == {Role.ORGANISER}
    device.enrol()
    device.sign_in()
    assert device.roles == set()


def test_enrolling_ends_the_other_sessions_and_changes_the_token(author: Device) -> None:
    other = author.token
    author.sign_in()
    before = author.token
    author.enrol()
    with author.db.reading() as session:
        assert not author.sign_ins.identify(session, other).actor.is_signed_in
        assert not author.sign_ins.identify(session, before).actor.is_signed_in
    with author.work(actor=author.actor) as w, pytest.raises(SecondFactorHeld):
        second_factor.offer(w, KEYS)


def test_a_code_is_good_in_its_half_minute_and_once(author: Device) -> None:
    author.enrol()
    used = author.code()
    author.sign_in()
    with pytest.raises(WrongCode):
        author.show(used)
    author.clock.move(seconds=HALF_MINUTE)
    with pytest.raises(WrongCode):
        author.show(author.code(ago_s=HALF_MINUTE))
    with pytest.raises(WrongCode):
        author.show(author.code(ago_s=-HALF_MINUTE))
    author.show(author.code())
    author.sign_in()
    with pytest.raises(WrongCode):
        author.show(author.code())


def test_a_recovery_code_opens_once_however_it_is_typed(author: Device) -> None:
    codes = author.enrol()
    author.sign_in()
    author.show(f" {codes[0].upper().replace('-', ' ')} ")
    assert author.roles == {Role.AUTHOR}
    author.sign_in()
    with pytest.raises(WrongCode):
        author.show(codes[0])
    author.show(codes[1])
    opened = second_factor.renew_codes(author.db, author.actor, codes[2], KEYS)
    author.token = opened.token
    author.sign_in()
    with pytest.raises(WrongCode):
        author.show(codes[3])
    author.show(opened.codes[0])
    with author.db.reading() as session:
        kept = session.scalars(select(RecoveryCode.code_sha256)).all()
    assert not any(code.replace("-", "") in kept for code in opened.codes)


def test_wrong_codes_are_slowed_down_and_no_name_at_the_sign_in_counts_as_one(author: Device) -> None:
    author.enrol()
    author.sign_in()
    author.clock.move(seconds=HALF_MINUTE)
    for _ in range(5):
        with pytest.raises(WrongCode):
            author.show("000000" if author.code() != "000000" else "111111")
    with pytest.raises(TooManyTries):
        author.show(author.code())
    author.clock.move(seconds=61)
    author.show(author.code())


def test_of_many_who_send_one_code_at_once_one_gets_in(author: Device) -> None:
    author.enrol()
    author.clock.move(seconds=HALF_MINUTE)
    devices = []
    for _ in range(4):
        author.sign_in()
        devices.append(author.actor)
    code = author.code()
    outcomes = _outcomes(lambda number: second_factor.show(author.db, devices[number], code, KEYS))
    assert outcomes == [False, False, False, True]


def test_of_many_who_send_one_recovery_code_at_once_one_gets_in(author: Device) -> None:
    codes = author.enrol()
    devices = []
    for _ in range(4):
        author.sign_in()
        devices.append(author.actor)
    outcomes = _outcomes(lambda number: second_factor.show(author.db, devices[number], codes[0], KEYS))
    assert outcomes == [False, False, False, True]


def test_who_must_have_it_cannot_remove_it(author: Device, secretary: Device) -> None:
    codes = author.enrol()
    with pytest.raises(SecondFactorDemanded):
        second_factor.remove(author.db, author.actor, codes[0], KEYS, is_demanded=True)
    codes = secretary.enrol()
    with pytest.raises(WrongCode):
        second_factor.remove(secretary.db, secretary.actor, "mã sai", KEYS, is_demanded=False)
    second_factor.remove(secretary.db, secretary.actor, codes[0], KEYS, is_demanded=False)
    secretary.sign_in()
    assert secretary.roles == {Role.SECRETARY}


def test_an_operator_resets_what_was_lost(
    author: Device, db: Database, work: Work, clock: Clock, commune: Commune
) -> None:
    author.enrol()
    operator = Device(db, work, clock, commune.operator)
    operator.enrol()
    with work(actor=operator.actor) as w, pytest.raises(NotAllowed):
        second_factor.reset(w, commune.operator.id)
    with work(actor=commune.organiser) as w, pytest.raises(Missing):
        second_factor.reset(w, commune.author.id)
    with work(actor=operator.actor) as w:
        second_factor.reset(w, commune.author.id)
        with pytest.raises(Missing):
            second_factor.reset(w, commune.author.id)
    assert author.actor.member_id == NOBODY.member_id
    author.sign_in()
    assert author.roles == set()
    author.enrol()
    with db.reading() as session:
        assert session.scalar(select(UserSession.second_factor_at).where(UserSession.id == author.actor.session_id))


def test_the_database_does_not_give_away_what_codes_are_made_from(author: Device) -> None:
    """Not even read raw; who changes the key keeps the old one, else recovery codes alone open."""
    codes = author.enrol()
    with author.db.reading() as session:
        raw = session.connection().exec_driver_sql("SELECT secret FROM second_factor").scalar_one()
    secret = unseal(KEYS, second_factor.PURPOSE, raw)
    assert len(secret) == 32
    assert secret not in raw
    author.clock.move(seconds=HALF_MINUTE)
    right = TOTP(secret).at(author.clock.now())
    with pytest.raises(WrongCode):
        second_factor.show(author.db, author.actor, right, KEYS[1:])
    author.token = second_factor.show(author.db, author.actor, right, ("khoa-sau-" + "z" * 32, *KEYS)).token
    second_factor.show(author.db, author.actor, codes[0], KEYS[1:])
