"""Acts: keeping an outside contest, declaring, confirming and refusing, forgetting the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from quiz_app.elsewhere import labels, queries
from quiz_app.elsewhere.errors import AlreadyConfirmed, DecidedMeanwhile, OwnDeclaration
from quiz_app.elsewhere.models import OutsideContest, OutsideProof, OutsideRecord, Source, State
from quiz_app.elsewhere.policy import Action
from quiz_app.kernel.access import Role
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Reading, Work, working
from quiz_app.units import queries as units
from quiz_app.web.filters import format_datetime_seconds
from quiz_app.web.spreadsheet import Column, Sheet, Value, workbook

PROOF_KEPT = timedelta(days=30)
PROOFS_AT_ONCE = 500
DECIDED_FROM = {
    State.CONFIRMED: [State.DECLARED.value],
    State.REFUSED: [State.DECLARED.value, State.CONFIRMED.value],
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What is known of a contest that others hold."""

    title: str
    organiser: str
    link: str
    starts_on: date
    ends_on: date
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a member says of his part."""

    score_hundredths: int | None
    attempts: int | None
    took_part_on: date


def add_contest(w: Work, unit_id: int, terms: Terms) -> OutsideContest:
    """Keep a contest that the unit's people may sit elsewhere. Raises Missing, BadInput."""
    units.covered_unit(w.session, w.actor, unit_id, Role.ORGANISER)
    contest = OutsideContest(unit_id=unit_id, created_at=w.now, created_by=w.actor.member_id)
    _fill(w, contest, terms)
    w.session.add(contest)
    w.session.flush()
    w.record(Action.CONTEST_SAVED, f"outside_contest:{contest.id}", title=terms.title, is_hidden=terms.is_hidden)
    return contest


def change_contest(w: Work, contest_id: int, terms: Terms) -> OutsideContest:
    """Put right what is known of it. Raises Missing, BadInput."""
    contest = queries.managed_contest(w, contest_id)
    _fill(w, contest, terms)
    w.record(Action.CONTEST_SAVED, f"outside_contest:{contest.id}", title=terms.title, is_hidden=terms.is_hidden)
    return contest


def declare(w: Work, contest_id: int, told: Told, picture: tuple[bytes, str]) -> OutsideRecord:
    """Say that the acting member took part, with a picture drawn anew; sent again it takes the place of before.

    Raises Missing, BadInput, AlreadyConfirmed.
    """
    contest = queries.own_contest(w, contest_id)
    w.session.get(OutsideContest, contest_id, with_for_update={"read": True})  # a list being recorded comes first
    today = w.now.astimezone(VIETNAM).date()
    if not contest.starts_on <= told.took_part_on <= min(contest.ends_on, today):
        raise BadInput({"took_part_on": ["Ngày dự thi phải nằm trong thời gian của cuộc thi và không sau hôm nay."]})
    record = _held(w, contest_id) or _begun(w, contest_id)
    if record.state == State.CONFIRMED.value:
        raise AlreadyConfirmed
    _tell(w, record, told)
    w.session.flush()
    content, suffix = picture
    w.session.merge(OutsideProof(record_id=record.id, content=content, suffix=suffix))
    w.record(Action.DECLARED, f"outside_record:{record.id}", contest_id=contest_id, revision=record.revision)
    return record


def confirm(w: Work, record_id: int, revision: int) -> OutsideRecord:
    """Confirm a declaration that was looked at in this revision.

    Raises Missing, OwnDeclaration, DecidedMeanwhile.
    """
    return _decide(w, record_id, revision, State.CONFIRMED)


def refuse(w: Work, record_id: int, revision: int, reason: str) -> OutsideRecord:
    """Refuse a declaration, or take back what had been confirmed, with a reason that the member reads.

    Raises Missing, BadInput, OwnDeclaration, DecidedMeanwhile.
    """
    if not reason.strip():
        raise BadInput({"reason": [labels.NO_REASON]})
    return _decide(w, record_id, revision, State.REFUSED, reason.strip())


def forget_proofs(db: Database) -> int:
    """Delete the pictures whose declarations were decided long enough ago; how many that were."""
    with working(db) as w:
        old = w.session.scalars(
            select(OutsideProof.record_id)
            .join(OutsideRecord, OutsideRecord.id == OutsideProof.record_id)
            .where(OutsideRecord.state != State.DECLARED.value, OutsideRecord.decided_at < w.now - PROOF_KEPT)
            .limit(PROOFS_AT_ONCE)
        ).all()
        if not old:
            return 0
        w.session.execute(delete(OutsideProof).where(OutsideProof.record_id.in_(old)))
        w.record(Action.PROOFS_DELETED, "outside_proof:all", count=len(old))
        return len(old)


def export(r: Reading, contest_id: int, unit_id: int) -> tuple[bytes, int]:
    """The desk as an .xlsx file, and how many people stand in it. Raises Missing."""
    desk = queries.desk(r, contest_id, unit_id)
    rows = queries.record_rows(r, desk, None)
    total, lines = queries.unit_sums(r.session, desk)
    notes = [
        f"{desk.unit.name} – {desk.contest.title} ({desk.contest.organiser})",
        "Cuộc thi do nơi khác tổ chức, không tính vào các đợt thi trên hệ thống này.",
        f"Số liệu lúc {format_datetime_seconds(r.now)}",
    ]
    sheets = [_people(rows, notes)]
    if lines:
        sheets.append(_units([*lines, total], notes))
    return workbook(sheets, author=r.actor.name), len(rows)


