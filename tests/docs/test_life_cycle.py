"""The page of states and events says what the rules do."""

from __future__ import annotations

from docs import make_life_cycle
from quiz_app.rules.lifecycle import AttemptState, RoundState


def test_the_page_is_the_one_the_rules_give() -> None:
    assert make_life_cycle.PAGE.read_text(encoding="utf-8") == make_life_cycle.text()


def test_every_state_has_its_own_name() -> None:
    attempts = {name for name, _ in make_life_cycle.ATTEMPT_STATES.values()}
    rounds = {name for name, _ in make_life_cycle.ROUND_STATES.values()}
    assert (len(attempts), len(rounds)) == (len(AttemptState), len(RoundState))
