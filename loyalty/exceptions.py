from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenancy.exceptions import DomainError


class LoyaltyRefused(DomainError):
    """A rule of the ledger or of the programme said no."""

    text: str | Promise = ""

    def __init__(self, **values: object) -> None:
        super().__init__(str(self.text) % values if values else str(self.text))


class InsufficientPoints(LoyaltyRefused):
    """Of the balance only what is neither pending, nor held, nor ended can be spent."""

    code = "insufficient_points"
    text = _("There are only %(balance)s points to spend on this account, fewer than %(points)s.")


class PointsNotPositive(LoyaltyRefused):
    code = "points_not_positive"
    text = _("Enter a whole number of points above zero.")


class PointsTooMany(LoyaltyRefused):
    code = "points_too_many"
    text = _("That is more than %(limit)s points. Check the number.")


class NotARedemption(LoyaltyRefused):
    code = "not_a_redemption"
    text = _("Only a redemption can be given back.")


class ReturnTooMany(LoyaltyRefused):
    code = "return_too_many"
    text = _("Of this redemption only %(left)s points can still be given back, not %(points)s.")


class HoldUnknown(LoyaltyRefused):
    code = "hold_unknown"
    text = _("There is no hold with this key.")


class HoldEnded(LoyaltyRefused):
    code = "hold_ended"
    text = _("This hold ended: %(state)s. Make a new one.")


class HoldTooLong(LoyaltyRefused):
    code = "hold_too_long"
    text = _("A hold lasts from 1 to %(limit)s minutes.")


class TransferNotAllowed(LoyaltyRefused):
    code = "transfer_not_allowed"
    text = _("This programme does not allow points to be passed on.")


class NotOneFamily(LoyaltyRefused):
    code = "not_one_family"
    text = _(
        "Points pass between guardian and child, between children of one guardian, or between"
        " people who share a phone. Add the guardian to the record first."
    )


class SamePerson(LoyaltyRefused):
    code = "same_person"
    text = _("Giver and receiver are the same account.")


class NeedsSecondPerson(LoyaltyRefused):
    code = "needs_second_person"
    text = _("Above %(limit)s points a second person must agree. Ask for it on the account's page.")


class OwnRequest(LoyaltyRefused):
    code = "own_request"
    text = _("You asked for this yourself; somebody else must decide.")


class RequestDecided(LoyaltyRefused):
    code = "request_decided"
    text = _("This was decided already.")


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


class RuleRefused(ProgrammeRefused):
    """An earn rule, a benefit or a joining that cannot be; field: the name of what is wrong."""

    code = "rule_refused"
