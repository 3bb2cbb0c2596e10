"""A small application with the web floor only: no database, no features."""

import io
from collections.abc import Iterator

import pytest
from flask import Flask, Response, make_response, render_template_string, request, send_file
from flask_wtf.csrf import CSRFProtect

from quiz_app.web import assets, compress, filters, headers, paging


@pytest.fixture
def bare_app() -> Iterator[Flask]:
    app = Flask("tests.web", static_folder=None)
    app.config.update(SECRET_KEY="only for tests", TESTING=True)
    CSRFProtect(app)
    for part in (assets, filters, paging, headers, compress):
        part.init(app)
    app.jinja_env.globals["site_name"] = "Học tập Nghị quyết – Bát Tràng"

    @app.get("/dai")
    def long_page() -> str:
        return "<p>Nghị quyết</p>" * 200

    @app.get("/tep")
    @app.get("/tep-0")
    def sent_file() -> Response:
        max_age = 0 if request.path == "/tep-0" else None
        return send_file(io.BytesIO(b"%PDF"), mimetype="application/pdf", max_age=max_age)

    @app.get("/ngan")
    def short_page() -> str:
        return "ngắn"

    @app.get("/etag")
    def tagged_page() -> Response:
        response = make_response("x" * 2000)
        response.set_etag("abc")
        response.headers["Cache-Control"] = "private, max-age=60"
        return response

    @app.get("/dong")
    def streamed_page() -> Response:
        return Response((piece for piece in ["x" * 500] * 4), mimetype="text/html")

    @app.get("/anh")
    def picture() -> Response:
        return Response(b"x" * 2000, mimetype="image/png")

    @app.get("/trang/<name>")
    def listed(name: str) -> str:
        del name
        return render_template_string("{{ page_url(3) }} {{ page_url(1) }}")

    yield app
