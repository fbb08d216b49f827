"""The switcher in the rail: which clinic, and which branch of it, this session works in."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST


@login_required
@require_POST
def switch_clinic(request: HttpRequest) -> HttpResponse:
    """Another clinic starts at its own Today with all branches; another branch stays in place.

    A clinic or branch this person does not belong to answers like one that does not exist.
    """
    if "clinic_id" in request.POST:
        clinics = {str(membership.clinic_id) for membership in request.memberships}
        request.session["clinic_id"] = _chosen(request.POST["clinic_id"], clinics)
        request.session.pop("branch_id", None)
        return redirect("/")
    branch = request.POST.get("branch_id", "")
    branches = {str(place.pk) for place in getattr(request, "branches", [])}
    request.session["branch_id"] = _chosen(branch, branches) if branch else None
    return redirect("/")


def _chosen(wanted: str, allowed: set[str]) -> int:
    if wanted not in allowed:
        raise Http404
    return int(wanted)
