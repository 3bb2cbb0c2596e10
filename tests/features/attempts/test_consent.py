"""Who was asked and does not agree to take part starts nothing; everything else stays open to him."""

from __future__ import annotations

import pytest

from quiz_app.attempts import services
from quiz_app.attempts.errors import Barred
from quiz_app.contests.models import Round
from quiz_app.members import services as members
from quiz_app.members.models import Purpose
from quiz_app.rules.eligibility import Bar
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.sitting import at, open_round, publish_shipped
from tests.support.works import Work


@pytest.fixture
def round_(work: Work, commune: Commune, banks: None) -> Round:
    with work(now=at(-60)) as w:
        return open_round(w, commune.root, publish_shipped(w))


def test_who_refuses_to_take_part_is_only_kept_from_starting(
    work: Work, browse: Browse, commune: Commune, round_: Round
) -> None:
    with work(actor=commune.member, now=at(0)) as w:
        members.answer_notices(w, {Purpose.PUBLISH_NAME}, "1")
    with work(actor=commune.member, now=at(0)) as w, pytest.raises(Barred) as barred:
        services.start(w, round_.id, is_demonstration_site=True)
    assert barred.value.bars == (Bar.CONSENT_MISSING,)
    page = browse.as_(commune.member).page(f"/dot-thi/{round_.id}")
    assert "không đồng ý tham gia thi" in page.text
    with work(actor=commune.member, now=at(1)) as w:
        members.answer_notices(w, {Purpose.TAKE_PART}, "1")
        attempt_id = services.start(w, round_.id, is_demonstration_site=True)
    with work(actor=commune.member, now=at(2)) as w:
        members.revoke_consent(w, Purpose.TAKE_PART)
        assert services.start(w, round_.id, is_demonstration_site=True) == attempt_id  # what is begun goes on


def test_who_was_never_asked_has_refused_nothing(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.member, now=at(0)) as w:
        assert services.start(w, round_.id, is_demonstration_site=True)
