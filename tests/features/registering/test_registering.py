"""Registering oneself: who gets an account at once, who waits, and what others learn by trying."""

from __future__ import annotations

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, update

from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.members import credentials, passwords
from quiz_app.members import queries as members
from quiz_app.members.errors import RegistrationRefused, RegistrationWaiting, WrongCredentials
from quiz_app.members.models import Account, Category, Consent, Member, Purpose, Registration, RegistrationState
from quiz_app.members.ways import MOST_SHARING
from quiz_app.registering import desks, queries, services
from quiz_app.registering.errors import (
    AlikeElsewhere,
    DeskChanged,
    PhoneShared,
    RegistrationDecided,
    TooManyRegistrations,
)
from quiz_app.registering.models import Way
from quiz_app.units import services as units
from quiz_app.units.models import Unit, UnitKind
from tests.features.registering.build import BORN, PASSWORD, PHONE, desk, register, told
from tests.support.build import Commune, password_hash
from tests.support.clock import Clock
from tests.support.works import View, Work


def _enter(db: Database, typed: str = PHONE) -> str:
    return credentials.open_with_password(
        db, username=typed, password=PASSWORD, is_shared_device=False, user_agent="thử"
    )


def _count(view: View, model: type) -> int:
    with view() as r:
        return r.session.scalar(select(func.count()).select_from(model)) or 0


def test_with_the_code_the_account_works_at_once(db: Database, work: Work, view: View, commune: Commune) -> None:
    kept = desk(work, commune, Way.CODE)
    with pytest.raises(BadInput):
        register(work, commune.first, code="SAI")
    one = register(work, commune.first, code=f" {kept.code[:4].lower()}-{kept.code[4:]} ")
    assert one.state == RegistrationState.ADMITTED.value
    assert one.password_hash == ""
    assert _enter(db, "+84 987 654 321")
    with view() as r:
        member = r.session.get_one(Member, one.member_id)
        assert (member.unit_id, member.category, member.phone) == (commune.first.id, Category.OTHER.value, PHONE)
        consents = r.session.scalars(select(Consent).where(Consent.member_id == member.id)).all()
        assert [(row.purpose, row.given_at) for row in consents] == [(Purpose.TAKE_PART.value, one.sent_at)]
        assert not members.owes_answer(r.session, member.id, "2026-12")
        assert members.has_refused(r.session, member.id, Purpose.PUBLISH_NAME)


@pytest.mark.parametrize("is_demo", [True, False])
def test_whoever_registers_in_a_demo_belongs_to_it(work: Work, view: View, commune: Commune, is_demo: bool) -> None:
    with work() as w:
        w.session.execute(update(Member).values(is_demo=is_demo))
    register(work, commune.first, code=desk(work, commune, Way.CODE).code)
    with view() as r:
        assert set(r.session.scalars(select(Member.is_demo))) == {is_demo}


def test_with_approval_he_learns_how_it_stands_and_nothing_else(
    db: Database, work: Work, view: View, commune: Commune
) -> None:
    desk(work, commune, Way.APPROVAL)
    one = register(work, commune.first)
    people = _count(view, Member)
    with pytest.raises(RegistrationWaiting):
        _enter(db)
    with pytest.raises(WrongCredentials):
        credentials.open_with_password(
            db, username=PHONE, password="sai-mat-khau", is_shared_device=False, user_agent=""
        )
    with work(actor=commune.secretary) as w:
        services.admit(w, one.id)
    assert _count(view, Member) == people + 1
    assert _enter(db)


