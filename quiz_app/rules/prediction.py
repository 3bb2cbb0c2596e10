"""The prediction question: how far a guess is from the truth.

It may ask for a number of people, of attempts, of people with all answers right, or for a percentage. Percentages are
whole numbers here, scaled by their decimal places: 12,34 % with two places is 1234. People write as is usual in
Vietnam: dots between thousands, a comma before decimals.
"""

import re
from enum import StrEnum

MISSING_GUESS_ERROR = 10**12
"""The error of somebody who guessed nothing: worse than any guess, and still small enough to be added over the
rounds of a contest within the database's 64-bit integers."""

LARGEST_GUESS = MISSING_GUESS_ERROR - 1

_MOST_DECIMALS = 6
_SPACES = " \u00a0\u2009\u202f"  # also those that phones and spreadsheets put between thousands
_WHOLE = re.compile(r"[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+")
_FRACTION = re.compile(r"[0-9]+")


class PredictionKind(StrEnum):
    """What the question asks for."""

    PEOPLE = "people"
    ATTEMPTS = "attempts"
    ALL_RIGHT = "all_right"
    PERCENTAGE = "percentage"


class Misread(StrEnum):
    """Why a guess cannot be taken as it was written."""

    EMPTY = "empty"
    NEGATIVE = "negative"
    NOT_WHOLE = "not_whole"
    TOO_MANY_DECIMALS = "too_many_decimals"
    ABOVE_HUNDRED = "above_hundred"
    TOO_LARGE = "too_large"
    NOT_A_NUMBER = "not_a_number"


class UnreadableGuess(ValueError):
    """A guess that is no answer to its question; `reason` says why."""

    def __init__(self, reason: Misread) -> None:
        super().__init__(reason.value)
        self.reason = reason


def parse(text: str, kind: PredictionKind, decimals: int = 0) -> int:
    """Read a guess: 1.234.567, 1 234 567 or 1234567; of a percentage 12,34 or 12,34 %, scaled by `decimals`.

    Fewer decimal places than asked are read as if zeros followed, more are refused rather than rounded. A dot never
    stands before decimals: 12.5 is refused and not taken for something that was not meant. Raises UnreadableGuess.
    """
    _require_places(decimals)
    written = text.strip().translate(str.maketrans(_SPACES, " " * len(_SPACES)))
    is_percentage = kind is PredictionKind.PERCENTAGE
    if is_percentage:
        written = written.removesuffix("%").rstrip()
    if not written:
        raise UnreadableGuess(Misread.EMPTY)
    if written[0] in "-−–" and _WHOLE.match(written, 1):
        raise UnreadableGuess(Misread.NEGATIVE)
    whole, comma, fraction = written.partition(",")
    if not _WHOLE.fullmatch(whole) or (comma and not _FRACTION.fullmatch(fraction)):
        raise UnreadableGuess(Misread.NOT_A_NUMBER)
    if comma and not is_percentage:
        raise UnreadableGuess(Misread.NOT_WHOLE)
    if len(fraction) > decimals:
        raise UnreadableGuess(Misread.TOO_MANY_DECIMALS)
    places = decimals if is_percentage else 0
    return _within(whole.replace(".", "").replace(" ", "") + fraction.ljust(places, "0"), is_percentage, places)


def format(value: int, kind: PredictionKind, decimals: int = 0) -> str:  # noqa: A001 - called as prediction.format
    """The value as it is written in Vietnamese: 1.234.567, or 12,34% with as many decimal places as were asked."""
    _require_places(decimals)
    if value < 0:
        raise ValueError("counts and percentages are never negative")
    if kind is not PredictionKind.PERCENTAGE:
        return _grouped(value)
    whole, fraction = divmod(value, 10**decimals)
    return f"{_grouped(whole)},{fraction:0{decimals}d}%" if decimals else f"{_grouped(whole)}%"


def truth(
    kind: PredictionKind, *, people: int, attempts: int, all_right: int, base: int, decimals: int = 0
) -> int | None:
    """What the question asked for, once it is known; None for a percentage of nobody.

    A percentage is that of `all_right` in `base`: the people with all answers right among those the rules name.
    """
    match kind:
        case PredictionKind.PEOPLE:
            return people
        case PredictionKind.ATTEMPTS:
            return attempts
        case PredictionKind.ALL_RIGHT:
            return all_right
        case PredictionKind.PERCENTAGE:
            return percentage(all_right, base, decimals)


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


def _within(digits: str, is_percentage: bool, places: int) -> int:
    """The number these digits stand for, unless it is out of bounds; counted first, as int() takes only so many."""
    significant = digits.lstrip("0") or "0"
    is_huge = len(significant) > len(str(LARGEST_GUESS))
    if is_percentage and (is_huge or int(significant) > 100 * 10**places):
        raise UnreadableGuess(Misread.ABOVE_HUNDRED)
    if is_huge:
        raise UnreadableGuess(Misread.TOO_LARGE)
    return int(significant)


def _require_places(decimals: int) -> None:
    if not 0 <= decimals <= _MOST_DECIMALS:
        raise ValueError(f"a percentage is asked with 0 to {_MOST_DECIMALS} decimal places")


def _grouped(value: int) -> str:
    return f"{value:,}".replace(",", ".")
