"""Results put right: item, attempt, window; before and after worked out by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from quiz_app.attempts import correcting, services, verify
from quiz_app.attempts.correcting import Effect, Marks, Proposal
from quiz_app.attempts.errors import CorrectionSettled, SamePerson
from quiz_app.attempts.models import (
    Attempt,
    Correction,
    CorrectionChange,
    CorrectionKind,
    CorrectionState,
    Response,
    Result,
)
from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.jobs import Job, Progress
from quiz_app.members.models import Member
from quiz_app.rules.drawing import Cell
from quiz_app.rules.rescoring import Remedy
from tests.support import build, contest, sitting
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import Work

pytestmark = pytest.mark.usefixtures("banks")

LATER = NOW + timedelta(hours=1)
EVERY_ITEM = (Cell("muc-tieu", 1, 3), Cell("muc-tieu", 2, 3, 2), Cell("giai-phap", 1, 3), Cell("giai-phap", 2, 3, 2))


class Stage:
    """A round whose papers all hold the same twelve items, so that one wrong key concerns everybody."""

    def __init__(self, db: Database, work: Work, commune: Commune) -> None:
        self.db, self.work, self.commune = db, work, commune
        with work(now=NOW) as w:
            self.round = contest.open_round(w, commune.root, cells=EVERY_ITEM).round
            second = build.member(w, commune.root, "Vũ Thị Hai", roles=[(Role.ORGANISER, commune.root)])
        self.second = second

    def sit(self, member: Member, wrong: int = 0, *, started: timedelta = timedelta(0), submits: bool = True) -> int:
        """Everything right but for the first `wrong` items of one point, in the order of their version ids."""
        with self.work(actor=member, now=NOW + started) as w:
            attempt_id = sitting.start(w, self.round)
            rows = w.session.scalars(select(Response).where(Response.attempt_id == attempt_id)).all()
            cheap = sorted((row for row in rows if row.points == 1), key=lambda row: row.item_version_id)
            missed = {row.position for row in cheap[:wrong]}
            for row in rows:
                choose = sitting.wrong_letters if row.position in missed else sitting.right_letters
                sitting.answer(w, attempt_id, row.position, choose(w, attempt_id, row.position))
            w.session.expire_all()
        if submits:
            with self.work(actor=member, now=NOW + started + timedelta(minutes=5)) as w:
                services.submit(w, attempt_id, epoch=1)
        return attempt_id

    def first_item(self) -> int:
        """The item version that whoever errs, errs in first."""
        with self.work() as w:
            query = select(func.min(Response.item_version_id)).where(Response.points == 1)
            return w.session.scalar(query) or 0

    def propose(self, proposal: Proposal) -> int:
        with self.work(actor=self.commune.organiser, now=LATER) as w:
            return correcting.propose(w, self.round.id, proposal).id

    def effects(self, correction_id: int) -> list[Effect]:
        with self.work() as w:
            return list(correcting.effects(w.session, w.session.get_one(Correction, correction_id)))

    def decide(self, correction_id: int) -> Job:
        with self.work(actor=self.second, now=LATER) as w:
            return correcting.decide(w, correction_id)

    def apply(self, correction_id: int) -> dict[str, object]:
        job = self.decide(correction_id)
        return self.run(job)

    def run(self, job: Job) -> dict[str, object]:
        return correcting.apply(self.db, job.payload, Progress(self.db, job.id))

    def table(self) -> list[tuple[int, int, int]]:
        """Member, points and most points, best first."""
        with self.work() as w:
            rows = w.session.scalars(
                select(Result).where(Result.round_id == self.round.id).order_by(Result.k1, Result.k2, Result.k3)
            )
            return [(row.member_id, row.score, row.max_score) for row in rows]

    def is_sound(self) -> bool:
        with self.work() as w:
            found = list(verify.differences(w.session))
        assert found == []
        return True


@pytest.fixture
def stage(db: Database, work: Work, commune: Commune) -> Stage:
    return Stage(db, work, commune)


def voided(stage: Stage, remedy: Remedy, key: frozenset[int] = frozenset()) -> Proposal:
    return Proposal(CorrectionKind.ITEM, "Câu hỏi in sai", item_version_id=stage.first_item(), remedy=remedy, key=key)


def test_everybody_gets_the_points_of_an_item(stage: Stage) -> None:
    """18 points in all: 6 items of 1, 6 of 2. Who erred in the void item gains its point and draws level."""
    best, other = stage.commune.member.id, stage.commune.colleague.id
    stage.sit(stage.commune.member)
    stage.sit(stage.commune.colleague, wrong=2)
    assert stage.table() == [(best, 18, 18), (other, 16, 18)]
    correction_id = stage.propose(voided(stage, Remedy.AWARD))
    expected = {best: (18, 18), other: (16, 17)}
    assert {one.member_id: (one.before.score, one.after.score) for one in stage.effects(correction_id)} == expected
    assert stage.table() == [(best, 18, 18), (other, 16, 18)], "a proposal changes nothing"
    stage.apply(correction_id)
    assert stage.table() == [(best, 18, 18), (other, 17, 18)]
    assert stage.is_sound()


def test_an_item_leaves_the_total(stage: Stage) -> None:
    stage.sit(stage.commune.member)
    stage.sit(stage.commune.colleague, wrong=1)
    stage.apply(stage.propose(voided(stage, Remedy.DROP)))
    assert [(points, most) for _, points, most in stage.table()] == [(17, 17), (17, 17)]
    assert stage.is_sound()
    item = stage.first_item()
    with stage.work() as w:
        struck = w.session.scalars(select(Response.is_right).where(Response.item_version_id == item))
        assert list(struck) == [None, None]


def test_a_corrected_key_turns_the_table(stage: Stage) -> None:
    """The key was wrong: who erred by it was right all along."""
    best, other = stage.commune.member, stage.commune.colleague
    stage.sit(best)
    wrong_attempt = stage.sit(other, wrong=1)
    item = stage.first_item()
    with stage.work() as w:
        row = w.session.scalars(
            select(Response).where(Response.attempt_id == wrong_attempt, Response.item_version_id == item)
        ).one()
        chosen = row.option_order[row.letters.index(row.chosen or "")]
    stage.apply(stage.propose(voided(stage, Remedy.REPLACE_KEY, frozenset({chosen}))))
    assert stage.table() == [(other.id, 18, 18), (best.id, 17, 18)]
    assert stage.is_sound()


def test_a_correction_holds_for_who_is_still_sitting(stage: Stage) -> None:
    stage.sit(stage.commune.member)
    attempt_id = stage.sit(stage.commune.colleague, wrong=1, submits=False)
    stage.apply(stage.propose(voided(stage, Remedy.AWARD)))
    with stage.work(actor=stage.commune.colleague, now=NOW + timedelta(minutes=9)) as w:
        services.submit(w, attempt_id, epoch=1)
    assert [points for _, points, _ in stage.table()] == [18, 18]
    assert stage.is_sound()


def test_an_annulled_attempt_leaves_the_table_and_its_member_may_sit_again(stage: Stage) -> None:
    attempt_id = stage.sit(stage.commune.member)
    stage.sit(stage.commune.colleague, wrong=1)
    stage.apply(stage.propose(Proposal(CorrectionKind.ATTEMPT, "Nhờ người khác thi hộ", attempt_id=attempt_id)))
    assert [member for member, _, _ in stage.table()] == [stage.commune.colleague.id]
    with stage.work() as w:
        attempt = w.session.get_one(Attempt, attempt_id)
        assert (attempt.state, attempt.annul_reason) == ("annulled", "Nhờ người khác thi hộ")
        assert attempt.annulled_by == stage.commune.organiser.id
    stage.sit(stage.commune.member, started=timedelta(minutes=30))
    assert len(stage.table()) == 2
    assert stage.is_sound()


def test_a_void_window_takes_what_began_in_it_and_nothing_else(stage: Stage) -> None:
    """Half-open: an attempt begun at the window's first instant is void, one begun at its last is not."""
    first = stage.sit(stage.commune.member, started=timedelta(minutes=10))
    running = stage.sit(stage.commune.probationer, wrong=1, started=timedelta(minutes=12), submits=False)
    last = stage.sit(stage.commune.colleague, started=timedelta(minutes=15))
    window = Proposal(
        CorrectionKind.WINDOW,
        "Mất điện",
        window_from=NOW + timedelta(minutes=10),
        window_until=NOW + timedelta(minutes=15),
    )
    stage.apply(stage.propose(window))
    with stage.work() as w:
        states = {one.id: one.state for one in w.session.scalars(select(Attempt))}
    assert states == {first: "annulled", running: "annulled", last: "submitted"}
    assert stage.is_sound()


