"""What the API of campaigns takes and gives."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from campaigns.models import Campaign, Template
from campaigns.queries.progress import Progress
from campaigns.reasons import in_words
from campaigns.services.plan_rules import MAX_HOLDOUT_PERCENT, MAX_WINDOW_DAYS
from tenancy.api_pages import BeforeIn
from tenancy.strict_fields import Instant, StrictSerializer, Text, Whole

MOST_IDS = 10_000
MOST_UNKNOWN = 100
LARGEST_ID = 2**63 - 1


class CampaignListIn(BeforeIn):
    state = serializers.ChoiceField(choices=Campaign.State.choices, required=False)


class CampaignRowOut(serializers.Serializer):
    """closes_on: the last day on which a return counts; null while nobody knows."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    goal = serializers.ChoiceField(Campaign.Goal.choices)
    purpose = serializers.ChoiceField(Campaign.Purpose.choices)
    schedule = serializers.ChoiceField(Campaign.Schedule.choices)
    state = serializers.ChoiceField(Campaign.State.choices)
    created_at = Instant()
    starts_at = Instant(allow_null=True)
    launched_at = Instant(allow_null=True)
    closes_on = serializers.DateField(source="ends_for_all_on", allow_null=True)


class CampaignPageOut(serializers.Serializer):
    results = CampaignRowOut(many=True)
    next_before = serializers.IntegerField(allow_null=True)


class SkippedOut(serializers.Serializer):
    reason = serializers.CharField()
    text = serializers.CharField(help_text=_("The reason in the clinic's words."))
    n = serializers.IntegerField()


class CampaignFiguresOut(serializers.Serializer):
    """Enrolled = treated + held out; treated = sent + skipped + failed + unknown + open."""

    n_enrolled = serializers.IntegerField()
    n_treated = serializers.IntegerField()
    n_holdout = serializers.IntegerField()
    n_sent = serializers.IntegerField()
    n_skipped = serializers.IntegerField()
    n_failed = serializers.IntegerField()
    n_unknown = serializers.IntegerField()
    n_open = serializers.IntegerField()
    skipped = SkippedOut(many=True)


class PlanOut(CampaignRowOut):
    subject = serializers.CharField()
    segment = serializers.IntegerField(source="segment_id", allow_null=True)
    customer_list = serializers.IntegerField(source="customer_list_id", allow_null=True)
    holdout_rate = serializers.FloatField()
    outcome_window_days = serializers.IntegerField()
    budget_minor = serializers.IntegerField(allow_null=True)
    message_cost_minor = serializers.IntegerField()


class CampaignOut(PlanOut):
    """result: where the API tells what it brought; null before it is launched."""

    figures = CampaignFiguresOut()
    result = serializers.CharField(allow_null=True)
    unknown_ids = serializers.ListField(
        child=serializers.CharField(),
        help_text=_("Of a list made of your ids: those nobody was found by, at most a hundred."),
    )


class CampaignIn(StrictSerializer):
    """A draft from one of the clinic's templates or, by `ready`, from the library.

    Whom: a segment, or your own ids of the customers. Nothing is sent before it is launched.
    """

    name = Text(max_length=120)
    template = Whole(required=False, min_value=1, max_value=LARGEST_ID,
                     help_text=_("A template of the clinic, by its id."))  # fmt: skip
    ready = Text(required=False, max_length=40,
                 help_text=_("Or one of the library, by its key."))  # fmt: skip
    language = serializers.ChoiceField(
        choices=Template.Language.choices, required=False,
        help_text=_("Of the library's template; the clinic's if left out."),
    )  # fmt: skip
    segment = Whole(required=False, min_value=1, max_value=LARGEST_ID)
    external_ids = serializers.ListField(
        child=Text(max_length=120), required=False, min_length=1, max_length=MOST_IDS
    )
    holdout_percent = Whole(required=False, min_value=0, max_value=MAX_HOLDOUT_PERCENT)
    no_holdout_reason = Text(required=False, max_length=300,
                             help_text=_("Needed where nobody is held back."))  # fmt: skip
    outcome_window_days = Whole(required=False, min_value=1, max_value=MAX_WINDOW_DAYS)
    starts_at = Instant(required=False, help_text=_("Left out: when it is launched."))
    message_cost_minor = Whole(required=False, min_value=0, max_value=10**9)
    budget_minor = Whole(required=False, min_value=0, max_value=10**12)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if ("template" in said) == ("ready" in said):
            raise serializers.ValidationError(
                {"template": [_("Name a template or one of the library, one of both.")]}
            )
        if ("segment" in said) == ("external_ids" in said):
            raise serializers.ValidationError(
                {"segment": [_("Say whom it is for: a segment or external ids, one of both.")]}
            )
        return said


class MessageTemplateOut(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Template.Kind.choices)
    channel = serializers.ChoiceField(Template.Channel.choices)
    language = serializers.ChoiceField(Template.Language.choices)
    subject = serializers.CharField(allow_blank=True)
    body = serializers.CharField()
    version = serializers.IntegerField()


def figures_as_plain(progress: Progress) -> dict[str, Any]:
    states = ("sent", "skipped", "failed", "unknown")
    return {
        "n_enrolled": progress.n_enrolled,
        "n_treated": progress.n_treated,
        "n_holdout": progress.n_holdout,
        **{f"n_{state}": progress.n(state) for state in states},
        "n_open": progress.n_open,
        "skipped": [
            {"reason": reason, "text": str(in_words(reason)), "n": n}
            for reason, n in progress.n_by_reason
        ],
    }
