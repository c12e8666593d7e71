"""Every page that is photographed by `taihu screenshots`: name, role of the reader, path. Whoever adds a page adds a line.

The role is the name of a demo account (the part before the @), or empty for a visitor. A path may hold places such as
`{opening}`; `PLACES` says how to find a value for each in the city at hand, and a page whose place cannot be filled is left out.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.db.models import Model

from taihu.records.cases.models import Case, NoticeEntry, Objection, PublicNotice, ReviewSheet
from taihu.records.identity.models import ApiKey, Membership, Organisation, Verification
from taihu.systems.jobs.actions.invitations import candidate_code
from taihu.systems.jobs.models import (
    Application,
    Complaint,
    ImportBatch,
    MatchRun,
    Opening,
    OpeningReview,
    OpeningSlate,
)
from taihu.systems.jobs.queries import recommended_people
from taihu.systems.policies.models import Application as PolicyApplication
from taihu.systems.policies.models import Call, CorrectionRequest, DirectEntry, DirectRun, PolicyRun, PolicyVersion


class Screen(NamedTuple):
    name: str
    role: str
    path: str
    status: int = 200


def newest(model: type[Model], **conditions: object) -> Callable[[], object | None]:
    return lambda: model._default_manager.filter(**conditions).order_by("-pk").values_list("pk", flat=True).first()


EMPLOYER = "employer@demo.example"


def applicant(state: str) -> Callable[[], object | None]:
    """The newest application to the demo employer at a stage."""
    return newest(Application, state=state, opening__organisation__memberships__account__email=EMPLOYER)


def first_candidate() -> object | None:
    """The code of a person recommended to the demo employer's opening."""
    mine = OpeningSlate.objects.filter(opening__organisation__memberships__account__email=EMPLOYER)
    slate = mine.filter(opening__is_listed=True).select_related("opening").order_by("-opening_id", "-run_id").first()
    found = [row for row in recommended_people(slate.opening) if row.position] if slate else []
    return candidate_code(slate.opening_id, found[0].person.pk) if slate and found else None


PLACES: dict[str, Callable[[], object | None]] = {
    "opening": newest(Opening, is_listed=True),
    "organisation": newest(Organisation),
    "application": newest(Application),
    "own_application": newest(Application, person__account__email="seeker@demo.example"),
    "hiring_opening": newest(
        Opening, is_listed=True, slates__isnull=False, organisation__memberships__account__email=EMPLOYER
    ),
    "candidate": first_candidate,
    "applicant": applicant("interview"),
    "new_applicant": applicant("viewed"),
    "refused_applicant": applicant("refused"),
    "hired_applicant": applicant("accepted"),
    "verification": newest(Verification),
    "review": newest(OpeningReview),
    "complaint": newest(Complaint),
    "run": newest(MatchRun),
    "policy_draft": newest(PolicyVersion, state="draft", replaces__isnull=False),
    "young_purchase": newest(PolicyVersion, policy="wuxi-young-purchase"),
    "policy_run": newest(PolicyRun, state="done"),
    "direct_run": newest(DirectRun),
    "manual_entry": newest(DirectEntry, state="manual"),
    "listed_person": lambda: DirectEntry.objects.filter(state="listed").values_list("person_id", flat=True).first(),
    "correction": newest(CorrectionRequest, state="requested"),
    "own_draft": newest(Opening, state="draft", organisation__memberships__account__email=EMPLOYER),
    "own_review": newest(Opening, state="review", organisation__memberships__account__email=EMPLOYER),
    "own_opening": newest(Opening, state="published", organisation__memberships__account__email=EMPLOYER),
    "own_member": newest(Membership, organisation__memberships__account__email=EMPLOYER, role="viewer"),
    "own_upload": newest(ImportBatch, state="uploaded", organisation__memberships__account__email=EMPLOYER),
    "own_import": newest(ImportBatch, state="done", organisation__memberships__account__email=EMPLOYER),
    "own_key": newest(ApiKey, organisation__memberships__account__email=EMPLOYER),
}

