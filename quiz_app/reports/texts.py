"""What people write on a report, as values, and what it says before anybody has written anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from quiz_app.reports.models import Kind
from quiz_app.reports.official import Profile
from quiz_app.units.labels import place_of
from quiz_app.units.models import Unit, UnitKind


@dataclass(frozen=True, slots=True)
class Texts:
    """`recipients`, `legal_bases` and the four parts at the end hold one paragraph a line."""

    profile: str
    superior: str
    issuer: str
    symbol: str
    place: str
    subject: str
    authority: str
    office: str
    signer: str
    recipients: str
    kept_by: str
    legal_bases: str
    strengths: str
    shortcomings: str
    causes: str
    proposals: str


def to_json(texts: Texts) -> dict[str, str]:
    return asdict(texts)


def from_json(kept: Mapping[str, Any]) -> Texts:
    """The texts as they were kept; what an older release did not know is empty."""
    return Texts(**{field.name: str(kept.get(field.name, "")) for field in fields(Texts)})


def lines(text: str) -> list[str]:
    """The lines that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def first(unit: Unit, parent: Unit | None, top: Unit, signer: str) -> Texts:
    """A unit's first report: `top` is the commune or city that the place is named after."""
    is_cell = unit.kind == UnitKind.CELL.value
    body = "Chi bộ" if is_cell else "Ban Thường vụ"
    return Texts(
        profile=Profile.HD05_2026.value,
        superior=parent.name if parent is not None else "",
        issuer=unit.name,
        symbol="BC/CB" if is_cell else "BC/ĐU",
        place=place_of(top.name),
        subject="",
        authority=f"T/M {body}",
        office="Bí thư",
        signer=signer,
        recipients=parent.name if parent is not None else "",
        kept_by="Chi bộ" if is_cell else "Văn phòng",
        legal_bases="",
        strengths="",
        shortcomings="",
        causes="",
        proposals="",
    )


def about(texts: Texts, kind: Kind, period: str, round_title: str) -> Texts:
    """The same with the subject of this report."""
    subjects = {
        Kind.ROUND: f"Kết quả tham gia “{round_title}”",
        Kind.MIDYEAR: f"Sơ kết học tập và dự thi {period}",
        Kind.YEAREND: f"Tổng kết học tập và dự thi {period}",
    }
    return replace(texts, subject=subjects[kind])
