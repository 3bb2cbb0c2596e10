"""Refusals and failures as pages or JSON, in words a person can act on."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from quiz_app.kernel.errors import (
    BadInput,
    Missing,
    NotAllowed,
    Overloaded,
    ProofNeeded,
    Refused,
    RoleAtRest,
    SecondFactorNeeded,
    SignInNeeded,
)
from quiz_app.web import failures, logs, pictures
from quiz_app.web.form_cookie import TOKEN
from quiz_app.web.guard import SAFE_METHODS, database, guard_of

log = logging.getLogger(__name__)

WORDS: dict[type[Refused], str] = {
    Missing: "Không tìm thấy nội dung này. Có thể đường dẫn đã cũ hoặc đồng chí không có quyền xem.",
    NotAllowed: "Tài khoản của đồng chí không có quyền làm việc này.",
    SecondFactorNeeded: "Việc này cần xác thực hai lớp. Mời đồng chí nhập mã ở trang Xác thực hai lớp trước.",
    SignInNeeded: "Mời đồng chí đăng nhập để tiếp tục.",
    ProofNeeded: "Việc này quan trọng nên cần mật khẩu nhập trong vòng 10 phút. Chưa có gì thay đổi. "
    "Mời đồng chí nhập lại mật khẩu rồi làm lại việc vừa rồi.",
    RoleAtRest: "Đã hơn 30 phút đồng chí không dùng, nên vai trò tạm nghỉ. Chưa có gì thay đổi. "
    "Mời đồng chí nhập lại mật khẩu rồi làm lại việc vừa rồi.",
    BadInput: "Thông tin gửi lên chưa đúng. Mời đồng chí xem lại các mục dưới đây.",
    Overloaded: "Máy chủ đang bận. Mời đồng chí chờ vài giây rồi thử lại; những gì đã lưu vẫn còn nguyên.",
    **pictures.WORDS,
}
HTTP_WORDS: dict[int, str] = {
    400: "Yêu cầu không hợp lệ. Mời đồng chí tải lại trang rồi thử lại.",
    403: "Tài khoản của đồng chí không có quyền làm việc này.",
    404: "Không tìm thấy trang này. Có thể đường dẫn đã cũ hoặc bị gõ nhầm.",
    405: "Trang này không nhận cách gửi vừa rồi. Mời đồng chí quay lại trang trước.",
    413: "Tệp hoặc nội dung gửi lên quá lớn.",
    429: "Đồng chí thao tác quá nhanh. Mời chờ một lát rồi thử lại.",
    500: "Hệ thống gặp lỗi. Những gì đã lưu vẫn còn nguyên.",
}
SPREAD_S = 10  # those who were turned away together do not come back together
SPREAD_OF_ACTS_S = 4  # nor those who were about to do something, who come back sooner
LATER_BY_S = "quiz_app.later_by_s"  # in the environment of a request for which that is drawn already
OUTDATED_FORM = "Trang đã mở quá lâu hoặc phiên đăng nhập đã đổi. Mời đồng chí tải lại trang rồi gửi lại."
FAILURE = "Hệ thống gặp lỗi. Những gì đã lưu vẫn còn nguyên. Nếu lỗi lặp lại, xin báo mã {reference}."


@dataclass(frozen=True, slots=True)
class Again:
    """How the page of a busy server tries once more: after `wait_s`, and with the `fields` that had been posted.

    None as fields: it is only loaded again.
    """

    wait_s: int
    url: str
    fields: list[tuple[str, str]] | None = None


def init(app: Flask, words: Mapping[type[Refused], str], ways_on: Mapping[type[Refused], str]) -> None:
    """Register the handlers. `words` are the features' own refusals, added to those every part shares.

    `ways_on` are the endpoints at which a refusal is overcome; they lead back to `next`.
    """
    app.extensions["refusal_words"] = {**WORDS, **words}
    app.extensions["ways_on"] = ways_on
    app.jinja_env.globals["proof_url"] = proof_url
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(CSRFError, _outdated)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _failed)


def wants_json() -> bool:
    """Whether a script asks: it gets JSON where a person gets a page."""
    if request.headers.get("Accept") == "application/json":  # what our own scripts send: nothing to weigh
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def words_for(error: Refused) -> str:
    """What the person reads: the words of the nearest known class of the refusal, filled with its facts."""
    words: Mapping[type[Refused], str] = current_app.extensions["refusal_words"]
    for kind in type(error).__mro__:
        if kind in words:
            return words[kind].format(**error.facts)
    raise KeyError(f"{type(error).__name__} has no words")


def local_path(target: str | None) -> str | None:
    """`target` where it is a path on this site, None where it would lead anywhere else."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return None
    if any(ord(character) < 32 for character in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def proof_url() -> str:
    """Where the caller shows anew who he is; it leads back to the page of what he asks for now.

    That page is the address itself where it can be read, else the nearest one above it.
    """
    addresses = current_app.create_url_adapter(request)
    page = request.full_path.rstrip("?")
    while addresses is not None and page and not addresses.test(page.partition("?")[0], method="GET"):
        page = page.rpartition("/")[0]
    return url_for(current_app.extensions["ways_on"][ProofNeeded], next=page or "/")


def _refused(error: Refused) -> ResponseReturnValue:
    way_on: str | None = current_app.extensions["ways_on"].get(type(error))
    if way_on is not None and not wants_json():
        if isinstance(error, ProofNeeded) and request.method not in SAFE_METHODS:
            return _answer(error.status, words_for(error), type(error).__name__, way_on=proof_url())
        following = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for(way_on, next=following))
    fields = dict(error.errors) if isinstance(error, BadInput) else {}
    if isinstance(error, Overloaded):
        return _busy(error)
    return _answer(error.status, words_for(error), type(error).__name__, fields)


