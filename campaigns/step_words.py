"""A step of a journey in a few words, where there is no room for its sentence."""

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.journeys import MESSAGE, WAIT, Stop
from campaigns.models import Step
from campaigns.templatetags.message_texts import in_words

LONGEST = 40


def kind_words(kind: str, channel: str) -> str:
    """«SMS», «Call», «Branch»."""
    return str(Step.Channel(channel).label if kind == MESSAGE else Step.Kind(kind).label)


def stop_words(stop: Stop) -> str:
    """«Step 4 · SMS: shall we find you…»."""
    what = kind_words(stop.kind, stop.channel)
    if stop.kind == WAIT:
        days = stop.wait_days
        what = ngettext("Wait %(n)s day", "Wait %(n)s days", days) % {"n": days}
    text = stop.script or next((one.subject or one.body for one in stop.variants), "")
    said = Truncator(in_words(text)).chars(LONGEST)
    number = _("Step %(n)s") % {"n": stop.number}
    return f"{number} · {what}" + (f" «{said}»" if said else "")