def test_whoever_is_refused_reads_why_until_it_is_deleted(
    db: Database, work: Work, view: View, commune: Commune, clock: Clock
) -> None:
    desk(work, commune, Way.APPROVAL)
    one = register(work, commune.first)
    unanswered = register(work, commune.second, told("Trần Văn Lâm", "0911111111"))
    with work(actor=commune.secretary) as w, pytest.raises(BadInput):
        services.refuse(w, one.id, "  ")
    with work(actor=commune.secretary) as w:
        services.refuse(w, one.id, "Không ở thôn này.")
    with pytest.raises(RegistrationRefused) as refused:
        _enter(db)
    assert refused.value.facts == {"reason": "Không ở thôn này."}
    clock.move(days=29)
    assert services.forget_old(db) == 0
    again = register(work, commune.first)  # whoever was refused may ask again
    assert again.id != one.id
    clock.move(days=2)
    assert services.forget_old(db) == 2
    with view() as r:
        assert r.session.scalars(select(Registration.id)).all() == [again.id]
        assert r.session.get(Registration, unanswered.id) is None
    with pytest.raises(RegistrationWaiting):
        _enter(db)


@pytest.mark.parametrize(
    ("full_name", "phone", "born_on", "is_held"),
    [
        ("Nguyen Van An", PHONE, date(1980, 5, 17), True),  # the member's name and birth
        ("Nguyễn Văn Tý", "0900000001", BORN, True),  # the colleague's number
        ("Nguyễn Văn An", PHONE, date(1981, 5, 17), False),
        ("Nguyễn Văn Tý", PHONE, date(1980, 5, 17), False),
    ],
)
def test_who_looks_like_somebody_is_held(
    db: Database, work: Work, commune: Commune, full_name: str, phone: str, born_on: date, is_held: bool
) -> None:
    with work() as w:
        w.session.execute(update(Member).where(Member.id == commune.colleague.id).values(phone="0900000001"))
    kept = desk(work, commune, Way.CODE)
    one = register(work, commune.second, told(full_name, phone, born_on), code=kept.code)
    assert one.state == (RegistrationState.WAITING if is_held else RegistrationState.ADMITTED).value
    if is_held:
        with pytest.raises(RegistrationWaiting):
            _enter(db, phone)
        with work(actor=commune.secretary_elsewhere) as w, pytest.raises(AlikeElsewhere):
            services.admit(w, one.id)  # whom he looks like stands in a unit that this secretary does not see
        with work(actor=commune.organiser) as w:
            services.admit(w, one.id)
        assert _enter(db, phone)


