"""What a campaign brought: its page, and the same figures as files."""

import csv
import json
from io import StringIO
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from analytics import charts, result_charts, result_rows
from analytics.queries.campaign_study import CampaignStudy, campaign_study
from analytics.queries.repeats import repeats_of
from analytics.queries.result_json import result_as_json
from analytics.queries.results import results_of
from campaigns.models import Campaign, Message
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
            "repeats": repeats_of(campaign, request.membership, on=today),
        }
        if study := campaign_study(campaign, on=today):
            context |= _studied(study, request.clinic.currency)
    return render(request, "analytics/campaign_result.html", context)


def _studied(study: CampaignStudy, currency: str) -> dict[str, Any]:
    parts = list(result_rows.parts_of(study))
    return {
        "study": study,
        "effects": result_rows.effect_rows(study),
        "funnel": result_rows.funnel_rows(study),
        "profit_chart": result_charts.profit_chart(study, currency),
        "variants_chart": result_charts.variants_chart(study),
        "parts": [(one, result_charts.parts_chart(one)) for one in parts],
    }


@requires("analytics.view")
@require_safe
def campaign_export(request: HttpRequest, campaign_id: int, kind: str) -> HttpResponse:
    """The figures as a file: «json» with everything, «csv» one line a comparison."""
    campaign: Campaign = get_object_or_404(visible_campaigns(request.membership), pk=campaign_id)
    today = local_day(request.clinic.zone, timezone.now())
    study = campaign_study(campaign, on=today)
    if study is None or kind not in {"csv", "json"}:
        raise Http404
    told = result_as_json(study, currency=request.clinic.currency)
    body = _as_csv(told) if kind == "csv" else json.dumps(told, ensure_ascii=False, indent=2)
    name = f"{slugify(campaign.name) or f'campaign-{campaign.pk}'}-result.{kind}"
    types = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
    return HttpResponse(
        body.encode("utf-8-sig" if kind == "csv" else "utf-8"),
        content_type=types[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _as_csv(told: dict[str, Any]) -> str:
    out = StringIO()
    columns = ["part", "arm", "against", "outcome", "kind", "difference", "low", "high",
               "p_value", "p_corrected", "method", "verdict"]  # fmt: skip
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    for effect in told["effects"]:
        writer.writerow({"part": "all"} | effect)
    for effect in told["variants"]:
        writer.writerow({"part": "variant"} | effect)
    for key, parts in told["parts"].items():
        for part in parts:
            if part["effect"]:
                writer.writerow({"part": f"{key}={part['level'] or ''}"} | part["effect"])
    return out.getvalue()
