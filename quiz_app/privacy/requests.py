"""What members ask about their own data: sent, taken up, done or refused, each with its day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, func, or_, select

from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.members import services as members
from quiz_app.members.models import Member, Purpose
from quiz_app.people.errors import OwnRecord
from quiz_app.privacy import erasing, limits, policy
from quiz_app.privacy.errors import AskedAlready, RequestEnded
from quiz_app.privacy.models import LIVE, DataRequest, Kind, State
from quiz_app.privacy.policy import Action
from quiz_app.units import queries as units
from quiz_app.units.models import Unit
from quiz_app.web.paging import USUAL_SIZE, Page

LONGEST = 1000
NO_TEXT = "Đồng chí chưa ghi chỗ nào sai và sửa thế nào cho đúng."
NO_ANSWER = "Đồng chí chưa ghi câu trả lời cho người gửi."


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request, whose it is, and whether one of its days has passed."""

    request: DataRequest
    member: Member
    unit: Unit
    is_overdue: bool


def ask(w: Work, kind: Kind, text: str) -> DataRequest:
    """Send the actor's request; its limits run from today. Raises AskedAlready, BadInput."""
    if kind is Kind.CORRECT and not text.strip():
        raise BadInput({"text": [NO_TEXT]})
    w.session.execute(select(Member.id).where(Member.id == w.actor.member).with_for_update())
    waiting = _own(w.actor.member) & (DataRequest.kind == kind.value) & DataRequest.state.in_(LIVE)
    if w.session.scalar(select(DataRequest.id).where(waiting).limit(1)) is not None:
        raise AskedAlready
    day = limits.today(w.now)
    request = DataRequest(
        member_id=w.actor.member,
        kind=kind.value,
        state=State.NEW.value,
        text=text.strip(),
        sent_at=w.now,
        answer_by=limits.answer_by(day),
        finish_by=limits.finish_by(day, kind),
    )
    w.session.add(request)
    w.session.flush()
    w.record(Action.ASKED, f"data_request:{request.id}", kind=kind.value, finish_by=request.finish_by.isoformat())
    return request


def withdraw(w: Work, request_id: int) -> None:
    """Take one of the actor's own back while it waits. Raises Missing, RequestEnded."""
    request = _held(w, (DataRequest.id == request_id) & _own(w.actor.member))
    _end(w, request, State.WITHDRAWN, "")
    w.record(Action.WITHDRAWN, f"data_request:{request.id}", kind=request.kind)


def take(w: Work, request_id: int) -> None:
    """Say that a request is being looked at. Raises Missing, OwnRecord, RequestEnded."""
    request = _to_answer(w, request_id)
    if request.state != State.NEW.value:
        raise RequestEnded
    request.state, request.taken_at, request.handled_by = State.DOING.value, w.now, w.actor.member_id
    w.record(Action.TAKEN, f"data_request:{request.id}", kind=request.kind)


def refuse(w: Work, request_id: int, answer: str) -> None:
    """Say why it cannot be done. Raises Missing, OwnRecord, RequestEnded, BadInput."""
    request = _to_answer(w, request_id)
    _end(w, request, State.REFUSED, _answer_given(answer))
    w.record(Action.REFUSED, f"data_request:{request.id}", kind=request.kind)


def finish(w: Work, request_id: int, answer: str) -> None:
    """Do what is asked. What was to be corrected has been so before, on the roster: the answer says what and where.

    Raises Missing, OwnRecord, RequestEnded, BadInput, and for erasing what `erasing.erase` does.
    """
    request = _to_answer(w, request_id)
    kind = Kind(request.kind)
    words = _answer_given(answer) if kind is Kind.CORRECT else answer.strip()
    _end(w, request, State.DONE, words)
    w.record(Action.DONE, f"data_request:{request.id}", kind=kind.value)
    w.session.flush()
    person_id = w.session.get_one(Member, request.member_id).merged_into_id or request.member_id
    if kind is Kind.RESTRICT:
        for purpose in Purpose:
            members.revoke_consent(w, purpose, person_id)
    if kind is Kind.ERASE:
        erasing.erase(w, person_id)


