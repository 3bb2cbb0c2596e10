"""Review by another person, kept apart by the database; publication whole and by hash; seals."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from question_bank import model as bank
from quiz_app.authoring import content, listing, publishing, queries, reviewing, sealing, writing
from quiz_app.authoring.errors import (
    NothingToPublish,
    NotInReview,
    NotWaivable,
    ReasonMissing,
    ReviewsIt,
    SealStands,
    WritesHimself,
)
from quiz_app.authoring.findings import fingerprint
from quiz_app.authoring.models import Draft, DraftHand, DraftReview, Intent, Part, State, Verdict
from quiz_app.catalogue import published
from quiz_app.catalogue.errors import HasFindings
from quiz_app.catalogue.models import Item, ItemVersion, SetSeal
from quiz_app.contests import rehearsing, seals
from quiz_app.contests.errors import SetSealed
from quiz_app.kernel.access import Role
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.errors import Missing, Refused
from tests.features.authoring.build import SLUG, approve, changed_item, new_item, ready_set
from tests.support import build, contest
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.works import Work

RACES = 20


@pytest.fixture
def world(work: Work, commune: Commune, banks: None) -> Commune:
    ready_set(work, commune.author)
    return commune


def _hash(work: Work) -> str:
    with work() as w:
        return publishing.prospect(w, queries.set_draft(w, SLUG)).content_hash


def _publish(work: Work, world: Commune) -> None:
    digest = _hash(work)
    with work(actor=world.organiser) as w:
        publishing.publish(w, SLUG, digest)


def test_an_item_goes_from_draft_to_published(work: Work, world: Commune) -> None:
    draft = new_item(work, world.author)
    approve(work, world.author, world.reviewer, draft)
    _publish(work, world)
    with work() as w:
        version = w.session.scalars(
            select(ItemVersion).join(Item, Item.id == ItemVersion.item_id).where(Item.code == draft.code)
        ).one()
        assert (version.number, version.change) == (1, "new")
        assert published.item(version, draft.code) == content.item_of(w.session.get_one(Draft, draft.id))
        assert w.session.get_one(Draft, draft.id).state == State.PUBLISHED.value


def test_a_typo_is_a_new_version_that_says_so_and_the_old_one_stays(work: Work, world: Commune) -> None:
    draft = changed_item(work, world.author, "cau-1", "Về cây xanh ven đê, kế hoạch đã xác định điều gì?")
    approve(work, world.author, world.reviewer, draft)
    _publish(work, world)
    with work() as w:
        later, first = queries.versions(w.session, SLUG, "cau-1")
        assert (later.number, later.change, first.stem) == (2, "typo", "Về cây xanh ven đê, kế hoạch xác định điều gì?")


def test_an_item_is_retired_by_review_too(work: Work, world: Commune) -> None:
    with work(actor=world.author) as w:
        draft = writing.start_change(w, SLUG, "cau-1")
        writing.save(w, draft.id, draft.revision, content.item_of(draft), Intent.RETIRE)
    approve(work, world.author, world.reviewer, draft)
    _publish(work, world)
    with work() as w:
        assert w.session.scalars(select(Item).where(Item.code == "cau-1")).one().retired_at is not None


def test_who_wrote_cannot_review_whatever_his_roles(work: Work, world: Commune) -> None:
    with work() as w:
        build.grant(w, world.reviewer, Role.AUTHOR, world.root)
    draft = new_item(work, world.author)
    with work(actor=world.reviewer) as w:
        written = content.item_of(w.session.get_one(Draft, draft.id))
        writing.save(w, draft.id, 2, replace(written, rationale="Một lời giải thích khác."))
    with work(actor=world.author) as w:
        writing.hand_in(w, draft.id, 3)
    with pytest.raises(WritesHimself), work(actor=world.reviewer) as w:
        reviewing.judge(w, draft.id, 3, Verdict.APPROVED)


def test_who_reviewed_cannot_write_on_it(work: Work, world: Commune) -> None:
    with work() as w:
        build.grant(w, world.reviewer, Role.AUTHOR, world.root)
    draft = new_item(work, world.author)
    with work(actor=world.author) as w:
        writing.hand_in(w, draft.id, 2)
    with work(actor=world.reviewer) as w:
        reviewing.judge(w, draft.id, 2, Verdict.CHANGES, "Câu dẫn còn dài.")
    with pytest.raises(ReviewsIt), work(actor=world.reviewer) as w:
        writing.save(w, draft.id, 2, content.item_of(w.session.get_one(Draft, draft.id)), Intent.NEW)
        writing.take_back(w, draft.id)


def test_the_database_itself_keeps_both_parts_apart(work: Work, world: Commune) -> None:
    draft = new_item(work, world.author)
    with pytest.raises(IntegrityError), work() as w:
        w.session.add(
            DraftReview(
                draft_id=draft.id, member_id=world.author.id, part="reviewer", revision=2, verdict="approved", at=w.now
            )
        )
        w.session.flush()
    with pytest.raises(IntegrityError), work() as w:
        hand = DraftHand(draft_id=draft.id, member_id=world.author.id, part="reviewer", since=w.now)
        w.session.add(hand)
        w.session.flush()


def test_writing_and_judging_at_once_leaves_one_part(work: Work, world: Commune) -> None:
    with work() as w:
        build.grant(w, world.reviewer, Role.AUTHOR, world.root)
    for turn in range(RACES):
        draft = new_item(work, world.author, f"việc thứ {turn} của thôn")
        with work(actor=world.author) as w:
            writing.hand_in(w, draft.id, 2)
        barrier = threading.Barrier(2)
        done: list[str] = []

        def take_back(id_: int = draft.id, gate: threading.Barrier = barrier, kept: list[str] = done) -> None:
            gate.wait()
            try:
                with work(actor=world.reviewer) as w:
                    writing.take_back(w, id_)
                kept.append("wrote")
            except Refused:
                pass

        def judge(id_: int = draft.id, gate: threading.Barrier = barrier, kept: list[str] = done) -> None:
            gate.wait()
            try:
                with work(actor=world.reviewer) as w:
                    reviewing.judge(w, id_, 2, Verdict.APPROVED)
                kept.append("judged")
            except Refused:
                pass

        threads = [threading.Thread(target=take_back), threading.Thread(target=judge)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(done) == 1
        with work() as w:
            part = queries.part_in(w.session, draft.id, world.reviewer.id)
        assert part is (Part.AUTHOR if done == ["wrote"] else Part.REVIEWER)


def test_a_verdict_is_on_what_was_read(work: Work, world: Commune) -> None:
    draft = new_item(work, world.author)
    with work(actor=world.author) as w:
        writing.hand_in(w, draft.id, 2)
        writing.take_back(w, draft.id)
        writing.hand_in(w, draft.id, 3)
    with pytest.raises(NotInReview), work(actor=world.reviewer) as w:
        reviewing.judge(w, draft.id, 2, Verdict.APPROVED)


def test_changes_are_asked_for_with_a_word(work: Work, world: Commune) -> None:
    draft = new_item(work, world.author)
    with work(actor=world.author) as w:
        writing.hand_in(w, draft.id, 2)
    with pytest.raises(ReasonMissing), work(actor=world.reviewer) as w:
        reviewing.judge(w, draft.id, 2, Verdict.CHANGES)
    with work(actor=world.reviewer) as w:
        remark = reviewing.comment(w, draft.id, "stem", "Câu dẫn nên ngắn hơn.")
        assert reviewing.judge(w, draft.id, 2, Verdict.CHANGES).state == State.DRAFT.value
    with work(actor=world.author) as w:
        assert reviewing.settle(w, remark.id).settled_by == world.author.id


def test_what_was_not_approved_stays_out(work: Work, world: Commune) -> None:
    new_item(work, world.author)
    digest = _hash(work)
    with pytest.raises(NothingToPublish), work(actor=world.organiser) as w:
        publishing.publish(w, SLUG, digest)


def test_what_is_published_is_what_was_shown(work: Work, world: Commune) -> None:
    approve(work, world.author, world.reviewer, new_item(work, world.author))
    digest = _hash(work)
    approve(work, world.author, world.reviewer, new_item(work, world.author, "câu lạc bộ dưỡng sinh"))
    with pytest.raises(NothingToPublish), work(actor=world.organiser) as w:
        publishing.publish(w, SLUG, digest)


def test_a_finding_is_mended_or_answered_for(work: Work, world: Commune) -> None:
    draft = changed_item(work, world.author, "cau-1", "Điều nào không phải là việc chưa làm ven đê?", Intent.MEANING)
    approve(work, world.author, world.reviewer, draft)
    digest = _hash(work)
    with pytest.raises(HasFindings), work(actor=world.organiser) as w:
        publishing.publish(w, SLUG, digest)
    with work() as w:
        (finding,) = publishing.prospect(w, queries.set_draft(w, SLUG)).judged.to_answer
    with pytest.raises(ReasonMissing), work(actor=world.organiser) as w:
        publishing.waive(w, SLUG, finding.code, fingerprint(finding), "")
    with pytest.raises(Missing), work(actor=world.organiser) as w:
        publishing.waive(w, SLUG, finding.code, "0" * 64, "Cố ý.")
    with work(actor=world.organiser) as w:
        publishing.waive(w, SLUG, finding.code, fingerprint(finding), "Cố ý hỏi như vậy.")
        assert publishing.publish(w, SLUG, digest).changed == 1


def test_nobody_answers_for_a_missing_source(work: Work, world: Commune) -> None:
    draft = changed_item(work, world.author, "cau-1", "Một câu dẫn khác hẳn về đê?", Intent.MEANING)
    approve(work, world.author, world.reviewer, draft)
    with work() as w:
        row = w.session.get_one(Draft, draft.id)
        content.put(row, replace(content.item_of(row), source=bank.Source()))
    with work() as w:
        (finding,) = publishing.prospect(w, queries.set_draft(w, SLUG)).judged.to_mend
    with pytest.raises(NotWaivable), work(actor=world.organiser) as w:
        publishing.waive(w, SLUG, finding.code, fingerprint(finding), "Không cần nguồn.")


def test_a_sealed_set_is_closed_until_its_round_opens(work: Work, world: Commune, clock: Clock) -> None:
    draft = new_item(work, world.author)
    with work() as w:
        set_id = queries.published_of(w.session, SLUG).id  # type: ignore[union-attr] # it was published above
        round_ = contest.open_round(
            w, world.root, set_id=set_id, opens_at=w.now + timedelta(hours=1), closes_at=w.now + timedelta(days=1)
        ).round
    with work(actor=world.organiser) as w:
        sealing.seal(w, SLUG)
    for act in (
        lambda w: writing.start_item(w, SLUG),
        lambda w: writing.start_change(w, SLUG, "cau-1"),
        lambda w: writing.hand_in(w, draft.id, 2),
        lambda w: reviewing.comment(w, draft.id, "", "Xem lại."),
        lambda w: publishing.publish(w, SLUG, ""),
        lambda w: rehearsing.rehearse(w, round_.id, 2),
        lambda w: sealing.seal(w, SLUG),
    ):
        with pytest.raises((SetSealed, SealStands)), work(actor=world.organiser) as w:
            act(w)
    with work(actor=world.organiser) as w:
        assert listing.rows(w, None, listing.Filter(), 50, 0) == ([], 0)
    clock.move(seconds=3600)
    with work(actor=world.organiser) as w:
        seals.require_open(w, SLUG)
        assert writing.start_change(w, SLUG, "cau-1").code == "cau-1"
    with work(actor=world.organiser) as w:
        sealing.seal(w, SLUG)  # for the round after


def test_a_seal_is_broken_by_two_persons_with_a_reason(work: Work, world: Commune) -> None:
    with work(actor=world.organiser) as w:
        sealing.seal(w, SLUG)
    with pytest.raises(SealStands), work(actor=world.reviewer) as w:
        sealing.confirm_break(w, SLUG)
    with work(actor=world.organiser) as w:
        sealing.ask_to_break(w, SLUG, "Có câu sai đáp án.")
    with pytest.raises(SealStands), work(actor=world.organiser) as w:
        sealing.confirm_break(w, SLUG)
    with work(actor=world.reviewer) as w:
        sealing.confirm_break(w, SLUG)
    with work() as w:
        seals.require_open(w, SLUG)
        assert w.session.scalars(select(AuditEntry.id).where(AuditEntry.action == "authoring.seal_broken")).one() > 0
        seal = w.session.scalars(select(SetSeal)).one()
    with pytest.raises(IntegrityError), work() as w:
        w.session.get_one(SetSeal, seal.id).broken_by = seal.asked_by
        w.session.flush()
