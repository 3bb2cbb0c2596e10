"""Pages of lists, from the database and from memory."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from quiz_app.web.paging import LARGEST_SIZE, page_number, paginate, slice_page


class Base(DeclarativeBase):
    """Tables of this test only."""


class Leaf(Base):
    """A row to count."""

    __tablename__ = "leaf"
    id: Mapped[int] = mapped_column(primary_key=True)


@pytest.fixture
def session() -> Iterator[Session]:
    # The application opens SQLite through its own library; a stand-in row count needs no engine of the house.
    import pysqlite3  # noqa: PLC0415  # only this fixture needs the driver

    engine = create_engine("sqlite://", module=pysqlite3)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(Leaf(id=number) for number in range(1, 106))
        session.commit()
        yield session
    engine.dispose()


@pytest.mark.parametrize(
    ("asked", "number", "ids"),
    [(1, 1, (1, 50)), (3, 3, (101, 105)), (99, 3, (101, 105)), (0, 1, (1, 50))],
)
def test_a_page_of_a_select(session: Session, asked: int, number: int, ids: tuple[int, int]) -> None:
    page = paginate(session, select(Leaf).order_by(Leaf.id), asked)
    assert (page.number, page.total, page.pages) == (number, 105, 3)
    assert (page.rows[0].id, page.rows[-1].id) == ids == (page.first, page.last)


def test_neighbours(session: Session) -> None:
    pages = [paginate(session, select(Leaf).order_by(Leaf.id), number) for number in (1, 2, 3)]
    assert [(page.previous, page.following) for page in pages] == [(None, 2), (1, 3), (2, None)]


def test_an_empty_list_is_one_empty_page(session: Session) -> None:
    page = paginate(session, select(Leaf).where(Leaf.id > 1000), 4)
    assert (page.rows, page.number, page.pages, page.first, page.last) == ([], 1, 1, 0, 0)


def test_nobody_can_ask_for_everything(session: Session) -> None:
    assert len(paginate(session, select(Leaf).order_by(Leaf.id), 1, size=10_000).rows) == LARGEST_SIZE


def test_a_list_in_memory() -> None:
    page = slice_page(list("abcdefg"), 3, size=3)
    assert (page.rows, page.first, page.last, page.pages) == (["g"], 7, 7, 3)


@pytest.mark.parametrize("text", ["", "0", "-1", "hai", "1e9", "²", "99999999999"])
def test_nonsense_in_the_address_means_the_first_page(text: str) -> None:
    assert page_number({"trang": text}) == 1


def test_the_page_of_the_address() -> None:
    assert page_number({"trang": "7"}) == 7


def test_other_pages_keep_the_filters(bare_app: Flask) -> None:
    answer = bare_app.test_client().get("/trang/cb?loc=a&loc=b&trang=2").get_data(as_text=True)
    assert answer == "/trang/cb?loc=a&amp;loc=b&amp;trang=3 /trang/cb?loc=a&amp;loc=b"
