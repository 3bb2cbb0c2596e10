"""Rules that real contests are held by, to start a contest from; everything of them may be edited afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from quiz_app.contests import queries, services
from quiz_app.contests.models import Contest, ItemKinds, NamesShown, Shown, Stage
from quiz_app.contests.policy import Action
from quiz_app.contests.terms import RoundTerms
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.work import Work
from quiz_app.rules.drawing import Cell
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.standing import CountedAttempt, Criterion

WEEK = timedelta(weeks=1)
MOST_ROUNDS = 20
ONE_ROUND, WEEKLY_ROUND = "Đợt thi", "Tuần {number}"
STAGE_OF_MONTH = "Tháng {month:%m/%Y}"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a kind of contest sets. Its rounds follow each other, a week each; `is_monthly` groups them into months."""

    slug: str
    title: str
    summary: str
    rounds: int
    paper_length: int
    item_kinds: ItemKinds
    time_limit_s: int | None
    attempts_allowed: int | None
    counted: CountedAttempt
    tie_breaks: tuple[Criterion, ...]
    prediction_kind: PredictionKind | None = None
    is_monthly: bool = False


PROFILES: Mapping[str, Profile] = {
    profile.slug: profile
    for profile in (
        Profile(
            slug="hanoi-2024",
            title="Theo mẫu Hà Nội 2024",
            summary="4 tuần, mỗi đề 20 câu một đáp án trong 15 phút, mỗi tuần 3 lượt; lấy lượt điểm cao và nhanh nhất.",
            rounds=4,
            paper_length=20,
            item_kinds=ItemKinds.SINGLE,
            time_limit_s=15 * 60,
            attempts_allowed=3,
            counted=CountedAttempt.BEST_FASTEST,
            tie_breaks=(Criterion.SCORE, Criterion.DURATION, Criterion.PREDICTION, Criterion.SUBMITTED),
            prediction_kind=PredictionKind.PEOPLE,
        ),
        Profile(
            slug="vcnet",
            title="Theo mẫu VCNet",
            summary=(
                "Hằng tuần, gộp theo tháng; mỗi đề 10 câu nhiều đáp án, không giới hạn thời gian và số lượt; dự đoán "
                "số người đúng tất cả."
            ),
            rounds=4,
            paper_length=10,
            item_kinds=ItemKinds.MULTIPLE,
            time_limit_s=None,
            attempts_allowed=None,
            counted=CountedAttempt.BEST_EARLIEST,
            tie_breaks=(Criterion.SCORE, Criterion.PREDICTION, Criterion.SUBMITTED),
            prediction_kind=PredictionKind.ALL_RIGHT,
            is_monthly=True,
        ),
        Profile(
            slug="single-shot",
            title="Một đợt, một lượt",
            summary="1 đợt, mỗi đề 10 câu trong 20 phút, mỗi người 1 lượt; dự đoán số người dự thi.",
            rounds=1,
            paper_length=10,
            item_kinds=ItemKinds.ANY,
            time_limit_s=20 * 60,
            attempts_allowed=1,
            counted=CountedAttempt.ONLY,
            tie_breaks=(Criterion.SCORE, Criterion.PREDICTION, Criterion.DURATION),
            prediction_kind=PredictionKind.PEOPLE,
        ),
        Profile(
            slug="tw-7x10",
            title="Theo mẫu Trung ương, 7 lượt 10 phút",
            summary="3 tuần, mỗi đề 10 câu trong 10 phút, mỗi tuần 7 lượt; xếp theo điểm rồi thời gian làm bài.",
            rounds=3,
            paper_length=10,
            item_kinds=ItemKinds.ANY,
            time_limit_s=10 * 60,
            attempts_allowed=7,
            counted=CountedAttempt.BEST_FASTEST,
            tie_breaks=(Criterion.SCORE, Criterion.DURATION),
        ),
    )
}
DEFAULT = "hanoi-2024"


def create_contest(
    w: Work,
    profile: Profile,
    *,
    title: str,
    unit_id: int,
    first_opens_at: datetime,
    set_ids: Collection[int],
    rounds: int | None = None,
    is_spread: bool = True,
    is_demonstration: bool,
) -> Contest:
    """A contest by a profile: its rounds are drafts, with a blueprint over the topics of the sets if `is_spread`.

    Raises Missing for a unit that the actor does not organise, BadInput for sets or times that cannot be.
    """
    contest = services.create_contest(w, title=title, unit_id=unit_id, is_demonstration=is_demonstration)
    stages: dict[str, Stage] = {}
    count = rounds or profile.rounds
    for number in range(1, count + 1):
        opens_at = first_opens_at + (number - 1) * WEEK
        stage_id = None
        if profile.is_monthly:
            name = STAGE_OF_MONTH.format(month=opens_at.astimezone(VIETNAM))
            if name not in stages:
                stages[name] = services.add_stage(w, contest.id, name)
            stage_id = stages[name].id
        name = WEEKLY_ROUND.format(number=number) if count > 1 else ONE_ROUND
        draft = services.create_round(
            w, contest.id, terms(profile, title=name, opens_at=opens_at, set_ids=set_ids, stage_id=stage_id)
        )
        stock = Counter(item.topic for item in queries.draft_pool(w.session, draft)) if is_spread else Counter[str]()
        services.set_blueprint(w, draft.id, spread(profile.paper_length, stock))
    w.record(Action.CONTEST_FROM_PROFILE, f"contest:{contest.id}", profile=profile.slug, rounds=count)
    return contest


def terms(
    profile: Profile, *, title: str, opens_at: datetime, set_ids: Collection[int], stage_id: int | None = None
) -> RoundTerms:
    """A week's round by a profile. Scores show at once, what would tell right answers after the close."""
    return RoundTerms(
        title=title,
        opens_at=opens_at,
        closes_at=opens_at + WEEK,
        time_limit_s=profile.time_limit_s,
        attempts_allowed=profile.attempts_allowed,
        counted=profile.counted,
        tie_breaks=profile.tie_breaks,
        show_score=Shown.AFTER_SUBMISSION.value,
        show_marks=Shown.AFTER_CLOSING.value,
        show_keys=Shown.AFTER_CLOSING.value,
        names_shown=NamesShown.CONSENTED.value,
        set_ids=tuple(sorted(set(set_ids))),
        item_kinds=profile.item_kinds,
        prediction_kind=profile.prediction_kind,
        stage_id=stage_id,
    )


def spread(length: int, stock: Mapping[str, int]) -> list[Cell]:
    """Cells for a paper of this length: one place to each topic in turn, as long as the stock of each lasts.

    What no topic can give is asked of any, so that the paper keeps its length and what is short is named.
    """
    quota = Counter[str]()
    for _ in range(length):
        with_more = [topic for topic in sorted(stock) if quota[topic] < stock[topic]]
        if not with_more:
            break
        quota[min(with_more, key=quota.__getitem__)] += 1
    open_places = length - quota.total()
    cells = [Cell(topic, None, count) for topic, count in sorted(quota.items())]
    return [*cells, Cell(None, None, open_places)] if open_places else cells
