"""From the close of a round to its published table: ranks, prizes and units worked out by hand."""

from __future__ import annotations

import hashlib
import hmac
import io
import itertools
import re

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from quiz_app.attempts import correcting
from quiz_app.attempts.correcting import Proposal
from quiz_app.attempts.errors import SamePerson
from quiz_app.attempts.models import CorrectionKind
from quiz_app.contests.models import Contest, NamesShown, Prize, PrizeScope, Round, UnitClasses
from quiz_app.feedback.models import Complaint, ComplaintState
from quiz_app.kernel.db import Database
from quiz_app.members.consents import consenting_members
from quiz_app.members.models import Purpose
from quiz_app.results import policy, services, tables
from quiz_app.results.errors import NotReady, TableSettled
from quiz_app.results.models import FinalRow, FinalTable, Flag, FlagState
from quiz_app.rules.lots import drawn
from tests.features.elsewhere.build import city_contest, confirmed
from tests.features.leaderboard.build import attempt, consent
from tests.features.results.build import SEED, give, search_flags
from tests.features.results.scene import Scene, by_member, set_scene
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work, actor_of


@pytest.fixture
def stage(db: Database, work: Work, commune: Commune) -> Scene:
    return set_scene(db, work, commune)


def test_ranks_and_prizes_are_those_worked_out_by_hand(stage: Scene) -> None:
    commune = stage.commune
    table = stage.kept(stage.propose(commune.organiser).id)
    rows = by_member(table)
    lucky = stage.lucky(commune.member, commune.probationer, commune.stranger)
    expected = {
        commune.colleague.id: (1, None, "Giải Nhất", False),
        commune.inner_member.id: (5, "duration", None, False),
        commune.secretary.id: (6, "score", None, False),
        commune.author.id: (None, None, None, False),
        lucky[0]: (2, "score", "Giải Nhì", True),
        lucky[1]: (2, "score", "Giải Nhì", True),
        lucky[2]: (2, "score", None, False),
    }
    assert {key: (one.place, one.decided_by, one.prize, one.is_by_lot) for key, one in rows.items()} == expected
    assert (table.rule["people"], table.rule["ranked"], table.rule["attempts"]) == (7, 6, 7)
    assert table.rule["lot_commitment"] == hashlib.sha256(SEED.encode()).hexdigest()


def test_units_are_marked_by_the_mix(stage: Scene) -> None:
    """Turnout: first 4/4, second 2/3 (author and stranger of three), committee 1/1. Means: 16.5, 18 (the author is not
    ranked), 18. Winners: the first prize and those of the draw.
    """
    commune = stage.commune
    with stage.work() as w:
        contest = w.session.get_one(Contest, stage.round.contest_id)
        contest.unit_weights = {"turnout": 1, "mean": 1, "winners": 2}
        contest.unit_classes = UnitClasses.NONE.value
    give(stage.work, stage.round, PrizeScope.ROUND, ("Tập thể Nhất", 1), for_units=True)
    table = stage.kept(stage.propose(commune.organiser).id)
    is_lucky = commune.stranger.id in stage.lucky(commune.member, commune.probationer, commune.stranger)[:2]
    of_second = 500 if is_lucky else 0
    marks = {one.unit_id: (one.place, one.parts, one.total, one.prize) for one in table.units}
    # by luck the second unit has 667 + 1000 + 2 * 500 and stands before the committee, else behind it
    assert marks == {
        commune.first.id: (1, {"turnout": 1000, "mean": 917, "winners": 1000}, 3917, "Tập thể Nhất"),
        commune.second.id: (
            2 if is_lucky else 3,
            {"turnout": 667, "mean": 1000, "winners": of_second},
            1667 + 2 * of_second,
            None,
        ),
        commune.committee.id: (3 if is_lucky else 2, {"turnout": 1000, "mean": 1000, "winners": 0}, 2000, None),
    }


