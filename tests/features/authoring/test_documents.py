"""Documents of the library: written by one, read by another, published whole; files and citations with them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from question_bank import model as bank
from quiz_app.authoring import citations, document_work, publishing, reviewing, sealing, writing
from quiz_app.authoring.errors import (
    DocumentTaken,
    NothingToPublish,
    NotWritable,
    OutOfDate,
    StillFindings,
    WritesHimself,
)
from quiz_app.authoring.models import Draft, Verdict
from quiz_app.catalogue import documents, library, library_queries
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import DocumentEdition
from quiz_app.kernel import fulltext
from quiz_app.kernel.access import NOBODY
from quiz_app.kernel.errors import Missing
from quiz_app.members.models import Member
from quiz_app.searching import queries as searching
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.page import Page
from tests.support.works import View, Work

PDF = b"%PDF-1.4\nstartxref\n9\n%%EOF\n"
BASE = "/bien-soan/van-ban"
WRITTEN = {
    "title": "Nghị quyết mới", "kind": "Nghị quyết", "number": "09-NQ/ĐU", "issuer": "Đảng ủy xã",
    "dated_on": "05/02/2026", "effective_on": "", "expired_on": "", "abstract": "Về việc học tập thường xuyên.",
    "outline": "# I. Mục tiêu\nMỗi chi bộ có một tổ công nghệ số lưu động.\n## 1. Chỉ tiêu {#chi-tieu}",
    "replaces": contest.DOCUMENT_SLUG,
}  # fmt: skip


@pytest.fixture
def world(work: Work, commune: Commune, banks: None) -> Commune:
    with work() as w:
        contest.publish_sample_bank(w)
    return commune


def written(work: Work, author: Member, slug: str = "nghi-quyet-moi", **changes: object) -> Draft:
    """A new document that may be handed in."""
    with work(actor=author) as w:
        draft = document_work.found_document(w, slug, "Nghị quyết mới")
        section = bank.DocumentSection("i", "I. Mục tiêu", 1, "Tổ công nghệ số lưu động.")
        whole = bank.Document(slug, "09", None, "Đảng ủy", "Nghị quyết mới", "Nghị quyết", "Tóm tắt.", (section,))
        writing.save(w, draft.id, 1, replace(whole, **changes))  # type: ignore[arg-type] # names are checked by replace
        return draft


def approved(work: Work, commune: Commune, draft: Draft) -> int:
    """The draft handed in and approved; its revision."""
    with work(actor=commune.author) as w:
        revision = w.session.get_one(Draft, draft.id).revision
        writing.hand_in(w, draft.id, revision)
    with work(actor=commune.reviewer) as w:
        reviewing.judge(w, draft.id, revision, Verdict.APPROVED)
    return revision


def test_a_document_goes_its_way_with_its_file(work: Work, view: View, world: Commune, tmp_path: Path) -> None:
    draft = written(work, world.author)
    with work(actor=world.author) as w:
        document_work.send_file(w, draft.id, 2, library.take_in(tmp_path, "goc.pdf", PDF))
    with pytest.raises(OutOfDate), work(actor=world.author) as w:
        document_work.send_file(w, draft.id, 2, library.take_in(tmp_path, "cu.pdf", PDF))
    with view(actor=NOBODY) as r:
        assert searching.search(r, fulltext.query_words("lưu động"), None, 1).total == 0
    revision = approved(work, world, draft)
    assert revision == 3
    with pytest.raises(NotWritable), work(actor=world.author) as w:
        document_work.send_file(w, draft.id, 3, library.take_in(tmp_path, "muon.pdf", PDF))
    with pytest.raises(NothingToPublish), work(actor=world.organiser) as w:
        publishing.publish_document(w, draft.id, 2)
    with work(actor=world.organiser) as w:
        publishing.publish_document(w, draft.id, revision)
    with view(actor=NOBODY) as r:
        found = catalogue.document(r.session, "nghi-quyet-moi")
        (file,) = found.files
        edition = r.session.scalars(select(DocumentEdition).where(DocumentEdition.document_id == found.id)).one()
        assert (file.file_name, file.attached_by) == ("goc.pdf", world.author.id)
        assert (edition.number, edition.published_by, edition.is_from_files) == (1, world.organiser.id, False)
        assert edition.content["originals"] == [{"file_name": "goc.pdf", "sha256": file.sha256, "size": len(PDF)}]
        assert searching.search(r, fulltext.query_words("lưu động"), None, 1).total == 1


def test_nobody_approves_what_he_wrote_and_findings_stand_in_the_way(work: Work, world: Commune) -> None:
    draft = written(work, world.author, issuer="")
    with pytest.raises(StillFindings), work(actor=world.author) as w:
        writing.hand_in(w, draft.id, 2)
    other = written(work, world.author, "van-ban-khac")
    with work(actor=world.author) as w:
        writing.hand_in(w, other.id, 2)
    with pytest.raises(WritesHimself), work(actor=world.author) as w:
        reviewing.judge(w, other.id, 2, Verdict.APPROVED)
    for slug in ("van-ban-khac", contest.DOCUMENT_SLUG):
        with pytest.raises(DocumentTaken), work(actor=world.organiser) as w:
            document_work.found_document(w, slug, "Trùng")


def test_what_was_written_here_is_kept_over_files(work: Work, view: View, world: Commune) -> None:
    shipped = contest.sample_bank().documents[0]
    with work(actor=world.author) as w:
        draft = document_work.change_document(w, shipped.slug)
        writing.save(w, draft.id, 1, replace(shipped, title="Kế hoạch đã sửa"))
    revision = approved(work, world, draft)
    with work(actor=world.organiser) as w:
        publishing.publish_document(w, draft.id, revision)
    with work() as w:
        (outcome,) = documents.publish_documents(w, [shipped])
        assert outcome.kept_edition == 2
    with view() as r:
        assert catalogue.document(r.session, shipped.slug).title == "Kế hoạch đã sửa"
    with work() as w:
        documents.publish_documents(w, [shipped], replaces_written=True)
    with view() as r:
        found = catalogue.document(r.session, shipped.slug)
        assert found.title == shipped.title
        kept = [(one.number, one.content["title"]) for one in library_queries.editions(r.session, found.id)]
    assert kept == [(3, shipped.title), (2, "Kế hoạch đã sửa"), (1, shipped.title)]


def test_what_cites_an_overtaken_document_is_listed_until_somebody_looked(
    work: Work, view: View, world: Commune
) -> None:
    with view() as r:
        assert citations.overtaken(r) == []
    with work() as w:
        older = contest.sample_bank().documents[0]
        documents.publish_document(w, replace(older, slug="moi", amends=(older.slug,)))
    with view() as r:
        (tie,) = citations.overtaken(r)
    assert (tie.earlier.slug, tie.newer.slug, tie.kind, tie.sealed) == (contest.DOCUMENT_SLUG, "moi", "amends", 0)
    assert len([one for one in tie.citations if one.subject.startswith("lesson:")]) == 2
    assert len([one for one in tie.citations if one.subject.startswith("item:")]) == 13
    first = tie.citations[0].subject
    with work(actor=world.reviewer) as w:
        citations.keep_citation(w, tie.newer.id, first)
        citations.keep_citation(w, tie.newer.id, first)
        with pytest.raises(Missing):
            citations.keep_citation(w, tie.newer.id, "item:0")
    with view() as r:
        (tie,) = citations.overtaken(r)
    assert len(tie.citations) == 14
    with work(actor=world.organiser) as w:
        sealing.seal(w, contest.SET_SLUG)
    with view() as r:
        (tie,) = citations.overtaken(r)
    assert (len(tie.citations), tie.sealed) == (2, 12)
    assert {one.owner for one in tie.citations}.isdisjoint({contest.SET_SLUG})


def test_pages_lead_from_an_empty_form_to_the_library(browse: Browse, world: Commune) -> None:
    browse.as_(world.author)
    assert f"{BASE}/moi" in browse.page(BASE).hrefs()
    browse.submit(f"{BASE}/moi", {"title": "Nghị quyết mới", "slug": "Sai Tên"}, action="/moi", status=422)
    began = browse.submit(f"{BASE}/moi", {"title": "Nghị quyết mới", "slug": "nghi-quyet-moi"}, action="/moi")
    editor = began.location
    number = editor.rsplit("/", 1)[-1]
    wrong = browse.submit(editor, {**WRITTEN, "dated_on": "hôm qua"}, action=f"/nhap/{number}", status=422)
    assert "Ngày chưa đúng" in wrong.text
    browse.submit(editor, WRITTEN, action=f"/nhap/{number}")
    browse.submit(editor, action=f"/nhap/{number}")  # sent back as it came: nothing is lost on the way, and nothing new
    assert browse.page(editor).form(f"/nhap/{number}").values["dated_on"] == ["2026-02-05"]
    files = f"{editor}/tep"
    revision = {"tep-revision": "2"}
    refused = browse.post(files, {**revision, "tep-original": (io.BytesIO(b"<html>"), "a.pdf")}, status=422)
    assert "chỉ nhận tệp PDF hoặc Word" in refused.text
    browse.post(files, {**revision, "tep-original": (io.BytesIO(PDF), "goc.pdf")})
    draft = f"/bien-soan/ban-nhap/{number}"
    browse.submit(draft, action="/gui")
    browse.as_(world.reviewer)
    page = browse.page(draft)
    link = next(href for href in page.hrefs() if f"/nhap/{number}/tep/" in href)
    got = browse.get(link)
    assert got.response.data == PDF
    got.response.close()
    browse.submit(draft, {"verdict": "approved"}, action="/ket-luan")
    browse.as_(world.organiser)
    assert "bị thay thế" in browse.page(f"{editor}/cong-bo").text
    browse.submit(f"{editor}/cong-bo", action="/cong-bo")
    assert "Bản 1" in browse.page(f"{BASE}/nghi-quyet-moi/cac-ban").text
    assert "Nghị quyết mới" in browse.page(BASE).text
    cited = browse.page(f"{BASE}/can-xem-lai")
    assert "Kế hoạch mẫu" in cited.text
    keeping = _acts(cited)[0]
    assert "vẫn đúng" in browse.follow(browse.post(keeping)).text
    assert keeping not in _acts(browse.page(f"{BASE}/can-xem-lai"))
    public = browse.as_nobody().page("/van-ban/nghi-quyet-moi")
    assert public.by_id("chi-tieu") is not None
    assert "goc.pdf" in public.text
    assert "05/02/2026" in public.text
    assert f"/van-ban/{contest.DOCUMENT_SLUG}" in public.hrefs()


def _acts(page: Page) -> list[str]:
    """The addresses that the page's buttons to keep a citation post to."""
    return [action for form in page.all(".//form") if "/can-xem-lai/" in (action := form.get("action", ""))]