PLACES |= {
    "own_policy_application": newest(PolicyApplication, person__account__email="seeker@demo.example"),
    "own_purchase": newest(
        PolicyApplication, person__account__email="seeker@demo.example", track__policy="wuxi-young-purchase"
    ),
    "staff_application": newest(
        PolicyApplication, case__organisation__memberships__account__email="employer@demo.example",
        case__runs__kind="employer_check", case__runs__state="open",
    ),
    "refused_application": newest(PolicyApplication, case__appeals__isnull=False),
    "case_checks": newest(Case, runs__kind="department_checks", runs__state="open"),
    "case_review": newest(Case, runs__kind="expert_review", runs__state="open"),
    "case_decision": newest(Case, runs__kind="decision", runs__state="open", data__track="top_team"),
    "case_appeal": newest(Case, appeals__state="open"),
    "case_payment": newest(Case, runs__kind="payment", runs__state="open"),
    "notice": newest(PublicNotice, state="published"),
    "notice_entry": newest(NoticeEntry, notice__state="published"),
    "objection": newest(Objection, state="open"),
    "sheet": newest(ReviewSheet, expert__email="expert@demo.example", state="assigned"),
    "call_number": newest(Call),
}  # fmt: skip

SCREENS = [
    Screen("policies", "", "/policies/"),
    Screen("policies-none", "", "/policies/?q=没有这样的政策"),
    Screen("policy", "", "/policies/wuxi-young-purchase/2024/"),
    Screen("policy-table", "", "/policies/wuxi-housing/2024/"),
    Screen("policy-class", "", "/policies/wuxi-class-d/2023/"),
    Screen("policy-check", "", "/policies/nanjing-rent/2023/check/"),
    Screen("entitlements", "seeker", "/me/entitlements/"),
    Screen("entitlement", "seeker", "/me/entitlements/wuxi-young-purchase/2024/"),
    Screen("entitlement-check", "seeker", "/me/entitlements/wuxi-housing/2024/"),
    Screen("my-facts", "seeker", "/me/facts/"),
    Screen("my-facts-correct", "seeker", "/me/facts/degree/correct/"),
    Screen("entitlements-consent", "officer", "/me/entitlements/"),
    Screen("office-policies", "officer", "/office/policies/"),
    Screen("office-policy", "decider", "/office/policies/{young_purchase}/"),
    Screen("office-policy-entitled", "officer", "/office/policies/{young_purchase}/entitled/"),
    Screen("office-policy-near", "officer", "/office/policies/{young_purchase}/near/"),
    Screen(
        "office-policy-person",
        "officer",
        "/office/policies/people/{listed_person}/?run={policy_run}&policy=wuxi-young-purchase",
    ),
    Screen("office-policy-find", "officer", "/office/policies/people/"),
    Screen("office-policy-runs", "officer", "/office/policies/runs/"),
    Screen("office-policy-run", "officer", "/office/policies/runs/{policy_run}/"),
    Screen("office-policy-contradictions", "officer", "/office/policies/runs/{policy_run}/contradictions/"),
    Screen("office-direct", "officer", "/office/policies/direct/"),
    Screen("office-direct-run", "decider", "/office/policies/direct/{direct_run}/"),
    Screen("office-direct-manual", "officer", "/office/policies/direct/{direct_run}/?state=manual"),
    Screen("office-direct-entry", "officer", "/office/policies/direct/entries/{manual_entry}/"),
    Screen("office-corrections", "officer", "/office/policies/corrections/"),
    Screen("office-correction", "officer", "/office/policies/corrections/{correction}/"),
    Screen("home", "", "/"),
    Screen("home-seeker", "seeker", "/"),
    Screen("openings", "", "/openings/"),
    Screen("openings-search", "", "/openings/?q=数控"),
    Screen("openings-none", "", "/openings/?q=没有这样的岗位啊"),
    Screen("opening", "", "/openings/{opening}/"),
    Screen("opening-seeker", "seeker", "/openings/{opening}/"),
    Screen("complain", "", "/openings/{opening}/complain/"),
    Screen("apply", "seeker", "/openings/{opening}/apply/"),
    Screen("employer", "", "/employers/{organisation}/"),
    Screen("algorithm", "", "/how-matching-works/"),
    Screen("my-matches", "seeker", "/me/matches/"),
    Screen("my-profile", "seeker", "/me/profile/"),
    Screen("my-applications", "seeker", "/me/applications/"),
    Screen("my-resumes", "seeker", "/me/resumes/"),
    Screen("my-resume-new", "seeker", "/me/resumes/new/"),
    Screen("caseworker", "caseworker", "/for/"),
    Screen("my-application", "seeker", "/me/applications/{own_application}"),
    Screen("my-invitations", "seeker", "/me/invitations/"),
    Screen("hiring-board", "employer", "/employer/candidates/"),
    Screen("hiring-stage", "employer", "/employer/candidates/?stage=ended"),
    Screen("hiring-opening-board", "employer", "/employer/openings/{hiring_opening}/candidates/"),
    Screen("hiring-recommended", "employer", "/employer/openings/{hiring_opening}/recommended/"),
    Screen("hiring-invite", "employer", "/employer/openings/{hiring_opening}/recommended/{candidate}/invite/"),
    Screen("hiring-hide", "employer", "/employer/openings/{hiring_opening}/recommended/{candidate}/hide/"),
    Screen("hiring-filled", "employer", "/employer/openings/{hiring_opening}/filled"),
    Screen("hiring-answer-all", "employer", "/employer/openings/{hiring_opening}/answer/"),
    Screen("hiring-application", "employer", "/employer/applications/{applicant}"),
    Screen("hiring-application-viewed", "employer", "/employer/applications/{new_applicant}"),
    Screen("hiring-application-refused", "employer", "/employer/applications/{refused_applicant}"),
    Screen("hiring-application-hired", "employer", "/employer/applications/{hired_applicant}"),
    Screen("hiring-refuse", "employer", "/employer/applications/{new_applicant}/refuse/"),
    Screen("hiring-interview", "employer", "/employer/applications/{applicant}/interview/"),
    Screen("hiring-offer", "employer", "/employer/applications/{applicant}/offer/"),
    Screen("hiring-hire", "employer", "/employer/applications/{hired_applicant}/hire/"),
    Screen("design-foundation", "officer", "/design/foundation/"),
    Screen("design-parts", "officer", "/design/parts/"),
    Screen("design-openings", "officer", "/design/openings/"),
    Screen("design-forms", "officer", "/design/forms/"),
    Screen("design-figures", "officer", "/design/figures/"),
    Screen("design-work", "officer", "/design/work/"),
    Screen("design-front", "officer", "/design/front/"),
    Screen("accessibility", "", "/accessibility/"),
    Screen("login", "", "/account/login/"),
    Screen("signup", "", "/account/signup/"),
    Screen("password-reset", "", "/account/password/reset/"),
    Screen("not-found", "", "/no-such-page/", 404),
    Screen("account-email", "seeker", "/account/email/"),
    Screen("account-phone", "seeker", "/account/phone/change/"),
    Screen("account-password", "seeker", "/account/password/change/"),
    Screen("account-two-factor", "seeker", "/account/2fa/"),
    Screen("account-sessions", "seeker", "/account/sessions/"),
    Screen("me", "seeker", "/me/"),
    Screen("me-contact", "seeker", "/me/contact/"),
    Screen("me-inbox", "seeker", "/me/inbox/"),
    Screen("me-seen", "seeker", "/me/seen/"),
    Screen("me-consents", "seeker", "/me/consents/"),
    Screen("me-mandates", "seeker", "/me/mandates/"),
    Screen("me-data", "seeker", "/me/data/"),
    Screen("offices", "admin", "/me/offices/"),
    Screen("privacy", "", "/privacy/"),
    Screen("account-logout", "seeker", "/account/logout/"),
    Screen("me-home", "seeker", "/me/"),
    Screen("me-erase", "seeker", "/me/erase/"),
    Screen("me-offices", "admin", "/me/offices/"),
    Screen("office", "officer", "/office/"),
    Screen("office-verifications", "officer", "/office/verifications/"),
    Screen("office-verification", "officer", "/office/verifications/{verification}/"),
    Screen("office-reviews", "officer", "/office/reviews/"),
    Screen("office-review", "officer", "/office/reviews/{review}/"),
    Screen("office-complaints", "officer", "/office/complaints/"),
    Screen("office-complaint", "officer", "/office/complaints/{complaint}/"),
    Screen("office-takedowns", "officer", "/office/takedowns/"),
    Screen("office-take-down", "officer", "/office/openings/{opening}/take-down/"),
    Screen("office-imports", "officer", "/office/imports/"),
    Screen("office-held-rows", "officer", "/office/imports/rows/"),
    Screen("office-runs", "officer", "/office/matches/"),
    Screen("office-run", "officer", "/office/matches/{run}/"),
    Screen("office-supply", "officer", "/office/supply/"),
    Screen("office-fairness", "officer", "/office/fairness/"),
    Screen("office-fairness-both", "officer", "/office/fairness/?by=both"),
    Screen("fairness", "", "/how-matching-works/fairness/"),
    Screen("office-audit", "auditor", "/office/audit/"),
    Screen("desk-start", "", "/employer/start/"),
    Screen("desk-home", "employer", "/employer/"),
    Screen("desk-register", "employer", "/employer/register/"),
    Screen("desk-organisation", "employer", "/employer/organisation/"),
    Screen("desk-registration", "employer", "/employer/organisation/registration/"),
    Screen("desk-about", "employer", "/employer/organisation/about/"),
    Screen("desk-branches", "employer", "/employer/branches/"),
    Screen("desk-branch-new", "employer", "/employer/branches/new/"),
    Screen("desk-members", "employer", "/employer/members/"),
    Screen("desk-member-remove", "employer", "/employer/members/{own_member}/remove/"),
    Screen("desk-keys", "employer", "/employer/keys/"),
    Screen("desk-key-revoke", "employer", "/employer/keys/{own_key}/revoke/"),
    Screen("desk-openings", "employer", "/employer/openings/"),
    Screen("desk-openings-none", "employer", "/employer/openings/?q=没有这样的岗位"),
    Screen("desk-imports", "employer", "/employer/imports/"),
    Screen("desk-import-preview", "employer", "/employer/imports/{own_upload}/"),
    Screen("desk-import-report", "employer", "/employer/imports/{own_import}/"),
    Screen("desk-opening-new", "employer", "/employer/openings/new/"),
    Screen("desk-opening", "employer", "/employer/openings/{own_opening}/"),
    Screen("desk-opening-draft", "employer", "/employer/openings/{own_draft}/"),
    Screen("desk-opening-review", "employer", "/employer/openings/{own_review}/"),
    Screen("desk-opening-edit", "employer", "/employer/openings/{own_draft}/edit/"),
    Screen("desk-opening-publish", "employer", "/employer/openings/{own_draft}/publish/"),
    Screen("desk-opening-renew", "employer", "/employer/openings/{own_opening}/renew/"),
    Screen("desk-opening-close", "employer", "/employer/openings/{own_opening}/close/"),
    Screen("desk-opening-preview", "employer", "/employer/openings/{own_opening}/preview/"),
    Screen("policy-editor", "officer", "/office/policies/editor/"),
    Screen("policy-editor-new", "officer", "/office/policies/editor/new/"),
    Screen("policy-editor-form", "officer", "/office/policies/editor/{policy_draft}/"),
    Screen("policy-editor-text", "officer", "/office/policies/editor/{policy_draft}/text/"),
    Screen("policy-editor-changes", "officer", "/office/policies/editor/{policy_draft}/changes/"),
    Screen("policy-editor-forecast", "officer", "/office/policies/editor/{policy_draft}/forecast/"),
    Screen("policy-editor-publish", "decider", "/office/policies/editor/{policy_draft}/publish/"),
    Screen("policy-editor-facts", "officer", "/office/policies/editor/facts/"),
    Screen("policy-editor-language", "officer", "/office/policies/editor/language/"),
    Screen("calls", "", "/calls/"),
    Screen("call", "", "/calls/taihu-plan-2021/"),
    Screen("track", "", "/calls/wuxi-allowances/purchase/"),
    Screen("apply-policy", "seeker", "/calls/wuxi-allowances/rent/apply/"),
    Screen("notices", "", "/notices/"),
    Screen("notice", "", "/notices/{notice}/"),
    Screen("object", "", "/notices/{notice}/{notice_entry}/object/"),
    Screen("my-policy-applications", "seeker", "/me/policy-applications/"),
    Screen("my-policy-application", "seeker", "/me/policy-applications/{own_purchase}/"),
    Screen("my-policy-correction", "seeker", "/me/policy-applications/{own_policy_application}/form/"),
    Screen("employer-policy-applications", "employer", "/employer/policy-applications/"),
    Screen("employer-policy-application", "employer", "/employer/policy-applications/{staff_application}/"),
    Screen("employer-policy-start", "employer", "/employer/calls/wuxi-allowances/purchase/"),
    Screen("office-cases", "officer", "/office/cases/"),
    Screen("office-case-checks", "officer", "/office/cases/{case_checks}/"),
    Screen("office-case-review", "officer", "/office/cases/{case_review}/"),
    Screen("office-case-decision", "officer", "/office/cases/{case_decision}/"),
    Screen("office-case-appeal", "officer", "/office/cases/{case_appeal}/"),
    Screen("office-case-payment", "officer", "/office/cases/{case_payment}/"),
    Screen("office-case-letter", "officer", "/office/cases/{case_appeal}/letter/"),
    Screen("office-checks", "officer", "/office/checks/"),
    Screen("office-notices", "officer", "/office/notices/"),
    Screen("office-objection", "officer", "/office/objections/{objection}/"),
    Screen("office-calls", "officer", "/office/calls/"),
    Screen("office-call", "officer", "/office/calls/{call_number}/"),
    Screen("district-cases", "district", "/office/cases/"),
    Screen("reviews", "expert", "/reviews/"),
    Screen("review", "expert", "/reviews/{sheet}/"),
]
