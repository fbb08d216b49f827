"""What a campaign brought."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from analytics import charts
from analytics.queries.results import results_of
from campaigns.models import Message
from campaigns.queries.progress import progress_of
from campaigns.queries.visible import visible_campaigns
from campaigns.reasons import in_words
from tenancy.access import requires
from tenancy.clock import local_day

FUNNEL = [
    (state.value, state.label)
    for state in (
        Message.State.SENT, Message.State.SKIPPED, Message.State.FAILED, Message.State.UNKNOWN,
        Message.State.QUEUED, Message.State.SENDING,
    )
]  # fmt: skip


@requires("analytics.view")
@require_safe
def campaign_result(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = get_object_or_404(visible_campaigns(request.membership), pk=campaign_id)
    today = local_day(request.clinic.zone, timezone.now())
    result = next(iter(results_of([campaign], on=today)), None)
    context = {"campaign": campaign, "result": result}
    if result is not None:
        progress = progress_of(campaign)
        context |= {
            "rates_chart": charts.rates_chart(result),
            "returns_chart": charts.returns_chart(result),
            "progress": progress,
            "states": [(state, label, progress.n(state)) for state, label in FUNNEL],
            "left_out": [(reason, in_words(reason), n) for reason, n in progress.n_by_reason],
        }
    return render(request, "analytics/campaign_result.html", context)
