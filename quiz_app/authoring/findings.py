"""What the bank's checks say of drafts, beside everything that is published or being written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from question_bank import model as bank
from question_bank.checks import WAIVABLE, check
from quiz_app.authoring import content, queries
from quiz_app.authoring.models import Draft, FindingWaiver, Kind, SetDraft
from quiz_app.catalogue import published
from quiz_app.members.models import Member

WHOLE_SET_UP_TO = 1000  # beyond, checks of the whole set wait for its own page: they would take seconds at each save


@dataclass(frozen=True, slots=True)
class Waived:
    finding: bank.Finding
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The findings of a set: those to mend, those that wait for a reason, and those somebody answers for."""

    to_mend: tuple[bank.Finding, ...]
    to_answer: tuple[bank.Finding, ...]
    waived: tuple[Waived, ...]

    @property
    def is_clear(self) -> bool:
        return not (self.to_mend or self.to_answer)


def is_waivable(finding: bank.Finding) -> bool:
    return finding.code in WAIVABLE


def fingerprint(finding: bank.Finding) -> str:
    """Which words a waiver holds for: once an item changes so that the finding reads differently, it is asked again."""
    return hashlib.sha256(f"{finding.item}\n{finding.message}".encode()).hexdigest()


def of_draft(session: Session, draft: Draft) -> list[bank.Finding]:
    """What is to be said of one draft, the set's own findings about keys included."""
    if draft.kind == Kind.MODULE.value:
        return published.findings_of_module(session, content.module_of(draft))
    if draft.kind == Kind.DOCUMENT.value:
        return published.findings_of_document(session, content.document_of(draft))
    set_ = session.get_one(SetDraft, draft.set_id)
    return of_item(session, set_, content.item_of(draft))


def of_item(session: Session, set_: SetDraft, item: bank.Item) -> list[bank.Finding]:
    """The same of an item as it stands in a form, saved or not."""
    whole = queries.as_written(session, set_)
    others = [one for one in whole.items if one.id != item.id]
    if len(others) > WHOLE_SET_UP_TO:
        rest = replace(whole, items=tuple(others))
        found = _checked(session, replace(whole, items=(item,), blueprint=()), beside=[rest])
    else:
        # Last, so that of two twins the one being written is told of the other.
        found = _checked(session, replace(whole, items=(*others, item), blueprint=()))
    return [one for one in found if one.item == item.id or one.code in ("KEY_POSITION", "KEY_LENGTH")]


def of_set(session: Session, item_set: bank.ItemSet) -> list[bank.Finding]:
    """What is to be said of a whole set."""
    return _checked(session, item_set)


def judged(session: Session, set_: SetDraft, item_set: bank.ItemSet) -> Judged:
    """The findings of a set, by what is left to do about each."""
    found = of_set(session, item_set)
    waivers = {
        (waiver.code, waiver.message_sha256): (waiver, name)
        for waiver, name in session.execute(
            select(FindingWaiver, Member.full_name)
            .join(Member, Member.id == FindingWaiver.member_id)
            .where(FindingWaiver.set_id == set_.id)
        )
    }
    to_mend: list[bank.Finding] = []
    to_answer: list[bank.Finding] = []
    waived: list[Waived] = []
    for finding in found:
        kept = waivers.get((finding.code, fingerprint(finding)))
        if not is_waivable(finding):
            to_mend.append(finding)
        elif kept is None:
            to_answer.append(finding)
        else:
            waived.append(Waived(finding, kept[0].reason, kept[1]))
    return Judged(tuple(to_mend), tuple(to_answer), tuple(waived))


def _checked(session: Session, item_set: bank.ItemSet, beside: Sequence[bank.ItemSet] = ()) -> list[bank.Finding]:
    others = published.other_sets(session, item_set.slug)
    found = check(replace(published.frame(session), sets=(item_set,)), beside=[*others, *beside])
    return published.own_findings(found)
