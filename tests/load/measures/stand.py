"""What the measures of one engine share: a hall of people in a database, the product and the floor over it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from quiz_app.kernel.db import Database
from tests.faults.programs import Server
from tests.load import floor, sides
from tests.load.asks import Place, Turn
from tests.load.sides import Side
from tests.load.sitting import FormKey, Hall, Person, Sitter, form_keys, gather, open_pages, started


@dataclass(slots=True)
class Stand:
    """People are taken from it, so that no two measures use the same; `sitters` have their papers open."""

    db: Database
    url: str
    folder: Path
    secret_key: str
    hall: Hall
    product: Server
    floor: Server
    floor_side: Side
    sitters: list[Sitter]
    places: list[Place]
    database_pid: int | None = None
    saves: Turn = field(init=False)  # one for all measures: revisions of a place only count up
    _waiting: list[Person] = field(init=False)
    _new_key: Callable[[], FormKey] = field(init=False)
    _keys: dict[str, FormKey] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._new_key = form_keys(self.secret_key)
        self.saves = Turn(self.places)
        self._waiting = list(self.hall.people[len(self.sitters) :])

    def take(self, count: int) -> list[Person]:
        """So many whom no measure has used yet."""
        if len(self._waiting) < count:
            raise RuntimeError(f"{count} people are wanted and {len(self._waiting)} are left")
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return taken

    def key_of(self, one: Person | Sitter) -> FormKey:
        """What the browser of this member posts forms with: his own, and always the same."""
        if one.sign_in_token not in self._keys:
            self._keys[one.sign_in_token] = self._new_key()
        return self._keys[one.sign_in_token]

    def cookies_of(self, one: Person | Sitter) -> str:
        return f"phien={one.sign_in_token}; {self.key_of(one).cookie}"


@contextmanager
def stand(
    url: str,
    floor_url: str,
    folder: Path,
    *,
    people: int,
    sitters: int,
    turn_s: float,
    database_pid: int | None = None,
    redis_url: str = "",
    behind: Callable[[Database, Hall], object] = lambda _db, _hall: None,
) -> Iterator[Stand]:
    """In a migrated empty database; so many of the people sit already. The floor keeps answers of the same places.

    `behind` puts there what they have behind them, before anybody begins.
    """
    folder.mkdir(exist_ok=True)
    db = Database(url)
    hall = gather(db, people)
    behind(db, hall)
    sat = started(db, hall, hall.people[:sitters])
    secret_key = secrets.token_hex(32)
    of_product, of_floor = (
        sides.product(url, folder, secret_key, redis_url=redis_url),
        sides.floor_of(floor_url, folder),
    )
    try:
        with sides.serving(of_floor), sides.serving(of_product):
            places = open_pages(of_product.port, sat)
            floor.store(floor_url).fill([(place.attempt_id, place.position) for place in places])
            sides.analyse(url, floor_url)
            saves = Turn(places)
            of_saves = Side(of_floor, lambda: saves, turn_s)
            yield Stand(db, url, folder, secret_key, hall, of_product, of_floor, of_saves, sat, places, database_pid)
    finally:
        db.dispose()
