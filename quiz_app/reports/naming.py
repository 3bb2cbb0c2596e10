"""Which units a report praises, and which it reminds: proposed by the committee's own rule, chosen by a person.

Of units right below alone; people who lag are never named anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from quiz_app.reports.figures import Figures, UnitLine
from quiz_app.reports.models import ReportSetting
from quiz_app.rules.unit_standing import mean_score, turnout


@dataclass(frozen=True, slots=True)
class Rule:
    """Turnouts in per cent, the mean in hundredths of a point; None: not asked for."""

    praise_turnout: int | None = None
    praise_mean: int | None = None
    lag_turnout: int | None = None
    smallest: int = 0


@dataclass(frozen=True, slots=True)
class Named:
    """The ids of the units that stand in the report, and the rule that proposed them."""

    rule: Rule
    praised: tuple[int, ...] = ()
    lagging: tuple[int, ...] = ()


def rule_of(setting: ReportSetting) -> Rule:
    return Rule(setting.praise_turnout, setting.praise_mean, setting.lag_turnout, setting.smallest)


def proposed(figures: Figures, rule: Rule) -> Named:
    """Who fulfils the rule; a unit of which the mean may not be told fulfils none that asks for one."""
    there = [line for line in figures.children if line.unit_id not in figures.closed]
    large = [line for line in there if line.members >= max(rule.smallest, 1)]
    return Named(
        rule,
        tuple(line.unit_id for line in large if _is_praised(line, rule)),
        tuple(line.unit_id for line in large if _is_lagging(line, rule)),
    )


def renewed(figures: Figures, rule: Rule, before: Figures | None, kept: Named) -> Named:
    """Who fulfils the rule now, without those whom a person struck out of what was proposed before."""
    found = proposed(figures, rule)
    if before is None:
        return found
    was = proposed(before, kept.rule)
    struck = set(was.praised) - set(kept.praised), set(was.lagging) - set(kept.lagging)
    praised = tuple(one for one in found.praised if one not in struck[0])
    return Named(rule, praised, tuple(one for one in found.lagging if one not in struck[1]))


def to_json(named: Named) -> dict[str, Any]:
    rule = named.rule
    return {
        "rule": [rule.praise_turnout, rule.praise_mean, rule.lag_turnout, rule.smallest],
        "praised": list(named.praised),
        "lagging": list(named.lagging),
    }


def from_json(kept: Mapping[str, Any]) -> Named:
    if not kept:
        return Named(Rule())
    return Named(Rule(*kept["rule"]), tuple(kept["praised"]), tuple(kept["lagging"]))


def _is_praised(line: UnitLine, rule: Rule) -> bool:
    if rule.praise_turnout is None and rule.praise_mean is None:
        return False
    rate, mean = turnout(line.figures), mean_score(line.figures)
    is_many = rule.praise_turnout is None or (rate is not None and rate * 100 >= rule.praise_turnout)
    is_good = rule.praise_mean is None or (mean is not None and mean * 100 >= rule.praise_mean)
    return is_many and is_good


def _is_lagging(line: UnitLine, rule: Rule) -> bool:
    rate = turnout(line.figures)
    return rule.lag_turnout is not None and rate is not None and rate < Fraction(rule.lag_turnout, 100)
