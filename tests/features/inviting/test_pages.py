"""Invitations and feeds of a small commune: what they say, and what they keep to themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from quiz_app.contests.models import Prize, PrizeScope, Round
from quiz_app.inviting.kit import kit
from quiz_app.kernel.errors import Missing
from quiz_app.leaderboard import tallies
from quiz_app.members.models import Member
from quiz_app.rules.prediction import PredictionKind
from quiz_app.web import pdf
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.works import View, Work


@pytest.fixture
def opened(work: Work, commune: Commune) -> Round:
    with work() as w:
        round_ = open_round(w, commune.root)
        roster(w, round_, commune.voters)
        attempt(w, round_, commune.member, 15)
        w.session.add(
            Prize(
                contest_id=round_.contest_id, scope=PrizeScope.ROUND.value, is_for_units=False, position=1,
                title="Giải Nhất", count=2,
            )
        )  # fmt: skip
    return round_


def test_a_secretary_invites_his_unit(browse: Browse, commune: Commune, opened: Round) -> None:
    address = f"/moi-thi/{opened.contest_id}/don-vi/{commune.first.id}"
    browse.as_(commune.secretary)
    page = browse.page(address)
    assert "Chi bộ thôn Giang Cao" in page.text
    assert "2 Giải Nhất" in page.text
    assert f"{opened.title}: từ" in page.text
    for kind in ("a4", "a3", "man-hinh"):
        sheet = browse.page(f"{address}/{kind}")
        assert "Chi bộ thôn Giang Cao" in sheet.text
        assert [str(img.get("src"))[:19] for img in sheet.all(".//img")] == ["data:image/svg+xml;"]
    browse.get(f"{address}/a5", status=404)
    browse.get(f"/moi-thi/{opened.contest_id}/don-vi/{commune.second.id}", status=404)


def test_a_poster_is_a_file(browse: Browse, commune: Commune, opened: Round) -> None:
    address = f"/moi-thi/{opened.contest_id}/don-vi/{commune.root.id}"
    browse.as_(commune.organiser)
    if pdf.why_not() is not None:
        browse.get(f"{address}/a4.pdf", status=404)
        return
    assert f"{address}/a4.pdf" in browse.page(address).hrefs()
    answer = browse.get(f"{address}/a4.pdf").response
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")


def test_a_contest_that_is_over_invites_nobody(view: View, commune: Commune, opened: Round) -> None:
    with view(actor=commune.organiser) as r:
        assert kit(r, opened.contest_id, commune.root.id).following.id == opened.id
    with pytest.raises(Missing), view(actor=commune.organiser, now=opened.closes_at + timedelta(days=1)) as r:
        kit(r, opened.contest_id, commune.root.id)


def test_the_feeds_are_for_everybody_and_name_nobody(
    browse: Browse, work: Work, clock: Clock, commune: Commune, opened: Round
) -> None:
    tallies.refresh_tallies(work.db)
    answer = browse.as_nobody().get("/lich-thi.json")
    (told,) = answer.json["rounds"]
    assert told["counts"] == {"participants": 1, "attempts": 1}
    assert (told["title"], told["state"]) == (opened.title, "open")
    with work() as w:
        names = {member.full_name for member in w.session.query(Member)}
    assert not any(name in answer.text for name in names)
    tag = answer.response.headers["ETag"]
    assert browse.get("/lich-thi.json", headers={"If-None-Match": tag}, status=304).text == ""
    lines = browse.get("/lich-thi.ics").text
    assert f"UID:dot-thi-{opened.id}@" in lines
    with work() as w:
        asked = w.session.get_one(Round, opened.id)
        asked.prediction_kind = PredictionKind.PEOPLE.value
    assert browse.get("/lich-thi.json").json["rounds"][0]["counts"] is None
    with work() as w:
        frozen = w.session.get_one(Round, opened.id)
        frozen.prediction_kind, frozen.freeze_minutes = None, 60
    clock.set(opened.closes_at - timedelta(minutes=10))
    assert browse.get("/lich-thi.json").json["rounds"][0]["counts"] is None
