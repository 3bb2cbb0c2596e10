"""Pages that were opened before an update go on: what their scripts send is answered as it was then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from quiz_app.attempts.models import Attempt
from quiz_app.attempts.verify import differences
from quiz_app.kernel.db import Database
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.standing import Criterion
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.wire import JSON, RELEASES, SOME, Recorded
from tests.support.works import Work


@pytest.mark.usefixtures("banks")
@pytest.mark.parametrize("release", RELEASES)
def test_an_older_page_is_answered_as_it_was(
    app: Flask, db: Database, commune: Commune, work: Work, release: str
) -> None:
    by_prediction: dict[str, Any] = {
        "prediction_kind": PredictionKind.PEOPLE,
        "tie_breaks": (Criterion.SCORE, Criterion.PREDICTION, Criterion.DURATION),
    }
    every_item = tuple(replace(cell, count=3) for cell in contest.BLUEPRINT)
    with work() as w:
        round_ = contest.open_round(w, commune.root, cells=every_item, **by_prediction).round
    browser = Browse(app, db).as_(commune.member)
    at_hand: dict[str, object] = {"round": round_.id, "token": browser.form_token()}
    for one in RELEASES[release]:
        answer = _sent(browser, one, at_hand)
        assert answer.status_code == one.status, f"{one.what}: {answer.get_data(as_text=True)[:300]}"
        if "attempt" not in at_hand:
            at_hand |= _attempt(db, browser)
        assert _missing(one.reads, answer.get_json(silent=True)) == [], one.what
        if one.leads_to is not None:
            place = urlsplit(answer.headers["Location"])
            assert f"{place.path}#{place.fragment}".rstrip("#") == one.leads_to.format(**at_hand), one.what
    with db.reading() as session:
        attempt = session.scalars(select(Attempt)).one()
        assert (attempt.state, attempt.prediction) == ("submitted", 1250)
        assert list(differences(session)) == []


def _sent(browser: Browse, one: Recorded, at_hand: dict[str, object]) -> TestResponse:
    fields = parse_qs((one.body or "").format(**at_hand))
    return browser.knock(one.method, one.path.format(**at_hand), fields, as_json=one.accept == JSON)


def _attempt(db: Database, browser: Browse) -> dict[str, object]:
    """Its number, a place at which several letters may stand, and two others."""
    with db.reading() as session:
        attempt_id = session.scalars(select(Attempt.id)).one()
    forms = browser.page(f"/luot-thi/{attempt_id}").all(".//form[@data-question]")
    by_kind = sorted(forms, key=lambda form: form.find(".//input[@type='checkbox']") is None)
    several, one, other = (form.get("data-question") for form in (by_kind[0], *by_kind[-2:]))
    return {"attempt": attempt_id, "several": several, "one": one, "other": other}


def _missing(reads: Any, told: Any, at: str = "") -> list[str]:
    """What the page looks at and does not find as it expects it."""
    if reads is SOME:
        return [] if told is not None else [at]
    if not isinstance(reads, dict):
        return [] if reads == told else [f"{at}: {told!r} instead of {reads!r}"]
    found = told if isinstance(told, dict) else {}
    return [problem for name, value in reads.items() for problem in _missing(value, found.get(name), f"{at}/{name}")]
