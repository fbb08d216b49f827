from campaigns.models.clinic_holdouts import ClinicHoldout
from campaigns.models.enrolments import Enrolment, FrozenBatch
from campaigns.models.outbox import Message, Suppression
from campaigns.models.plans import AudiencePart, Campaign
from campaigns.models.providers import ProviderAccount, SendingRules
from campaigns.models.receipts import LinkTarget, Receipt
from campaigns.models.steps import END, Step, Variant
from campaigns.models.templates import ContentOverride, MailLook, OwnFestival, Template

__all__ = [
    "END",
    "AudiencePart",
    "Campaign",
    "ClinicHoldout",
    "ContentOverride",
    "Enrolment",
    "FrozenBatch",
    "LinkTarget",
    "MailLook",
    "Message",
    "OwnFestival",
    "ProviderAccount",
    "Receipt",
    "SendingRules",
    "Step",
    "Suppression",
    "Template",
    "Variant",
]
