"""Who may enter where, for official reports: a part of the table in `matrix`. The report, of `first`, is approved."""

from __future__ import annotations

from dataclasses import replace

from tests.architecture.callers import COVERING, WATCHERS, Row, only

REPORT = only(COVERING, missing=WATCHERS, report_id="report")
EDITION = only(COVERING, missing=WATCHERS, edition_id="report_edition")
UNIT = only(COVERING, missing=WATCHERS, unit_id="unit")

REPORTS: dict[str, Row] = {
    "reports.index": only(WATCHERS),
    "reports.choose_unit": only(WATCHERS),
    "reports.new": UNIT,
    "reports.setting": UNIT,
    **{f"reports.{name}": REPORT for name in ("report", "progress", "preview", "edit", "recount", "approve", "reopen")},
    "reports.discard": REPORT,
    "reports.make_again": EDITION,
    "reports.file": replace(EDITION, values={"edition_id": "report_edition", "ending": "report_ending"}),
}
