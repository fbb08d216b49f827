"""What the booking API takes for the treatment catalogue."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.models import Treatment
from customers.serializers import MAX_BULK, EachByItself
from customers.services.intake.treatments import MAX_DAYS, MAX_SESSIONS, TreatmentRecord
from tenancy.strict_fields import MAX_AMOUNT_MINOR, StrictSerializer, Text, Whole, YesNo

_UNSAID = ("", _("not said"))


def _days(about: str) -> Whole:
    return Whole(required=False, allow_null=True, min_value=0, max_value=MAX_DAYS, help_text=about)


def _money() -> Whole:
    return Whole(required=False, allow_null=True, min_value=0, max_value=MAX_AMOUNT_MINOR)


class TreatmentIn(StrictSerializer):
    """An entry of the catalogue, known by its code. A field left out or null stays as it is."""

    code = Text(max_length=60, help_text=_("As your appointments and sales name it."))
    name = Text(required=False, allow_null=True, max_length=200,
                help_text=_("Required for a treatment that is new to us."))  # fmt: skip
    category = Text(required=False, allow_null=True, allow_blank=True, max_length=80)
    nature = serializers.ChoiceField(
        choices=[*Treatment.Nature.choices, _UNSAID], required=False, allow_null=True
    )
    level = serializers.ChoiceField(
        choices=[*Treatment.Level.choices, _UNSAID], required=False, allow_null=True
    )
    interval_days = _days(_("Usual days until it is due again; 0: it is not repeated."))
    interval_min_days = _days(_("Due from this many days on; 0: not known."))
    interval_max_days = _days(_("Due until this many days; 0: not known."))
    min_clinical_interval_days = _days(_("Never sooner than this."))
    course_length = Whole(
        required=False, allow_null=True, min_value=1, max_value=MAX_SESSIONS,
        help_text=_("Sessions of a course."),
    )  # fmt: skip
    price_minor = _money()
    cost_minor = _money()
    is_active = YesNo(required=False, allow_null=True)

    class Meta:
        list_serializer_class = EachByItself

    def record(self, data: dict) -> TreatmentRecord:
        return TreatmentRecord(**data)


class TreatmentBulkIn(StrictSerializer):
    """Up to 1,000 treatments; each is taken or refused by itself."""

    items = TreatmentIn(many=True, min_length=1, max_length=MAX_BULK)
