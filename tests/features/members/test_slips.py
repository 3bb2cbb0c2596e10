"""Slips: whom they are printed for, what they open, and that everything else is one and the same refusal."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, update

from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Base, Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.members import activation, passwords, slips
from quiz_app.members.activation import Proof
from quiz_app.members.errors import NobodyToPrint, SlipsOutdated, TooManyTries, WrongSlip
from quiz_app.members.models import Account, ActivationSlip, Member, Standing, UserSession
from quiz_app.members.slips import Sheet, Slip, State, Which
from tests.features.members.conftest import People, add_member
from tests.support.clock import Clock
from tests.support.works import View, Work

KEY = "khoa-thu"
PIN = "582931"


def printed(work: Work, view: View, by: Member | None, member_id: int) -> Slip:
    with view(actor=by) if by else view() as r:
        sheet = slips.draw_for_member(r, member_id)
    with work(actor=by) if by else work() as w:
        slips.keep(w, sheet, KEY)
    return sheet.slips[0]


def enter(db: Database, proof: Proof, new: str = PIN) -> str:
    return activation.activate(db, [KEY], proof, new, is_shared_device=False, user_agent="thử", device_sha256="a" * 64)


def by_token(slip: Slip, factor: str = "0205") -> Proof:
    return Proof(slip.token, "", factor)


def by_code(slip: Slip, factor: str = "4567") -> Proof:
    return Proof("", slips.grouped(slip.code).lower(), factor)


@pytest.fixture
def slip(work: Work, view: View, people: People) -> Slip:
    return printed(work, view, people.secretary, people.an.id)


@pytest.mark.parametrize("bring", [by_token, by_code])
def test_a_slip_lets_its_owner_choose_a_secret_once(
    db: Database, view: View, people: People, slip: Slip, bring: Callable[[Slip], Proof]
) -> None:
    owner = activation.check(db, [KEY], bring(slip))
    assert (owner.full_name, owner.unit_name) == ("Nguyễn Văn An", "Chi bộ thôn Giang Cao")
    assert enter(db, bring(slip))
    with view() as r:
        account = r.session.scalars(select(Account).where(Account.member_id == people.an.id)).one()
        assert passwords.matches(account.password_hash, PIN)
        assert r.session.scalars(select(UserSession.device_sha256)).one() == "a" * 64
        entry = r.session.scalars(select(AuditEntry).where(AuditEntry.action == "members.activated")).one()
        assert entry.facts["issued_by"] == people.secretary.id
    for proof in (by_token(slip), by_code(slip)):
        with pytest.raises(WrongSlip):
            enter(db, proof)


def test_a_key_of_before_still_reads_the_codes_printed_under_it(db: Database, people: People, slip: Slip) -> None:
    assert activation.check(db, ["khoa-moi", KEY], by_code(slip)).member_id == people.an.id
    with pytest.raises(WrongSlip):
        activation.check(db, ["khoa-moi"], by_code(slip))


def test_what_is_printed_is_kept_nowhere(db: Database, slip: Slip) -> None:
    with db.reading() as session:
        tables = Base.metadata.sorted_tables
        everything = " ".join(str(row) for table in tables for row in session.execute(table.select()))
    assert slip.username in everything
    assert slip.token not in everything
    assert slip.code not in everything
    assert slips.grouped(slip.code) not in everything


def _used(db: Database, work: Work, view: View, people: People, clock: Clock, slip: Slip) -> Proof:
    enter(db, by_token(slip))
    return by_token(slip)


def _expired(db: Database, work: Work, view: View, people: People, clock: Clock, slip: Slip) -> Proof:
    clock.move(days=14, seconds=1)
    return by_token(slip)


def _printed_anew(db: Database, work: Work, view: View, people: People, clock: Clock, slip: Slip) -> Proof:
    printed(work, view, people.secretary, people.an.id)
    return by_token(slip)


def _wrong_factor(db: Database, work: Work, view: View, people: People, clock: Clock, slip: Slip) -> Proof:
    return by_token(slip, "0305")


def _no_factor(db: Database, work: Work, view: View, people: People, clock: Clock, slip: Slip) -> Proof:
    return by_token(slip, "")


def _disabled(db: Database, work: Work, view: View, people: People, clock: Clock, slip: Slip) -> Proof:
    with work() as w:
        w.session.execute(update(Account).where(Account.member_id == people.an.id).values(disabled_at=w.now))
    return by_token(slip)


def _gone(db: Database, work: Work, view: View, people: People, clock: Clock, slip: Slip) -> Proof:
    with work() as w:
        w.session.get_one(Member, people.an.id).standing = Standing.LEFT.value
    return by_token(slip)


def _unknown(db: Database, work: Work, view: View, people: People, clock: Clock, slip: Slip) -> Proof:
    return Proof("", "ACDE-FHJK-MNPQ", "0205")


def _watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that are hashed from now on."""
    made: list[str] = []
    real = passwords.hashed

    def hashed(password: str) -> str:
        made.append(password)
        return real(password)

    monkeypatch.setattr(passwords, "hashed", hashed)
    return made


