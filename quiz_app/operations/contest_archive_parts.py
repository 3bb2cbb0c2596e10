"""What of the database belongs to a contest: for each table the rows, and the columns that stay at home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    Table,
    and_,
    case,
    cast,
    collate,
    literal,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.orm import Session

from quiz_app import tables
from quiz_app.attempts.models import Attempt, Correction, Response
from quiz_app.catalogue.models import Document, Item, ItemVersion, Topic
from quiz_app.contests.models import BlueprintCell, Contest, PinnedItem, PoolItem, Round, RoundSet, Stage
from quiz_app.contests.timing import longest_timing
from quiz_app.feedback.models import Complaint, UnitChange, UnitChangeState
from quiz_app.kernel.audit import AuditEntry
from quiz_app.members.models import Purpose
from quiz_app.operations.contest_archive_errors import ContestKeysInUse, ContestNotFinal, ContestNotKept
from quiz_app.operations.contest_archive_lines import columns_of
from quiz_app.operations.policy import ARCHIVE_ACTIONS
from quiz_app.results.models import FinalTable, Flag
from quiz_app.rules.timing import closes_finally_at
from quiz_app.units.models import UnitAncestor

# The order of the files: nothing points at what comes later but for LATER.
ORDER = (
    "topic", "document", "document_section", "item_set", "item", "item_version", "item_option",
    "unit", "unit_ancestor", "member", "consent",
    "contest", "prize", "stage", "contest_exclusion",
    "round", "blueprint_cell", "round_set", "round_pinned_item", "round_unit", "pool_item", "rules_version",
    "round_notice", "roster_entry", "accommodation",
    "attempt", "response", "late_arrival", "result", "frozen_result", "correction", "correction_change",
    "flag", "flag_attempt", "complaint", "unit_change", "final_table", "final_row", "final_unit_row",
    "audit_entry",
)  # fmt: skip
LATER = {"item": "current_version_id", "unit": "parent_id"}

NOT_EXPORTED = {
    "account": "what people sign in with is the instance's own",
    "activation_slip": "what lets people in is the instance's own",
    "user_session": "sign-ins are the instance's own",
    "sign_in_throttle": "failed sign-ins are the instance's own",
    "first_operator_link": "how the instance's own first operator came in",
    "second_factor": "sign-ins are the instance's own",
    "recovery_code": "sign-ins are the instance's own",
    "role_grant": "who may do what is decided anew in each instance",
    "roster_import": "names of uploaded files; the roster of each round is exported itself",
    "unit_event": "how the tree of units came to be is the instance's own",
    "member_change": "personal data that no published table needs",
    "member_pair": "decisions about people of the instance",
    "announcement": "what a unit tells its people is its own business",
    "data_request": "what people ask about their data is the instance's own",
    "data_view": "who looked at whose data is the instance's own",
    "data_breach": "what happened to data is the instance's own",
    "registration": "personal data that no published table needs",
    "registration_desk": "how people register is the instance's own",
    "audit_seal": "chains the audit of a whole instance; what is taken in is sealed anew",
    "clock_anchor": "about the machine",
    "job": "about work of the instance",
    "lease": "about processes of the instance",
    "site_switch": "about the instance",
    "search_entry": "made anew from what is published",
    "round_analysis": "figures that the worker computes anew from what is exported",
    "unit_tally": "figures that the worker counts anew from what is exported",
    "ranking": "an order that the worker takes anew from what is exported",
    "ranked_sum": "an order that the worker takes anew from what is exported",
    "desk_snapshot": "figures that the worker counts anew from what is exported",
    "desk_tally": "figures that the worker counts anew from what is exported",
    "reminder": "who was reminded when is the unit's own business",
    "reminder_mail": "the instance's own mail",
    "reminder_plan": "the instance's own mail",
    "lag_rule": "what an overseer has set for himself",
    "report": "what a unit writes about what is exported",
    "report_edition": "what a unit writes about what is exported",
    "report_setting": "what a unit writes about what is exported",
    "report_wording": "what a unit writes about what is exported",
    "question": "what members ask is no part of a contest, and is read by who answers alone",
    "question_entry": "answers for everybody, not the contest",
    "question_edition": "answers for everybody, not the contest",
    "award_list": "follows from the published tables; whom the instance rewards by them is its own business",
    "award": "follows from the published tables; whom the instance rewards by them is its own business",
    "prize_handler": "who pays prizes is the instance's own",
    "prize_payment": "protected: identity and account of winners leave in no file",
    "certificate_series": "papers that the instance handed out, verified at its own address",
    "certificate_counter": "papers that the instance handed out, verified at its own address",
    "certificate": "papers that the instance handed out, verified at its own address",
    "module_assignment": "study, not the contest",
    "meeting": "study, not the contest",
    "meeting_point": "study, not the contest",
    "meeting_attendance": "study, not the contest",
    "study_module": "study, not the contest",
    "lesson": "study, not the contest",
    "lesson_progress": "study, not the contest",
    "check_response": "study, not the contest",
    "module_edition": "study, not the contest",
    "practice_session": "study, not the contest",
    "practice_place": "study, not the contest",
    "practice_answer": "study, not the contest",
    "review_card": "study, not the contest",
    "outside_contest": "a contest that others hold",
    "outside_record": "a contest that others hold",
    "outside_proof": "a contest that others hold",
    "outside_import": "a contest that others hold",
    "set_seal": "about keys before a round opens; what is exported is final",
    "set_draft": "what is written before it is published",
    "draft": "what is written before it is published",
    "draft_hand": "what is written before it is published",
    "draft_review": "what is written before it is published",
    "draft_comment": "what is written before it is published",
    "draft_presence": "who writes at this moment",
    "finding_waiver": "what is written before it is published",
    "draft_file": "what is written before it is published",
    "document_relation": "the library, not the contest",
    "document_edition": "the library, not the contest",
    "citation_look": "the library, not the contest",
    "document_file": "its bytes lie outside the database, and no table needs them",
}

# Columns that no file holds, with what stands there after an import. Personal data that no published table needs.
LEFT_OUT: dict[str, dict[str, Any]] = {
    "item": {"lesson_id": None},
    "unit": {"helper_name": "", "helper_phone": "", "audience": "", "merged_into_id": None},
    "member": {
        "merged_into_id": None,
        "gender": "",
        "card_number": None,
        "joined_on": None,
        "official_on": None,
        "position": "",
        "phone": "",
        "email": "",
        "note": "",
    },
}


@dataclass(frozen=True, slots=True)
class Part:
    """A table with the rows of it that belong to a contest. `instead` replaces columns by expressions."""

    table: Table
    rows: ColumnElement[bool]
    instead: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    has_birth_years: bool = False

    def query(self, *, is_sqlite: bool) -> Select[Any]:
        """The rows in the order of their keys, the same on both engines."""
        columns = columns_of(self.table, LEFT_OUT.get(self.table.name, {}))
        shown = [self.instead.get(name, column).label(name) for name, column in columns.items()]
        return select(*shown).where(self.rows).order_by(*(_ordered(one, is_sqlite) for one in self.table.primary_key))

    def kept(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What is exported of a row: of a member's birth the year, and that only where a rule asks his age."""
        found = dict(row)
        if self.table.name == "member":
            born = found["born_on"] if self.has_birth_years else None
            found["born_on"] = None if born is None else date(born.year, 1, 1)
            found["born_year_only"] = born is not None
        return found


