"""Whether a source document holds on a day."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum


class Validity(StrEnum):
    """The values stand in addresses."""

    IN_FORCE = "con-hieu-luc"
    NOT_YET = "chua-hieu-luc"
    EXPIRED = "het-hieu-luc"
    REPLACED = "bi-thay-the"


def validity(
    effective_on: date | None, expired_on: date | None, replaced_from: Iterable[date | None], today: date
) -> Validity:
    """Dates hold from their first moment; an unknown one stands in nobody's way.

    `replaced_from` are the days from which documents that replace this one hold: it is replaced once one of them does.
    """
    if any(day is None or day <= today for day in replaced_from):
        return Validity.REPLACED
    if expired_on is not None and expired_on <= today:
        return Validity.EXPIRED
    if effective_on is not None and today < effective_on:
        return Validity.NOT_YET
    return Validity.IN_FORCE
