"""What hangs on its words alone is worked out once per process: each test makes an application, most makes none anew.

Compiled addresses, packed static files, templates, and whether a password opens a hash.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from quiz_app.web import assets

_COMPILED = ("_parts", "_trace", "_converters")


def remember() -> None:
    """From now on, for this process."""
    _addresses()
    _static_files()
    _passwords()


def _addresses() -> None:
    """What is compiled hangs on the rule's text and on what turns its parts into values."""
    known: dict[tuple[object, ...], tuple[dict[str, Any], set[str], list[Callable[..., Any]]]] = {}
    compile_rule: Callable[[Rule], None] = Rule.compile

    def compiled(rule: Any) -> None:
        made_of = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, rule.map.host_matching)
        key = (*made_of, repr(rule.defaults), *rule.map.converters.items())
        if key not in known:
            compile_rule(rule)
            builders = [rule._build.__func__, rule._build_unknown.__func__]
            known[key] = ({name: getattr(rule, name) for name in _COMPILED}, set(rule.arguments), builders)
            return
        parts, arguments, builders = known[key]
        vars(rule).update(parts)
        rule.arguments |= arguments
        rule._build, rule._build_unknown = (builder.__get__(rule, None) for builder in builders)

    Rule.compile = compiled  # type: ignore[method-assign, assignment] # the same function, remembered


def _static_files() -> None:
    load, known = assets.load, {}

    def loaded(folder: Path) -> assets.Assets:
        if folder != assets.FOLDER:
            return load(folder)
        if folder not in known:
            known[folder] = load(folder)
        return known[folder]

    assets.load = loaded


def _passwords() -> None:
    """Argon2 takes 20 ms each time, and its answer hangs on the hash and the password."""
    known: dict[tuple[Any, ...], bool] = {}
    verify = PasswordHasher.verify

    def verified(hasher: PasswordHasher, *asked: Any) -> Any:
        if asked not in known:
            try:
                known[asked] = verify(hasher, *asked)
            except VerifyMismatchError:
                known[asked] = False
        if not known[asked]:
            raise VerifyMismatchError
        return True

    PasswordHasher.verify = verified  # type: ignore[method-assign, assignment] # the same function, remembered


class Templates(FileSystemBytecodeCache):
    """Compiled by one worker for all of them, and read from there once by each."""

    _known: dict[tuple[str, str], Any] = {}  # noqa: RUF012 - one for all applications of the process

    def load_bytecode(self, bucket: Bucket) -> None:
        key = (bucket.key, bucket.checksum)
        bucket.code = self._known.get(key)
        if bucket.code is None:
            super().load_bytecode(bucket)
            if bucket.code is not None:
                self._known[key] = bucket.code
