"""What a campaign is aimed at stays while the campaign does."""

import pytest

from campaigns.models import AudiencePart, Campaign
from segmentation.models import CustomerList, Segment
from segmentation.services.customer_lists import delete_list
from segmentation.services.segments import delete_segment
from tenancy.exceptions import DomainError

EVERYBODY = {"match": "all", "conditions": []}


def campaign(**values) -> Campaign:
    return Campaign.objects.create(name="Spring", subject="S", body="B", **values)


def test_a_list_in_use_stays_and_names_its_campaign(clinic, manager, client_as):
    fair = CustomerList.objects.create(name="Fair")
    campaign(customer_list=fair)

    with pytest.raises(DomainError, match="Spring"):
        delete_list(customer_list=fair, by=manager)
    answer = client_as("manager").post(f"/segments/lists/{fair.pk}/delete/", follow=True)
    assert answer.status_code == 200
    assert "Spring" in answer.content.decode()
    assert CustomerList.objects.filter(pk=fair.pk).exists()


@pytest.mark.parametrize("is_excluded", [False, True])
def test_a_segment_that_is_a_part_of_an_audience_stays(clinic, manager, is_excluded):
    part = Segment.objects.create(name="Part", rule=EVERYBODY)
    whole = Segment.objects.create(name="Whole", rule=EVERYBODY)
    made = campaign(segment=whole)
    AudiencePart.objects.create(campaign=made, segment=part, is_excluded=is_excluded)

    with pytest.raises(DomainError, match="Spring"):
        delete_segment(segment=part, by=manager)
