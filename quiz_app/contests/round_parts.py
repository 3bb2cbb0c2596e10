"""The settings of a round in the parts of the organiser's page: in words, and whether they may still be changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from quiz_app.contests import labels, locking, queries
from quiz_app.contests.forms import hour_of
from quiz_app.contests.models import NamesShown, Round, Shown, Stage
from quiz_app.contests.terms import CHANGES, RoundTerms, terms_of
from quiz_app.contests.timing import closed_for_all_at, timing_of
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Category
from quiz_app.rules.lifecycle import Change
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.timing import EVERY_WEEKDAY, closes_finally_at, opens_first_at
from quiz_app.units.models import Unit
from quiz_app.web.filters import format_datetime, format_number, format_span

Fact = tuple[str, str]
TITLES: Mapping[str, tuple[str, Change]] = {
    "title": ("Tên và giai đoạn", Change.TITLE),
    "window": ("Thời gian mở", Change.WINDOW),
    "sitting": ("Làm bài", Change.TERMS),
    "ranking": ("Cách tính và xếp hạng", Change.TERMS),
    "shown": ("Công bố", Change.TERMS),
    "items": ("Câu hỏi", Change.BLUEPRINT),
    "entry": ("Ai được dự thi", Change.ENTRY),
    "note": ("Ghi chú", Change.NOTICE),
}
NO_LIMIT = "không giới hạn"


@dataclass(frozen=True, slots=True)
class Part:
    """A group of settings. `lock` says why none of them may be changed any more, `effect` what changing one does."""

    key: str
    title: str
    facts: tuple[Fact, ...] = ()
    lock: str | None = None
    effect: str | None = None


def blank_parts() -> dict[str, Part]:
    """The parts of a round that is still to be made."""
    return {key: Part(key, title) for key, (title, _) in TITLES.items()}


def parts_of(r: Reading, round_: Round) -> dict[str, Part]:
    """The parts of a round by its present settings."""
    terms = terms_of(r.session, round_)
    locked = locking.locks(round_, r.now)
    facts = {
        "title": _title(r, terms),
        "window": _window(round_, terms),
        "sitting": _sitting(terms),
        "ranking": _ranking(terms),
        "shown": _shown(terms),
        "items": _items(r, round_, terms),
        "entry": _entry(r, terms),
        "note": iter([("Ghi chú thêm vào thể lệ", terms.note or "không có")]),
    }
    is_published = round_.published_at is not None
    return {
        key: Part(
            key,
            title,
            tuple(facts[key]),
            labels.LOCKS[locked[change]] if change in locked else None,
            labels.EFFECTS[change] if is_published else None,
        )
        for key, (title, change) in TITLES.items()
    }


def locked_terms(r: Reading, round_: Round) -> frozenset[str]:
    """The terms of a round that may not be changed any more."""
    locked = locking.locks(round_, r.now)
    return frozenset(term for term, change in CHANGES.items() if change in locked)


def _title(r: Reading, terms: RoundTerms) -> Iterator[Fact]:
    stage = r.session.get(Stage, terms.stage_id) if terms.stage_id is not None else None
    yield "Tên đợt thi", terms.title
    yield "Giai đoạn", "không thuộc giai đoạn nào" if stage is None else stage.title


def _window(round_: Round, terms: RoundTerms) -> Iterator[Fact]:
    as_set = timing_of(round_, extension_s=0)
    opens_at, closes_at = opens_first_at(as_set), closes_finally_at(as_set)
    yield "Mở", format_datetime(terms.opens_at)
    yield "Đóng", format_datetime(terms.closes_at)
    if (opens_at, closes_at) != (terms.opens_at, terms.closes_at):
        yield "Thực tế làm bài được", f"từ {format_datetime(opens_at)} đến {format_datetime(closes_at)}"
    if round_.longest_extension_s:
        yield "Sau khi gia hạn, đóng hẳn", format_datetime(closed_for_all_at(round_))
    if terms.daily is None:
        yield "Giờ trong ngày", "cả ngày"
    else:
        yield "Giờ trong ngày", f"từ {hour_of(terms.daily.opens)} đến {hour_of(terms.daily.closes)}"
    days = ", ".join(labels.WEEKDAYS[day] for day in sorted(terms.weekdays))
    yield "Ngày trong tuần", "mọi ngày" if terms.weekdays == EVERY_WEEKDAY else days


def _sitting(terms: RoundTerms) -> Iterator[Fact]:
    limit = None if terms.time_limit_s is None else timedelta(seconds=terms.time_limit_s)
    yield "Thời lượng", NO_LIMIT if limit is None else format_span(limit)
    yield "Số lượt mỗi người", _number(terms.attempts_allowed)
    yield "Số lượt mỗi người trong một ngày", _number(terms.attempts_per_day)
    yield "Lượt có Bí thư hỗ trợ", "được xét giải" if terms.assisted_counts else "không xét giải"


def _ranking(terms: RoundTerms) -> Iterator[Fact]:
    yield "Lượt được tính", labels.COUNTED[terms.counted]
    yield "Xếp hạng", labels.standing_rule([criterion.value for criterion in terms.tie_breaks])
    kind = terms.prediction_kind
    if kind is None:
        yield "Câu hỏi dự đoán", "không hỏi"
        return
    places = f", {terms.prediction_decimals} chữ số sau dấu phẩy" if kind is PredictionKind.PERCENTAGE else ""
    yield "Câu hỏi dự đoán", f"{labels.PREDICTION_KINDS[kind]}{places}"


def _shown(terms: RoundTerms) -> Iterator[Fact]:
    yield "Điểm", labels.SHOWN[Shown(terms.show_score)]
    yield "Câu đúng, câu sai", labels.SHOWN[Shown(terms.show_marks)]
    yield "Đáp án và giải thích", labels.SHOWN[Shown(terms.show_keys)]
    yield "Nêu tên trên bảng", labels.NAMES_SHOWN[NamesShown(terms.names_shown)]
    lasts = "" if terms.freeze is None else format_span(terms.freeze)
    yield "Đóng băng bảng", f"{lasts} trước giờ đóng, đến khi chốt kết quả" if lasts else "không"
    yield "Nhận khiếu nại", f"đến {terms.complaint_days} ngày sau khi đóng"
    yield "Khi sửa đơn vị", "kết quả theo sang đơn vị mới" if terms.moves_attempts else "kết quả ở lại đơn vị lúc thi"


def _items(r: Reading, round_: Round, terms: RoundTerms) -> Iterator[Fact]:
    titles = [item_set.title for item_set in queries.sets_of(r.session, round_.id)]
    yield "Bộ câu hỏi", "; ".join(titles) or "chưa chọn"
    yield "Loại câu hỏi", labels.ITEM_KINDS[terms.item_kinds]
    yield "Câu bắt buộc", _number(len(terms.pinned_item_ids) or None, "không có")


def _entry(r: Reading, terms: RoundTerms) -> Iterator[Fact]:
    if terms.entry_unit_ids:
        names = r.session.scalars(select(Unit.name).where(Unit.id.in_(terms.entry_unit_ids)).order_by(Unit.sort_key))
        yield "Đơn vị", "; ".join(names)
    else:
        yield "Đơn vị", "mọi đơn vị của cuộc thi"
    invited = [labels.CATEGORIES[one] for one in Category if one.value in terms.entry_categories]
    yield "Đối tượng", "; ".join(invited) or "mọi đối tượng"
    yield "Tuổi ít nhất", _number(terms.minimum_age, "không xét")


def _number(value: int | None, otherwise: str = NO_LIMIT) -> str:
    return otherwise if value is None else format_number(value)
