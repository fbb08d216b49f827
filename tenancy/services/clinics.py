"""Opening a clinic and its people."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from tenancy.exceptions import DomainError
from tenancy.models import Branch, Clinic, Membership, User
from tenancy.roles import Role
from tenancy.scope import current_clinic_id


@transaction.atomic
def create_clinic(
    *, slug: str, name: str, timezone: str, currency: str, **settings: object
) -> Clinic:
    """Open a clinic. Raises DomainError naming the field that is wrong."""
    clinic = Clinic(slug=slug, name=name, timezone=timezone, currency=currency, **settings)
    try:
        clinic.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise DomainError(f"{field}: {messages[0]}", code=f"{field}_refused") from None
    clinic.save()
    return clinic


@transaction.atomic
def create_member(
    *,
    email: str,
    role: str,
    name: str = "",
    password: str | None = None,
    branch: Branch | None = None,
) -> Membership:
    """Give a person a role in the current clinic; the person is made when new.

    An e-mail that signs in already keeps its password: nobody's account is taken over.
    Raises DomainError for an unknown role or a person who is a member already.
    """
    if role not in Role.values:
        known = ", ".join(Role.values)
        raise DomainError(
            _("There is no role %(role)s. Roles: %(known)s.") % {"role": role, "known": known},
            code="role_unknown",
        )
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        user = _new_user(email, name, password)
    if Membership.objects.filter(user=user).exists():
        raise DomainError(
            _("%(email)s is a member of this clinic already.") % {"email": user.email},
            code="member_already",
        )
    return Membership.objects.create(
        user=user, role=role, branch=branch, display_name=name or user.name
    )


def _new_user(email: str, name: str, password: str | None) -> User:
    user = User(email=email.strip().lower(), name=name)
    user.set_password(password)
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        raise DomainError(error.messages[0], code="email_refused") from None
    user.save()
    return user


@transaction.atomic
def change_role(*, membership: Membership, role: str, is_active: bool = True) -> Membership:
    """Change what a member may do. The last active owner cannot be lost."""
    Clinic.objects.select_for_update().get(pk=current_clinic_id())
    others = Membership.objects.filter(role=Role.OWNER, is_active=True).exclude(pk=membership.pk)
    stays_owner = role == Role.OWNER and is_active
    if membership.role == Role.OWNER and not stays_owner and not others.exists():
        raise DomainError(_("A clinic keeps at least one owner."), code="last_owner")
    membership.role, membership.is_active = role, is_active
    membership.save(update_fields=["role", "is_active"])
    return membership
