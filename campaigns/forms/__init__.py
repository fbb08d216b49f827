from campaigns.forms.changes import ChangeForm, TestSendForm
from campaigns.forms.plan import PlanForm
from campaigns.forms.steps import StepForm, VariantForm

__all__ = ["ChangeForm", "PlanForm", "StepForm", "TestSendForm", "VariantForm"]
