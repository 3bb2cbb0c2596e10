"""Complaints: from whom, about what, how long, how many, and what becomes of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from quiz_app.attempts import correcting
from quiz_app.attempts import services as attempts
from quiz_app.attempts.correcting import Proposal
from quiz_app.attempts.models import CorrectionChange, CorrectionKind
from quiz_app.contests import rehearsing
from quiz_app.contests.models import Round
from quiz_app.feedback import complaints
from quiz_app.feedback.complaints import Filter
from quiz_app.feedback.errors import (
    AlreadyComplained,
    ComplaintsClosed,
    ComplaintSettled,
    OwnComplaint,
    TooManyComplaints,
    TooManyToday,
)
from quiz_app.feedback.models import Complaint, ComplaintState
from quiz_app.kernel.access import Role
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.members.models import Member
from tests.features.feedback.conftest import Sit
from tests.support import build
from tests.support.build import Commune
from tests.support.contest import PAPER_LENGTH
from tests.support.sitting import at
from tests.support.works import View, Work

CLOSE = 30
DAYS = timedelta(days=3)


def complain(
    work: Work, member: Member, attempt_id: int, *, position: int | None = None, minute: float = 5, text: str = "Sai."
) -> int:
    with work(actor=member, now=at(minute)) as w:
        return complaints.complain(w, attempt_id, position=position, text=text).id


def stored(work: Work, complaint_id: int) -> Complaint:
    with work() as w:
        return w.session.get_one(Complaint, complaint_id)


def test_complaints_are_taken_until_so_many_days_after_the_close(work: Work, commune: Commune, sit: Sit) -> None:
    attempt_id = sit(commune.member)
    last = at(CLOSE) + DAYS
    with work(actor=commune.member, now=last - timedelta(microseconds=1)) as w:
        complaints.complain(w, attempt_id, position=1, text="Còn kịp.")
    with work(actor=commune.member, now=last) as w, pytest.raises(ComplaintsClosed) as refused:
        complaints.complain(w, attempt_id, position=2, text="Đã muộn.")
    assert refused.value.facts["reason"] == "đã hết thời hạn khiếu nại của đợt thi"


def test_an_extension_of_one_unit_moves_the_period_for_all(
    work: Work, commune: Commune, round_: Round, sit: Sit
) -> None:
    attempt_id = sit(commune.member)
    with work() as w:
        w.session.get_one(Round, round_.id).longest_extension_s = 600
    with work(actor=commune.member, now=at(CLOSE + 9) + DAYS) as w:
        complaints.complain(w, attempt_id, position=None, text="Còn kịp.")


def test_nothing_is_taken_of_an_open_attempt(work: Work, commune: Commune, sit: Sit) -> None:
    running = sit(commune.colleague, end=False)
    with work(actor=commune.colleague, now=at(2)) as w, pytest.raises(ComplaintsClosed):
        complaints.complain(w, running, position=None, text="Chưa xong.")


def test_the_period_begins_anew_when_results_are_made_final(
    work: Work, commune: Commune, round_: Round, sit: Sit
) -> None:
    """Where scores show only then nobody could have complained before."""
    attempt_id = sit(commune.member)
    final = at(CLOSE) + 2 * DAYS
    with work(actor=commune.member, now=final) as w, pytest.raises(ComplaintsClosed):
        complaints.complain(w, attempt_id, position=None, text="Chưa công bố, đã hết hạn.")
    with work() as w:
        w.session.get_one(Round, round_.id).finalised_at = final
    with work(actor=commune.member, now=final + DAYS - timedelta(microseconds=1)) as w:
        complaints.complain(w, attempt_id, position=None, text="Vừa xem kết quả.")
    with work(actor=commune.member, now=final + DAYS) as w, pytest.raises(ComplaintsClosed):
        complaints.complain(w, attempt_id, position=1, text="Đã muộn.")


def test_whose_attempt_is_put_right_later_may_still_complain(
    db: Database, work: Work, commune: Commune, round_: Round, sit: Sit
) -> None:
    annulled, untouched = sit(commune.member), sit(commune.colleague)
    late = at(CLOSE) + 2 * DAYS
    with work() as w:
        second = build.member(w, commune.root, "Vũ Thị Hai", roles=[(Role.ORGANISER, commune.root)])
    with work(actor=commune.organiser, now=late) as w:
        wanted = Proposal(CorrectionKind.ATTEMPT, "Nhờ người khác thi hộ", attempt_id=annulled)
        correction_id = correcting.propose(w, round_.id, wanted).id
    with work(actor=second, now=late) as w:
        correcting.decide(w, correction_id)
    correcting.apply_batch(db, correction_id)
    with work() as w:
        w.session.scalars(select(CorrectionChange)).one().changed_at = late
    with work(actor=commune.colleague, now=late) as w, pytest.raises(ComplaintsClosed):
        complaints.complain(w, untouched, position=None, text="Bài này không đổi.")
    with work(actor=commune.member, now=late + DAYS - timedelta(microseconds=1)) as w:
        complaints.complain(w, annulled, position=None, text="Tôi tự làm bài.")


def test_a_rehearsal_takes_none(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.organiser, now=at(0)) as w:
        rehearsal_id = rehearsing.rehearse(w, round_.id, 2).id
    with work(actor=commune.organiser, now=at(1)) as w:
        attempt_id = attempts.start(w, rehearsal_id, is_demonstration_site=False)
        attempts.submit(w, attempt_id, 1)
        with pytest.raises(ComplaintsClosed):
            complaints.complain(w, attempt_id, position=None, text="Thử.")


def test_only_of_ones_own_attempt_and_paper(work: Work, commune: Commune, sit: Sit) -> None:
    attempt_id = sit(commune.member)
    for stranger in (commune.colleague, commune.secretary, commune.organiser):
        with work(actor=stranger, now=at(5)) as w, pytest.raises(Missing):
            complaints.complain(w, attempt_id, position=None, text="Của người khác.")
    for position in (0, PAPER_LENGTH + 1):
        with work(actor=commune.member, now=at(5)) as w, pytest.raises(BadInput) as refused:
            complaints.complain(w, attempt_id, position=position, text="Câu lạ.")
        assert list(refused.value.errors) == ["position"]
    for text in ("", "  \n", "x" * (complaints.LONGEST_TEXT + 1)):
        with work(actor=commune.member, now=at(5)) as w, pytest.raises(BadInput) as refused:
            complaints.complain(w, attempt_id, position=None, text=text)
        assert list(refused.value.errors) == ["text"]


def test_one_open_complaint_about_each_thing(work: Work, commune: Commune, sit: Sit) -> None:
    first, second = sit(commune.member), sit(commune.member, minute=3)
    about_result = complain(work, commune.member, first)
    complain(work, commune.member, first, position=1)
    complain(work, commune.member, second)
    for position in (None, 1):
        with work(actor=commune.member, now=at(6)) as w, pytest.raises(AlreadyComplained):
            complaints.complain(w, first, position=position, text="Lần nữa.")
    with work(actor=commune.member, now=at(7)) as w:
        complaints.withdraw(w, about_result)
    complain(work, commune.member, first, minute=8)


def test_ten_open_complaints_and_no_more(work: Work, commune: Commune, sit: Sit) -> None:
    first, second = sit(commune.member), sit(commune.member, minute=3)
    for position in range(1, PAPER_LENGTH + 1):
        complain(work, commune.member, first, position=position)
    for position in range(1, complaints.MOST_OPEN - PAPER_LENGTH + 1):
        complain(work, commune.member, second, position=position)
    with work(actor=commune.member, now=at(6)) as w, pytest.raises(TooManyComplaints):
        complaints.complain(w, second, position=PAPER_LENGTH, text="Thứ mười một.")
    complain(work, commune.colleague, sit(commune.colleague))
    with work(actor=commune.member, now=at(7)) as w:
        complaints.withdraw(w, complaints.own(w)[0].complaint.id)
    complain(work, commune.member, second, position=PAPER_LENGTH, minute=8)


def test_sending_and_withdrawing_has_an_end(work: Work, commune: Commune, sit: Sit) -> None:
    attempt_id = sit(commune.member)
    for _ in range(complaints.MOST_A_DAY):
        complaint_id = complain(work, commune.member, attempt_id)
        with work(actor=commune.member, now=at(6)) as w:
            complaints.withdraw(w, complaint_id)
    with work(actor=commune.member, now=at(7)) as w, pytest.raises(TooManyToday):
        complaints.complain(w, attempt_id, position=None, text="Lại nữa.")
    complain(work, commune.member, attempt_id, minute=5 + 24 * 60)


@pytest.mark.parametrize("is_upheld", [True, False])
def test_organisers_decide_with_an_answer(
    work: Work, commune: Commune, round_: Round, sit: Sit, *, is_upheld: bool
) -> None:
    complaint_id = complain(work, commune.member, sit(commune.member), position=2)
    with work(actor=commune.organiser_elsewhere, now=at(9)) as w, pytest.raises(Missing):
        complaints.decide(w, complaint_id, is_upheld=is_upheld, answer="Không phải của tôi.")
    with work(actor=commune.organiser, now=at(9)) as w, pytest.raises(BadInput):
        complaints.decide(w, complaint_id, is_upheld=is_upheld, answer=" ")
    assert stored(work, complaint_id).state == ComplaintState.OPEN.value
    with work(actor=commune.organiser, now=at(9)) as w:
        complaints.decide(w, complaint_id, is_upheld=is_upheld, answer="Đã xem lại.")
    found = stored(work, complaint_id)
    assert (found.state, found.answer) == ("upheld" if is_upheld else "declined", "Đã xem lại.")
    assert (found.decided_at, found.decided_by) == (at(9), commune.organiser.id)
    with work() as w:
        facts = w.session.scalars(select(AuditEntry.facts).where(AuditEntry.action == "complaint.decided")).one()
    assert facts == {"round_id": round_.id, "is_upheld": is_upheld, "answer": "Đã xem lại."}
    with work(actor=commune.organiser, now=at(10)) as w, pytest.raises(ComplaintSettled):
        complaints.decide(w, complaint_id, is_upheld=not is_upheld, answer="Nghĩ lại.")
    with work(actor=commune.member, now=at(10)) as w, pytest.raises(ComplaintSettled):
        complaints.withdraw(w, complaint_id)


def test_nobody_decides_his_own_nor_withdraws_anothers(work: Work, commune: Commune, sit: Sit) -> None:
    own = complain(work, commune.organiser, sit(commune.organiser))
    with work(actor=commune.organiser, now=at(9)) as w, pytest.raises(OwnComplaint):
        complaints.decide(w, own, is_upheld=True, answer="Tôi đúng.")
    other = complain(work, commune.member, sit(commune.member))
    for actor in (commune.organiser, commune.colleague):
        with work(actor=actor, now=at(9)) as w, pytest.raises(Missing):
            complaints.withdraw(w, other)


def test_the_list_of_a_round_has_open_ones_first(
    work: Work, view: View, commune: Commune, round_: Round, sit: Sit
) -> None:
    attempt_id = sit(commune.member)
    ids = [complain(work, commune.member, attempt_id, position=place, minute=5 + place) for place in (1, 2, 3)]
    about_result = complain(work, commune.colleague, sit(commune.colleague), minute=20)
    with work(actor=commune.organiser, now=at(21)) as w:
        complaints.decide(w, ids[0], is_upheld=True, answer="Đúng.")
    with view(actor=commune.organiser) as r:
        assert [(one.id, count) for one, count in complaints.waiting(r)] == [(round_.id, 3)]
        listed = [row.complaint.id for row in complaints.received(r.session, round_.id, Filter(), limit=10)]
        assert listed == [ids[1], ids[2], about_result, ids[0]]
        only = Filter(ComplaintState.OPEN, is_about_item=True)
        assert [row.complaint.id for row in complaints.received(r.session, round_.id, only, limit=10)] == ids[1:]
        assert complaints.count(r.session, round_.id, Filter(is_about_item=False)) == 1
        assert complaints.open_count(r.session, round_.id) == 3
    with view(actor=commune.organiser_elsewhere) as r:
        assert complaints.waiting(r) == []
