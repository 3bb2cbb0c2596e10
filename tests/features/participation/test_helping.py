"""Who needs help, at the boundaries: failed sign-ins, silence in an open attempt, a time that ran out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from quiz_app.attempts.models import Attempt, EndedBy
from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from quiz_app.members import activation, credentials, slips, ways
from quiz_app.members.activation import Proof
from quiz_app.members.errors import WrongCredentials, WrongSlip
from quiz_app.members.models import Account, Member, SignInThrottle
from quiz_app.members.ways import Way
from quiz_app.participation import queries
from quiz_app.participation.helping import Need
from quiz_app.participation.queries import Filter
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.support.browse import Browse
from tests.support.build import Commune, username
from tests.support.clock import NOW
from tests.support.works import View, Work

MINUTE = timedelta(minutes=1)


@pytest.fixture
def round_(work: Work, commune: Commune) -> Round:
    with work() as w:
        found = open_round(w, commune.root)
        roster(w, found, commune.voters)
    return found


def needs(view: View, commune: Commune, round_: Round) -> dict[str, tuple[Need, ...]]:
    """Whom the secretary is told of; the count and the filtered list agree with the marks."""
    with view(actor=commune.secretary) as r:
        desk = queries.desk(r, round_.id, commune.first.id)
        marked = {
            row.full_name: row.needs for row in queries.member_rows(r.session, desk, Filter(), limit=50) if row.needs
        }
        filtered = queries.member_rows(r.session, desk, Filter(needs_help=True), limit=50)
        assert {row.full_name for row in filtered} == marked.keys()
        assert queries.unit_lines(r, desk)[0].needing == len(marked)
    return marked


def fail_to_sign_in(work: Work, person: Member, failures: int, *, ago: timedelta = MINUTE) -> None:
    with work() as w:
        w.session.add(
            SignInThrottle(username=username(person), failures=failures, blocked_until=None, last_failed_at=w.now - ago)
        )


def try_password(db: Database, typed: str) -> None:
    credentials.open_with_password(db, username=typed, password="sai", is_shared_device=False, user_agent="")


def test_two_failed_sign_ins_are_a_call_for_help(work: Work, view: View, commune: Commune, round_: Round) -> None:
    fail_to_sign_in(work, commune.member, 1)
    fail_to_sign_in(work, commune.colleague, 2)
    fail_to_sign_in(work, commune.probationer, 9, ago=timedelta(days=2))
    fail_to_sign_in(work, commune.stranger, 9)
    assert needs(view, commune, round_) == {"Đỗ Thị Bình": (Need.SIGN_IN,)}
    with work() as w:
        attempt(w, round_, commune.colleague, 12)
    assert needs(view, commune, round_) == {}


@pytest.mark.parametrize("typed", ["doan hien", "01.234567", "0912 345 678", "hien@xa.example", "token", "code"])
def test_whatever_he_tried_to_come_in_by_is_a_call_for_help(
    db: Database, work: Work, view: View, commune: Commune, round_: Round, typed: str
) -> None:
    with work() as w:
        person = w.session.get_one(Member, commune.colleague.id)
        person.card_number, person.phone, person.email = "01.234567", "0912345678", "hien@xa.example"
        w.session.execute(update(Account).where(Account.member_id == person.id).values(username="doan hien"))
        ways.choose(w, list(Way))
    with view(actor=commune.secretary) as r:
        sheet = slips.draw_for_member(r, commune.colleague.id)
    with work(actor=commune.secretary) as w:
        slips.keep(w, sheet, "khoa")
    slip = sheet.slips[0]
    proofs = {"token": Proof(slip.token, "", "0000"), "code": Proof("", slips.grouped(slip.code), "0000")}
    for _ in range(2):
        with pytest.raises((WrongCredentials, WrongSlip)):
            if typed in proofs:
                activation.check(db, ["khoa"], proofs[typed])
            else:
                credentials.open_with_password(
                    db, username=typed, password="sai", is_shared_device=False, user_agent=""
                )
    assert needs(view, commune, round_) == {"Đỗ Thị Bình": (Need.SIGN_IN,)}


def test_who_never_had_an_account_and_types_his_card_is_seen_too(
    db: Database, work: Work, view: View, commune: Commune, round_: Round
) -> None:
    with work() as w:
        w.session.execute(delete(Account).where(Account.member_id == commune.colleague.id))
        w.session.get_one(Member, commune.colleague.id).card_number = "01.234567"
    for typed in ("01.234567", "01 234567"):
        with pytest.raises(WrongCredentials):
            try_password(db, typed)
    assert needs(view, commune, round_) == {"Đỗ Thị Bình": (Need.SIGN_IN,)}


@pytest.mark.parametrize(("quiet", "expected"), [(179, False), (181, True)])
def test_three_minutes_without_a_save(
    work: Work, view: View, commune: Commune, round_: Round, quiet: int, expected: bool
) -> None:
    with work() as w:
        attempt(w, round_, commune.member, None, started=-timedelta(seconds=quiet))
    assert (needs(view, commune, round_) == {"Nguyễn Văn An": (Need.SILENT,)}) is expected


def test_a_prediction_is_a_sign_of_life_and_a_time_that_is_over_is_no_silence(
    work: Work, view: View, commune: Commune, round_: Round
) -> None:
    with work() as w:
        attempt(w, round_, commune.member, None).prediction_saved_at = NOW - MINUTE
        attempt(w, round_, commune.colleague, None).accepts_until_at = NOW - MINUTE
    assert needs(view, commune, round_) == {}


def test_a_time_that_ran_out_until_he_submits_himself_or_begins_again(
    work: Work, view: View, commune: Commune, round_: Round
) -> None:
    with work() as w:
        for person in (commune.member, commune.colleague, commune.probationer):
            attempt(w, round_, person, 9)
        w.session.execute(update(Attempt).values(ended_by=EndedBy.DEADLINE.value))
        attempt(w, round_, commune.colleague, 12)
        attempt(w, round_, commune.probationer, None, started=-MINUTE)
    assert needs(view, commune, round_) == {"Nguyễn Văn An": (Need.UNFINISHED,)}


def test_nobody_is_called_when_the_round_is_over(work: Work, view: View, commune: Commune) -> None:
    with work() as w:
        closed = open_round(w, commune.root, closes=-MINUTE)
        roster(w, closed, commune.voters)
        attempt(w, closed, commune.member, None)
    fail_to_sign_in(work, commune.colleague, 5)
    assert needs(view, commune, closed) == {}


def test_the_desk_filters_those_who_need_help(work: Work, browse: Browse, commune: Commune, round_: Round) -> None:
    fail_to_sign_in(work, commune.colleague, 3)
    page = browse.as_(commune.secretary).page(f"/tham-gia/{round_.id}/don-vi/{commune.first.id}?trang-thai=can-giup")
    assert "1 cần giúp" in page.text
    assert "Đăng nhập sai nhiều lần" in page.text
    assert "Nguyễn Văn An" not in "".join(page.texts(".//tbody/tr"))
