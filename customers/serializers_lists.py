"""What the lists of the booking API may be asked for."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.models import Appointment, FeedMark, Interaction, Sale
from tenancy.strict_fields import Day, Instant, StrictSerializer, Text

MAX_PAGE = 200
MAX_ID = 2**63 - 1


class NearDay(Day):
    """A day of the calendar that has a day after it, in every zone."""

    default_error_messages = {"far": _("Send a day between 1900 and 2200.")}

    def to_internal_value(self, data: Any) -> date:
        day = super().to_internal_value(data)
        if not 1900 <= day.year <= 2200:
            self.fail("far")
        return day


class NearInstant(Instant):
    """A time in years that a clock may show."""

    default_error_messages = {"far": _("Send a time between the years 1900 and 2200.")}

    def to_internal_value(self, data: Any) -> datetime:
        instant = super().to_internal_value(data)
        if not 1900 <= instant.year <= 2200:
            self.fail("far")
        return instant


class PageIn(StrictSerializer):
    """updated_since is where a reader begins, the cursor is how it goes on."""

    updated_since = NearInstant(
        required=False,
        help_text=_(
            "Only what was committed after this time, however long it took to commit. Records "
            "changed shortly before it may come too; take them again. With a cursor none does."
        ),
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_PAGE, default=50)
    cursor = Text(required=False, max_length=200, help_text=_("`next_cursor` of the page before."))


class _NamedIn(PageIn):
    source = Text(required=False, max_length=60)
    external_id = Text(
        required=False, max_length=120, help_text=_("With it, what you just wrote is found too.")
    )


class CustomerListIn(_NamedIn):
    pass


class _TradeListIn(_NamedIn):
    customer = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_ID, help_text=_("Our id of the customer.")
    )
    from_on = NearDay(required=False, help_text=_("From this local day of the clinic on."))
    until_on = NearDay(required=False, help_text=_("Until this day, itself included."))

    def validate(self, data: dict) -> dict:
        if "from_on" in data and "until_on" in data and data["until_on"] < data["from_on"]:
            message = _("until_on lies before from_on.")
            raise serializers.ValidationError({"until_on": [message]}, code="before_from_on")
        return data


class AppointmentListIn(_TradeListIn):
    status = serializers.ChoiceField(choices=Appointment.Status.choices, required=False)


class SaleListIn(_TradeListIn):
    kind = serializers.ChoiceField(choices=Sale.Kind.choices, required=False)


class InteractionListIn(_TradeListIn):
    kind = serializers.ChoiceField(choices=Interaction.Kind.choices, required=False)


class TreatmentListIn(PageIn):
    code = Text(required=False, max_length=60)


class DeletionListIn(PageIn):
    kind = serializers.ChoiceField(choices=FeedMark.Kind.choices, required=False)
