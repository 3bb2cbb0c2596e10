"""What must be done, in this order, before the results of a round are final."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """The steps of finalising, first to last."""

    CLOSED = "closed"
    ATTEMPTS_ENDED = "attempts_ended"
    TRUTH_FIXED = "truth_fixed"
    FLAGS_REVIEWED = "flags_reviewed"
    COMPLAINTS_DECIDED = "complaints_decided"
    CORRECTIONS_SETTLED = "corrections_settled"
    APPROVED = "approved"
    PUBLISHED = "published"


class StepState(StrEnum):
    """Done, the next to do, waiting for the one before, or not asked for by the round's rules."""

    DONE = "done"
    NEXT = "next"
    WAITING = "waiting"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is known of a round. `is_searched`: flags were looked for after it closed, so that none open means none.

    `corrections_open` are rescorings proposed or under way.
    """

    is_closed: bool
    open_attempts: int
    has_prediction: bool
    is_truth_fixed: bool
    is_searched: bool
    flags_open: int
    complaints_open: int
    corrections_open: int
    is_approved: bool
    is_published: bool


def steps(known: Readiness) -> Mapping[Step, StepState]:
    """Where each step stands. Only the first that is not done is next: nothing is approved while something is open."""
    done = {
        Step.CLOSED: known.is_closed,
        Step.ATTEMPTS_ENDED: known.is_closed and known.open_attempts == 0,
        Step.TRUTH_FIXED: known.is_truth_fixed,
        Step.FLAGS_REVIEWED: known.is_searched and known.flags_open == 0,
        Step.COMPLAINTS_DECIDED: known.complaints_open == 0,
        Step.CORRECTIONS_SETTLED: known.corrections_open == 0,
        Step.APPROVED: known.is_approved,
        Step.PUBLISHED: known.is_published,
    }
    found: dict[Step, StepState] = {}
    is_blocked = False
    for step in Step:
        if step is Step.TRUTH_FIXED and not known.has_prediction:
            found[step] = StepState.NOT_NEEDED
        elif is_blocked:
            found[step] = StepState.WAITING
        elif done[step]:
            found[step] = StepState.DONE
        else:
            found[step] = StepState.NEXT
            is_blocked = True
    return found


def next_step(known: Readiness) -> Step | None:
    """What is to be done now; None once the results are final."""
    return next((step for step, state in steps(known).items() if state is StepState.NEXT), None)
