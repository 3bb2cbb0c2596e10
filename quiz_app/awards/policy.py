"""Who hands out certificates and awards, and who may see what is kept to pay a prize."""

from __future__ import annotations

from quiz_app.kernel.access import FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction


class Permission(FeaturePermission):
    CERTIFICATES_OWN = ("certificates.own", {Role.MEMBER}, True)
    CERTIFICATES_TAKE = ("certificates.take", {Role.MEMBER}, False)
    CERTIFICATES_READ = ("certificates.read", {Role.ORGANISER}, True)
    CERTIFICATES_ISSUE = ("certificates.issue", {Role.ORGANISER}, False)
    AWARDS_READ = ("awards.read", {Role.ORGANISER}, True)
    AWARDS_MANAGE = ("awards.manage", {Role.ORGANISER}, False)
    AWARDS_EXPORT = ("awards.export", {Role.ORGANISER}, False)
    PAYMENTS_HANDLE = ("payments.handle", {Role.ORGANISER}, False)


class Action(FeatureAction):
    SERIES_OPENED = ("certificates.opened", ["occasion", "unit_id"])
    SERIES_CHANGED = ("certificates.changed", ["words"])
    SERIES_CLOSED = ("certificates.closed",)
    SERIES_REOPENED = ("certificates.reopened",)
    ISSUED = ("certificates.issued", ["kind", "year", "first", "last"])
    FILE_TAKEN = ("certificates.file_taken", ["count"])
    REVOKED = ("certificate.revoked", ["reason"])
    REISSUED = ("certificate.reissued", ["replaces", "reason"])
    AWARDS_PROPOSED = ("awards.proposed", ["scope", "version", "table_version", "awards"])
    SPECIAL_ADDED = ("awards.special_added", ["award_id", "title", "reason"])
    SPECIAL_REMOVED = ("awards.special_removed", ["award_id", "title"])
    AWARDS_APPROVED = ("awards.approved", ["scope", "version", "sha256"])
    AWARDS_PUBLISHED = ("awards.published", ["scope", "version", "sha256"])
    AWARDS_EXPORTED = ("awards.exported", ["scope", "version", "rows"])
    HANDLER_NAMED = ("prizes.handler_named", ["member_id"])
    HANDLER_REMOVED = ("prizes.handler_removed", ["member_id"])
    PAYMENT_ENTERED = ("prizes.payment_entered", ["way"])
    PAYMENT_SEEN = ("prizes.payment_seen",)
    PRIZE_PAID = ("prizes.paid", ["way", "received_on"])
    PAYMENTS_ERASED = ("prizes.payments_erased", ["count"])
