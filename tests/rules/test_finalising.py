from dataclasses import replace
from itertools import product

from quiz_app.rules.finalising import Readiness, Step, StepState, next_step, steps

NOTHING_DONE = Readiness(
    is_closed=False,
    open_attempts=3,
    has_prediction=True,
    is_truth_fixed=False,
    is_searched=False,
    flags_open=2,
    complaints_open=1,
    corrections_open=1,
    is_approved=False,
    is_published=False,
)


def test_the_steps_are_taken_one_after_the_other() -> None:
    known = NOTHING_DONE
    taken: list[Step | None] = [next_step(known)]
    acts: list[dict[str, object]] = [
        {"is_closed": True}, {"open_attempts": 0}, {"is_truth_fixed": True}, {"is_searched": True, "flags_open": 0},
        {"complaints_open": 0}, {"corrections_open": 0}, {"is_approved": True}, {"is_published": True},
    ]  # fmt: skip
    for act in acts:
        known = replace(known, **act)  # type: ignore[arg-type] # names are checked by replace
        taken.append(next_step(known))
    assert taken == [*Step, None]


def test_without_a_prediction_there_is_no_truth_to_fix() -> None:
    known = replace(NOTHING_DONE, has_prediction=False, is_closed=True, open_attempts=0)
    assert steps(known)[Step.TRUTH_FIXED] is StepState.NOT_NEEDED
    assert next_step(known) is Step.FLAGS_REVIEWED


def test_nothing_after_the_next_step_is_done() -> None:
    """Whatever is known: one step is next at most, everything before it is settled, everything after it waits."""
    flags = (False, True)
    for closed, opened, asked_for, truth, searched, flagged, complained, *others in product(flags, repeat=10):
        found = list(
            steps(
                Readiness(closed, int(opened), asked_for, truth, searched, int(flagged), int(complained), *others)
            ).values()
        )
        asked = [state for state in found if state is not StepState.NOT_NEEDED]
        done = asked.count(StepState.DONE)
        rest = asked[done:]
        assert asked[:done] == [StepState.DONE] * done
        assert rest == [StepState.NEXT, *[StepState.WAITING] * (len(rest) - 1)][: len(rest)]
