"""Drafts: begun, saved while they are typed, handed in, thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from question_bank import model as bank
from question_bank.plan import with_ids
from quiz_app.authoring import content, findings, queries
from quiz_app.authoring.errors import (
    NothingChanged,
    NotWritable,
    OnlyATypo,
    OutOfDate,
    ReviewsIt,
    StillFindings,
)
from quiz_app.authoring.models import Draft, DraftHand, DraftPresence, Intent, Kind, Part, SetDraft, State
from quiz_app.authoring.policy import Action, may_write
from quiz_app.catalogue import published, shelf
from quiz_app.catalogue.models import Item, ItemSet, ItemVersion, StudyModule, Topic
from quiz_app.contests import seals
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Work
from quiz_app.members.models import Member


@dataclass(frozen=True, slots=True)
class Saved:
    """What is kept of a draft now."""

    revision: int
    saved_at: datetime
    content: content.Content


def start_item(w: Work, set_slug: str, topic: str = "") -> Draft:
    """A new item in a set, with an id of its own. Raises Missing, SetSealed."""
    set_ = _held(w, set_slug)
    code = content.next_code(set_.slug, queries.spent_codes(w.session, set_))
    return begin(w, set_, content.empty_item(code, topic), Intent.NEW, basis=None)


def add_items(w: Work, set_slug: str, items: Sequence[bank.Item]) -> list[Draft]:
    """Drafts of new items and of changes to known ones, as an import brings them. Raises Missing, SetSealed.

    An item that somebody is writing on already is replaced in his draft only where it is still being written; handed
    in or approved, it goes back to being written.
    """
    set_ = _held(w, set_slug)
    hold_drafts(w, set_)
    standings = queries.workspace(w.session, set_)
    numbers = queries.numbers_in_force(w.session, set_slug)
    drafts: list[Draft] = []
    fresh: list[Draft] = []
    for item in items:
        standing = standings.get(item.id)
        if standing is not None and standing.draft is not None:
            drafts.append(_rewritten(w, standing.draft, item))
            continue
        basis = numbers.get(item.id)
        fresh.append(_drafted(w, set_, item, Intent.NEW if basis is None else Intent.MEANING, basis))
    w.session.add_all(fresh)  # the set is held, so nobody begins any of these meanwhile
    w.session.flush()
    _note_begun(w, fresh)
    return drafts + fresh


def start_change(w: Work, set_slug: str, code: str) -> Draft:
    """A draft over the version in force, or the one that is open already. Raises Missing, SetSealed."""
    set_ = _held(w, set_slug)
    found = queries.open_draft(w.session, Kind.ITEM, set_.id, code)
    if found is not None:
        return found
    row = w.session.execute(
        select(Item, ItemVersion)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .join(ItemSet, ItemSet.id == Item.set_id)
        .where(ItemSet.slug == set_slug, Item.code == code, Item.retired_at.is_(None))
    ).one_or_none()
    if row is None:
        raise Missing
    item, version = row
    names = {lesson_id: name for name, lesson_id in published.lesson_ids(w.session).items()}
    written = published.item(version, item.code, names.get(item.lesson_id or 0))
    return begin(w, set_, replace(written, note=""), Intent.MEANING, basis=version.number)


def start_module(w: Work, slug: str, title: str = "", topic: str = "") -> Draft:
    """A draft of a module: over its last publication, or new under this short name; the open one where there is one."""
    found = queries.open_draft(w.session, Kind.MODULE, None, slug)
    if found is not None:
        return found
    known = queries.published_module(w.session, slug)
    if known is not None:
        return begin(w, None, known[0], Intent.MEANING, basis=known[1])
    position = 1 + (w.session.scalar(select(func.max(StudyModule.position))) or 0)
    filed = w.session.get(Topic, topic)
    document, section = (filed.document, filed.section) if filed is not None else ("", "")
    fresh = bank.StudyModule(slug, title, position, section, "", topic, False, (), document)
    return begin(w, None, fresh, Intent.NEW, basis=None)


def save(w: Work, draft_id: int, revision: int, written: content.Content, intent: Intent | None = None) -> Saved:
    """Keep what is written, if nobody saved since `revision`; the same content sent again changes nothing.

    Options without an id get one that the item never had. Raises DraftMissing, SetSealed, ReviewsIt, NotWritable, and
    OutOfDate with who saved later.
    """
    draft = _writable(w, draft_id)
    fresh = _identified(w, draft, written)
    if draft.revision != revision:
        # A retried save: the first one came through, its answer did not.
        if draft.saved_by == w.actor.member and draft.revision == revision + 1 and content.of(draft) == fresh:
            return Saved(draft.revision, draft.saved_at, fresh)
        raise _out_of_date(w, draft)
    if content.of(draft) == fresh and intent in (None, Intent(draft.intent)):
        return Saved(draft.revision, draft.saved_at, fresh)
    _take_part(w, draft)
    values = content.columns(fresh) | {
        "revision": revision + 1,
        "saved_at": w.now,
        "saved_by": w.actor.member,
        "intent": (intent or Intent(draft.intent)).value,
    }
    guarded = update(Draft).where(Draft.id == draft_id, Draft.revision == revision, Draft.state == State.DRAFT.value)
    if w.session.execute(guarded.values(values).returning(Draft.id)).one_or_none() is None:
        w.session.refresh(draft)
        raise _out_of_date(w, draft)
    w.session.refresh(draft)
    return Saved(draft.revision, draft.saved_at, fresh)


def note_presence(w: Work, draft_id: int) -> None:
    """Say that the actor has the draft open, so that others who open it are told."""
    row = w.session.get(DraftPresence, (draft_id, w.actor.member))
    if row is not None:
        row.seen_at = w.now
        return
    try:
        with w.session.begin_nested():
            w.session.add(DraftPresence(draft_id=draft_id, member_id=w.actor.member, seen_at=w.now))
    except IntegrityError:  # his other window was faster
        return


def hand_in(w: Work, draft_id: int, revision: int) -> Draft:
    """Give a draft to be reviewed. Findings that nobody may answer for have to be mended first.

    Raises DraftMissing, SetSealed, ReviewsIt, NotWritable, OutOfDate, NothingChanged, OnlyATypo, StillFindings.
    """
    draft = writable(w, draft_id, revision)
    _put_ids_in_place(w, draft)
    _require_sound(w, draft)
    _take_part(w, draft)
    draft.state = State.IN_REVIEW.value
    w.record(
        Action.DRAFT_HANDED_IN,
        f"draft:{draft.id}",
        kind=draft.kind,
        code=draft.code,
        intent=draft.intent,
        revision=draft.revision,
    )
    return draft


def take_back(w: Work, draft_id: int) -> Draft:
    """Write on a draft that was handed in or approved: its review starts anew. Raises as `save` does."""
    draft = queries.draft(w, draft_id, is_held=True)
    _require_unsealed(w, draft)
    _require_writer(w, draft)
    if draft.state not in (State.IN_REVIEW.value, State.APPROVED.value):
        raise NotWritable(state=draft.state)
    draft.state = State.DRAFT.value
    touch(w, draft)
    return draft


def discard(w: Work, draft_id: int) -> Draft:
    """Throw a draft away; what is published stays. Raises DraftMissing, SetSealed, ReviewsIt, NotWritable."""
    draft = queries.draft(w, draft_id, is_held=True)
    _require_unsealed(w, draft)
    _require_writer(w, draft)
    if draft.state == State.PUBLISHED.value:
        raise NotWritable(state=draft.state)
    draft.state, draft.ended_at = State.DISCARDED.value, w.now
    w.record(Action.DRAFT_DISCARDED, f"draft:{draft.id}", kind=draft.kind, code=draft.code)
    return draft


def retag(w: Work, set_slug: str, codes: Sequence[str], *, topic: str | None, level: int | None) -> int:
    """File items of a set under another topic or level, or both: a draft for each that says something else now.

    Gives how many changed. Raises Missing, SetSealed, BadInput where an item is not there; then none is changed.
    """
    set_ = _held(w, set_slug)
    hold_drafts(w, set_)
    standings = queries.workspace(w.session, set_)
    unknown = [code for code in codes if code not in standings]
    if unknown:
        raise BadInput({"codes": ["Bộ này không có câu " + ", ".join(f"“{code}”" for code in unknown) + "."]})
    changed = []
    for code in codes:
        item = standings[code].item
        filed = replace(item, topic=topic or item.topic, level=level or item.level)
        if filed != item:
            changed.append(filed)
    add_items(w, set_slug, changed)
    if changed:
        w.record(
            Action.DRAFTS_RETAGGED,
            f"set_draft:{set_.id}",
            codes=[item.id for item in changed],
            topic=topic,
            level=level,
        )
    return len(changed)


def hold_drafts(w: Work, set_: SetDraft) -> None:
    """Wait for everybody who saves in this set, and let nobody save: what is read next is what will be replaced."""
    w.session.scalars(
        select(Draft)
        .where(Draft.set_id == set_.id, queries.IS_OPEN)
        .order_by(Draft.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def begin(w: Work, set_: SetDraft | None, written: content.Content, intent: Intent, basis: int | None) -> Draft:
    """A draft that begins with this content, or the one that is open already."""
    draft = _drafted(w, set_, written, intent, basis)
    try:
        with w.session.begin_nested():
            w.session.add(draft)
    except IntegrityError:
        found = queries.open_draft(w.session, Kind(draft.kind), draft.set_id, draft.code)
        if found is None:
            raise
        return found  # somebody began it a moment ago
    _note_begun(w, [draft])
    return draft


def _drafted(w: Work, set_: SetDraft | None, written: content.Content, intent: Intent, basis: int | None) -> Draft:
    kind, code = content.kind_and_code(written)
    return Draft(
        kind=kind.value,
        set_id=set_.id if set_ else None,
        code=code,
        state=State.DRAFT.value,
        intent=intent.value,
        revision=1,
        basis=basis,
        created_at=w.now,
        created_by=w.actor.member,
        saved_at=w.now,
        saved_by=w.actor.member,
        **content.columns(written),
    )


def _note_begun(w: Work, drafts: Sequence[Draft]) -> None:
    hand = {"member_id": w.actor.member, "part": Part.AUTHOR.value, "since": w.now}
    w.session.add_all(DraftHand(draft_id=draft.id, **hand) for draft in drafts)
    w.session.flush()
    for draft in drafts:
        w.record(Action.DRAFT_STARTED, f"draft:{draft.id}", kind=draft.kind, code=draft.code, intent=draft.intent)


def _rewritten(w: Work, draft: Draft, item: bank.Item) -> Draft:
    _require_writer(w, draft)
    draft.state = State.DRAFT.value
    content.put(draft, item)
    touch(w, draft)
    return draft


def _held(w: Work, slug: str) -> SetDraft:
    """The set, held: ids are given to one after the other. Raises Missing, SetSealed."""
    found = w.session.scalars(select(SetDraft).where(SetDraft.slug == slug).with_for_update()).one_or_none()
    if found is None:
        raise Missing
    seals.require_open(w, slug)
    return found


def writable(w: Work, draft_id: int, revision: int) -> Draft:
    """A draft that the actor may write on as he read it, held. Raises as `save` does."""
    draft = _writable(w, draft_id)
    if draft.revision != revision:
        raise _out_of_date(w, draft)
    return draft


def touch(w: Work, draft: Draft) -> None:
    """Count what the actor did to a draft that he holds as another revision of it."""
    draft.revision += 1
    draft.saved_at, draft.saved_by = w.now, w.actor.member
    _take_part(w, draft)


def _writable(w: Work, draft_id: int) -> Draft:
    draft = queries.draft(w, draft_id, is_held=True)
    _require_unsealed(w, draft)
    _require_writer(w, draft)
    if draft.state != State.DRAFT.value:
        raise NotWritable(state=draft.state)
    return draft


def _require_unsealed(w: Work, draft: Draft) -> None:
    if draft.set_id is not None:
        seals.require_open(w, w.session.get_one(SetDraft, draft.set_id).slug)


def _require_writer(w: Work, draft: Draft) -> None:
    if not may_write(queries.part_in(w.session, draft.id, w.actor.member)):
        raise ReviewsIt


def _take_part(w: Work, draft: Draft) -> None:
    """Note the actor as an author. The key of the row settles it against a verdict given at the same instant."""
    if queries.part_in(w.session, draft.id, w.actor.member) is Part.AUTHOR:
        return
    try:
        with w.session.begin_nested():
            w.session.add(DraftHand(draft_id=draft.id, member_id=w.actor.member, part=Part.AUTHOR.value, since=w.now))
    except IntegrityError:
        if queries.part_in(w.session, draft.id, w.actor.member) is not Part.AUTHOR:
            raise ReviewsIt from None


def _out_of_date(w: Work, draft: Draft) -> OutOfDate:
    name = w.session.scalar(select(Member.full_name).where(Member.id == draft.saved_by))
    return OutOfDate(name=name, at=draft.saved_at, revision=draft.revision)


def _identified(w: Work, draft: Draft, written: content.Content) -> content.Content:
    """The content under the draft's own id, each option with an id."""
    if not isinstance(written, bank.Item):
        return replace(written, slug=draft.code)
    kept = content.item_of(draft)
    own = {option.id for option in (*kept.options, *written.options) if option.id}
    set_slug = w.session.get_one(SetDraft, draft.set_id).slug
    spent = own | queries.spent_option_ids(w.session, set_slug, draft.code)
    fresh = iter(content.next_option_ids(spent, len(written.options)))
    options = tuple(option if option.id else replace(option, id=next(fresh)) for option in written.options)
    return replace(written, id=draft.code, options=options)


