"""The calls of the city at the officer's desk, and what happens to one after it was published."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from taihu.records.base.clock import CITY_ZONE, now
from taihu.records.identity.doors import account_of, page_of
from taihu.systems.policies.actions.calls import close_call, copy_call, extend_call
from taihu.systems.policies.enums import CallState
from taihu.systems.policies.forms.calls import CloseForm, CopyForm, ExtendForm
from taihu.systems.policies.models import Call
from taihu.systems.policies.queries.applications import office_calls, offices_of
from taihu.systems.policies.views.access import officer_required
from taihu.systems.policies.views.call_editor import call_or_404, frame_context
from taihu.systems.policies.views.editor import try_action
from taihu.systems.policies.windows import window_of


@officer_required
def list_calls(request: HttpRequest) -> HttpResponse:
    at = now()
    page = page_of(request, office_calls())
    rows = [(call, window_of(call, at=at)) for call in page]
    return render(request, "policies/calls/office.html", {"page": page, "rows": rows, "at": at})


@officer_required
def show(request: HttpRequest, number: int) -> HttpResponse:
    """A published call: more time, an early end, a draft for another year. A draft opens its form."""
    call = call_or_404(number)
    context = frame_context(request, call, "call")
    if call.state == CallState.DRAFT:
        return redirect("policies:office_call_form" if context["can_edit"] else "policies:office_call_text", number)
    chosen = request.POST.get("do", "")
    if chosen in {"extend", "close"} and not context["can_edit"]:
        raise PermissionDenied
    extending = ExtendForm(request.POST if chosen == "extend" else None, auto_id="extend_%s")
    closing = CloseForm(request.POST if chosen == "close" else None, auto_id="close_%s")
    copying = CopyForm(request.POST if chosen == "copy" else None, auto_id="copy_%s")
    if extending.is_bound and extending.is_valid() and try_action(extending, lambda: _extend(request, call, extending)):
        messages.success(request, _("申报已延长，原因已公布。"))
        return redirect("policies:office_call", number)
    if closing.is_bound and closing.is_valid() and try_action(closing, lambda: _close(request, call, closing)):
        messages.success(request, _("申报已截止，原因已公布。"))
        return redirect("policies:office_call", number)
    made: list[Call] = []
    if copying.is_bound and copying.is_valid() and try_action(copying, _copying(request, call, copying, made)):
        messages.success(request, _("已按“%(title)s”建好草稿，时间移到了今年。请核对后发布。") % {"title": call.title})
        return redirect("policies:office_call_form", made[0].pk)
    context |= {
        "extending": extending,
        "closing": closing,
        "copying": copying,
        "tracks": list(call.tracks.select_related("department_unit")),
        "changes": call.changes.select_related("made_by"),
    }
    return render(request, "policies/calls/desk.html", context)


def _extend(request: HttpRequest, call: Call, form: ExtendForm) -> Call:
    after = form.cleaned_data["closes_on"] + timedelta(days=1)
    moment = datetime.combine(after, time(), tzinfo=CITY_ZONE)
    return extend_call(
        acting_user=account_of(request), at=now(), call=call, closes_at=moment, reason=form.cleaned_data["reason"]
    )


def _close(request: HttpRequest, call: Call, form: CloseForm) -> Call:
    return close_call(acting_user=account_of(request), at=now(), call=call, reason=form.cleaned_data["reason"])


def _copying(request: HttpRequest, call: Call, form: CopyForm, made: list[Call]) -> Callable[[], object]:
    """Into the office that led it where the officer works there, else into their own."""
    at, account = now(), account_of(request)
    offices = list(offices_of(account, at=at))
    office = call.office_unit if call.office_unit in offices else offices[0]
    code = form.cleaned_data["code"]
    return lambda: made.append(copy_call(acting_user=account, at=at, call=call, code=code, office=office))
