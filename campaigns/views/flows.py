"""Care that runs by itself: ready flows, each switched on with two clicks."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from campaigns.flows import FLOWS
from campaigns.models import Campaign
from campaigns.queries.visible import visible_campaigns
from campaigns.services.flows import take_flow
from tenancy.access import requires


@requires("campaigns.view")
@require_safe
def flow_list(request: HttpRequest) -> HttpResponse:
    over = [Campaign.State.FINISHED, Campaign.State.CANCELLED]
    taken = visible_campaigns(request.membership).exclude(flow_key="").exclude(state__in=over)
    by_key = {campaign.flow_key: campaign for campaign in taken}
    rows = [(flow, by_key.get(flow.key)) for flow in FLOWS.values()]
    context = {"rows": rows, "n_on": sum(c is not None and c.state == "running" for _f, c in rows)}
    return render(request, "campaigns/flows.html", context)


@requires("campaigns.edit")
@require_POST
def flow_take(request: HttpRequest, key: str) -> HttpResponse:
    """Make it a draft of the clinic's own, to be read and launched; one already there is shown."""
    if key not in FLOWS:
        raise Http404
    campaign, is_new = take_flow(
        flow=FLOWS[key], clinic=request.clinic, by=request.membership, branch=request.branch
    )
    return redirect("campaigns:review" if is_new else "campaigns:detail", campaign.pk)
