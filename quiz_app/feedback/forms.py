"""Shapes of complaints, of requests, and of the answers to them."""

from __future__ import annotations

from wtforms import IntegerField, RadioField, SearchField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from quiz_app.feedback import labels
from quiz_app.feedback.complaints import LONGEST_TEXT
from quiz_app.feedback.unit_changes import LONGEST_REASON
from quiz_app.kernel.errors import BadInput
from quiz_app.web.forms import Form, choices

MOST_PLACES = 1000
IN_ADDRESS = {"csrf": False}


class FeedbackForm(Form):
    def show(self, refused: BadInput) -> None:
        """Put what a service found wrong beside the fields."""
        for name, messages in refused.errors.items():
            field = self[name]
            field.errors = [*field.errors, *messages]


class ComplaintForm(FeedbackForm):
    position = IntegerField(
        "Câu số",
        [Optional(), NumberRange(1, MOST_PLACES)],
        description="Khiếu nại về một câu thì ghi số câu trong đề của đồng chí; về cả kết quả thì để trống.",
    )
    text = TextAreaField(
        "Nội dung khiếu nại",
        [DataRequired(labels.NO_TEXT), Length(max=LONGEST_TEXT)],
        description="Đồng chí thấy sai ở đâu, vì sao. Ban tổ chức xem được bài làm, không cần chép lại đề.",
    )


class DecisionForm(FeedbackForm):
    verdict = RadioField(
        "Kết luận",
        [InputRequired("Mời đồng chí chọn một kết luận.")],
        choices=choices([("chap-nhan", "Chấp nhận khiếu nại"), ("khong", "Không chấp nhận")]),
    )
    answer = TextAreaField(
        "Trả lời người gửi",
        [DataRequired(labels.NO_ANSWER), Length(max=LONGEST_TEXT)],
        description="Người gửi đọc được nguyên văn. Đã trả lời thì không sửa được.",
    )

    @property
    def is_upheld(self) -> bool:
        return bool(self.verdict.data == "chap-nhan")


class ComplaintFilter(Form):
    state = SelectField("Trạng thái", name="trang-thai")
    kind = SelectField("Nội dung", name="loai")


class UnitSearchForm(Form):
    tim = SearchField("Tên chi bộ của đồng chí", [Length(max=120)], description="Gõ có dấu hoặc không dấu.")


class UnitRequestForm(FeedbackForm):
    reason = TextAreaField(
        "Lý do",
        [DataRequired(labels.NO_REASON), Length(max=LONGEST_REASON)],
        description="Bí thư chi bộ cũ, chi bộ mới và cấp trên đọc được.",
    )


class UnitAnswerForm(FeedbackForm):
    verdict = RadioField(
        "Trả lời",
        [InputRequired("Mời đồng chí chọn một câu trả lời.")],
        choices=choices([("tiep-nhan", "Tiếp nhận đồng chí này"), ("khong", "Không tiếp nhận")]),
    )
    note = TextAreaField(
        "Ghi chú",
        [Optional(), Length(max=LONGEST_REASON)],
        description="Người gửi đọc được. Không tiếp nhận thì phải ghi lý do.",
    )

    @property
    def is_accepted(self) -> bool:
        return bool(self.verdict.data == "tiep-nhan")


def complaint_filter(state: str, kind: str) -> ComplaintFilter:
    """The choices above a list, as the address spells them."""
    form = ComplaintFilter(formdata=None, meta=IN_ADDRESS, state=state, kind=kind)
    states = [(slug, labels.STATES[each]) for slug, each in labels.STATE_SLUGS.items()]
    form.state.choices = choices([("", "Tất cả"), *states])
    form.kind.choices = choices([("", "Tất cả"), *labels.KINDS.items()])
    return form
