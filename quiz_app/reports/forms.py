"""Forms of this feature: shape only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date

from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SearchField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from quiz_app.contests.models import Round
from quiz_app.kernel.errors import BadInput
from quiz_app.reports import labels, naming
from quiz_app.reports.figures import Figures
from quiz_app.reports.models import Kind, Report, ReportSetting
from quiz_app.reports.naming import Named, Rule
from quiz_app.reports.texts import Texts
from quiz_app.web.filters import format_number
from quiz_app.web.forms import Form, choices

LINES = "Mỗi dòng một ý."
POINTS = r"^\d{1,3}([,.]\d{1,2})?$"  # a comma as people write it, or what their keyboard has


class Within:
    """A day of these times: what is asked of the database and written into files has no other."""

    first, last = date(2000, 1, 1), date(2099, 12, 31)

    def __call__(self, form: object, field: DateField) -> None:
        if field.data is not None and not self.first <= field.data <= self.last:
            raise ValidationError(labels.NO_SUCH_TIME)


class SeenForm(Form):
    seen = HiddenField()

    @property
    def looked_at(self) -> int:
        """The revision that was seen; one that none can be where it is no number."""
        text = self.seen.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1

    def show(self, refused: BadInput) -> None:
        """Put what was found wrong beside its fields."""
        for name, messages in refused.errors.items():
            self[name].errors = messages


class NewForm(SeenForm):
    kind = RadioField(
        "Loại báo cáo",
        choices=choices([(slug, labels.KINDS[kind]) for slug, kind in labels.KIND_SLUGS.items()]),
        validators=[InputRequired("Đồng chí chưa chọn loại báo cáo.")],
    )
    round_id = SelectField("Đợt thi", description="Chỉ dùng cho báo cáo một đợt thi.")
    starts_on = DateField("Từ ngày", description="Dùng cho sơ kết, tổng kết.", validators=[Optional(), Within()])
    ends_on = DateField("Đến hết ngày", validators=[Optional(), Within()])

    def offer(self, rounds: Sequence[Round]) -> None:
        ended = [(str(one.id), f"{one.title}, {one.contest.title}") for one in rounds]
        self.round_id.choices = choices([("", "Chưa chọn"), *ended])

    @property
    def chosen(self) -> Kind:
        return labels.KIND_SLUGS[self.kind.data]

    @property
    def round(self) -> int | None:
        return int(self.round_id.data) if self.round_id.data else None


class ReportForm(SeenForm):
    number = IntegerField(
        "Số",
        description="Số tiếp theo của nhiệm kỳ đã điền sẵn. Để trống nếu muốn ghi tay.",
        validators=[Optional(), NumberRange(min=1, max=9999)],
    )
    symbol = StringField("Ký hiệu", description="Ví dụ: BC/CB.", validators=[InputRequired(), Length(max=20)])
    dated_on = DateField("Ngày ký", validators=[InputRequired("Đồng chí chưa chọn ngày."), Within()])
    place = StringField("Địa danh", validators=[InputRequired(), Length(max=60)])
    profile = SelectField("Thể thức", choices=choices([(one.value, words) for one, words in labels.PROFILES.items()]))
    superior = StringField("Cơ quan cấp trên", validators=[Length(max=120)])
    issuer = StringField("Cơ quan ban hành", validators=[InputRequired(), Length(max=120)])
    subject = StringField("Trích yếu", validators=[InputRequired(), Length(max=300)])
    authority = StringField("Thay mặt", description="Ví dụ: T/M Chi bộ.", validators=[InputRequired(), Length(max=60)])
    office = StringField("Chức vụ người ký", validators=[InputRequired(), Length(max=60)])
    signer = StringField("Họ tên người ký", validators=[Length(max=80)])
    recipients = TextAreaField("Nơi nhận", description=LINES, validators=[Length(max=1000)])
    kept_by = StringField("Lưu tại", validators=[InputRequired(), Length(max=60)])
    legal_bases = TextAreaField(
        "Căn cứ",
        description="Mỗi dòng một căn cứ, ví dụ: Căn cứ Kế hoạch số 12-KH/ĐU ngày 03/02/2026 của Đảng ủy xã;",
        validators=[Length(max=4000)],
    )
    strengths = TextAreaField("Ưu điểm", description=LINES, validators=[Length(max=8000)])
    shortcomings = TextAreaField("Hạn chế", description=LINES, validators=[Length(max=8000)])
    causes = TextAreaField("Nguyên nhân", description=LINES, validators=[Length(max=8000)])
    proposals = TextAreaField("Kiến nghị, đề xuất", description=LINES, validators=[Length(max=8000)])
    praised = SelectMultipleField(
        "Đơn vị được biểu dương", widget=ListWidget(), option_widget=CheckboxInput(), coerce=int
    )
    lagging = SelectMultipleField("Đơn vị cần đôn đốc", widget=ListWidget(), option_widget=CheckboxInput(), coerce=int)

    @classmethod
    def of(cls, report: Report, words: Texts, named: Named) -> ReportForm:
        return cls(
            formdata=None,
            data={
                **asdict(words),
                "seen": str(report.revision),
                "number": report.number,
                "dated_on": report.dated_on,
                "praised": list(named.praised),
                "lagging": list(named.lagging),
            },
        )

    def offer(self, figures: Figures | None, kept: Named) -> None:
        """The units that the rule proposes, those struck out before too; others have nothing to be chosen for."""
        if figures is None:
            self.praised.choices = self.lagging.choices = []
            return
        found = naming.proposed(figures, kept.rule)
        for field, ids in ((self.praised, found.praised), (self.lagging, found.lagging)):
            wanted = set(ids)
            field.choices = [(line.unit_id, line.name) for line in figures.children if line.unit_id in wanted]

    def show_changed(self, revision: int) -> None:
        """Say that somebody was faster, and let the next press go through all the same."""
        self.form_errors.append(labels.CHANGED_MEANWHILE)
        self.seen.data = str(revision)

    def to_texts(self) -> Texts:
        return Texts(**{field.name: self[field.name].data or "" for field in fields(Texts)})

    def to_named(self, rule: Rule) -> Named:
        return Named(rule, tuple(self.praised.data or ()), tuple(self.lagging.data or ()))


class SettingForm(Form):
    term_begins_on = DateField(
        "Nhiệm kỳ bắt đầu từ ngày",
        description="Số báo cáo đánh lại từ 01 mỗi nhiệm kỳ.",
        validators=[InputRequired("Đồng chí chưa chọn ngày."), Within()],
    )
    praise_turnout = IntegerField(
        "Biểu dương khi tỉ lệ tham gia từ (%)", validators=[Optional(), NumberRange(min=1, max=100)]
    )
    praise_mean = StringField(
        "và điểm trung bình từ",
        description="Ví dụ: 15,5.",
        validators=[Optional(), Regexp(POINTS, message="Mời đồng chí ghi một số, nhiều nhất hai chữ số thập phân.")],
    )
    lag_turnout = IntegerField(
        "Đôn đốc khi tỉ lệ tham gia dưới (%)", validators=[Optional(), NumberRange(min=1, max=100)]
    )
    smallest = IntegerField("Chỉ xét đơn vị có từ (đảng viên)", validators=[Optional(), NumberRange(min=0, max=9999)])

    @classmethod
    def of(cls, kept: ReportSetting) -> SettingForm:
        form = cls(formdata=None, obj=kept)
        form.praise_mean.data = "" if kept.praise_mean is None else format_number(kept.praise_mean / 100, 2)
        return form

    @property
    def first_day(self) -> date:
        day = self.term_begins_on.data
        if day is None:
            raise RuntimeError("the form was not validated")
        return day

    def to_rule(self) -> Rule:
        mean = (self.praise_mean.data or "").replace(",", ".")
        return Rule(
            self.praise_turnout.data,
            round(float(mean) * 100) if mean else None,
            self.lag_turnout.data,
            self.smallest.data or 0,
        )


class FilterForm(Form):
    tim = SearchField("Tìm")
    trang_thai = SelectField("Trạng thái")


def list_filter(words: str, slug: str) -> FilterForm:
    form = FilterForm(formdata=None, meta={"csrf": False}, tim=words, trang_thai=slug)
    states = [(slug, labels.STATES[state][0]) for slug, state in labels.STATE_SLUGS.items()]
    form.trang_thai.choices = choices([("", "Tất cả"), *states])
    return form
