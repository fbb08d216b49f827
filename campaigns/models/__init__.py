from campaigns.models.enrolments import Enrolment
from campaigns.models.outbox import Message, Suppression
from campaigns.models.plans import Campaign
from campaigns.models.templates import ContentOverride, MailLook, OwnFestival, Template

__all__ = [
    "Campaign",
    "ContentOverride",
    "Enrolment",
    "MailLook",
    "Message",
    "OwnFestival",
    "Suppression",
    "Template",
]
