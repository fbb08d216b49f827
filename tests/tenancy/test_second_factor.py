"""A second factor is set up behind the password, asked for again where the sign-in is old."""

from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress

from tenancy.models import User

PASSWORD = "a long enough secret"


@pytest.fixture
def owner(client_as):
    """Signed in, their address confirmed, but not with their password just now."""
    client = client_as("owner")
    user = User.objects.get(pk=client.session["_auth_user_id"])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    user.set_password(PASSWORD)
    user.save()
    client.force_login(user)  # a new password ends older sessions
    return client


def test_an_old_sign_in_is_asked_for_the_password_first(owner):
    answer = owner.get("/accounts/2fa/totp/activate/")
    assert answer.status_code == 302
    assert urlsplit(answer.headers["Location"]).path == "/accounts/reauthenticate/"
    answer = owner.post(answer.headers["Location"], {"password": PASSWORD})
    assert answer.headers["Location"] == "/accounts/2fa/totp/activate/"
    assert owner.get("/accounts/2fa/totp/activate/").status_code == 200
