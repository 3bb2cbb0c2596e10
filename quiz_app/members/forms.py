"""Forms of this feature: shape only."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, IntegerField, PasswordField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, Optional

from quiz_app.members.passwords import MAX_LENGTH
from quiz_app.members.throttling import USERNAME_LENGTH
from quiz_app.web.forms import Form


class SignInForm(Form):
    username = StringField(
        "Tên đăng nhập",
        description="Ghi trên phiếu tài khoản; thường là số thẻ đảng viên, viết liền 8 chữ số.",
        validators=[InputRequired("Đồng chí chưa điền tên đăng nhập."), Length(max=USERNAME_LENGTH)],
    )
    password = PasswordField(
        "Mật khẩu hoặc mã số",
        validators=[InputRequired("Đồng chí chưa điền mật khẩu."), Length(max=MAX_LENGTH)],
    )
    is_shared_device = BooleanField(
        "Máy dùng chung",
        description="Tự đăng xuất sau 30 phút không dùng hoặc khi đóng trình duyệt.",
    )
    next = HiddenField()


class SignOutForm(Form):
    pass


class PasswordForm(Form):
    current = PasswordField(
        "Mật khẩu hiện tại", validators=[InputRequired("Đồng chí chưa điền mật khẩu hiện tại."), Length(max=MAX_LENGTH)]
    )
    new = PasswordField(
        "Mật khẩu mới",
        validators=[InputRequired("Đồng chí chưa điền mật khẩu mới."), Length(max=MAX_LENGTH)],
    )
    again = PasswordField(
        "Nhập lại mật khẩu mới",
        validators=[
            InputRequired("Đồng chí chưa nhập lại."),
            EqualTo("new", "Hai lần nhập mật khẩu mới chưa giống nhau."),
        ],
    )


class ConsentForm(Form):
    is_given = BooleanField()


class RenewalsForm(Form):
    unit = SelectField("Đơn vị", name="don-vi", coerce=int)


class RosterForm(Form):
    unit = SelectField("Đơn vị", description="Danh sách chỉ được nói về đơn vị này và cấp dưới.", coerce=int)
    file = FileField("Tệp danh sách (.xlsx hoặc .csv)", validators=[FileRequired("Đồng chí chưa chọn tệp.")])
    is_complete = BooleanField(
        "Đây là danh sách đầy đủ của đơn vị",
        description="Người không có trong tệp được liệt kê để đồng chí quyết định có ghi là không còn sinh hoạt không.",
    )


class AgreeForm(Form):
    """Agreeing to a plan; the words of `with_left` carry a number, so the page gives them."""

    with_left = BooleanField("Ghi nhận những người không có trong tệp là không còn sinh hoạt")
    removed = IntegerField(
        "Số người ra khỏi danh sách", validators=[Optional()], description="Ghi lại con số ở trên để xác nhận."
    )


class PlanSearchForm(Form):
    tim = StringField("Tìm theo họ tên", validators=[Optional()])
