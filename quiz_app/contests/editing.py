"""Changing a round from a page that was opened a while ago: nobody overwrites what he has not seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from quiz_app.contests import labels, queries, services
from quiz_app.contests.models import Round
from quiz_app.contests.terms import CHANGES, RoundTerms, terms_of
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Work
from quiz_app.rules.drawing import Cell


class ChangedMeanwhile(BadInput):
    """Somebody else has changed the same settings since the page was opened; `marks` are those of now."""

    def __init__(self, errors: Mapping[str, list[str]], marks: Mapping[str, str]) -> None:
        super().__init__(errors)
        self.marks = marks


@dataclass(frozen=True, slots=True)
class Saved:
    """A round after a change. `new_rules` is the number of the version that the change gave its rules, if any."""

    round: Round
    new_rules: int | None


def marks_of(terms: RoundTerms) -> dict[str, str]:
    """A mark per term, by which a page knows later what it was opened with. Equal for what the page shows alike."""
    return {name: _mark(name, terms) for name in CHANGES}


def blueprint_mark(terms: RoundTerms, cells: Iterable[Cell]) -> str:
    """The mark of everything that the page of the blueprint builds on."""
    parts = [repr(cell) for cell in cells]
    return _digest([*parts, _mark("set_ids", terms), _mark("item_kinds", terms), _mark("pinned_item_ids", terms)])


def change_round(w: Work, round_id: int, wanted: Callable[[RoundTerms], RoundTerms], seen: Mapping[str, str]) -> Saved:
    """Set what a page has changed of a round's terms; `wanted` gives them, from those stored.

    Terms that the page left as it had `seen` them stay as they are stored now. Raises ChangedMeanwhile for those that
    somebody else has set otherwise since, and all that `services.change_round` raises.
    """
    round_ = services.held_round(w, round_id)
    stored = terms_of(w.session, round_)
    sent = wanted(stored)
    kept = {name: getattr(stored, name) for name in CHANGES if _mark(name, sent) == seen.get(name)}
    conflicts = [
        name
        for name in CHANGES
        if name in seen and name not in kept and _mark(name, stored) not in (seen[name], _mark(name, sent))
    ]
    if conflicts:
        marks = {name: _mark(name, stored) for name in conflicts}
        raise ChangedMeanwhile({name: [labels.CHANGED_MEANWHILE] for name in conflicts}, {**seen, **marks})
    before = round_.rules_number
    services.change_round(w, round_id, replace(sent, **kept))
    return Saved(round_, round_.rules_number if round_.rules_number > before else None)


def set_blueprint(
    w: Work, round_id: int, cells: Iterable[Cell], pinned_item_ids: Iterable[int], seen: str | None
) -> Saved:
    """Set a round's blueprint and pinned items, unless what the page was opened with has changed since.

    Raises ChangedMeanwhile and all that `services.set_blueprint` raises.
    """
    round_ = services.held_round(w, round_id)
    now = blueprint_mark(terms_of(w.session, round_), queries.blueprint(round_))
    if seen and seen != now:
        raise ChangedMeanwhile({"seen": [labels.BLUEPRINT_CHANGED_MEANWHILE]}, {"seen": now})
    before = round_.rules_number
    services.set_blueprint(w, round_id, cells, pinned_item_ids)
    return Saved(round_, round_.rules_number if round_.rules_number > before else None)


def _mark(name: str, terms: RoundTerms) -> str:
    value = getattr(terms, name)
    if name in ("opens_at", "closes_at"):  # typed to the minute
        value = value.timestamp() // 60
    elif name == "time_limit_s" and value is not None:
        value //= 60
    elif name == "note":  # a browser sends its own ends of lines
        value = "\n".join(value.splitlines())
    elif isinstance(value, frozenset):
        value = sorted(value)
    return _digest([repr(value)])


def _digest(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]
