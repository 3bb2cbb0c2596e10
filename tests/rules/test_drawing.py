import hashlib
import hmac
from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules.drawing import (
    Candidate,
    Cell,
    DrawnItem,
    NotEnoughItems,
    Shortage,
    draw,
    letter,
    pool_hash,
    shortages,
)
from tests.rules.pools import chi_square, critical, item

DRAWS = 10_000


@st.composite
def pools(draw_: st.DrawFn) -> tuple[Candidate, ...]:
    numbers = draw_(st.lists(st.integers(1, 10_000), min_size=1, max_size=30, unique=True))
    pool = []
    for number in numbers:
        made = item(number, draw_(st.sampled_from("abc")), draw_(st.integers(1, 2)), draw_(st.integers(2, 5)))
        pinned = draw_(st.lists(st.sampled_from(made.option_ids), unique=True, max_size=2))
        pool.append(replace(made, pinned=tuple(pinned)))
    return tuple(pool)


@st.composite
def fillable(draw_: st.DrawFn) -> tuple[list[Cell], tuple[Candidate, ...]]:
    pool = draw_(pools())
    cells = []
    for (topic, level), available in sorted(Counter((c.topic, c.level) for c in pool).items()):
        count = draw_(st.integers(0, available))
        split = draw_(st.integers(0, count))
        cells += [Cell(topic, level, split), Cell(topic, level, count - split)]
    return cells, pool


papers = fillable()
seeds = st.text(max_size=20)


@given(papers, seeds, st.frozensets(st.integers(1, 10_000)))
def test_a_paper_fills_every_cell_exactly_and_repeats_nothing(
    asked: tuple[list[Cell], tuple[Candidate, ...]], seed: str, avoid: frozenset[int]
) -> None:
    cells, pool = asked
    by_id = {candidate.item_version_id: candidate for candidate in pool}
    paper = draw(cells, pool, seed, avoid)
    drawn = [by_id[place.item_version_id] for place in paper]
    assert len({candidate.item_version_id for candidate in drawn}) == len(drawn)
    wanted: Counter[tuple[str | None, int | None]] = Counter()
    for cell in cells:
        wanted[cell.topic, cell.level] += cell.count
    assert Counter((candidate.topic, candidate.level) for candidate in drawn) == +wanted
    for place, candidate in zip(paper, drawn, strict=True):
        assert sorted(place.option_order) == sorted(candidate.option_ids)
        assert place.option_order[len(candidate.option_ids) - len(candidate.pinned) :] == candidate.pinned


@given(papers, seeds, st.randoms(use_true_random=False))
def test_same_seed_same_paper_in_whatever_order_things_are_listed(
    asked: tuple[list[Cell], tuple[Candidate, ...]],
    seed: str,
    random: Random,
) -> None:
    cells, pool = asked
    first = draw(cells, pool, seed)
    assert draw(random.sample(cells, len(cells)), random.sample(pool, len(pool)), seed) == first
    assert draw(cells, tuple(replace(c, option_ids=c.option_ids[::-1]) for c in pool), seed) == first
    assert draw(cells, pool + pool, seed) == first


@given(papers, seeds, st.frozensets(st.integers(1, 10_000)), st.data())
def test_seen_items_come_only_when_the_rest_of_their_cell_is_used_up(
    asked: tuple[list[Cell], tuple[Candidate, ...]], seed: str, others: frozenset[int], data: st.DataObject
) -> None:
    cells, pool = asked
    avoid = others | data.draw(st.frozensets(st.sampled_from([c.item_version_id for c in pool])))
    drawn = {place.item_version_id for place in draw(cells, pool, seed, avoid)}
    for repeated in (c for c in pool if c.item_version_id in drawn & avoid):
        fresh = {c.item_version_id for c in pool if (c.topic, c.level) == (repeated.topic, repeated.level)} - avoid
        assert fresh <= drawn


def test_a_draw_is_what_is_documented_on_any_machine() -> None:
    """A fixed paper, recomputed here from the definition: an upgrade that changes it would break kept seeds."""
    pool = [item(number) for number in range(1, 8)]

    def rank(purpose: str, *ids: int) -> bytes:
        return hmac.new(b"round-1/attempt-1", ":".join([purpose, *map(str, ids)]).encode(), hashlib.sha256).digest()

    chosen = sorted(range(1, 8), key=lambda n: rank("item", n))[:3]
    expected = tuple(
        DrawnItem(n, tuple(sorted(item(n).option_ids, key=lambda o: rank("option", n, o))))
        for n in sorted(chosen, key=lambda n: rank("place", n))
    )
    assert draw([Cell("quan-diem", 1, 3)], pool, "round-1/attempt-1") == expected
    assert [place.item_version_id for place in expected] == [4, 3, 7]


def test_another_seed_gives_another_paper() -> None:
    pool = [item(number) for number in range(100)]
    cells = [Cell("quan-diem", 1, 10)]
    assert len({draw(cells, pool, f"seed {n}") for n in range(200)}) == 200


