"""What an installation may be told, and what it refuses in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from quiz_app.kernel.settings import DEMO_SECRET_KEY, Mode, UnsafeSettings, read_settings

KEY, OTHER_KEY = "0123456789abcdef" * 2, "fedcba9876543210" * 2
SAFE = {"APP_MODE": "production", "SECRET_KEY": KEY, "PUBLIC_URL": "https://thi.example.vn"}


def test_a_safe_production_starts() -> None:
    old = (OTHER_KEY, "zyxwvutsrqponmlk" * 2)
    given = {"PROXY_HOPS": "1", "SECRET_KEY_FALLBACKS": ",".join(old), "BANK_DIR": "/srv/bank", "FLASK_DEBUG": "0"}
    settings = read_settings({**SAFE, **given})
    assert settings.is_production
    assert settings.is_https
    assert settings.proxy_hops == 1
    assert settings.secret_key_fallbacks == old
    assert settings.bank_dir == Path("/srv/bank")
    assert settings.clock_offset_s == 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY: thiếu"),
        ({"SECRET_KEY": "k" * 31}, "SECRET_KEY: thiếu"),
        ({"SECRET_KEY": "k" * 64}, "vài ký tự lặp lại"),
        ({"SECRET_KEY": "matkhau12" * 4}, "vài ký tự lặp lại"),
        ({"SECRET_KEY_FALLBACKS": f"{OTHER_KEY},{'012345678' * 4}"}, "vài ký tự lặp lại"),
        ({"METRICS_PORT": "8000"}, "METRICS_PORT: trùng PORT"),
        ({"METRICS_PORT": "9100", "PORT": "9100"}, "METRICS_PORT: trùng PORT"),
        (
            {"METRICS_PORT": "8001", "PORT_FOR_EACH": "1", "WEB_WORKERS": "2", "DATABASE_URL": "postgresql://x"},
            "METRICS_PORT: trùng PORT",
        ),
        ({"PORT": "80o0"}, "PORT="),
        ({"PORT": "65536"}, "PORT: cần một cổng"),
        (
            {"PORT": "65535", "PORT_FOR_EACH": "1", "WEB_WORKERS": "2", "DATABASE_URL": "postgresql://x"},
            "PORT: cần một cổng",
        ),
        ({"SAVES_PER_S": "0"}, "SAVES_PER_S"),
        ({"SAVES_PER_S": "101"}, "SAVES_PER_S"),
        ({"SAVES_PER_S": "nan"}, "SAVES_PER_S"),
        ({"SAVES_PER_S": "nhanh"}, "SAVES_PER_S"),
        ({"SECRET_KEY": DEMO_SECRET_KEY}, "khóa của bản demo"),
        ({"SECRET_KEY_FALLBACKS": f"{OTHER_KEY},{DEMO_SECRET_KEY}"}, "khóa của bản demo"),
        ({"SECRET_KEY_FALLBACKS": "c" * 31}, "SECRET_KEY_FALLBACKS: có khóa ngắn"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG"),
        ({"FLASK_DEBUG": "True"}, "FLASK_DEBUG"),
        ({"PUBLIC_URL": "http://thi.example.vn"}, "ALLOW_HTTP=1"),
        ({"PUBLIC_URL": "http://thi.example.vn", "ALLOW_HTTP": "0"}, "ALLOW_HTTP=1"),
        ({"PUBLIC_URL": "thi.example.vn"}, "PUBLIC_URL"),
        ({"CLOCK_OFFSET_S": "1"}, "CLOCK_OFFSET_S"),
        ({"CLOCK_OFFSET_S": "một"}, "CLOCK_OFFSET_S"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL"),
        ({"REDIS_URL": "127.0.0.1:6379"}, "REDIS_URL"),
        ({"PROXY_HOPS": "-1"}, "PROXY_HOPS"),
        ({"PROXY_HOPS": "hai"}, "PROXY_HOPS"),
        ({"ARRIVAL_HEADER": "X-Request-Start"}, "ARRIVAL_HEADER: chỉ dùng khi có máy chủ trung gian"),
        ({"ARRIVAL_HEADER": "giờ đến", "PROXY_HOPS": "1"}, "ARRIVAL_HEADER: chỉ gồm"),
        ({"APP_MODE": "prod"}, "APP_MODE"),
        ({"BACKUP_RECIPIENTS": "age1khongphai"}, "BACKUP_RECIPIENTS"),
        ({"MAIL_HOST": "thu.example.vn"}, "MAIL_FROM"),
        ({"MAIL_HOST": "thu.example.vn", "MAIL_FROM": "a@b.vn", "MAIL_SECURITY": "none"}, "MAIL_SECURITY=none"),
        ({"MAIL_HOST": "thu.example.vn", "MAIL_FROM": "a@b.vn", "MAIL_SECURITY": "ssl"}, "MAIL_SECURITY: chỉ"),
        ({"MAIL_HOST": "thu.example.vn", "MAIL_FROM": "a@b.vn", "MAIL_USER": "a"}, "MAIL_USER, MAIL_PASSWORD"),
        (
            {"MAIL_HOST": "thu.example.vn", "MAIL_FROM": "a@b.vn", "MAIL_USER": "a", "MAIL_PASSWORD": "mật-khẩu"},
            "chữ không dấu",
        ),
        ({"MAIL_HOST": "thu.example.vn", "MAIL_FROM": "đảng@b.vn"}, "MAIL_FROM"),
        ({"MAIL_HOST": "thu.example.vn", "MAIL_FROM": "a@b.vn", "MAIL_PORT": "0"}, "MAIL_PORT"),
        ({"MAIL_HOST": "thu.example.vn", "MAIL_FROM": "a@b.vn", "MAIL_PER_MINUTE": "nhiều"}, "MAIL_PER_MINUTE"),
    ],
)
def test_an_unsafe_production_is_refused(change: dict[str, str], told: str) -> None:
    with pytest.raises(UnsafeSettings) as refused:
        read_settings({**SAFE, **change})
    assert [problem for problem in refused.value.problems if told in problem]


def test_figures_have_a_port_of_their_own_or_none() -> None:
    assert read_settings({**SAFE, "METRICS_PORT": "9100", "PORT": "9000"}).metrics_port == 9100
    assert read_settings({**SAFE, "METRICS_PORT": "0", "PORT": "0"}).metrics_port == 0


def test_measurements_may_save_faster_than_people_do() -> None:
    assert read_settings(SAFE).saves_per_s == 2
    assert read_settings({**SAFE, "SAVES_PER_S": "50"}).saves_per_s == 50


def test_nothing_set_is_an_unsafe_production_with_every_problem_at_once() -> None:
    with pytest.raises(UnsafeSettings) as refused:
        read_settings({})
    assert len(refused.value.problems) == 2
    assert str(refused.value).count("\n") == 1


def test_plain_http_is_a_choice_that_is_made_aloud() -> None:
    settings = read_settings({**SAFE, "PUBLIC_URL": "http://192.168.1.10:8000/", "ALLOW_HTTP": "1"})
    assert not settings.is_https
    assert settings.public_url == "http://192.168.1.10:8000"


@pytest.mark.parametrize("mode", [Mode.DEMO, Mode.TEST])
def test_demo_and_tests_need_nothing_and_may_shift_the_clock(mode: Mode) -> None:
    settings = read_settings({"APP_MODE": mode.value, "CLOCK_OFFSET_S": "-3600.5", "PORT": "9000"})
    assert settings.secret_key == DEMO_SECRET_KEY
    assert settings.clock_offset_s == -3600.5
    assert settings.public_url == "http://127.0.0.1:9000"


def test_the_database_lies_in_the_data_folder_unless_told() -> None:
    settings = read_settings({"APP_MODE": "demo", "DATA_DIR": "/srv/du-lieu"})
    assert settings.database_url == "sqlite:////srv/du-lieu/app.sqlite3"
    elsewhere = read_settings({"APP_MODE": "demo", "DATABASE_URL": "postgresql://h/d"})
    assert elsewhere.database_url == "postgresql://h/d"


def test_the_proxys_arrival_header_is_off_unless_named() -> None:
    assert read_settings(SAFE).arrival_header == ""
    told = {**SAFE, "PROXY_HOPS": "1", "ARRIVAL_HEADER": " X-Request-Start "}
    assert read_settings(told).arrival_header == "X-Request-Start"


def test_mail_goes_to_the_named_server_alone() -> None:
    assert read_settings(SAFE).mail is None
    named = {"MAIL_HOST": "thu.example.vn", "MAIL_FROM": "hoc-tap@xa.vn", "MAIL_USER": "u", "MAIL_PASSWORD": "bi-mat"}
    mail = read_settings({**SAFE, **named}).mail
    assert mail is not None
    assert (mail.host, mail.port, mail.security.value, mail.per_minute) == ("thu.example.vn", 587, "starttls", 30)
    assert "bi-mat" not in repr(mail)
