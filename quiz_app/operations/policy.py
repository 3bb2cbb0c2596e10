"""Who looks after the installation."""

from __future__ import annotations

from collections.abc import Collection

from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction


class Permission(FeaturePermission):
    OPERATIONS_READ = ("operations.read", {Role.OPERATOR, Role.ORGANISER}, True)
    JOB_STOP = ("operations.job_stop", {Role.OPERATOR, Role.ORGANISER}, False)
    SITE_SWITCH = ("site.switch", {Role.OPERATOR, Role.ORGANISER}, False)


# Their work shows nowhere before their end and is thrown away without a trace. What writes scores, rosters or papers in
# several steps is not among them: it has to come to its end.
STOPPABLE = frozenset(
    {"analysis", "contest-archive", "final-table", "forecast-correction", "report-figures", "roster-plan"}
)


def runs_the_site(actor: Actor, root_ids: Collection[int]) -> bool:
    """Whether the actor may switch what concerns everybody: a role lower in the tree is none over the whole house.

    `root_ids` are the units without a parent.
    """
    return actor.is_system or not actor.units_as(Role.OPERATOR, Role.ORGANISER).isdisjoint(root_ids)


def sees_every_job(actor: Actor, root_ids: Collection[int]) -> bool:
    """Whether the actor sees what the worker does for everybody; organisers lower in the tree see what they asked for.

    How much a job has done tells how many people sit, which an open prediction may ask them.
    """
    return runs_the_site(actor, root_ids) or bool(actor.units_as(Role.OPERATOR))


class Action(FeatureAction):
    CLOCK_ACCEPTED = ("clock.accepted", ["was_stepped"])
    JOB_STOPPED = ("operations.job_stopped", ["kind"])
    READ_ONLY_ON = ("site.read_only_on", ["reason", "ends_at"])
    READ_ONLY_OFF = ("site.read_only_off", ["reason"])
    ARCHIVE_ASKED = ("contest.archive_asked", ["file"])
    ARCHIVE_MADE = ("contest.archive_made", ["file", "sha256", "rows"])
    ARCHIVE_DOWNLOADED = ("contest.archive_downloaded", ["file", "sha256"])
    CONTEST_IMPORTED = ("contest.imported", ["file", "sha256", "rows"])


ARCHIVE_ACTIONS = (Action.ARCHIVE_ASKED, Action.ARCHIVE_MADE, Action.ARCHIVE_DOWNLOADED, Action.CONTEST_IMPORTED)
