"""What others say of a draft: comments on its fields, and the verdict of somebody who had no hand in it."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from quiz_app.authoring import queries
from quiz_app.authoring.errors import NotInReview, NotWritable, ReasonMissing, WritesHimself
from quiz_app.authoring.models import Draft, DraftComment, DraftHand, DraftReview, Part, SetDraft, State, Verdict
from quiz_app.authoring.policy import Action, may_review
from quiz_app.contests import seals
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Work


def judge(w: Work, draft_id: int, revision: int, verdict: Verdict, words: str = "") -> Draft:
    """Approve a draft in the revision that was read, or send it back with the reason.

    Raises DraftMissing, SetSealed, NotInReview where it was taken back or changed meanwhile, WritesHimself for who had
    a hand in it, ReasonMissing where changes are asked for without a word.
    """
    draft = queries.draft(w, draft_id, is_held=True)
    _require_unsealed(w, draft)
    if (draft.state, draft.revision) != (State.IN_REVIEW.value, revision):
        raise NotInReview
    if verdict is Verdict.CHANGES and not words and not _has_open_comments(w, draft.id):
        raise ReasonMissing
    _take_part(w, draft)
    w.session.add(
        DraftReview(
            draft_id=draft.id,
            member_id=w.actor.member,
            part=Part.REVIEWER.value,
            revision=revision,
            verdict=verdict.value,
            words=words,
            at=w.now,
        )
    )
    draft.state = (State.APPROVED if verdict is Verdict.APPROVED else State.DRAFT).value
    w.session.flush()
    w.record(
        Action.DRAFT_JUDGED,
        f"draft:{draft.id}",
        kind=draft.kind,
        code=draft.code,
        revision=revision,
        verdict=verdict.value,
    )
    return draft


def comment(w: Work, draft_id: int, field: str, text: str) -> DraftComment:
    """Say something of a field, or of the whole where `field` is empty. Raises DraftMissing, SetSealed, NotWritable."""
    draft = queries.draft(w, draft_id)
    _require_unsealed(w, draft)
    if draft.state == State.PUBLISHED.value:
        raise NotWritable(state=draft.state)
    row = DraftComment(
        draft_id=draft.id, field=field, text=text, revision=draft.revision, member_id=w.actor.member, at=w.now
    )
    w.session.add(row)
    w.session.flush()
    return row


def settle(w: Work, comment_id: int) -> DraftComment:
    """Tick a comment off; once is enough. Raises Missing, SetSealed."""
    row = w.session.get(DraftComment, comment_id)
    if row is None:
        raise Missing
    _require_unsealed(w, queries.draft(w, row.draft_id))
    ticked = update(DraftComment).where(DraftComment.id == comment_id, DraftComment.settled_at.is_(None))
    w.session.execute(ticked.values(settled_at=w.now, settled_by=w.actor.member))
    w.session.refresh(row)
    return row


def _has_open_comments(w: Work, draft_id: int) -> bool:
    return any(one.settled_at is None for one, _ in queries.comments(w.session, draft_id))


def _require_unsealed(w: Work, draft: Draft) -> None:
    if draft.set_id is not None:
        seals.require_open(w, w.session.get_one(SetDraft, draft.set_id).slug)


def _take_part(w: Work, draft: Draft) -> None:
    """Note the actor as a reviewer. The key of the row settles it against something he writes at the same instant."""
    part = queries.part_in(w.session, draft.id, w.actor.member)
    if not may_review(part):
        raise WritesHimself
    if part is Part.REVIEWER:
        return
    hand = DraftHand(draft_id=draft.id, member_id=w.actor.member, part=Part.REVIEWER.value, since=w.now)
    try:
        with w.session.begin_nested():
            w.session.add(hand)
    except IntegrityError:
        if queries.part_in(w.session, draft.id, w.actor.member) is not Part.REVIEWER:
            raise WritesHimself from None
