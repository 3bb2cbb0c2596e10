"""Static files, security headers and compression as they leave the application."""

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask

from quiz_app.web import assets
from quiz_app.web.headers import CONTENT_SECURITY_POLICY

GZIP = {"Accept-Encoding": "gzip"}
BUDGET = 12 * 1024


def address(bare_app: Flask, name: str) -> str:
    with bare_app.test_request_context():
        return assets.asset(name)


def test_a_static_file_may_be_kept_for_ever(bare_app: Flask) -> None:
    answer = bare_app.test_client().get(address(bare_app, "css/app.css"))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.content_type == "text/css; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_folder_named_like_a_stylesheet_is_one_file_in_order(bare_app: Flask) -> None:
    text = bare_app.test_client().get(address(bare_app, "css/app.css")).get_data(as_text=True)
    parts = sorted((assets.FOLDER / "css" / "app.css").glob("*.css"))
    assert len(parts) > 1
    assert text == "".join(part.read_text("utf-8") for part in parts)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("js/main.js", "text/javascript; charset=utf-8"), ("img/mark.svg", "image/svg+xml")],
)
def test_types(bare_app: Flask, name: str, kind: str) -> None:
    assert bare_app.test_client().get(address(bare_app, name)).content_type == kind


def test_a_static_file_goes_out_compressed(bare_app: Flask) -> None:
    client = bare_app.test_client()
    plain = client.get(address(bare_app, "js/main.js"))
    packed = client.get(address(bare_app, "js/main.js"), headers=GZIP)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == plain.data
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)


def test_an_outdated_address_gives_the_current_file_uncached(bare_app: Flask) -> None:
    answer = bare_app.test_client().get("/static/000000000000/js/main.js")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize("path", ["js/none.js", "../assets.py", "css/app.css/10-tokens.css", "%2e%2e/assets.py"])
def test_only_known_names_are_served(bare_app: Flask, path: str) -> None:
    assert bare_app.test_client().get(f"/static/000000000000/{path}").status_code == 404


def test_a_template_cannot_name_a_missing_file(bare_app: Flask) -> None:
    with pytest.raises(LookupError, match=r"css/none\.css"):
        address(bare_app, "css/none.css")


def test_the_version_follows_content_and_names(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    first = assets.load(tmp_path).version
    assert assets.load(tmp_path).version == first
    (tmp_path / "a.js").write_text("2")
    second = assets.load(tmp_path).version
    (tmp_path / "a.js").rename(tmp_path / "b.js")
    assert len({first, second, assets.load(tmp_path).version}) == 3


def test_the_stylesheets_are_light() -> None:
    """Every page has the common one, and one of its own at most beside it."""
    files = assets.load(assets.FOLDER).files.items()
    sizes = {name: len(file.gzipped or b"") for name, file in files if name.endswith(".css")}
    common = sizes.pop("css/app.css")
    assert common + max(sizes.values()) < BUDGET


def test_old_browsers_understand_the_stylesheets() -> None:
    text = "".join(path.read_text("utf-8") for path in assets.FOLDER.rglob("*.css") if path.is_file())
    for unknown in (
        "@layer",
        ":has(",
        ":is(",
        ":where(",
        "@container",
        "aspect-ratio",
        "clamp(",
        "inset:",
        "-block:",
        "-inline:",
    ):
        assert unknown not in text
    assert not re.search(r"(?<!grid-)(?<!-)\bgap:", text), "a gap in a flex box is unknown to old Safari"


def test_old_browsers_understand_the_scripts() -> None:
    for path in assets.FOLDER.rglob("*.js"):
        text = path.read_text("utf-8")
        assert len(text.splitlines()) <= 150, path.name
        code = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)
        assert not re.search(r"\?\.[a-z(\[]|\?\?|\bthis\.#|\|\|=", code), path.name
        unknown = r"\.(replaceAll|matchAll|replaceChildren|at|requestSubmit|allSettled|randomUUID)\("
        assert not re.search(unknown, code), path.name


@pytest.mark.parametrize("path", ["/dai", "/none", "/static/000000000000/none.js"])
def test_every_response_is_protected(bare_app: Flask, path: str) -> None:
    answer = bare_app.test_client().get(path)
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in answer.headers


def test_the_policy_names_every_source() -> None:
    parts = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    assert parts.pop("default-src") == "'none'"
    assert parts.pop("img-src") == "'self' data:"
    assert {parts.pop(name) for name in ("base-uri", "frame-ancestors")} == {"'none'"}
    assert parts == dict.fromkeys(("script-src", "style-src", "connect-src", "font-src", "form-action"), "'self'")


def test_https_is_made_permanent_only_over_https(bare_app: Flask) -> None:
    answer = bare_app.test_client().get("/dai", base_url="https://localhost")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_pages_are_not_stored_unless_the_view_says_so(bare_app: Flask) -> None:
    client = bare_app.test_client()
    assert client.get("/dai").headers["Cache-Control"] == "no-store"
    assert client.get("/etag").headers["Cache-Control"] == "private, max-age=60"
    for address in ("/tep", "/tep-0"):
        assert client.get(address).headers["Cache-Control"] == "no-store", "a file that was made for one person"


def test_a_long_page_is_compressed(bare_app: Flask) -> None:
    client = bare_app.test_client()
    plain, packed = client.get("/dai"), client.get("/dai", headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert gzip.decompress(packed.data) == plain.data
    assert int(packed.headers["Content-Length"]) == len(packed.data)


def test_the_length_of_a_compressed_page_varies(bare_app: Flask) -> None:
    client = bare_app.test_client()
    assert len({len(client.get("/dai", headers=GZIP).data) for _ in range(30)}) > 1


@pytest.mark.parametrize("path", ["/ngan", "/dong", "/anh"])
def test_short_streamed_and_binary_responses_are_left_alone(bare_app: Flask, path: str) -> None:
    assert "Content-Encoding" not in bare_app.test_client().get(path, headers=GZIP).headers


def test_a_refused_encoding_is_not_used(bare_app: Flask) -> None:
    answer = bare_app.test_client().get("/dai", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in answer.headers


def test_a_compressed_etag_is_weak(bare_app: Flask) -> None:
    client = bare_app.test_client()
    assert client.get("/etag").headers["ETag"] == '"abc"'
    assert client.get("/etag", headers=GZIP).headers["ETag"] == 'W/"abc"'
