"""What an experiment says in plain sentences, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from analytics.experiment_files.result import (
    CANNOT_TELL,
    MORE,
    NO_ARM,
    NO_CONTROL,
    ONE_ARM,
)
from analytics.measure.comparison import RATE

Result = Mapping[str, Any]


def sentences(result: Result) -> list[str]:
    """The first ones are what a manager would repeat; warnings come before them."""
    if result["no_effect_because"]:
        return [why_no_effect(result)]
    outcome = next(iter(result["columns"]["outcomes"] + result["columns"]["money"]))
    told = [
        effect_sentence(effect, result)
        for effect in result["effects"]
        if effect["outcome"] == outcome
    ]
    return warnings(result) + told


def warnings(result: Result) -> list[str]:
    """Why the comparison may not be one: a broken split, arms that differed before."""
    found = []
    split, balance = result["split"], result["balance"]
    if split and split["is_broken"]:
        if split["is_plan_given"]:
            found.append(
                _("Do not trust this: the sizes of the arms do not fit the planned shares, which "
                  "chance does less than once in a thousand times. Something decided who is in "
                  "which arm, or rows are missing.")
            )  # fmt: skip
        else:
            found.append(
                _("The arms are not equally large, and chance does that less than once in a "
                  "thousand times. If other shares were planned, name them in the mapping; if "
                  "not, do not trust this.")
            )  # fmt: skip
    if balance and balance["is_broken"]:
        worst = balance["differences"][0]
        found.append(
            _("Do not trust this: the arms differed before anything was sent, most in «%(trait)s». "
              "Lots do not do that.") % {"trait": worst["trait"]}
        )  # fmt: skip
    return found


def why_no_effect(result: Result) -> str:
    because = result["no_effect_because"]
    arms = ", ".join(arm["name"] for arm in result["arms"])
    if because == NO_ARM and (happened := result["columns"]["happened"]):
        return _(
            "No effect can be told: «%(column)s» says what happened to people, not what was drawn "
            "by lot, and there is no control group. Whoever was written to may have come more or "
            "less often anyway: texted patients can look worse only because appointments that are "
            "far off are texted, and far-off ones are missed more often."
        ) % {"column": happened[0]}
    if because == NO_ARM:
        return _(
            "No effect can be told: the file has no control group, so nobody knows how many would "
            "have come anyway."
        )
    if because == ONE_ARM:
        return _(
            "No effect can be told: everybody is in one arm («%(arm)s»), and nobody was held back "
            "to show how many would have come anyway."
        ) % {"arm": arms}
    if because == NO_CONTROL:
        return _(
            "No effect can be told: none of the arms (%(arms)s) is a control group. They can be "
            "compared with each other, but nobody knows how many would have come without any."
        ) % {"arms": arms}
    return _(
        "No effect can be told: the arms were not drawn by lot, so their customers may have "
        "differed before. Texted patients, for example, can look worse only because appointments "
        "that are far off are texted."
    )


def effect_sentence(effect: Mapping[str, Any], result: Result) -> str:
    """One arm against the control, for one outcome."""
    values = {
        "arm": effect["arm"],
        "control": effect["against"],
        "outcome": effect["outcome"],
        "n": effect["n_needed"],
        "of": result["n_comparisons"],
    }
    if effect["difference"] is None or effect["low"] is None:
        return _("%(arm)s: too few customers to say anything about %(outcome)s.") % values
    values |= _figures(effect, result)
    if effect["verdict"] == CANNOT_TELL:
        told = _(
            "%(arm)s: cannot tell yet. %(outcome)s was %(first)s against %(second)s of "
            "%(control)s: %(difference)s, 95 %% interval %(low)s to %(high)s."
        ) % values  # fmt: skip
        if effect["n_needed"]:
            told += " " + _("About %(n)s customers would tell such a difference.") % {
                "n": f"{effect['n_needed']:,}"
            }
        return told
    if effect["verdict"] == MORE:
        return _(
            "%(arm)s brought more: %(outcome)s was %(first)s against %(second)s of %(control)s: "
            "%(difference)s, 95 %% interval %(low)s to %(high)s."
        ) % values  # fmt: skip
    return _(
        "%(arm)s brought less: %(outcome)s was %(first)s against %(second)s of %(control)s: "
        "%(difference)s, 95 %% interval %(low)s to %(high)s."
    ) % values  # fmt: skip


def _figures(effect: Mapping[str, Any], result: Result) -> dict[str, str]:
    arms = {arm["name"]: arm for arm in result["arms"]}
    first, second = arms[effect["arm"]], arms[effect["against"]]
    signed = {name: effect[name] for name in ("difference", "low", "high")}
    outcome = effect["outcome"]
    if effect["kind"] == RATE:
        points = {name: f"{100 * value:+.1f}" for name, value in signed.items()}
        points["difference"] = _("%(points)s points") % {"points": points["difference"]}
        return points | {
            "first": f"{100 * first['outcomes'][outcome]['rate']:.1f}%",
            "second": f"{100 * second['outcomes'][outcome]['rate']:.1f}%",
        }
    unit = f" {result['currency']}" if result["currency"] else ""
    return {name: f"{value:+,.2f}{unit}" for name, value in signed.items()} | {
        "first": f"{first['money'][outcome]['mean']:,.2f}{unit}",
        "second": f"{second['money'][outcome]['mean']:,.2f}{unit}",
    }