def test_a_try_by_phone_costs_the_same_whoever_waits(
    db: Database, work: Work, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk(work, commune, Way.APPROVAL)
    register(work, commune.first)
    with work() as w:  # somebody whose very name on the slip looks like a number
        w.session.execute(update(Account).where(Account.member_id == commune.member.id).values(username="0912345678"))
    assert _enter(db, "0912345678")
    checked: list[str | None] = []

    def watched(kept: str | None, typed: str) -> bool:
        del typed
        checked.append(kept)
        return False

    monkeypatch.setattr(passwords, "matches", watched)
    for typed, known in ((PHONE, 1), ("0912345678", 1), ("0999999999", 0)):
        checked.clear()
        with pytest.raises(WrongCredentials):
            _enter(db, typed)
        assert (len(checked), len([kept for kept in checked if kept])) == (MOST_SHARING, known)


def test_a_year_alone_agrees_with_every_day_of_it(work: Work, view: View, commune: Commune) -> None:
    desk(work, commune, Way.APPROVAL)
    said = told("Nguyễn Văn An", born_on=date(1980, 1, 1))
    one = register(work, commune.first, said)
    with view(actor=commune.organiser) as r:
        assert queries.alike(r, one).count == 0
    with work() as w:
        w.session.execute(update(Registration).values(born_year_only=True))
    with view(actor=commune.secretary_elsewhere) as r:
        assert queries.alike(r, r.session.get_one(Registration, one.id)).hidden == 1
    with view(actor=commune.secretary) as r:
        alike = queries.alike(r, r.session.get_one(Registration, one.id))
        assert [member.id for member, _ in alike.seen] == [commune.member.id]


def test_no_more_may_share_a_number_than_can_sign_in_by_it(work: Work, commune: Commune) -> None:
    desk(work, commune, Way.APPROVAL)
    sharing = [commune.member, commune.colleague, commune.exempt, commune.probationer]
    with work() as w:
        w.session.execute(update(Member).where(Member.id.in_([one.id for one in sharing])).values(phone=PHONE))
    one = register(work, commune.first)
    with work(actor=commune.secretary) as w, pytest.raises(PhoneShared):
        services.admit(w, one.id)


def test_who_decides(work: Work, view: View, commune: Commune) -> None:
    desk(work, commune, Way.APPROVAL)
    one = register(work, commune.first)
    for person, count in (
        (commune.secretary, 1),
        (commune.organiser, 1),
        (commune.secretary_elsewhere, 0),
        (commune.organiser_elsewhere, 0),
        (commune.overseer, 0),
        (commune.member, 0),
    ):
        with view(actor=person) as r:
            assert queries.waiting(r) == count
            assert queries.page(r, "sen nguyen", None, 1).total == count
        if not count:
            with work(actor=person) as w, pytest.raises(Missing):
                services.admit(w, one.id)
    with work(actor=commune.secretary) as w:
        services.refuse(w, one.id, "Không rõ là ai.")
    with work(actor=commune.organiser) as w, pytest.raises(RegistrationDecided):
        services.admit(w, one.id)


def test_two_who_decide_at_once_make_one_account(db: Database, work: Work, view: View, commune: Commune) -> None:
    desk(work, commune, Way.APPROVAL)
    one = register(work, commune.first)
    people = _count(view, Member)
    told_so: list[str] = []
    start = Barrier(4)

    def decide(person: Member) -> None:
        start.wait()
        try:
            with work(actor=person) as w:
                services.admit(w, one.id)
            told_so.append("nhận")
        except RegistrationDecided:
            told_so.append("đã có người trả lời")

    _at_once([Thread(target=decide, args=(person,)) for person in (commune.secretary, commune.organiser) * 2])
    assert (told_so.count("nhận"), len(told_so)) == (1, 4)
    assert _count(view, Member) == people + 1


@pytest.mark.parametrize("way", [Way.CODE, Way.APPROVAL])
def test_the_same_sent_at_once_is_one(db: Database, work: Work, view: View, commune: Commune, way: Way) -> None:
    kept = desk(work, commune, way)
    people, accounts = _count(view, Member), _count(view, Account)
    start = Barrier(4)
    wrong: list[BaseException] = []

    def send() -> None:
        start.wait()
        try:
            register(work, commune.first, code=kept.code)
        except BaseException as error:  # told to the main thread below
            wrong.append(error)

    _at_once([Thread(target=send) for _ in range(4)])
    assert wrong == []
    assert _count(view, Registration) == 1
    made = 1 if way is Way.CODE else 0
    assert (_count(view, Member) - people, _count(view, Account) - accounts) == (made, made)


def test_a_number_is_not_tried_without_end(work: Work, view: View, commune: Commune) -> None:
    desk(work, commune, Way.APPROVAL)
    for number in range(5):
        register(work, commune.first, told(f"Nguyễn Văn {chr(65 + number)}"))
    with pytest.raises(TooManyRegistrations):
        register(work, commune.first, told("Nguyễn Văn Z"))
    assert _count(view, Registration) == 5
    register(work, commune.first, told("Nguyễn Văn Z", "0912121212"))


def test_a_desk_is_open_on_its_days_and_for_its_subtree(work: Work, view: View, commune: Commune) -> None:
    with view() as r:
        today = queries.today(r.now)
    day = timedelta(days=1)
    for opens, closes, is_open in (
        (None, None, True),
        (today, today, True),
        (today + day, None, False),
        (None, today - day, False),
    ):
        desk(work, commune, Way.APPROVAL, opens_on=opens, closes_on=closes)
        with view() as r:
            assert bool(queries.open_desks(r.session, r.now)) is is_open
            if is_open:
                assert queries.place_named(r.session, commune.inner.id, r.now).desk_unit.id == commune.root.id
            else:
                with pytest.raises(Missing):
                    queries.place_named(r.session, commune.inner.id, r.now)
    desk(work, commune, Way.OFF)
    with view() as r, pytest.raises(Missing):
        queries.place_unlisted(r.session, commune.root.id, r.now)
    with work() as w:
        town = units.create_unit(w, code="PHUONG", name="Đảng bộ phường bên", kind=UnitKind.COMMUNE, parent_id=None)
    desk(work, commune, Way.APPROVAL)
    with view() as r:
        assert [unit.name for unit in queries.found_units(r.session, r.now, "phuong")] == []
        assert [unit.id for unit in queries.found_units(r.session, r.now, "giang cao")] == [commune.first.id]
        with pytest.raises(Missing):
            queries.place_named(r.session, town.id, r.now)


def test_a_unit_is_made_for_those_of_no_unit(work: Work, view: View, commune: Commune) -> None:
    with work(actor=commune.organiser) as w:
        kept = desks.save(w, commune.root.id, desks.Terms(Way.APPROVAL, None, None, None, False), seen=0)
        made = w.session.get_one(Unit, kept.receiving_unit_id)
        assert (made.name, made.parent_id) == ("Người dự thi ngoài danh sách", commune.root.id)
    with view() as r:
        assert queries.place_unlisted(r.session, commune.root.id, r.now).unit.id == made.id
    with work() as w:
        w.session.execute(update(Unit).where(Unit.id == made.id).values(closed_at=w.now))
    with view() as r:  # closed since: the commune itself takes them
        assert queries.place_unlisted(r.session, commune.root.id, r.now).unit.id == commune.root.id


def test_organisers_do_not_undo_each_others_desk(work: Work, commune: Commune) -> None:
    kept = desk(work, commune, Way.CODE)
    with work(actor=commune.organiser) as w, pytest.raises(DeskChanged):
        desks.save(w, commune.root.id, desks.Terms(Way.OFF, None, None, commune.root.id, False), seen=0)
    with work(actor=commune.organiser) as w:
        renewed = desks.renew_code(w, commune.root.id, seen=kept.revision)
        assert renewed.code != kept.code
    with pytest.raises(BadInput):
        register(work, commune.first, code=kept.code)
    for person in (commune.organiser_elsewhere, commune.secretary, commune.overseer):
        with work(actor=person) as w, pytest.raises(Missing):
            desks.renew_code(w, commune.root.id, seen=renewed.revision)
    with work(actor=commune.organiser) as w, pytest.raises(Missing):
        queries.head(w, commune.first.id)  # a chi bộ has no desk of its own
    with work(actor=commune.organiser) as w, pytest.raises(BadInput):
        desks.save(
            w, commune.root.id, desks.Terms(Way.CODE, BORN, BORN - timedelta(days=1), commune.root.id, False),
            seen=renewed.revision,
        )  # fmt: skip


def test_a_unit_that_has_merged_since_receives_where_it_went(work: Work, commune: Commune) -> None:
    desk(work, commune, Way.APPROVAL)
    one = register(work, commune.first)
    with work() as w:
        first = w.session.get_one(Unit, commune.first.id)
        first.closed_at, first.merged_into_id = w.now, commune.second.id
    with work(actor=commune.organiser) as w:
        assert services.admit(w, one.id).unit_id == commune.second.id


def test_the_audit_names_nobody_outside(work: Work, view: View, commune: Commune) -> None:
    kept = desk(work, commune, Way.CODE)
    register(work, commune.first, code=kept.code)
    with view() as r:
        rows = r.session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("registering."))).all()
        assert {row.action for row in rows} == {
            "registering.desk_saved", "registering.sent", "registering.admitted"
        }  # fmt: skip
        written = str([row.facts for row in rows])
    assert not [word for word in (PHONE, "Sen", kept.code, password_hash()) if word in written]


def _at_once(threads: list[Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
