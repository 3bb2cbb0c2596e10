"""What is found by whom: never a key before its answers are public, and nothing that a page would not show."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update

from question_bank.model import Use
from quiz_app.authoring import sealing
from quiz_app.catalogue import documents, searchable, services
from quiz_app.catalogue.models import Item, ItemSet, ItemVersion, Lesson, StudyModule
from quiz_app.catalogue.searchable import Kind
from quiz_app.contests.models import PoolItem
from quiz_app.kernel import fulltext
from quiz_app.kernel.access import NOBODY, SYSTEM
from quiz_app.kernel.fulltext import SearchEntry, Wording
from quiz_app.kernel.work import Reading
from quiz_app.rules.validity import Validity
from quiz_app.searching import queries
from quiz_app.searching.queries import Found, Shelf
from quiz_app.searching.snippets import marked, snippet
from quiz_app.worker import fill_search_index
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.sitting import shipped_bank
from tests.support.works import View, Work

WHOLE = shipped_bank()
# enough of the shipped bank to search in: checking all of its items takes seconds
BANK = replace(WHOLE, sets=tuple(replace(one, items=one.items[:12], blueprint=()) for one in WHOLE.sets))
LESSONS = next(one for one in BANK.sets if one.use is Use.LESSON)
PRACTICE = next(one for one in BANK.sets if one.use is Use.PRACTICE)
PAGE = "/tim-kiem"


def publish(work: Work) -> None:
    with work() as w:
        services.publish_bank(w, BANK)


def find(r: Reading, query: str, shelf: Shelf | None = None, **options: int) -> Found:
    return queries.search(r, fulltext.query_words(query), shelf, options.get("number", 1), options.get("size", 100))


def kinds(found: Found) -> set[Kind]:
    return {hit.kind for hit in found.page.rows}


def test_every_kind_is_found_where_it_is_read(work: Work, view: View) -> None:
    publish(work)
    with view(actor=SYSTEM) as r:
        assert {kind for kind in Kind if searched(r, kind)} == set(Kind)
        for hit in find(r, "tuyên truyền").page.rows:
            assert hit.place.name
            assert any(piece.is_marked for piece in [*hit.title, *hit.text])


def searched(r: Reading, kind: Kind) -> int:
    """How many entries of a kind are found by the words of their own titles."""
    entries = r.session.scalars(select(SearchEntry).where(SearchEntry.kind == kind.value).limit(3)).all()
    return sum(kind in kinds(find(r, entry.title)) for entry in entries)


def test_no_key_of_a_contest_is_in_the_index_or_found(work: Work, view: View) -> None:
    publish(work)
    with work() as w:
        for item_set in w.session.scalars(select(ItemSet)):
            searchable.put_set(w.session, item_set)
    with view(actor=SYSTEM) as r:
        uses = r.session.scalars(
            select(ItemSet.use)
            .join(Item, Item.set_id == ItemSet.id)
            .join(SearchEntry, SearchEntry.subject_id == Item.id)
            .where(SearchEntry.kind == Kind.RATIONALE.value)
            .distinct()
        ).all()
        assert set(uses) == {Use.LESSON.value, Use.PRACTICE.value}
        stems = {item.stem for one in BANK.sets if one.use is Use.CONTEST for item in one.items}
        assert stems
        assert stems.isdisjoint(r.session.scalars(select(SearchEntry.title)))


def test_the_rule_holds_even_where_the_index_would_tell(work: Work, view: View, commune: Commune) -> None:
    """A contest's item put into the index by mistake is found by nobody: before, during and after its round."""
    with work() as w:
        set_id = contest.publish_sample_bank(w)
        ids = w.session.scalars(select(Item.id).where(Item.set_id == set_id)).all()
        fulltext.write(w.session, Kind.RATIONALE, {id_: Wording("bí mật", "lời giải kín") for id_ in ids})
        sealing.seal(w, contest.SET_SLUG)
    for actor in (NOBODY, SYSTEM):
        with view(actor=actor) as r:
            assert find(r, "lời giải kín").total == 0
    with view(actor=commune.organiser) as r:
        assert find(r, "bí mật").total == 0


