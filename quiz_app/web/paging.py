"""Long lists in pages, the page kept in the address (`?trang=2`) beside the filters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import Flask, request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

PARAMETER = "trang"
USUAL_SIZE = 50
LARGEST_SIZE = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; `number` counts from 1 and always exists, an empty list has one empty page."""

    rows: Sequence[T]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """The place in the list of the first row shown, counted from 1; 0 when there is none."""
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The place in the list of the last row shown."""
        return self.first + len(self.rows) - 1 if self.rows else 0

    @property
    def previous(self) -> int | None:
        """The number of the page before, if any."""
        return self.number - 1 if self.number > 1 else None

    @property
    def following(self) -> int | None:
        """The number of the page after, if any."""
        return self.number + 1 if self.number < self.pages else None


def page_number(arguments: Mapping[str, str]) -> int:
    """The page asked for in the address; anything that is not a number from 1 up means the first."""
    text = arguments.get(PARAMETER, "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def paginate(session: Session, statement: Select[T], number: int, size: int = USUAL_SIZE) -> Page[T]:
    """One page of a select of a single entity; a number past the end gives the last page.

    The statement must order by something unique, or rows move between pages.
    """
    size = max(1, min(size, LARGEST_SIZE))
    counted = select(func.count()).select_from(statement.order_by(None).subquery())
    total = session.scalar(counted) or 0
    number = max(1, min(number, -(-total // size)))
    rows = session.scalars(statement.limit(size).offset((number - 1) * size)).all()
    return Page(rows, number, size, total)


def slice_page(rows: Sequence[T], number: int, size: int = USUAL_SIZE) -> Page[T]:
    """One page of a list that is in memory already (a board, a sorted list of names), as long as its page says."""
    size = max(1, size)
    number = max(1, min(number, -(-len(rows) // size)))
    return Page(rows[(number - 1) * size : number * size], number, size, len(rows))


def page_url(number: int) -> str:
    """The address of another page of the list being shown, its filters kept."""
    kept: dict[str, list[str]] = request.args.to_dict(flat=False)
    kept.pop(PARAMETER, None)
    if number > 1:
        kept[PARAMETER] = [str(number)]
    return url_for(request.endpoint or "", **(request.view_args or {}), **kept)  # type: ignore[arg-type]  # query values may be lists


def init(app: Flask) -> None:
    """Give templates the global `page_url`."""
    app.add_template_global(page_url)