def test_two_organisers_finalise_a_round(stage: Scene, browse: Browse, db: Database) -> None:
    commune = stage.commune
    board = f"/bang-xep-hang/{stage.round.id}/chi-bo"
    before = browse.as_(commune.member).page(board)
    assert "Chưa công bố thứ hạng" in before.text
    assert "Đỗ Thị Bình" not in before.text
    browse.get(f"/ket-qua/dot/{stage.round.id}", status=404)

    organiser = browse.as_(commune.organiser)
    page = organiser.page(stage.url)
    assert "Việc cần làm tiếp theo: lập bảng kết quả" in page.text
    assert hashlib.sha256(SEED.encode()).hexdigest() in page.text
    made = organiser.submit(f"{stage.url}/lap", {}, action="/lap")
    table_url = made.location
    assert "Giải Nhì" in organiser.follow(made).text
    assert "không tự duyệt" in organiser.page(f"{table_url}/duyet").text
    with db.reading() as session:
        sha256 = session.scalars(select(FinalTable.sha256)).one()
    refused = organiser.post(f"{table_url}/duyet", {"dau": sha256}, status=403)
    assert refused.page is not None
    assert "mời một đồng chí khác trong Ban tổ chức duyệt" in refused.page.text
    organiser.post(f"{table_url}/cong-bo", {"dau": sha256}, status=409)
    browse.as_(commune.member).get(f"/ket-qua/dot/{stage.round.id}", status=404)

    second = browse.as_(stage.second)
    assert "Bảng kết quả chờ duyệt" in second.page(stage.url).text
    second.submit(f"{table_url}/duyet", {}, action="/duyet")
    assert "Việc cần làm tiếp theo: công bố" in second.page(stage.url).text
    second.submit(f"{table_url}/cong-bo", {}, action="/cong-bo")
    assert "Đã công bố phiên bản 1, khớp với kết quả hiện nay" in second.page(stage.url).text
    assert SEED not in before.text

    with db.reading() as session:
        round_ = session.get_one(Round, stage.round.id)
        table = session.scalars(select(FinalTable)).one()
        assert round_.finalised_at == table.published_at
        assert (table.proposed_by, table.approved_by) == (commune.organiser.id, stage.second.id)
    after = browse.as_(commune.member).page(board)
    assert "Đỗ Thị Bình" in after.text
    assert "20 /20" in after.text or "20/20" in after.text
    assert "Kết quả chính thức" in after.text
    assert stage.differences() == []


def test_each_rank_shows_what_produced_it(stage: Scene, browse: Browse, work: Work) -> None:
    commune = stage.commune
    with work() as w:
        consent(w, commune.stranger)
    table = stage.finalise()
    page = browse.as_(commune.member).page(f"/ket-qua/{table.id}")
    assert "Hơn hạng 2 do cao hơn 2 điểm." in page.text
    assert "Hơn hạng 5 do làm nhanh hơn 2 giây." in page.text
    assert "Đồng hạng: 3 người bằng nhau ở mọi tiêu chí." in page.text
    assert "Sau hạng 5: người ấy cao hơn 8 điểm." in page.text
    assert "Thời gian làm bài: 40 giây" in page.text
    assert "Đỗ Thị Bình" in page.text, "of the own unit"
    assert "Hoàng Minh Châu" not in page.text
    assert "H.M.C" in page.text
    lucky = stage.lucky(commune.member, commune.probationer, commune.stranger)[:2]
    assert ("Phạm Quốc Đạt" in page.text) is (commune.stranger.id in lucky), "a winner who agreed to it"
    draw = browse.page(f"/ket-qua/{table.id}/boc-tham")
    assert SEED in draw.text
    for code in (tables.public_code(stage.attempts[one.id].id, None) for one in (commune.member, commune.stranger)):
        assert hmac.new(SEED.encode(), code.encode(), "sha256").hexdigest() in draw.text


def test_winners_stand_in_the_order_of_their_prizes(stage: Scene, browse: Browse) -> None:
    """Three share the second place and draw for one second and one third prize, in the other order of their codes."""
    people = (stage.commune.member, stage.commune.probationer, stage.commune.stranger)
    codes = [tables.public_code(stage.attempts[one.id].id, None) for one in people]
    seed = next(seed for seed in map(str, itertools.count()) if drawn(seed, codes) == sorted(codes, reverse=True))
    with stage.work() as w:
        w.session.get_one(Round, stage.round.id).lot_seed = seed
        for prize in w.session.scalars(select(Prize).where(Prize.title == "Giải Nhì")):
            prize.count = 1
        w.session.add(
            Prize(
                contest_id=stage.round.contest_id,
                scope=PrizeScope.ROUND.value,
                is_for_units=False,
                position=9,
                title="Giải Ba",
                count=1,
            )
        )
    table = stage.finalise()
    page = browse.as_(stage.commune.member).page(f"/ket-qua/{table.id}")
    won = page.texts(".//table[1]/tbody/tr/td[2]")[:3]
    assert won == ["Giải Nhất", "Giải Nhì bốc thăm", "Giải Ba bốc thăm"]


