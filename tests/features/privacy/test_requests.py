"""What members ask about their data: the limits, who answers, what is done, and what erasing leaves."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from quiz_app.attempts.models import Attempt
from quiz_app.feedback.models import Complaint, ComplaintState
from quiz_app.kernel import audit
from quiz_app.kernel.errors import BadInput, Missing, Refused
from quiz_app.members import queries as members_queries
from quiz_app.members.errors import LastOperator
from quiz_app.members.models import Account, Member, Purpose, RoleGrant, Standing, UserSession
from quiz_app.members.services import give_consent
from quiz_app.participation.models import LagRule
from quiz_app.people.errors import OwnRecord
from quiz_app.people.models import MemberPair
from quiz_app.privacy import erasing, limits, own, policy, requests
from quiz_app.privacy.errors import AskedAlready, ComplaintOpen, RequestEnded, RoundNotFinal, StillSitting
from quiz_app.privacy.models import DataRequest, Kind, State
from quiz_app.results import verify
from quiz_app.units import queries as units
from tests.features.leaderboard.build import attempt, open_round
from tests.features.results.build import published_table
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import View, Work


def asked(work: Work, who: Member, kind: Kind = Kind.ERASE, text: str = "") -> int:
    with work(actor=who) as w:
        return requests.ask(w, kind, text).id


def finished(work: Work, request_id: int, by: Member, answer: str = "Đã làm") -> None:
    with work(actor=by) as w:
        requests.finish(w, request_id, answer)


@pytest.mark.parametrize(
    ("sent_on", "last_day"),
    [
        (date(2026, 12, 1), date(2026, 12, 3)),  # Tuesday
        (date(2026, 12, 3), date(2026, 12, 7)),  # Thursday
        (date(2026, 12, 4), date(2026, 12, 8)),  # Friday
        (date(2026, 12, 5), date(2026, 12, 8)),  # Saturday
    ],
)
def test_two_working_days_to_say_that_it_was_received(sent_on: date, last_day: date) -> None:
    assert limits.answer_by(sent_on) == last_day


def test_each_kind_has_its_days() -> None:
    day = date(2026, 12, 20)
    assert [limits.finish_by(day, kind).isoformat() for kind in (Kind.CORRECT, Kind.RESTRICT, Kind.ERASE)] == [
        "2026-12-30",
        "2027-01-04",
        "2027-01-09",
    ]


def test_a_request_goes_from_new_to_done_and_is_late_in_time(work: Work, view: View, commune: Commune) -> None:
    with pytest.raises(BadInput), work(actor=commune.member) as w:
        requests.ask(w, Kind.CORRECT, "  ")
    sent = asked(work, commune.member, Kind.CORRECT, "Sai ngày sinh")
    with pytest.raises(AskedAlready), work(actor=commune.member) as w:
        requests.ask(w, Kind.CORRECT, "Lần nữa")
    for days, late in ((0, 0), (6, 1)):
        with view(actor=commune.organiser, now=NOW + timedelta(days=days)) as r:
            assert requests.counts(r) == (1, late)
            assert [row.is_overdue for row in requests.page(r, 1, waiting_only=True).rows] == [bool(late)]
    with work(actor=commune.operator) as w:
        requests.take(w, sent)
    for days, late in ((6, 0), (11, 1)):
        with view(actor=commune.organiser, now=NOW + timedelta(days=days)) as r:
            assert requests.counts(r) == (1, late)
    with pytest.raises(BadInput), work(actor=commune.organiser) as w:
        requests.finish(w, sent, "")
    finished(work, sent, commune.organiser, "Đã sửa ngày sinh")
    with pytest.raises(RequestEnded), work(actor=commune.organiser) as w:
        requests.refuse(w, sent, "Không")
    with view(actor=commune.member) as r:
        assert [(one.state, one.answer) for one in requests.own(r)] == [(State.DONE.value, "Đã sửa ngày sinh")]


def test_only_who_covers_him_answers_and_nobody_himself(work: Work, view: View, commune: Commune) -> None:
    sent = asked(work, commune.member)
    for person in (commune.organiser_elsewhere, commune.secretary):
        with pytest.raises(Missing), work(actor=person) as w:
            requests.take(w, sent)
    with pytest.raises(Missing), work(actor=commune.colleague) as w:
        requests.withdraw(w, sent)
    own_request = asked(work, commune.organiser)
    with pytest.raises(OwnRecord), work(actor=commune.organiser) as w:
        requests.finish(w, own_request, "")
    with view(actor=commune.member) as r:
        assert len(requests.own(r)) == 1


def test_answers_agrees_with_answered_members(view: View, commune: Commune) -> None:
    for person in (commune.organiser, commune.operator, commune.organiser_elsewhere, commune.secretary):
        with view(actor=person) as r:
            in_sql = set(r.session.scalars(policy.answered_members(r.actor)))
            by_rule = {
                one.id
                for one in r.session.scalars(select(Member))
                if policy.answers(r.actor, units.path_ids(r.session, one.unit_id), one.unit_id)
            }
            assert in_sql == by_rule


def test_restricting_takes_every_yes_back(work: Work, view: View, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        for purpose in Purpose:
            give_consent(w, purpose, "1")
    finished(work, asked(work, commune.member, Kind.RESTRICT), commune.organiser)
    with view() as r:
        assert members_queries.consents_of(r.session, commune.member.id) == {}


def test_erasing_leaves_figures_without_a_person(work: Work, view: View, commune: Commune, browse: Browse) -> None:
    published_table(work, commune)
    browse.as_(commune.member)
    name = commune.member.full_name
    with work() as w:
        username = w.session.scalars(select(Account.username).where(Account.member_id == commune.member.id)).one()
        before = [(one.id, one.seed, one.score) for one in w.session.scalars(select(Attempt))]
        first, second = sorted((commune.member.id, commune.colleague.id))
        pair = {"verdict": "apart", "reason": f"{name} là người khác", "decided_at": NOW}
        w.session.add(MemberPair(first_id=first, second_id=second, decided_by=commune.operator.id, **pair))
        w.session.add(LagRule(member_id=commune.member.id, percent=50, days=3))
    finished(work, asked(work, commune.member, text=f"Tôi là {name}"), commune.operator)
    with view() as r:
        kept = r.session.get_one(Member, commune.member.id)
        assert (kept.full_name, kept.standing) == (erasing.ERASED_NAME, Standing.LEFT.value)
        assert (kept.born_on, kept.card_number, kept.phone, kept.email, kept.note) == (None, None, "", "", "")
        assert [(one.id, one.seed, one.score) for one in r.session.scalars(select(Attempt))] == before
        assert list(verify.differences(r.session, r.now)) == []
        accounts = select(Account.id).where(Account.member_id == kept.id)
        assert r.session.scalars(select(UserSession).where(UserSession.account_id.in_(accounts))).all() == []
        assert r.session.scalars(select(DataRequest.text)).all() == [""]
        assert [*r.session.scalars(select(MemberPair)), *r.session.scalars(select(LagRule))] == []
        assert username not in r.session.scalars(select(Account.username)).all()
        entries = r.session.scalars(select(audit.AuditEntry)).all()
        assert not any(name in json.dumps(entry.facts, ensure_ascii=False) for entry in entries)
    assert browse.knock("GET", "/du-lieu-cua-toi").status_code == 302


def test_nothing_is_erased_that_is_still_needed(work: Work, commune: Commune) -> None:
    with work() as w:
        round_ = open_round(w, commune.first)
        attempt_id = attempt(w, round_, commune.member, 10).id
    sent = asked(work, commune.member)
    refusals: list[type[Refused]] = [RoundNotFinal, ComplaintOpen]
    for refusal in refusals:
        with pytest.raises(refusal), work(actor=commune.operator) as w:
            requests.finish(w, sent, "")
        with work() as w:
            w.session.merge(round_).finalised_at = w.now
            w.session.add(
                Complaint(
                    round_id=round_.id,
                    member_id=commune.member.id,
                    attempt_id=attempt_id,
                    text="Sai",
                    state=ComplaintState.OPEN.value,
                    created_at=w.now,
                )
            )
            w.session.flush()
    with work() as w:
        assert w.session.get_one(Member, commune.member.id).full_name == commune.member.full_name
        assert w.session.get_one(DataRequest, sent).state == State.NEW.value


def test_who_sits_is_not_erased(work: Work, commune: Commune) -> None:
    with work() as w:
        one = attempt(w, open_round(w, commune.first), commune.member, 10)
        one.state, one.ended_at, one.ended_by = "open", None, None
    sent = asked(work, commune.member)
    with pytest.raises(StillSitting), work(actor=commune.operator) as w:
        requests.finish(w, sent, "")


def test_the_last_operator_stays(work: Work, commune: Commune) -> None:
    sent = asked(work, commune.operator)
    with pytest.raises(LastOperator), work(actor=commune.organiser) as w:
        requests.finish(w, sent, "")
    with work() as w:
        held = select(RoleGrant).where(RoleGrant.member_id == commune.operator.id, RoleGrant.revoked_at.is_(None))
        assert w.session.scalars(held).all()


def test_the_copy_holds_what_is_his_and_no_score_before_the_end(work: Work, view: View, commune: Commune) -> None:
    with work() as w:
        round_ = open_round(w, commune.first)
        attempt(w, round_, commune.member, 17)
    with view(actor=commune.member) as r:
        told = {held.kept.title: held.rows for held in own.summary(r)}
    assert told["Lượt thi"] == told["Kết quả của đợt thi"] == 1
    with work(actor=commune.member) as w:
        before = {part["noi_dung"] for part in own.copy(w)["du_lieu"]}
        w.session.merge(round_).finalised_at = w.now
        w.session.flush()
        given = {part["noi_dung"]: part["dong"] for part in own.copy(w)["du_lieu"]}
    assert "Lượt thi" in before and "Kết quả của đợt thi" not in before
    assert given["Kết quả của đợt thi"][0]["score"] is not None
    assert given["Hồ sơ trong danh sách"][0]["full_name"] == commune.member.full_name
    assert commune.colleague.full_name not in json.dumps(given, ensure_ascii=False)


def test_pages_lead_from_the_request_to_the_answer(work: Work, commune: Commune, browse: Browse) -> None:
    member = browse.as_(commune.member)
    page = member.get("/du-lieu-cua-toi")
    assert "Hồ sơ trong danh sách" in page.text
    member.post("/du-lieu-cua-toi/de-nghi/sua", {"text": "Sai ngày sinh"})
    assert json.loads(member.post("/du-lieu-cua-toi/tai-ve", status=200).text)["nguoi"] == commune.member.full_name
    organiser = browse.as_(commune.organiser)
    assert "1 đề nghị đang chờ" in organiser.get("/").text
    assert commune.member.full_name in organiser.get("/de-nghi-du-lieu").text
