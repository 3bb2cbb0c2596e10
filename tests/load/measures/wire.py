"""The twelve main pages: how many statements and bytes each takes, and what a first and a later visit weigh.

Asked in this process, each page for the second time. What is compiled once a process is there by then; boards, which a
server keeps for seconds, are made anew, as for the first who looks. Every statement counts, those that are a
transaction by themselves included.
"""

from __future__ import annotations

import gzip
import posixpath
import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from quiz_app.catalogue.models import StudyModule
from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from tests.load import plans
from tests.load.measures.stand import Stand
from tests.load.sitting import Sitter, answered, started
from tests.support import run
from tests.support.browse import Browse

_LINK = re.compile(r'(?:href|src)="(/static/[^"#]+)')
_IMPORT = re.compile(r'(?:from|import)\s*"(\.[^"]+)"|url\("?(\.[^")]+)')
_BROWSER = {"Accept": "text/html", "Accept-Encoding": "gzip"}


def wire(stand: Stand) -> dict[str, dict[str, Any]]:
    db = Database(stand.url)
    app = create_app(run.settings_for(stand.url, stand.folder / "data"), db)
    try:
        sitter = stand.sitters[0]
        with db.reading() as session:
            module = session.scalars(select(StudyModule.slug).limit(1)).one()
        over = _submitted(stand, Browse(app, db))
        anonymous, signed_in, done = app.test_client(), *(_client(app, one.sign_in_token) for one in (sitter, over))
        pages: dict[str, tuple[FlaskClient, str]] = {
            "landing": (anonymous, "/"),
            "sign-in": (anonymous, "/dang-nhap"),
            "lesson": (anonymous, f"/hoc/{module}/bai-mot"),
            "first page": (signed_in, "/"),
            "modules": (signed_in, "/hoc/"),
            "rounds": (signed_in, "/dot-thi/"),
            "rules": (signed_in, f"/dot-thi/{stand.hall.round_id}"),
            "paper": (signed_in, f"/luot-thi/{sitter.attempt_id}"),
            "check": (signed_in, f"/luot-thi/{sitter.attempt_id}/nop"),
            "result": (done, f"/luot-thi/{over.attempt_id}/ket-qua"),
            "board of a chi bộ": (signed_in, f"/bang-xep-hang/{stand.hall.round_id}/chi-bo"),
            "board of units": (signed_in, f"/bang-xep-hang/{stand.hall.round_id}/cac-chi-bo"),
        }
        found = {name: _page(db, client, path) for name, (client, path) in pages.items()}
        visits = {name: _visit(client, path) for name, (client, path) in pages.items() if name in _VISITED}
    finally:
        db.dispose()
    return {"pages": found, "visits": visits}


_VISITED = ("landing", "sign-in", "first page", "paper")


def _submitted(stand: Stand, browse: Browse) -> Sitter:
    """Somebody who has answered everything and submitted."""
    [paper] = started(stand.db, stand.hall, stand.take(1))
    answered(stand.db, [paper.attempt_id])
    browse.use_sign_in_token(paper.sign_in_token)
    browse.post(f"/luot-thi/{paper.attempt_id}/nop", {"epoch": 1})
    return paper


def _client(app: Any, sign_in_token: str) -> FlaskClient:
    client: FlaskClient = app.test_client()
    client.set_cookie("phien", sign_in_token)
    return client


def _page(db: Database, client: FlaskClient, path: str) -> dict[str, int]:
    _fetched(client, path)  # what is compiled once a process is not the page's
    with plans.heard(db) as sent:
        answer = _fetched(client, path)
    return {"queries": len(sent), "bytes": len(answer), "bytes_plain": len(gzip.decompress(answer))}


def _visit(client: FlaskClient, path: str) -> dict[str, int]:
    """Bytes of a first visit with all that it loads, and of the page alone when all that is kept."""
    body = _fetched(client, path)
    files: dict[str, int] = {}
    waiting = _LINK.findall(gzip.decompress(body).decode())
    while waiting:
        address = waiting.pop()
        if address in files:
            continue
        content = client.get(address, headers=_BROWSER)
        files[address] = len(content.get_data())
        if content.headers.get("Content-Encoding") == "gzip":
            inner = gzip.decompress(content.get_data()).decode()
            linked = [one or two for one, two in _IMPORT.findall(inner)]
            waiting += [posixpath.normpath(posixpath.join(posixpath.dirname(address), one)) for one in linked]
    return {"first": len(body) + sum(files.values()), "later": len(body), "files": len(files)}


def _fetched(client: FlaskClient, path: str) -> bytes:
    answer = client.get(path, headers=_BROWSER)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answers {answer.status_code}")
    return answer.get_data()
