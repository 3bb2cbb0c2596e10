"""The blueprint's page: a number per topic and level, points per level, items that stand in every paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from wtforms import HiddenField, IntegerField, SelectMultipleField
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import Item, ItemVersion
from quiz_app.contests import labels, publishing, queries, seals
from quiz_app.contests.models import Round
from quiz_app.contests.terms import terms_of
from quiz_app.kernel.work import Reading
from quiz_app.rules.drawing import Candidate, Cell
from quiz_app.rules.feasibility import Seating, out_of_place, shortages
from quiz_app.web.forms import Form, choices

LEVELS: tuple[int | None, ...] = (1, 2, 3, None)
MOST_POINTS = 1000
Place = tuple[str | None, int | None]


class MayBeEmpty(Optional):
    """An empty cell is the usual case: the page says so once, not at every field."""

    def __init__(self) -> None:
        super().__init__()
        self.field_flags = {}


@dataclass(frozen=True, slots=True)
class Question:
    """An item that could be pinned; `is_chosen` by what is stored."""

    item_id: int
    item_version_id: int
    stem_html: str
    topic: str
    level: int
    is_chosen: bool
    is_out_of_place: bool
    is_in_pool: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """Everything the page shows about a round's blueprint as it is stored.

    `topics`: those that the pool holds or a cell names, then None for any. `problems`: what keeps the round from being
    published.
    """

    topics: tuple[tuple[str | None, str], ...]
    stock: Mapping[Place, int]
    missing: Mapping[Place, int]
    pinned_in: Mapping[Place, int]
    questions: tuple[Question, ...]
    cells: tuple[Cell, ...]
    problems: tuple[str, ...]
    sets: tuple[str, ...]
    is_feasible: bool
    has_mixed_points: bool = field(default=False)

    @property
    def places(self) -> Iterator[Place]:
        """Every cell that the form asks for, row by row."""
        return ((code, level) for code, _ in self.topics for level in LEVELS)

    @property
    def items(self) -> int:
        """How many items a paper holds."""
        return sum(cell.count for cell in self.cells)

    @property
    def points(self) -> int:
        """How many points a paper without a mistake has."""
        return sum(cell.count * cell.points for cell in self.cells)


def matrix_of(r: Reading, round_: Round) -> Matrix:
    """The blueprint of a round beside what its sets hold now."""
    pool = queries.draft_pool(r.session, round_)
    pinned = queries.draft_pinned(r.session, round_.id)
    cells = queries.blueprint(round_)
    stock: Counter[Place] = Counter()
    for item in pool:
        stock.update([(item.topic, item.level), (item.topic, None), (None, item.level), (None, None)])
    used = {topic for topic, _ in stock} | {cell.topic for cell in cells}
    topics = [(topic.code, topic.title) for topic in catalogue.topics(r.session) if topic.code in used]
    short = shortages(cells, pool)
    by_level: dict[int | None, set[int]] = {}
    for cell in cells:
        by_level.setdefault(cell.level, set()).add(cell.points)
    return Matrix(
        topics=(*topics, (None, labels.ANY_TOPIC.capitalize())),
        stock=stock,
        missing={(one.topic, one.level): one.needed - one.available for one in short if not one.together},
        pinned_in=_pinned_in(cells, [item for item in pool if item.item_version_id in pinned]),
        questions=_questions(r, round_, pool, frozenset(out_of_place(cells, pool, pinned))),
        cells=cells,
        problems=publishing.problems(r, round_, pool),
        sets=tuple(item_set.title for item_set in queries.sets_of(r.session, round_.id)),
        is_feasible=bool(cells) and not short,
        has_mixed_points=any(len(points) > 1 for points in by_level.values()),
    )


def matrix_form(matrix: Matrix, seen: str) -> Form:
    """A form with a number per cell, points per level and the pinned items; filled with what is stored."""
    fields: dict[str, Any] = {"seen": HiddenField()}
    titles = dict(matrix.topics)
    for topic, level in matrix.places:
        fields[cell_name(topic, level)] = IntegerField(
            f"{titles[topic]}, {level_words(level).lower()}",
            [MayBeEmpty(), NumberRange(0, 100)],
            description=_beside(matrix, (topic, level)),
        )
    for level in LEVELS:
        fields[points_name(level)] = IntegerField(
            f"Điểm mỗi câu, {level_words(level).lower()}", [MayBeEmpty(), NumberRange(0, MOST_POINTS)]
        )
    fields["pinned_item_ids"] = SelectMultipleField(
        "Câu bắt buộc có trong mọi đề",
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        choices=choices([(str(one.item_id), one.stem_html) for one in matrix.questions]),
    )
    form: Form = type("MatrixForm", (Form,), fields)(data=_stored(matrix, seen))
    return form


def to_cells(form: Form, matrix: Matrix) -> list[Cell]:
    """The cells that the organiser filled in."""
    return [
        Cell(topic, level, form[cell_name(topic, level)].data or 0, _points(form[points_name(level)].data))
        for topic, level in matrix.places
    ]


def cell_name(topic: str | None, level: int | None) -> str:
    """The name of a cell's field. By topic and not by row: rows move when another set is chosen meanwhile."""
    return f"o_{topic or ''}_{level or 'x'}"