def _ordered(column: ColumnElement[Any], is_sqlite: bool) -> ColumnElement[Any]:
    """By bytes: PostgreSQL would sort words as its language does."""
    return column if is_sqlite or not isinstance(column.type, String) else collate(column, "C")


def published_rounds(session: Session, contest: Contest, now: datetime) -> list[Round]:
    """The rounds that an archive holds. Drafts are none of it: their secrets are not out yet.

    Raises ContestNotKept, ContestNotFinal, ContestKeysInUse.
    """
    query = select(Round).where(Round.contest_id == contest.id, Round.published_at.is_not(None))
    rounds = list(session.scalars(query.order_by(Round.position, Round.id)))
    if contest.is_rehearsal or not rounds:
        raise ContestNotKept
    for round_ in rounds:
        if round_.finalised_at is None:
            raise ContestNotFinal(title=round_.title)
    own = select(PoolItem.item_version_id).where(PoolItem.round_id.in_([round_.id for round_ in rounds]))
    drawing = select(PoolItem.round_id).where(PoolItem.item_version_id.in_(own))
    others = select(Round).where(Round.id.in_(drawing), Round.finalised_at.is_(None), Round.rehearses_id.is_(None))
    for other in session.scalars(others.order_by(Round.id)):
        if now < closes_finally_at(longest_timing(other)):
            raise ContestKeysInUse(title=other.title)
    return rounds


