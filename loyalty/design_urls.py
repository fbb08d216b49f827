"""The designer: rules, ladder and drafts, benefits, figures of tiers, programmes."""

from django.urls import path, register_converter

from loyalty.models import EarnRule
from loyalty.views import claims, ladders, programmes, rules, tier_pages


class RuleKind:
    regex = "|".join(EarnRule.Kind.values)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(RuleKind, "rule_kind")

urlpatterns = [
    path("rules/", rules.rule_list, name="rules"),
    path("rules/new/<rule_kind:kind>/", rules.rule_new, name="rule-new"),
    path("rules/<int:rule_id>/", rules.rule_replace, name="rule"),
    path("rules/<int:rule_id>/stop/", rules.rule_stop, name="rule-stop"),
    path("ladder/", ladders.ladder, name="ladder"),
    path("ladder/drafts/new/", ladders.draft_new, name="draft-new"),
    path("ladder/drafts/<int:draft_id>/", ladders.draft_detail, name="draft"),
    path("ladder/drafts/<int:draft_id>/edit/", ladders.draft_edit, name="draft-edit"),
    path("ladder/drafts/<int:draft_id>/run/", ladders.draft_run, name="draft-run"),
    path("ladder/drafts/<int:draft_id>/progress/", ladders.draft_progress, name="draft-progress"),
    path("ladder/drafts/<int:draft_id>/publish/", ladders.draft_publish, name="draft-publish"),
    path("benefits/", tier_pages.benefits, name="benefits"),
    path("benefits/<int:benefit_id>/retire/", tier_pages.benefit_retire, name="benefit-retire"),
    path("tiers/", tier_pages.tiers, name="tiers"),
    path("candidates/", tier_pages.candidates, name="candidates"),
    path("claims/", claims.claims, name="claims"),
    path("claims/<int:claim_id>/decide/", claims.claim_decide, name="claim-decide"),
    path("programmes/", programmes.programmes, name="programmes"),
    path("programmes/new/", programmes.programme_new, name="programme-new"),
    path(
        "programmes/<int:programme_id>/close/", programmes.programme_close, name="programme-close"
    ),
    path(
        "programmes/<int:programme_id>/reopen/",
        programmes.programme_reopen,
        name="programme-reopen",
    ),
    path("programmes/<int:programme_id>/qr/", programmes.join_qr, name="join-qr"),
    path("customers/<int:customer_id>/enrol/", programmes.enrol_customer, name="enrol"),
    path("accounts/<int:account_id>/invite/", tier_pages.invite_account, name="invite"),
]
