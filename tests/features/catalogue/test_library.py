"""The library's pages and the originals attached to its documents."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from question_bank.reading import read_bank
from quiz_app.catalogue import originals, services
from quiz_app.catalogue.errors import FileKindRefused, FileTooLarge
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.settings import Settings
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import View, Work

BANK = read_bank()
PLAN = BANK.documents[0]
FILES = f"/bien-soan/van-ban/{PLAN.slug}/tep"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def published(work: Work) -> None:
    with work() as w:
        services.publish_bank(w, BANK)


def _docx(*extra: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("[Content_Types].xml", "word/document.xml", *extra):
            archive.writestr(name, "<x/>")
    return buffer.getvalue()


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


def test_an_organiser_attaches_an_original_and_removes_it(
    browse: Browse, commune: Commune, settings: Settings, view: View
) -> None:
    browse.as_(commune.organiser)
    answer = browse.post(FILES, {"original": (io.BytesIO(PDF), "../../Kế hoạch.html")})
    assert "Kế hoạch.pdf" in browse.follow(answer).text
    link = next(href for href in browse.other().page(f"/van-ban/{PLAN.slug}").hrefs() if "/tep/" in href)
    got = browse.other().get(link)
    assert got.response.data == PDF
    got.response.close()
    assert got.response.headers["Content-Disposition"].startswith("attachment")
    assert got.response.headers["Cache-Control"] == "no-store"
    assert got.response.mimetype == "application/pdf"
    (kept,) = (settings.data_dir / "files").iterdir()
    assert kept.name == link.rsplit("/", 1)[-1]
    removing = f"/bien-soan/van-ban/tep/{kept.name}/go"
    browse.submit(removing, action="/go")
    browse.get(link, status=404)
    assert not kept.exists()
    with view() as r:
        recorded = r.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    acts = [(entry.action, entry.actor_member_id) for entry in recorded if entry.action.startswith("document.file")]
    assert acts == [
        ("document.file_attached", commune.organiser.id),
        ("document.file_removed", commune.organiser.id),
    ]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<html><script>alert(1)</script></html>", "van-ban.pdf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "anh.docx"),
        (b"PK\x03\x04" + b"\0" * 200, "nen.docx"),
        (_docx("word/vbaProject.bin"), "co-macro.docx"),
        (b"", "rong.pdf"),
    ],
)
def test_the_content_decides_what_an_original_is(
    browse: Browse, commune: Commune, settings: Settings, content: bytes, name: str
) -> None:
    answer = browse.as_(commune.organiser).post(FILES, {"original": (io.BytesIO(content), name)}, status=422)
    assert "chỉ nhận tệp PDF hoặc Word" in answer.text
    assert not (settings.data_dir / "files").exists()


def test_a_form_without_a_file_says_so(browse: Browse, commune: Commune) -> None:
    answer = browse.as_(commune.organiser).post(FILES, {}, status=422)
    assert "chưa chọn tệp" in answer.text


def test_sizes_and_kinds_at_their_boundaries() -> None:
    limit = originals.LIMIT_MB * 1024 * 1024
    assert originals.content_type_of(b"%PDF-" + b"\0" * (limit - 5)) == originals.PDF
    with pytest.raises(FileTooLarge):
        originals.content_type_of(b"%PDF-" + b"\0" * (limit - 4))
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
    browse.post(FILES, {"original": (io.BytesIO(PDF), "a.pdf")}, status=403)
    assert FILES not in browse.page(f"/van-ban/{PLAN.slug}").hrefs()