def parts_of(session: Session, contest: Contest, now: datetime) -> list[Part]:
    """Every table in order, with the rows that the contest needs. Raises what `published_rounds` does."""
    rounds = published_rounds(session, contest, now)
    rows = _of_rounds(contest.id, [round_.id for round_ in rounds])
    rows |= _of_bank(session, rows)
    scopes = [f"round:{round_.id}" for round_ in rounds]
    scopes += [f"stage:{one}" for one in session.scalars(select(Stage.id).where(rows["stage"]))]
    rows["audit_entry"] = _of_audit(rows, [*scopes, f"contest:{contest.id}"])
    people = _people(rows)
    rows["member"] = _table("member").c.id.in_(people)
    consent = _table("consent")
    rows["consent"] = consent.c.member_id.in_(people) & (consent.c.purpose == Purpose.PUBLISH_NAME.value)
    rows |= _of_units(session, contest.unit_id, rows)
    asks_age = any(round_.minimum_age is not None for round_ in rounds)
    instead = _instead(rows)
    return [Part(_table(name), rows[name], instead.get(name, {}), asks_age) for name in ORDER]


def _table(name: str) -> Table:
    return tables.metadata.tables[name]


def _of_rounds(contest_id: int, round_ids: list[int]) -> dict[str, ColumnElement[bool]]:
    rows: dict[str, ColumnElement[bool]] = {"contest": _table("contest").c.id == contest_id}
    for name in ("prize", "stage", "contest_exclusion", "final_table"):
        rows[name] = _table(name).c.contest_id == contest_id
    rows["round"] = _table("round").c.id.in_(round_ids)
    for name in (
        "blueprint_cell", "round_set", "round_pinned_item", "round_unit", "pool_item", "rules_version", "round_notice",
        "roster_entry", "accommodation", "attempt", "result", "frozen_result", "correction", "flag", "complaint",
    ):  # fmt: skip
        rows[name] = _table(name).c.round_id.in_(round_ids)
    for name in ("response", "late_arrival"):
        rows[name] = _table(name).c.attempt_id.in_(select(Attempt.id).where(rows["attempt"]))
    rows["correction_change"] = _table("correction_change").c.correction_id.in_(
        select(Correction.id).where(rows["correction"])
    )
    rows["flag_attempt"] = _table("flag_attempt").c.flag_id.in_(select(Flag.id).where(rows["flag"]))
    for name in ("final_row", "final_unit_row"):
        rows[name] = _table(name).c.table_id.in_(select(FinalTable.id).where(rows["final_table"]))
    rows["unit_change"] = and_(
        UnitChange.state == UnitChangeState.ACCEPTED.value,
        UnitChange.moved_attempts > 0,
        UnitChange.member_id.in_(select(Attempt.member_id).where(rows["attempt"])),
    )
    return rows


