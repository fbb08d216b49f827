import pytest

from tenancy.models import ApiKey, AuditEntry, Branch, Membership
from tests.factories.tenancy import BranchFactory, MembershipFactory


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(
    ("path", "factory", "n_queries"),
    [
        ("/settings/branches/", BranchFactory, 14),
        ("/settings/people/", MembershipFactory, 14),
    ],
)
def test_lists_cost_the_same_for_one_and_three(
    client_as, owner, django_assert_num_queries, path, factory, n, n_queries
):
    client = client_as(owner)
    factory.create_batch(n)
    with django_assert_num_queries(n_queries):
        assert client.get(path).status_code == 200


def test_owner_changes_a_setting_and_it_is_on_the_trail(client_as, owner, clinic):
    page = client_as(owner).get("/settings/")
    form = {name: field.value() or "" for name, field in _fields(page)}
    answer = client_as(owner).post("/settings/", form | {"holdout_percent": "15"})
    assert answer.status_code == 302
    clinic.refresh_from_db()
    assert clinic.holdout_percent == 15
    entry = AuditEntry.objects.get(action="clinic.changed")
    assert (entry.actor, entry.detail) == (owner, {"fields": ["holdout_percent"]})


@pytest.mark.parametrize(("typed", "limit"), [("500", 500), ("", None)])
def test_owner_says_above_how_many_a_second_person_approves(client_as, owner, clinic, typed, limit):
    clinic.campaign_approval_above = 20
    clinic.save()
    client = client_as(owner)
    form = {name: field.value() or "" for name, field in _fields(client.get("/settings/"))}
    assert form["campaign_approval_above"] == 20
    client.post("/settings/", form | {"campaign_approval_above": typed})
    clinic.refresh_from_db()
    assert clinic.campaign_approval_above == limit


def _fields(page):
    form = page.context["form"]
    return [(name, form[name]) for name in form.fields]


def test_a_wrong_setting_is_refused_with_its_reason(client_as, owner):
    answer = client_as(owner).post("/settings/", {"name": "X", "timezone": "Mars/Base"})
    assert answer.status_code == 422
    assert "Mars/Base is not a time zone" in answer.content.decode()


def test_manager_sees_settings_and_cannot_change_them(client_as, clinic):
    client = client_as("manager")
    assert client.get("/settings/").status_code == 200
    client.post("/settings/", {"name": "Taken over"})
    clinic.refresh_from_db()
    assert clinic.name == "North Clinic"


def test_new_member_gets_a_first_password_once(client_as, owner):
    answer = client_as(owner).post(
        "/settings/people/new/", {"email": "new@clinic.example", "name": "New", "role": "staff"}
    )
    password = answer.context["password"]
    member = Membership.objects.get(user__email="new@clinic.example")
    assert member.user.check_password(password)


def test_adding_somebody_who_has_an_account_elsewhere_keeps_their_password(
    client_as, owner, other_clinic, in_clinic
):
    with in_clinic(other_clinic):
        user = MembershipFactory().user
        user.set_password("their own words")
        user.save()
    answer = client_as(owner).post(
        "/settings/people/new/", {"email": user.email, "name": "Them", "role": "staff"}
    )
    user.refresh_from_db()
    assert answer.context["password"] == ""
    assert user.check_password("their own words")


def test_the_last_owner_stays(client_as, owner):
    answer = client_as(owner).post(f"/settings/people/{owner.pk}/", {"role": "staff"})
    assert answer.status_code == 422
    owner.refresh_from_db()
    assert owner.role == "owner"


def test_a_member_who_is_shut_out_is_out_with_the_next_click(client_as, owner, manager):
    client = client_as(manager)
    assert client.get("/settings/").status_code == 200
    client_as(owner).post(f"/settings/people/{manager.pk}/", {"role": "manager"})
    assert client.get("/settings/").status_code == 403


def test_key_is_shown_once_and_revoked_for_good(client_as, owner):
    client = client_as(owner)
    made = client.post("/settings/api-keys/new/", {"name": "till", "scopes": ["sales.write"]})
    text = made.context["text"]
    key = ApiKey.objects.get()
    assert text not in client.get("/settings/api-keys/").content.decode()
    client.post(f"/settings/api-keys/{key.pk}/revoke/")
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_two_branches_with_one_code_are_refused(client_as, owner):
    BranchFactory(code="main")
    answer = client_as(owner).post(
        "/settings/branches/new/", {"code": "main", "name": "Second", "is_active": "on"}
    )
    assert answer.status_code == 422
    assert Branch.objects.count() == 1
