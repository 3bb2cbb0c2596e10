"""The evidence as a PDF file; where none can be made, the page for paper stays and says so."""

from __future__ import annotations

import socket

import pytest

from quiz_app.feedback import complaints
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import Settings
from quiz_app.operations import doctor
from quiz_app.web import pdf
from tests.features.feedback.conftest import Sit
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.sitting import at
from tests.support.works import Work

MISSING = "Hệ thống thiếu thư viện pango-1.0."


def _without() -> str:
    return MISSING


@pytest.fixture
def url(work: Work, commune: Commune, sit: Sit) -> str:
    attempt_id = sit(commune.member)
    with work(actor=commune.member, now=at(5)) as w:
        found = complaints.complain(w, attempt_id, position=None, text="Tôi chọn đúng.")
        return f"/to-chuc/khieu-nai/{found.id}/ho-so"


def test_the_file_is_a_pdf_of_the_page(browse: Browse, commune: Commune, url: str) -> None:
    if pdf.why_not() is not None:
        browse.as_(commune.organiser).get(f"{url}.pdf", status=404)
        return
    assert f"{url}.pdf" in browse.as_(commune.organiser).page(url).hrefs()
    made = browse.get(f"{url}.pdf").response
    assert made.mimetype == "application/pdf"
    assert made.headers["Content-Disposition"].startswith("attachment; filename=ho-so-khieu-nai-")
    assert made.data.startswith(b"%PDF-")
    assert len(made.data) > 10_000  # fonts and text, no empty leaf
    browse.as_(commune.organiser_elsewhere).get(f"{url}.pdf", status=404)
    browse.as_(commune.secretary).get(f"{url}.pdf", status=403)


def test_without_the_library_a_sentence_stands_for_the_button(
    browse: Browse, commune: Commune, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "why_not", _without)
    page = browse.as_(commune.organiser).page(url)
    assert "máy chủ này chưa cài phần tự lập tệp PDF" in page.text
    assert f"{url}.pdf" not in page.hrefs()
    browse.get(f"{url}.pdf", status=404)


def test_nothing_outside_the_page_is_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.setblocking(False)
        page = f'<h1>Hồ sơ</h1><img src="{address}/a.png"><link rel="stylesheet" href="{address}/b.css"><img src="/c">'
        if pdf.why_not() is None:
            assert pdf.of_page(page).startswith(b"%PDF-")
        else:
            with pytest.raises(RuntimeError):
                pdf.of_page(page)
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_the_doctor_names_what_is_missing(db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "why_not", _without)
    told = [finding.words for finding in doctor.examine(db, settings) if finding.is_well]
    assert any(MISSING in words and "Trang để in vẫn dùng được" in words for words in told)
