"""Forms of roles and of staff's own ways in: shape only."""

from __future__ import annotations

from wtforms import HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from quiz_app.members.passwords import MAX_LENGTH
from quiz_app.web.forms import Form


class FirstOperatorForm(Form):
    token = StringField(
        "Mã trong đường dẫn",
        description="Phần đứng sau dấu # của đường dẫn mà dòng lệnh đã in ra.",
        validators=[InputRequired("Đồng chí chưa điền mã."), Length(max=200)],
    )
    new = PasswordField("Mật khẩu", validators=[InputRequired("Đồng chí chưa điền mật khẩu."), Length(max=MAX_LENGTH)])
    again = PasswordField(
        "Nhập lại mật khẩu",
        validators=[
            InputRequired("Đồng chí chưa nhập lại."),
            EqualTo("new", "Hai lần nhập mật khẩu chưa giống nhau."),
        ],
    )


class CodeForm(Form):
    code = StringField("Mã", validators=[InputRequired("Đồng chí chưa điền mã."), Length(max=40)])
    next = HiddenField()


class HeldRolesForm(Form):
    search = StringField("Họ tên", name="ten")
    unit = SelectField("Đơn vị", name="don-vi", coerce=int)
    role = SelectField("Vai trò", name="vai-tro")


class PeopleForm(Form):
    search = StringField(
        "Họ tên, số thẻ hoặc tên đăng nhập", description="Không cần gõ dấu.", name="ten", validators=[Length(max=120)]
    )


class GrantForm(Form):
    role = SelectField("Vai trò", name="vai-tro")
    unit = SelectField("Ở đơn vị", name="don-vi", coerce=int)
