"""Calls as everybody reads them, and the door to applying."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from taihu.records.base.clock import city_date, now
from taihu.records.base.errors import Refused
from taihu.records.cases.queries.procedures import current_procedure
from taihu.records.identity.doors import account_of, page_of, try_action
from taihu.records.identity.enums import Purpose
from taihu.records.identity.models import Organisation
from taihu.records.identity.queries import has_consent, person_of
from taihu.systems.policies.actions.applications import employer_of, start_application
from taihu.systems.policies.enums import ApplicantKind, CallState
from taihu.systems.policies.forms.applications import StartForm
from taihu.systems.policies.known import known_of, person_facts
from taihu.systems.policies.models import Application, Call, Track
from taihu.systems.policies.queries.applications import public_calls
from taihu.systems.policies.windows import personal_deadline, several_periods, window_of


def list_calls(request: HttpRequest) -> HttpResponse:
    at = now()
    page = page_of(request, public_calls())
    rows = [(call, window_of(call, at=at), list(call.tracks.all())) for call in page]
    return render(request, "policies/calls/list.html", {"page": page, "rows": rows, "at": at})


def _call(code: str) -> Call:
    found = public_calls().filter(code=code).first()
    if found is None:
        raise Http404
    return found


def show_call(request: HttpRequest, code: str) -> HttpResponse:
    call, at = _call(code), now()
    groups: dict[str, list[tuple[Track, Any]]] = {}
    for track in call.tracks.all():
        groups.setdefault(track.category, []).append((track, window_of(call, track, at=at)))
    context = {
        "call": call,
        "groups": list(groups.values()),
        "window": window_of(call, at=at),
        "periods": several_periods(call),
        "changes": call.changes.all(),
        "at": at,
    }
    return render(request, "policies/calls/call.html", context)


def show_track(request: HttpRequest, code: str, track: str) -> HttpResponse:
    """What is asked, by whom it is handled, through which steps it goes."""
    call, at = _call(code), now()
    found = next((row for row in call.tracks.all() if row.code == track), None)
    if found is None:
        raise Http404
    procedure = current_procedure(found.procedure, city_date(at))
    context = {
        "call": call,
        "track": found,
        "window": window_of(call, found, at=at),
        "stages": procedure.template.main_path() if procedure else (),
        "procedure": procedure,
        "at": at,
        "is_open": call.state == CallState.PUBLISHED,
    }
    return render(request, "policies/calls/track.html", context)


@login_required
def start(request: HttpRequest, code: str, track: str) -> HttpResponse:
    """The last look before a draft begins: what the city knows already, the personal deadline, the employer."""
    call, at, account = _call(code), now(), account_of(request)
    found = next((row for row in call.tracks.all() if row.code == track), None)
    if found is None:
        raise Http404
    found.call = call
    if found.applicant != ApplicantKind.PERSON:
        return redirect("policies:employer_start", code=code, track=track)
    person = person_of(account)
    if person is None:
        raise Refused("no_person", _("请先完善个人资料。"), _("在“账户与设置”里填写姓名和证件。"))
    employer = employer_of(person, at=at)
    initial = {"credit_code": employer.credit_code if employer else ""}
    form = StartForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made: list[Application] = []
        organisation = _organisation(form)
        if not form.errors and try_action(
            form,
            lambda: made.append(
                start_application(acting_user=account, at=at, track=found, person=person, organisation=organisation)
            ),
        ):
            return redirect("policies:application_form", number=made[0].pk)
    day = city_date(at)
    context = {
        "call": call,
        "track": found,
        "form": form,
        "window": window_of(call, found, at=at),
        "deadline": personal_deadline(found, person_facts(person, at=at), day),
        "known": known_of(found, person, at=at).values(),
        "has_consent": has_consent(person, Purpose.POLICY),
        "at": at,
    }
    return render(request, "policies/calls/start.html", context)


def _organisation(form: StartForm) -> Organisation | None:
    code = form.cleaned_data["credit_code"].strip().upper()
    if not code:
        return None
    found = Organisation.objects.filter(credit_code=code).first()
    if found is None:
        form.add_error("credit_code", _("没有找到这个单位。请核对代码，或请单位先在本平台注册。"))
    return found