def test_an_item_in_a_pool_is_found_by_nobody(work: Work, view: View, commune: Commune) -> None:
    """Even of a set for lessons, should a round ever hold it: what a round asks is told by its own pages alone."""
    with work() as w:
        round_id = contest.open_round(w, commune.root).round.id
        stem, version_id = w.session.execute(
            select(ItemVersion.stem, ItemVersion.id)
            .join(Item, Item.current_version_id == ItemVersion.id)
            .join(ItemSet, ItemSet.id == Item.set_id)
            .where(ItemSet.use == Use.LESSON.value)
        ).one()
    with view(actor=commune.member) as r:
        assert find(r, stem, Shelf.RATIONALES).total == 1
    with work() as w:
        taken = w.session.scalars(select(PoolItem).where(PoolItem.round_id == round_id)).first()
        assert taken is not None
        taken.item_version_id = version_id
    with view(actor=commune.member) as r:
        assert find(r, stem, Shelf.RATIONALES).total == 0


def test_practice_is_found_by_those_signed_in(work: Work, view: View, commune: Commune) -> None:
    publish(work)
    stem = next(item.stem for item in PRACTICE.items)
    with view(actor=NOBODY) as r:
        assert stem not in {"".join(piece.text for piece in hit.title) for hit in find(r, stem).page.rows}
    with view(actor=commune.member) as r:
        assert stem in {"".join(piece.text for piece in hit.title) for hit in find(r, stem).page.rows}


def test_a_rationale_leads_to_where_its_question_is_read(work: Work, view: View) -> None:
    """A check question stands at the end of its lesson; one for practice is explained by the lesson itself."""
    publish(work)
    with view(actor=SYSTEM) as r:
        for item, anchor in ((LESSONS.items[0], {"_anchor": "cau-hoi-on"}), (PRACTICE.items[0], {})):
            module, lesson = (item.lesson or "").split("/")
            hits = find(r, item.stem, Shelf.RATIONALES).page.rows
            values = {"module_slug": module, "lesson_slug": lesson} | anchor
            assert values in [dict(hit.place.values) for hit in hits], item.id


def test_a_restricted_module_is_found_by_those_who_may_read_it(work: Work, view: View, commune: Commune) -> None:
    publish(work)
    with work() as w:
        w.session.execute(update(StudyModule).values(is_restricted=True))
    with view(actor=NOBODY) as r:
        assert kinds(find(r, "tuyên truyền")) <= {Kind.DOCUMENT, Kind.SECTION}
    with view(actor=commune.member) as r:
        assert kinds(find(r, "tuyên truyền")) == set(Kind)


def test_what_is_retired_is_not_found(work: Work, view: View) -> None:
    publish(work)
    module = BANK.modules[0]
    gone, kept = module.lessons[0], module.lessons[1]
    with work() as w:
        items = tuple(one for one in LESSONS.items if one.lesson != f"{module.slug}/{gone.slug}")
        services.publish_set(w, replace(LESSONS, items=items), is_shipped=True)
        services.publish_module(w, replace(module, lessons=module.lessons[1:]))
    with view(actor=SYSTEM) as r:
        titles = {"".join(piece.text for piece in hit.title) for hit in find(r, gone.title).page.rows}
        assert gone.title not in titles
        left = r.session.scalars(select(SearchEntry.subject_id).where(SearchEntry.kind == Kind.LESSON.value)).all()
        retired = r.session.scalars(select(Lesson.id).where(Lesson.slug == gone.slug)).one()
        assert retired not in left
        assert Kind.LESSON in kinds(find(r, kept.title))


def test_the_index_is_made_anew_by_command_and_by_the_worker(app: Flask, work: Work, view: View) -> None:
    publish(work)
    database = app.extensions["database"]
    assert fill_search_index(database) == 0
    with view() as r:
        before = set(r.session.execute(select(SearchEntry.kind, SearchEntry.subject_id, SearchEntry.marked)).all())
    with work() as w:
        w.session.query(SearchEntry).delete()
    assert fill_search_index(database) == len(before)
    answer = app.test_cli_runner().invoke(args=["catalogue", "reindex"])
    assert f"{len(before)} mục" in answer.output
    with view() as r:
        after = set(r.session.execute(select(SearchEntry.kind, SearchEntry.subject_id, SearchEntry.marked)).all())
    assert after == before


