"""Who answers for a wording that a rule warns of, and what nobody can answer for."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from campaigns.exceptions import CampaignRefused
from campaigns.models import ContentOverride
from campaigns.services.content_check import answer, check_text, checked, unanswered
from campaigns.services.outgoing import Composer, Slip
from tests.factories.campaigns import CampaignFactory
from tests.factories.customers import TreatmentFactory

AT = datetime(2026, 5, 1, 4, tzinfo=UTC)
TEXTS = [("Hi", "我们保证效果。", "email", "zh-hans"), ("Hi", "我们保证效果。", "email", "zh-hans")]


@pytest.fixture
def campaign(clinic):
    clinic.postal_address = "1 High St"
    clinic.save()
    return CampaignFactory()


def said(campaign, by, **changes) -> dict:
    return {
        "campaign": campaign, "rule_id": "effect_promise", "version": "2026.2",
        "words": "保证效果", "reason": "quoted from the law", "by": by, "at": AT,
    } | changes  # fmt: skip


def test_a_warned_wording_stands_in_the_way_until_somebody_answers_for_it(
    campaign, clinic, manager
):
    asked = {"campaign": campaign, "clinic": clinic, "texts": TEXTS}
    assert [one.finding.words for one in unanswered(**asked)] == ["保证效果"]

    first = answer(**said(campaign, manager))
    again = answer(**said(campaign, manager, reason="another"))

    assert again == first
    assert unanswered(**asked) == []
    (one,) = checked(**asked)
    assert (one.override.reason, one.override.overridden_by, one.override.pack) == (
        "quoted from the law", manager, "cn-medical-ads",
    )  # fmt: skip


def test_other_words_of_the_same_rule_are_not_answered_for(campaign, clinic, manager):
    answer(**said(campaign, manager))

    left = unanswered(
        campaign=campaign, clinic=clinic, texts=[("", "无效退款", "email", "zh-hans")]
    )

    assert [one.finding.words for one in left] == ["无效退款"]


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": "  "},
        {"rule_id": "nothing"},
        {"version": "1999.1"},
        {"rule_id": "opt_out_missing"},
    ],
)
def test_what_cannot_be_answered_for(campaign, manager, changes):
    with pytest.raises(CampaignRefused):
        answer(**said(campaign, manager, **changes))
    assert not ContentOverride.objects.exists()


def test_a_warning_stands_in_nobodys_way(campaign, clinic):
    texts = [("", "最后两席，欢迎预约", "email", "zh-hans")]

    (one,) = checked(campaign=campaign, clinic=clinic, texts=texts)

    assert one.finding.severity == "warn"
    assert unanswered(campaign=campaign, clinic=clinic, texts=texts) == []


def test_a_field_that_names_treatments_brings_their_words_in(clinic):
    clinic.postal_address = "1 High St"
    TreatmentFactory(name="热玛吉紧肤")
    TreatmentFactory(name="补水护理")
    asked = {"subject": "Hi", "channel": "email", "language": "zh-hans", "clinic": clinic}

    (one,) = check_text(body="您的{{ last_treatment }}", **asked)

    assert (one.rule_id, one.severity) == ("drug_or_device", "warn")
    assert one.words == "{{ last_treatment }}: 热玛吉紧肤"
    assert check_text(body="您的{{ tier }}", **asked) == []


def test_a_clinic_without_an_address_is_told_so_with_its_mails_only(clinic):
    clinic.postal_address = ""
    asked = {"subject": "Hi", "body": "Come", "language": "en", "clinic": clinic}

    assert [one.rule_id for one in check_text(channel="email", **asked)] == ["sender_missing"]
    assert check_text(channel="sms", **asked) == []


def test_an_sms_gets_signature_and_opt_out_before_it_is_checked(clinic):
    found = check_text(
        subject="", body="本周会员日", channel="sms", language="zh-hans", clinic=clinic
    )

    assert found == []


def test_the_answer_is_given_on_the_review_page(client_as, campaign, manager):
    campaign.body = "我们保证效果"
    campaign.save()
    client = client_as("manager")
    posted = {key: str(value) for key, value in said(campaign, manager).items()}

    empty = client.post(f"/campaigns/{campaign.pk}/override/", posted | {"reason": ""})
    assert not ContentOverride.objects.exists()
    client.post(f"/campaigns/{campaign.pk}/override/", posted)

    assert empty.url == f"/campaigns/{campaign.pk}/review/"
    assert ContentOverride.objects.get().words == "保证效果"
    assert client_as("staff").post(f"/campaigns/{campaign.pk}/override/", posted).status_code == 403


def test_an_answer_can_never_be_changed(campaign, manager):
    from django.db import DatabaseError, transaction

    override = answer(**said(campaign, manager))

    with pytest.raises(DatabaseError), transaction.atomic():
        ContentOverride.objects.filter(pk=override.pk).update(reason="something else")


@pytest.mark.parametrize(
    ("purpose", "language", "text"),
    [
        ("marketing", "zh-hans", "您好 拒收请回复R"),
        ("marketing", "en", "您好 Reply STOP to opt out"),
        ("service", "zh-hans", "您好"),
    ],
)
def test_a_commercial_sms_goes_out_with_its_opt_out(clinic, purpose, language, text):
    campaign = CampaignFactory(body="您好", purpose=purpose)
    slip = Slip(1, 1, 1, None, "sms", "+8613800001111", uuid4(), 0, None, language)

    assert Composer(campaign, clinic).envelope(slip, {}).text == text


def test_a_field_that_brings_treatments_in_is_told_once_a_rule_with_their_names(clinic):
    for name in ("痤疮护理", "湿疹护理", "日常护理", "双眼皮成形术"):
        TreatmentFactory(name=name)

    found = check_text(
        subject="Hi", body="{{ due_treatment }}", channel="email", language="zh-hans", clinic=clinic
    )

    told = [one for one in found if one.words]
    assert [(one.rule_id, one.words, one.severity) for one in told] == [
        ("disease_name", "{{ due_treatment }}: 湿疹护理, 痤疮护理", "warn")
    ]
