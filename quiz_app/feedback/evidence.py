"""All that is stored of an attempt, gathered for whoever answers a complaint about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from quiz_app.attempts import marking
from quiz_app.attempts import queries as attempts
from quiz_app.attempts.errors import NotYetShown
from quiz_app.attempts.models import Attempt, CorrectionChange, LateArrival
from quiz_app.attempts.receipts import written
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.policy import Permission as CataloguePermission
from quiz_app.contests import policy as contests_policy
from quiz_app.contests import seals
from quiz_app.contests.models import Accommodation, Round, RulesVersion
from quiz_app.feedback.models import Complaint
from quiz_app.feedback.policy import Action
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.work import Reading, Work
from quiz_app.members.models import Member
from quiz_app.units.models import Unit

DEVICE_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the paper as drawn. `right_letters` and `rationale_html` are there only for who may see keys."""

    position: int
    item_version_id: int
    stem_html: str
    options: tuple[tuple[str, str], ...]
    chosen: str | None
    points: int
    revision: int
    saved_at: datetime | None
    is_right: bool | None = None
    right_letters: str = ""
    rationale_html: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A complaint with everything known about its attempt. `shows_score`, `shows_keys`: what the asker may see."""

    complaint: Complaint
    attempt: Attempt
    round: Round
    member: Member
    unit: Unit
    helper: Member | None
    places: tuple[Place, ...]
    rules: RulesVersion | None
    accommodation: Accommodation | None
    late: Sequence[LateArrival]
    events: Sequence[AuditEntry]
    corrections: Sequence[CorrectionChange]
    shows_score: bool
    shows_keys: bool
    may_ask_for_keys: bool
    gathered_at: datetime

    @property
    def place(self) -> Place | None:
        """The place that the complaint is about; None where it is about the result."""
        return next((place for place in self.places if place.position == self.complaint.position), None)

    @property
    def receipt_code(self) -> str:
        """The attempt's receipt code as people read it out; empty where it has none."""
        return written(self.attempt.receipt_code or "")

    @property
    def device(self) -> str:
        """Enough of the device's fingerprint to tell two apart; empty where none is stored."""
        return (self.attempt.device_sha256 or "")[:DEVICE_DIGITS]


def may_ask_for_keys(r: Reading, round_: Round) -> bool:
    """Whether the actor may look at keys that members may not see: he sees those of the bank, and nobody answers any
    more. Every such look is put on record by the caller.
    """
    is_over = r.now >= contests_policy.answers_end_at(round_)
    keeps_bank = r.actor.may(CataloguePermission.CATALOGUE_KEYS) and catalogue.is_keeper(r.session, r.actor)
    return is_over and keeps_bank and not seals.is_round_sealed(r, round_.id)


def note_look_at_keys(w: Work, complaint: Complaint) -> None:
    """Put on record that the actor looks at the keys of a paper that members may not see yet. Raises NotYetShown."""
    round_ = w.session.get_one(Round, complaint.round_id)
    if not may_ask_for_keys(w, round_):
        raise NotYetShown
    w.record(
        Action.COMPLAINT_KEYS_VIEWED,
        f"complaint:{complaint.id}",
        round_id=complaint.round_id,
        attempt_id=complaint.attempt_id,
    )


def decider(r: Reading, complaint: Complaint) -> Member | None:
    """Who answered a complaint, or took it back."""
    return None if complaint.decided_by is None else r.session.get(Member, complaint.decided_by)


def gather(r: Reading, complaint: Complaint, *, with_keys: bool = False) -> Evidence:
    """The evidence about a complaint that the actor may read; `with_keys` where he asks for them and may."""
    session = r.session
    attempt = session.get_one(Attempt, complaint.attempt_id)
    round_ = session.get_one(Round, complaint.round_id)
    may_ask = may_ask_for_keys(r, round_)
    shows_keys = contests_policy.reveals_keys(round_, r.now) or (with_keys and may_ask)
    is_over = r.now >= contests_policy.answers_end_at(round_)
    return Evidence(
        complaint=complaint,
        attempt=attempt,
        round=round_,
        member=session.get_one(Member, attempt.member_id),
        unit=session.get_one(Unit, attempt.unit_id),
        helper=None if attempt.assisted_by is None else session.get(Member, attempt.assisted_by),
        places=_places(r, attempt, with_keys=shows_keys),
        rules=session.get(RulesVersion, (round_.id, attempt.rules_number)),
        accommodation=session.get(Accommodation, (round_.id, attempt.member_id)),
        late=session.scalars(
            select(LateArrival)
            .where(LateArrival.attempt_id == attempt.id)
            .order_by(LateArrival.arrived_at, LateArrival.id)
        ).all(),
        events=session.scalars(
            select(AuditEntry).where(AuditEntry.subject == f"attempt:{attempt.id}").order_by(AuditEntry.id)
        ).all(),
        corrections=session.scalars(
            select(CorrectionChange)
            .where(CorrectionChange.attempt_id == attempt.id)
            .order_by(CorrectionChange.changed_at)
        ).all(),
        shows_score=is_over or contests_policy.reveals_scores(round_, r.now),
        shows_keys=shows_keys,
        may_ask_for_keys=may_ask and not shows_keys,
        gathered_at=r.now,
    )


def _places(r: Reading, attempt: Attempt, *, with_keys: bool) -> tuple[Place, ...]:
    rows = marking.paper(r.session, attempt.id)
    shown = {place.position: place for place in attempts.places(r.session, rows)}
    keyed = catalogue.keyed_items(r.session, [row.item_version_id for row in rows]) if with_keys else {}
    return tuple(_place(row, shown[row.position], keyed) for row in rows)


def _place(row: Any, shown: attempts.Place, keyed: Mapping[int, catalogue.KeyedItem]) -> Place:
    item = keyed.get(row.item_version_id)
    letters = zip(row.letters, row.option_order, strict=True)
    return Place(
        position=row.position,
        item_version_id=row.item_version_id,
        stem_html=shown.item.stem_html,
        options=shown.options,
        chosen=row.chosen,
        points=row.points,
        revision=row.revision,
        saved_at=row.saved_at,
        is_right=row.is_right if item else None,
        right_letters="".join(letter for letter, option in letters if option in item.keys) if item else "",
        rationale_html=item.rationale_html if item else "",
    )
