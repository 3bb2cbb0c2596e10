"""What is kept to pay a prize: read by the persons named for it alone, each look on record, gone once it was paid."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from quiz_app.awards.errors import PaymentSettled
from quiz_app.awards.models import Award, AwardList, PaymentWay, PrizeHandler, PrizePayment
from quiz_app.awards.policy import Action
from quiz_app.contests import queries as contests
from quiz_app.kernel.access import Role
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.sealing import Unreadable, seal, unseal
from quiz_app.kernel.work import Reading, Work, working
from quiz_app.members.models import Member, RoleGrant
from quiz_app.units.models import UnitAncestor

KEPT_FOR = timedelta(days=60)
PURPOSE = "prize-payment"


@dataclass(frozen=True, slots=True)
class Details:
    """How a winner is paid, and what his identity was seen by."""

    way: PaymentWay
    identity: str
    amount: int | None = None
    bank: str = ""
    account: str = ""
    payee: str = ""


def organisers(session: Session, contest_unit_id: int) -> Sequence[Member]:
    """Who runs the contests of a unit: they alone may be named to pay prizes."""
    above = select(UnitAncestor.ancestor_id).where(UnitAncestor.unit_id == contest_unit_id)
    holding = select(RoleGrant.member_id).where(
        RoleGrant.role == Role.ORGANISER.value, RoleGrant.revoked_at.is_(None), RoleGrant.unit_id.in_(above)
    )
    return session.scalars(select(Member).where(Member.id.in_(holding)).order_by(Member.sort_key, Member.id)).all()


def handlers(session: Session, contest_id: int) -> Sequence[Member]:
    query = select(Member).join(PrizeHandler, PrizeHandler.member_id == Member.id)
    return session.scalars(
        query.where(PrizeHandler.contest_id == contest_id).order_by(Member.sort_key, Member.id)
    ).all()


def name_handler(w: Work, contest_id: int, member_id: int) -> None:
    """Let an organiser of the contest pay its prizes. Raises Missing."""
    contest = contests.managed_contest(w, contest_id)
    if member_id not in {one.id for one in organisers(w.session, contest.unit_id)}:
        raise Missing
    if w.session.get(PrizeHandler, (contest_id, member_id)) is None:
        w.session.add(PrizeHandler(contest_id=contest_id, member_id=member_id, named_at=w.now, named_by=w.actor.member))
        w.record(Action.HANDLER_NAMED, f"contest:{contest_id}", member_id=member_id)


def remove_handler(w: Work, contest_id: int, member_id: int) -> None:
    """Raises Missing."""
    contests.managed_contest(w, contest_id)
    gone = delete(PrizeHandler).where(PrizeHandler.contest_id == contest_id, PrizeHandler.member_id == member_id)
    if w.session.execute(gone.returning(PrizeHandler.member_id)).one_or_none() is None:
        raise Missing
    w.record(Action.HANDLER_REMOVED, f"contest:{contest_id}", member_id=member_id)


def handles(r: Reading, contest_id: int) -> bool:
    """Whether the actor is named for the prizes of a contest that he still runs."""
    contests.managed_contest(r, contest_id)
    return r.session.get(PrizeHandler, (contest_id, r.actor.member)) is not None


def handled(r: Reading, award_id: int) -> tuple[Award, AwardList]:
    """A published prize that the actor is named to pay. Raises Missing, for every other organiser too."""
    row = r.session.execute(
        select(Award, AwardList)
        .join(AwardList, AwardList.id == Award.list_id)
        .where(Award.id == award_id, AwardList.published_at.is_not(None))
    ).one_or_none()
    if row is None or not handles(r, row[1].contest_id):
        raise Missing
    return row[0], row[1]


@dataclass(frozen=True, slots=True)
class Look:
    """What is kept of a prize; no details where they were erased."""

    payment: PrizePayment
    details: Details | None


def look(w: Work, award_id: int, keys: Sequence[str]) -> Look | None:
    """What is kept of a prize; the look is on record. Raises Missing."""
    handled(w, award_id)
    found = w.session.get(PrizePayment, award_id)
    if found is None or found.erased_at is not None:
        return None if found is None else Look(found, None)
    w.record(Action.PAYMENT_SEEN, f"award:{award_id}")
    return Look(found, _unsealed(found, keys))


def enter(w: Work, award_id: int, details: Details, keys: Sequence[str]) -> PrizePayment:
    """Keep how a winner is paid, in place of what was kept. Raises Missing, PaymentSettled, BadInput."""
    handled(w, award_id)
    if details.way is PaymentWay.BANK and not (details.bank and details.account and details.payee):
        raise BadInput({"account": ["Chuyển khoản cần ngân hàng, số tài khoản và tên chủ tài khoản."]})
    found = _held(w, award_id)
    if found is None:
        found = PrizePayment(award_id=award_id)
        w.session.add(found)
    account = (details.bank, details.account, details.payee) if details.way is PaymentWay.BANK else ("", "", "")
    secret = dict(zip(("identity", "bank", "account", "payee"), (details.identity, *account), strict=True))
    found.way, found.amount = details.way.value, details.amount
    found.sealed = seal(keys, PURPOSE, json.dumps(secret))
    found.entered_at, found.entered_by, found.erased_at = w.now, w.actor.member, None
    w.session.flush()
    w.record(Action.PAYMENT_ENTERED, f"award:{award_id}", way=found.way)
    return found


def pay(w: Work, award_id: int, received_on: date, receipt: str) -> PrizePayment:
    """Note that the prize was received and signed for; identity and account are deleted with it.

    Raises Missing, PaymentSettled, BadInput.
    """
    handled(w, award_id)
    found = _held(w, award_id)
    if found is None:
        raise Missing
    if received_on > w.now.astimezone(VIETNAM).date():
        raise BadInput({"received_on": ["Ngày này chưa tới."]})
    w.session.execute(
        update(PrizePayment)
        .where(PrizePayment.award_id == award_id)
        .values(
            paid_at=w.now, paid_by=w.actor.member, received_on=received_on, receipt=receipt, erased_at=w.now, sealed=""
        )
    )
    w.session.refresh(found)
    w.record(Action.PRIZE_PAID, f"award:{award_id}", way=found.way, received_on=received_on.isoformat())
    return found


def forget_details(db: Database) -> int:
    """Delete identities and accounts that were kept long enough though nothing was paid; how many."""
    with working(db) as w:
        gone = w.session.scalars(
            update(PrizePayment)
            .where(PrizePayment.entered_at < w.now - KEPT_FOR, PrizePayment.sealed != "")
            .values(erased_at=w.now, sealed="")
            .returning(PrizePayment.award_id)
        ).all()
        if gone:
            w.record(Action.PAYMENTS_ERASED, "prize_payment:all", count=len(gone))
        return len(gone)


def states(session: Session, award_ids: Sequence[int]) -> dict[int, str]:
    """By prize, what was done about paying it: `entered`, `erased` or `paid`. No details."""
    columns = (PrizePayment.award_id, PrizePayment.paid_at, PrizePayment.erased_at)
    rows = session.execute(select(*columns).where(PrizePayment.award_id.in_(award_ids)))
    return {
        award_id: "paid" if paid_at is not None else "erased" if erased_at is not None else "entered"
        for award_id, paid_at, erased_at in rows
    }


def _unsealed(found: PrizePayment, keys: Sequence[str]) -> Details | None:
    """None where the key that sealed it is gone: then it has to be entered anew."""
    try:
        secret = json.loads(unseal(keys, PURPOSE, found.sealed))
    except Unreadable:
        return None
    return Details(PaymentWay(found.way), amount=found.amount, **secret)


def _held(w: Work, award_id: int) -> PrizePayment | None:
    """What is kept of a prize, locked. Raises PaymentSettled where it was paid."""
    w.session.get(Award, award_id, with_for_update=True)
    found = w.session.get(PrizePayment, award_id, populate_existing=True)
    if found is not None and found.paid_at is not None:
        raise PaymentSettled
    return found
