"""Who may enter where, for what members ask and what is published of it: a part of the table in `matrix`."""

from __future__ import annotations

from dataclasses import replace

from tests.architecture.callers import LEARNERS, ORGANISERS, OWNER, Row, everybody, of_members, only, signed_in

QUESTION = {"question_id": "question"}

ASKING: dict[str, Row] = {
    # asked by the member, answered by the organiser, who has proposed it for everybody; about no content
    "asking.published": everybody(),
    "asking.ask": signed_in(),
    "asking.own": signed_in(),
    "asking.question": of_members({OWNER}, **QUESTION),
    "asking.withdraw": of_members({OWNER}, **QUESTION),
    "asking_manage.inbox": only(LEARNERS | ORGANISERS),
    **{
        f"asking_manage.{name}": replace(
            only({"organiser"}, missing=LEARNERS | ORGANISERS, **QUESTION), data={"revision": "1", "kind": "hoi"}
        )
        for name in ("question", "take_up", "answer")
    },
    "asking_manage.assign": only({"organiser"}, missing=ORGANISERS, **QUESTION),
    "asking_manage.merge": only({"organiser"}, missing=ORGANISERS, **QUESTION),
    "asking_manage.counts": only(ORGANISERS),
    "asking_manage.export": only(ORGANISERS),
    "asking_entries.propose": only({"organiser"}, missing=LEARNERS | ORGANISERS, **QUESTION),
    "asking_entries.listing": only(LEARNERS),
    "asking_entries.entry": only(LEARNERS, entry_id="question_entry"),
    "asking_entries.change": only(LEARNERS, entry_id="question_entry"),
    "asking_entries.decide": only({"organiser", "reviewer"}, edition_id="question_edition"),
    "asking_entries.take_down": only({"organiser", "reviewer"}, edition_id="question_edition"),
}
