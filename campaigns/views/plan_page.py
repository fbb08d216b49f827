"""What a page that shows a plan needs beside the campaign and its journey."""

from decimal import Decimal

from campaigns.models import Campaign
from campaigns.plan_words import audience_words, trigger_words, weekday_words


def words_of_plan(campaign: Campaign) -> dict:
    """For templates/campaigns/_plan.html; one query for the further segments."""
    parts = list(campaign.audience_parts.select_related("segment"))
    minutes = campaign.budget_minutes
    return {
        "audience": audience_words(campaign),
        "also_in": [part for part in parts if not part.is_excluded],
        "kept_out": [part for part in parts if part.is_excluded],
        "trigger": trigger_words(campaign),
        "weekdays": weekday_words(campaign),
        "budget_hours": None if minutes is None else Decimal(minutes) / 60,
    }
