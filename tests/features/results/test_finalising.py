"""From the close of a round to its published table: ranks, prizes and units worked out by hand."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

import pytest
from sqlalchemy import event, select, update

from quiz_app.attempts import correcting
from quiz_app.attempts.correcting import Proposal
from quiz_app.attempts.errors import SamePerson
from quiz_app.attempts.models import Attempt, CorrectionKind
from quiz_app.contests.models import Contest, PrizeScope, Round, UnitClasses
from quiz_app.feedback.models import Complaint, ComplaintState
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.jobs import Progress
from quiz_app.members.models import Member
from quiz_app.results import services, tables, verify
from quiz_app.results.errors import NothingChanged, NotReady, ProposalOutdated, TableSettled
from quiz_app.results.models import FinalRow, FinalTable, Flag, FlagState
from quiz_app.results.tables import Person, Table
from tests.features.leaderboard.build import attempt, consent, roster
from tests.features.results.build import SAT, SEED, closed_round, finalise, give, second_organiser
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work


@dataclass(frozen=True)
class Stage:
    """A closed round by score, then time; one first prize and two second ones.

    colleague 20 in 30 s: first. member, probationer and stranger 18 in 40 s: they share the second place and draw for
    the two second prizes. inner_member 18 in 42 s: fifth. secretary 10 in 20 s: sixth. The author is not ranked.
    """

    db: Database
    work: Work
    commune: Commune
    second: Member
    round: Round
    attempts: dict[int, Attempt]

    @property
    def url(self) -> str:
        return f"/to-chuc/chot/dot/{self.round.id}"

    def propose(self, who: Member, reason: str = "") -> FinalTable:
        with self.work(actor=who) as w:
            return services.propose(w, PrizeScope.ROUND, self.round.id, reason)

    def finalise(self, reason: str = "") -> FinalTable:
        return finalise(self.work, PrizeScope.ROUND, self.round.id, self.commune.organiser, self.second, reason)

    def kept(self, table_id: int) -> Table:
        with self.work() as w:
            return tables.stored(w.session, w.session.get_one(FinalTable, table_id))

    def lucky(self, *members: Member) -> list[int]:
        """These members in the order of their lots, worked out without the product."""
        codes = {hashlib.sha256(f"attempt:{self.attempts[one.id].id}".encode()).hexdigest()[:12].upper(): one.id
                 for one in members}  # fmt: skip
        numbers = {hmac.new(SEED.encode(), code.encode(), "sha256").hexdigest(): one for code, one in codes.items()}
        return [numbers[number] for number in sorted(numbers)]

    def annul(self, member: Member) -> None:
        with self.work(actor=self.commune.organiser) as w:
            wanted = Proposal(CorrectionKind.ATTEMPT, "Thi hộ", attempt_id=self.attempts[member.id].id)
            correction_id = correcting.propose(w, self.round.id, wanted).id
        with self.work(actor=self.second) as w:
            job = correcting.decide(w, correction_id)
        correcting.apply(self.db, job.payload, Progress(self.db, job.id))

    def differences(self) -> list[str]:
        with self.work() as w:
            return list(verify.differences(w.session, w.now))


@pytest.fixture
def stage(db: Database, work: Work, commune: Commune) -> Stage:
    second = second_organiser(work, commune)
    round_ = closed_round(work, commune.root)
    sat = [
        (commune.colleague, 20, 30),
        (commune.member, 18, 40),
        (commune.probationer, 18, 40),
        (commune.stranger, 18, 40),
        (commune.inner_member, 18, 42),
        (commune.secretary, 10, 20),
        (commune.author, 20, 10),
    ]
    with work() as w:
        roster(w, round_, [one for one, _, _ in sat] + [commune.secretary_elsewhere])
        made = {one.id: attempt(w, round_, one, score, seconds, started=SAT) for one, score, seconds in sat}
    give(work, round_, PrizeScope.ROUND, ("Giải Nhất", 1), ("Giải Nhì", 2))
    return Stage(db, work, commune, second, round_, made)


def by_member(table: Table) -> dict[int, Person]:
    return {one.member_id: one for one in table.people}


def test_ranks_and_prizes_are_those_worked_out_by_hand(stage: Stage) -> None:
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


def test_units_are_marked_by_the_mix(stage: Stage) -> None:
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


def test_two_organisers_finalise_a_round(stage: Stage, browse: Browse, db: Database) -> None:
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


def test_each_rank_shows_what_produced_it(stage: Stage, browse: Browse, work: Work) -> None:
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


def test_no_search_finds_a_name_that_is_not_shown(stage: Stage, browse: Browse) -> None:
    table = stage.finalise()
    browse.as_(stage.commune.member)
    assert "Không tìm thấy ai" in browse.page(f"/ket-qua/{table.id}?tim=hoang+minh+chau").text
    assert "Đỗ Thị Bình" in browse.page(f"/ket-qua/{table.id}?tim=do+thi+binh").text
    by_unit = browse.page(f"/ket-qua/{table.id}?tim=cong+an+1")
    assert "1–1 trong 1 người" in by_unit.text
    organiser = browse.as_(stage.commune.organiser)
    assert "Hoàng Minh Châu" in organiser.page(f"/to-chuc/bang-ket-qua/{table.id}?tim=hoang").text


def test_only_the_second_person_approves(stage: Stage) -> None:
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
def test_nothing_is_proposed_while_something_is_open(stage: Stage, what: str, browse: Browse) -> None:
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


def test_what_has_changed_is_not_approved(stage: Stage, browse: Browse) -> None:
    table = stage.propose(stage.commune.organiser)
    stage.annul(stage.commune.colleague)
    with pytest.raises(ProposalOutdated), stage.work(actor=stage.second) as w:
        services.approve(w, table.id, table.sha256)
    page = browse.as_(stage.second).page(stage.url)
    assert "Kết quả đã thay đổi từ khi lập bảng. Mời đồng chí lập bảng mới." in page.text
    newer = stage.propose(stage.second)
    for table_id in {table.id, newer.id}:  # SQLite gives the id of a proposal that was replaced to the next one
        with pytest.raises((TableSettled, Missing)), stage.work(actor=stage.commune.organiser) as w:
            services.approve(w, table_id, table.sha256)
    with stage.work(actor=stage.commune.organiser) as w:
        assert services.approve(w, newer.id, newer.sha256).approved_by == stage.commune.organiser.id


def test_what_changed_after_the_approval_is_not_published(stage: Stage) -> None:
    table = stage.propose(stage.commune.organiser)
    with stage.work(actor=stage.second) as w:
        services.approve(w, table.id, table.sha256)
    stage.annul(stage.commune.colleague)
    with pytest.raises(ProposalOutdated), stage.work(actor=stage.commune.organiser) as w:
        services.publish(w, table.id, table.sha256)


def test_a_new_version_after_a_correction(stage: Stage, browse: Browse) -> None:
    """Before: colleague first. His attempt is annulled: the three that shared the second place share the first, and
    draw for all three prizes; the fifth is fourth.
    """
    commune = stage.commune
    first = stage.finalise()
    kept = stage.kept(first.id)
    with pytest.raises(BadInput):
        stage.propose(commune.organiser)
    with pytest.raises(NothingChanged):
        stage.propose(commune.organiser, "Không có gì")
    stage.annul(commune.colleague)
    assert "Kết quả đã đổi sau khi công bố" in browse.as_(commune.organiser).page(stage.url).text
    public = browse.as_(commune.member).page(f"/ket-qua/{first.id}")
    assert "Sau khi công bố đã có điều chỉnh kết quả của 1 lượt thi" in public.text
    found = stage.differences()
    assert (
        f"round:{stage.round.id} version 1: member {commune.colleague.id} is published and stands there no more"
        in found
    )
    assert f"round:{stage.round.id} version 1: member {commune.inner_member.id}: published place 5, now 4" in found
    assert not any("hash" in line for line in found)

    second = stage.finalise("Hủy một lượt thi hộ")
    assert second.version == 2
    rows = by_member(stage.kept(second.id))
    lucky = stage.lucky(commune.member, commune.probationer, commune.stranger)
    assert [rows[one].place for one in lucky] == [1, 1, 1]
    assert [rows[one].prize for one in lucky] == ["Giải Nhất", "Giải Nhì", "Giải Nhì"]
    assert all(rows[one].is_by_lot for one in lucky)
    assert rows[commune.inner_member.id].place == 4
    assert commune.colleague.id not in rows
    assert stage.kept(first.id) == kept, "the old one is as it was"
    assert stage.kept(first.id).sha256 == first.sha256
    assert stage.differences() == []
    with stage.work() as w:
        assert w.session.get_one(Round, stage.round.id).finalised_at == first.published_at, "final once"

    old = browse.as_(commune.member).page(f"/ket-qua/{first.id}")
    assert "Phiên bản 2 đã thay phiên bản này: Hủy một lượt thi hộ" in old.text
    assert "Đỗ Thị Bình" in old.text
    new = browse.page(f"/ket-qua/{second.id}")
    assert first.sha256 in new.text
    assert second.sha256 in new.text
    assert "Đỗ Thị Bình" not in new.text


def test_published_rows_are_never_written_again(stage: Stage) -> None:
    """What the whole way to a second version sends to the database, statement by statement."""
    first = stage.finalise()
    kept = stage.kept(first.id)
    sent: list[tuple[str, object]] = []

    def note(*arguments: object) -> None:
        sent.append((str(arguments[2]).lower(), arguments[3]))

    event.listen(stage.db.engine, "before_cursor_execute", note)
    try:
        stage.annul(stage.commune.colleague)
        stage.propose(stage.commune.organiser, "Lần một")
        stage.finalise("Lần hai")
    finally:
        event.remove(stage.db.engine, "before_cursor_execute", note)
    assert not [text for text, _ in sent if text.startswith(("update final_row", "update final_unit_row"))]
    deleted = [str(values) for text, values in sent if text.startswith("delete from final_")]
    assert deleted
    assert not [values for values in deleted if re.search(rf"\b{first.id}\b", values)]
    assert stage.kept(first.id) == kept


def test_a_changed_row_is_found_out(stage: Stage) -> None:
    table = stage.finalise()
    with stage.work() as w:
        w.session.execute(
            update(FinalRow)
            .where(FinalRow.table_id == table.id, FinalRow.member_id == stage.commune.secretary.id)
            .values(score=11)
        )
    found = stage.differences()
    assert f"round:{stage.round.id} version 1: the rows do not give the published hash" in found
    assert any("published score 11, now 10" in line for line in found)
    with stage.work() as w:
        w.session.execute(
            update(FinalRow)
            .where(FinalRow.table_id == table.id, FinalRow.member_id == stage.commune.secretary.id)
            .values(score=10, member_id=stage.commune.overseer.id)
        )
    assert any("stands on another's attempt" in line for line in stage.differences()), "who it is counts too"


def test_organisers_take_a_table_as_a_file(stage: Stage, browse: Browse) -> None:
    table = stage.finalise()
    organiser = browse.as_(stage.commune.organiser)
    csv = organiser.post(f"/to-chuc/bang-ket-qua/{table.id}/xuat", {"loai": "csv"}, status=200)
    lines = csv.response.get_data().decode("utf-8-sig").splitlines()
    assert len(lines) == 8
    assert lines[1].startswith("1,Đỗ Thị Bình,Chi bộ thôn Giang Cao,Giải Nhất,,20,20,30000,")
    book = organiser.post(f"/to-chuc/bang-ket-qua/{table.id}/xuat", {"loai": "xlsx"}, status=200)
    assert book.response.get_data()[:2] == b"PK"
