"""Who writes and reads reports: a secretary those of his own unit, overseers and organisers those of their subtree."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement

from quiz_app.kernel.access import Actor, FeaturePermission
from quiz_app.kernel.audit import FeatureAction
from quiz_app.reports.models import Report
from quiz_app.units.policy import COVERING_ROLES, covered_units, covers


class Permission(FeaturePermission):
    REPORTS_READ = ("reports.read", set(COVERING_ROLES), True)
    REPORTS_WRITE = ("reports.write", set(COVERING_ROLES), False)
    REPORTS_APPROVE = ("reports.approve", set(COVERING_ROLES), False)


class Action(FeatureAction):
    CREATED = ("reports.created", ["unit_id", "kind", "number"])
    CHANGED = ("reports.changed", ["number", "revision"])
    RECOUNTED = ("reports.recounted", ["figures_sha256"])
    APPROVED = ("reports.approved", ["edition", "figures_sha256", "praised", "lagging"])
    DISCARDED = ("reports.discarded", ["unit_id", "number"])
    REOPENED = ("reports.reopened", ["revision"])
    FILES_ASKED = ("reports.files_asked", ["edition"])
    SETTING_CHANGED = ("reports.setting_changed", ["term_begins_on", "praise_turnout", "praise_mean", "lag_turnout"])


def writes(actor: Actor, path_ids: Collection[int], unit_id: int) -> bool:
    """Whether the actor reads and writes the reports of a unit; `path_ids` are its ancestors, itself included.

    The twin of `written`.
    """
    return covers(actor, path_ids, unit_id)


def written(actor: Actor) -> ColumnElement[bool]:
    """The reports that the actor reads and writes, as a condition on Report. The twin of `writes`."""
    return Report.unit_id.in_(covered_units(actor))