def test_no_search_finds_a_name_that_is_not_shown(stage: Scene, browse: Browse) -> None:
    table = stage.finalise()
    browse.as_(stage.commune.member)
    assert "Không tìm thấy ai" in browse.page(f"/ket-qua/{table.id}?tim=hoang+minh+chau").text
    assert "Đỗ Thị Bình" in browse.page(f"/ket-qua/{table.id}?tim=do+thi+binh").text
    by_unit = browse.page(f"/ket-qua/{table.id}?tim=cong+an+1")
    assert "1–1 trong 1 người" in by_unit.text
    organiser = browse.as_(stage.commune.organiser)
    assert "Hoàng Minh Châu" in organiser.page(f"/to-chuc/bang-ket-qua/{table.id}?tim=hoang").text


def test_who_publishes_is_told_that_complaints_are_still_taken(stage: Scene, browse: Browse) -> None:
    """The round closed two days ago, and takes complaints for three."""
    table = stage.propose(stage.commune.organiser)
    with stage.work(actor=stage.second) as w:
        services.approve(w, table.id, table.sha256)
    organiser = browse.as_(stage.commune.organiser)
    assert "còn nhận khiếu nại đến" in organiser.page(stage.url).text
    ask = f"/to-chuc/bang-ket-qua/{table.id}/cong-bo"
    assert "chỉ được xét cho phiên bản sau" in organiser.page(ask).text
    with stage.work() as w:
        w.session.get_one(Round, stage.round.id).complaint_days = 2
    assert "còn nhận khiếu nại" not in organiser.page(stage.url).text
    assert "phiên bản sau của bảng" not in organiser.page(ask).text


def test_only_the_second_person_approves(stage: Scene) -> None:
    table = stage.propose(stage.commune.organiser)
    with pytest.raises(SamePerson), stage.work(actor=stage.commune.organiser) as w:
        services.approve(w, table.id, table.sha256)
    with pytest.raises(NotReady), stage.work(actor=stage.second) as w:
        services.publish(w, table.id, table.sha256)
    with stage.work(actor=stage.second) as w:
        services.approve(w, table.id, table.sha256)
    with pytest.raises(TableSettled), stage.work(actor=stage.second) as w:
        services.approve(w, table.id, table.sha256)


@pytest.mark.parametrize("what", ["flag", "complaint", "correction", "open"])
def test_nothing_is_proposed_while_something_is_open(stage: Scene, what: str, browse: Browse) -> None:
    words = {"flag": "dấu hiệu", "complaint": "khiếu nại", "correction": "điều chỉnh", "open": "lượt thi"}
    commune, round_ = stage.commune, stage.round
    with stage.work() as w:
        first = stage.attempts[commune.member.id]
        if what == "flag":
            w.session.add(
                Flag(round_id=round_.id, kind="fast", fingerprint="1", figure=1, state=FlagState.OPEN.value,
                     created_at=w.now)
            )  # fmt: skip
        elif what == "complaint":
            w.session.add(
                Complaint(round_id=round_.id, member_id=first.member_id, attempt_id=first.id, text="Xin xem lại",
                          state=ComplaintState.OPEN.value, created_at=w.now)
            )  # fmt: skip
        elif what == "open":
            attempt(w, round_, commune.exempt, None)
    if what == "correction":
        with stage.work(actor=commune.organiser) as w:
            correcting.propose(w, round_.id, Proposal(CorrectionKind.ATTEMPT, "Thi hộ", attempt_id=first.id))
    with pytest.raises(NotReady):
        stage.propose(commune.organiser)
    page = browse.as_(commune.organiser).page(stage.url)
    assert f"1 {words[what]}" in page.text
    assert "Chưa lập được" in browse.page(f"{stage.url}/lap").text


def test_flags_are_looked_for_before_anything_is_proposed(
    db: Database, work: Work, commune: Commune, browse: Browse
) -> None:
    """A worker that was down when the round closed leaves no flag open, and none found either."""
    stage = set_scene(db, work, commune, is_searched=False)
    organiser = browse.as_(commune.organiser)
    page = organiser.page(stage.url)
    assert "chưa tìm dấu hiệu" in page.text
    assert "Việc cần làm tiếp theo: tìm và xem xét các lượt thi có dấu hiệu" in page.text
    with pytest.raises(NotReady):
        stage.propose(commune.organiser)
    look = f"/to-chuc/dot/{stage.round.id}/dau-hieu"
    organiser.submit(stage.url, {}, action=look)
    page = organiser.page(stage.url)
    assert "đang tìm dấu hiệu" in page.text
    assert look not in page.html.replace(f'href="{look}"', ""), "asked for once"
    with pytest.raises(NotReady):
        stage.propose(commune.organiser)
    search_flags(work, stage.round.id)
    assert "Việc cần làm tiếp theo: lập bảng kết quả" in organiser.page(stage.url).text
    stage.propose(commune.organiser)


