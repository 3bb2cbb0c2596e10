"""The words of a reminder: for a group with counts alone, for a person with his name; each in several tones.

Pure functions of values, so that what is copied, previewed and mailed is one text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from quiz_app.web.filters import format_datetime, format_number, format_span


class Tone(StrEnum):
    FORMAL = "formal"
    WARM = "warm"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a reminder tells. `done` and `able` are None while an open prediction asks for such figures."""

    unit_name: str
    contest_title: str
    round_title: str
    opens_at: datetime
    closes_at: datetime
    now: datetime
    address: str
    done: int | None = None
    able: int | None = None

    @property
    def left(self) -> timedelta:
        return self.closes_at - self.now

    @property
    def is_coming(self) -> bool:
        return self.now < self.opens_at


def group_text(tone: Tone, facts: Facts) -> str:
    """For the group of a unit: no name stands in it."""
    counts = _counts(facts)
    match tone:
        case Tone.FORMAL:
            parts = [
                f"Kính gửi các đồng chí {facts.unit_name},",
                f"{_what(facts)} {_when(facts)}. {counts}".strip(),
                "Đề nghị các đồng chí chưa dự thi sắp xếp thời gian hoàn thành đúng hạn.",
                f"Vào thi: {facts.address}",
                "Trân trọng.",
            ]
        case Tone.WARM:
            parts = [
                f"Chào các đồng chí {facts.unit_name}!",
                f"{_what(facts)} {_when(facts)}. {counts}".strip(),
                "Đồng chí nào chưa thi, mời dành ít phút vào thi nhé. Cần giúp, cứ nhắn bí thư chi bộ.",
                f"Vào thi: {facts.address}",
            ]
        case Tone.SHORT:
            told = counts or f"{facts.unit_name}:"
            parts = [f"{facts.round_title} {_when(facts)}. {told}".strip(), f"Vào thi: {facts.address}"]
    return "\n".join(parts)


def personal_text(tone: Tone, facts: Facts, full_name: str) -> str:
    """For one person, by name; it tells nothing of anybody else."""
    match tone:
        case Tone.FORMAL:
            parts = [
                f"Kính gửi đồng chí {full_name},",
                f"{_what(facts)} {_when(facts)}. Theo danh sách, đồng chí chưa nộp bài thi.",
                "Đề nghị đồng chí sắp xếp thời gian dự thi đúng hạn.",
                f"Vào thi: {facts.address}",
                "Trân trọng.",
            ]
        case Tone.WARM:
            parts = [
                f"Chào đồng chí {full_name}!",
                f"{_what(facts)} {_when(facts)}. Đồng chí chưa thi, mời đồng chí dành ít phút vào thi nhé.",
                "Nếu khó vào hoặc quên mật khẩu, đồng chí nhắn lại để được giúp.",
                f"Vào thi: {facts.address}",
            ]
        case Tone.SHORT:
            parts = [
                f"Đồng chí {full_name}: {facts.round_title} {_when(facts)}, đồng chí chưa thi.",
                f"Vào thi: {facts.address}",
            ]
    return "\n".join(parts)


def _what(facts: Facts) -> str:
    return f"{facts.round_title}, {facts.contest_title},"


def _when(facts: Facts) -> str:
    if facts.is_coming:
        return f"mở lúc {format_datetime(facts.opens_at)}, đóng lúc {format_datetime(facts.closes_at)}"
    return f"còn {format_span(facts.left)}, đóng lúc {format_datetime(facts.closes_at)}"


def _counts(facts: Facts) -> str:
    if facts.done is None or facts.able is None or facts.is_coming:
        return ""
    return f"{facts.unit_name}: {format_number(facts.done)}/{format_number(facts.able)} đồng chí đã thi."
