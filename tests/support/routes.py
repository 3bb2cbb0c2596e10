"""Address builders of Werkzeug, compiled once per process: for each application anew they are most of making one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule


def compile_once() -> None:
    """What is compiled hangs on the rule's text, its parts and its defaults; the rule itself is given at each call."""
    compiled: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}
    compile_builder: Callable[..., Callable[..., tuple[str, str]]] = Rule._compile_builder

    def found(rule: Any, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, *rule._trace, repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = found  # type: ignore[method-assign, assignment] # the same function, remembered
