"""What a marketer may write: known fields, few tags, one line for a subject."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.exceptions import EmptyField, TemplateRefused
from campaigns.merge_fields import FIELD_NAMES, MERGE_FIELDS, example_values
from campaigns.salutations import first_name, salutation
from campaigns.services.templates import FILTERS, Text, check, render, used_fields

ALL = example_values()


def refused(*, subject: str = "Hello", body: str = "Hello") -> TemplateRefused:
    with pytest.raises(TemplateRefused) as caught:
        check(subject=subject, body=body)
    return caught.value


def test_every_merge_field_can_be_used_as_its_button_puts_it():
    for field in MERGE_FIELDS:
        check(subject=field.placeholder, body=field.placeholder)
        assert render(subject="x", body=field.placeholder, values=ALL).body == str(field.example)


def test_an_unknown_field_is_named_beside_the_known_ones():
    refusal = refused(body="Dear {{ frist_name }}")

    assert refusal.field == "body"
    assert "«frist_name»" in refusal.message
    assert ", ".join(FIELD_NAMES) in refusal.message


def test_an_unknown_field_in_a_condition_or_a_fallback_is_found_too():
    assert "«vip»" in refused(body="{% if vip %}a{% endif %}").message
    assert "«nick»" in refused(subject="{{ first_name | default: nick }}").message
    assert "«customer»" in refused(body="{{ customer.name }}").message


@pytest.mark.parametrize(
    "body",
    [
        "{{ first_name",
        "{% if first_name %}",
        "{% for i in (1..9) %}x{% endfor %}",
        "{% include 'settings' %}",
        "{% render 'settings' %}",
        "{% tablerow i in (1..9) %}{% endtablerow %}",
        "{{ first_name | safe }}",
        "{{ points | times: 9 }}",
        "{% if a %}" * 40 + "{% endif %}" * 40,
        "x" * 20_001,
        "   ",
    ],
)
def test_what_cannot_be_used_is_refused_on_saving(body):
    assert refused(body=body).field == "body"


def test_an_unknown_filter_is_named_beside_the_known_ones():
    message = refused(body="{{ first_name | shout }}").message

    assert "shout" in message
    assert ", ".join(sorted(FILTERS)) in message


@pytest.mark.parametrize("subject", ["", "  ", "a\nb", "a\r\nBcc: x@y.example", "x" * 201])
def test_a_subject_is_one_short_line(subject):
    assert refused(subject=subject).field == "subject"


def test_a_filter_with_wrong_arguments_is_refused():
    check(subject="ok", body="{{ first_name | truncate: 5 }}")

    assert refused(body="{{ first_name | upcase: 1, 2 }}").field == "body"


def test_an_empty_field_needs_a_fallback():
    with pytest.raises(EmptyField):
        render(subject="Hi", body="Your {{ last_treatment }}", values={})

    body = 'Your {{ last_treatment | default: "treatment" }}'
    assert render(subject="Hi", body=body, values={}).body == "Your treatment"


def test_a_condition_guards_an_empty_field():
    body = "Hello{% if consultant %} from {{ consultant }}{% endif %}!"

    assert render(subject="x", body=body, values={}).body == "Hello!"
    assert render(subject="x", body=body, values={"consultant": "Lily"}).body == "Hello from Lily!"


def test_zero_points_are_a_value_not_a_gap():
    assert render(subject="x", body="{{ points }}", values={"points": 0}).body == "0"


def test_a_text_that_grows_without_end_is_stopped():
    doubled = "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 30 + "{{ a }}"

    assert refused(body=doubled).field == "body"
    with pytest.raises(TemplateRefused):
        render(subject="x", body=doubled, values={})


def test_used_fields_are_those_mentioned():
    assert used_fields(subject="{{ points }}", body="{% if tier %}a{% endif %}") == {
        "points", "tier",
    }  # fmt: skip


@given(st.text(max_size=60))
def test_no_value_puts_a_line_break_into_a_subject(value):
    subject = 'For {{ first_name | default: "you" }}'
    text = render(subject=subject, body="x", values={"first_name": value})

    assert text == Text(subject=text.subject, body="x")
    assert text.subject.isprintable()


@given(st.text(max_size=80))
def test_any_text_is_taken_or_refused_never_an_error(source):
    try:
        check(subject="ok", body=source)
    except TemplateRefused:
        return
    try:
        render(subject="ok", body=source, values=ALL)
    except (EmptyField, TemplateRefused):
        return


@pytest.mark.parametrize(
    ("name", "gender", "first", "address"),
    [
        ("王小明", "female", "小明", "王女士"),
        ("欧阳娜娜", "female", "娜娜", "欧阳女士"),
        ("李雷", "male", "李雷", "李先生"),
        ("李雷", "", "李雷", "李雷"),
        ("Anna Smith", "female", "Anna", "Anna"),
        ("  ", "", "", ""),
    ],
)
def test_people_are_addressed_as_is_the_custom(name, gender, first, address):
    assert (first_name(name), salutation(name, gender)) == (first, address)
