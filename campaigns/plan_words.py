"""Parts of a plan in words: what sets a flow off, on which days it sends, who it is for."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from campaigns.forms.schedule import WEEKDAYS
from campaigns.models import Campaign
from campaigns.queries.festivals import festival_choices
from segmentation.models import Stage

Trigger = Campaign.Trigger


def audience_words(campaign: Campaign) -> str:
    """The name of the segment or list; of a trigger without either, everybody."""
    if campaign.segment is not None:
        return campaign.segment.name
    if campaign.customer_list is not None:
        return campaign.customer_list.name
    return _("Everybody")


def trigger_words(campaign: Campaign) -> str:
    """One sentence: «5 days before a customer's birthday»; "" of what has no trigger."""
    if not campaign.trigger:
        return ""
    days, detail = campaign.trigger_days, campaign.trigger_detail
    trigger = Trigger(campaign.trigger)
    if trigger == Trigger.BIRTHDAY:
        return _before(days, _("a customer's birthday"))
    if trigger == Trigger.FESTIVAL:
        return _before(days, dict(festival_choices()).get(detail, detail))
    if trigger == Trigger.TREATMENT_DUE:
        return _before(days, _("the day a treatment is due"))
    if trigger == Trigger.POINTS_EXPIRING:
        return _before(days, _("points expire"))
    if trigger == Trigger.TIER_LAPSING:
        return _before(days, _("a tier would lapse for want of purchases"))
    after = {
        Trigger.AFTER_VISIT: _("a treatment"),
        Trigger.FIRST_VISIT: _("the first visit"),
        Trigger.REFERRAL: _("somebody they brought has come for the first time"),
        Trigger.SEGMENT_ENTERED: _("a customer entered the segment"),
        Trigger.RISK_CROSSED: _("the risk of losing a customer passed %(percent)s%%")
        % {"percent": detail or 50},
        Trigger.STAGE_ENTERED: _("a customer became “%(stage)s”")
        % {"stage": dict(Stage.choices).get(detail, detail)},
    }
    return _after(days, after[trigger])


def _before(days: int, what: str) -> str:
    if days == 0:
        return pgettext("trigger", "On the day: %(what)s") % {"what": what}
    return ngettext("%(n)s day before: %(what)s", "%(n)s days before: %(what)s", days) % {
        "n": days, "what": what,
    }  # fmt: skip


def _after(days: int, what: str) -> str:
    if days == 0:
        return pgettext("trigger", "As soon as %(what)s") % {"what": what}
    return ngettext("%(n)s day after: %(what)s", "%(n)s days after: %(what)s", days) % {
        "n": days, "what": what,
    }  # fmt: skip


def weekday_words(campaign: Campaign) -> str:
    """«Mon, Tue, Wed»; "" for every day."""
    names = dict(WEEKDAYS)
    return pgettext("weekdays", ", ").join(str(names[day]) for day in campaign.send_days)
