"""A caseworker's desk: whom they may act for, asking for a mandate, turning to one person and away again."""

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from taihu.records.audit.models import AuditEntry
from taihu.records.base.clock import now
from taihu.records.base.limits import limited
from taihu.records.identity.actions import request_mandate
from taihu.records.identity.doors import account_of, role_required, try_action
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Person
from taihu.records.identity.queries import mandates_held, person_by_number
from taihu.systems.jobs.actions.caseworkers import begin_acting
from taihu.systems.jobs.views.seeker import ACTING

caseworker_required = role_required(Role.CASEWORKER)
RECENT = 20


class MandateForm(forms.Form):
    contact = forms.CharField(label=gettext_lazy("证件号码、手机或邮箱"), max_length=120)
    note = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)


@caseworker_required
@limited("request_mandate", amount=60, seconds=86400)
def show_home(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    form = MandateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person, note = _find(form.cleaned_data["contact"].strip()), form.cleaned_data["note"]
        if person is None or try_action(
            form, lambda: request_mandate(acting_user=account, person=person, at=now(), note=note)
        ):
            # The same words either way: the form tells nobody who is registered here.
            messages.success(request, _("如果登记过这个联系方式，本人会收到您的申请。"))
            return redirect("jobs:caseworker_home")
    activity = AuditEntry.objects.filter(actor_id=account.pk).exclude(on_behalf_of="").order_by("-number")[:RECENT]
    context = {"mandates": mandates_held(account), "form": form, "activity": activity}
    return render(request, "jobs/seeker/caseworker.html", context)


def _find(contact: str) -> Person | None:
    by_account = Person.objects.filter(Q(account__email__iexact=contact) | Q(account__phone=contact), erased_at=None)
    return by_account.first() or person_by_number(contact)


@caseworker_required
@require_POST
def begin(request: HttpRequest, number: int) -> HttpResponse:
    person = get_object_or_404(Person, pk=number, erased_at=None)
    begin_acting(acting_user=account_of(request), person=person, at=now())
    request.session[ACTING] = person.pk
    return redirect("jobs:my_matches")


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    request.session.pop(ACTING, None)
    return redirect("jobs:caseworker_home")