def test_doing_it_twice_changes_nothing_and_a_cut_off_job_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.sit(stage.commune.member)
    stage.sit(stage.commune.colleague, wrong=1)
    stage.sit(stage.commune.probationer, wrong=2)
    monkeypatch.setattr(correcting, "BATCH", 1)
    job = stage.decide(correction_id := stage.propose(voided(stage, Remedy.AWARD)))
    assert correcting.apply_batch(stage.db, correction_id) == 1
    assert stage.run(job) == {"attempts": 2}
    after = stage.table()
    assert stage.run(job) == {"attempts": 0}
    assert stage.table() == after
    with stage.work() as w:
        assert w.session.scalar(select(func.count()).select_from(CorrectionChange)) == 3
        assert w.session.get_one(Correction, correction_id).state == CorrectionState.APPLIED.value
    assert stage.is_sound()


def test_marks_before_are_kept(stage: Stage) -> None:
    attempt_id = stage.sit(stage.commune.colleague, wrong=1)
    first = stage.propose(voided(stage, Remedy.DROP))
    stage.apply(first)
    second = stage.propose(voided(stage, Remedy.AWARD))
    stage.apply(second)
    with stage.work() as w:
        kept = [w.session.get_one(CorrectionChange, (one, attempt_id)) for one in (first, second)]
        assert [(one.score_before, one.max_before, one.score_after, one.max_after) for one in kept] == [
            (17, 18, 17, 17),
            (17, 17, 18, 18),
        ]
    assert stage.is_sound()


