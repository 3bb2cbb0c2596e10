from datetime import UTC, datetime, timedelta

import pytest

from quiz_app.rules.flags import (
    FEWEST_STEPS,
    Flag,
    FlagKind,
    Renewal,
    Sitting,
    fast,
    renewed_password,
    same_rhythm,
    shared_device,
)

START = datetime(2026, 12, 1, 2, tzinfo=UTC)


def sitting(
    number: int, *, member: int | None = None, at: float = 0, ms: int = 60_000, answered: int = 20,
    gaps: tuple[float, ...] = (), device: str | None = None,
) -> Sitting:  # fmt: skip
    started = START + timedelta(seconds=at)
    saved = [started]
    for gap in gaps:
        saved.append(saved[-1] + timedelta(seconds=gap))
    return Sitting(number, member or number, started, ms, answered, tuple(saved) if gaps else (), device)


@pytest.mark.parametrize(
    ("ms", "answered", "is_flagged"),
    [(39_999, 20, True), (40_000, 20, False), (1_999, 1, True), (2_000, 1, False), (0, 0, False), (0, 1, True)],
)
def test_a_paper_is_fast_below_the_threshold(ms: int, answered: int, is_flagged: bool) -> None:
    found = fast([sitting(7, ms=ms, answered=answered)], seconds_per_item=2)
    assert [flag.attempt_ids for flag in found] == ([(7,)] if is_flagged else [])


RHYTHM = (4.0, 7.0, 3.0, 12.0, 5.0, 9.0)


def test_two_people_in_one_rhythm_are_flagged_together() -> None:
    nearly = tuple(gap + 0.3 for gap in RHYTHM)
    other = (4.0, 7.0, 3.0, 12.0, 5.0, 11.0)
    found = same_rhythm([sitting(2, at=90, gaps=nearly), sitting(1, gaps=RHYTHM), sitting(3, gaps=other)])
    assert found == [Flag(FlagKind.SAME_RHYTHM, (1, 2), len(RHYTHM))]


def test_one_person_twice_or_too_few_answers_are_no_flag() -> None:
    assert same_rhythm([sitting(1, member=5, gaps=RHYTHM), sitting(2, member=5, gaps=RHYTHM)]) == []
    short = RHYTHM[: FEWEST_STEPS - 1]
    assert same_rhythm([sitting(1, gaps=short), sitting(2, gaps=short)]) == []


def test_one_device_for_many_people_in_a_short_time() -> None:
    minute = timedelta(minutes=1)
    together = [sitting(n, at=60 * n, device="d") for n in range(1, 5)]
    later = sitting(9, at=3600, device="d")
    elsewhere = sitting(8, at=60, device="e")
    unknown = [sitting(20 + n, at=60) for n in range(5)]
    found = shared_device([later, elsewhere, *unknown, *reversed(together)], within=minute, people=4)
    assert found == [Flag(FlagKind.SHARED_DEVICE, (1, 2, 3, 4), 4)]
    assert shared_device(together, within=minute, people=5) == []
    assert shared_device(together, within=timedelta(seconds=59), people=2) == []


def test_several_attempts_of_one_person_are_one_person() -> None:
    again = [sitting(n, member=1 + n % 2, at=n, device="d") for n in range(6)]
    assert [flag.figure for flag in shared_device(again, timedelta(minutes=5), people=2)] == [2]
    assert shared_device(again, timedelta(minutes=5), people=3) == []


def test_answers_that_came_at_once_are_no_rhythm() -> None:
    queued = (*RHYTHM[:-1], 0.0, 0.0, 0.2)
    assert same_rhythm([sitting(1, gaps=queued), sitting(2, gaps=queued)]) == []
    longer = (*RHYTHM, 0.0, 0.0)
    assert [flag.attempt_ids for flag in same_rhythm([sitting(1, gaps=longer), sitting(2, gaps=longer)])] == [(1, 2)]


HOUR = 3600


@pytest.mark.parametrize(
    ("at", "device", "is_flagged"),
    [(0, "s", True), (HOUR, "s", True), (HOUR + 1, "s", False), (-1, "s", False), (60, "m", False), (60, None, False)],
)
def test_a_paper_begun_where_the_renewer_signs_in_soon_after_his_renewal(
    at: float, device: str | None, is_flagged: bool
) -> None:
    renewal = Renewal(5, 9, START, frozenset({"s", "t"}))
    found = renewed_password([sitting(7, member=5, at=at, device=device), sitting(8, member=6, device="s")], [renewal])
    assert found == ([Flag(FlagKind.RENEWED, (7,), int(at))] if is_flagged else [])


def test_the_latest_renewal_counts_and_ones_own_does_not() -> None:
    early, late = (Renewal(5, 9, START + timedelta(seconds=s), frozenset({"s"})) for s in (0, 600))
    sat = sitting(7, member=5, at=900, device="s")
    assert [flag.figure for flag in renewed_password([sat], [early, late])] == [300]
    assert renewed_password([sat], [Renewal(5, 5, START, frozenset({"s"}))]) == []
