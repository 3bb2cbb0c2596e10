"""A draft goes with everything of its own and leaves a line in the log; what was published or used stays."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from quiz_app.contests import discarding, rehearsing, services
from quiz_app.contests.errors import DraftInUse, RoundFixed
from quiz_app.contests.models import Accommodation, BlueprintCell, Contest, Round, RoundSet, Stage
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work

pytestmark = pytest.mark.usefixtures("banks")


@pytest.fixture
def draft(work: Work, commune: Commune) -> Round:
    """A draft with a blueprint and somebody's extra time, in a contest of one stage and nothing else."""
    with work(actor=commune.organiser) as w:
        set_id = contest.publish_sample_bank(w)
        found = services.create_contest(w, title="Tạo nhầm", unit_id=commune.root.id, is_demonstration=True)
        services.add_stage(w, found.id, "Tháng 12")
        round_ = services.create_round(w, found.id, contest.terms(w.now, set_id))
        services.set_blueprint(w, round_.id, contest.BLUEPRINT)
        w.session.add(Accommodation(round_id=round_.id, member_id=commune.member.id, extra_time_s=60, reason="x"))
        return round_


def _left(db: Database) -> list[int]:
    with db.reading() as session:
        tables = (Contest, Stage, Round, BlueprintCell, RoundSet, Accommodation)
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_an_organiser_deletes_a_draft_round(browse: Browse, commune: Commune, draft: Round, db: Database) -> None:
    organiser = browse.as_(commune.organiser)
    url = f"/to-chuc/dot/{draft.id}/xoa"
    assert url in organiser.page(f"/to-chuc/dot/{draft.id}").hrefs()
    assert organiser.page(url).texts(".//h1") == ["Xóa đợt thi này?"]
    assert _left(db)[2] == 1  # looking deletes nothing
    told = organiser.follow(organiser.submit(url, {}, action="/xoa"))
    assert "Đã xóa đợt thi." in told.text
    assert _left(db) == [1, 1, 0, 0, 0, 0]
    with db.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "round.deleted")).one()
        assert entry.actor_member_id == commune.organiser.id
    organiser.post(url, status=404)


def test_an_organiser_deletes_a_contest_of_drafts(browse: Browse, commune: Commune, draft: Round, db: Database) -> None:
    organiser = browse.as_(commune.organiser)
    url = f"/to-chuc/cuoc-thi/{draft.contest_id}/xoa"
    assert url in organiser.page(f"/to-chuc/cuoc-thi/{draft.contest_id}").hrefs()
    assert draft.title in organiser.page(url).text
    assert "Đã xóa cuộc thi." in organiser.follow(organiser.submit(url, {}, action="/xoa")).text
    assert _left(db) == [0, 0, 0, 0, 0, 0]
    with db.reading() as session:
        assert "contest.deleted" in session.scalars(select(AuditEntry.action)).all()


def test_what_was_published_stays(browse: Browse, work: Work, commune: Commune, draft: Round, db: Database) -> None:
    with work(actor=commune.organiser) as w:
        services.create_round(w, draft.contest_id, contest.terms(w.now, contest.publish_sample_bank(w)))
        w.session.get_one(Round, draft.id).published_at = w.now
    before = _left(db)
    with work(actor=commune.organiser) as w:
        with pytest.raises(RoundFixed):
            discarding.delete_round(w, draft.id)
        with pytest.raises(RoundFixed):
            discarding.delete_contest(w, draft.contest_id)
    organiser = browse.as_(commune.organiser)
    for about in (f"/to-chuc/dot/{draft.id}", f"/to-chuc/cuoc-thi/{draft.contest_id}"):
        assert f"{about}/xoa" not in organiser.page(about).hrefs()
        assert "Không xóa được" in organiser.page(f"{about}/xoa").text
        organiser.post(f"{about}/xoa", status=409)
    assert _left(db) == before


def test_a_draft_that_was_rehearsed_stays(work: Work, commune: Commune, draft: Round, db: Database) -> None:
    with work(actor=commune.organiser) as w:
        rehearsing.rehearse(w, draft.id, 2)
    before = _left(db)
    with work(actor=commune.organiser) as w, pytest.raises(DraftInUse):
        discarding.delete_round(w, draft.id)
    with work(actor=commune.organiser) as w, pytest.raises(DraftInUse):
        discarding.delete_contest(w, draft.contest_id)
    assert _left(db) == before


def test_another_organisers_draft_is_not_there(work: Work, commune: Commune, draft: Round) -> None:
    with work(actor=commune.organiser_elsewhere) as w:
        with pytest.raises(Missing):
            discarding.delete_round(w, draft.id)
        with pytest.raises(Missing):
            discarding.delete_contest(w, draft.contest_id)
