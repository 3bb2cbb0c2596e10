"""A contest with everything that can befall one, held by the product's own services from its first day to its tables.

By points, guess, time. Everybody was asked how many people would sit; five did. member and colleague are alike in all,
and draw for the one first prize. stranger had an hour of his own, and was moved to `first` by its secretary after
sitting. One item leaves the total after a complaint. The first table is published, then inner_member is annulled and
the second version follows.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from quiz_app.attempts import closing, correcting, excluding, granting, predicting, services, truth
from quiz_app.attempts.correcting import Proposal
from quiz_app.attempts.models import Attempt, CorrectionKind, FrozenResult, LateArrival, Response, Result
from quiz_app.contests import services as contests
from quiz_app.contests.models import NamesShown, PrizeScope, Round, Shown, UnitClasses
from quiz_app.feedback import complaints, unit_changes
from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database, table_of
from quiz_app.kernel.jobs import JobState, perform
from quiz_app.leaderboard import tallies
from quiz_app.members.models import Member
from quiz_app.operations import dumps
from quiz_app.operations.contest_archive_file import part_name
from quiz_app.results import prizes
from quiz_app.results.models import Flag, FlagAttempt, FlagState
from quiz_app.results.prizes import Mix, PrizePlan
from quiz_app.rules.drawing import Cell
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.rescoring import Remedy
from quiz_app.rules.standing import Criterion
from quiz_app.rules.unit_mix import MixMeasure
from quiz_app.worker import JOBS
from tests.features.leaderboard.build import consent
from tests.features.results.build import finalise
from tests.support import build, contest
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.sitting import answer, at, right_letters
from tests.support.works import Work

EVERY_ITEM = (Cell("muc-tieu", 1, 3), Cell("muc-tieu", 2, 3, 2), Cell("giai-phap", 1, 3), Cell("giai-phap", 2, 3, 2))
SECRETS = ("0912345678", "an@example.vn", "012345678", "Ghi chú riêng", "0987654321", "Trưởng ban Ấn định")


@dataclass(frozen=True)
class Held:
    """What was made: the contest, its round, its draft that no archive holds, and its published tables in order."""

    contest_id: int
    round_id: int
    draft_id: int
    stage_id: int
    table_ids: tuple[int, ...]
    second: Member


def hold(db: Database, work: Work, commune: Commune, clock: Clock) -> Held:
    """Hold it from `at(-90)` to `at(300)`; the clock stands there afterwards."""
    second = _prepared(work, commune)
    contest_id, stage_id, round_id, draft_id = _published(work, commune)
    with work(actor=commune.organiser, now=at(-80)) as w:
        granting.grant_extra_time(w, round_id, commune.stranger.id, 60, "Mắt kém")
    with work(actor=commune.organiser, now=at(-79)) as w:
        excluding.exclude(w, contest_id, commune.secretary_elsewhere.id, "Ban ra đề")
    for number, (member, right, guess) in enumerate(
        [
            (commune.member, 12, "5"),
            (commune.colleague, 12, "5"),
            (commune.stranger, 9, "7"),
            (commune.inner_member, 12, "6"),
            (commune.secretary_elsewhere, 11, "5"),
        ]
    ):
        _sit(work, round_id, member, right, guess, minute=number)
    with work(actor=commune.organiser, now=at(20)) as w:
        granting.extend_round(w, round_id, commune.committee.id, 15, "Mất điện ở trụ sở Công an xã")
        granting.extend_round(w, round_id, None, 10, "Đường truyền chậm")
    _moved(work, commune)
    with work(actor=commune.probationer, now=at(25)) as w:
        services.start(w, round_id, is_demonstration_site=False)
    clock.set(at(120))
    closing.close_overdue(db)
    _put_right(db, work, commune, round_id, second)
    _looked_at(work, commune, round_id)
    with work(actor=commune.organiser, now=at(200)) as w:
        job = truth.fix_truth(w, round_id)
    assert perform(db, JOBS, job.key) is JobState.DONE
    clock.set(at(250))
    tables = [finalise(work, PrizeScope.ROUND, round_id, commune.organiser, second)]
    _annul(db, work, commune, round_id, second)
    tables.append(finalise(work, PrizeScope.ROUND, round_id, second, commune.organiser, "Hủy một lượt thi hộ"))
    tables.append(finalise(work, PrizeScope.STAGE, stage_id, commune.organiser, second))
    tables.append(finalise(work, PrizeScope.OVERALL, contest_id, commune.organiser, second))
    clock.set(at(300))
    tallies.refresh_tallies(db)
    return Held(contest_id, round_id, draft_id, stage_id, tuple(table.id for table in tables), second)


def _prepared(work: Work, commune: Commune) -> Member:
    """People with what no archive may hold, and somebody in a unit that has nothing to do with the contest."""
    with work(now=at(-100)) as w:
        phone, email, card, note, helper, position = SECRETS
        w.session.execute(
            update(Member)
            .where(Member.id == commune.member.id)
            .values(phone=phone, email=email, card_number=card, note=note, position=position, gender="male")
        )
        unit = w.session.get_one(type(commune.first), commune.first.id)
        unit.helper_name, unit.helper_phone = "Người Trực Máy", helper
        consent(w, w.session.get_one(Member, commune.colleague.id))
        return build.member(w, commune.root, "Vũ Thị Hai", roles=[(Role.ORGANISER, commune.root)])


def _published(work: Work, commune: Commune) -> tuple[int, int, int, int]:
    with work(actor=commune.organiser, now=at(-90)) as w:
        found = contests.create_contest(w, title="Hội thi của xã", unit_id=commune.root.id, is_demonstration=False)
        stage = contests.add_stage(w, found.id, "Vòng sơ khảo")
        terms = replace(
            contest.terms(w.now, contest.publish_sample_bank(w)),
            title="Tuần một",
            closes_at=at(30),
            stage_id=stage.id,
            minimum_age=18,
            freeze_minutes=20,
            attempts_allowed=1,
            show_score=Shown.AFTER_CLOSING.value,
            show_marks=Shown.AFTER_CLOSING.value,
            names_shown=NamesShown.CONSENTED.value,
            prediction_kind=PredictionKind.PEOPLE,
            tie_breaks=(Criterion.SCORE, Criterion.PREDICTION, Criterion.DURATION),
        )
        round_ = contests.create_round(w, found.id, terms)
        contests.set_blueprint(w, round_.id, EVERY_ITEM)
        plans = [PrizePlan(False, "Giải Nhất", 1), PrizePlan(False, "Giải Nhì", 1), PrizePlan(True, "Cờ đầu", 1)]
        mix = Mix({MixMeasure.MEAN: 2, MixMeasure.TURNOUT: 1}, 10, 0, UnitClasses.SIZE)
        prizes.set_prizes(w, found.id, {PrizeScope.ROUND: plans, PrizeScope.OVERALL: plans}, 3, mix)
        contests.publish_round(w, round_.id)
        draft = contests.create_round(w, found.id, replace(terms, title="Tuần còn nháp"))
        return found.id, stage.id, round_.id, draft.id


def _sit(work: Work, round_id: int, member: Member, right: int, guess: str, minute: int) -> None:
    with work(actor=member, now=at(minute)) as w:
        attempt_id = services.start(w, round_id, is_demonstration_site=False, device_sha256="d" * 64)
        for place in range(1, right + 1):
            answer(w, attempt_id, place, right_letters(w, attempt_id, place))
        predicting.save_prediction(w, attempt_id, guess, 1, 1)
    with work(actor=member, now=at(minute, 90)) as w:
        services.submit(w, attempt_id, 1)


def _moved(work: Work, commune: Commune) -> None:
    with work(actor=commune.stranger, now=at(22)) as w:
        change = unit_changes.ask(w, commune.first.id, "Đã chuyển sinh hoạt từ tháng trước")
    with work(actor=commune.secretary, now=at(23)) as w:
        assert unit_changes.accept(w, change.id).moved_attempts == 1


def _put_right(db: Database, work: Work, commune: Commune, round_id: int, second: Member) -> None:
    """colleague complains about an item; it leaves the total."""
    with work(now=at(120)) as w:
        attempt_id, position, version_id = w.session.execute(
            select(Response.attempt_id, Response.position, Response.item_version_id)
            .join(Attempt, Attempt.id == Response.attempt_id)
            .where(Attempt.member_id == commune.colleague.id, Response.points == 1)
            .order_by(Response.item_version_id)
            .limit(1)
        ).one()
    with work(actor=commune.colleague, now=at(130)) as w:
        complaint = complaints.complain(w, attempt_id, position=position, text="Câu này có hai cách hiểu.")
    wanted = Proposal(CorrectionKind.ITEM, "Câu hỏi có hai cách hiểu", item_version_id=version_id, remedy=Remedy.DROP)
    _apply(db, work, commune.organiser, second, round_id, wanted)
    with work(actor=commune.organiser, now=at(140)) as w:
        complaints.decide(w, complaint.id, is_upheld=True, answer="Ban tổ chức đã bỏ câu này khỏi tổng điểm.")


def _annul(db: Database, work: Work, commune: Commune, round_id: int, second: Member) -> None:
    with work() as w:
        attempt_id = w.session.scalars(select(Attempt.id).where(Attempt.member_id == commune.inner_member.id)).one()
    wanted = Proposal(CorrectionKind.ATTEMPT, "Thi hộ", attempt_id=attempt_id)
    _apply(db, work, commune.organiser, second, round_id, wanted)
    with work() as w:  # where the truth was counted again, results are ranked by it once more
        job = truth.ranking_job(w, w.session.get_one(Round, round_id))
    assert job is not None
    assert perform(db, JOBS, job.key) is JobState.DONE


def _apply(db: Database, work: Work, proposer: Member, second: Member, round_id: int, wanted: Proposal) -> None:
    with work(actor=proposer) as w:
        correction_id = correcting.propose(w, round_id, wanted).id
    with work(actor=second) as w:
        job = correcting.decide(w, correction_id)
    assert perform(db, JOBS, job.key) is JobState.DONE


def _looked_at(work: Work, commune: Commune, round_id: int) -> None:
    """A flag that was cleared, a packet that came too late, a result as the frozen boards showed it."""
    with work(now=at(150)) as w:
        attempt_ids = w.session.scalars(select(Attempt.id).where(Attempt.round_id == round_id)).all()
        flag = Flag(
            round_id=round_id,
            kind="device",
            fingerprint="f" * 64,
            figure=len(attempt_ids),
            state=FlagState.CLEARED.value,
            note="Máy dùng chung ở nhà văn hóa",
            created_at=at(145),
            reviewed_at=at(150),
            reviewed_by=commune.organiser.id,
        )
        w.session.add(flag)
        w.session.flush()
        w.session.add_all(FlagAttempt(flag_id=flag.id, attempt_id=one) for one in attempt_ids)
        w.session.add(
            LateArrival(
                attempt_id=min(attempt_ids), what="answer", position=1, sent="A", revision=9, epoch=1, arrived_at=at(60)
            )
        )
        member = commune.colleague.id
        if w.session.get(FrozenResult, (round_id, member)) is None:
            shown = w.session.execute(select(table_of(Result)).where(Result.member_id == member)).mappings().one()
            w.session.execute(insert(table_of(FrozenResult)), [dict(shown)])


@dataclass(frozen=True)
class Kept:
    """A contest that was held, and its archive."""

    held: Held
    file: Path


Parts = dict[str, bytes]


def contents(file: Path) -> Parts:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Parts, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target


def lines(found: Parts, table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in found[part_name(table)].splitlines()]


def counts(db: Database) -> dict[str, int]:
    with db.reading() as session:
        return dumps.counts_of(session.connection())
