"""Who writes, reviews and publishes. Drafts belong to the whole house's bank, so a role lower in the tree gives no
hand in them (`catalogue.policy.keeps_the_bank`); of one draft, nobody is both author and reviewer."""

from __future__ import annotations

from quiz_app.authoring.models import Part
from quiz_app.kernel.access import FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction

_WRITERS = {Role.AUTHOR, Role.ORGANISER}
_EDITORS = _WRITERS | {Role.REVIEWER}


class Permission(FeaturePermission):
    """DRAFT_OPEN does not only read: a draft shows keys, and every look at keys is put on record."""

    SETS_LIST = ("authoring.sets_list", _EDITORS | {Role.OPERATOR}, True)
    SET_READ = ("authoring.set_read", _EDITORS, True)
    DRAFT_OPEN = ("authoring.draft_open", _EDITORS, False)
    DRAFT_WRITE = ("authoring.draft_write", _WRITERS, False)
    IMAGE_SEE = ("authoring.image_see", {Role.MEMBER}, True)
    DRAFT_COMMENT = ("authoring.draft_comment", _EDITORS, False)
    DRAFT_REVIEW = ("authoring.draft_review", {Role.REVIEWER}, False)
    KEYS_VIEW = ("authoring.keys_view", _EDITORS, False)
    PUBLISH = ("authoring.publish", {Role.ORGANISER}, False)
    SEAL = ("authoring.seal", {Role.ORGANISER}, False)
    SEAL_CONFIRM = ("authoring.seal_confirm", {Role.ORGANISER, Role.REVIEWER}, False)


class Action(FeatureAction):
    SET_FOUNDED = ("authoring.set_founded", ["slug", "use"])
    DRAFT_STARTED = ("authoring.draft_started", ["kind", "code", "intent"])
    DRAFT_HANDED_IN = ("authoring.draft_handed_in", ["kind", "code", "intent", "revision"])
    DRAFT_JUDGED = ("authoring.draft_judged", ["kind", "code", "revision", "verdict"])
    DRAFT_DISCARDED = ("authoring.draft_discarded", ["kind", "code"])
    DRAFTS_RETAGGED = ("authoring.drafts_retagged", ["codes", "topic", "level"])
    DRAFT_KEYS_VIEWED = ("authoring.draft_keys_viewed", ["kind", "code"])
    IMAGE_KEPT = ("authoring.image_kept", ["description"])
    FINDING_WAIVED = ("authoring.finding_waived", ["slug", "code", "message", "reason"])
    DRAFTS_PUBLISHED = ("authoring.drafts_published", ["slug", "codes", "content_hash"])
    SET_SEALED = ("authoring.set_sealed", ["slug", "content_hash"])
    SEAL_BREAK_ASKED = ("authoring.seal_break_asked", ["slug", "reason"])
    SEAL_BROKEN = ("authoring.seal_broken", ["slug", "reason", "asked_by"])
    FILE_SENT = ("authoring.file_sent", ["code", "file_name", "sha256"])
    FILE_DROPPED = ("authoring.file_dropped", ["code", "file_name", "sha256"])
    CITATION_KEPT = ("authoring.citation_kept", ["cited"])
    SET_EXPORTED = ("authoring.set_exported", ["slug", "format", "items", "sha256"])
    SET_IMPORTED = ("authoring.set_imported", ["slug", "file_name", "sha256", "new", "changed", "skipped", "errors"])


def may_review(part: Part | None) -> bool:
    """Whether somebody with this part in a draft (None: no hand in it yet) may judge it."""
    return part is not Part.AUTHOR


def may_write(part: Part | None) -> bool:
    """Whether somebody with this part in a draft (None: no hand in it yet) may write on it."""
    return part is not Part.REVIEWER
