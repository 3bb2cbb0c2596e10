"""Publishing: idempotent, immutable versions, retirement, refusals with findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from question_bank.model import Bank, Document, Item, ItemSet, Option, Source, Use
from quiz_app.catalogue import documents, library_queries, models, queries, services
from quiz_app.catalogue.errors import HasFindings, OriginFixed, UseFixed
from quiz_app.kernel.audit import AuditEntry
from tests.support.sitting import shipped_bank
from tests.support.works import View, Work

BANK = shipped_bank()
PRACTICE = next(one for one in BANK.sets if one.use is Use.PRACTICE)


def _with_item(item_set: ItemSet, code: str, change: Callable[[Item], Item]) -> ItemSet:
    return replace(item_set, items=tuple(change(item) if item.id == code else item for item in item_set.items))


def test_the_shipped_bank_is_published_whole(work: Work) -> None:
    with work() as w:
        outcomes = services.publish_bank(w, BANK)
    assert {one.slug for one in outcomes} == {
        *(document.slug for document in BANK.documents),
        *(module.slug for module in BANK.modules),
        *(item_set.slug for item_set in BANK.sets),
    }
    with work() as w:
        versions = w.session.scalar(select(func.count()).select_from(models.ItemVersion))
        options = w.session.scalar(select(func.count()).select_from(models.Option))
        lessons = w.session.scalar(select(func.count()).select_from(models.Lesson))
    assert versions == len(list(BANK.items()))
    assert options == sum(len(item.options) for _, item in BANK.items())
    assert lessons == sum(len(module.lessons) for module in BANK.modules)


@pytest.mark.usefixtures("shelf")
def test_publishing_twice_changes_nothing(work: Work) -> None:
    with work() as w:
        before = w.session.scalar(select(func.count()).select_from(AuditEntry))
        outcomes = services.publish_bank(w, BANK)
        after = w.session.scalar(select(func.count()).select_from(AuditEntry))
    assert not any(one.is_changed for one in outcomes)
    assert sum(one.unchanged for one in outcomes if one.kind == "set") == len(list(BANK.items()))
    assert before == after


@pytest.mark.usefixtures("shelf")
def test_a_corrected_item_becomes_a_new_version_and_the_old_one_stays(work: Work, view: View) -> None:
    code = PRACTICE.items[0].id
    with view() as r:
        old = _version_row(r.session, code)
        kept = (old.id, old.stem, old.stem_html, [(o.id, o.code, o.text_html, o.is_key) for o in old.options])
    corrected = _with_item(PRACTICE, code, lambda item: replace(item, stem=item.stem + " (đã sửa)"))
    with work() as w:
        outcome = services.publish_set(w, corrected, is_shipped=True)
    assert (outcome.added, outcome.changed, outcome.unchanged) == (0, 1, len(PRACTICE.items) - 1)
    with view() as r:
        new = _version_row(r.session, code)
        again = r.session.get_one(models.ItemVersion, kept[0])
        assert (new.number, again.number) == (2, 1)
        assert new.item_id == again.item_id
        assert new.stem.endswith("(đã sửa)")
        options = [(o.id, o.code, o.text_html, o.is_key) for o in again.options]
        assert (again.id, again.stem, again.stem_html, options) == kept
        assert [o.code for o in new.options] == [o.code for o in again.options]
        pool = {candidate.item_version_id for candidate in queries.pool(r.session, [_set_id(r.session)])}
    assert new.id in pool
    assert again.id not in pool


@pytest.mark.usefixtures("shelf")
def test_another_level_is_a_new_version_since_rounds_draw_by_it(work: Work, view: View) -> None:
    item = PRACTICE.items[0]
    level = 1 + item.level % 3
    with work() as w:
        outcome = services.publish_set(
            w, _with_item(PRACTICE, item.id, lambda one: replace(one, level=level)), is_shipped=True
        )
    assert outcome.changed == 1
    with view() as r:
        assert _version_row(r.session, item.id).level == level
        counts = queries.set_with_counts(r.session, _set_id(r.session))
    assert counts.total == len(PRACTICE.items)


@pytest.mark.usefixtures("shelf")
def test_an_item_that_left_the_file_is_retired_and_may_come_back(work: Work, view: View) -> None:
    gone = PRACTICE.items[-1].id
    with work() as w:
        outcome = services.publish_set(w, replace(PRACTICE, items=PRACTICE.items[:-1]), is_shipped=True)
    assert (outcome.retired, outcome.unchanged) == (1, len(PRACTICE.items) - 1)
    with view() as r:
        assert _item_row(r.session, gone).retired_at is not None
        assert _version_row(r.session, gone).options
        assert len(queries.pool(r.session, [_set_id(r.session)])) == len(PRACTICE.items) - 1
    with work() as w:
        services.publish_set(w, PRACTICE, is_shipped=True)
    with view() as r:
        assert _item_row(r.session, gone).retired_at is None
        assert _version_row(r.session, gone).number == 1


@pytest.mark.usefixtures("shelf")
def test_a_set_with_findings_is_refused_in_words_and_nothing_is_kept(work: Work, view: View) -> None:
    item = PRACTICE.items[0]
    keyless = replace(item, options=tuple(replace(option, is_key=False) for option in item.options))
    broken = _with_item(PRACTICE, item.id, lambda _: keyless)
    with pytest.raises(HasFindings) as refused, work() as w:
        services.publish_set(w, broken, is_shipped=True)
    assert refused.value.facts["count"] == 1
    assert item.id in str(refused.value.facts["findings"])
    with view() as r:
        assert _version_row(r.session, item.id).number == 1


@pytest.mark.usefixtures("shelf")
def test_a_new_set_may_not_repeat_a_published_stem(work: Work) -> None:
    twin = replace(PRACTICE.items[0], id="khac-1", lesson=None)
    with pytest.raises(HasFindings) as refused, work() as w:
        services.publish_set(w, ItemSet("bo-rieng", "Bộ riêng", Use.CONTEST, (twin,)), is_shipped=False)
    assert "trùng" in str(refused.value.facts["findings"])


def test_an_unpublished_topic_is_a_finding(work: Work) -> None:
    with pytest.raises(HasFindings) as refused, work() as w:
        services.publish_set(w, PRACTICE, is_shipped=True)
    assert "chủ đề" in str(refused.value.facts["findings"])


@pytest.mark.usefixtures("shelf")
def test_origin_and_use_of_a_published_set_are_fixed(work: Work) -> None:
    with pytest.raises(OriginFixed), work() as w:
        services.publish_set(w, PRACTICE, is_shipped=False)
    with pytest.raises(UseFixed), work() as w:
        services.publish_set(w, replace(PRACTICE, use=Use.CONTEST), is_shipped=True)


@pytest.mark.usefixtures("shelf")
def test_what_a_participant_is_shown_has_no_key(view: View) -> None:
    with view() as r:
        ids = [candidate.item_version_id for candidate in queries.pool(r.session, [_set_id(r.session)])]
        items = queries.paper_items(r.session, ids)
        keys = queries.key_of(r.session, ids)
        keyed = queries.keyed_items(r.session, ids)
    assert [one.name for one in fields(queries.PaperItem)] == ["item_version_id", "stem_html", "is_multiple", "options"]
    for id_ in ids:
        assert keyed[id_].keys == keys[id_]
        assert keys[id_] < items[id_].options.keys()
        assert keyed[id_].rationale_html not in repr(items[id_])
        assert list(items[id_].options) == [option.id for option in keyed[id_].options]


@pytest.mark.usefixtures("shelf")
def test_versions_are_kept_in_the_process_and_unknown_ones_are_told(view: View) -> None:
    with view() as r:
        ids = [candidate.item_version_id for candidate in queries.pool(r.session, [_set_id(r.session)])]
        first = queries.paper_items(r.session, ids)
        again = queries.paper_items(r.session, ids)
        assert all(first[id_] is again[id_] for id_ in ids)
        with pytest.raises(LookupError):
            queries.paper_items(r.session, [10**9])


def test_a_pinned_option_stays_last_in_the_pool(work: Work, view: View) -> None:
    options = (Option("z", "Cả ba ý trên", is_key=True, is_pinned=True), Option("b", "Ý một"), Option("c", "Ý hai"))
    item = replace(PRACTICE.items[0], id="ghim-1", options=options)
    with work() as w:
        services.publish_bank(w, Bank(BANK.topics, (), BANK.modules, BANK.documents))
        services.publish_set(w, ItemSet("ghim", "Bộ có phương án ghim", Use.PRACTICE, (item,)), is_shipped=False)
    with view() as r:
        item_set = queries.published_set(r.session, "ghim")
        assert item_set is not None
        (candidate,) = queries.pool(r.session, [item_set.id])
        texts = queries.paper_items(r.session, [candidate.item_version_id])[candidate.item_version_id].options
    assert [texts[option] for option in candidate.pinned] == ["Cả ba ý trên"]


@pytest.mark.usefixtures("shelf")
def test_a_section_that_left_the_outline_keeps_its_target(work: Work, view: View) -> None:
    document = BANK.documents[0]
    shorter: Document = replace(document, sections=document.sections[:-1])
    with work() as w:
        outcome = documents.publish_document(w, shorter)
    assert (outcome.added, outcome.changed, outcome.retired) == (0, 0, 1)
    gone = document.sections[-1].anchor
    with view() as r:
        (link,) = queries.sources(r.session, [(document.slug, gone)]).values()
    assert link.heading == document.sections[-1].heading


@pytest.mark.usefixtures("shelf")
def test_lessons_change_and_retire_with_their_module(work: Work, view: View) -> None:
    module = BANK.modules[0]
    first = replace(module.lessons[0], title="Tên bài mới")
    with work() as w:
        outcome = services.publish_module(w, replace(module, lessons=(first, *module.lessons[1:-1])))
    assert (outcome.changed, outcome.retired, outcome.unchanged) == (1, 1, len(module.lessons) - 2)
    with view() as r:
        row = r.session.scalars(select(models.StudyModule).where(models.StudyModule.slug == module.slug)).one()
        assert row.lessons[0].title == "Tên bài mới"
        assert [lesson.slug for lesson in row.lessons if lesson.retired_at] == [module.lessons[-1].slug]


@pytest.mark.usefixtures("shelf")
def test_a_module_without_a_known_section_is_refused(work: Work) -> None:
    module = replace(BANK.modules[0], section="khong-co")
    with pytest.raises(HasFindings), work() as w:
        services.publish_module(w, module)


@pytest.mark.usefixtures("shelf")
def test_every_source_of_the_bank_has_a_target(view: View) -> None:
    with view() as r:
        targets = {
            (document.slug, section.anchor)
            for document in library_queries.documents(r.session)
            for section in queries.document(r.session, document.slug).sections
        }
    named = {(item.source.document, item.source.section) for _, item in BANK.items()}
    named |= {
        (module.document, section) for module in BANK.modules for one in module.lessons for section in one.sections
    }
    assert named
    assert named <= targets
    assert all(Source(*pair) for pair in named)


def _set_id(session: Session) -> int:
    found = queries.published_set(session, PRACTICE.slug)
    assert found is not None
    return found.id


def _item_row(session: Session, code: str) -> models.Item:
    query = select(models.Item).where(models.Item.code == code)
    return session.scalars(query).one()


def _version_row(session: Session, code: str) -> models.ItemVersion:
    version_id = _item_row(session, code).current_version_id
    return session.get_one(models.ItemVersion, version_id)