def own(r: Reading) -> list[DataRequest]:
    """The actor's requests, the latest first."""
    query = select(DataRequest).where(_own(r.actor.member))
    return list(r.session.scalars(query.order_by(DataRequest.sent_at.desc(), DataRequest.id.desc())))


def page(r: Reading, number: int, *, waiting_only: bool, size: int = USUAL_SIZE) -> Page[RequestRow]:
    """A page of the requests that the actor answers, the open ones first, by the day on which they must be done."""
    which = _answered(r)
    if waiting_only:
        which &= DataRequest.state.in_(LIVE)
    total = r.session.scalar(select(func.count(DataRequest.id)).where(which)) or 0
    number = max(1, min(number, -(-total // size)))
    is_ended = case((DataRequest.state.in_(LIVE), 0), else_=1)
    rows = r.session.execute(
        select(DataRequest, Member, Unit)
        .join(Member, Member.id == DataRequest.member_id)
        .join(Unit, Unit.id == Member.unit_id)
        .where(which)
        .order_by(is_ended, DataRequest.finish_by, DataRequest.id)
        .limit(size)
        .offset((number - 1) * size)
    ).all()
    day = limits.today(r.now)
    return Page([RequestRow(*row, is_overdue=is_overdue(row[0], day)) for row in rows], number, size, total)


def request(r: Reading, request_id: int) -> RequestRow:
    """A request that the actor answers. Raises Missing."""
    row = r.session.execute(
        select(DataRequest, Member, Unit)
        .join(Member, Member.id == DataRequest.member_id)
        .join(Unit, Unit.id == Member.unit_id)
        .where(DataRequest.id == request_id, _answered(r))
    ).one_or_none()
    if row is None:
        raise Missing
    return RequestRow(*row, is_overdue=is_overdue(row[0], limits.today(r.now)))


def counts(r: Reading) -> tuple[int, int]:
    """How many requests wait for the actor, and of how many a day has passed."""
    day = limits.today(r.now)
    late = (DataRequest.finish_by < day) | ((DataRequest.state == State.NEW.value) & (DataRequest.answer_by < day))
    row = r.session.execute(
        select(func.count(DataRequest.id), func.sum(case((late, 1), else_=0))).where(
            _answered(r), DataRequest.state.in_(LIVE)
        )
    ).one()
    return row[0], int(row[1] or 0)


def is_overdue(request: DataRequest, day: date) -> bool:
    """Whether a day of a request that waits has passed. The twin in SQL stands in `counts`."""
    if request.state == State.NEW.value and request.answer_by < day:
        return True
    return request.state in LIVE and request.finish_by < day


def may_answer(r: Reading, row: RequestRow) -> bool:
    return row.member.id != r.actor.member_id and policy.answers(
        r.actor, units.path_ids(r.session, row.unit.id), row.unit.id
    )


def _own(member_id: int) -> ColumnElement[bool]:
    rows = select(Member.id).where(or_(Member.id == member_id, Member.merged_into_id == member_id))
    return DataRequest.member_id.in_(rows)


def _answered(r: Reading) -> ColumnElement[bool]:
    return DataRequest.member_id.in_(policy.answered_members(r.actor))


def _held(w: Work, which: ColumnElement[bool]) -> DataRequest:
    query = select(DataRequest).where(which).with_for_update().execution_options(populate_existing=True)
    found = w.session.scalars(query).one_or_none()
    if found is None:
        raise Missing
    return found


def _to_answer(w: Work, request_id: int) -> DataRequest:
    found = _held(w, (DataRequest.id == request_id) & _answered(w))
    if w.actor.member_id is not None and found.member_id in erasing.rows_of(w.session, w.actor.member_id):
        raise OwnRecord
    if found.state not in LIVE:
        raise RequestEnded
    return found


def _end(w: Work, request: DataRequest, state: State, answer: str) -> None:
    if request.state not in LIVE:
        raise RequestEnded
    request.state, request.answer, request.ended_at = state.value, answer, w.now
    if state is not State.WITHDRAWN:
        request.taken_at, request.handled_by = request.taken_at or w.now, w.actor.member_id


def _answer_given(answer: str) -> str:
    if not answer.strip():
        raise BadInput({"answer": [NO_ANSWER]})
    return answer.strip()
