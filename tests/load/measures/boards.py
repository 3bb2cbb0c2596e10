"""Boards, beside a bare view that renders a template of the same text; and those who have a page already.

Every request is another member's. His browser takes the page packed, the floor's comes as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.load import figures, sides
from tests.load.asks import Sent, page, text_of
from tests.load.generator import Answer, Circle, Supply, drive
from tests.load.measures.stand import Stand
from tests.load.sides import Side, interleaved
from tests.load.sitting import Sitter

PUBLIC = "/lich-thi.json"


def boards(
    stand: Stand, pairs: int, turn_s: float, *, connections: int = sides.CONNECTIONS
) -> dict[str, dict[str, Any]]:
    base = f"/bang-xep-hang/{stand.hall.round_id}"
    of_unit, of_all = f"{base}/chi-bo", f"{base}/toan-xa"
    everybody = stand.sitters
    found = {}
    for name, path in (("board_unit", of_unit), ("board_top", of_all)):
        body = text_of(_one(stand, path, everybody[0]))
        floor = _floor(stand, name, body, turn_s)
        shown = _product(stand, [page(path, stand.cookies_of(one), word="</html>") for one in everybody], turn_s)
        [of_board] = interleaved(floor, [shown], pairs, stand.database_pid, connections=connections)
        found[name] = {**figures.of_pairs(of_board), "bytes": len(body.encode())}
    known = [page(of_unit, stand.cookies_of(one), etag=_etag(_one(stand, of_unit, one))) for one in everybody]
    floor = _floor(stand, "board_unit", text_of(_one(stand, of_unit, everybody[0])), turn_s)
    [again] = interleaved(floor, [_product(stand, known, turn_s)], pairs, stand.database_pid, connections=connections)
    found["known_page_304"] = figures.of_pairs(again)
    fragment = _came(stand, page(PUBLIC))
    floor = _floor(stand, "public", text_of(fragment), turn_s)
    asked = [page(PUBLIC, etag=_etag(fragment))]
    [public] = interleaved(floor, [_product(stand, asked, turn_s)], pairs, stand.database_pid, connections=connections)
    found["public_304"] = figures.of_pairs(public)
    return found


def _floor(stand: Stand, name: str, body: str, turn_s: float) -> Side:
    (stand.folder / "pages" / f"{name}.html").write_text(f"{{% raw %}}{body}{{% endraw %}}")
    asked = Circle([page(f"/trang/{name}", word=body[-20:].strip())])
    return Side(stand.floor, lambda: asked, turn_s)


def _product(stand: Stand, asks: Sequence[Sent], turn_s: float) -> Side:
    asked = Circle(asks)
    return Side(stand.product, lambda: asked, turn_s)


def _one(stand: Stand, path: str, sitter: Sitter) -> Answer:
    return _came(stand, page(path, stand.cookies_of(sitter)))


def _came(stand: Stand, asked: Sent) -> Answer:
    outcome = drive(stand.product.port, Supply([asked]), connections=1)
    if outcome.failures:
        raise RuntimeError(outcome.failures[0])
    answer: Answer = outcome.served[0][1]
    return answer


def _etag(answer: Answer) -> str:
    found = answer.header("ETag")
    assert found is not None
    return found
