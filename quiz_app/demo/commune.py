"""Invents the people of the demo commune: the same seed gives the same people. Nobody of them exists."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

from quiz_app.demo.organisations import CELLS
from quiz_app.kernel.text import search_key

MEMBERS = 2700
LEAST = 400  # below this the committees leave nobody to be probationary, exempt or a namesake
SMALLEST, LARGEST = 3, 166
MEDIAN_SIZE, SPREAD = 30, 0.79
TODAY = date(2026, 11, 1)  # ages are counted from a fixed day: the roster must not change with the calendar
OVER_60, PROBATIONARY, EXEMPT, NO_EMAIL, SHARED_PHONE, NAMESAKES = 0.30, 0.05, 0.08, 0.10, 0.05, 0.02
YEAR_ONLY, DATE_AS_TEXT = 0.03, 0.15
CARD_SERIES = 99  # no such series is in use
PHONE_PREFIX = "0100"  # belongs to no network

_SURNAMES = {
    **{"Nguyễn": 34, "Trần": 11, "Lê": 9, "Phạm": 7, "Vũ": 5, "Đỗ": 5, "Hoàng": 4, "Đặng": 4, "Bùi": 4, "Phùng": 3},
    **{"Hà": 2, "Dương": 2, "Lý": 1, "Ngô": 2, "Đào": 2, "Đinh": 1, "Trịnh": 1, "Cao": 1, "Tô": 1, "Lương": 1},
}
_MIDDLE = {
    "male": ["Văn"] * 5 + ["Đức", "Hữu", "Minh", "Quang", "Xuân", "Ngọc", "Đình", "Công", "Thanh", "Bá"],
    "female": ["Thị"] * 6 + ["Thu", "Ngọc", "Thanh", "Hồng", "Minh", "Kim", "Phương", "Bích"],
}
_MEN = """An Anh Ẩn Bình Cường Chiến Dũng Duy Đạt Đức Giang Hà Hải Hiếu Hòa Hoàng Hùng Huy Hưng Khánh Khoa Lâm Long
    Mạnh Minh Nam Nghĩa Phong Phúc Quân Quang Sơn Tài Tâm Thành Thắng Thịnh Toàn Tuấn Tùng Việt Vinh Út Ước"""
_WOMEN = """An Anh Ánh Ân Bình Chi Dung Duyên Giang Hà Hạnh Hằng Hân Hiền Hoa Hòa Hồng Huệ Hương Huyền Lan Liên Linh
    Loan Mai Minh Nga Ngân Ngọc Nhung Oanh Ơn Phương Quyên Tâm Thảo Thoa Thủy Trang Tuyết Vân Yến Xuân"""
_GIVEN = {"male": _MEN.split(), "female": _WOMEN.split()}
_POSITIONS = ("Bí thư", "Phó Bí thư", "Chi ủy viên")


@dataclass(frozen=True, slots=True)
class Person:
    """A row of the demo roster. `is_year_only` and `is_text_date` say how the birth date stands in the file."""

    cell_code: str
    unit_name: str
    full_name: str
    gender: str
    born_on: date
    joined_on: date
    official_on: date | None
    card_number: str
    is_exempt: bool
    position: str
    phone: str
    email: str
    is_year_only: bool
    is_text_date: bool


def people(seed: int = 1, count: int = MEMBERS) -> list[Person]:
    """The members of all cells, cell by cell; the first three of each are its committee."""
    chance = random.Random(seed)  # noqa: S311 - invents people, guards nothing
    found: list[Person] = []
    for cell, size in zip(CELLS, sizes(chance, len(CELLS), count), strict=True):
        own = [_person(chance, cell.code, cell.name, place) for place in range(size)]
        found += _distinct(chance, own)
    found = _with_namesakes(chance, found)
    found = _with_probation_and_exemption(chance, found)
    return _with_addresses(chance, found)


def sizes(chance: random.Random, cells: int, total: int) -> list[int]:
    """Log-normal sizes within the bounds that add up to `total`."""
    drawn = [MEDIAN_SIZE * chance.lognormvariate(0, SPREAD) for _ in range(cells)]
    scale = total / sum(drawn)
    found = [min(LARGEST, max(SMALLEST, round(size * scale))) for size in drawn]
    while (gap := total - sum(found)) != 0:
        place = chance.randrange(cells)
        moved = found[place] + (1 if gap > 0 else -1)
        if SMALLEST <= moved <= LARGEST:
            found[place] = moved
    return found


def _person(chance: random.Random, code: str, unit_name: str, place: int) -> Person:
    gender = chance.choice(["male", "female"])
    is_committee = place < len(_POSITIONS)
    over_60 = chance.random() < (0.15 if is_committee else OVER_60 + 0.01)
    age = chance.randint(61, 88) if over_60 else chance.randint(30 if is_committee else 22, 60)
    born = TODAY - timedelta(days=age * 365 + age // 4 + chance.randint(1, 360))
    joined = _day_between(chance, born + timedelta(days=20 * 366), min(TODAY - timedelta(days=500), _years(born, 48)))
    return Person(
        cell_code=code,
        unit_name=unit_name,
        full_name=_name(chance, gender),
        gender=gender,
        born_on=born,
        joined_on=joined,
        official_on=joined + timedelta(days=365),
        card_number="",
        is_exempt=False,
        position=_POSITIONS[place] if is_committee else "",
        phone="",
        email="",
        is_year_only=over_60 and chance.random() < YEAR_ONLY * 3,
        is_text_date=chance.random() < DATE_AS_TEXT,
    )


def _name(chance: random.Random, gender: str) -> str:
    surname = chance.choices(list(_SURNAMES), weights=list(_SURNAMES.values()))[0]
    given = chance.choice(_GIVEN[gender])
    middle = chance.choice([word for word in _MIDDLE[gender] if word != given])
    return f"{surname} {middle} {given}"


def _distinct(chance: random.Random, own: list[Person]) -> list[Person]:
    """Other names for those who by chance are called like somebody of their cell."""
    taken: set[str] = set()
    found: list[Person] = []
    for person in own:
        while person.full_name in taken:
            person = replace(person, full_name=_name(chance, person.gender))  # noqa: PLW2901 - the same person renamed
        taken.add(person.full_name)
        found.append(person)
    return found


def _with_namesakes(chance: random.Random, everybody: list[Person]) -> list[Person]:
    """Pairs within a cell that share a name and differ in birth."""
    found = list(everybody)
    ordinary = [place for place, person in enumerate(found) if not person.position]
    paired: set[int] = set()
    while len(paired) < round(len(found) * NAMESAKES):
        one = chance.choice(ordinary)
        like = [
            place
            for place in ordinary
            if found[place].cell_code == found[one].cell_code
            and found[place].gender == found[one].gender
            and found[place].born_on.year != found[one].born_on.year
        ]
        if one in paired or not (free := [place for place in like if place not in paired]):
            continue
        other = chance.choice(free)
        found[other] = replace(found[other], full_name=found[one].full_name)
        paired |= {one, other}
    return found


def _with_probation_and_exemption(chance: random.Random, everybody: list[Person]) -> list[Person]:
    young = [place for place, person in enumerate(everybody) if person.born_on.year > 1985 and not person.position]
    old = [place for place, person in enumerate(everybody) if person.born_on.year < 1966 and not person.position]
    probationary = set(chance.sample(young, round(len(everybody) * PROBATIONARY)))
    exempt = set(chance.sample(old, round(len(everybody) * EXEMPT)))
    found = []
    for place, person in enumerate(everybody):
        if place in probationary:
            joined = TODAY - timedelta(days=chance.randint(20, 340))
            found.append(replace(person, joined_on=joined, official_on=None))
        else:
            card = f"{CARD_SERIES}.{100_000 + place * 7:06}"
            found.append(replace(person, card_number=card, is_exempt=place in exempt))
    return found


def _with_addresses(chance: random.Random, everybody: list[Person]) -> list[Person]:
    found: list[Person] = []
    for place, person in enumerate(everybody):
        shares = (
            bool(found) and found[-1].cell_code == person.cell_code and chance.random() < SHARED_PHONE / 2
        )  # two share each
        phone = found[-1].phone if shares else f"{PHONE_PREFIX}{200_000 + place * 11:06}"
        words = search_key(person.full_name).split()
        email = "" if chance.random() < NO_EMAIL else f"{words[-1]}.{words[0]}{place + 1}@battrang.test"
        found.append(replace(person, phone=phone, email=email))
    return found


def _day_between(chance: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=chance.randint(0, max(0, (last - first).days)))


def _years(born: date, age: int) -> date:
    return born + timedelta(days=age * 365)
