"""Calls as officers write them: a file, checked, published."""

from datetime import datetime, time, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from taihu.records.base.clock import CITY_ZONE, now
from taihu.records.identity.doors import account_of, page_of, try_action
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Unit
from taihu.records.identity.queries import open_grants
from taihu.systems.policies.actions.calls import (
    close_call,
    copy_call,
    example_calls,
    extend_call,
    publish_call,
    save_call,
)
from taihu.systems.policies.enums import CallState
from taihu.systems.policies.forms.cases import CallForm
from taihu.systems.policies.models import Call
from taihu.systems.policies.queries.applications import office_calls
from taihu.systems.policies.views.access import officer_required
from taihu.systems.policies.windows import window_of


class CloseForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("截止原因"), max_length=200)


class ExtendForm(forms.Form):
    closes_on = forms.DateField(
        label=gettext_lazy("延长到（当天有效）"), widget=forms.DateInput(attrs={"type": "date"})
    )


class CopyForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("新编号"),
        help_text=gettext_lazy("小写字母、数字和连字符，如 taihu-plan-2027。"),
        max_length=40,
    )


@officer_required
def list_calls(request: HttpRequest) -> HttpResponse:
    at = now()
    page = page_of(request, office_calls())
    rows = [(call, window_of(call, at=at)) for call in page]
    return render(request, "policies/calls/office.html", {"page": page, "rows": rows, "at": at})


def _office(request: HttpRequest) -> Unit:
    grants = open_grants(account_of(request), at=now())
    grant = next(row for row in grants if row.role in {Role.OFFICER, Role.DECIDER})
    return grant.unit


@officer_required
def write(request: HttpRequest, number: int | None = None) -> HttpResponse:
    call = get_object_or_404(Call, pk=number) if number is not None else None
    at, account = now(), account_of(request)
    chosen = request.POST.get("do", "")
    initial = {"source": call.source if call else next(iter(example_calls().values()))}
    form = CallForm(request.POST if chosen == "save" else None, initial=initial)
    closing = CloseForm(request.POST if chosen == "close" else None)
    extending = ExtendForm(request.POST if chosen == "extend" else None)
    copying = CopyForm(request.POST if chosen == "copy" else None)
    done = None
    if chosen == "save" and form.is_valid():
        done = _save(request, form, call, at)
    elif chosen == "publish" and call is not None:
        publish_call(acting_user=account, at=at, call=call)
        done = call
        messages.success(request, _("申报已发布。"))
    elif chosen == "close" and call is not None and closing.is_valid():
        reason = closing.cleaned_data["reason"]
        if try_action(closing, lambda: close_call(acting_user=account, at=at, call=call, reason=reason)):
            done = call
    elif chosen == "extend" and call is not None and extending.is_valid():
        moment = datetime.combine(extending.cleaned_data["closes_on"] + timedelta(days=1), time(), tzinfo=CITY_ZONE)
        if try_action(extending, lambda: extend_call(acting_user=account, at=at, call=call, closes_at=moment)):
            done = call
    elif chosen == "copy" and call is not None and copying.is_valid():
        done = _copy(request, copying, call, at)
    if done is not None:
        return redirect("policies:office_call", number=done.pk)
    context = {
        "call": call,
        "form": form,
        "closing": closing,
        "extending": extending,
        "copying": copying,
        "window": window_of(call, at=at) if call else None,
        "tracks": list(call.tracks.select_related("department_unit")) if call else [],
        "is_draft": call is not None and call.state == CallState.DRAFT,
    }
    return render(request, "policies/calls/write.html", context)


def _copy(request: HttpRequest, form: CopyForm, call: Call, at: datetime) -> Call | None:
    made: list[Call] = []
    account, office, code = account_of(request), _office(request), form.cleaned_data["code"]
    if try_action(
        form, lambda: made.append(copy_call(acting_user=account, at=at, call=call, code=code, office=office))
    ):
        messages.success(request, _("已按“%(title)s”建好草稿，时间移到了今年。请核对后发布。") % {"title": call.title})
        return made[0]
    return None


def _save(request: HttpRequest, form: CallForm, call: Call | None, at: datetime) -> Call | None:
    made: list[Call] = []
    source, office = form.cleaned_data["source"], _office(request)
    account = account_of(request)
    if try_action(
        form, lambda: made.append(save_call(acting_user=account, at=at, source=source, office=office, call=call))
    ):
        messages.success(request, _("已保存。"))
        return made[0]
    return None
