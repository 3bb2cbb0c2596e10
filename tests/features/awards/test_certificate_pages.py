"""Pages of certificates: one's own, the desk, the file of a unit, and the code that is read off the paper."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import zxingcpp
from flask import Flask
from sqlalchemy import select

from quiz_app.attempts.receipts import written
from quiz_app.awards import certificates, paper, printing
from quiz_app.awards.models import Certificate, CertificateSeries
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import Job, JobState, perform
from quiz_app.privacy.models import DataView
from quiz_app.web import pdf
from quiz_app.web.allowance import Allowance
from quiz_app.web.pdf_joining import joined
from tests.support import printed
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import View, Work

DESK = "/to-chuc/giay-chung-nhan"


def taken(work: Work, series: CertificateSeries, commune: Commune) -> Certificate:
    with work(actor=commune.member) as w:
        return certificates.take_own(w, series.id)[0]


def test_a_member_takes_his_own_and_shows_it(
    browse: Browse, work: Work, series: CertificateSeries, commune: Commune
) -> None:
    browse.as_(commune.member)
    answer = browse.submit("/giay-chung-nhan/", action=f"/nhan/{series.id}")
    page = browse.follow(answer)
    for words in ("Nguyễn Văn An", "Chi bộ thôn Giang Cao", "Số: 01/2026/CN-TG", "Nguyễn Thị Thu Hương"):
        assert words in page.text
    assert "Xem và in" in browse.page("/giay-chung-nhan/").text
    browse.as_(commune.colleague).get(answer.location, status=404)


def test_a_code_tells_no_more_than_the_paper(
    browse: Browse, work: Work, series: CertificateSeries, commune: Commune
) -> None:
    one = taken(work, series, commune)
    browse.as_nobody()
    answer = browse.get(f"/xac-minh/{one.code}")
    assert "Giấy có hiệu lực" in answer.text
    assert "noindex" in answer.response.headers["X-Robots-Tag"]
    assert "17/05" not in answer.text
    typed = written(one.code).lower()
    assert "Nguyễn Văn An" in browse.page(f"/xac-minh/?ma={typed}").text
    with work(actor=commune.organiser) as w:
        certificates.revoke(w, one.id, "Cấp nhầm người")
    text = browse.page(f"/xac-minh/{one.code}").text
    assert "Không còn hiệu lực" in text
    assert "Cấp nhầm người" not in text
    assert "Cấp nhầm người" in browse.as_(commune.member).page("/giay-chung-nhan/").text
    browse.get(f"/giay-chung-nhan/{one.id}", status=404)


def test_who_tries_codes_waits_and_keeps_nobody_from_his_own(
    app: Flask, browse: Browse, work: Work, series: CertificateSeries, commune: Commune
) -> None:
    one = taken(work, series, commune)
    browse.as_nobody()
    app.extensions["unknown_certificates"] = Allowance("certificates", burst=2, per_s=0)
    met = [browse.knock("GET", f"/xac-minh/{number:016}").status_code for number in range(3)]
    assert met == [404, 404, 429]
    assert "Giấy có hiệu lực" in browse.page(f"/xac-minh/{one.code}").text


def test_the_codes_are_read_off_the_papers_and_verified(
    app: Flask, browse: Browse, work: Work, series: CertificateSeries, commune: Commune, tmp_path: Path
) -> None:
    """From one PDF file for a unit, made in two pieces, back to the pages that anybody opens; its words are text."""
    if pdf.why_not() is not None:
        pytest.fail("the tests need Pango")
    with work(actor=commune.organiser) as w:
        own = certificates.issue(w, series.id, commune.first.id)[:2]
    file = tmp_path / "giay.pdf"
    file.write_bytes(joined([paper.file(app, [one]) for one in own]))
    shown = printed.pages(file, dots_per_inch=150)
    browse.as_nobody()
    for one, page in zip(own, shown, strict=True):
        image = page.picture
        assert (image.width, image.height) == pytest.approx((297 / 25.4 * 150, 210 / 25.4 * 150), abs=2)
        (found,) = zxingcpp.read_barcodes(image)
        assert one.name in browse.page(urlsplit(found.text).path).text
        assert all(each in page.words for each in ("GIẤY CHỨNG NHẬN", one.name, "Chi bộ thôn Giang Cao"))
        assert all(page.fonts.values())
        assert any("Tinos" in name for name in page.fonts)
    browse.as_(commune.organiser).get(f"/giay-chung-nhan/{own[0].id}.pdf", headers={"Range": "bytes=0-"}, status=206)
    with work() as w:  # a file fetched in parts was looked at too
        assert w.session.scalars(select(DataView.member_id)).all() == [own[0].member_id]


def test_each_unit_is_printed_to_one_file_by_the_worker(
    browse: Browse,
    db: Database,
    view: View,
    series: CertificateSeries,
    commune: Commune,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(printing, "AT_ONCE", 3)
    monkeypatch.setattr(printing, "joined", b"+".join)
    sizes: list[int] = []

    def printer(own: Sequence[Certificate]) -> bytes:
        sizes.append(len(own))
        return b"%d" % len(own)

    browse.as_(commune.organiser)
    answer = browse.post(f"{DESK}/{series.id}/in")
    browse.follow(answer)
    with view() as r:
        key = r.session.scalars(select(Job.key).where(Job.kind == printing.KIND)).one()
    handlers = {printing.KIND: partial(printing.make, printer)}
    assert perform(db, handlers, key) is JobState.DONE
    assert sorted(sizes) == [1, 1, 2, 3]
    assert "Đã in 7 giấy chứng nhận" in browse.page(answer.location).text
    with zipfile.ZipFile(io.BytesIO(browse.get(f"{answer.location}/tep").response.data)) as archive:
        assert sorted(archive.read(name) for name in archive.namelist()) == [b"1", b"2", b"3+1"]
    assert browse.get(f"{answer.location}.json").json["done"] == 7
    browse.as_(commune.organiser_elsewhere).get(answer.location, status=404)
    with view() as r:
        assert len(r.session.scalars(select(Certificate)).all()) == 7


def test_the_desk_words_revokes_and_makes_anew(
    browse: Browse, work: Work, series: CertificateSeries, commune: Commune
) -> None:
    one = taken(work, series, commune)
    browse.as_(commune.organiser)
    unit_url = f"{DESK}/{series.id}/don-vi/{commune.first.id}"
    assert "Chưa nhận giấy" in browse.page(unit_url).text
    assert "Mời đồng chí ghi lý do" in browse.post(f"{DESK}/giay/{one.id}/cap-lai", {"reason": " "}, status=422).text
    browse.submit(f"{DESK}/giay/{one.id}/cap-lai", {"reason": "Sai chính tả"}, action="/cap-lai")
    assert "02/2026/CN-TG" in browse.page(unit_url).text
    browse.page(f"{unit_url}/in")
    browse.submit(f"{DESK}/{series.id}/loi", {"place": "Hà Nội"}, action="/loi")
    browse.post(f"{DESK}/{series.id}/loi", {"issuer": ""}, status=422)
    browse.post(f"{DESK}/{series.id}/ngung")
    assert "Đã ngừng cấp" in browse.page(f"{DESK}/{series.id}").text


def test_a_series_is_opened_from_what_is_offered(browse: Browse, work: Work, scene: object, commune: Commune) -> None:
    browse.as_(commune.organiser)
    page = browse.page(f"{DESK}/")
    assert "Tuần 1" in page.text
    option = next(one.get("value") for one in page.tree.iter() if str(one.get("value")).startswith("round:"))
    url = f"{DESK}/moi?cho={option}"
    browse.submit(url, {"signer": ""}, action=option, status=422)
    answer = browse.submit(url, {"signer": "Nguyễn Thị Thu Hương", "office": "Bí thư"}, action=option)
    assert "7" in browse.follow(answer).text
    other = next(one.get("value") for one in browse.page(f"{DESK}/").tree.iter() if str(one.get("value")).count(":"))
    filled = {one.get("name"): one.get("value") for one in browse.page(f"{DESK}/moi?cho={other}").tree.iter()}
    assert (filled["place"], filled["office"], filled["signer"]) == ("Bát Tràng", "Bí thư", "Nguyễn Thị Thu Hương")
    browse.get(f"{DESK}/moi?cho=round:999999@1", status=404)


def test_the_page_of_a_unit_leaves_nobody_out(
    browse: Browse, work: Work, series: CertificateSeries, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "AT_ONCE", 1)
    with work(actor=commune.organiser) as w:
        made = certificates.issue(w, series.id, commune.first.id)
    assert len(made) > 1
    page = browse.as_(commune.organiser).page(f"{DESK}/{series.id}/don-vi/{commune.first.id}/in")
    assert all(one.name in page.text for one in made)
