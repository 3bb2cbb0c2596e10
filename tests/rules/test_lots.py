import hashlib
import hmac
from collections import Counter
from itertools import permutations

import pytest

from quiz_app.rules.lots import commitment, drawn, number
from tests.rules.pools import chi_square, critical

CODES = ["AAAA-1111", "BBBB-2222", "CCCC-3333"]


def test_a_draw_is_what_is_published_on_any_machine() -> None:
    """The rule as somebody else would program it."""
    by_hand = sorted(CODES, key=lambda code: hmac.new(b"hat giong", code.encode(), hashlib.sha256).hexdigest())
    assert drawn("hat giong", CODES) == by_hand
    assert commitment("hat giong") == hashlib.sha256(b"hat giong").hexdigest()
    assert number("hat giong", "AAAA-1111") == hmac.new(b"hat giong", b"AAAA-1111", hashlib.sha256).hexdigest()


def test_the_order_given_cannot_matter() -> None:
    assert len({tuple(drawn("s", order)) for order in permutations(CODES)}) == 1


def test_every_order_is_as_likely_as_any_other() -> None:
    draws = 6000
    orders = Counter(tuple(drawn(f"seed {n}", CODES)) for n in range(draws))
    assert chi_square(orders, 6, draws / 6) < critical(5)


def test_nobody_draws_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        drawn("s", ["A", "A"])
