"""The WSGI entry point and the target of `flask --app wsgi`."""

from quiz_app.factory import create_app

app = create_app()