@pytest.mark.parametrize(
    "spoil", [_used, _expired, _printed_anew, _wrong_factor, _no_factor, _disabled, _gone, _unknown]
)
def test_whatever_is_wrong_is_one_refusal_at_the_cost_of_one_hash(
    db: Database, work: Work, view: View, people: People, clock: Clock, slip: Slip,
    spoil: Callable[..., Proof], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    proof = spoil(db, work, view, people, clock, slip)
    made = _watched(monkeypatch)
    with pytest.raises(WrongSlip) as refused:
        activation.check(db, [KEY], proof)
    assert made == []
    assert refused.value.facts == {}
    with pytest.raises(WrongSlip):
        enter(db, proof)
    assert made == [PIN]


def test_a_right_slip_costs_one_hash_too(db: Database, slip: Slip, monkeypatch: pytest.MonkeyPatch) -> None:
    made = _watched(monkeypatch)
    enter(db, by_token(slip))
    assert made == [PIN]


def test_codes_that_exist_rest_like_those_that_do_not(db: Database, slip: Slip, clock: Clock) -> None:
    for proof in (by_code(slip, "9999"), Proof("", "ACDE-FHJK-MNPQ", "9999")):
        for _ in range(5):
            with pytest.raises(WrongSlip):
                activation.check(db, [KEY], proof)
        with pytest.raises(TooManyTries) as refused:
            activation.check(db, [KEY], proof)
        assert refused.value.facts == {"minutes": 1}
    clock.move(minutes=1, seconds=1)
    assert activation.check(db, [KEY], by_code(slip)).full_name == "Nguyễn Văn An"


def test_a_slip_wears_out_before_the_days_of_a_year_are_tried(db: Database, slip: Slip, clock: Clock) -> None:
    for _ in range(slips.MOST_WRONG_TRIES):
        with pytest.raises(WrongSlip):
            activation.check(db, [KEY], by_code(slip, "9999"))
        clock.move(minutes=16)
    with pytest.raises(WrongSlip):
        activation.check(db, [KEY], by_token(slip))


def test_a_secret_that_is_refused_leaves_the_slip_alive(db: Database, people: People, slip: Slip) -> None:
    for secret in ("123456", "020561", "234567", "345678", "12345", "nguyenvanan"):
        with pytest.raises(BadInput) as refused:
            enter(db, by_token(slip), secret)
        assert refused.value.errors.keys() == {"new"}
    assert enter(db, by_token(slip))


def test_staff_choose_a_long_one(db: Database, work: Work, view: View, people: People) -> None:
    slip = printed(work, view, None, people.organiser.id)
    with pytest.raises(BadInput):
        enter(db, by_token(slip), PIN)
    assert enter(db, by_token(slip), "bốn từ rời nhau nhé")


def test_of_two_who_use_one_slip_at_once_one_comes_in(db: Database, view: View, people: People, slip: Slip) -> None:
    both = Barrier(2)

    def race(secret: str) -> str | None:
        both.wait()
        try:
            enter(db, by_token(slip), secret)
        except WrongSlip:
            return None
        return secret

    with ThreadPoolExecutor(2) as pool:
        won = [secret for secret in pool.map(race, ("582931", "904716")) if secret]
    assert len(won) == 1
    with view() as r:
        kept = r.session.scalars(select(Account.password_hash).where(Account.member_id == people.an.id)).one()
        assert passwords.matches(kept, won[0])
        assert r.session.scalar(select(func.count()).select_from(UserSession)) == 1


def test_of_two_prints_at_once_one_slip_lives(db: Database, work: Work, view: View, people: People) -> None:
    both = Barrier(2)

    def race(_: int) -> Slip:
        with view(actor=people.secretary) as r:
            sheet = slips.draw_for_member(r, people.an.id)
        both.wait()
        with work(actor=people.secretary) as w:
            slips.keep(w, sheet, KEY)
        return sheet.slips[0]

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(race, range(2)))
    opened = []
    for slip in made:
        try:
            opened.append(activation.check(db, [KEY], by_token(slip)))
        except WrongSlip:
            continue
    assert len(opened) == 1


def test_coming_in_ends_every_other_sign_in(db: Database, work: Work, view: View, people: People, slip: Slip) -> None:
    enter(db, by_token(slip))
    again = printed(work, view, people.secretary, people.an.id)
    enter(db, by_code(again), "904716")
    with view() as r:
        ended = r.session.scalars(select(UserSession.revoked_at).order_by(UserSession.id)).all()
        assert [one is not None for one in ended] == [True, False]


