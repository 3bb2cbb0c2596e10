"""Practice: whoever is signed in, and of sessions only his own; no role opens anybody else's."""

from __future__ import annotations

from dataclasses import replace

from tests.architecture.callers import OWNER, Row, of_members, signed_in

PRACTICE = {"session_id": "practice"}
MOCK = {"session_id": "mock"}

PRACTICE_ROWS: dict[str, Row] = {
    "practice.index": signed_in(),
    "practice.daily": signed_in(),
    "practice.own": signed_in(),
    "practice.start": replace(signed_in(), data={"kind": "mixed"}),
    "practice.go_on": of_members({OWNER}, **PRACTICE),
    "practice.question": of_members({OWNER}, **PRACTICE, position="position"),
    "practice.answer": replace(of_members({OWNER}, **PRACTICE, position="position"), data={"choice": "A"}),
    "practice.easy": of_members({OWNER}, **PRACTICE, position="position"),
    "practice.end": of_members({OWNER}, **PRACTICE),
    "practice.summary": of_members({OWNER}, **PRACTICE),
    "practice_mock.choose": signed_in(),
    "practice_mock.start": replace(signed_in(), data={"rules": "hanoi-2024"}),
    "practice_mock.play": of_members({OWNER}, **MOCK),
    "practice_mock.remaining": of_members({OWNER}, **MOCK),
    "practice_mock.save": replace(of_members({OWNER}, **MOCK, position="position"), data={"phuong_an": "A"}),
    "practice_mock.review": of_members({OWNER}, **MOCK),
    "practice_mock.submit": of_members({OWNER}, **MOCK),
}
