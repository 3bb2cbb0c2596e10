"""Drafts: saved as they are typed, never over somebody else's, ids of options kept for good."""

from __future__ import annotations

from dataclasses import replace

import pytest

from question_bank import model as bank
from question_bank.differences import changes_between
from quiz_app.authoring import content, founding, listing, queries, writing
from quiz_app.authoring.errors import (
    DraftMissing,
    NothingChanged,
    NotWritable,
    OnlyATypo,
    OutOfDate,
    SetShipped,
    SetTaken,
    StillFindings,
)
from quiz_app.authoring.models import Draft, Intent, State
from quiz_app.catalogue import services as publishing
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Work as UnitOfWork
from tests.features.authoring.build import SLUG, changed_item, new_item, ready_set, sound
from tests.support import contest
from tests.support.build import Commune
from tests.support.works import Work


@pytest.fixture
def world(work: Work, commune: Commune, banks: None) -> Commune:
    ready_set(work, commune.author)
    return commune


def _saved(w: UnitOfWork, draft_id: int) -> bank.Item:
    return content.item_of(w.session.get_one(Draft, draft_id))


def test_a_new_item_gets_an_id_that_was_never_used(work: Work, world: Commune) -> None:
    first = new_item(work, world.author)
    with work(actor=world.author) as w:
        writing.discard(w, first.id)
        second = writing.start_item(w, SLUG)
    assert (first.code, second.code) == (f"{SLUG}-001", f"{SLUG}-002")


def test_a_save_counts_up_and_its_repetition_changes_nothing(work: Work, world: Commune) -> None:
    with work(actor=world.author) as w:
        draft = writing.start_item(w, SLUG)
        item = sound(content.item_of(draft))
        first = writing.save(w, draft.id, 1, item)
        again = writing.save(w, draft.id, 1, item)
        assert (first.revision, again.revision) == (2, 2)
        assert _saved(w, draft.id) == item


def test_who_starts_from_an_old_revision_overwrites_nobody(work: Work, world: Commune) -> None:
    draft = new_item(work, world.author)
    with work(actor=world.organiser) as w:
        writing.save(w, draft.id, 2, replace(_saved(w, draft.id), rationale="Của đồng chí Huy."))
    with pytest.raises(OutOfDate) as refused, work(actor=world.author) as w:
        writing.save(w, draft.id, 2, replace(_saved(w, draft.id), rationale="Của đồng chí Mai."))
    assert refused.value.facts["name"] == world.organiser.full_name
    with work() as w:
        assert _saved(w, draft.id).rationale == "Của đồng chí Huy."


def test_an_option_never_gets_an_id_that_another_bore(work: Work, world: Commune) -> None:
    with work(actor=world.author) as w:
        draft = writing.start_change(w, SLUG, "cau-1")
        item = content.item_of(draft)
        kept = tuple(option for option in item.options if option.id != "c")
        fresh = (*kept, bank.Option("", "Một phương án khác hẳn"))
        saved = writing.save(w, draft.id, draft.revision, replace(item, options=fresh))
        assert isinstance(saved.content, bank.Item)
        assert {option.id for option in saved.content.options} == {"a", "b", "d", "e"}


def test_two_who_begin_on_one_item_write_in_one_draft(work: Work, world: Commune) -> None:
    with work(actor=world.author) as w:
        first = writing.start_change(w, SLUG, "cau-1")
    with work(actor=world.organiser) as w:
        assert writing.start_change(w, SLUG, "cau-1").id == first.id


def test_a_draft_with_findings_stays_with_its_author(work: Work, world: Commune) -> None:
    with work(actor=world.author) as w:
        draft = writing.start_item(w, SLUG)
        writing.save(w, draft.id, 1, replace(sound(content.item_of(draft)), rationale=""))
    with pytest.raises(StillFindings) as refused, work(actor=world.author) as w:
        writing.hand_in(w, draft.id, 2)
    assert "chưa có phần giải thích" in str(refused.value.facts["findings"])


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda item: replace(item, options=tuple(replace(o, is_key=o.id == "c") for o in item.options)), "đáp án"),
        (lambda item: replace(item, options=item.options[:-1]), "số phương án"),
        (lambda item: replace(item, kind=bank.Kind.MULTIPLE), "loại câu hỏi"),
        (lambda item: replace(item, options=_exchanged(item.options)), "đáp án"),
        (lambda item: replace(item, stem=item.stem.replace("xác định", "không xác định")), "chữ phủ định"),
        (lambda item: replace(item, stem=f"{item.stem} (2025)"), "con số"),
        (lambda item: replace(item, stem="Ai là Bí thư của Đảng ủy hiện nay?"), "phần lớn câu chữ"),
    ],
)
def test_a_typo_cannot_change_what_is_right(work: Work, world: Commune, change: object, what: str) -> None:
    assert callable(change)
    with work(actor=world.author) as w:
        draft = writing.start_change(w, SLUG, "cau-1")
        writing.save(w, draft.id, draft.revision, change(content.item_of(draft)), Intent.TYPO)
    with pytest.raises(OnlyATypo) as refused, work(actor=world.author) as w:
        writing.hand_in(w, draft.id, 2)
    assert refused.value.facts["what"] == what


def _exchanged(options: tuple[bank.Option, ...]) -> tuple[bank.Option, ...]:
    """The texts of the key and of another option, exchanged; the ids stay where they were."""
    key = next(option for option in options if option.is_key)
    other = next(option for option in options if not option.is_key)
    texts = {key.id: other.text, other.id: key.text}
    return tuple(replace(option, text=texts.get(option.id, option.text)) for option in options)


