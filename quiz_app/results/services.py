"""Making results final: one person proposes, another approves what is still the same, then it is published for good."""

from __future__ import annotations

from sqlalchemy import delete, func, select, update

from quiz_app.attempts.errors import SamePerson
from quiz_app.contests import queries as contests
from quiz_app.contests.models import PrizeScope
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.results import checklist, labels, subjects, tables
from quiz_app.results.errors import NothingChanged, NotReady, ProposalOutdated, TableSettled
from quiz_app.results.models import FinalRow, FinalTable, FinalUnitRow
from quiz_app.results.policy import Action
from quiz_app.results.subjects import Subject
from quiz_app.results.tables import Tell, silent

LONGEST_REASON = 1000


def propose(w: Work, kind: PrizeScope, number: int, reason: str = "", tell: Tell = silent) -> FinalTable:
    """Store the table as it stands now, in place of a proposal that was not published.

    A version after the first needs a reason. Raises Missing, NotReady, BadInput, NothingChanged.
    """
    subject = subjects.held(w, subjects.subject(w.session, kind, number))
    published = require_proposable(w, subject, reason)
    reason = reason.strip()
    table = tables.computed(w.session, subject, w.now, tell)
    sha256 = table.sha256
    if published is not None and published.sha256 == sha256:
        raise NothingChanged
    _drop_proposal(w, subject)
    last = w.session.scalar(select(func.max(FinalTable.version)).where(FinalTable.scope == subject.key))
    row = FinalTable(
        contest_id=subject.contest.id,
        scope=subject.key,
        version=(last or 0) + 1,
        reason=reason,
        rule=table.rule,
        sha256=sha256,
        proposed_at=w.now,
        proposed_by=w.actor.member,
    )
    w.session.add(row)
    w.session.flush()
    tables.write_rows(w.session, row.id, table, tell)
    w.record(
        Action.TABLE_PROPOSED, f"final:{row.id}", scope=row.scope, version=row.version, sha256=sha256, reason=reason
    )
    return row


def approve(w: Work, table_id: int, sha256: str, tell: Tell = silent) -> FinalTable:
    """Approve a proposal, as another person than who made it, while it is still what would be computed.

    `sha256` is that of the table that was read: no other one is approved, should another have taken its place.
    Raises Missing, SamePerson, NotReady, ProposalOutdated, TableSettled.
    """
    subject, table = _held(w, table_id, sha256)
    require_approvable(w, subject, table)
    _require_same(w, subject, table, tell)
    approved = w.session.execute(
        update(FinalTable)
        .where(
            FinalTable.id == table.id,
            FinalTable.published_at.is_(None),
            FinalTable.approved_by.is_(None),
            FinalTable.proposed_by != w.actor.member,
        )
        .values(approved_by=w.actor.member)
        .returning(FinalTable.id)
    ).one_or_none()
    if approved is None:
        raise TableSettled
    w.session.refresh(table)
    w.record(Action.TABLE_APPROVED, f"final:{table.id}", scope=table.scope, version=table.version, sha256=table.sha256)
    return table


def publish(w: Work, table_id: int, sha256: str, tell: Tell = silent) -> FinalTable:
    """Publish an approved table for good. With its first one a round is final, and its seed for lots is told.

    With a later one its boards are final anew: they follow what was put right, and are what is published again.

    Raises Missing, NotReady, ProposalOutdated, TableSettled.
    """
    subject, table = _held(w, table_id, sha256)
    require_publishable(w, subject, table)
    _require_same(w, subject, table, tell)
    published = w.session.execute(
        update(FinalTable)
        .where(FinalTable.id == table.id, FinalTable.published_at.is_(None), FinalTable.approved_by.is_not(None))
        .values(published_at=w.now)
        .returning(FinalTable.id)
    ).one_or_none()
    if published is None:
        raise TableSettled
    w.session.refresh(table)
    if subject.kind is PrizeScope.ROUND:
        subject.last.finalised_at = w.now
    w.record(Action.TABLE_PUBLISHED, f"final:{table.id}", scope=table.scope, version=table.version, sha256=table.sha256)
    return table


def require_proposable(r: Reading, subject: Subject, reason: str) -> FinalTable | None:
    """What can be known before a table is worked out; the version in force. Raises NotReady, BadInput."""
    _require_ready(r, subject)
    published = checklist.latest(r.session, subject.key)
    if published is not None and not reason.strip():
        raise BadInput({"reason": [labels.NO_REASON]})
    if len(reason.strip()) > LONGEST_REASON:
        raise BadInput({"reason": [labels.LONG_REASON.format(most=LONGEST_REASON)]})
    return published


def require_approvable(r: Reading, subject: Subject, table: FinalTable) -> None:
    """The same before a table is approved. Raises SamePerson, TableSettled, NotReady."""
    if table.proposed_by == r.actor.member:
        raise SamePerson
    if table.approved_by is not None:
        raise TableSettled
    _require_ready(r, subject)


def require_publishable(r: Reading, subject: Subject, table: FinalTable) -> None:
    """The same before a table is published. Raises NotReady."""
    if table.approved_by is None:
        raise NotReady(step=labels.APPROVAL)
    _require_ready(r, subject)


def waiting(r: Reading, table_id: int, sha256: str) -> tuple[Subject, FinalTable]:
    """A table that is not published, of a contest that the actor runs. Raises Missing, TableSettled."""
    table = r.session.get(FinalTable, table_id, populate_existing=True)
    if table is None:
        raise Missing
    contests.managed_contest(r, table.contest_id)
    if table.published_at is not None or table.sha256 != sha256:
        raise TableSettled
    return subjects.of_key(r.session, table.scope), table


def _held(w: Work, table_id: int, sha256: str) -> tuple[Subject, FinalTable]:
    """The same with its contest and rounds held: another may have settled it before they were."""
    subject = subjects.held(w, waiting(w, table_id, sha256)[0])
    if w.session.get(FinalTable, table_id, populate_existing=True) is None:
        raise TableSettled
    return subject, waiting(w, table_id, sha256)[1]


def _require_ready(r: Reading, subject: Subject) -> None:
    step = checklist.blocking_step(r, subject)
    if step is not None:
        raise NotReady(step=step)


def _require_same(w: Work, subject: Subject, table: FinalTable, tell: Tell) -> None:
    """Raises ProposalOutdated where the rows or what would be computed now differ from the proposal."""
    if tables.computed(w.session, subject, w.now, tell).sha256 != table.sha256:
        raise ProposalOutdated
    if tables.stored_sha256(w.session, table, tell) != table.sha256:
        raise ProposalOutdated


def _drop_proposal(w: Work, subject: Subject) -> None:
    """Remove what was proposed and never published; published tables are not touched, whatever was asked."""
    unpublished = select(FinalTable.id).where(FinalTable.scope == subject.key, FinalTable.published_at.is_(None))
    ids = w.session.scalars(unpublished).all()
    w.session.execute(delete(FinalRow).where(FinalRow.table_id.in_(ids)))
    w.session.execute(delete(FinalUnitRow).where(FinalUnitRow.table_id.in_(ids)))
    w.session.execute(delete(FinalTable).where(FinalTable.id.in_(ids), FinalTable.published_at.is_(None)))
    w.session.expire_all()