def _put_ids_in_place(w: Work, draft: Draft) -> None:
    """Texts that were exchanged between two options take their ids along: who reviews is told that the key changed."""
    before, written = _before(w, draft), content.of(draft)
    if not isinstance(before, bank.Item) or not isinstance(written, bank.Item):
        return
    spent = queries.spent_option_ids(w.session, w.session.get_one(SetDraft, draft.set_id).slug, draft.code)
    options = with_ids(written.options, before.options, frozenset(spent))
    if options != written.options:
        content.put(draft, replace(written, options=options))


def _require_sound(w: Work, draft: Draft) -> None:
    written = content.of(draft)
    before = _before(w, draft)
    if draft.intent == Intent.RETIRE.value:
        return
    if before is not None and written == before and not queries.draft_files(w.session, draft.id):
        raise NothingChanged
    if before is not None and draft.intent == Intent.TYPO.value:
        more = content.told_as_typo(before, written)
        if more:
            raise OnlyATypo(what=more)
    found = [one for one in findings.of_draft(w.session, draft) if not findings.is_waivable(one)]
    if found:
        raise StillFindings(count=len(found), findings=shelf.words(found))


def _before(w: Work, draft: Draft) -> content.Content | None:
    """What is published of the draft's item or module."""
    if draft.kind == Kind.MODULE.value:
        known = queries.published_module(w.session, draft.code)
        return known[0] if known else None
    if draft.kind == Kind.DOCUMENT.value:
        published_document = queries.published_document(w.session, draft.code)
        return published_document[0] if published_document else None
    set_ = w.session.get_one(SetDraft, draft.set_id)
    standing = queries.workspace(w.session, set_).get(draft.code)
    found = standing.published if standing else None
    return None if found is None else replace(found, note=content.item_of(draft).note)
