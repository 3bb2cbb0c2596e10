"""Full text: what can be found by its words, in one table, on both engines.

Each engine has an index of its own over that table (FTS5, GIN) and a language of its own to ask it, which no common
form covers: both stand here, side by side, and nothing outside knows of them. The indexes themselves are made by the
migration that makes the table. A query is made of words alone, so nothing that somebody types is ever an operator.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    String,
    Text,
    UniqueConstraint,
    case,
    column,
    delete,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from quiz_app.kernel.db import Base
from quiz_app.kernel.text import Word, nfc, searchable_words

LONGEST_QUERY = 200
MOST_WORDS = 10
# What the engines keep beside the table: no model has it, so migrations are not compared with it.
SQLITE_TABLES = frozenset(f"search_text{part}" for part in ("", "_config", "_data", "_docsize", "_idx"))
POSTGRESQL_COLUMNS = frozenset({"folded_vector", "marked_vector"})
POSTGRESQL_INDEXES = frozenset(f"ix_search_entry_{column}" for column in POSTGRESQL_COLUMNS)

_FTS: ColumnElement[Any] = literal_column("search_text")
_FOLDED: ColumnElement[Any] = literal_column("search_entry.folded_vector")
_MARKED: ColumnElement[Any] = literal_column("search_entry.marked_vector")
_TITLE_WEIGHT, _BODY_WEIGHT = 8.0, 1.0


class SearchEntry(Base):
    """One thing that can be found. `title` and `body` are plain text to be shown; the rest is made of them."""

    __tablename__ = "search_entry"
    __table_args__ = (UniqueConstraint("kind", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    subject_id: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    folded_title: Mapped[str] = mapped_column(Text)
    folded_body: Mapped[str] = mapped_column(Text)
    marked: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Wording:
    """What of a thing is searched and shown, as plain text."""

    title: str
    body: str


def query_words(query: str) -> tuple[Word, ...]:
    """What a query asks for: its first words, each once. Empty where it has none."""
    found: dict[str, Word] = {}
    for word in searchable_words(query[:LONGEST_QUERY]):
        found.setdefault(word.marked, word)
    return tuple(found.values())[:MOST_WORDS]


def write(session: Session, kind: str, wordings: Mapping[int, Wording], gone: Collection[int] = ()) -> None:
    """Put these subjects of a kind into the index as they are now, and take the gone ones out."""
    named = {*wordings, *gone}
    session.execute(delete(SearchEntry).where(SearchEntry.kind == kind, SearchEntry.subject_id.in_(named)))
    session.add_all(_entry(kind, subject_id, wording) for subject_id, wording in wordings.items())
    session.flush()


def _entry(kind: str, subject_id: int, wording: Wording) -> SearchEntry:
    title, body = nfc(wording.title), nfc(wording.body)
    of_title, of_body = searchable_words(title), searchable_words(body)
    return SearchEntry(
        kind=kind,
        subject_id=subject_id,
        title=title,
        body=body,
        folded_title=" ".join(word.folded for word in of_title),
        folded_body=" ".join(word.folded for word in of_body),
        marked=" ".join(word.marked for word in [*of_title, *of_body]),
    )


def matching(session: Session, words: Sequence[Word]) -> tuple[CTE, Sequence[ColumnElement[Any]]]:
    """The entries that hold every word, whatever its marks, as `id` and `relevance`; and what to order them by.

    Words marked as they were asked for come first, then those written without any marks, then all others; within each,
    words that stand together before scattered ones, then by relevance. The order ends with the entry's own id.
    """
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    ask = _asked_of_sqlite if is_sqlite else _asked_of_postgresql
    folded = [word.folded for word in words]
    found = ask(" AND ".join(map(_quoted, folded)) if is_sqlite else " & ".join(map(_quoted, folded)))
    hits = found.cte("hits").prefix_with("MATERIALIZED")
    level = case(
        (SearchEntry.id.in_(_ids(session, [{word.marked} for word in words])), 0),
        (SearchEntry.id.in_(_ids(session, [{word.marked, word.bare} for word in words])), 1),
        else_=2,
    )
    order: list[ColumnElement[Any]] = [level]
    if len(words) > 1:
        phrase = _quoted(" ".join(folded)) if is_sqlite else " <-> ".join(map(_quoted, folded))
        together = ask(phrase).subquery()
        order.append(case((SearchEntry.id.in_(select(together.c.id)), 0), else_=1))
    return hits, [*order, hits.c.relevance, SearchEntry.id.expression]


def _ids(session: Session, ways: Sequence[Collection[str]]) -> Select[Any]:
    """The entries that hold each word in one of the ways in which it may be marked."""
    if session.get_bind().dialect.name == "sqlite":
        said = " AND ".join(f"({' OR '.join(map(_quoted, sorted(words)))})" for words in ways)
        return select(column("rowid")).select_from(table("search_text")).where(_FTS.op("MATCH")(f"marked : ({said})"))
    said = " & ".join(f"({' | '.join(map(_quoted, sorted(words)))})" for words in ways)
    return select(SearchEntry.id).where(_MARKED.op("@@")(_tsquery(said)))


def _asked_of_sqlite(said: str) -> Select[Any]:
    relevance = func.bm25(_FTS, _TITLE_WEIGHT, _BODY_WEIGHT, 0.0).label("relevance")
    return (
        select(column("rowid").label("id"), relevance)
        .select_from(table("search_text"))
        .where(_FTS.op("MATCH")(f"{{folded_title folded_body}} : ({said})"))
    )


def _asked_of_postgresql(said: str) -> Select[Any]:
    relevance = (-func.ts_rank(_FOLDED, _tsquery(said))).label("relevance")
    return select(SearchEntry.id, relevance).where(_FOLDED.op("@@")(_tsquery(said)))


def _tsquery(said: str) -> ColumnElement[Any]:
    return func.to_tsquery(literal_column("'simple'"), said)


def _quoted(words: str) -> str:
    """Words of ASCII letters and digits: both engines read them as they are, between their own quotes or none."""
    return f'"{words}"' if " " in words else words
