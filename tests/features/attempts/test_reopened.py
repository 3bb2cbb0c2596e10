"""A round opened once more after its figures came out: who may have read them predicts nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from quiz_app.attempts import granting, predicting
from quiz_app.attempts.models import Attempt
from quiz_app.contests.models import Round, Shown
from quiz_app.contests.policy import hides_figures
from quiz_app.kernel.errors import Missing
from tests.features.attempts.test_prediction import open_round
from tests.features.attempts.test_truth import CLOSED, sit
from tests.support.build import Commune
from tests.support.sitting import start
from tests.support.works import Work


def test_nobody_predicts_what_he_may_have_read(work: Work, commune: Commune) -> None:
    """The figures came out when the round closed: who starts after it was opened once more is not asked."""
    round_ = open_round(work, commune, show_keys=Shown.NEVER.value)
    sit(work, commune.member, round_, minutes=0, guess="3")
    with work(actor=commune.organiser, now=CLOSED + timedelta(minutes=1)) as w:
        granting.extend_round(w, round_.id, None, 120, "Mất điện, gia hạn.")
    with work(actor=commune.colleague, now=CLOSED + timedelta(minutes=2)) as w:
        attempt = w.session.get_one(Attempt, start(w, round_))
        held = w.session.get_one(Round, round_.id)
        assert not attempt.asks_prediction
        assert not hides_figures(held, w.now)
        with pytest.raises(Missing):
            predicting.save_prediction(w, attempt.id, "3", epoch=1, revision=1)


def test_who_is_given_time_before_the_close_still_predicts(work: Work, commune: Commune) -> None:
    round_ = open_round(work, commune)
    with work(actor=commune.organiser, now=CLOSED - timedelta(minutes=30)) as w:
        granting.extend_round(w, round_.id, None, 120, "Mất điện, gia hạn.")
    with work(actor=commune.colleague, now=CLOSED + timedelta(minutes=2)) as w:
        assert w.session.get_one(Attempt, start(w, round_)).asks_prediction
        assert hides_figures(w.session.get_one(Round, round_.id), w.now)
