"""Beginning a plan, a step or a call from a template: chosen in a dialog, put into the form."""

import pytest

from campaigns.library import READY, ready
from campaigns.models import Step, Template, Variant
from segmentation.models import CustomerList, CustomerListEntry
from tests.factories.campaigns import CampaignFactory
from tests.factories.customers import CustomerFactory

PICK, WORDS = "/campaigns/templates/pick/", "/campaigns/templates/words/"


def make(**changes) -> Template:
    said = {"name": "Spring", "kind": "return", "channel": "email", "language": "en",
            "subject": "Hi", "body": "Come"}  # fmt: skip
    return Template.objects.create(**said | changes)


def text_of(answer) -> str:
    return answer.content.decode()


@pytest.mark.parametrize("channel", ["email", "sms", "wechat", "phone"])
def test_the_dialog_offers_our_own_and_the_librarys_of_this_channel(client_as, clinic, channel):
    subject = "Hi" if channel == "email" else ""
    make(name="Our own", channel=channel, subject=subject)
    make(name="Elsewhere", channel="sms" if channel == "email" else "email")
    make(name="Old", channel=channel, subject=subject, is_archived=True)

    page = text_of(client_as("manager").get(PICK, {"channel": channel, "language": "en"}))

    n_ready = sum((one.channel, one.language) == (channel, "en") for one in READY)
    assert page.count("?ready=") == n_ready > 0
    assert ("Our own" in page, "Elsewhere" in page, "Old" in page) == (True, False, False)


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_dialog_asks_a_fixed_number_of_queries(
    client_as, django_assert_num_queries, item_count
):
    for n in range(item_count):
        make(name=f"T{n}")
    client = client_as("manager")
    with django_assert_num_queries(14):
        client.get(PICK)


def test_words_of_a_template_stand_in_the_fields_and_the_dialog_closes(client_as):
    template = make(subject="Hello {{ first_name }}", body="Come <soon>")

    answer = client_as("manager").get(WORDS, {"template": template.pk})

    form = answer.context["form"]
    assert (form["subject"].value(), form["body"].value()) == (template.subject, "Come <soon>")
    assert "Come &lt;soon&gt;" in text_of(answer)
    assert "words-chosen" in answer["HX-Trigger-After-Settle"]
    assert "dialog-close" in answer["HX-Trigger-After-Settle"]


def test_words_of_the_library_and_of_a_call(client_as):
    client = client_as("manager")

    mail = client.get(WORDS, {"ready": "return", "language": "zh-hans"}).context["form"]
    call = client.get(WORDS, {"ready": "return_call", "language": "en"}).context["form"]

    assert mail["body"].value() == ready("return", "zh-hans").body
    assert list(call.fields) == ["script"]
    assert call["script"].value() == ready("return_call", "en").body


@pytest.mark.parametrize(
    "query", [{}, {"ready": "nothing"}, {"template": "x"}, {"template": "9" * 30},
              {"template": "999999"}],
)  # fmt: skip
def test_what_is_not_there_is_not_found(client_as, query):
    assert client_as("manager").get(WORDS, query).status_code == 404


def test_plan_step_and_call_all_offer_it(client_as, clinic):
    campaign = CampaignFactory()
    step = Step.objects.create(campaign=campaign, number=1, kind="message", channel="sms")
    Variant.objects.create(step=step, body="Come")
    client = client_as("manager")

    pages = {
        "/campaigns/new/": "email",
        f"/campaigns/{campaign.pk}/edit/": "email",
        f"/campaigns/{campaign.pk}/steps/1/says/": "sms",
        f"/campaigns/{campaign.pk}/steps/new/phone/": "phone",
    }
    for address, channel in pages.items():
        assert f"{PICK}?channel={channel}" in text_of(client.get(address)), address


def test_a_plan_begins_with_a_list_and_is_previewed_for_its_customers(client_as, clinic):
    listed = CustomerList.objects.create(name="Friends")
    customer = CustomerFactory(name="Berta Brown")
    CustomerListEntry.objects.create(customer_list=listed, customer=customer)
    client = client_as("manager")

    plan = client.get("/campaigns/new/", {"list": listed.pk})
    asked = {"customer_list": listed.pk, "subject": "Hi", "body": "Hi {{ first_name }}"}
    preview = text_of(client.post("/campaigns/preview/", asked))
    empty = text_of(client.post("/campaigns/preview/", {"subject": "", "body": ""}))

    assert plan.context["form"].initial["customer_list"] == listed.pk
    assert "As Berta Brown will read it" in preview
    assert "As soon as you write" in empty


def test_a_step_is_told_without_liquid(client_as, clinic):
    campaign = CampaignFactory()
    step = Step.objects.create(campaign=campaign, number=1, kind="message", channel="sms")
    words = '{% if tier %}{{ first_name | default: "you" }}{% endif %}, come <soon>'
    Variant.objects.create(step=step, body=words)

    page = text_of(client_as("manager").get(f"/campaigns/{campaign.pk}/steps/"))

    assert "<q>[First name], come &lt;soon&gt;</q>" in page


def test_a_branch_of_a_journey_is_no_branch_of_the_clinic(client_as, clinic):
    campaign = CampaignFactory()
    Step.objects.create(campaign=campaign, number=1, kind="wait", wait_days=3)
    client = client_as("manager")
    client.cookies["django_language"] = "zh-hans"

    page = text_of(client.get(f"/campaigns/{campaign.pk}/steps/new/branch/"))

    assert "<h1>分支</h1>" in page.replace("\n", "")
