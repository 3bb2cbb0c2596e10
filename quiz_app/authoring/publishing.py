"""From approved drafts to published versions, by the service that files are published with."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from question_bank import model as bank
from question_bank.identity import set_hash
from quiz_app.authoring import content, findings, queries
from quiz_app.authoring.errors import NothingToPublish, NotWaivable, ReasonMissing
from quiz_app.authoring.models import Draft, FindingWaiver, Intent, Kind, SetDraft, State
from quiz_app.authoring.policy import Action
from quiz_app.catalogue import documents, library, services
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import Change
from quiz_app.catalogue.outcome import Outcome
from quiz_app.contests import seals
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading, Work

_CHANGES = {Intent.NEW: Change.NEW, Intent.TYPO: Change.TYPO, Intent.MEANING: Change.MEANING}
_APPROVED = (State.APPROVED,)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What publishing a set would do now: its whole content with its hash, the drafts in it, those left out."""

    item_set: bank.ItemSet
    content_hash: str
    approved: tuple[Draft, ...]
    left_out: tuple[Draft, ...]
    judged: findings.Judged


def prospect(r: Reading, set_: SetDraft) -> Prospect:
    """What publishing would do. A set is published whole: what is in force, with every approved draft in its place."""
    item_set = queries.as_written(r.session, set_, only=_APPROVED)
    drafts = r.session.scalars(select(Draft).where(Draft.set_id == set_.id, queries.IS_OPEN).order_by(Draft.code)).all()
    return Prospect(
        item_set=item_set,
        content_hash=set_hash(item_set),
        approved=tuple(one for one in drafts if one.state == State.APPROVED.value),
        left_out=tuple(one for one in drafts if one.state != State.APPROVED.value),
        judged=findings.judged(r.session, set_, item_set),
    )


def waive(w: Work, slug: str, code: str, fingerprint: str, reason: str) -> FindingWaiver:
    """Answer for a finding of a set, in public: name and reason stand on its page.

    Raises Missing where there is no such finding (any more), NotWaivable, ReasonMissing, SetSealed.
    """
    if not reason:
        raise ReasonMissing
    set_ = _held(w, slug)
    found = [
        one
        for one in findings.of_set(w.session, queries.as_written(w.session, set_, only=_APPROVED))
        if (one.code, findings.fingerprint(one)) == (code, fingerprint)
    ]
    if not found:
        raise Missing
    if not findings.is_waivable(found[0]):
        raise NotWaivable
    row = FindingWaiver(
        set_id=set_.id,
        code=code,
        message=found[0].message,
        message_sha256=fingerprint,
        reason=reason,
        member_id=w.actor.member,
        at=w.now,
    )
    try:
        with w.session.begin_nested():
            w.session.add(row)
    except IntegrityError:  # somebody answers for it already
        return w.session.scalars(
            select(FindingWaiver).where(
                FindingWaiver.set_id == set_.id, FindingWaiver.code == code, FindingWaiver.message_sha256 == fingerprint
            )
        ).one()
    w.record(Action.FINDING_WAIVED, f"set_draft:{set_.id}", slug=slug, code=code, message=row.message, reason=reason)
    return row


def publish(w: Work, slug: str, content_hash: str) -> Outcome:
    """Publish a set as it was shown under this hash.

    Raises Missing, SetSealed, NothingToPublish where nothing is approved or something changed since it was shown, and
    what `catalogue.services.publish_set` raises.
    """
    set_ = _held(w, slug)
    drafts = list(
        w.session.scalars(
            select(Draft)
            .where(Draft.set_id == set_.id, Draft.state == State.APPROVED.value)
            .order_by(Draft.id)
            .with_for_update()
        )
    )
    found = prospect(w, set_)
    if not drafts or found.content_hash != content_hash:
        raise NothingToPublish
    outcome = services.publish_set(
        w,
        found.item_set,
        is_shipped=False,
        changes={one.code: _CHANGES[Intent(one.intent)] for one in drafts if one.intent != Intent.RETIRE.value},
        waived=[one.finding for one in found.judged.waived],
    )
    _end(w, drafts)
    w.record(
        Action.DRAFTS_PUBLISHED,
        f"set_draft:{set_.id}",
        slug=slug,
        codes=[one.code for one in drafts],
        content_hash=content_hash,
    )
    return outcome


def publish_module(w: Work, draft_id: int, revision: int) -> Outcome:
    """Publish an approved module in the revision that was shown. Raises DraftMissing, HasFindings, and NothingToPublish
    where it is not approved or was taken back meanwhile."""
    draft = queries.draft(w, draft_id, is_held=True)
    if (draft.kind, draft.state, draft.revision) != (Kind.MODULE.value, State.APPROVED.value, revision):
        raise NothingToPublish
    outcome = services.publish_module(w, content.module_of(draft), is_from_files=False)
    _end(w, [draft])
    return outcome


def publish_document(w: Work, draft_id: int, revision: int) -> Outcome:
    """Publish an approved document in the revision that was shown, with the originals that came with it.

    Raises as `publish_module` does.
    """
    draft = queries.draft(w, draft_id, is_held=True)
    if (draft.kind, draft.state, draft.revision) != (Kind.DOCUMENT.value, State.APPROVED.value, revision):
        raise NothingToPublish
    files = queries.draft_files(w.session, draft.id)
    told = [{"file_name": one.file_name, "sha256": one.sha256, "size": one.size} for one in files]
    outcome = documents.publish_document(w, content.document_of(draft), is_from_files=False, originals=told)
    document = catalogue.document(w.session, draft.code)
    for one in files:
        original = library.Original(one.file_name, one.stored_name, one.content_type, one.size, one.sha256)
        library.attach(w, document, original, one.sent_by)
        w.session.delete(one)
    _end(w, [draft])
    return outcome


def _end(w: Work, drafts: list[Draft]) -> None:
    for one in drafts:
        one.state, one.ended_at = State.PUBLISHED.value, w.now
    w.session.flush()


def _held(w: Work, slug: str) -> SetDraft:
    found = w.session.scalars(select(SetDraft).where(SetDraft.slug == slug).with_for_update()).one_or_none()
    if found is None:
        raise Missing
    seals.require_open(w, slug)
    return found
