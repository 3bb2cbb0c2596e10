"""Who may enter where, for one's own data and requests about it: a part of the table in `matrix`."""

from __future__ import annotations

from tests.architecture.callers import GOVERNORS, OWNER, Row, everybody, of_members, only, signed_in

REQUEST = only({"organiser", "operator"}, missing=GOVERNORS, request_id="data_request")

BREACHES = ("one", "notice", "change", "close", "reopen")

PRIVACY: dict[str, Row] = {
    "privacy.page": signed_in(),
    "privacy.kept": everybody(),
    "privacy.copy": signed_in(),
    "privacy.ask": signed_in(kind_slug="data_kind"),
    "privacy.withdraw": of_members({OWNER}, request_id="data_request"),
    "privacy_breaches.index": only({"operator"}),
    "privacy_breaches.enter": only({"operator"}),
    **{f"privacy_breaches.{name}": only({"operator"}, breach_id="breach") for name in BREACHES},
    "privacy_seen.own": signed_in(),
    "privacy_seen.search": only({"operator"}),
    "privacy_manage.index": only(GOVERNORS),
    **{f"privacy_manage.{name}": REQUEST for name in ("one", "take", "decide")},
}
