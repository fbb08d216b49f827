"""Reports about messages that were sent, taken in by workers as a provider posts them."""

import time

from django.utils import timezone

from campaigns.models import Message
from campaigns.reports import Report
from campaigns.services.receipts import ingest
from tenancy.scope import clinic_scope

AT_ONCE = 250  # a large mail service posts up to 1,000
OPENED, CLICKED, BOUNCED = 3, 20, 100  # every third …
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0"


def reports_of(clinic_id: int, campaign_id: int, *, part: int, n_parts: int) -> list[Report]:
    """Every message delivered, some opened and clicked, one in a hundred bounced."""
    with clinic_scope(clinic_id):
        sent = Message.objects.filter(campaign=campaign_id, state="sent").order_by("pk")
        references = [reference.hex for reference in sent.values_list("reference", flat=True)]
    at = timezone.now()
    reports = []
    for number, reference in enumerate(references[part::n_parts]):
        kinds = ["bounced"] if number % BOUNCED == 0 else ["delivered"]
        kinds += ["opened"] * (number % OPENED == 0) + ["clicked"] * (number % CLICKED == 0)
        reports += [
            Report(f"{kind}:{reference}", kind, at, reference=reference, user_agent=BROWSER)
            for kind in kinds
        ]
    return reports


def take_in(clinic_id: int, reports: list[Report], told: dict) -> None:
    """told: seconds and reports of this worker are put in."""
    began = time.perf_counter()
    for start in range(0, len(reports), AT_ONCE):
        with clinic_scope(clinic_id):
            ingest(reports[start : start + AT_ONCE], account=None, at=timezone.now())
    key = f"{len(told)}-{began}"
    told[key] = (time.perf_counter() - began, len(reports))
