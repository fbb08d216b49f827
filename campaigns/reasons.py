"""The gates' reasons in words, for pages."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.gates import Reason

WORDS: dict[str, str | Promise] = {
    Reason.CAMPAIGN_CANCELLED: _("Campaign was cancelled"),
    Reason.TOO_LATE: _("Outcome window was over"),
    Reason.EXPIRED: _("Its own time had passed"),
    Reason.OVER_BUDGET: _("The campaign's budget was used up"),
    Reason.DECEASED: _("Has died"),
    Reason.ADVERSE_EVENT: _("An adverse event is being looked after"),
    Reason.OPEN_COMPLAINT: _("A complaint is open"),
    Reason.CONTRAINDICATION: _("Has a contraindication"),
    Reason.CLINICAL_INTERVAL: _("Too soon after the last treatment"),
    Reason.ERASED: _("Asked to be erased"),
    Reason.NO_ADDRESS: _("No usable address"),
    Reason.SHARED_ADDRESS: _("Shares the address with another customer"),
    Reason.SUPPRESSED: _("Address asked for no more messages"),
    Reason.NO_CONSENT: _("No consent to this kind of message"),
    Reason.CLINIC_HOLDOUT: _("Is in the clinic-wide holdout"),
    Reason.MINOR: _("Under 18"),
    Reason.RETURNED: _("Came back before the message went out"),
    Reason.BOOKED: _("Has an appointment already"),
    Reason.FREQUENCY_CAP: _("Got enough messages lately"),
    Reason.EMPTY_FIELD: _("A merge field is empty and has no fallback"),
}


def in_words(reason: str) -> str | Promise:
    return WORDS.get(reason, reason)
