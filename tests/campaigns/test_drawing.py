"""Drawing a journey in the browser: variants, where steps lead, what stands beside words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import Campaign, ProviderAccount, Step, Variant
from campaigns.services.steps import VariantWords, remove_variant, write_variant
from campaigns.shares import divided
from tests.factories.campaigns import CampaignFactory, RunningCampaignFactory
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def step(clinic) -> Step:
    step = Step.objects.create(
        campaign=CampaignFactory(), number=1, kind="message", channel="email"
    )
    Variant.objects.create(step=step, name="A", subject="One", body="Come")
    return step


def write(step: Step, name: str, share: int) -> None:
    words = VariantWords(name=name, language="", share=share, subject=name, body="Come")
    write_variant(campaign=step.campaign, number=1, words=words)


def shares(step: Step) -> dict[str, int]:
    return dict(step.variants.filter(language="").values_list("name", "share"))


@given(
    st.dictionaries(st.sampled_from("ABCDEF"), st.integers(0, 100), min_size=1),
    st.integers(0, 100),
)
def test_shares_always_add_up_and_keep_their_order(before, room):
    after = divided(before, room)

    assert sum(after.values()) == room
    assert min(after.values()) >= 0
    for one in before:
        for other in before:
            assert before[one] <= before[other] or after[one] >= after[other]


def test_thirds_give_the_odd_percent_to_the_first():
    assert divided({"A": 1, "B": 1, "C": 1}, 100) == {"A": 34, "B": 33, "C": 33}


def test_a_further_variant_leaves_the_others_the_rest(step):
    write(step, "B", 50)
    assert shares(step) == {"A": 50, "B": 50}
    write(step, "C", 40)
    assert shares(step) == {"A": 30, "B": 30, "C": 40}

    remove_variant(campaign=step.campaign, number=1, variant_id=step.variants.get(name="C").pk)

    assert shares(step) == {"A": 50, "B": 50}


def test_the_only_variant_is_for_everybody(step):
    write(step, "A", 30)

    assert shares(step) == {"A": 100}


def test_a_translation_keeps_the_share_of_its_variant(step):
    Variant.objects.create(step=step, name="A", language="en", subject="Uno", body="Come")
    write(step, "B", 25)

    assert set(step.variants.filter(name="A").values_list("share", flat=True)) == {75}


def test_the_first_variant_of_one_message_leads_to_writing_it(client_as, clinic):
    campaign = CampaignFactory()
    client = client_as("manager")

    drawn = client.post(f"/campaigns/{campaign.pk}/steps/draw/")
    page = client.get(drawn.url)

    assert drawn.url == f"/campaigns/{campaign.pk}/steps/1/says/"
    assert page.context["form"].initial == {"name": "B", "share": 50}


def test_where_a_branch_leads_is_told_in_words(client_as, step):
    Step.objects.create(campaign=step.campaign, number=2, kind="wait", wait_days=3)

    page = text_of(client_as("manager").get(f"/campaigns/{step.campaign_id}/steps/new/branch/"))

    assert "Step 1 · E-mail «One»" in page
    assert "Step 2 · Wait 3 days" in page


def test_a_branch_is_added_in_chinese_as_a_fork_and_no_shop(client_as, step):
    client = client_as("manager")
    client.cookies["language"] = "zh-hans"

    page = text_of(client.get(f"/campaigns/{step.campaign_id}/steps/"))

    assert "添加分支" in page
    assert "添加门店" not in page
    assert "发送邮件：<q>One</q>" in page


def test_an_sms_is_previewed_as_it_travels_with_its_parts(client_as, clinic):
    CustomerFactory(name="Anna Smith")
    said = {"channel": "sms", "body": "Guaranteed painless, {{ first_name }}.", "language": "en"}

    page = text_of(client_as("manager").post("/campaigns/preview/", said))

    assert "1 SMS" in page
    assert "Reply STOP to opt out" in page
    assert "link to unsubscribe" not in page
    assert "Promise of safety" in page


def test_the_page_of_a_campaign_is_read_anew_once_its_state_has_changed(client_as, clinic):
    campaign = RunningCampaignFactory()
    client, url = client_as("manager"), f"/campaigns/{campaign.pk}/progress/"

    same = client.get(url, {"was": Campaign.State.RUNNING})
    changed = client.get(url, {"was": Campaign.State.LAUNCHING})

    assert "HX-Refresh" not in same.headers
    assert changed.headers["HX-Refresh"] == "true"


def test_the_review_warns_of_a_channel_nobody_carries(client_as, step):
    Step.objects.create(campaign=step.campaign, number=2, kind="message", channel="sms")
    client = client_as("manager")
    warning = "Step 2 goes by SMS, but no account is connected"
    url = f"/campaigns/{step.campaign_id}/review/"

    before = text_of(client.get(url))
    ProviderAccount.objects.create(channel="sms", kind="recording", name="SMS", is_active=True)
    after = text_of(client.get(url))

    assert warning in before
    assert warning not in after
    assert "Step 1 goes by" not in before


def test_nothing_is_complained_of_before_something_is_written(client_as, clinic):
    page = text_of(client_as("manager").post("/campaigns/templates/side/", {"body": " "}))

    assert "As soon as you write" in page
    assert "Write the message" not in page


def test_a_draft_counts_nobody_in_the_list(client_as, clinic):
    CampaignFactory(name="Only planned")

    row = text_of(client_as("manager").get("/campaigns/")).split("Only planned")[1]

    assert row.split("</tr>")[0].count(">–</td>") == 5