@pytest.mark.parametrize("count", [1, 3, 9])
def test_every_item_of_a_cell_is_equally_likely(count: int) -> None:
    size = 12
    pool = [item(number, options=1) for number in range(size)] + [item(99, topic="khac", options=1)]
    cells = [Cell("quan-diem", 1, count)]
    counts = Counter(place.item_version_id for n in range(DRAWS) for place in draw(cells, pool, f"seed {n} of {count}"))
    # Drawn without putting back, the counts vary less than independent ones would, by (size − count) ÷ (size − 1).
    statistic = chi_square(counts, size, DRAWS * count / size) * (size - 1) / (size - count)
    assert statistic < critical(size - 1)


def test_every_item_is_equally_likely_at_every_place_and_every_option_under_every_letter() -> None:
    pool = [item(number) for number in range(5)]
    at_place: Counter[int] = Counter()
    under_letter: Counter[int] = Counter()
    for n in range(DRAWS):
        paper = draw([Cell("quan-diem", 1, 4)], pool, f"seed {n}")
        at_place.update(place * 10 + drawn.item_version_id for place, drawn in enumerate(paper))
        under_letter.update(drawn.option_order.index(drawn.item_version_id * 10) for drawn in paper)
    assert chi_square(at_place, 20, DRAWS / 5) < critical(19)
    assert chi_square(under_letter, 4, DRAWS) < critical(3)


def test_options_of_two_items_are_shuffled_apart() -> None:
    pool = [item(1), item(2)]
    alike = 0
    for n in range(500):
        first, second = draw([Cell("quan-diem", 1, 2)], pool, f"seed {n}")
        alike += [o % 10 for o in first.option_order] == [o % 10 for o in second.option_order]
    assert 5 <= alike <= 45  # about one in 24


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([], ()),
        ([Cell("a", 1, 2)], ()),
        ([Cell("a", 1, 3)], (Shortage("a", 1, 3, 2),)),
        ([Cell("a", 1, 1), Cell("a", 1, 1)], ()),
        ([Cell("a", 1, 2), Cell("a", 1, 1)], (Shortage("a", 1, 3, 2),)),
        ([Cell("a", 2, 2), Cell("z", 1, 1), Cell("a", 1, 2)], (Shortage("a", 2, 2, 1), Shortage("z", 1, 1, 0))),
        ([Cell("z", 1, 0)], ()),
    ],
)
def test_shortages_are_named(cells: list[Cell], expected: tuple[Shortage, ...]) -> None:
    pool = [item(1, "a"), item(2, "a"), item(3, "a", 2), item(3, "a", 2)]
    assert shortages(cells, pool) == expected
    if not expected:
        assert len(draw(cells, pool, "seed")) == sum(cell.count for cell in cells)
        return
    with pytest.raises(NotEnoughItems) as refused:
        draw(cells, pool, "seed")
    assert refused.value.shortages == expected


@given(pools(), st.randoms(use_true_random=False))
def test_pool_hash_ignores_order(pool: tuple[Candidate, ...], random: Random) -> None:
    assert pool_hash(random.sample(pool, len(pool))) == pool_hash(pool)
    assert len(pool_hash(pool)) == 64


@pytest.mark.parametrize(
    "change",
    [
        Candidate(9, "a", 1, (1, 2, 3)),
        Candidate(1, "b", 1, (1, 2, 3)),
        Candidate(1, "a", 2, (1, 2, 3)),
        Candidate(1, "a", 1, (1, 2, 4)),
        Candidate(1, "a", 1, (1, 2)),
        Candidate(1, "a", 1, (1, 2, 3), pinned=(3,)),
        Candidate(1, "a", 1, (1, 2, 3), pinned=(3, 2)),
    ],
)
def test_pool_hash_tells_every_change_that_a_draw_depends_on(change: Candidate) -> None:
    hashes = {pool_hash([Candidate(1, "a", 1, (1, 2, 3))]), pool_hash([Candidate(1, "a", 1, (1, 2, 3), pinned=(2, 3))])}
    assert len(hashes) == 2
    assert pool_hash([change]) not in hashes


def test_contradictory_pools_and_items_are_refused() -> None:
    with pytest.raises(ValueError, match="in two ways"):
        draw([Cell("a", 1, 1)], [item(1, "a"), item(1, "b")], "seed")
    with pytest.raises(ValueError, match="lists an option twice"):
        Candidate(1, "a", 1, (1, 1))
    with pytest.raises(ValueError, match="pins an option twice"):
        Candidate(1, "a", 1, (1, 2), pinned=(3,))
    with pytest.raises(ValueError, match="pins an option twice"):
        Candidate(1, "a", 1, (1, 2), pinned=(2, 2))
    with pytest.raises(ValueError, match="fewer than no items"):
        Cell("a", 1, -1)


def test_letters() -> None:
    assert [letter(index) for index in range(5)] == ["A", "B", "C", "D", "E"]
    assert letter(25) == "Z"
    for index in (-1, 26):
        with pytest.raises(ValueError, match="no letter"):
            letter(index)
