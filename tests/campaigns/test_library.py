"""The ready templates: whole in both languages, checked like anybody's words, and filled in."""

import pytest

from campaigns.content import findings, framed_sms, hints, packs_for, parts
from campaigns.flows import FLOWS
from campaigns.library import READY, ready
from campaigns.merge_fields import FIELD_NAMES, example_values
from campaigns.models import Template
from campaigns.services import templates
from campaigns.services.composing import compile_text

IDS = [f"{one.key}-{one.language}" for one in READY]
SENT = [one for one in READY if one.channel != "phone"]


def test_there_are_enough_and_each_in_both_languages():
    english = {one.key for one in READY if one.language == "en"}

    assert len(english) >= 24
    assert {one.key for one in READY if one.language == "zh-hans"} == english
    assert {one.kind for one in READY} == set(Template.Kind.values) - {"other"}
    assert {one.channel for one in READY} == set(Template.Channel.values)


@pytest.mark.parametrize("one", READY, ids=IDS)
def test_each_is_a_template_that_can_be_kept(one):
    assert (one.subject == "") == (one.channel != "email")
    templates.check(subject=one.subject or "x", body=one.body)


@pytest.mark.parametrize("one", READY, ids=IDS)
def test_each_passes_the_content_check_of_every_country(one):
    for country in ("CN", "GB"):
        found = findings(
            f"{one.subject}\n{one.body}", channel=one.channel, packs=packs_for(country)
        )
        assert found == []
    asked = {"subject": one.subject, "body": one.body, "channel": one.channel}
    assert hints(**asked, language=one.language) == []


@pytest.mark.parametrize("one", READY, ids=IDS)
def test_each_can_be_filled_in_and_most_for_a_customer_of_whom_little_is_known(one):
    for source in (one.subject, one.body):
        assert "{{" not in compile_text(source).fill(example_values())
        if one.key not in ("points", "points_sms"):  # without points there is nothing to say
            compile_text(source).fill({"clinic_name": "North"})


@pytest.mark.parametrize(
    "one", [one for one in READY if one.channel == "sms"], ids=lambda one: one.key
)
def test_a_ready_sms_takes_two_parts_at_most(one):
    values = {name: str(value) for name, value in example_values().items()}
    if one.language == "zh-hans":
        values |= {"salutation": "欧阳女士", "due_treatment": "补水护理", "due_on": "5月12日"}
        values |= {"points_expire_on": "6月29日", "branch": "河滨门店", "consultant": "陈丽"}
        values["clinic_name"] = "北辰门诊"
    body = compile_text(one.body).fill(values)

    signature = "北辰门诊" if one.language == "zh-hans" else "North Clinic"
    whole = framed_sms(body, signature=signature, language=one.language)

    assert parts(whole).n_parts <= 2
    assert findings(whole, channel="sms", is_whole=True) == []


def test_the_ready_flows_pass_the_check_too():
    for flow in FLOWS.values():
        for step in flow.steps:
            for text in step.said.values():
                assert findings(f"{text.subject}\n{text.body}", channel="email") == []


def test_fields_are_listed_once_with_examples():
    assert len(set(FIELD_NAMES)) == len(FIELD_NAMES)
    assert set(example_values()) == set(FIELD_NAMES)


def test_what_is_not_in_the_library_is_an_error():
    with pytest.raises(KeyError):
        ready("nothing", "en")
