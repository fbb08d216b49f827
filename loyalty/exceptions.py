from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenancy.exceptions import DomainError


class LoyaltyRefused(DomainError):
    """A rule of the ledger or of the programme said no."""

    text: str | Promise = ""

    def __init__(self, **values: object) -> None:
        super().__init__(str(self.text) % values if values else str(self.text))


class InsufficientPoints(LoyaltyRefused):
    code = "insufficient_points"
    text = _("There are only %(balance)s points on this account, fewer than %(points)s.")


class PointsNotPositive(LoyaltyRefused):
    code = "points_not_positive"
    text = _("Enter a whole number of points above zero.")


class PointsTooMany(LoyaltyRefused):
    code = "points_too_many"
    text = _("That is more than %(limit)s points. Check the number.")


class NothingToAdjust(LoyaltyRefused):
    code = "nothing_to_adjust"
    text = _("An adjustment of zero points changes nothing. Enter a number above or below zero.")


class ReasonMissing(LoyaltyRefused):
    code = "reason_missing"
    text = _("Say why: the customer may ask, and the reason stands in the statement.")


class KeyUsedOtherwise(LoyaltyRefused):
    code = "key_used_otherwise"
    text = _("This was sent before with other contents. Open the account again and start anew.")


class ProgrammeExists(LoyaltyRefused):
    code = "programme_exists"
    text = _("This clinic has a programme already. Edit it instead.")


class ProgrammeRefused(LoyaltyRefused):
    """field: the name of the term that cannot be."""

    code = "programme_refused"

    def __init__(self, field: str, message: str) -> None:
        DomainError.__init__(self, message)
        self.field = field


class LadderRefused(LoyaltyRefused):
    """rung: position on the ladder, counted from 0. field: "name" or "min_spend_minor"."""

    code = "ladder_refused"

    def __init__(self, rung: int, field: str, message: str) -> None:
        DomainError.__init__(self, message)
        self.rung = rung
        self.field = field
