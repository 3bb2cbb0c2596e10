"""What may stand in the way of work on people and their accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quiz_app.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody who may be meant. `proof` stands for the stored hash that the secret has just opened."""

    account_id: int
    full_name: str
    proof: str


class WrongCredentials(Refused):
    """The name and the password do not open an account; unknown, disabled and wrong are one and the same."""

    status = 422


class RegistrationWaiting(Refused):
    """Whoever registered himself has not been admitted yet. Facts: unit."""

    status = 403


class RegistrationRefused(Refused):
    """Whoever registered himself is not admitted. Facts: reason."""

    status = 403


class SeveralFit(Refused):
    """The secret is right for several who share what was typed: `choices`, of whom the one at the device is one."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        super().__init__()
        self.choices = tuple(choices)


class TooManyTries(Refused):
    """Too many failed sign-ins in a row under this name. Facts: minutes to wait."""

    status = 429


class AddressRests(TooManyTries):
    """Too many sign-ins from this network address have failed, under whatever names. Facts: minutes to wait."""


class WrongSlip(Refused):
    """A slip unknown, used, expired, replaced or worn out and a wrong second factor: all the same."""

    status = 422


class SlipsOutdated(Refused):
    """The roster has changed between the print and its keeping: what was printed counts for nothing."""


class NobodyToPrint(Refused):
    """Nobody of the unit needs such a slip, or nobody can use one."""


class TooManySlips(Refused):
    """More slips at once than fit into one file. Facts: count, most."""

    status = 422


class PasswordChanged(Refused):
    """The password was changed elsewhere while this change was on its way."""


class UsernameTaken(Refused):
    """Another account has this name. Facts: username."""


class HasAccount(Refused):
    """The member has an account already. Facts: name."""


class OwnRole(Refused):
    """Nobody gives roles to himself or takes them from himself."""

    status = 403


class RoleHeld(Refused):
    """The member holds this role on this unit already. Facts: name."""


class RoleOnClosedUnit(Refused):
    """Nobody works for a unit that is closed. Facts: name."""


class LastOperator(Refused):
    """Without this one nobody could run the platform or give roles any more."""


class OperatorExists(Refused):
    """The installation has an operator: nobody becomes the first one now."""


class NameNeeded(Refused):
    """No account has this name, and nobody is named for whom to make one. Facts: username."""

    status = 422


class LinkSpent(Refused):
    """The link was used, has expired, or never was one."""

    status = 422


class WrongCode(Refused):
    """The code is wrong, too old, or was used before."""

    status = 422


class SecondFactorHeld(Refused):
    """The account has a second factor already."""


class SecondFactorDemanded(Refused):
    """The role does not allow to be without a second factor."""

    status = 403


class RosterUnreadable(Refused):
    """The file is no roster that can be read. Facts: reason, in words."""

    status = 422


class RosterFaulty(Refused):
    """The roster has errors, so nothing of it was applied. Facts: count."""

    status = 422


class RosterOutdated(Refused):
    """The roster has changed since the plan was made, so nothing of the plan was applied."""


class RemovalUnconfirmed(Refused):
    """So many people would be off the roster that it must be said in so many words. Facts: count, size."""

    status = 422
