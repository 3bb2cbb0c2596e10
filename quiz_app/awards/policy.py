"""Who hands out certificates and awards, and who may see what is kept to pay a prize."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from quiz_app.awards.models import CertificateSeries
from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction
from quiz_app.units.policy import covered_units


class Permission(FeaturePermission):
    CERTIFICATES_OWN = ("certificates.own", {Role.MEMBER}, True)
    CERTIFICATES_TAKE = ("certificates.take", {Role.MEMBER}, False)
    CERTIFICATES_READ = ("certificates.read", {Role.ORGANISER}, True)
    CERTIFICATES_ISSUE = ("certificates.issue", {Role.ORGANISER}, False)
    AWARDS_READ = ("awards.read", {Role.ORGANISER}, True)
    AWARDS_MANAGE = ("awards.manage", {Role.ORGANISER}, False)
    PAYMENTS_HANDLE = ("payments.handle", {Role.ORGANISER}, False)


class Action(FeatureAction):
    SERIES_OPENED = ("certificates.opened", ["occasion", "unit_id"])
    SERIES_CHANGED = ("certificates.changed", ["words"])
    SERIES_CLOSED = ("certificates.closed",)
    SERIES_REOPENED = ("certificates.reopened",)
    ISSUED = ("certificates.issued", ["kind", "year", "first", "last"])
    REVOKED = ("certificate.revoked", ["reason"])
    REISSUED = ("certificate.reissued", ["replaces", "reason"])
    AWARDS_PROPOSED = ("awards.proposed", ["scope", "version", "table_version", "awards"])
    SPECIAL_ADDED = ("awards.special_added", ["award_id", "title", "reason"])
    SPECIAL_REMOVED = ("awards.special_removed", ["award_id", "title"])
    AWARDS_APPROVED = ("awards.approved", ["scope", "version", "sha256"])
    AWARDS_PUBLISHED = ("awards.published", ["scope", "version", "sha256"])
    HANDLER_NAMED = ("prizes.handler_named", ["member_id"])
    HANDLER_REMOVED = ("prizes.handler_removed", ["member_id"])
    PAYMENT_ENTERED = ("prizes.payment_entered", ["way"])
    PAYMENT_SEEN = ("prizes.payment_seen",)
    PRIZE_PAID = ("prizes.paid", ["way", "received_on"])
    PAYMENTS_ERASED = ("prizes.payments_erased", ["count"])


def governed(actor: Actor) -> ColumnElement[bool]:
    """The series that the actor hands out: of the units whose contests he runs."""
    return CertificateSeries.unit_id.in_(covered_units(actor, Role.ORGANISER))