def _of_bank(session: Session, rows: Mapping[str, ColumnElement[bool]]) -> dict[str, ColumnElement[bool]]:
    """The items that the rounds drew, in the editions that were drawn, and what those name as their source."""
    drawn: CompoundSelect[Any] = union(
        select(PoolItem.item_version_id).where(rows["pool_item"]),
        select(Response.item_version_id).where(rows["response"]),
        select(Correction.item_version_id).where(rows["correction"], Correction.item_version_id.is_not(None)),
    )
    version_ids = sorted(session.scalars(drawn))
    versions = ItemVersion.id.in_(version_ids)
    items = Item.id.in_(
        union(
            select(ItemVersion.item_id).where(versions), select(PinnedItem.item_id).where(rows["round_pinned_item"])
        ).scalar_subquery()
    )
    topics = Topic.code.in_(
        union(
            select(ItemVersion.topic).where(versions),
            select(BlueprintCell.topic).where(rows["blueprint_cell"], BlueprintCell.topic.is_not(None)),
        ).scalar_subquery()
    )
    cited = union(
        select(ItemVersion.source_document.label("slug"), ItemVersion.source_section.label("anchor")).where(versions),
        select(Topic.document.label("slug"), Topic.section.label("anchor")).where(topics),
    ).subquery()
    section = _table("document_section")
    return {
        "item_version": versions,
        "item": items,
        "item_option": _table("item_option").c.item_version_id.in_(version_ids),
        "item_set": _table("item_set").c.id.in_(
            union(select(RoundSet.set_id).where(rows["round_set"]), select(Item.set_id).where(items)).scalar_subquery()
        ),
        "topic": topics,
        "document": Document.slug.in_(select(cited.c.slug)),
        "document_section": tuple_(section.c.document_id, section.c.anchor).in_(
            select(Document.id, cited.c.anchor).join(cited, cited.c.slug == Document.slug)
        ),
    }


def _of_audit(rows: Mapping[str, ColumnElement[bool]], scopes: list[str]) -> ColumnElement[bool]:
    """What was done to the contest and what belongs to it. Handing out this very archive is no part of it.

    Tables are known by what they are about: one that was proposed and dropped is no row any more.
    """
    subjects = union(
        *(
            select(literal(f"{kind}:").concat(cast(model.id, String))).where(rows[name])
            for kind, name, model in (
                ("contest", "contest", Contest),
                ("round", "round", Round),
                ("attempt", "attempt", Attempt),
                ("correction", "correction", Correction),
                ("flag", "flag", Flag),
                ("complaint", "complaint", Complaint),
                ("unit_change", "unit_change", UnitChange),
            )
        )
    )
    is_of_table = AuditEntry.subject.startswith("final:") & AuditEntry.facts["scope"].as_string().in_(scopes)
    return and_(
        or_(AuditEntry.subject.in_(subjects.scalar_subquery()), is_of_table),
        AuditEntry.action.not_in([action.code for action in ARCHIVE_ACTIONS]),
    )


def _people(rows: Mapping[str, ColumnElement[bool]]) -> CompoundSelect[Any]:
    """The ids of everybody whom a row names."""
    named = [select(AuditEntry.actor_member_id).where(rows["audit_entry"])]
    return union(*named, *_pointers(rows, "member"))


def _pointers(rows: Mapping[str, ColumnElement[bool]], target: str) -> list[Select[Any]]:
    return [
        select(key.parent).where(condition)
        for name, condition in rows.items()
        for key in sorted(_table(name).foreign_keys, key=lambda one: one.parent.name)
        if key.column.table.name == target and name != target
    ]


def _of_units(session: Session, top_id: int, rows: Mapping[str, ColumnElement[bool]]) -> dict[str, ColumnElement[bool]]:
    """The contest's subtree and whatever else a row names, with everything above them."""
    found = set(session.scalars(select(UnitAncestor.unit_id).where(UnitAncestor.ancestor_id == top_id)))
    for query in _pointers(rows, "unit"):
        found |= {unit_id for unit_id in session.scalars(query.distinct()) if unit_id is not None}
    above = session.scalars(select(UnitAncestor.ancestor_id).where(UnitAncestor.unit_id.in_(found)))
    ids = sorted(found | set(above))
    return {"unit": _table("unit").c.id.in_(ids), "unit_ancestor": _table("unit_ancestor").c.unit_id.in_(ids)}


def _instead(rows: Mapping[str, ColumnElement[bool]]) -> dict[str, dict[str, ColumnElement[Any]]]:
    """What points at a row that stays at home points nowhere: a newer edition, a round that is still a draft."""
    item, correction = _table("item"), _table("correction")
    version = item.c.current_version_id
    rerun = correction.c.rerun_round_id
    return {
        "item": {
            version.name: case((version.in_(select(ItemVersion.id).where(rows["item_version"])), version), else_=None)
        },
        "correction": {rerun.name: case((rerun.in_(select(Round.id).where(rows["round"])), rerun), else_=None)},
    }