def _desk(view: View, people: People) -> dict[str, State]:
    with view(actor=people.secretary) as r:
        return {line.full_name: line.state for line in slips.lines(r, people.cell)}


def _print_unit(work: Work, view: View, people: People, which: Which) -> Sheet:
    with view(actor=people.secretary) as r:
        sheet = slips.draw_for_unit(r, people.cell, which)
    with work(actor=people.secretary) as w:
        slips.keep(w, sheet, KEY)
    return sheet


def test_a_unit_is_printed_for_who_has_not_come_in(db: Database, work: Work, view: View, people: People) -> None:
    with work() as w:
        add_member(w, people.cell, "Phạm Văn Ẩn", card="09.000001")
        add_member(w, people.cell, "Lý Thị Ơn").born_on = None
        year_only = add_member(w, people.cell, "Lý Thị Út")
        year_only.born_on, year_only.born_year_only = date(1950, 1, 1), True
        add_member(w, people.cell, "Vũ Văn Dũng").standing = Standing.MOVED.value
    assert _desk(view, people) == {
        "Nguyễn Văn An": State.INSIDE,
        "Phạm Văn Ẩn": State.NO_SLIP,
        "Lê Thị Hoa": State.INSIDE,
        "Lý Thị Ơn": State.UNKNOWN,
        "Lý Thị Út": State.UNKNOWN,
    }
    first = _print_unit(work, view, people, Which.WITHOUT)
    assert [(slip.full_name, slip.username) for slip in first.slips] == [("Phạm Văn Ẩn", "09000001")]
    assert first.expires_at - first.issued_at == timedelta(days=14)
    assert _desk(view, people)["Phạm Văn Ẩn"] is State.HAS_SLIP
    with pytest.raises(NobodyToPrint):
        _print_unit(work, view, people, Which.WITHOUT)
    second = _print_unit(work, view, people, Which.OUTSIDE)
    with pytest.raises(WrongSlip):
        activation.check(db, [KEY], by_token(first.slips[0]))
    enter(db, by_token(second.slips[0]))
    assert _desk(view, people)["Phạm Văn Ẩn"] is State.INSIDE
    with pytest.raises(NobodyToPrint):
        _print_unit(work, view, people, Which.OUTSIDE)


def test_a_roster_that_changes_under_a_print_makes_it_void(work: Work, view: View, people: People) -> None:
    with view(actor=people.secretary) as r:
        sheet = slips.draw_for_member(r, people.an.id)
    with work() as w:
        w.session.get_one(Member, people.an.id).unit_id = people.other_cell
    with work(actor=people.secretary) as w, pytest.raises(SlipsOutdated):
        slips.keep(w, sheet, KEY)
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(ActivationSlip)) == 0


def test_secretaries_print_for_their_own_unit_and_organisers_for_all_below(view: View, people: People) -> None:
    with view(actor=people.secretary) as r:
        assert slips.draw_for_member(r, people.an.id).slips
        for refused in (people.binh.id, people.organiser.id, 99_999):
            with pytest.raises(Missing):
                slips.draw_for_member(r, refused)
        with pytest.raises(Missing):
            slips.lines(r, people.other_cell)
    with view(actor=people.organiser) as r:
        assert slips.draw_for_member(r, people.binh.id).slips
        assert [line.full_name for line in slips.lines(r, people.other_cell)] == ["Trần Thị Bình"]


def test_a_slip_for_who_had_one_or_was_inside_is_told_as_a_renewal(
    work: Work, view: View, people: People, slip: Slip
) -> None:
    with work() as w:
        new = add_member(w, people.cell, "Phạm Văn Ẩn").id
    printed(work, view, people.secretary, new)
    printed(work, view, people.secretary, new)
    with view() as r:
        told = r.session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "members.slip_renewed")).all()
        ids = dict(r.session.execute(select(Account.member_id, Account.id)).all())
        assert list(told) == [f"account:{ids[people.an.id]}", f"account:{ids[new]}"]


def test_codes_have_no_letters_that_look_alike() -> None:
    assert set(slips.CODE_LETTERS).isdisjoint("0O1IL2Z5S8BGUV")
    assert slips.grouped("ACDEFHJKMNPQ") == "ACDE-FHJK-MNPQ"
    assert slips.read_code(" acde fhjk–mnpq ") == "ACDEFHJKMNPQ"


@pytest.mark.parametrize(
    ("typed", "read"),
    [("0205", "0205"), ("2/5", "0205"), ("02.05.1961", "0205"), ("02051961", "0205"), (" 4567 ", "4567"), ("", "")],
)
def test_the_second_factor_is_read_as_people_write_it(typed: str, read: str) -> None:
    assert activation.read_factor(typed) == read
