"""The library's pages and the originals attached to its documents."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from quiz_app.catalogue import documents, library, originals, queries
from quiz_app.catalogue.errors import FileKindRefused, FileTooLarge, HasFindings
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.settings import Settings
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.sitting import shipped_bank
from tests.support.works import View, Work

BANK = shipped_bank()
PLAN = BANK.documents[0]
FILES = f"/bien-soan/van-ban/{PLAN.slug}/tep"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"


def _docx(*extra: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("[Content_Types].xml", "word/document.xml", *extra):
            archive.writestr(name, "<x/>")
    return buffer.getvalue()


pytestmark = pytest.mark.usefixtures("shelf")


def test_the_library_is_open_to_everybody(browse: Browse) -> None:
    page = browse.page("/van-ban/")
    assert PLAN.title in page.text
    assert f"/van-ban/{PLAN.slug}" in page.hrefs()


def test_a_document_shows_its_outline_with_every_anchor(browse: Browse) -> None:
    page = browse.page(f"/van-ban/{PLAN.slug}")
    assert PLAN.issuer in page.text
    for section in PLAN.sections:
        assert section.heading in " ".join(page.by_id(section.anchor).itertext())
        assert f"#{section.anchor}" in page.hrefs()


def test_every_source_of_every_shipped_item_is_an_anchor_of_a_page(browse: Browse) -> None:
    pages = {document.slug: browse.page(f"/van-ban/{document.slug}") for document in BANK.documents}
    sources = {(item.source.document, item.source.section) for _, item in BANK.items()}
    assert sources
    for document, section in sources:
        assert pages[document].by_id(section) is not None


def test_an_unknown_document_is_missing(browse: Browse) -> None:
    browse.page("/van-ban/khong-co", status=404)
    browse.page("/van-ban/tep/0123456789abcdef0123456789abcdef", status=404)


def test_an_original_is_handed_out_to_be_saved_and_removed_by_an_organiser(
    browse: Browse, commune: Commune, settings: Settings, work: Work, view: View
) -> None:
    with work(actor=commune.author) as w:
        original = library.take_in(settings.data_dir, "../../Kế hoạch.html", PDF)
        library.attach(w, queries.document(w.session, PLAN.slug), original, commune.author.id)
    link = next(href for href in browse.page(f"/van-ban/{PLAN.slug}").hrefs() if "/tep/" in href)
    got = browse.get(link)
    assert got.response.data == PDF
    got.response.close()
    assert got.response.headers["Content-Disposition"].startswith("attachment")
    assert "K%E1%BA%BF%20ho%E1%BA%A1ch.pdf" in got.response.headers["Content-Disposition"]
    assert got.response.headers["X-Content-Type-Options"] == "nosniff"
    assert got.response.headers["Cache-Control"] == "no-store"
    assert got.response.mimetype == "application/pdf"
    (kept,) = (settings.data_dir / "files").iterdir()
    assert kept.name == link.rsplit("/", 1)[-1]
    browse.as_(commune.organiser).submit(f"/bien-soan/van-ban/tep/{kept.name}/go", action="/go")
    browse.get(link, status=404)
    assert not kept.exists()
    with view() as r:
        recorded = r.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    acts = [(entry.action, entry.actor_member_id) for entry in recorded if entry.action.startswith("document.file")]
    assert acts == [
        ("document.file_attached", commune.author.id),
        ("document.file_removed", commune.organiser.id),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"PK\x03\x04" + b"\0" * 200,
        b"%PDF-1.7 and nothing else",
        b"%PDF-1.7\n%%EOF\n" + b"\0" * 4096,
        b" " + PDF,
        _docx("word/vbaProject.bin"),
        _docx("../../evil"),
        _docx()[:-30],
        b"PK\x03\x04[Content_Types].xml word/document.xml",
        b"",
    ],
)
def test_the_content_decides_what_an_original_is(settings: Settings, content: bytes) -> None:
    with pytest.raises(FileKindRefused):
        library.take_in(settings.data_dir, "van-ban.pdf", content)
    assert not (settings.data_dir / "files").exists()


def test_sizes_and_kinds_at_their_boundaries() -> None:
    limit = originals.LIMIT_MB * 1024 * 1024
    end = b"startxref\n9\n%%EOF\n"
    assert originals.content_type_of(b"%PDF-" + b"\0" * (limit - 5 - len(end)) + end) == originals.PDF
    with pytest.raises(FileTooLarge):
        originals.content_type_of(b"%PDF-" + b"\0" * (limit - 4 - len(end)) + end)
    assert originals.content_type_of(_docx()) == originals.DOCX
    with pytest.raises(FileKindRefused):
        originals.content_type_of(b" %PDF-1.7")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Kế hoạch.docx", "Kế hoạch.pdf"),
        ("C:\\Users\\an\\Kế hoạch.pdf", "Kế hoạch.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("a\r\nX: y.pdf", "a X: y.pdf"),
        ("", "van-ban.pdf"),
        (".pdf", "van-ban.pdf"),
        ("x" * 400, "x" * 196 + ".pdf"),
    ],
)
def test_names_of_originals_are_tidied(given: str, shown: str) -> None:
    assert originals.display_name(given, originals.PDF) == shown


def test_bytes_lie_under_a_name_of_the_server(tmp_path: Path) -> None:
    first, second = originals.keep(tmp_path, PDF), originals.keep(tmp_path, PDF)
    assert first != second
    assert originals.path_of(tmp_path, first).read_bytes() == PDF


@pytest.mark.parametrize("who", ["member", "secretary", "author", "reviewer", "operator"])
def test_only_organisers_manage_originals(browse: Browse, commune: Commune, who: str) -> None:
    browse.as_(getattr(commune, who))
    browse.page(FILES, status=403)
    assert FILES not in browse.page(f"/van-ban/{PLAN.slug}").hrefs()


def test_the_library_is_narrowed_by_kind_issuer_year_and_validity(browse: Browse, work: Work) -> None:
    older = replace(PLAN, slug="chi-thi-cu", title="Chỉ thị cũ", kind="Chỉ thị", number="1", dated_on=date(2020, 2, 3))
    newer = replace(older, slug="chi-thi-moi", title="Chỉ thị mới", dated_on=date(2025, 2, 3), replaces=("chi-thi-cu",))
    later = replace(
        older, slug="chi-thi-sau", title="Chỉ thị sau", effective_on=date(2999, 1, 1), amends=("chi-thi-cu",)
    )
    ended = replace(older, slug="chi-thi-het", title="Chỉ thị hết", issuer="Thành ủy", expired_on=date(2021, 1, 1))
    with work() as w:
        for one in (older, newer, later, ended):
            documents.publish_document(w, one)

    def listed(query: str) -> set[str]:
        return {title for title in browse.page(f"/van-ban/?{query}").texts(".//h2") if title.startswith("Chỉ thị")}

    assert listed("loai=Ch%E1%BB%89+th%E1%BB%8B") == {"Chỉ thị cũ", "Chỉ thị mới", "Chỉ thị sau", "Chỉ thị hết"}
    assert listed("nam=2025") == {"Chỉ thị mới"}
    assert listed("co-quan=Th%C3%A0nh+%E1%BB%A7y") == {"Chỉ thị hết"}
    assert listed("hieu-luc=bi-thay-the") == {"Chỉ thị cũ"}
    assert listed("hieu-luc=chua-hieu-luc") == {"Chỉ thị sau"}
    assert listed("hieu-luc=het-hieu-luc") == {"Chỉ thị hết"}
    assert listed("hieu-luc=con-hieu-luc&nam=2025") == {"Chỉ thị mới"}
    assert "Không có văn bản nào như vậy" in browse.page("/van-ban/?nam=2025&hieu-luc=het-hieu-luc").text
    assert len(listed("hieu-luc=vo-nghia&nam=abc")) == 4


def test_ties_between_documents_are_told_in_both_directions(browse: Browse, work: Work) -> None:
    older = replace(PLAN, slug="cu", title="Văn bản cũ")
    newer = replace(PLAN, slug="moi", title="Văn bản mới", replaces=("cu",))
    change = replace(PLAN, slug="sua", title="Văn bản sửa", amends=("cu",))
    with work() as w:
        documents.publish_documents(w, [change, newer, older])
    page = browse.page("/van-ban/cu")
    assert "Văn bản này đã được thay thế" in page.text
    assert "Văn bản này đã được sửa đổi, bổ sung" in page.text
    assert {"/van-ban/moi", "/van-ban/sua"} <= set(page.hrefs())
    assert "/van-ban/cu" in browse.page("/van-ban/moi").hrefs()
    assert "/van-ban/cu" in browse.page("/van-ban/sua").hrefs()


def test_a_document_cannot_replace_what_is_not_there(work: Work) -> None:
    with pytest.raises(HasFindings), work() as w:
        documents.publish_document(w, replace(PLAN, slug="moi", replaces=("khong-co",)))
