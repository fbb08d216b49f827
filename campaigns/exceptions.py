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
