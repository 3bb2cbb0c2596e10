"""Shapes of what is posted to this feature."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired

from quiz_app.web.forms import Form


class AttachForm(Form):
    original = FileField(
        "Tệp văn bản gốc",
        validators=[FileRequired("Đồng chí chưa chọn tệp.")],
        description="Tệp PDF hoặc Word (.docx), không quá 20 MB.",
    )


class RemoveForm(Form):
    """Only the token: the act has no fields."""


class PublishForm(Form):
    """Only the token: the act has no fields."""
