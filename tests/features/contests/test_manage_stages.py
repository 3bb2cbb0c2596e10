"""Stages: added, renamed, put in order, given rounds, removed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from quiz_app.contests import services
from quiz_app.contests.errors import ChangeLocked
from quiz_app.contests.models import Contest, Round, Stage
from quiz_app.contests.stages import StagePlan, arrange_stages
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput
from tests.support import sitting
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work

pytestmark = pytest.mark.usefixtures("banks")


@pytest.fixture
def draft(work: Work, commune: Commune) -> Round:
    with work() as w:
        return sitting.draft_round(w, commune.root, sitting.publish_shipped(w))


def _stages(db: Database) -> list[tuple[int, str]]:
    with db.reading() as session:
        found = session.scalars(select(Stage).order_by(Stage.position)).all()
        return [(stage.id, stage.title) for stage in found]


def _stage_of(db: Database, round_: Round) -> int | None:
    with db.reading() as session:
        return session.get_one(Round, round_.id).stage_id


def test_stages_from_first_to_last(browse: Browse, commune: Commune, draft: Round, db: Database) -> None:
    address = f"/to-chuc/cuoc-thi/{draft.contest_id}/giai-doan"
    organiser = browse.as_(commune.organiser)
    for title in ("Chung khảo", "Sơ khảo"):
        organiser.submit(address, {"ten_moi": title}, action="/giai-doan")
    (last, _), (first, _) = _stages(db)
    organiser.submit(
        address,
        {f"thu_tu_{first}": "1", f"thu_tu_{last}": "2", f"ten_{last}": "Vòng cuối", f"dot_{draft.id}": str(first)},
        action="/giai-doan",
    )
    assert _stages(db) == [(first, "Sơ khảo"), (last, "Vòng cuối")]
    assert _stage_of(db, draft) == first
    page = organiser.page(f"/to-chuc/cuoc-thi/{draft.contest_id}")
    assert [text for text in page.texts(".//h2") if text in ("Sơ khảo", "Vòng cuối")] == ["Sơ khảo", "Vòng cuối"]
    assert "Chưa có đợt thi nào thuộc giai đoạn này." in page.text
    refused = organiser.submit(address, {f"bo_{first}": "y"}, action="/giai-doan", status=422)
    assert "Còn đợt thi thuộc giai đoạn này." in refused.text
    organiser.submit(address, {f"bo_{first}": "y", f"dot_{draft.id}": ""}, action="/giai-doan")
    assert _stages(db) == [(last, "Vòng cuối")]
    assert _stage_of(db, draft) is None
    with db.reading() as session:
        assert session.scalars(select(AuditEntry.action)).all().count("contest.stages_arranged") == 4


def test_a_stage_needs_a_name(browse: Browse, commune: Commune, draft: Round, db: Database, work: Work) -> None:
    with work() as w:
        stage = services.add_stage(w, draft.contest_id, "Sơ khảo")
    refused = browse.as_(commune.organiser).submit(
        f"/to-chuc/cuoc-thi/{draft.contest_id}/giai-doan", {f"ten_{stage.id}": " "}, action="/giai-doan", status=422
    )
    assert "chưa điền" in refused.text
    assert _stages(db) == [(stage.id, "Sơ khảo")]


def test_a_stage_added_meanwhile_stays(browse: Browse, commune: Commune, draft: Round, db: Database) -> None:
    address = f"/to-chuc/cuoc-thi/{draft.contest_id}/giai-doan"
    one, other = browse.as_(commune.organiser), browse.other().as_(commune.organiser)
    early = other.page(address).form("/giai-doan").values
    one.submit(address, {"ten_moi": "Sơ khảo"}, action="/giai-doan")
    other.post(address, {**early, "ten_moi": "Chung khảo"}, status=422)
    assert [title for _, title in _stages(db)] == ["Sơ khảo"]


def test_stages_of_another_contest_are_none(work: Work, commune: Commune, draft: Round, db: Database) -> None:
    with work() as w:
        other = services.create_contest(w, title="Cuộc thi khác", unit_id=commune.root.id, is_demonstration=True)
        foreign = services.add_stage(w, other.id, "Của cuộc thi khác")
    for sent in (
        {"wanted": [StagePlan(foreign.id, "Lấy")], "stage_of_round": {}},
        {"wanted": [], "stage_of_round": {draft.id: foreign.id}},
        {"wanted": [], "stage_of_round": {}, "removed": [foreign.id]},
    ):
        with pytest.raises(BadInput), work(actor=commune.organiser) as w:
            arrange_stages(w, draft.contest_id, **sent)
    assert _stages(db) == [(foreign.id, "Của cuộc thi khác")]


def test_a_final_round_stays_where_it_is(
    browse: Browse, commune: Commune, draft: Round, db: Database, work: Work
) -> None:
    with work() as w:
        stage = services.add_stage(w, draft.contest_id, "Sơ khảo")
        services.publish_round(w, draft.id).finalised_at = w.now
    page = browse.as_(commune.organiser).page(f"/to-chuc/cuoc-thi/{draft.contest_id}/giai-doan")
    assert f"dot_{draft.id}" not in page.form("/giai-doan").values
    assert "kết quả đã chốt, không xếp lại được" in page.text
    with pytest.raises(ChangeLocked), work(actor=commune.organiser) as w:
        arrange_stages(w, draft.contest_id, [], {draft.id: stage.id})
    assert _stage_of(db, draft) is None


def test_a_stranger_finds_no_stages(browse: Browse, commune: Commune, draft: Round, db: Database) -> None:
    address = f"/to-chuc/cuoc-thi/{draft.contest_id}/giai-doan"
    browse.as_(commune.organiser_elsewhere).get(address, status=404)
    browse.post(address, {"ten_moi": "Của tôi"}, status=404)
    assert _stages(db) == []
    with db.reading() as session:
        assert session.scalars(select(Contest.id)).all() == [draft.contest_id]
