import uuid
from datetime import date

import factory
from factory.django import DjangoModelFactory

from campaigns.models import Campaign, Enrolment, Message, Suppression
from segmentation.models import Segment
from tests.factories.customers import NOON, CustomerFactory

EVERYBODY = {"match": "all", "conditions": []}


class AudienceFactory(DjangoModelFactory):
    """A segment of everybody."""

    class Meta:
        model = Segment

    name = factory.Sequence(lambda n: f"Everybody {n}")
    rule = EVERYBODY


class CampaignFactory(DjangoModelFactory):
    """A draft for everybody with nobody held out."""

    class Meta:
        model = Campaign

    name = factory.Sequence(lambda n: f"Recall {n}")
    segment = factory.SubFactory(AudienceFactory)
    subject = "We miss you, {{ first_name }}"
    body = "Dear {{ salutation }},\n\nsee you soon at {{ clinic_name }}."
    holdout_rate = 0.0
    no_holdout_reason = "a test of sending"


class RunningCampaignFactory(CampaignFactory):
    state = "running"
    launched_at = NOON
    launched_on = date(2026, 5, 1)


class EnrolmentFactory(DjangoModelFactory):
    class Meta:
        model = Enrolment

    campaign = factory.SubFactory(RunningCampaignFactory)
    customer = factory.SubFactory(CustomerFactory)
    arm = "treated"
    enrolled_on = date(2026, 5, 1)
    enrolled_at = NOON


class MessageFactory(DjangoModelFactory):
    class Meta:
        model = Message

    enrolment = factory.SubFactory(EnrolmentFactory)
    campaign = factory.SelfAttribute("enrolment.campaign")
    customer = factory.SelfAttribute("enrolment.customer")
    address = factory.Sequence(lambda n: f"customer{n}@mail.example")
    reference = factory.LazyFunction(uuid.uuid4)
    due_at = NOON


class SuppressionFactory(DjangoModelFactory):
    class Meta:
        model = Suppression

    channel = "email"
    address = factory.Sequence(lambda n: f"gone{n}@mail.example")
    reason = "unsubscribed"
