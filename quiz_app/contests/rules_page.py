"""The rules that members accept, written out from a round's settings, so that they cannot contradict the engine."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from quiz_app.contests import labels, queries
from quiz_app.contests.models import Round
from quiz_app.kernel.work import Reading
from quiz_app.web.filters import format_datetime


@dataclass(frozen=True, slots=True)
class RulesSection:
    """A heading and its sentences, plain text."""

    heading: str
    sentences: tuple[str, ...]

    def as_stored(self) -> dict[str, Any]:
        return {"heading": self.heading, "sentences": list(self.sentences)}


def sections_of(r: Reading, round_: Round) -> tuple[RulesSection, ...]:
    """The rules page of a round by its present settings."""
    length = queries.paper_length(round_)
    return (
        RulesSection(
            "Thời gian", (f"Mở từ {format_datetime(round_.opens_at)} đến {format_datetime(round_.closes_at)}.",)
        ),
        RulesSection("Đề thi", (f"Mỗi đề có {length} câu.",)),
        RulesSection("Số lượt", (f"{round_.attempts_allowed or 'Không giới hạn số'} lượt mỗi người.",)),
        RulesSection("Xếp hạng", (labels.standing_rule(round_.tie_breaks),)),
    )


def fingerprint(sections: tuple[RulesSection, ...]) -> str:
    """A hash of the text: 64 hexadecimal digits, equal for equal words."""
    stored = [section.as_stored() for section in sections]
    return hashlib.sha256(json.dumps(stored, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
