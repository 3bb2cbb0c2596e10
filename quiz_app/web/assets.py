"""Static files under an address that changes with their content, so that browsers may keep them for ever.

One hash stands for the whole folder: modules import each other by relative paths, so an address is either
entirely old or entirely new. A folder named like a stylesheet (`css/app.css/`) is served as one file, its parts
joined in the order of their names.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, url_for
from flask.typing import ResponseReturnValue

from quiz_app.web.compress import takes_gzip
from quiz_app.web.guard import public

FOLDER = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
_SHRINKABLE = frozenset({".js", ".css", ".svg", ".json", ".txt"})
_EXTENSION_KEY = "quiz_app.web.assets"

# The templates of this package travel with the blueprint, so that layouts and macros need no further registration.
bp = Blueprint("web", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it goes over the wire."""

    content_type: str
    plain: bytes
    gzipped: bytes | None


@dataclass(frozen=True, slots=True)
class Assets:
    """Every static file, in memory, under one version."""

    version: str
    files: dict[str, StaticFile]


def load(folder: Path) -> Assets:
    """Read the whole folder; the version is a hash over every name and content in it."""
    contents = _contents(folder)
    digest = hashlib.sha256()
    for name, content in sorted(contents.items()):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    files = {name: _static_file(name, content) for name, content in contents.items()}
    return Assets(digest.hexdigest()[:12], files)


def _contents(folder: Path) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith("."):
            continue
        sheet = next((parent for parent in path.parents if parent.suffix == ".css"), None)
        name = (sheet or path).relative_to(folder).as_posix()
        contents[name] = contents.get(name, b"") + path.read_bytes()
    return contents


def _static_file(name: str, content: bytes) -> StaticFile:
    suffix = Path(name).suffix
    kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    gzipped = gzip.compress(content, 9, mtime=0) if suffix in _SHRINKABLE else None
    return StaticFile(kind, content, gzipped)


def asset(name: str) -> str:
    """The address of a static file; a name that does not exist is a mistake in a template and raises."""
    assets = _current()
    if name not in assets.files:
        raise LookupError(f"no static file {name!r}")
    return url_for("web.static_file", version=assets.version, name=name)


def content(name: str) -> str:
    """The text of a static file, for what is made of a page apart from any browser."""
    return _current().files[name].plain.decode()


@bp.get("/static/<version>/<path:name>")
@public
def static_file(version: str, name: str) -> ResponseReturnValue:
    """Serve a file; under an outdated version the current one, uncached (a page from before an update may ask)."""
    assets = _current()
    found = assets.files.get(name)
    if found is None:
        abort(404)
    response = Response(found.plain, content_type=found.content_type)
    if found.gzipped is not None:
        response.vary.add("Accept-Encoding")
        if takes_gzip():
            response.set_data(found.gzipped)
            response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = FOREVER if version == assets.version else "public, no-cache"
    return response


def _current() -> Assets:
    if current_app.debug:
        return load(FOLDER)  # edits show at once while somebody works on them
    assets: Assets = current_app.extensions[_EXTENSION_KEY]
    return assets


def init(app: Flask) -> None:
    """Register the static view, the shared templates and the template global `asset`."""
    app.extensions[_EXTENSION_KEY] = load(FOLDER)
    app.register_blueprint(bp)
    app.add_template_global(asset)
