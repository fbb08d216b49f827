from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from tenancy.erasure import keep_rows
from tenancy.managers import DoorManager, ScopedManager
from tenancy.models.base import TenantForeignKey, TenantModel
from tenancy.models.clinic import Branch
from tenancy.roles import Role, capabilities_of
from tenancy.scope import USER_DOOR_SETTING


class UserManager(BaseUserManager):
    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in by e-mail; what they may do is said by their memberships."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=8, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(
        _("operator"), default=False, help_text=_("May open /admin/ and see no clinic's data.")
    )
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once_whatever_case"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email


class Membership(TenantModel):
    """A user's role in one clinic, optionally bound to one branch."""

    erasure = keep_rows("people who work here")
    wall_door = (
        f"user_id = (SELECT nullif(current_setting('{USER_DOOR_SETTING}', true), '')::bigint)"
    )

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)
    branch = TenantForeignKey(
        Branch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        help_text=_("Sees only this branch's customers; empty means all branches."),
    )
    display_name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()
    at_the_door = DoorManager()

    class Meta(TenantModel.Meta):
        ordering = ["display_name", "pk"]
        constraints = [
            models.UniqueConstraint(name="membership_once", fields=["clinic", "user"]),
            models.CheckConstraint(
                name="membership_role_known", condition=models.Q(role__in=Role.values)
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or str(self.user)

    @property
    def capabilities(self) -> frozenset[str]:
        return capabilities_of(self.role)
