"""Who may enter where: those who register themselves, who admits them, and what units tell their people."""

from __future__ import annotations

from dataclasses import replace

from tests.architecture.callers import ISSUERS, ORGANISERS, SECRETARIES, Row, everybody, only

DECIDERS = ORGANISERS | SECRETARIES

ROWS: dict[str, Row] = {
    "registering.choose": everybody(),
    "registering.in_unit": everybody(unit_id="unit"),
    "registering.unlisted": everybody(unit_id="root"),
    "registering.sent": everybody(),
    "registering_manage.index": only(DECIDERS),
    "registering_manage.export": only(DECIDERS),
    "registering_manage.registration": only(ISSUERS, missing=DECIDERS, registration_id="registration"),
    # an answer without a choice: the form comes back to whoever may answer
    "registering_manage.decide": only(ISSUERS, missing=DECIDERS, registration_id="registration"),
    "registering_desks.desk": only({"organiser"}, missing=ORGANISERS, unit_id="root"),
    "registering_desks.save": only({"organiser"}, missing=ORGANISERS, unit_id="root"),
    "registering_desks.renew_code": replace(
        only({"organiser"}, missing=ORGANISERS, unit_id="root"), data={"seen": "0"}
    ),
    # announcements of `first`
    "announcements.index": only(DECIDERS),
    "announcements.write": only(DECIDERS),
    "announcements.edit": only(ISSUERS, missing=DECIDERS, announcement_id="announcement"),
    "announcements.withdraw": only(ISSUERS, missing=DECIDERS, announcement_id="announcement"),
}
