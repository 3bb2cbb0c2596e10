"""The prediction question: how far a guess is from the truth.

It may ask for a number of people, of attempts, of people with all answers right, or for a percentage. Percentages are
whole numbers here, scaled by their decimal places: 12,34 % with two places is 1234.
"""

MISSING_GUESS_ERROR = 10**12
"""The error of somebody who guessed nothing: worse than any guess, and still small enough to be added over the
rounds of a contest within the database's 64-bit integers."""


def error(guess: int | None, truth: int) -> int:
    """The distance between guess and truth, above or below alike. Without a guess: MISSING_GUESS_ERROR, which is last.

    A guess, however absurd, ranks before none.
    """
    if guess is None:
        return MISSING_GUESS_ERROR
    return min(abs(guess - truth), MISSING_GUESS_ERROR - 1)


def percentage(part: int, whole: int, decimals: int) -> int | None:
    """The truth of a percentage question, scaled by its decimal places and rounded half up; None of an empty whole."""
    if decimals < 0 or part < 0:
        raise ValueError("a percentage is asked of counts, with no or some decimal places")
    if whole <= 0:
        return None
    scale: int = 100 * 10**decimals
    return (2 * part * scale + whole) // (2 * whole)
