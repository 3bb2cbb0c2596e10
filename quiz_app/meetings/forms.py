"""Forms of this feature: shape only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from wtforms import (
    DateTimeLocalField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    SearchField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from quiz_app.catalogue.models import Lesson, StudyModule
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.errors import BadInput
from quiz_app.meetings import labels
from quiz_app.meetings.attending import Listed
from quiz_app.meetings.models import Meeting, Presence
from quiz_app.meetings.queries import Point
from quiz_app.meetings.services import MOST_MINUTES, Plan, PointPlan
from quiz_app.units.models import Unit
from quiz_app.units.tree import REASON_LENGTH
from quiz_app.web.forms import Form, choices

LOCAL = "%Y-%m-%dT%H:%M"
MODULE, LESSON = "chuyen-de", "bai"
USUAL_POINTS: tuple[Mapping[str, Any], ...] = ({"minutes": 10}, {"minutes": 30}, {"minutes": 20})
MARK = "nguoi-"


class SeenForm(Form):
    seen = HiddenField()

    @property
    def looked_at(self) -> int:
        """The revision that was seen; one that none can be where it is no number."""
        text = self.seen.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


class ReasonForm(SeenForm):
    reason = TextAreaField("Lý do", [InputRequired("Mời đồng chí ghi lý do."), Length(max=REASON_LENGTH)])

    def show(self, refused: BadInput) -> None:
        self.reason.errors = [*refused.errors.get("reason", ())]


class Blank(Optional):
    """May stay blank in a row that does not count; the page does not call it optional."""

    def __init__(self) -> None:
        super().__init__()
        self.field_flags = {}


class PointForm(Form):
    text = StringField("Nội dung", [Length(max=300)])
    minutes = IntegerField("Số phút", [Blank(), NumberRange(1, MOST_MINUTES)])
    link = SelectField("Kèm chuyên đề hoặc bài học", validators=[Blank()])


class PlanForm(SeenForm):
    unit = SelectField("Đơn vị")
    title = StringField("Tên buổi sinh hoạt", [InputRequired("Đồng chí chưa ghi tên buổi."), Length(max=160)])
    starts_at = DateTimeLocalField("Bắt đầu lúc", [InputRequired("Đồng chí chưa chọn ngày giờ.")], format=LOCAL)
    place = StringField("Địa điểm", [InputRequired("Đồng chí chưa ghi địa điểm."), Length(max=160)])
    chair = StringField("Chủ trì", [InputRequired("Đồng chí chưa ghi người chủ trì."), Length(max=120)])
    points = FieldList(FormField(PointForm), "Chương trình", max_entries=40)

    def offer(self, units: Sequence[Unit], materials: Sequence[tuple[StudyModule, list[Lesson]]]) -> None:
        self.unit.choices = choices((str(unit.id), unit.name) for unit in units)
        offered = [("", "Không kèm")]
        for module, lessons in materials:
            offered.append((f"{MODULE}:{module.id}", f"{module.position}. {module.title} (cả chuyên đề)"))
            offered += [(f"{LESSON}:{one.id}", f"– Bài: {one.title}") for one in lessons]
        for point in self.points:
            point.form.link.choices = choices(offered)

    @classmethod
    def of(cls, kept: Meeting, agenda: Sequence[Point]) -> PlanForm:
        rows = [{"text": one.point.text, "minutes": one.point.minutes, "link": _link(one)} for one in agenda]
        return cls(
            formdata=None,
            data={
                "unit": str(kept.unit_id),
                "title": kept.title,
                "starts_at": kept.starts_at.astimezone(VIETNAM).replace(tzinfo=None),
                "place": kept.place,
                "chair": kept.chair,
                "seen": str(kept.revision),
                "points": rows,
            },
        )

    def rearranged(self, step: str) -> PlanForm:
        """The same with a point added, taken out or moved: `them`, `bo-2`, `len-2`, `xuong-2`."""
        data = dict(self.data)
        rows = list(data["points"])
        what, _, number = step.partition("-")
        at = int(number) if number.isascii() and number.isdigit() and int(number) < len(rows) else None
        if what == "them":
            rows.append({"minutes": 15})
        elif at is not None and what == "bo":
            del rows[at]
        elif at is not None and what in {"len", "xuong"}:
            to = max(0, min(len(rows) - 1, at + (1 if what == "xuong" else -1)))
            rows.insert(to, rows.pop(at))
        return type(self)(formdata=None, data={**data, "points": rows})

    def to_plan(self) -> Plan:
        starts_at = self.starts_at.data
        if not isinstance(starts_at, datetime):
            raise RuntimeError("the form was not validated")
        return Plan(
            unit_id=int(self.unit.data),
            title=_line(self.title.data),
            starts_at=starts_at.replace(tzinfo=VIETNAM).astimezone(UTC),
            place=_line(self.place.data),
            chair=_line(self.chair.data),
            points=tuple(_point(one.form) for one in self.points if _line(one.form.text.data)),
        )

    def show(self, refused: BadInput) -> None:
        """Put what was found wrong beside its fields."""
        for name, messages in refused.errors.items():
            if name == "points":
                self.form_errors.extend(messages)
            else:
                self[name].errors = messages


class SearchForm(Form):
    tim = SearchField("Tìm theo tên", [Blank(), Length(max=80)])


class ListForm(SeenForm):
    """One field a person of the list; made by `list_form`."""

    shown_at = HiddenField()
    rest = SelectField(
        "Những người còn chưa rõ",
        choices=choices(
            [
                (Presence.UNKNOWN.value, labels.KEEPS_UNKNOWN),
                *((one.value, labels.PRESENCES[one]) for one in Presence if one is not Presence.UNKNOWN),
            ]
        ),
        default=Presence.UNKNOWN.value,
    )

    @property
    def marks(self) -> dict[int, Presence]:
        return {int(field.name[len(MARK) :]): Presence(field.data) for field in self if field.name.startswith(MARK)}

    @property
    def instant(self) -> datetime:
        """When the page was made; what cannot be an instant means long ago."""
        try:
            return datetime.fromtimestamp(int(self.shown_at.data or "0") / 1_000_000, tz=UTC)
        except (ValueError, OverflowError, OSError):
            return datetime.fromtimestamp(0, tz=UTC)


def list_form(listed: Sequence[Listed], meeting: Meeting, now: datetime) -> type[ListForm]:
    """The form of a list, with what is known of each person by default."""
    offered = choices((one.value, labels.PRESENCES[one]) for one in Presence)
    fields: dict[str, Any] = {
        f"{MARK}{one.member.id}": SelectField(one.member.full_name, choices=offered, default=one.presence.value)
        for one in listed
    }
    stamp = str(int(now.timestamp() * 1_000_000))
    kept = {"seen": HiddenField(default=str(meeting.list_revision)), "shown_at": HiddenField(default=stamp)}
    return type("ListForm", (ListForm,), {**fields, **kept})


def _point(form: PointForm) -> PointPlan:
    kind, _, number = (form.link.data or "").partition(":")
    return PointPlan(
        text=_line(form.text.data),
        minutes=form.minutes.data or 0,
        module_id=int(number) if kind == MODULE else None,
        lesson_id=int(number) if kind == LESSON else None,
    )


def _link(one: Point) -> str:
    if one.point.lesson_id:
        return f"{LESSON}:{one.point.lesson_id}"
    return f"{MODULE}:{one.point.module_id}" if one.point.module_id else ""


def _line(value: str | None) -> str:
    return " ".join((value or "").split())
