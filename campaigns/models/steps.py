"""The journey of a campaign: its steps, and the variants of what a step says."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.plans import Campaign
from tenancy.erasure import keep_rows
from tenancy.models import TenantForeignKey, TenantModel

END = 0  # in next_if_yes and next_if_no: the journey ends here


class Step(TenantModel):
    """One thing that is done with each treated customer, or waited for.

    next_if_yes: the step that follows, of a branch the one if its condition holds; None: the next
    number. next_if_no: of a branch only. 0: the journey ends.
    """

    erasure = keep_rows("what the clinic does with everybody")

    class Kind(models.TextChoices):
        MESSAGE = "message", _("Message")
        WAIT = "wait", _("Wait")
        BRANCH = "branch", pgettext_lazy("of a journey", "Branch")
        PHONE = "phone", _("Call")

    class Condition(models.TextChoices):
        VISITED = "visited", _("visited")
        OPENED = "opened", _("opened the message")
        REPLIED = "replied", _("replied")
        NOTHING = "nothing", _("did nothing of this")

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        SMS = "sms", _("SMS")
        WECHAT = "wechat", _("WeChat")

    campaign = TenantForeignKey(Campaign, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()  # from 1
    kind = models.CharField(max_length=8, choices=Kind)
    channel = models.CharField(max_length=12, choices=Channel, blank=True)  # of a message
    wait_days = models.PositiveIntegerField(default=0)
    condition = models.CharField(max_length=8, choices=Condition, blank=True)  # of a branch
    script = models.TextField(blank=True)  # of a call: what to say
    next_if_yes = models.PositiveSmallIntegerField(null=True, blank=True)
    next_if_no = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                name="step_number_once",
                fields=["clinic", "campaign", "number"],
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                name="step_has_what_its_kind_needs",
                condition=(Q(kind="message") & ~Q(channel=""))
                | Q(kind="wait", wait_days__gte=1)
                | (Q(kind="branch") & ~Q(condition=""))
                | Q(kind="phone"),
            ),
            models.CheckConstraint(name="step_counts_from_one", condition=Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}/{self.number} {self.kind}"


class Variant(TenantModel):
    """What a message step says: to a share of the customers, in a language.

    The row without language is the variant itself: it holds the share, an enrolment points to it,
    and it is read by whoever's language has no row of its own under the same name.
    """

    erasure = keep_rows("what the clinic wrote to everybody")

    step = TenantForeignKey(Step, on_delete=models.CASCADE, related_name="variants")
    name = models.CharField(max_length=20, default="A")
    language = models.CharField(max_length=8, blank=True)  # "", "en" or "zh-hans"
    share = models.PositiveSmallIntegerField(default=100)  # percent; of the row without language
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()

    class Meta(TenantModel.Meta):
        ordering = ["name", "language", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="variant_once", fields=["clinic", "step", "name", "language"]
            ),
            models.CheckConstraint(
                name="variant_share_is_percent", condition=Q(share__gte=0, share__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step_id} {self.name}"