def test_another_person_decides_and_only_once(stage: Stage) -> None:
    stage.sit(stage.commune.member)
    correction_id = stage.propose(voided(stage, Remedy.AWARD))
    with stage.work(actor=stage.commune.organiser) as w, pytest.raises(SamePerson):
        correcting.decide(w, correction_id)
    stage.apply(correction_id)
    for act in (correcting.decide, correcting.cancel):
        with stage.work(actor=stage.second) as w, pytest.raises(CorrectionSettled):
            act(w, correction_id)


def test_strangers_find_nothing(stage: Stage) -> None:
    stage.sit(stage.commune.member)
    correction_id = stage.propose(voided(stage, Remedy.AWARD))
    for stranger in (stage.commune.organiser_elsewhere, stage.commune.secretary):
        for act in (correcting.decide, correcting.cancel):
            with stage.work(actor=stranger) as w, pytest.raises(Missing):
                act(w, correction_id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"item_version_id": None}, "item_version_id"),
        ({"item_version_id": 10**9}, "item_version_id"),
        ({"remedy": None}, "remedy"),
        ({"key": frozenset({1})}, "key"),
        ({"remedy": Remedy.REPLACE_KEY}, "key"),
        ({"remedy": Remedy.REPLACE_KEY, "key": frozenset({10**9})}, "key"),
    ],
)
def test_what_cannot_be_done_is_named_at_its_field(stage: Stage, changes: dict[str, object], field: str) -> None:
    stage.sit(stage.commune.member)
    wanted: dict[str, object] = {
        "kind": CorrectionKind.ITEM,
        "reason": "Sai",
        "item_version_id": stage.first_item(),
        "remedy": Remedy.AWARD,
        **changes,
    }
    with stage.work(actor=stage.commune.organiser) as w, pytest.raises(BadInput) as refused:
        correcting.propose(w, stage.round.id, Proposal(**wanted))  # type: ignore[arg-type] # checked by the dataclass
    assert list(refused.value.errors) == [field]


def test_an_effect_says_what_changes() -> None:
    before = Marks("submitted", 5, 10, 5)
    assert not Effect(1, 1, before, before).changes
    assert Effect(1, 1, before, Marks("submitted", 6, 10, 6)).changes