@pytest.mark.parametrize(
    "stem", ["Về cây xanh ven đê, kế họach đã xác định điều gì?", "Về cây xanh ven đê, kế hoạch đã xác định điều gì ?"]
)
def test_a_mistyped_letter_is_a_typo(work: Work, world: Commune, stem: str) -> None:
    draft = changed_item(work, world.author, "cau-1", stem)
    with work(actor=world.author) as w:
        assert writing.hand_in(w, draft.id, draft.revision).state == State.IN_REVIEW.value


def test_exchanged_texts_are_told_as_another_key(work: Work, world: Commune) -> None:
    with work(actor=world.author) as w:
        draft = writing.start_change(w, SLUG, "cau-1")
        before = content.item_of(draft)
        writing.save(w, draft.id, 1, replace(before, options=_exchanged(before.options)), Intent.MEANING)
    with work(actor=world.author) as w:
        after = content.item_of(writing.hand_in(w, draft.id, 2))
    assert {one.id: one.text for one in after.options} == {one.id: one.text for one in before.options}
    assert "key" in {change.part for change in changes_between(before, after)}


def test_what_says_nothing_new_is_not_reviewed(work: Work, world: Commune) -> None:
    with work(actor=world.author) as w:
        draft = writing.start_change(w, SLUG, "cau-1")
    with pytest.raises(NothingChanged), work(actor=world.author) as w:
        writing.hand_in(w, draft.id, draft.revision)


def test_what_was_handed_in_is_written_on_only_after_it_was_taken_back(work: Work, world: Commune) -> None:
    draft = new_item(work, world.author)
    with work(actor=world.author) as w:
        writing.hand_in(w, draft.id, 2)
    with pytest.raises(NotWritable), work(actor=world.author) as w:
        writing.save(w, draft.id, 2, replace(_saved(w, draft.id), rationale="Khác."))
    with work(actor=world.author) as w:
        assert writing.take_back(w, draft.id).state == State.DRAFT.value


def test_a_discarded_draft_is_gone_and_what_is_published_stays(work: Work, world: Commune) -> None:
    draft = changed_item(work, world.author, "cau-1", "Về cây xanh ven đê, kế hoạch đã xác định điều gì?")
    with work(actor=world.author) as w:
        writing.discard(w, draft.id)
    with pytest.raises(DraftMissing), work(actor=world.author) as w:
        writing.hand_in(w, draft.id, 2)
    with work() as w:
        assert queries.workspace(w.session, queries.set_draft(w, SLUG))["cau-1"].draft is None


def test_items_are_filed_elsewhere_together_or_not_at_all(work: Work, world: Commune) -> None:
    with pytest.raises(BadInput), work(actor=world.author) as w:
        writing.retag(w, SLUG, ["cau-1", "khong-co"], topic="giai-phap", level=None)
    with work(actor=world.author) as w:
        assert writing.retag(w, SLUG, ["cau-1", "cau-2", "cau-7"], topic="giai-phap", level=None) == 2
    with work() as w:
        found = queries.workspace(w.session, queries.set_draft(w, SLUG))
        assert {code for code, one in found.items() if one.draft} == {"cau-1", "cau-2"}
        assert found["cau-1"].item.topic == "giai-phap"


def test_a_set_name_is_given_once(work: Work, world: Commune) -> None:
    with work(actor=world.author) as w:
        founding.found_set(w, slug="bo-moi", title="Bộ mới", use=bank.Use.CONTEST)
    for taken in ("bo-moi", "bo-bai-hoc-mau"):
        with pytest.raises(SetTaken), work(actor=world.author) as w:
            founding.found_set(w, slug=taken, title="Bộ khác", use=bank.Use.CONTEST)


def test_a_shipped_set_is_not_written_on(work: Work, commune: Commune) -> None:
    with work() as w:
        publishing.publish_bank(w, contest.sample_bank(), is_shipped=True)
    with pytest.raises(SetShipped), work(actor=commune.author) as w:
        founding.take_up_set(w, SLUG)
    with pytest.raises(Missing), work(actor=commune.author) as w:
        founding.take_up_set(w, "khong-co")


def test_items_are_found_by_words_without_marks_and_by_what_they_are(work: Work, world: Commune) -> None:
    new_item(work, world.author)
    with work() as w:
        set_ = queries.set_draft(w, SLUG)

        def codes(**wanted: object) -> list[str]:
            rows, total = listing.rows(w, set_, listing.Filter(**wanted), 50, 0)  # type: ignore[arg-type] # names are checked by the dataclass
            assert total == len(rows)
            return [row.code for row in rows]

        assert codes(words="cay xanh") == ["cau-1"]
        assert codes(words="CÂY  đê") == ["cau-1"]
        assert codes(words="doi van nghe") == [f"{SLUG}-001"]
        assert codes(state="draft") == [f"{SLUG}-001"]
        assert len(codes(state="published")) == 12
        assert codes(topic="muc-tieu", level=2) == [f"{SLUG}-001", "cau-2", "cau-4", "cau-6"]
        assert len(codes(source=f"{contest.DOCUMENT_SLUG}#phan-2")) == 6
        assert codes(author=world.author.id) == [f"{SLUG}-001"]
        assert codes(words="%") == []