def test_organisers_take_a_table_as_a_file(stage: Scene, browse: Browse) -> None:
    table = stage.finalise()
    organiser = browse.as_(stage.commune.organiser)
    csv = organiser.post(f"/to-chuc/bang-ket-qua/{table.id}/xuat", {"loai": "csv"}, status=200)
    lines = csv.response.get_data().decode("utf-8-sig").splitlines()
    assert len(lines) == 8
    assert lines[1].startswith("1,Đỗ Thị Bình,Chi bộ thôn Giang Cao,Giải Nhất,,20,20,30000,")
    assert [line.split(",")[1] for line in lines if line.endswith(",Có")] == ["Đỗ Thị Bình"], "who may be named"
    book = organiser.post(f"/to-chuc/bang-ket-qua/{table.id}/xuat", {"loai": "xlsx"}, status=200)
    assert book.response.get_data()[:2] == b"PK"


def test_what_was_sat_elsewhere_stands_beside_a_table(stage: Scene, browse: Browse) -> None:
    commune = stage.commune
    with stage.work() as w:
        w.session.get_one(Contest, stage.round.contest_id).unit_weights = {"turnout": 1}
    city = city_contest(stage.work, commune.organiser, commune.root)
    table = stage.finalise()
    before = browse.as_(commune.organiser).page(f"/to-chuc/bang-ket-qua/{table.id}").text
    confirmed(stage.work, city, commune.colleague, commune.secretary)
    confirmed(stage.work, city, commune.stranger, commune.secretary_elsewhere)
    organiser = browse.as_(commune.organiser)
    page = organiser.page(f"/to-chuc/bang-ket-qua/{table.id}").text
    assert "2 thi nơi khác" in page
    assert page.count("thi nơi khác: 1") == 2
    figures = re.compile(r"thi nơi khác: \d|\d thi nơi khác")
    assert figures.sub("", page) == figures.sub("", before)
    export = f"/to-chuc/bang-ket-qua/{table.id}/xuat"
    lines = organiser.post(export, {"loai": "csv"}, status=200).response.get_data().decode("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in lines if line.split(",")[-2] == "Có"] == ["Đỗ Thị Bình", "Phạm Quốc Đạt"]
    book = load_workbook(io.BytesIO(organiser.post(export, {"loai": "xlsx"}, status=200).response.get_data()))
    assert "Thi nơi khác: 2 người, tính riêng, không nằm trong bảng này" in [row[0].value for row in book["Cá nhân"]]
    sat = {row[2]: row[-1] for row in book["Đơn vị"].iter_rows(values_only=True)}
    assert (sat["Chi bộ thôn Giang Cao"], sat["Chi bộ thôn Kim Lan"]) == (1, 1)
    assert "2 thi nơi khác" in browse.as_(commune.member).page(f"/ket-qua/{table.id}").text


def test_whose_names_a_table_carries_is_one_rule(stage: Scene) -> None:
    """The predicate and the condition agree for every reader, row and setting."""
    commune = stage.commune
    with stage.work() as w:
        for one in (commune.stranger, commune.secretary):
            consent(w, one)
    table = stage.finalise()
    with stage.work() as w:
        for reader, shown in itertools.product(
            (commune.member, commune.stranger, commune.inner_member, commune.overseer),
            [[one.value] for one in NamesShown] + [[NamesShown.CONSENTED.value, NamesShown.OWN_UNIT.value]],
        ):
            actor = actor_of(w.session, reader)
            own = FinalRow.table_id == table.id
            by_condition = set(w.session.scalars(select(FinalRow.member_id).where(own, policy.named(actor, shown))))
            agreed = set(w.session.scalars(consenting_members(Purpose.PUBLISH_NAME)))
            by_predicate = {
                row.member_id
                for row in w.session.scalars(select(FinalRow).where(own))
                if policy.is_named(
                    shown,
                    is_own=row.member_id == actor.member_id,
                    is_own_unit=row.unit_id == actor.unit_id,
                    has_consented=row.member_id in agreed,
                    has_prize=row.prize is not None,
                )
            }
            assert by_condition == by_predicate
