"""Which module, and by which day."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import DateField, SelectField
from wtforms.validators import InputRequired

from quiz_app.catalogue.models import StudyModule
from quiz_app.web.forms import Form, choices


class AssignForm(Form):
    module = SelectField("Chuyên đề")
    due_on = DateField("Học xong trước hết ngày", validators=[InputRequired("Đồng chí chưa chọn ngày.")])

    def offer(self, modules: Sequence[StudyModule]) -> None:
        self.module.choices = choices((str(one.id), one.title) for one in modules)
