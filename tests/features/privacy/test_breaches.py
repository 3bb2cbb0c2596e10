"""The register of what happened to personal data: 72 hours, changes that are on record, no end without an answer."""

from __future__ import annotations

import io
from datetime import timedelta

import docx
import pytest

from quiz_app.kernel.errors import BadInput
from quiz_app.privacy import breaches
from quiz_app.privacy.breaches import Telling
from quiz_app.privacy.errors import BreachChanged, BreachClosed, BreachUntold
from tests.features.privacy.build import found_breach, of_case
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work


def test_seventy_two_hours_to_tell(work: Work) -> None:
    with work() as w:
        one = found_breach(w)
        last = one.found_at + timedelta(hours=72)
        late = last + timedelta(seconds=1)
        assert [breaches.telling(one, at) for at in (last, late)] == [Telling.WAITING, Telling.OVERDUE]
        assert breaches.untold(w) == 1
        for at, said in ((last, Telling.IN_TIME), (late, Telling.LATE)):
            one.reported_at = at
            assert breaches.telling(one, late) is said


def test_a_case_is_changed_on_record_and_ends_with_an_answer(work: Work) -> None:
    with work() as w:
        breach_id = found_breach(w).id
        values = of_case(w)
    with work() as w, pytest.raises(BreachUntold):
        breaches.close(w, breach_id)
    for wrong in ({"reported_at": values["found_at"]}, {"people_told_at": values["found_at"] - timedelta(hours=1)}):
        with work() as w, pytest.raises(BadInput):
            breaches.change(w, breach_id, {**values, **wrong}, 1)
    with work() as w:
        breaches.change(w, breach_id, {**values, "unreported_reason": "Đã xóa kịp, không ai đọc"}, 1)
    with work() as w, pytest.raises(BreachChanged):
        breaches.change(w, breach_id, values, 1)
    with work() as w:
        breaches.close(w, breach_id)
    with work() as w, pytest.raises(BreachClosed):
        breaches.change(w, breach_id, values, 2)
    with work() as w:
        breaches.reopen(w, breach_id)
        assert breaches.breach(w, breach_id).closed_at is None


def test_an_operator_keeps_the_register(commune: Commune, browse: Browse) -> None:
    browse.as_(commune.operator)
    case = {
        "title": "Mất điện thoại",
        "found_at": "2026-11-30T08:00",
        "what": "Danh sách",
        "people": "12",
        "cause": "Mất",
    }
    browse.post("/so-su-co-du-lieu/moi", {**case, "title": ""}, status=422)
    browse.post("/so-su-co-du-lieu/moi", case)
    assert "Còn 46 giờ" in browse.get("/so-su-co-du-lieu/1").text
    browse.post(
        "/so-su-co-du-lieu/1/sua", {**case, "seen": "1", "reported_to": "A05", "reported_at": "2026-12-01T08:00"}
    )
    assert "Đã báo trong 72 giờ" in browse.get("/so-su-co-du-lieu").text


def test_the_authority_is_told_by_a_document(work: Work, commune: Commune, browse: Browse) -> None:
    with work() as w:
        one = found_breach(w)
        one.cause = "Gửi nhầm nhóm\n<b>Zalo</b>"
        one.found_at -= timedelta(hours=71)
    file = browse.as_(commune.operator).get(f"/so-su-co-du-lieu/{one.id}/thong-bao.docx").response
    assert file.headers["Content-Disposition"] == f"attachment; filename=thong-bao-su-co-{one.id}.docx"
    told = [paragraph.text for paragraph in docx.Document(io.BytesIO(file.get_data())).paragraphs]
    assert "THÔNG BÁO" in told
    assert told[told.index("III- Nguyên nhân, diễn biến") + 1 :][:2] == ["Gửi nhầm nhóm.", "<b>Zalo</b>."]
    assert "Đang xác định, sẽ thông báo bổ sung." in told
    assert told[-1].startswith("Sau thời hạn 72 giờ")
