"""The catalogue of rewards."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from loyalty.models import Reward
from loyalty.queries.programmes import default_programme
from loyalty.queries.rewards import catalogue
from loyalty.refusals import FieldRefused
from loyalty.reward_forms import RewardForm
from loyalty.services.rewards import save_reward
from tenancy.access import requires
from tenancy.clock import local_day


@requires("loyalty.view")
@require_safe
def reward_list(request: HttpRequest) -> HttpResponse:
    today = local_day(request.clinic.zone, timezone.now())
    context = {"rewards": list(catalogue(today=today)), "today": today, "tab": "rewards"}
    context["programme"] = default_programme()
    return render(request, "loyalty/rewards.html", context)


@requires("loyalty.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def reward_edit(request: HttpRequest, reward_id: int | None = None) -> HttpResponse:
    reward = get_object_or_404(Reward.objects.all(), pk=reward_id) if reward_id else None
    programme = reward.programme if reward else default_programme()
    if programme is None:
        messages.error(request, _("Make the programme first: rewards are paid with its points."))
        return redirect("loyalty:rewards")
    form = RewardForm(request.POST or None, programme=programme, currency=request.clinic.currency)
    form.start_from(reward or Reward(starts_on=local_day(request.clinic.zone, timezone.now())))
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_reward(
                programme=programme, terms=form.terms(), by=request.membership, reward=reward
            )
        except FieldRefused as refusal:
            form.show(refusal)
        else:
            messages.success(request, _("Saved: %(name)s.") % {"name": saved.name})
            return redirect("loyalty:rewards")
    context = {"form": form, "reward": reward}
    status = 422 if form.errors else 200
    return render(request, "loyalty/reward_edit.html", context, status=status)