def record_export(w: Work, contest_id: int, unit_id: int, rows: int) -> None:
    """Put on record that personal data was handed out."""
    w.record(Action.LIST_EXPORTED, f"outside_contest:{contest_id}", unit_id=unit_id, rows=rows)


def _fill(w: Work, contest: OutsideContest, terms: Terms) -> None:
    if terms.ends_on < terms.starts_on:
        raise BadInput({"ends_on": ["Ngày kết thúc phải từ ngày bắt đầu trở đi."]})
    contest.title, contest.organiser, contest.link = terms.title, terms.organiser, terms.link
    contest.starts_on, contest.ends_on = terms.starts_on, terms.ends_on
    contest.hidden_at = (contest.hidden_at or w.now) if terms.is_hidden else None


def _held(w: Work, contest_id: int) -> OutsideRecord | None:
    return w.session.scalars(
        select(OutsideRecord)
        .where(OutsideRecord.contest_id == contest_id, OutsideRecord.member_id == w.actor.member)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _begun(w: Work, contest_id: int) -> OutsideRecord:
    if w.actor.unit_id is None:
        raise Missing
    record = OutsideRecord(
        contest_id=contest_id,
        member_id=w.actor.member,
        unit_id=w.actor.unit_id,
        source=Source.DECLARATION.value,
        state=State.DECLARED.value,
        revision=0,
        recorded_at=w.now,
    )
    try:
        with w.session.begin_nested():
            w.session.add(record)
    except IntegrityError:  # sent twice at once
        held = _held(w, contest_id)
        if held is None:
            raise
        return held
    return record


def _tell(w: Work, record: OutsideRecord, told: Told) -> None:
    record.unit_id = w.actor.unit_id or record.unit_id
    record.score_hundredths, record.attempts = told.score_hundredths, told.attempts
    record.took_part_on = told.took_part_on
    record.source, record.state, record.reason = Source.DECLARATION.value, State.DECLARED.value, ""
    record.recorded_at, record.decided_at, record.decided_by = w.now, None, None
    record.revision += 1


def _decide(w: Work, record_id: int, revision: int, state: State, reason: str = "") -> OutsideRecord:
    record, _ = queries.decided_by(w, record_id)
    if record.member_id == w.actor.member_id:
        raise OwnDeclaration
    decided = w.session.execute(
        update(OutsideRecord)
        .where(
            OutsideRecord.id == record_id,
            OutsideRecord.revision == revision,
            OutsideRecord.state.in_(DECIDED_FROM[state]),
        )
        .values(state=state.value, reason=reason, decided_at=w.now, decided_by=w.actor.member_id)
        .returning(OutsideRecord.id)
    ).one_or_none()
    if decided is None:
        raise DecidedMeanwhile
    w.session.refresh(record)
    facts = {"contest_id": record.contest_id, "member_id": record.member_id}
    if state is State.CONFIRMED:
        w.record(Action.CONFIRMED, f"outside_record:{record_id}", **facts)
    else:
        w.record(Action.REFUSED, f"outside_record:{record_id}", **facts, reason=reason)
    return record


def _people(rows: Sequence[queries.RecordRow], notes: Sequence[str]) -> Sheet:
    columns = [
        Column("STT", 6, "whole"),
        Column("Họ và tên", 28),
        Column("Đơn vị", 32),
        Column("Trạng thái", 18),
        Column("Nguồn", 26),
        Column("Ngày dự thi", 14, "date"),
        Column("Điểm", 10, "decimal"),
        Column("Số lượt", 10, "whole"),
    ]
    listed: list[list[Value]] = [
        [
            number,
            row.full_name,
            row.unit_name,
            labels.STATES[State(row.record.state)],
            labels.SOURCES[Source(row.record.source)],
            row.record.took_part_on,
            None if row.record.score_hundredths is None else row.record.score_hundredths / 100,
            row.record.attempts,
        ]
        for number, row in enumerate(rows, start=1)
    ]
    return Sheet("Danh sách", "ĐẢNG VIÊN DỰ THI Ở NƠI KHÁC", notes, columns, listed)


def _units(lines: Sequence[queries.UnitSums], notes: Sequence[str]) -> Sheet:
    columns = [
        Column("Đơn vị", 40),
        Column("Người trong danh sách", 14, "whole"),
        Column("Đã thi nơi khác", 14, "whole"),
        Column("Chờ xác nhận", 14, "whole"),
    ]
    names = [line.name for line in lines[:-1]] + ["Cộng"]
    rows: list[list[Value]] = [
        [name, line.members, line.people, line.waiting] for name, line in zip(names, lines, strict=True)
    ]
    return Sheet("Đơn vị", "NGƯỜI DỰ THI Ở NƠI KHÁC THEO ĐƠN VỊ", notes, columns, rows)
