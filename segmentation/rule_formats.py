"""The formats in which rules were ever stored. A stored rule is brought up to date when it is read.

1: no "format"; attributes only.
2: events, segments and lists as well; "format" stands in the rule.
"""

from typing import Any

from django.utils.translation import gettext as _

from segmentation.rule_refusals import RuleRefused, shown

FORMAT = 2


def _from_1(rule: dict[str, Any]) -> dict[str, Any]:
    return rule  # every rule of format 1 means the same in format 2


UPGRADES = {1: _from_1}


def upgraded(rule: dict[str, Any]) -> dict[str, Any]:
    """The rule in the newest format, without its "format". Raises RuleRefused for one unknown."""
    given = rule.get("format", 1)
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= FORMAT:
        raise RuleRefused(
            _("Format “%(format)s” is not known here: rules have the formats 1 to %(newest)s.")
            % {"format": shown(given), "newest": FORMAT},
            "format",
        )
    bare = {key: value for key, value in rule.items() if key != "format"}
    for number in range(given, FORMAT):
        bare = UPGRADES[number](bare)
    return bare