def points_name(level: int | None) -> str:
    return f"diem_{level or 'x'}"


def level_words(level: int | None) -> str:
    return labels.ANY_LEVEL.capitalize() if level is None else labels.LEVELS[level]


def _points(typed: int | None) -> int:
    return 1 if typed is None else typed


def _beside(matrix: Matrix, place: Place) -> str:
    words = [f"có {matrix.stock.get(place, 0)}"]
    if place in matrix.missing:
        words.append(f"thiếu {matrix.missing[place]}")
    if place in matrix.pinned_in:
        words.append(f"gồm {matrix.pinned_in[place]} câu bắt buộc")
    return ", ".join(words)


def _stored(matrix: Matrix, seen: str) -> dict[str, Any]:
    values: dict[str, Any] = {"seen": seen}
    points: dict[int | None, Counter[int]] = {level: Counter() for level in LEVELS}
    for cell in matrix.cells:
        name = cell_name(cell.topic, cell.level)
        values[name] = values.get(name, 0) + cell.count
        points[cell.level][cell.points] += cell.count
    for level, found in points.items():
        values[points_name(level)] = found.most_common(1)[0][0] if found else 1
    values["pinned_item_ids"] = [one.item_id for one in matrix.questions if one.is_chosen]
    return values


def _pinned_in(cells: Sequence[Cell], pinned: Sequence[Candidate]) -> dict[Place, int]:
    """How many pinned items stand in which cell, in one way of placing them."""
    seating = Seating(cells)
    for item in pinned:
        seating.seat(item.group)
    seated: Counter[Place] = Counter()
    for index, cell in enumerate(cells):
        seated[cell.topic, cell.level] += sum(seating.seated(index).values())
    return {place: count for place, count in seated.items() if count}


def _questions(r: Reading, round_: Round, pool: Sequence[Candidate], misplaced: frozenset[int]) -> tuple[Question, ...]:
    """What may be pinned, by topic and level; an item pinned earlier that is in no set any more comes last."""
    chosen = terms_of(r.session, round_).pinned_item_ids
    groups = {item.item_version_id: item.group for item in pool}
    version_ids = [
        *groups,
        *(one for one in catalogue.current_versions(r.session, chosen).values() if one not in groups),
    ]
    sealed = seals.sealed(r.now).label("sealed")
    rows = r.session.execute(
        select(Item.id, ItemVersion.id, ItemVersion.stem_html, ItemVersion.topic, ItemVersion.level, sealed)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .where(ItemVersion.id.in_(version_ids))
    )
    found = [
        Question(
            item_id,
            version_id,
            labels.SEALED_ITEM.format(number=version_id) if is_sealed else stem,
            topic,
            level,
            is_chosen=item_id in chosen,
            is_out_of_place=version_id in misplaced,
            is_in_pool=version_id in groups,
        )
        for item_id, version_id, stem, topic, level, is_sealed in rows
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_in_pool, one.topic, one.level, one.item_id)))
