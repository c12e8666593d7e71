"""People whom the nightly match recommends to an opening: facts and reasons without names, invite, hide."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from taihu.records.base.clock import now
from taihu.records.identity.doors import account_of, try_action
from taihu.systems.jobs.actions.invitations import (
    ANSWER_INVITATION_WITHIN,
    candidate_code,
    hide_person,
    invite,
    recommended_by_code,
)
from taihu.systems.jobs.enums import EmploymentType
from taihu.systems.jobs.forms.hiring import HidePersonForm, InvitationForm
from taihu.systems.jobs.labels import area_label, code_label
from taihu.systems.jobs.matching.wording import Reasons
from taihu.systems.jobs.models import Invitation, Opening, Profile
from taihu.systems.jobs.queries.hiring import Scope
from taihu.systems.jobs.queries.matches import Recommended, latest_run, recommended_people
from taihu.systems.jobs.views.hiring.access import hiring_required, own_opening


@dataclass(frozen=True)
class Candidate:
    """One recommended person as the employer may see it: coded facts, no name, no school, no free text."""

    code: str
    position: int
    facts: list[str]
    wishes: list[str]
    reasons: Reasons
    is_personalised: bool
    invitation: Invitation | None


@hiring_required
def list_candidates(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    opening = own_opening(scope, number)
    sent = {row.person_id: row for row in Invitation.objects.filter(opening=opening)}
    rows = [_candidate(opening, row, sent.get(row.person.pk)) for row in recommended_people(opening)]
    context = {
        "opening": opening,
        "candidates": [row for row in rows if row.position],
        "no_longer": [row for row in rows if not row.position],
        "invitations": len(sent),
        "run": latest_run(),
        "at": now(),
    }
    return render(request, "jobs/employer/hiring_candidates.html", context)


def _candidate(opening: Opening, row: Recommended, invitation: Invitation | None) -> Candidate:
    profile = row.profile
    return Candidate(
        code=candidate_code(opening.pk, row.person.pk),
        position=row.position,
        facts=_facts(profile),
        wishes=_wishes(profile),
        reasons=row.reasons,
        is_personalised=profile.is_personalised,
        invitation=invitation,
    )


def _facts(profile: Profile) -> list[str]:
    degree = code_label("education_rank", str(profile.education_rank)) if profile.education_rank else ""
    years = profile.experience_months // 12
    words = ngettext("%(n)d 年经验", "%(n)d 年经验", years) % {"n": years} if years else _("经验不到一年")
    certificates = [code_label("certificate", code) for code in profile.certificate_codes[:3]]
    return [text for text in (degree, words, *profile.majors[:2], *certificates) if text]


def _wishes(profile: Profile) -> list[str]:
    jobs = [code_label("occupation", code) for code in profile.wanted_occupations[:2]]
    places = [area_label(code) for code in profile.wanted_areas[:3]] or [_("全市都可以")]
    types = [str(EmploymentType(code).label) for code in profile.wanted_types if code in EmploymentType.values]
    return [text for text in (*jobs, *places, *types[:2]) if text]


@hiring_required
def invite_candidate(request: HttpRequest, scope: Scope, number: int, code: str) -> HttpResponse:
    opening = own_opening(scope, number)
    candidate = _or_404(opening, code)
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        message = form.cleaned_data["message"]
        if try_action(
            form, lambda: invite(acting_user=account_of(request), opening=opening, code=code, message=message, at=now())
        ):
            messages.success(request, _("邀请已发出。对方投递之后，您才会知道是谁。"))
            return redirect("jobs:employer_recommended", number=number)
    context: dict[str, Any] = {
        "opening": opening,
        "candidate": candidate,
        "form": form,
        "days": ANSWER_INVITATION_WITHIN.days,
    }
    return render(request, "jobs/employer/hiring_invite.html", context)


@hiring_required
def hide_candidate(request: HttpRequest, scope: Scope, number: int, code: str) -> HttpResponse:
    opening = own_opening(scope, number)
    candidate = _or_404(opening, code)
    form = HidePersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if try_action(
            form,
            lambda: hide_person(acting_user=account_of(request), opening=opening, code=code, reason=reason, at=now()),
        ):
            messages.success(request, _("不会再为这个岗位显示这位候选人。"))
            return redirect("jobs:employer_recommended", number=number)
    return render(request, "jobs/employer/hiring_hide.html", {"opening": opening, "candidate": candidate, "form": form})


def _or_404(opening: Opening, code: str) -> Candidate:
    found = recommended_by_code(opening, code)
    if found is None:
        raise Http404
    return _candidate(opening, found, Invitation.objects.filter(opening=opening, person=found.person).first())
