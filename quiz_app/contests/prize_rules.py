"""What the rules say of prizes: how many of each, how units are ranked for theirs, and what happens where some tie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.contests import labels
from quiz_app.contests.models import Contest, Prize, PrizeScope, Round, UnitClasses
from quiz_app.rules.unit_mix import MixMeasure
from quiz_app.web.filters import format_number


def sentences(session: Session, round_: Round) -> Iterator[str]:
    """Everything about the prizes that a participant of this round may win, and his unit; nothing where none is set."""
    contest = round_.contest
    if contest.is_rehearsal:
        return
    query = select(Prize).where(Prize.contest_id == contest.id, Prize.count > 0)
    prizes = session.scalars(query.order_by(Prize.is_for_units, Prize.position, Prize.id)).all()
    scopes = [scope for scope in PrizeScope if scope is not PrizeScope.STAGE or round_.stage_id is not None]
    own = [prize for prize in prizes if prize.scope in scopes]
    for scope in scopes:
        yield from _of_scope(contest, scope, [prize for prize in own if prize.scope == scope.value])
    if own:
        yield (
            "Nơi một loại giải không đủ cho những người bằng nhau ở mọi tiêu chí thì bốc thăm bằng hạt giống được công "
            "bố cùng kết quả; dấu của hạt giống được công bố từ lúc đợt thi đóng, nên ai cũng kiểm tra lại được."
        )
    if contest.most_prizes is not None:
        most = format_number(contest.most_prizes)
        yield f"Mỗi người nhận nhiều nhất {most} giải đợt trong cả cuộc thi; ai đã đủ thì giải về người kế tiếp."
    yield from _mix(contest)
    if any(prize.is_for_units for prize in own):
        yield "Đơn vị được 0 điểm thì không có giải."


def _of_scope(contest: Contest, scope: PrizeScope, prizes: Sequence[Prize]) -> Iterator[str]:
    for is_for_units in (False, True):
        given = [prize for prize in prizes if prize.is_for_units is is_for_units]
        if not given:
            continue
        whose = "cho cá nhân"
        if is_for_units:
            is_whole = contest.unit_classes == UnitClasses.NONE.value
            whose = "cho đơn vị" if is_whole else "cho đơn vị, trao riêng trong mỗi nhóm"
        counts = "; ".join(f"{prize.title}: {format_number(prize.count)} giải" for prize in given)
        yield f"{labels.PRIZE_SCOPES[scope]} {whose}: {counts}."


def _mix(contest: Contest) -> Iterator[str]:
    weights = {MixMeasure(name): int(weight) for name, weight in contest.unit_weights.items()}
    weighed = [measure for measure in MixMeasure if weights.get(measure, 0) > 0]
    if not weighed:
        return
    parts = "; ".join(f"{labels.MIX_MEASURES[each].lower()} × {format_number(weights[each])}" for each in weighed)
    yield (
        "Xếp hạng đơn vị: ở mỗi tiêu chí, đơn vị tốt nhất của nhóm được 1.000 điểm, các đơn vị khác được điểm theo tỉ "
        f"lệ so với đơn vị đó, làm tròn; rồi nhân trọng số và cộng lại: {parts}. Bằng tổng điểm thì đồng hạng."
    )
    if MixMeasure.ABOVE in weighed and contest.unit_threshold is not None:
        yield f"Điểm khá trở lên là từ {format_number(contest.unit_threshold)} điểm."
    yield labels.RANKED_AMONG[UnitClasses(contest.unit_classes)]
    if contest.unit_minimum > 0:
        fewest = format_number(contest.unit_minimum)
        yield f"Chỉ xếp hạng đơn vị có từ {fewest} đảng viên trong danh sách của đợt thi trở lên."
