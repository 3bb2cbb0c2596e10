"""Forms of this feature: shape only."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, IntegerField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, Optional, ValidationError

from quiz_app.members.activation import Proof
from quiz_app.members.passwords import MAX_LENGTH
from quiz_app.members.slips import Which
from quiz_app.members.throttling import USERNAME_LENGTH
from quiz_app.web.forms import Form, choices

TOKEN_MOST = 100


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


class ChoiceForm(Form):
    """Which of several it is; the rest is as it was typed on the page before."""

    chosen = HiddenField()
    is_shared_device = BooleanField("Máy dùng chung")
    next = HiddenField()


class WaysForm(Form):
    card = BooleanField("Số thẻ đảng viên")
    phone = BooleanField(
        "Số điện thoại", description="Hai đến bốn người chung một số vẫn dùng được: vào rồi mới chọn tên."
    )
    email = BooleanField("Email")


class SignOutForm(Form):
    pass


class SlipForm(Form):
    """What a slip and its owner know. The page's own script fills in the token, in place of the code."""

    token = HiddenField(validators=[Length(max=TOKEN_MOST)])
    code = StringField(
        "Mã trên phiếu",
        description="12 chữ và số in đậm trên phiếu, ví dụ ACDE-FHJK-MNPQ. Gõ chữ thường hay chữ hoa đều được.",
        validators=[Length(max=40, message="Mã trên phiếu chỉ có 12 chữ và số.")],
    )
    factor = StringField(
        "Ngày và tháng sinh của đồng chí",
        description="Gõ 4 chữ số: sinh ngày 5 tháng 9 thì gõ 0509. "
        "Chưa được thì gõ 4 chữ số cuối của số thẻ đảng viên.",
        validators=[InputRequired("Đồng chí chưa điền ngày và tháng sinh."), Length(max=20)],
    )

    def validate_code(self, field: StringField) -> None:
        """Either of both is there."""
        if not field.data and not self.token.data:
            raise ValidationError("Đồng chí chưa gõ mã trên phiếu.")

    @property
    def proof(self) -> Proof:
        return Proof(self.token.data or "", self.code.data or "", self.factor.data or "")


class SecretForm(SlipForm):
    """The choice of a secret, with the slip that allows it."""

    new = PasswordField(
        "Mã số bí mật mới",
        validators=[InputRequired("Đồng chí chưa chọn mã số bí mật."), Length(max=MAX_LENGTH)],
    )
    again = PasswordField(
        "Gõ lại một lần nữa",
        validators=[
            InputRequired("Đồng chí chưa gõ lại."),
            EqualTo("new", "Hai lần gõ chưa giống nhau. Mời đồng chí gõ lại cả hai ô."),
        ],
    )
    is_shared_device = BooleanField(
        "Máy dùng chung",
        description="Tự đăng xuất sau 30 phút không dùng hoặc khi đóng trình duyệt.",
    )


class NoticesForm(Form):
    """A box for each purpose, none of them ticked."""

    next = HiddenField()
    take_part = BooleanField()
    publish_name = BooleanField()
    statistics = BooleanField()
    reminder_mail = BooleanField()


class PrintSlipsForm(Form):
    which = RadioField("In phiếu cho ai", choices=choices((which.value, "") for which in Which))


class ProofForm(Form):
    password = PasswordField(
        "Mật khẩu hoặc mã số",
        validators=[InputRequired("Đồng chí chưa điền mật khẩu."), Length(max=MAX_LENGTH)],
    )
    next = HiddenField()


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
