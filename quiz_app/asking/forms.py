"""Shapes of questions, of answers and of what is published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SearchField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from quiz_app.asking import entries, labels, moderating, services
from quiz_app.asking.models import Kind
from quiz_app.asking.queries import Asked
from quiz_app.catalogue.models import StudyModule
from quiz_app.kernel.errors import BadInput
from quiz_app.members.models import Member
from quiz_app.web.forms import Form, choices

S = TypeVar("S")
IN_ADDRESS = {"csrf": False}
LONGEST_SEARCH = 120
LARGEST_ID = 2**53
DAYS = (3, 7, 14, 30)
MARKDOWN = "Dòng trống ngăn các đoạn; “- ” đầu dòng thành danh sách; **hai dấu sao** thành chữ đậm."


class AskingForm(Form):
    def show(self, refused: BadInput) -> None:
        """Put what a service found wrong beside the fields."""
        for name, messages in refused.errors.items():
            field = self[name]
            field.errors = [*field.errors, *messages]


class AskForm(AskingForm):
    kind = RadioField(
        "Đồng chí muốn",
        [InputRequired("Mời đồng chí chọn một mục.")],
        choices=choices(
            [("hoi", "Hỏi một điều"), ("de-xuat", "Đề xuất cách làm tốt hơn"), ("bao-loi", "Báo một chỗ sai hoặc hỏng")]
        ),
    )
    text = TextAreaField("Nội dung", [DataRequired(labels.NO_TEXT), Length(max=services.LONGEST_TEXT)])

    @property
    def chosen(self) -> Kind:
        return labels.KIND_SLUGS[self.kind.data]


class RevisionForm(AskingForm):
    """Every act of a moderator names what he had read."""

    revision = IntegerField("Bản đang xem", [InputRequired()])


class TakeUpForm(RevisionForm):
    kind = SelectField(
        "Loại", choices=choices([(slug, labels.KINDS[kind]) for slug, kind in labels.KIND_SLUGS.items()])
    )

    @property
    def chosen(self) -> Kind:
        return labels.KIND_SLUGS[self.kind.data]


class AssignForm(RevisionForm):
    member = SelectField("Giao cho", coerce=int)


class AnswerForm(RevisionForm):
    answer = TextAreaField(
        "Câu trả lời",
        [DataRequired(labels.NO_ANSWER), Length(max=moderating.LONGEST_ANSWER)],
        description=f"Người gửi đọc được nguyên văn. {MARKDOWN}",
    )


class MergeForm(RevisionForm):
    number = IntegerField(
        "Gộp vào câu số",
        [InputRequired("Mời đồng chí ghi số của câu được giữ."), NumberRange(1, LARGEST_ID)],
        description="Câu trả lời của câu được giữ đến với mọi người đã hỏi; không ai biết ai.",
    )


class WordingForm(AskingForm):
    question = StringField(
        "Câu hỏi, viết lại cho mọi người",
        [DataRequired(labels.NO_TEXT), Length(max=entries.LONGEST_QUESTION)],
        description="Không ghi tên, chi bộ hay điều gì cho biết ai đã hỏi.",
    )
    answer = TextAreaField(
        "Câu trả lời", [DataRequired(labels.NO_ANSWER), Length(max=entries.LONGEST_ANSWER)], description=MARKDOWN
    )
    module = SelectField("Chuyên đề", [Optional()])

    def offer(self, modules: Iterable[StudyModule]) -> None:
        self.module.choices = choices(
            [("", "Không thuộc chuyên đề nào"), *((str(one.id), one.title) for one in modules)]
        )

    def to_wording(self) -> entries.Wording:
        module = self.module.data or ""
        return entries.Wording(self.question.data or "", self.answer.data or "", int(module) if module else None)


class DecisionForm(AskingForm):
    verdict = RadioField(
        "Kết luận",
        [InputRequired("Mời đồng chí chọn một kết luận.")],
        choices=choices([("cong-bo", "Công bố đúng như trên"), ("tra-lai", "Trả lại, chưa công bố")]),
    )
    reason = TextAreaField(
        "Lý do",
        [Optional(), Length(max=entries.LONGEST_REASON)],
        description="Trả lại thì cần ghi lý do cho người đề nghị.",
    )

    @property
    def is_published(self) -> bool:
        return bool(self.verdict.data == "cong-bo")


class TakeDownForm(AskingForm):
    reason = StringField("Lý do thôi công bố", [DataRequired(labels.NO_REASON), Length(max=entries.LONGEST_REASON)])


class InboxFilter(Form):
    tim = SearchField("Có từ", [Length(max=LONGEST_SEARCH)], description="Gõ có dấu hoặc không dấu.")
    state = SelectField("Trạng thái", name="trang-thai")
    kind = SelectField("Loại", name="loai")
    subject = SelectField("Về", name="ve")
    days = SelectField("Chưa trả lời quá", name="qua")
    mine = BooleanField("Giao cho tôi", name="cua-toi")

    def to_asked(self) -> Asked:
        return Asked(
            state=labels.STATE_SLUGS.get(self.state.data),
            is_open=self.state.data == labels.WAITING,
            kind=labels.KIND_SLUGS.get(self.kind.data),
            subject=labels.SUBJECT_SLUGS.get(self.subject.data),
            is_mine=bool(self.mine.data),
            waiting_days=int(self.days.data) if self.days.data else None,
            words=self.tim.data or "",
        )


class EntryFilter(Form):
    tim = SearchField("Tìm trong Hỏi – đáp", [Length(max=LONGEST_SEARCH)], description="Gõ có dấu hoặc không dấu.")
    module = SelectField("Chuyên đề", name="chuyen-de")


class PeriodForm(Form):
    since = DateField("Từ ngày", [Optional()], name="tu")
    until = DateField("Đến hết ngày", [Optional()], name="den")
    unit = SelectField("Đơn vị", name="don-vi", coerce=int)


def inbox_filter(args: dict[str, str]) -> InboxFilter:
    """The choices above the inbox, as the address spells them; what it spells wrongly is left out."""
    offered = {
        "state": [("", "Tất cả"), (labels.WAITING, "Chờ trả lời"), *_named(labels.STATE_SLUGS, labels.STATES)],
        "kind": [("", "Tất cả"), *_named(labels.KIND_SLUGS, labels.KINDS)],
        "subject": [("", "Tất cả"), *_named(labels.SUBJECT_SLUGS, labels.SUBJECTS)],
        "days": [("", "Không kể bao lâu"), *((str(days), f"{days} ngày") for days in DAYS)],
    }
    spelt = {"state": args.get("trang-thai", labels.WAITING), "kind": args.get("loai"), "subject": args.get("ve")}
    known = {
        name: value if value in dict(offered[name]) else ""
        for name, value in {**spelt, "days": args.get("qua")}.items()
    }
    form = InboxFilter(
        formdata=None,
        meta=IN_ADDRESS,
        tim=args.get("tim", "").strip()[:LONGEST_SEARCH],
        mine=args.get("cua-toi") == "y",
        **known,
    )
    for name, pairs in offered.items():
        form[name].choices = choices(pairs)
    return form


def entry_filter(words: str, slug: str, modules: Iterable[StudyModule]) -> EntryFilter:
    form = EntryFilter(formdata=None, meta=IN_ADDRESS, tim=words, module=slug)
    form.module.choices = choices([("", "Tất cả"), *((one.slug, one.title) for one in modules)])
    return form


def assign_form(people: Iterable[Member], given: int | None = None) -> AssignForm:
    form = AssignForm(member=given)
    form.member.choices = [(one.id, one.full_name) for one in people]
    return form


def _named(slugs: Mapping[str, S], words: Mapping[S, str]) -> list[tuple[str, str]]:
    return [(slug, words[one]) for slug, one in slugs.items()]
