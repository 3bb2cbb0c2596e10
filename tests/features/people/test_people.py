"""Members changed by hand, two people of one name, one person in two rows, and what turnout makes of all that."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from quiz_app.attempts.models import Attempt, AttemptState, Result
from quiz_app.authoring.models import Draft, DraftHand
from quiz_app.contests.models import RosterEntry, Round
from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing, Refused
from quiz_app.leaderboard.tallies import unit_figures
from quiz_app.members import accounts, activation, labels, passwords, slips
from quiz_app.members import queries as members_queries
from quiz_app.members.errors import WrongSlip
from quiz_app.members.models import Account, Category, Consent, Member, RoleGrant, Standing, UserSession
from quiz_app.members.sign_ins import open_session
from quiz_app.people import merging, queries, records, restructuring
from quiz_app.people.errors import (
    BothHaveSat,
    BothSitNow,
    MemberChangedMeanwhile,
    NothingChanged,
    OwnRecord,
    PairDecided,
)
from quiz_app.reminders.models import Reminder
from quiz_app.rules.unit_standing import turnout
from quiz_app.units.models import Unit
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.support.build import PASSWORD, Commune, grant, member, password_hash
from tests.support.clock import NOW
from tests.support.works import View, Work

WHY = "Theo biên bản họp"


@pytest.fixture
def twin(work: Work, commune: Commune) -> Member:
    """The member once more, typed without marks on another chi bộ's roster."""
    with work() as w:
        made = member(w, commune.second, "Nguyen Van An", with_account=False)
        w.session.add(
            Account(member_id=made.id, username="an2", password_hash=password_hash(), password_changed_at=w.now)
        )
        return made


def one(work: Work, who: Member) -> Member:
    with work() as w:
        return w.session.get_one(Member, who.id)


def test_the_own_secretary_says_how_a_member_stands(work: Work, view: View, commune: Commune) -> None:
    with work() as w:
        account_id = w.session.scalars(select(Account.id).where(Account.member_id == commune.member.id)).one()
        open_session(w.session, account_id, w.now, is_shared_device=False, user_agent="")
    with work(actor=commune.secretary) as w:
        records.change_standing(w, commune.member.id, Standing.MOVED, seen="active", reason=WHY)
    assert one(work, commune.member).standing == "moved"
    with work() as w:
        assert w.session.scalars(select(UserSession.id).where(UserSession.revoked_at.is_(None))).all() == []
    with view() as r:
        told = queries.changes(r.session, commune.member.id)[0]
        assert (told.field, told.before, told.after) == ("Tình trạng sinh hoạt", "Đang sinh hoạt", "Đã chuyển đi")
        assert (told.reason, told.by_name) == (WHY, "Bùi Thị Lan")


def test_who_may_not(work: Work, commune: Commune) -> None:
    wanted = {"seen": "active", "reason": WHY}
    for stranger in (commune.secretary_elsewhere, commune.overseer, commune.organiser_elsewhere, commune.author):
        with work(actor=stranger) as w, pytest.raises(Missing):
            records.change_standing(w, commune.member.id, Standing.EXEMPT, **wanted)
    with work(actor=commune.secretary) as w:
        with pytest.raises(Missing):  # a secretary neither moves people nor says what they are
            records.change_unit(w, commune.member.id, commune.second.id, seen=commune.first.id, reason=WHY)
        with pytest.raises(Missing):
            records.change_category(w, commune.member.id, Category.PROBATIONARY, seen="full", reason=WHY)
        with pytest.raises(OwnRecord):
            records.change_standing(w, commune.secretary.id, Standing.EXEMPT, **wanted)
        with pytest.raises(NothingChanged):
            records.change_standing(w, commune.member.id, Standing.ACTIVE, **wanted)
        with pytest.raises(BadInput):
            records.change_standing(w, commune.member.id, Standing.EXEMPT, seen="active", reason=" ")
    with work(actor=commune.organiser_elsewhere) as w, pytest.raises(Missing):
        records.change_unit(w, commune.inner_member.id, commune.first.id, seen=commune.inner.id, reason=WHY)


def test_an_organiser_moves_a_member_and_changes_what_he_is(work: Work, commune: Commune) -> None:
    with work(actor=commune.organiser) as w:
        records.change_unit(w, commune.member.id, commune.second.id, seen=commune.first.id, reason=WHY)
        records.change_category(w, commune.probationer.id, Category.FULL, seen="probationary", reason=WHY)
    assert one(work, commune.member).unit_id == commune.second.id
    assert one(work, commune.probationer).category == "full"


