"""A prediction from the paper to the ranks, in a real browser over the product's own pages and worker."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from quiz_app.contests.models import Round
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.standing import Criterion
from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER
from tests.browser.paper import attempt_of, begin, choose, eventually, wake
from tests.browser.site import Site
from tests.browser.village import Village, open_round


def predicted_round(site: Site, village: Village, **changes: object) -> Round:
    with site.work() as w:
        return open_round(
            w,
            village,
            prediction_kind=PredictionKind.PERCENTAGE,
            prediction_decimals=2,
            tie_breaks=(Criterion.SCORE, Criterion.PREDICTION, Criterion.DURATION),
            **changes,
        )


def test_a_prediction_is_kept_hidden_and_ranked_by(site: Site, village: Village, device: MakeDevice) -> None:
    round_ = predicted_round(site, village)
    phone = device(village.member)
    begin(phone, round_.id)
    wake(phone.page)
    phone.page.goto(f"{phone.path}#du-doan")
    phone.page.reload()
    wake(phone.page)
    field = phone.page.get_by_label("bao nhiêu phần trăm người trả lời đúng tất cả các câu?")
    state = phone.page.locator("#du-doan .save-state")
    field.fill("12.5")
    phone.expect("422")
    field.press("Enter")
    wrong = phone.page.locator("#du-doan .field__error")
    expect(wrong).to_contain_text("dùng dấu phẩy trước phần thập phân")
    field.fill("12,5")
    field.press("Enter")
    expect(state).to_contain_text("Đã lưu")
    expect(field).to_have_value("12,50%")
    phone.judge()
    assert attempt_of(site, village.member).prediction == 1250
    phone.page.locator("footer").get_by_role("link", name="Nộp bài").click()
    phone.page.wait_for_load_state("load")
    assert "Dự đoán của đồng chí: 12,50%" in phone.text()
    phone.judge()
    phone.press("Nộp bài")
    assert "Dự đoán của đồng chí: 12,50%. Số thực tế được công bố sau khi đợt thi đóng." in phone.text()
    for board in ("chi-bo", "cac-chi-bo", "toan-xa"):
        phone.open(f"/bang-xep-hang/{round_.id}/{board}")
        assert "Bảng này chưa mở" in phone.text()

    page = f"/to-chuc/dot/{round_.id}/so-thuc-te"
    desk = device(village.organiser, size=COMPUTER)
    desk.open(page)
    assert "Lý do: đợt thi chưa đóng" in desk.text()
    with site.work() as w:
        held = w.session.get_one(Round, round_.id)
        held.closes_at = w.now - timedelta(seconds=30)
    desk.open(page)
    desk.follow("Cố định số thực tế")
    desk.press("Cố định")
    expect(desk.page.locator("main")).to_contain_text("Đang chờ đến lượt")
    with site.worker():
        done = desk.page.get_by_text("Mọi kết quả đã được xếp hạng theo số thực tế.")
        eventually(desk.page, lambda: done.count() > 0, within_s=40)
    desk.open(page)
    phone.open(f"/luot-thi/{attempt_of(site, village.member).id}/ket-qua")
    assert "Số thực tế: 0,00%, lệch 12,50 điểm phần trăm." in phone.text()


@pytest.mark.parametrize("has_scripts", [False])
def test_a_prediction_without_scripts(site: Site, village: Village, device: MakeDevice, has_scripts: bool) -> None:
    round_ = predicted_round(site, village)
    phone = device(village.member, has_scripts=has_scripts)
    begin(phone, round_.id)
    choose(phone, 1, "A")
    phone.page.locator("#so-du-doan").fill("7,25")
    phone.press("Lưu dự đoán")
    expect(phone.page.locator("#so-du-doan")).to_have_value("7,25%")
    expect(phone.page.locator("#du-doan .save-state")).to_contain_text("Đã lưu")
    assert attempt_of(site, village.member).prediction == 725