def _busy(error: Overloaded) -> ResponseReturnValue:
    wait_s = error.retry_after_s
    if not wants_json():  # a page's script has a spread of its own
        later: int | None = request.environ.get(LATER_BY_S)
        spread_s = SPREAD_S if request.method in SAFE_METHODS else SPREAD_OF_ACTS_S
        wait_s += secrets.randbelow(spread_s) if later is None else later
    headers = {"Retry-After": str(wait_s)}
    again = _again(wait_s)
    if again is not None and again.fields is None and not wants_json():
        headers["Refresh"] = str(again.wait_s)
    return _answer(error.status, words_for(error), type(error).__name__, headers=headers, again=again)


def _again(wait_s: int) -> Again | None:
    """Pages are loaded again. Of what is posted only the acts of the hot paths are sent again by the page.

    Those hold nothing that somebody typed in confidence; any other form (a sign-in, say) is not written back.
    """
    url = request.full_path.rstrip("?")
    if request.method in SAFE_METHODS:
        return Again(wait_s, url)
    guard = guard_of(current_app, request.endpoint) if request.endpoint else None
    if guard is None or not guard.in_work or request.files:
        return None
    sent = [(name, value) for name, value in request.form.items(multi=True) if name != TOKEN]  # the page has its own
    return Again(wait_s, url, sent)


def _outdated(_error: CSRFError) -> ResponseReturnValue:
    return _answer(400, OUTDATED_FORM, "OutdatedForm")


def _http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    return _answer(code, HTTP_WORDS.get(code, HTTP_WORDS[400]), error.name.replace(" ", ""))


def _failed(error: Exception) -> ResponseReturnValue:
    reference = logs.request_id()
    log.error("request failed", exc_info=error)
    now = database().adjusted(None)  # by this machine: the database may be what fails
    failures.note(current_app.extensions["settings"].data_dir, now, reference, request.endpoint)
    return _answer(500, FAILURE.format(reference=reference), "Failure")


def _answer(
    status: int,
    message: str,
    code: str,
    fields: Mapping[str, list[str]] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    again: Again | None = None,
    way_on: str | None = None,
) -> ResponseReturnValue:
    if wants_json():
        answer = jsonify(error=code, message=message, fields=fields or {})
    else:
        page = render_template(
            "layouts/error.html", status=status, message=message, fields=fields or {}, again=again, way_on=way_on
        )
        answer = current_app.make_response(page)
    answer.status_code = status
    answer.headers.extend(headers or {})
    return answer
