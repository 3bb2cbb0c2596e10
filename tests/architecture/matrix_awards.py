"""Who may enter where, for awards, their payment and certificates: a part of the table in `matrix`."""

from __future__ import annotations

from dataclasses import replace

from tests.architecture.callers import ORGANISERS, OWNER, Row, everybody, of_members, only, signed_in

SERIES = {"series_id": "certificate_series"}
LIST = {"list_id": "award_list"}
CERTIFICATE = {"certificate_id": "certificate"}
CONTEST = {"contest_id": "awarded_contest"}
AWARD = {"award_id": "award"}


def organised(**values: str) -> Row:
    """For who runs the contest; organisers elsewhere find nothing."""
    return only({"organiser"}, missing=ORGANISERS, **values)


AWARDS: dict[str, Row] = {
    # the member took his certificate of the final round; organisers of its contest print it too
    "awards.own": signed_in(),
    "awards.take": of_members({OWNER}, **SERIES),
    "awards.certificate": of_members({OWNER, "organiser"}, **CERTIFICATE),
    "awards.certificate_file": of_members({OWNER, "organiser"}, **CERTIFICATE),
    "awards.ask_code": everybody(),
    "awards.verify": everybody(code="certificate_code"),
    "awards_manage.index": only(ORGANISERS),
    # which occasion is meant stands behind the question mark: without one there is nothing
    "awards_manage.write": only((), missing=ORGANISERS),
    "awards_manage.begin": only((), missing=ORGANISERS),
    **{f"awards_manage.{name}": organised(**SERIES) for name in ("series", "edit", "change", "close", "print_all")},
    **{f"awards_manage.{name}": organised(**SERIES, unit_id="unit") for name in ("unit", "print_unit", "unit_paper")},
    # a print is found by who asked for it alone
    **{
        f"awards_manage.{name}": only((), missing=ORGANISERS, job_id="job")
        for name in ("print_job", "print_progress", "print_file")
    },
    "awards_manage.revoke": organised(**CERTIFICATE),
    "awards_manage.reissue": organised(**CERTIFICATE),
    # the organiser has proposed the list, another approved it, and he is named to pay it
    "awards_public.index": everybody(),
    "awards_public.one": everybody(**LIST),
    "awards_lists.index": organised(**CONTEST),
    "awards_lists.propose": organised(kind="final_kind", number="final_round"),
    **{f"awards_lists.{name}": organised(**LIST) for name in ("one", "export", "add_special", "approve", "publish")},
    "awards_lists.remove_special": organised(**AWARD),
    "awards_payments.handlers": organised(**CONTEST),
    "awards_payments.name_handler": organised(**CONTEST),
    "awards_payments.remove_handler": replace(organised(**CONTEST, member_id="organiser_id"), is_used_up=True),
    # no other organiser of the same contest finds it
    "awards_payments.one_list": organised(**LIST),
    **{f"awards_payments.{name}": organised(**AWARD) for name in ("one", "enter", "pay")},
}
