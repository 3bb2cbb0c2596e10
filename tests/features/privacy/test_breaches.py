"""The register of what happened to personal data: 72 hours, changes that are on record, no end without an answer."""

from __future__ import annotations

from datetime import timedelta

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
