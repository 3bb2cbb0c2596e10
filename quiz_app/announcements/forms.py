"""Forms of this feature: shape only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from quiz_app.announcements.models import Announcement
from quiz_app.announcements.services import Words
from quiz_app.catalogue.models import StudyModule
from quiz_app.contests.models import Contest
from quiz_app.kernel.errors import BadInput
from quiz_app.units.models import Unit
from quiz_app.web.forms import Form, choices

CONTEST, MODULE = "cuoc-thi", "chuyen-de"


class SeenForm(Form):
    seen = HiddenField()

    @property
    def looked_at(self) -> int:
        """The revision that was seen; one that none can be where it is no number."""
        text = self.seen.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


class AnnouncementForm(SeenForm):
    unit = SelectField("Cho người của", description="Cả các đơn vị trực thuộc đều đọc được.")
    title = StringField("Tiêu đề", validators=[InputRequired("Đồng chí chưa ghi tiêu đề."), Length(max=120)])
    text = TextAreaField(
        "Nội dung",
        description="Ngắn gọn. **chữ đậm**, dòng bắt đầu bằng “- ” thành danh sách, [chữ](https://…) thành đường dẫn.",
        validators=[InputRequired("Đồng chí chưa ghi nội dung."), Length(max=2000)],
    )
    starts_on = DateField("Từ ngày", validators=[InputRequired("Đồng chí chưa chọn ngày.")])
    ends_on = DateField("Đến hết ngày", validators=[InputRequired("Đồng chí chưa chọn ngày.")])
    link = SelectField("Dẫn tới")

    def offer(self, units: Sequence[Unit], contests: Sequence[Contest], modules: Sequence[StudyModule]) -> None:
        self.unit.choices = choices((str(unit.id), unit.name) for unit in units)
        self.link.choices = choices(
            [
                ("", "Không dẫn tới đâu"),
                *((f"{CONTEST}:{one.id}", f"Cuộc thi: {one.title}") for one in contests),
                *((f"{MODULE}:{one.id}", f"Chuyên đề: {one.title}") for one in modules),
            ]
        )

    @classmethod
    def of(cls, kept: Announcement) -> AnnouncementForm:
        form = cls(formdata=None, obj=kept, unit=str(kept.unit_id), seen=str(kept.revision))
        form.link.data = f"{CONTEST}:{kept.contest_id}" if kept.contest_id else ""
        if kept.module_id:
            form.link.data = f"{MODULE}:{kept.module_id}"
        return form

    def to_words(self) -> Words:
        starts_on, ends_on = self.starts_on.data, self.ends_on.data
        if not isinstance(starts_on, date) or not isinstance(ends_on, date):
            raise RuntimeError("the form was not validated")
        kind, _, number = (self.link.data or "").partition(":")
        return Words(
            unit_id=int(self.unit.data),
            title=" ".join((self.title.data or "").split()),
            text=self.text.data or "",
            starts_on=starts_on,
            ends_on=ends_on,
            contest_id=int(number) if kind == CONTEST else None,
            module_id=int(number) if kind == MODULE else None,
        )

    def show(self, refused: BadInput) -> None:
        """Put what was found wrong beside its fields."""
        for name, messages in refused.errors.items():
            self[name].errors = messages

    @property
    def typed(self) -> dict[str, str]:
        """What was typed, to be sent once more from the page that shows what comes of it."""
        names = ("unit", "title", "text", "link", "seen")
        kept = {name: self[name].data or "" for name in names}
        days = {name: self[name].data.isoformat() for name in ("starts_on", "ends_on")}
        return {**kept, **days}
