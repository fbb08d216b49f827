"""By a person: a message becomes one open call with the words as its script.

Provider class: human. However often it is handed over, one task an intent is open.
"""

from django.db import transaction
from django.utils import timezone

from campaigns.channels.contract import TAKEN, BaseChannel, Envelope, ProviderClass, Taken
from care.services.tasks import open_call
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id


class HumanChannel(BaseChannel):
    provider_class = ProviderClass.HUMAN

    @transaction.atomic
    def send(self, envelope: Envelope) -> Taken:
        clinic = Clinic.objects.get(pk=current_clinic_id())
        open_call(
            customer_id=envelope.customer_id,
            intent=f"campaign:{envelope.campaign_id}:{envelope.step}",
            why=envelope.subject or envelope.text,
            script=envelope.text,
            due_on=local_day(clinic.zone, timezone.now()),
            campaign_id=envelope.campaign_id,
        )
        return TAKEN
