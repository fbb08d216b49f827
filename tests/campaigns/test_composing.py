"""A mail composed once and filled in for each person says what rendering it for one says."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.exceptions import EmptyField
from campaigns.mail_layout.frame import Frame, framed
from campaigns.models import MailLook
from campaigns.services import templates
from campaigns.services.composing import compile_mail, compile_text
from tenancy.models import Clinic

CLINIC = Clinic(name="North & <Clinic>", sender_name="", postal_address="1 High St", language="en")
OPT_OUT = "https://crm.example/u/abc"
VALUES = {"first_name": "小明", "points": 0, "last_treatment": '<b>Facial</b> & "peel"'}
SOURCES = [
    "Hi {{ first_name }}, {{ points }} points.",
    'Your {{ tier | default: "member" }} day.\n\nSee you, {{first_name}}',
    "{{ consultant | default: '' }}Hello",
    "{% if tier %}Dear {{ tier }}{% else %}Dear you{% endif %} {{ last_treatment }}",
    "{{ first_name | upcase }} {{ 'x' }}",
    "a }} b {{ first_name }}",
    "{{- first_name -}} b",
    '{{ tier | default: "a\\"b" }}',
    "",
]


def mail(body: str, values=VALUES, *, clinic=CLINIC, look=None, links=None, language=None):
    composed = compile_mail(
        subject="For {{ first_name }}", body=body, clinic=clinic, look=look, language=language
    )
    return composed.fill(values, unsubscribe_url=OPT_OUT, links=links)


@pytest.mark.parametrize("source", SOURCES)
def test_a_filled_in_text_is_what_liquid_says(source):
    try:
        said = templates.rendered(source, templates.cleaned(VALUES)).strip()
    except (EmptyField, templates.TemplateRefused) as refused:
        with pytest.raises(type(refused)):
            compile_text(source).fill(VALUES)
        return

    assert compile_text(source).fill(VALUES) == said


@given(
    st.text(max_size=20),
    st.dictionaries(st.sampled_from(["tier", "branch"]), st.text(max_size=8)),
    st.sampled_from(["{{ tier }}", '{{ branch | default: "here" }}', "{{branch|default:'x'}}"]),
)
def test_plain_fields_never_differ_from_liquid(words, values, field):
    source = words.replace("{", "(").replace("}", ")") + field + "!"

    try:
        said = templates.rendered(source, templates.cleaned(values)).strip()
    except EmptyField:
        said = None
    try:
        filled = compile_text(source).fill(values)
    except EmptyField:
        filled = None

    assert filled == said


def test_plain_fields_are_cut_and_conditions_are_left_to_liquid():
    assert compile_text("Hi {{ first_name }}").pieces is not None
    assert compile_text("{% if tier %}x{% endif %}").pieces is None


def test_an_empty_field_without_fallback_leaves_the_customer_out():
    with pytest.raises(EmptyField, match="tier"):
        mail("Dear {{ tier }}")
    with pytest.raises(EmptyField):
        mail("Dear {{ branch }}", VALUES | {"branch": " \n"})


def test_the_twin_and_the_page_say_the_same_words():
    said = mail("Hello {{ first_name }}.\n\nYour {{ last_treatment }}\nwaits.")

    words = unescape(re.sub(r"<[^>]+>", " ", said.html.split('class="words"')[1]))
    assert said.subject == "For 小明"
    assert said.text.startswith('Hello 小明.\n\nYour <b>Facial</b> & "peel"\nwaits.\n\n--\nNorth')
    for line in ("Hello 小明.", 'Your <b>Facial</b> & "peel"', "waits."):
        assert line in words


@pytest.mark.parametrize(
    "body", ["Hi {{ last_treatment }}", "{% if points %}x{% endif %}Hi {{ last_treatment }}"]
)
def test_a_value_that_is_markup_stays_text(body):
    html = mail(body).html

    assert "<b>Facial" not in html
    assert "&lt;b&gt;Facial&lt;/b&gt; &amp; &quot;peel&quot;" in html


def test_the_clinics_name_cannot_reach_the_layout():
    hostile = Clinic(name="</mj-text><script>@@body@@ @@unsubscribe@@", language="en")

    html = mail("Hi", clinic=hostile).html

    assert "<script" not in html
    assert html.count("&lt;/mj-text&gt;&lt;script&gt;@@body@@ @@unsubscribe@@") >= 2


@pytest.mark.parametrize("cut_short", ["", "{% if points %}{% endif %}"])
def test_links_are_clickable_and_may_be_replaced(cut_short):
    body = cut_short + "Book: https://clinic.example/book?a=1&b=2. Or {{ first_name }}!"
    target = "https://clinic.example/book?a=1&b=2"

    plain = mail(body)
    counted = mail(body, links={target: "https://crm.example/l/xyz"})

    assert 'href="https://clinic.example/book?a=1&amp;b=2"' in plain.html
    assert "Book: https://clinic.example/book?a=1&b=2. Or" in plain.text
    assert 'href="https://crm.example/l/xyz"' in counted.html
    assert "Book: https://crm.example/l/xyz. Or" in counted.text
    composed = compile_mail(subject="x", body=body, clinic=CLINIC)
    assert composed.links == (target,)


def test_a_value_inside_an_address_is_quoted_there_and_only_there():
    said = mail('See https://clinic.example/?n={{ last_treatment }}"> x')

    assert (
        'href="https://clinic.example/?n=%3Cb%3EFacial%3C%2Fb%3E%20%26%20%22peel%22"' in said.html
    )
    assert "javascript" not in said.html


def test_private_characters_in_a_text_are_not_taken_for_marks():
    said = mail("a\ue000b {{ first_name }} \U000f0001")

    assert "小明" in said.html
    assert "小明" in said.text


def test_the_opt_out_stands_in_both_and_in_the_language_of_the_reader():
    english, chinese = mail("Hi"), mail("你好", language="zh-hans")

    assert f'href="{OPT_OUT}"' in english.html
    assert english.text.endswith(f"Unsubscribe: {OPT_OUT}\n")
    assert "退订" in chinese.html
    assert 'lang="zh-Hans"' in chinese.html
    assert "1 High St" in english.html
    assert "1 High St" in english.text


def test_the_look_of_a_clinic_is_used_and_a_bad_one_is_not():
    look = MailLook(accent="#AA3366", logo_url="https://clinic.example/logo.png?a=1&b=2")
    branded = mail("Hi https://a.example", look=look).html

    assert "#aa3366" in branded
    assert 'src="https://clinic.example/logo.png?a=1&amp;b=2"' in branded
    unbranded = mail("Hi", look=MailLook(accent="red;}", logo_url="javascript:alert(1)")).html
    assert "red;}" not in unbranded
    assert "javascript" not in unbranded


def test_a_mail_asks_nothing_of_other_hosts_and_is_dark_where_the_screen_is():
    html = mail("Hi").html

    assert "fonts.googleapis" not in html
    assert "<img" not in html
    assert "prefers-color-scheme: dark" in html
    assert '<meta name="color-scheme" content="light dark"' in html


def test_the_frame_is_compiled_once_a_look():
    frame = Frame("en", "A", "", "why", "Unsubscribe")

    assert framed(frame) == framed(Frame("en", "A", "", "why", "Unsubscribe"))
    assert "B1" in framed(Frame("en", "B1", "", "why", "Unsubscribe"))[0]


def test_a_subject_that_is_empty_for_somebody_leaves_them_out():
    composed = compile_mail(subject="{{ tier | default: '' }}", body="x", clinic=CLINIC)

    with pytest.raises(EmptyField, match="subject"):
        composed.fill({}, unsubscribe_url=OPT_OUT)
