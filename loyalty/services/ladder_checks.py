"""What no ladder may say: without tiers, with a hole, with a number or a day that cannot be."""

from datetime import date

from django.utils.translation import gettext as _

from loyalty.exceptions import LadderRefused
from loyalty.models import Programme
from loyalty.tiering import LONGEST_GRACE, METRICS, LadderRules, Need, holes_in

MOST_RUNGS = 12
LONGEST_NAME = 80
LONGEST_DAYS = 36_500
MOST_SPEND_MINOR = 10**15


def refuse_closed(programme: Programme, on: date) -> None:
    """Raise LadderRefused while the programme is closed: its tiers stand still."""
    if programme.is_closed_on(on):
        message = _("This programme is closed, and its tiers stand still. Reopen it first.")
        raise LadderRefused(0, "effective_on", message)


def check_rules(rules: LadderRules) -> None:
    """Raise LadderRefused unless these rules give every member exactly one tier."""
    if not rules.rungs:
        raise LadderRefused(0, "name", _("A ladder needs at least one tier. Add one."))
    if len(rules.rungs) > MOST_RUNGS:
        message = _("A ladder has at most %(n)s tiers. Take some away.") % {"n": MOST_RUNGS}
        raise LadderRefused(MOST_RUNGS, "name", message)
    _check_names(rules)
    _check_numbers(rules)
    for hole in holes_in(rules):
        raise LadderRefused(hole.rung, hole.field, _hole_in_words(hole.what, rules, hole.rung))


def _check_names(rules: LadderRules) -> None:
    names: set[str] = set()
    for rank, rung in enumerate(rules.rungs):
        name = rung.name.strip()
        if not name:
            message = _("This tier has no name. Name it or take it away.")
            raise LadderRefused(rank, "name", message)
        if len(name) > LONGEST_NAME:
            raise LadderRefused(
                rank, "name", _("This name is too long. Use at most 80 characters.")
            )
        if name.casefold() in names:
            message = _("Two tiers are called «%(name)s». Give each its own name.")
            raise LadderRefused(rank, "name", message % {"name": name})
        names.add(name.casefold())


def _check_numbers(rules: LadderRules) -> None:
    if not 1 <= rules.window_days <= LONGEST_DAYS:
        message = _("Enter a number of days from 1 to 36,500.")
        raise LadderRefused(0, "window_days", message)
    if not 0 <= rules.grace_days <= LONGEST_GRACE:
        message = _("Enter a grace from 0 to 3,660 days.")
        raise LadderRefused(0, "grace_days", message)
    for field, stated in (("year", rules.year), ("falls_on", rules.falls_on)):
        if stated and (stated.month, stated.day) == (2, 29):
            message = _("Most years have no 29 February. Choose 28 February or 1 March.")
            raise LadderRefused(0, field, message)
        if stated and not _is_day(stated.month, stated.day):
            raise LadderRefused(0, field, _("There is no such day. Check month and day."))
    for rank, rung in enumerate(rules.rungs):
        for which, need in (("entry", rung.entry), ("keep", rung.keep)):
            _check_need(rank, which, need)


def _is_day(month: int, day: int) -> bool:
    try:
        date(2027, month, day)
    except ValueError:
        return False
    return True


def _check_need(rank: int, which: str, need: Need | None) -> None:
    for metric in METRICS if need else ():
        amount = getattr(need, metric)
        if amount < 0:
            raise LadderRefused(rank, which, _("Below zero is not possible. Check the number."))
        if amount > MOST_SPEND_MINOR:
            message = _("This amount is too large. Check the number.")
            raise LadderRefused(rank, which, message)


def _hole_in_words(what: str, rules: LadderRules, rank: int) -> str:
    if what == "lowest_not_open":
        return _("The lowest tier starts at 0, so that every member has a tier.")
    if what == "keep_harder_than_entry":
        return _("Keeping this tier asks for more than reaching it: it would be lost at once.")
    if what == "asks_nothing":
        return _("This tier asks for nothing, so nobody would stay on those below. Say for what.")
    below = next(r.name for r in reversed(rules.rungs[:rank]) if not r.is_invited)
    return _("This tier must start above «%(name)s». Raise its amount.") % {"name": below}
