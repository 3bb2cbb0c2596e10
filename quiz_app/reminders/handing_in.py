"""The conversation with the mail server, and what is known of a mail after it."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from functools import partial

from quiz_app.kernel.mail import Mail, Security
from quiz_app.reminders import labels
from quiz_app.reminders.models import MailState

TIMEOUT_S = 60.0
LOOKED_AT_FOR_S = 5.0
_BROKEN = (OSError, ValueError, smtplib.SMTPException)  # ValueError: a name or a secret that the protocol cannot say


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed mail as it goes over the line."""

    mail_id: int
    address: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """How handing in went. With `is_again` the server has surely not taken it, and may be asked once more.

    `is_cut_off`: it is not there for the next one either.
    """

    state: MailState
    note: str = ""
    is_again: bool = False
    is_cut_off: bool = False


class Line:
    """Hands letters to the server: over one line while it takes them, over a new one after any that it did not."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail
        self._server: smtplib.SMTP | None = None

    def hand_in(self, letter: Letter) -> Outcome:
        """Never raises for what a server does."""
        try:
            self._server = self._server or _connected(self._mail)
        except _BROKEN:
            return Outcome(MailState.FAILED, labels.NO_CONNECTION, is_again=True, is_cut_off=True)
        outcome = _hand_in(self._server, self._mail.sender, letter)
        if outcome.state is not MailState.SENT:
            self.hang_up(politely=not outcome.is_cut_off)
        return outcome

    def hang_up(self, *, politely: bool = True) -> None:
        """End the conversation, if there is one."""
        server, self._server = self._server, None
        if server is None:
            return
        try:
            if politely:
                server.quit()
        except _BROKEN:
            pass
        finally:
            server.close()


def why_not(mail: Mail) -> str | None:
    """What keeps mails from being handed in now, in words for the administrator; None where nothing does."""
    try:
        _connected(mail, LOOKED_AT_FOR_S).close()
    except smtplib.SMTPAuthenticationError:
        return labels.NO_LOGIN
    except ssl.SSLError as error:
        return labels.NO_TLS.format(reason=error.reason or "TLS")
    except smtplib.SMTPException:
        return labels.NO_SMTP
    except (OSError, ValueError):
        return labels.NO_SERVER
    return None


def _connected(mail: Mail, timeout_s: float = TIMEOUT_S) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if mail.security is Security.TLS:
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=timeout_s, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=timeout_s)
    try:
        if mail.security is Security.STARTTLS:
            server.starttls(context=context)
        if mail.username:
            server.login(mail.username, mail.password)
    except _BROKEN:
        server.close()
        raise
    return server


def _hand_in(server: smtplib.SMTP, sender: str, letter: Letter) -> Outcome:
    """In single steps: before the text has begun the server has taken nothing, whatever happens."""
    try:
        server.ehlo_or_helo_if_needed()
        for say in (partial(server.mail, sender), partial(server.rcpt, letter.address)):
            code, _ = say()
            if code // 100 != 2:
                return _refused(code)
    except _BROKEN:
        return Outcome(MailState.FAILED, labels.NO_CONNECTION, is_again=True, is_cut_off=True)
    try:
        code, _ = server.data(letter.content)
    except smtplib.SMTPDataError as refused:  # before the text
        return _refused(refused.smtp_code)
    except _BROKEN:
        return Outcome(MailState.UNKNOWN, labels.BROKE_OFF, is_cut_off=True)
    return Outcome(MailState.SENT) if code // 100 == 2 else _refused(code)


def _refused(code: int) -> Outcome:
    """Of what a server refuses for now it is asked again later. What is no refusal tells nothing."""
    if not 400 <= code < 600:
        return Outcome(MailState.UNKNOWN, labels.BROKE_OFF)
    return Outcome(MailState.FAILED, labels.REFUSED_BY_SERVER.format(code=code), is_again=code < 500)
