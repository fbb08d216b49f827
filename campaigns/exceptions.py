from tenancy.exceptions import DomainError


class CampaignRefused(DomainError):
    """The plan breaks a rule; `field` names what to change, "" when it is the whole."""

    code = "campaign_refused"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class TemplateRefused(CampaignRefused):
    """The subject or body cannot be used as it stands."""

    code = "template_refused"


class WrongState(CampaignRefused):
    """The campaign is not in a state in which this can be done."""

    code = "wrong_state"


class LostClaim(RuntimeError):
    """Messages changed under our lock: a bug, so the whole claim is rolled back."""


class EmptyField(Exception):
    """A merge field has no value for this customer and the text gives no fallback."""


class JourneyRefused(CampaignRefused):
    """The steps cannot be walked; `step` is the number of the one at fault, 0 for the whole."""

    code = "journey_refused"

    def __init__(self, message: str, *, step: int = 0) -> None:
        super().__init__(message, field="steps")
        self.step = step


class ScheduleRefused(CampaignRefused):
    """The time it should start, or the rhythm it should keep, cannot be."""

    code = "schedule_refused"


class NeedsApproval(CampaignRefused):
    """More customers than one person alone may write to."""

    code = "needs_approval"
