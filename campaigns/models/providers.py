"""By whom messages travel, and what the clinic allows of sending as a whole."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.sealed_text import SealedTextField
from tenancy.erasure import keep_rows
from tenancy.models import TenantModel


class ProviderAccount(TenantModel):
    """The clinic's own account with a provider; a channel without one uses the installation's.

    credentials: JSON, sealed with the clinic's key; what each kind needs stands in
    `campaigns/channels/registry.py`. token and secret are the proof of receipts coming in.
    """

    erasure = keep_rows("the clinic's own accounts")

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        SMS = "sms", _("SMS")
        WECHAT = "wechat", _("WeChat")
        WECOM = "wecom", _("WeCom")
        PHONE = "phone", _("Phone")

    channel = models.CharField(max_length=12, choices=Channel)
    kind = models.CharField(max_length=20)  # a key of campaigns.channels.registry.KINDS
    name = models.CharField(max_length=80)
    sender = models.CharField(max_length=200, blank=True)  # address, number or signature
    credentials = SealedTextField(blank=True)
    secret = SealedTextField(blank=True)  # signs receipts, where the provider lets us choose one
    token = models.CharField(max_length=43)  # of the address at which receipts arrive
    price_minor = models.PositiveIntegerField(default=0)  # of one part
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["channel", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="provider_one_active",
                fields=["clinic", "channel"],
                condition=Q(is_active=True),
            ),
            models.UniqueConstraint(name="provider_token_once", fields=["clinic", "token"]),
        ]

    def __str__(self) -> str:
        return self.name


class SendingRules(TenantModel):
    """One row a clinic. Its lock lets one claim of the clinic run at a time.

    n_claims only grows, and is also told outside the database (`services/arming.py`): a database
    that knows of fewer claims than the world does was restored from a backup.
    """

    erasure = keep_rows("how often the clinic writes")

    n_claims = models.BigIntegerField(default=0)
    max_messages_1_day = models.PositiveSmallIntegerField(default=2)
    max_messages_7_days = models.PositiveSmallIntegerField(default=3)
    staff_hour_minor = models.PositiveIntegerField(default=0, db_default=0)  # of whoever calls

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(name="sending_rules_once", fields=["clinic"])]

    def __str__(self) -> str:
        return f"{self.max_messages_1_day}/{self.max_messages_7_days}"