def test_what_does_not_hold_any_more_says_so(work: Work, view: View) -> None:
    plan = BANK.documents[0]
    section = replace(plan.sections[0], abstract="Con số lạ kỳ.")
    with work() as w:
        older = replace(plan, slug="cu", sections=(section,))
        documents.publish_documents(w, [plan, older, replace(plan, slug="moi", replaces=("cu",))])
    with view(actor=NOBODY) as r:
        cautions = {hit.place.values["slug"]: hit.caution for hit in find(r, plan.sections[0].heading).page.rows}
    assert cautions == {plan.slug: None, "cu": Validity.REPLACED, "moi": None}


def test_pages_of_hits_hold_each_once(work: Work, view: View) -> None:
    publish(work)
    with view(actor=SYSTEM) as r:
        whole = find(r, "tuyên truyền")
        pages = -(-whole.total // 7)
        seen = [
            hit for number in range(1, pages + 1) for hit in find(r, "tuyên truyền", number=number, size=7).page.rows
        ]
    assert whole.total > 14
    assert seen == list(whole.page.rows)


def test_a_snippet_holds_the_words_and_marks_them() -> None:
    words = fulltext.query_words("sáu rõ")
    text = "Mở đầu dài. " * 60 + "Phương châm sáu rõ là thế này, sau ro cũng vậy. " + "Phần cuối. " * 60
    pieces = snippet(text, words)
    shown = "".join(piece.text for piece in pieces)
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 280
    assert [piece.text for piece in pieces if piece.is_marked] == ["sáu", "rõ", "sau", "ro"]
    assert "".join(piece.text for piece in marked("A <b> sáu", words)) == "A <b> sáu"
    assert snippet("", words) == []


def test_somebody_searches_and_turns_pages(browse: Browse, work: Work) -> None:
    publish(work)
    for address in ("/van-ban/", "/hoc/"):
        assert browse.page(address).form(PAGE, method="get").values == {"q": [""]}
    assert "Đồng chí muốn tìm điều gì?" in browse.page(PAGE).text
    page = browse.page(f"{PAGE}?q=tuyen+truyen")
    assert page.form(PAGE, method="get").values["q"] == ["tuyen truyen"]
    assert "tuyên" in " ".join(page.texts(".//mark")).lower()
    assert f"{PAGE}?q=tuyen+truyen&trang=2" in page.hrefs()
    second = browse.page(f"{PAGE}?q=tuyen+truyen&trang=2")
    assert set(second.texts(".//h2")) != set(page.texts(".//h2"))
    lessons = browse.page(f"{PAGE}?q=tuyen+truyen&loai=bai-hoc")
    assert {text.split(" · ")[0] for text in lessons.texts(".//li[@class='hit']/p[@class='soft']")} == {"Bài học"}
    assert lessons.form(PAGE, method="get").values == {"q": ["tuyen truyen"], "loai": ["bai-hoc"]}
    link = next(
        href for href in browse.page(f"{PAGE}?q=sau+ro&loai=van-ban").hrefs() if "#" in href and "/van-ban/" in href
    )
    assert browse.page(link.split("#")[0]).by_id(link.split("#")[1]) is not None


@pytest.mark.parametrize(
    "query", ["%22", "<script>alert(1)</script>", "zzzz", "%00", "a" * 3000, "???", "%F0%9F%8C%B1"]
)
@pytest.mark.usefixtures("banks")
def test_any_query_is_answered_in_words(browse: Browse, query: str) -> None:
    page = browse.page(f"{PAGE}?q={query}&loai=khac&trang=-1")
    assert "Chưa tìm thấy" in page.text or "Đồng chí muốn tìm" in page.text or page.texts(".//mark")


def test_what_is_found_is_escaped(browse: Browse, work: Work) -> None:
    plan = BANK.documents[0]
    section = replace(plan.sections[0], abstract="Viết `<img src=x onerror=alert(1)>` kỳ lạ & thế.")
    with work() as w:
        documents.publish_document(w, replace(plan, sections=(section, *plan.sections[1:])))
    answer = browse.get(f"{PAGE}?q=onerror")
    body = answer.response.get_data(as_text=True)
    assert "<mark>onerror</mark>" in body
    assert "<img src=x" not in body
