"""What its organisers see of a round that draws from a sealed set: numbers, and no question until it opens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest

from quiz_app.authoring import sealing
from quiz_app.catalogue import published
from quiz_app.catalogue import services as publishing
from tests.features.contests.test_manage_matrix import with_last_option
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.contest import Opened
from tests.support.works import Work

pytestmark = pytest.mark.usefixtures("banks")

STEM = "kế hoạch xác định điều gì?"
SEALED = "đang niêm phong"


@pytest.fixture
def opened(work: Work, commune: Commune) -> Opened:
    """A round that opens in an hour; one of its questions has an option that is warned about."""
    bank_set = contest.sample_bank().sets[0]
    items = tuple(with_last_option(1, is_pinned=False) if item.id == "cau-1" else item for item in bank_set.items)
    with work() as w:
        contest.publish_sample_bank(w)
        changed = replace(bank_set, items=items)
        publishing.publish_set(w, changed, is_shipped=False, waived=published.findings_of_set(w.session, changed))
        made = contest.open_round(w, commune.root, opens_at=NOW + timedelta(hours=1))
    with work(actor=commune.organiser) as w:
        sealing.seal(w, contest.SET_SLUG)
    return made


@pytest.mark.parametrize("place", ["", "/ma-tran", "/do-deu", "/sua-ket-qua/cau-hoi"])
def test_no_page_of_the_round_shows_a_question(browse: Browse, commune: Commune, opened: Opened, place: str) -> None:
    text = browse.as_(commune.organiser).page(f"/to-chuc/dot/{opened.round.id}{place}").text
    assert STEM not in text
    assert (SEALED in text) == (place != "")


def test_a_search_does_not_tell_which_question_holds_the_words(
    browse: Browse, commune: Commune, opened: Opened, clock: Clock
) -> None:
    organiser = browse.as_(commune.organiser)
    url = f"/to-chuc/dot/{opened.round.id}/sua-ket-qua/cau-hoi?tim={quote('cây xanh')}"
    assert "Không tìm thấy câu nào" in organiser.page(url).text
    clock.set(NOW + timedelta(hours=2))
    found = organiser.page(url).text
    assert STEM in found
    assert SEALED not in found
