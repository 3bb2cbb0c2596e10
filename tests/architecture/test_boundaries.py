"""What comes in is taken by its name, and what goes out goes to hosts that settings name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from wtforms.fields.core import UnboundField

import quiz_app.factory  # noqa: F401 - it imports the forms of every feature
from quiz_app.web.forms import Form
from tests.architecture.sources import dotted, imports, name_of, product_files, python_files, tree_of

SPEAKING = {
    "aiohttp", "asyncio", "ftplib", "http", "httpx", "imaplib", "poplib", "redis", "requests", "smtplib", "socket",
    "socketserver", "telnetlib", "urllib.request", "urllib3", "websockets", "xmlrpc",
}  # fmt: skip
# whom they speak to stands in MAIL_URL and REDIS_URL, and in nothing that a person enters
SPEAKERS = {
    ("quiz_app/reminders/handing_in.py", "smtplib"),
    ("quiz_app/kernel/shared.py", "redis"),
    ("quiz_app/kernel/postgres.py", "socket"),  # ends the line of a server that does not answer
}
SENT = ("request.form", "request.values", "request.args", "request.json", "form.data")
# what the server decides: whose a thing is, who did it and when, what it counts
DECIDED = re.compile(
    r"id|\w+_(id|by|at|ids)|is_\w+|roles?|points|score|max_score|state|standing|category|seed|password_hash"
)
# the forms that are about just that, to be chosen by who may; each view judges the choice for its actor
CHOSEN = {
    "quiz_app/attempts/manage_forms.py": {"unit_id"},  # whom a notice goes to
    "quiz_app/authoring/module_forms.py": {"is_restricted"},
    "quiz_app/contests/forms.py": {"unit_id", "opens_at", "closes_at", "set_ids", "stage_id", "entry_unit_ids"},
    "quiz_app/contests/matrix.py": {"pinned_item_ids"},
    "quiz_app/contests/start_forms.py": {"unit_id", "first_opens_at", "opens_at", "set_ids"},
    "quiz_app/elsewhere/forms.py": {"is_hidden", "score"},  # of a contest that others hold, as a member declares it
    "quiz_app/meetings/forms.py": {"starts_at", "shown_at", "points"},  # the points of the agenda
    "quiz_app/members/forms.py": {"is_shared_device", "is_given", "is_complete"},
    "quiz_app/people/forms.py": {"standing", "category"},
    "quiz_app/privacy/forms.py": {"found_at", "reported_at", "people_told_at"},  # of a breach
    "quiz_app/registering/forms.py": {"is_on_posters"},
    "quiz_app/reports/forms.py": {"round_id", "kept_by"},
    "quiz_app/results/correction_forms.py": {"opens_at", "closes_at"},  # of a round that is sat again
    "quiz_app/results/manage_flags.py": {"state"},
}
# who reads all of it: each takes the names that begin with a prefix of its own, and looks those up in what it offered
READERS = {
    "quiz_app/authoring/exchange_views.py", "quiz_app/elsewhere/manage_lists.py", "quiz_app/members/manage_rosters.py",
    "quiz_app/web/errors.py",  # gives back what somebody typed
}  # fmt: skip


def _mention(paths: list[Path], words: Iterable[str]) -> list[Path]:
    """Those that need be looked at."""
    wanted = re.compile("|".join(map(re.escape, words)))
    return [path for path in paths if wanted.search(path.read_text(encoding="utf-8"))]


def _speaks(module: str) -> str:
    return next((one for one in SPEAKING if module == one or module.startswith(f"{one}.")), "")


def test_nothing_speaks_to_other_hosts_but_to_those_of_the_settings() -> None:
    found = {
        (name_of(path), spoken)
        for path in _mention(python_files("quiz_app", "question_bank"), SPEAKING)
        for module, _ in imports(path)
        if (spoken := _speaks(module))
    }
    assert found == SPEAKERS


def test_no_object_is_filled_with_whatever_was_sent() -> None:
    found = []
    for path in _mention(product_files(), ("populate_obj", "**request", "form.data")):
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call):
                continue
            spread = [dotted(one.value) for one in node.keywords if one.arg is None]
            if dotted(node.func).endswith("populate_obj") or any(one.endswith(SENT) for one in spread):
                found.append(f"{name_of(path)}:{node.lineno}")
    assert found == []


def test_what_the_server_decides_is_sent_by_nobody() -> None:
    """No form has such a field but where choosing it is the form's purpose, and no view looks for one by itself.

    A field that is not looked up decides nothing, so whatever else somebody adds to a request is not even read.
    """
    # a matrix has its form made for each request: it is among them only where one was asked for in this process
    sent: dict[str, set[str]] = {"quiz_app/contests/matrix.py": {"pinned_item_ids"}}
    for form in _forms(Form):
        for name, value in vars(form).items():
            wanted = (value.name or name) if isinstance(value, UnboundField) else ""
            if DECIDED.fullmatch(wanted):
                sent.setdefault(f"{form.__module__.replace('.', '/')}.py", set()).add(wanted)
    assert sent == CHOSEN
    readers, by_themselves = set(), set()
    for path in _mention(product_files(), SENT):
        for node in ast.walk(tree_of(path)):
            if DECIDED.fullmatch(_looked_up(node)):
                by_themselves.add(f"{name_of(path)}: {_looked_up(node)}")
            if _reads_all(node):
                readers.add(name_of(path))
    assert by_themselves == set()
    assert readers == READERS


def _forms(above: type[Any]) -> Iterator[type[Any]]:
    for form in above.__subclasses__():
        if form.__module__.startswith("quiz_app."):
            yield form
            yield from _forms(form)


def _looked_up(node: ast.AST) -> str:
    if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
        return ""
    of, _, how = dotted(node.func).rpartition(".")
    return str(node.args[0].value) if of in SENT and of != "request.args" and how in {"get", "getlist"} else ""


def _reads_all(node: ast.AST) -> bool:
    of, _, how = dotted(node.func).rpartition(".") if isinstance(node, ast.Call) else ("", "", "")
    return of in {"request.form", "request.values"} and how in {"items", "lists", "values", "to_dict", "keys"}
