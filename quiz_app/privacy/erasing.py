"""A person's data erased: what names or describes him goes, what is counted stays, as nobody's.

Published tables keep their codes and figures and still verify; attempts keep id, number and seed, from which their draw
can be repeated; the audit keeps its chain, which names people by number alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from quiz_app.asking import services as asking
from quiz_app.attempts.models import Attempt, AttemptState
from quiz_app.awards.models import Award, Certificate, PrizeHandler, PrizePayment
from quiz_app.contests.models import Accommodation, Exclusion, Round
from quiz_app.elsewhere.models import OutsideProof, OutsideRecord
from quiz_app.feedback.models import Complaint, ComplaintState, UnitChange, UnitChangeState
from quiz_app.kernel.text import search_key, sort_key
from quiz_app.kernel.work import Reading, Work
from quiz_app.members import services as members
from quiz_app.members.accounts import NO_PASSWORD
from quiz_app.members.models import (
    Account,
    ActivationSlip,
    Consent,
    Member,
    MemberChange,
    Registration,
    RoleGrant,
    SignInThrottle,
    Standing,
    UserSession,
)
from quiz_app.members.staff_models import FirstOperatorLink, RecoveryCode, SecondFactor
from quiz_app.participation.models import LagRule
from quiz_app.people.models import MemberPair
from quiz_app.privacy.errors import ComplaintOpen, PrizeUnpaid, RoundNotFinal, StillSitting
from quiz_app.privacy.models import DataRequest
from quiz_app.privacy.policy import Action

ERASED_NAME = "Đã xóa theo yêu cầu"


def rows_of(session: Session, member_id: int) -> list[int]:
    """The rows of one person: his own and those merged into it."""
    merged = select(Member.id).where(Member.merged_into_id == member_id).order_by(Member.id)
    return [member_id, *session.scalars(merged)]


def judge(r: Reading, ids: Sequence[int]) -> None:
    """Raises StillSitting, RoundNotFinal, ComplaintOpen, PrizeUnpaid where something still needs the person."""
    of_him = select(Attempt.id).where(Attempt.member_id.in_(ids))
    if r.session.scalar(of_him.where(Attempt.state == AttemptState.OPEN.value).limit(1)) is not None:
        raise StillSitting
    waiting = r.session.scalars(
        select(Round.title)
        .where(
            Round.finalised_at.is_(None),
            Round.rehearses_id.is_(None),  # never made final
            Round.id.in_(select(Attempt.round_id).where(Attempt.member_id.in_(ids))),
        )
        .order_by(Round.id)
    ).all()
    if waiting:
        raise RoundNotFinal(rounds=", ".join(f"“{title}”" for title in waiting))
    complaint = select(Complaint.id).where(Complaint.member_id.in_(ids), Complaint.state == ComplaintState.OPEN.value)
    if r.session.scalar(complaint.limit(1)) is not None:
        raise ComplaintOpen
    unpaid = (
        select(Award.id)
        .join(PrizePayment, PrizePayment.award_id == Award.id)
        .where(Award.member_id.in_(ids), PrizePayment.paid_at.is_(None), PrizePayment.erased_at.is_(None))
    )
    if r.session.scalar(unpaid.limit(1)) is not None:
        raise PrizeUnpaid


def erase(w: Work, member_id: int) -> None:
    """Erase a person, as far as nothing still needs him. Raises what `judge` does, LastOperator."""
    ids = rows_of(w.session, member_id)
    # whoever begins an attempt for him meanwhile is waited for
    w.session.execute(select(Member.id).where(Member.id.in_(ids)).order_by(Member.id).with_for_update())
    judge(w, ids)
    with members.keeping_an_operator(w):
        _end_roles(w, ids)
        _close_accounts(w, ids)
    _blank_texts(w, ids)
    asking.forget_person(w, ids)
    w.session.execute(delete(Registration).where(Registration.member_id.in_(ids)))
    w.session.execute(delete(MemberPair).where(MemberPair.first_id.in_(ids) | MemberPair.second_id.in_(ids)))
    for own in (LagRule, PrizeHandler):
        w.session.execute(delete(own).where(own.member_id.in_(ids)))
    w.session.execute(
        update(Consent).where(Consent.member_id.in_(ids), Consent.revoked_at.is_(None)).values(revoked_at=w.now)
    )
    w.session.execute(
        update(Member)
        .where(Member.id.in_(ids))
        .values(
            full_name=ERASED_NAME,
            sort_key=sort_key(ERASED_NAME),
            search_key=search_key(ERASED_NAME),
            standing=Standing.LEFT.value,
            born_year_only=False,
            **dict.fromkeys(("born_on", "card_number", "joined_on", "official_on")),
            **dict.fromkeys(("gender", "position", "phone", "email", "note"), ""),
        )
    )
    w.record(Action.ERASED, f"member:{member_id}", rows=ids)


def _end_roles(w: Work, ids: Sequence[int]) -> None:
    held = select(RoleGrant).where(RoleGrant.member_id.in_(ids), RoleGrant.revoked_at.is_(None))
    for grant in w.session.scalars(held).all():
        members.end_role(w, grant)
    w.session.flush()


def _close_accounts(w: Work, ids: Sequence[int]) -> None:
    w.session.execute(delete(ActivationSlip).where(ActivationSlip.member_id.in_(ids)))
    for account in w.session.scalars(select(Account).where(Account.member_id.in_(ids))).all():
        for model in (UserSession, SecondFactor, RecoveryCode):
            w.session.execute(delete(model).where(model.account_id == account.id))
        for named in (SignInThrottle, FirstOperatorLink):
            w.session.execute(delete(named).where(named.username == account.username))
        account.username, account.password_hash = f"da-xoa-{account.id}", NO_PASSWORD
        account.disabled_at, account.notices_version = account.disabled_at or w.now, None
    w.session.flush()


def _blank_texts(w: Work, ids: Sequence[int]) -> None:
    """What he or others wrote about him, and the mark of his devices."""
    records = select(OutsideRecord.id).where(OutsideRecord.member_id.in_(ids))
    w.session.execute(delete(OutsideProof).where(OutsideProof.record_id.in_(records)))
    w.session.execute(
        update(UnitChange)
        .where(UnitChange.member_id.in_(ids), UnitChange.state == UnitChangeState.ASKED.value)
        .values(state=UnitChangeState.WITHDRAWN.value, decided_at=w.now)
    )
    changes: tuple[tuple[Any, dict[str, str | None]], ...] = (
        (Attempt, {"device_sha256": None, "assist_reason": None}),
        (Complaint, {"text": "", "answer": ""}),
        (UnitChange, {"reason": "", "note": ""}),
        (OutsideRecord, {"reason": ""}),
        (Exclusion, {"reason": ""}),
        (Accommodation, {"reason": ""}),
        (MemberChange, {"reason": ""}),
        (DataRequest, {"text": "", "answer": ""}),
        (Certificate, {"name": ERASED_NAME}),
    )
    special = Award.member_id.in_(ids) & Award.added_by.is_not(None)
    w.session.execute(update(Award).where(special).values(reason=ERASED_NAME))  # a special prize is never without one
    for model, values in changes:
        w.session.execute(update(model).where(model.member_id.in_(ids)).values(**values))
