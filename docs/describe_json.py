"""Describes what scripts are answered (OpenAPI 3.1): `python -m docs.describe_json` writes docs/openapi.json.

Addresses, methods and parameters come from the url map; what is sent and answered stands below.
"""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from quiz_app.factory import create_app
from quiz_app.kernel.settings import ROOT, read_settings
from quiz_app.web.guard import guard_of

FILE = ROOT / "docs" / "openapi.json"
Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
TRUTH: Schema = {"type": "boolean"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
PARTS: Schema = {"type": "object", "additionalProperties": TEXT}  # parts of the page by their place in it


def _object(needed: Schema, optional: Schema | None = None) -> Schema:
    properties = {**needed, **(optional or {})}
    return {"type": "object", "properties": properties, "required": list(needed), "additionalProperties": False}


PROGRESS = _object({"done": COUNT, "total": COUNT, "state": TEXT, "message": TEXT, "url": MAYBE_TEXT})
REMAINING = _object({"remaining_ms": COUNT, "epoch": COUNT, "is_over": TRUTH})
SAVED = _object({"revision": COUNT, "letters": TEXT, "saved_at": MAYBE_TEXT, "remaining_ms": COUNT})
GUESSED = _object({"revision": COUNT, "text": TEXT, "saved_at": MAYBE_TEXT, "remaining_ms": COUNT})
KEPT = _object({"revision": COUNT, "saved_at": TEXT, "regions": PARTS})
PRESENT = _object({"revision": COUNT, "saved_by": TEXT, "saved_at": TEXT, "is_writable": TRUTH, "regions": PARTS})
NOTED = _object({"is_noted": TRUTH})
COUNTS: Schema = {"type": ["object", "null"], "additionalProperties": COUNT}
ROUND = _object(
    {"id": COUNT, "contest": TEXT, "title": TEXT, "opens_at": TEXT, "closes_at": TEXT, "state": TEXT, "counts": COUNTS}
)
HEALTH = _object({"status": TEXT}, {"database": TEXT, "migrations": TEXT})
REFUSED: Schema = {
    "type": "object",
    "properties": {
        "error": TEXT,
        "message": TEXT,
        "fields": {"type": "object", "additionalProperties": {"type": "array", "items": TEXT}},
        "revision": COUNT,
        "regions": PARTS,
    },
    "required": ["error", "message"],
    "additionalProperties": False,
}
CHOICE: Schema = {"phuong_an": {"type": "array", "items": {"enum": list("ABCDEF")}}, "revision": COUNT, "epoch": COUNT}
EDITED: Schema = {"revision": COUNT, "act": TEXT}

# Endpoint: what its form holds, what is answered where it went well.
ANSWERS: dict[str, tuple[Schema, Schema]] = {
    "analysis.progress": ({}, PROGRESS),
    "attempts.remaining": ({}, REMAINING),
    "attempts.save_prediction": ({"du_doan": TEXT, "revision": COUNT, "epoch": COUNT}, GUESSED),
    "attempts.save_response": (CHOICE, SAVED),
    "attempts_truth.progress": ({}, PROGRESS),
    "authoring_editor.present": ({}, PRESENT),
    "authoring_editor.save": ({**EDITED, "stem": TEXT, "rationale": TEXT}, KEPT),
    "authoring_images.upload": ({"hinh": {"type": "string", "format": "binary"}}, _object({"markdown": TEXT})),
    "authoring_modules.edit": ({**EDITED, "title": TEXT, "summary": TEXT}, KEPT),
    "authoring_modules.lesson": ({**EDITED, "title": TEXT, "body": TEXT}, KEPT),
    "awards_manage.print_progress": ({}, PROGRESS),
    "contest_archives.progress": ({}, PROGRESS),
    "inviting.rounds": ({}, _object({"rounds": {"type": "array", "items": ROUND}})),
    "members_rosters.roster_progress": ({}, PROGRESS),
    "members_slips.print_progress": ({}, PROGRESS),
    "operations.job_progress": ({}, PROGRESS),
    "practice_mock.remaining": ({}, REMAINING),
    "practice_mock.save": ({"phuong_an": CHOICE["phuong_an"], "revision": COUNT}, SAVED),
    "reports.progress": ({}, PROGRESS),
    "results_corrections.progress": ({}, PROGRESS),
    "results_flags.progress": ({}, PROGRESS),
    "results_manage.progress": ({}, PROGRESS),
    "study.answer": ({"choice": {"type": "array", "items": TEXT}}, _object({"is_right": TRUTH, "html": TEXT})),
    "study.opened": ({}, NOTED),
    "study.place": ({"place": COUNT}, NOTED),
    "health.healthz": ({}, HEALTH),
    "health.readyz": ({}, HEALTH),
}


def describe(app: Flask) -> Schema:
    """The description of this application."""
    paths: Schema = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        if rule.endpoint in ANSWERS:
            place = paths.setdefault(re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule), {})
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                if method == "POST" or not _is_page(rule):
                    place[method.lower()] = _operation(app, rule, method)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Học tập Nghị quyết", "version": "1", "description": "What scripts of the pages ask for."},
        "components": {
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-phien"},
            },
            "schemas": {"Refused": REFUSED},
        },
        "paths": paths,
    }


def _is_page(rule: Rule) -> bool:
    """Its GET shows the form: a page, whoever asks."""
    return {"GET", "POST"} <= (rule.methods or set())


def _operation(app: Flask, rule: Rule, method: str) -> Schema:
    fields, answer = ANSWERS[rule.endpoint]
    guard = guard_of(app, rule.endpoint)
    operation: Schema = {
        "operationId": rule.endpoint,
        "security": [] if guard is not None and guard.is_public else [{"session": []}],
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": _parameter(rule, name)}
            for name in sorted(rule.arguments)
        ],
        "responses": {
            "200": {"description": "OK", "content": {"application/json": {"schema": answer}}},
            "default": {
                "description": "Refused in words, or busy",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refused"}}},
            },
        },
    }
    if rule.endpoint == "health.readyz":
        operation["responses"]["503"] = operation["responses"]["200"]
    if method == "POST":
        is_file = any("format" in one for one in fields.values())
        kind = "multipart/form-data" if is_file else "application/x-www-form-urlencoded"
        form = _object({"csrf_token": TEXT}, fields)
        operation["requestBody"] = {"required": True, "content": {kind: {"schema": form}}}
    return operation


def _parameter(rule: Rule, name: str) -> Schema:
    is_number = type(rule._converters[name]).__name__ in {"RowId", "IntegerConverter"}
    return dict(COUNT) if is_number else dict(TEXT)


def written(app: Flask) -> str:
    """What the file holds."""
    return json.dumps(describe(app), ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings({"APP_MODE": "demo", "DATA_DIR": folder})
        app = create_app(replace(settings, data_dir=Path(folder)))
        FILE.write_text(written(app), encoding="utf-8")


if __name__ == "__main__":
    main()
