"""The figures of a report in words: what page, document and workbook all say in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from quiz_app.reports.content import Content
from quiz_app.reports.figures import Figures, RoundLine, absent
from quiz_app.reports.naming import Rule
from quiz_app.results import labels as results_labels
from quiz_app.rules.unit_standing import UnitFigures, mean_score, turnout
from quiz_app.web.filters import format_date, format_datetime_seconds, format_number, format_percent

NOTHING = "–"
NO_ROUNDS = "Không có đợt thi nào kết thúc trong thời gian báo cáo."


def rate(figures: UnitFigures) -> str:
    found = turnout(figures)
    return NOTHING if found is None else format_percent(found)


def mean(figures: UnitFigures) -> str:
    found = mean_score(figures)
    return NOTHING if found is None else points(found)


def points(value: Fraction) -> str:
    return format_number(value, 2)


def whole(value: int | None) -> str:
    return NOTHING if value is None else format_number(value)


def place(place: int | None, ranked: int) -> str:
    return NOTHING if place is None else f"{place}/{ranked}"


def key_figures(figures: Figures) -> list[tuple[str, str]]:
    """What a report says first; nothing where no round is over. Over several rounds people are counted once a round, so
    the sums are told as such."""
    if not figures.rounds:
        return []
    last, total = figures.rounds[-1].figures, figures.total
    several = len(figures.rounds) > 1
    latest = " (đợt gần nhất)" if several else ""
    people = "Số lượt người tham gia (cộng các đợt)" if several else "Số người tham gia"
    told = [
        (f"Đảng viên trong danh sách{latest}", whole(last.members)),
        (f"Được miễn{latest}", whole(last.exempt)),
        (f"Chưa tham gia{latest}", whole(absent(last))),
        (people, whole(total.participants)),
        ("Tỉ lệ tham gia" + (" (cộng các đợt)" if several else ""), rate(total)),
        ("Người ngoài danh sách tham gia", whole(sum(one.outside for one in figures.rounds))),
        ("Số lượt thi", whole(total.attempts)),
        ("Điểm trung bình", mean(total)),
    ]
    best = [one for one in figures.rounds if one.best is not None]
    if best:
        top = max(best, key=lambda one: Fraction(one.best or 0, max(one.max_score or 1, 1)))
        told.append(("Điểm cao nhất", f"{whole(top.best)}/{whole(top.max_score)}"))
    if total.ranked_participants:
        told.append(("Số kết quả đạt điểm tối đa", whole(total.full_marks)))
    if figures.place is not None and several:
        told.append(("Thứ hạng tỉ lệ tham gia, cộng các đợt", place(figures.place, figures.ranked)))
    return told


def sources(content: Content) -> list[str]:
    """Of when the figures are, what they take in, and by what hash they are known."""
    figures = content.figures
    first, last = figures.period
    rounds = "; ".join(f"{one.title} ({one.contest}){_standing(one)}" for one in figures.rounds)
    told = [
        f"Số liệu tính lúc {format_datetime_seconds(figures.counted_instant)}, của {figures.unit_name} và các đơn vị "
        f"trực thuộc, các đợt kết thúc từ ngày {format_date(first)} đến ngày {format_date(last)}.",
        f"Đợt thi được tính: {rounds or 'không có đợt nào'}.",
        "Nguồn: danh sách dự thi của từng đợt (mẫu số, không kể người được miễn), bài thi đã nộp và còn hiệu lực, bảng "
        "kết quả đã công bố; nơi chưa công bố thì theo bảng xếp hạng tỉ lệ tham gia. Điểm trung bình chỉ nêu từ 3 "
        "người có kết quả trở lên và khi thể lệ đã cho xem điểm.",
    ]
    told += _of_study(figures)
    if figures.waiting:
        told.append(f"Chưa kết thúc nên chưa tính: {'; '.join(figures.waiting)}.")
    told.append(f"Mã số liệu (SHA-256): {content.figures_sha256[:16]}.")
    if content.sealed is not None:
        told.append(f"{results_labels.sealed(content.sealed)}.")
    return told


def _of_study(figures: Figures) -> list[str]:
    """Whom and which days the figures beside the contests take in, as far as there are any."""
    first, last = (format_date(day) for day in figures.period)
    parts = (
        (figures.modules, f"người có tên trong danh sách lúc tính, học hết mọi bài của chuyên đề đến hết ngày {last}"),
        (figures.meetings, f"buổi sinh hoạt đã xác nhận, tổ chức từ ngày {first} đến ngày {last}"),
        (figures.asked, f"câu hỏi, ý kiến gửi từ ngày {first} đến ngày {last}, theo trạng thái lúc tính"),
        (figures.outside, f"cuộc thi nơi khác có ngày thi từ ngày {first} đến ngày {last}, đã được xác nhận"),
    )
    told = "; ".join(words for lines, words in parts if lines)
    return [f"Học tập và hoạt động khác: {told}."] if told else []


def rule_words(rule: Rule) -> str:
    """By what units are praised."""
    parts: list[str] = []
    if rule.praise_turnout is not None:
        parts.append(f"tỉ lệ tham gia từ {rule.praise_turnout}%")
    if rule.praise_mean is not None:
        parts.append(f"điểm trung bình từ {points(Fraction(rule.praise_mean, 100))}")
    return ", ".join([*parts, *_size(rule)])


def lag_words(rule: Rule) -> str:
    """By what units are reminded."""
    return ", ".join([f"tỉ lệ tham gia dưới {rule.lag_turnout}%", *_size(rule)])


def unit_names(figures: Figures, unit_ids: Sequence[int]) -> list[str]:
    wanted = set(unit_ids)
    return [line.name for line in figures.children if line.unit_id in wanted]


def _size(rule: Rule) -> list[str]:
    return [f"từ {rule.smallest} đảng viên"] if rule.smallest else []


def _standing(line: RoundLine) -> str:
    if line.is_final:
        return ""
    return ", như lúc bảng đứng yên" if line.is_frozen else ", tạm tính"
