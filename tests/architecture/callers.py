"""Who calls, and what each may meet at a door: the words of the table in `matrix`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Entry(StrEnum):
    """What a caller meets at a door."""

    IN = "in"  # the view worked for him, whatever it then said about his input
    ASKED = "asked to sign in"
    FORBIDDEN = "403"
    MISSING = "404"


NOBODY = "nobody"
OWNER = "member"  # the attempt and the session under test are his
FIRST = {"member", "colleague", "exempt", "secretary"}  # the unit whose contest it is
CALLERS = (
    NOBODY,
    "stranger",
    "inner_member",
    "secretary_elsewhere",
    "overseer_elsewhere",
    "organiser_elsewhere",
    "author",
    "reviewer",
    "operator",
    "overseer",
    "organiser",
    "secretary",
    "exempt",
    "colleague",
    "member",
)
WRITERS = {"author", "organiser"}  # of the whole house's bank
EDITORS = WRITERS | {"reviewer"}
ORGANISERS = {"organiser", "organiser_elsewhere"}
GOVERNORS = ORGANISERS | {"operator"}
OVERSEERS = {"overseer", "overseer_elsewhere"}
SECRETARIES = {"secretary", "secretary_elsewhere"}
LEARNERS = {"organiser", "author", "reviewer"}
WATCHERS = ORGANISERS | OVERSEERS | SECRETARIES
STAFF = WATCHERS | {"author", "reviewer", "operator"}
COVERING = {"organiser", "overseer", "secretary"}  # whose grant covers `first`
ISSUERS = COVERING - {"overseer"}


@dataclass(frozen=True)
class Row:
    """`inside`: who gets in. `missing`: who may come this way but finds nothing there. Others hold no permission.

    `data`: what is posted, where a view reads the form before it asks who calls. `is_used_up`: the first who changes it
    leaves nothing for the next.
    """

    inside: frozenset[str]
    missing: frozenset[str] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    is_used_up: bool = False

    def expected(self, caller: str) -> Entry:
        if caller in self.inside:
            return Entry.IN
        if caller in self.missing:
            return Entry.MISSING
        return Entry.ASKED if caller == NOBODY else Entry.FORBIDDEN


def everybody(**values: str) -> Row:
    return Row(frozenset(CALLERS), values=values)


def signed_in(**values: str) -> Row:
    return Row(frozenset(CALLERS) - {NOBODY}, values=values)


def only(inside: Collection[str], *, missing: Collection[str] = (), **values: str) -> Row:
    return Row(frozenset(inside), frozenset(missing) - frozenset(inside), values)


def of_members(inside: Collection[str], **values: str) -> Row:
    """A members' page: any member may ask, and finds only what is his."""
    return only(inside, missing=set(CALLERS) - {NOBODY}, **values)
