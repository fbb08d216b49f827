from campaigns.models.enrolments import Enrolment
from campaigns.models.outbox import Message, Suppression
from campaigns.models.plans import Campaign

__all__ = ["Campaign", "Enrolment", "Message", "Suppression"]
