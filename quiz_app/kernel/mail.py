"""Settings of outgoing mail: the one server that may be spoken to, and how fast."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# As mail servers take it that know no other letters; `=?` begins what a header would decode.
ADDRESS = re.compile(r"(?!.*=\?)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+\.?[A-Za-z0-9-]+")
USUAL_PER_MINUTE = 30
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Security(StrEnum):
    """How the line is protected: from the first byte, from STARTTLS on, or not at all (this machine alone)."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


USUAL_PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


@dataclass(frozen=True, slots=True)
class Mail:
    """Where mail is handed in, as whom, and how many messages a minute at most."""

    host: str
    port: int
    sender: str
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    per_minute: int = USUAL_PER_MINUTE


def read_mail(env: Mapping[str, str], problems: list[str]) -> Mail | None:
    """Outgoing mail as the environment tells it; None where no MAIL_HOST is named. What is wrong goes to `problems`."""
    host = env.get("MAIL_HOST", "").strip()
    if not host:
        return None
    try:
        security = Security(env.get("MAIL_SECURITY", Security.STARTTLS.value))
    except ValueError:
        problems.append("MAIL_SECURITY: chỉ nhận tls, starttls hoặc none.")
        security = Security.STARTTLS
    mail = Mail(
        host=host,
        port=_whole("MAIL_PORT", env, USUAL_PORTS[security], 65535, problems),
        sender=env.get("MAIL_FROM", "").strip(),
        security=security,
        username=env.get("MAIL_USER", ""),
        password=env.get("MAIL_PASSWORD", ""),
        per_minute=_whole("MAIL_PER_MINUTE", env, USUAL_PER_MINUTE, 600, problems),
    )
    if not ADDRESS.fullmatch(mail.sender):
        problems.append("MAIL_FROM: thiếu địa chỉ e-mail của người gửi, ví dụ hoc-tap@xa.gov.vn.")
    if bool(mail.username) != bool(mail.password):
        problems.append("MAIL_USER, MAIL_PASSWORD: phải đặt cả hai, hoặc bỏ cả hai.")
    if not (mail.username + mail.password).isascii():
        problems.append("MAIL_USER, MAIL_PASSWORD: chỉ nhận chữ không dấu; giao thức gửi thư không nhận chữ khác.")
    if security is Security.NONE and host not in LOOPBACK:
        problems.append("MAIL_SECURITY=none: chỉ dùng khi máy chủ thư ở ngay trên máy này; thư có tên người và e-mail.")
    return mail


def _whole(name: str, env: Mapping[str, str], usual: int, most: int, problems: list[str]) -> int:
    text = env.get(name, str(usual))
    if text.isdecimal() and 1 <= int(text) <= most:
        return int(text)
    problems.append(f"{name}={text!r}: phải là số nguyên từ 1 đến {most}.")
    return usual
