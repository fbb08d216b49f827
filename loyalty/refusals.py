"""Why rewards, coupons, referrals and the member page say no. Each code is stable."""

from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import LoyaltyRefused
from tenancy.exceptions import DomainError


class FieldRefused(LoyaltyRefused):
    """field: the name of what cannot be so."""

    code = "invalid"

    def __init__(self, field: str, message: str) -> None:
        DomainError.__init__(self, str(message))
        self.field = field


class OutOfStock(LoyaltyRefused):
    code = "out_of_stock"
    text = _("«%(name)s» has just run out. No points were taken; choose something else.")


class RewardNotOnOffer(LoyaltyRefused):
    code = "reward_not_on_offer"
    text = _("«%(name)s» cannot be had today.")


class RewardNotForThem(LoyaltyRefused):
    code = "reward_not_eligible"
    text = _("«%(name)s» is not for this customer: %(why)s")


class NoAccount(LoyaltyRefused):
    code = "no_account"
    text = _("This customer has no points account yet. Enrol them first.")


class CannotUndo(LoyaltyRefused):
    code = "too_late_to_undo"
    text = _("This can no longer be undone. Adjust the points by hand and say why.")


class NotToBeHandedOver(LoyaltyRefused):
    code = "not_to_be_handed_over"
    text = _("This was handed over or undone already.")


class CodeMistyped(LoyaltyRefused):
    code = "code_mistyped"
    text = _("There is a slip in this code. Codes have 12 signs; O, I, S and the like never occur.")


class CodeUnknown(LoyaltyRefused):
    code = "code_unknown"
    text = _("There is no such code here. Check it, or ask which clinic gave it.")


class CouponRefused(LoyaltyRefused):
    """A rule of the offer said no; `code` says which."""

    code = "coupon_refused"

    def __init__(self, code: str, message: str) -> None:
        DomainError.__init__(self, str(message), code=code)


class ReferralRefused(LoyaltyRefused):
    code = "referral_refused"

    def __init__(self, code: str, message: str) -> None:
        DomainError.__init__(self, str(message), code=code)


class LinkRefused(LoyaltyRefused):
    code = "link_not_valid"
    text = _("This link or code does not work any more. Ask for a new one.")
