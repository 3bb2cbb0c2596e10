"""Over HTTPS every cookie is bound to it and to this host; the client looks at each answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import Mode, Settings
from tests.support.browse import Browse
from tests.support.build import PASSWORD, Commune, username

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
REAL_KEY = "k" * 40


def test_over_https_every_cookie_is_bound_to_it(settings: Settings, db: Database, commune: Commune) -> None:
    settings.data_dir.mkdir(exist_ok=True)
    real = replace(settings, mode=Mode.PRODUCTION, secret_key=REAL_KEY, public_url="https://thi.example.vn")
    browse = Browse(create_app(real, db), db)
    form = browse.get("/dang-nhap")
    assert form.response.request.is_secure
    signed_in = browse.submit(
        "/dang-nhap", {"username": username(commune.member), "password": PASSWORD}, action="/dang-nhap"
    )
    handed_out = [answer.response.headers.get_all("Set-Cookie") for answer in (form, signed_in)]
    names = {line.partition("=")[0] for lines in handed_out for line in lines}
    assert names == {"__Host-bieu-mau", "__Host-phien", "__Host-may"}
    assert browse.sign_in_token
    signed_out = browse.post("/dang-xuat")
    [taken_back] = [line for line in signed_out.response.headers.get_all("Set-Cookie") if "phien=" in line]
    assert taken_back.startswith("__Host-phien=;")
    assert signed_out.response.headers["Clear-Site-Data"] == '"cache", "storage"'
