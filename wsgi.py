"""The WSGI entry point and the target of `flask --app wsgi`."""

from quiz_app.factory import create_app
from quiz_app.kernel.settings import UnsafeSettings

try:
    app = create_app()
except UnsafeSettings as refused:
    raise SystemExit(f"Chưa chạy được vì cài đặt chưa an toàn:\n{refused}") from None
