"""Who acts, and what acts need: roles, permissions and the actor of a unit of work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum


class Role(StrEnum):
    MEMBER = "member"
    SECRETARY = "secretary"
    OVERSEER = "overseer"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    ORGANISER = "organiser"
    OPERATOR = "operator"


class FeaturePermission(Enum):
    """Base of each feature's `Permission`: code, the roles that hold it, and whether it only reads.

    A reading permission never guards a request that changes something.
    """

    def __init__(self, code: str, roles: Iterable[Role], reads: bool = False) -> None:
        self.code = code
        self.roles = frozenset(roles)
        self.reads = reads


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held on a unit. What the role covers below that unit is said by each feature's policy."""

    role: Role
    unit_id: int


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts in a unit of work. `member_id` is None for nobody signed in and for the system itself.

    With `only_attempt` the sign-in was opened by a helper for that one sitting: it carries no role beside the member's,
    and wherever it does not reach nobody acts, whose `session_id` still tells which sign-in may be ended. What is
    `held_back` gives nothing until the second factor was shown. Who `owes_notices` has yet to answer those about his
    data.
    """

    member_id: int | None = None
    account_id: int | None = None
    session_id: int | None = None
    unit_id: int | None = None
    name: str = ""
    grants: tuple[Grant, ...] = ()
    is_system: bool = False
    only_attempt: int | None = None
    held_back: tuple[Grant, ...] = ()
    owes_notices: bool = False

    @property
    def is_signed_in(self) -> bool:
        return self.member_id is not None

    @property
    def member(self) -> int:
        """The acting member's id. Raises RuntimeError where nobody is signed in: the guard was forgotten."""
        if self.member_id is None:
            raise RuntimeError("no member acts here")
        return self.member_id

    @property
    def roles(self) -> frozenset[Role]:
        own = {Role.MEMBER} if self.is_signed_in else set()
        return frozenset(own | {grant.role for grant in self.grants})

    def may(self, permission: FeaturePermission) -> bool:
        return self.is_system or not self.roles.isdisjoint(permission.roles)

    def units_as(self, *roles: Role) -> frozenset[int]:
        """The units on which the actor holds one of these roles."""
        return frozenset(grant.unit_id for grant in self.grants if grant.role in roles)


NOBODY = Actor()
SYSTEM = Actor(name="Hệ thống", is_system=True)
