"""Who may see and publish what the bank holds. Published study texts and documents are open to everybody."""

from __future__ import annotations

from collections.abc import Collection

from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction

_EDITORS = {Role.AUTHOR, Role.REVIEWER, Role.ORGANISER}


class Permission(FeaturePermission):
    """CATALOGUE_KEYS does not only read: every look at keys is put on record."""

    CATALOGUE_LIST = ("catalogue.list", _EDITORS | {Role.OPERATOR}, True)
    CATALOGUE_PREVIEW = ("catalogue.preview", _EDITORS, True)
    CATALOGUE_KEYS = ("catalogue.keys", _EDITORS, False)
    CATALOGUE_PUBLISH = ("catalogue.publish", {Role.ORGANISER}, False)
    DOCUMENTS_LIST = ("catalogue.documents_list", _EDITORS, True)
    LIBRARY_MANAGE = ("library.manage", {Role.ORGANISER}, False)


def keeps_the_bank(actor: Actor, root_ids: Collection[int]) -> bool:
    """Whether the actor works on the whole house's bank: sets and documents belong to no unit, so a role lower in the
    tree gives no hand in them. `root_ids` are the units without a parent."""
    return actor.is_system or not actor.units_as(*_EDITORS, Role.OPERATOR).isdisjoint(root_ids)


class Action(FeatureAction):
    SET_PUBLISHED = ("set.published", ["slug", "is_shipped", "content_hash", "added", "changed", "retired"])
    MODULE_PUBLISHED = ("module.published", ["slug", "content_hash"])
    DOCUMENT_PUBLISHED = ("document.published", ["slug", "content_hash"])
    KEYS_VIEWED = ("set.keys_viewed", ["slug", "items"])
    FILE_ATTACHED = ("document.file_attached", ["slug", "file_name", "sha256", "size"])
    FILE_REMOVED = ("document.file_removed", ["slug", "file_name", "sha256"])