def test_two_secretaries_edit_at_once(db: Database, commune: Commune) -> None:
    """Both saw the same page; the first one is kept, the second is told to look again."""
    work = Work(db)
    with work() as w:
        other = member(w, commune.first, "Trịnh Thị Hai", roles=[(Role.SECRETARY, commune.first)])
    barrier, met = threading.Barrier(2), []

    def act(who: Member, standing: Standing) -> None:
        barrier.wait()
        try:
            with Work(db)(actor=who) as w:
                records.change_standing(w, commune.member.id, standing, seen="active", reason=WHY)
            met.append(standing.value)
        except Refused as refused:
            met.append(type(refused).__name__)

    pairs = [(commune.secretary, Standing.EXEMPT), (other, Standing.ABSENT)]
    threads = [threading.Thread(target=act, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = one(work, commune.member).standing
    assert sorted(met) == sorted([MemberChangedMeanwhile.__name__, kept])
    with work() as w:
        assert [change.after for change in queries.changes(w.session, commune.member.id)] != []


def test_turnout_worked_out_by_hand(work: Work, view: View, commune: Commune, twin: Member) -> None:
    """Exempt, moved, merged and foreign people, all in one small tree.

    On the roster when the round is published (unit: people who count, + exempt):
      first   An, Bình, Ánh, Lan                 + Ất
      second  Đạt, "Nguyen Van An"
      inner   Châu
    Afterwards: Bình moves to second and sits there; Châu is exempted; An and his double are one person, who sat as the
    double in second; inner is merged into first, where Châu sits; Hòa, no Party member, sits for first.
    So An counts in second, where he sat; first has Bình, Ánh, Lan of whom Bình took part; second An of An and Đạt;
    inner Châu, exempt only later, took part: 1/3, 1/2, 1/1, together 3 of 6.
    """
    with work() as w:
        round_ = open_round(w, commune.root)
        counted = [commune.member, commune.colleague, commune.probationer, commune.secretary]
        roster(w, round_, [*counted, commune.stranger, twin, commune.inner_member], exempt=[commune.exempt])
        attempt(w, round_, w.session.get_one(Member, twin.id), 14)
    with work(actor=commune.organiser) as w:
        records.change_unit(w, commune.colleague.id, commune.second.id, seen=commune.first.id, reason=WHY)
        records.change_standing(w, commune.inner_member.id, Standing.EXEMPT, seen="active", reason=WHY)
        merging.merge(w, commune.member.id, twin.id, reason=WHY)
        restructuring.merge_unit(w, commune.inner.id, commune.first.id, reason=WHY)
    with work() as w:
        for sitter in (commune.colleague, commune.inner_member, commune.sympathiser):
            attempt(w, round_, w.session.get_one(Member, sitter.id), 10)
    with view() as r:
        figures = unit_figures(r.session, round_.id)

    def said(unit: Unit) -> tuple[int, int, int, int, Fraction | None]:
        own = figures[unit.id]
        return own.members, own.exempt, own.rostered_participants, own.participants, turnout(own)

    assert said(commune.first) == (4, 1, 1, 2, Fraction(1, 3))  # Châu and Hòa sat for it, Bình took part for it
    assert said(commune.second) == (2, 0, 1, 2, Fraction(1, 2))
    assert said(commune.inner) == (1, 0, 1, 0, Fraction(1, 1))
    assert said(commune.root) == (7, 1, 3, 4, Fraction(1, 2))


def test_who_looks_like_one_is_listed_until_somebody_decides(
    work: Work, view: View, commune: Commune, twin: Member
) -> None:
    with work() as w:
        year = member(w, commune.inner, "Nguyễn Văn Án", with_account=False)
        w.session.get_one(Member, year.id).born_year_only = True
        w.session.get_one(Member, year.id).born_on = date(1980, 1, 1)
        older = member(w, commune.first, "Nguyễn Văn An", with_account=False)
        w.session.get_one(Member, older.id).born_on = date(1979, 5, 17)
    with view(actor=commune.organiser) as r:
        found = {(first.id, second.id) for first, second in queries.pairs(r, 1).rows}
    assert found == {(commune.member.id, twin.id), (commune.member.id, year.id), (twin.id, year.id)}
    with view(actor=commune.organiser_elsewhere) as r:
        assert queries.pairs(r, 1).total == 0  # only who covers both is told
    with work(actor=commune.organiser) as w:
        merging.keep_apart(w, commune.member.id, year.id, reason=WHY)
        with pytest.raises(PairDecided):
            merging.merge(w, commune.member.id, year.id, reason=WHY)
    with view(actor=commune.organiser) as r:
        assert queries.pairs(r, 1).total == 2


def test_one_person_has_both_histories(work: Work, view: View, commune: Commune, twin: Member) -> None:
    with work() as w:
        first, second = open_round(w, commune.root), open_round(w, commune.root, title="Tuần 2")
        roster(w, first, [commune.member])
        roster(w, second, [commune.member, twin])
        attempt(w, first, commune.member, 10)
        double = w.session.get_one(Member, twin.id)
        attempt(w, second, double, 12)
        double.phone, double.card_number = "0912000111", "01.000001"
        grant(w, double, Role.SECRETARY, commune.second)
        for who, day in ((commune.member, 1), (double, 2)):
            w.session.add(
                Consent(member_id=who.id, purpose="publish_name", text_version="1", given_at=NOW + timedelta(days=day))
            )
    with work(actor=commune.organiser) as w:
        merging.merge(w, commune.member.id, twin.id, reason=WHY)
    with work() as w:
        kept, gone = w.session.get_one(Member, commune.member.id), w.session.get_one(Member, twin.id)
        assert (kept.phone, kept.card_number, kept.unit_id) == ("0912000111", "01.000001", commune.first.id)
        assert (gone.merged_into_id, gone.standing, gone.card_number) == (kept.id, "left", None)
        for model in (Attempt, Result):
            assert set(w.session.scalars(select(model.member_id))) == {kept.id}
        entries = {(row.round_id, row.member_id): row.unit_id for row in w.session.scalars(select(RosterEntry))}
        assert entries == {(first.id, kept.id): commune.first.id, (second.id, kept.id): commune.second.id}
        consents = w.session.scalars(
            select(Consent).where(Consent.member_id == kept.id, Consent.purpose == "publish_name")
        ).all()
        assert sorted(one.revoked_at is None for one in consents) == [False, True]
        role = w.session.scalars(select(RoleGrant).where(RoleGrant.member_id == kept.id)).one()
        assert role.revoked_at is not None
        closed = w.session.scalars(select(Account).where(Account.member_id == gone.id)).one()
        assert closed.disabled_at is not None
    with view(actor=commune.organiser) as r:
        assert {change.field for change in queries.changes(r.session, commune.member.id)} == {"Gộp hồ sơ"}
        names = [row.member.id for row in queries.member_page(r, queries.Found("nguyen van an"), 1).rows]
        assert names == [commune.member.id]
        with pytest.raises(Missing):
            queries.pair(r, commune.member.id, twin.id)


def test_a_no_under_either_row_stands(work: Work, commune: Commune) -> None:
    """One box was left empty under each row; a yes under the other one names nobody."""
    with work() as w:
        double = member(w, commune.second, "Nguyễn Văn An đôi")
        said = ((double, "publish_name", 1), (commune.member, "statistics", 2), (double, "reminder_mail", 1))
        agreed = (*said, (commune.member, "reminder_mail", 2))
        for who, purpose, day in agreed:
            at = NOW - timedelta(days=day)
            w.session.add(Consent(member_id=who.id, purpose=purpose, text_version="1", given_at=at))
    with work(actor=commune.organiser) as w:
        merging.merge(w, commune.member.id, double.id, reason=WHY)
    with work() as w:
        assert set(members_queries.consents_of(w.session, commune.member.id)) == {"take_part", "reminder_mail"}


def test_a_secret_once_chosen_still_opens(work: Work, commune: Commune) -> None:
    """The row kept has an account that nobody has opened yet, as slips and helpers make them."""
    with work() as w:
        double = member(w, commune.second, "Nguyễn Văn An đôi")
        listed = member(w, commune.second, "Nguyen Van An", with_account=False)
        accounts.account_of(w, listed)
    with work(actor=commune.organiser) as w:
        merging.merge(w, listed.id, double.id, reason=WHY)
    with work() as w:
        own = w.session.scalars(select(Account).where(Account.member_id == listed.id)).one()
        assert passwords.matches(own.password_hash, PASSWORD)
        assert own.notices_version == labels.CONSENT_VERSION


def test_no_result_is_dropped(work: Work, commune: Commune, twin: Member) -> None:
    """Both have sat the same round: somebody annuls one side first, and what was annulled stays as well."""
    with work() as w:
        round_ = open_round(w, commune.root)
        roster(w, round_, [commune.member, twin])
        attempt(w, round_, commune.member, 10)
        attempt(w, round_, w.session.get_one(Member, twin.id), 18)
    with work(actor=commune.organiser) as w, pytest.raises(BothHaveSat) as told:
        merging.merge(w, commune.member.id, twin.id, reason=WHY)
    assert told.value.facts == {"rounds": "“Tuần 1”"}
    with work() as w:
        sat = w.session.scalars(select(Attempt).where(Attempt.member_id == commune.member.id)).one()
        sat.state, sat.annulled_at, sat.annul_reason = AttemptState.ANNULLED.value, w.now, "Thi hai lần"
        w.session.delete(w.session.get_one(Result, (round_.id, commune.member.id)))
    with work(actor=commune.organiser) as w:
        merging.merge(w, commune.member.id, twin.id, reason=WHY)
    with work() as w:
        kept = w.session.scalars(
            select(Attempt).where(Attempt.member_id == commune.member.id).order_by(Attempt.number)
        ).all()
        assert [one.state for one in kept] == ["annulled", "submitted"]
        assert w.session.get_one(Result, (round_.id, commune.member.id)).score == 18


def test_a_final_round_keeps_its_numbers(work: Work, view: View, commune: Commune, twin: Member) -> None:
    with work() as w:
        round_ = open_round(w, commune.root)
        roster(w, round_, [commune.member, twin])
        attempt(w, round_, w.session.get_one(Member, twin.id), 18)
        w.session.get_one(Round, round_.id).finalised_at = NOW
    with view() as r:
        before = unit_figures(r.session, round_.id)
    with work(actor=commune.organiser) as w:
        merging.merge(w, commune.member.id, twin.id, reason=WHY)
    with view() as r:
        assert unit_figures(r.session, round_.id) == before
        assert r.session.get_one(Result, (round_.id, commune.member.id)).unit_id == commune.second.id


def test_nobody_is_merged_while_he_sits_or_by_himself(work: Work, commune: Commune, twin: Member) -> None:
    with work() as w:
        round_ = open_round(w, commune.root)
        attempt(w, round_, w.session.get_one(Member, twin.id), 18)
        sat = w.session.scalars(select(Attempt)).one()
        sat.state, sat.ended_at = AttemptState.OPEN.value, None
        double = member(w, commune.first, "Tạ Quang Huy", with_account=False)
    with work(actor=commune.organiser) as w:
        with pytest.raises(BothSitNow):
            merging.merge(w, commune.member.id, twin.id, reason=WHY)
        with pytest.raises(OwnRecord):
            merging.merge(w, commune.organiser.id, double.id, reason=WHY)
        with pytest.raises(Missing):
            merging.merge(w, twin.id, twin.id, reason=WHY)
    with work(actor=commune.organiser_elsewhere) as w, pytest.raises(Missing):
        merging.merge(w, commune.member.id, twin.id, reason=WHY)


def test_nobody_reviews_under_one_row_what_he_wrote_under_the_other(work: Work, commune: Commune, twin: Member) -> None:
    with work() as w:
        draft = Draft(
            kind="module", code="chuyen-de", content={}, state="drafting", intent="new", revision=1, created_by=twin.id,
            created_at=w.now, saved_by=twin.id, saved_at=w.now, title="Chuyên đề", search_key="chuyen de",
        )  # fmt: skip
        w.session.add(draft)
        w.session.flush()
        w.session.add(DraftHand(draft_id=draft.id, member_id=twin.id, part="author", since=w.now))
    with work(actor=commune.organiser) as w:
        merging.merge(w, commune.member.id, twin.id, reason=WHY)
    with work() as w:
        assert w.session.get_one(DraftHand, (draft.id, commune.member.id)).part == "author"


def test_an_account_comes_where_there_is_none(work: Work, commune: Commune) -> None:
    with work() as w:
        bare = member(w, commune.first, "Nguyễn Văn An", with_account=False)
    with work(actor=commune.organiser) as w:
        merging.merge(w, bare.id, commune.member.id, reason=WHY)
    with work() as w:
        account = w.session.scalars(select(Account).where(Account.username == "nguyenvanan")).one()
        assert (account.member_id, account.disabled_at) == (bare.id, None)


@pytest.mark.parametrize("has_own_account", [True, False])
def test_a_slip_in_hand_opens_the_row_kept_and_reminders_are_his(
    db: Database, work: Work, view: View, commune: Commune, has_own_account: bool
) -> None:
    with work() as w:
        kept = member(w, commune.first, "Nguyễn Văn Anh", with_account=has_own_account)
        round_ = open_round(w, commune.root)
        told = {"round_id": round_.id, "unit_id": commune.first.id, "channel": "person", "at": w.now}
        w.session.add(Reminder(member_id=commune.member.id, **told))
    with view(actor=commune.secretary) as r:
        sheet = slips.draw_for_member(r, commune.member.id)
    with work(actor=commune.secretary) as w:
        slips.keep(w, sheet, "khoa")
    with work(actor=commune.organiser) as w:
        merging.merge(w, kept.id, commune.member.id, reason=WHY)
    with work() as w:
        assert w.session.scalars(select(Reminder.member_id)).all() == [kept.id]
    proof = activation.Proof(sheet.slips[0].token, "", "1705")
    if has_own_account:
        with pytest.raises(WrongSlip):
            activation.check(db, ["khoa"], proof)
        with view(actor=commune.secretary) as r:
            assert slips.counts(r.session, select(Unit.id), r.now)[commune.first.id][2] == 0
    else:
        assert activation.check(db, ["khoa"], proof).member_id == kept.id
