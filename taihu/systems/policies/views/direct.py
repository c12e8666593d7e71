"""The officer's pages on lists that are paid without application, and on requests for correction."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from taihu.records.base.clock import city_date, now
from taihu.records.base.language import language
from taihu.records.base.uploads import serve_download
from taihu.records.base.working_days import add_working_days
from taihu.records.facts.dossiers import dossier_of
from taihu.records.facts.properties import property_named
from taihu.records.facts.reading import Belief
from taihu.records.identity.doors import account_of, try_action
from taihu.records.identity.enums import Ground
from taihu.systems.policies.actions.corrections import decide_correction
from taihu.systems.policies.actions.direct import (
    begin_notice,
    cancel_list,
    confirm_list,
    direct_versions,
    exclude_entry,
    recheck_entry,
    request_direct_runs,
    set_direct,
)
from taihu.systems.policies.actions.readings import note_reading, note_readings
from taihu.systems.policies.enums import CorrectionState, EntryState
from taihu.systems.policies.forms.officer import AnswerForm, ConfirmForm, ReasonForm
from taihu.systems.policies.models import CorrectionRequest, DirectEntry, DirectRun, PolicyVersion
from taihu.systems.policies.permissions import can_publish_policies
from taihu.systems.policies.rulebook import published_rules, rules_beside
from taihu.systems.policies.views.access import officer_required, reader_required
from taihu.systems.policies.words import known_facts, value_in_words

PER_PAGE = 25
NOTICE_WORKING_DAYS = 5


@reader_required
def list_direct(request: HttpRequest) -> HttpResponse:
    form = forms.Form(request.POST or None)
    start = lambda: request_direct_runs(acting_user=account_of(request), at=now())  # noqa: E731 - one act, one line
    if request.method == "POST" and form.is_valid() and try_action(form, start):
        messages.success(request, _("已安排核算，完成后名单会出现在这里。"))
        return redirect("policies:office_direct")
    rows = DirectRun.objects.select_related("version", "run").order_by("-month", "-pk")
    counted = rows.annotate(
        listed=Count("entries", filter=Q(entries__state__in=[EntryState.LISTED, EntryState.HANDED])),
        manual=Count("entries", filter=Q(entries__state=EntryState.MANUAL)),
        total=Sum("entries__amount", filter=Q(entries__state__in=[EntryState.LISTED, EntryState.HANDED])),
    )
    context = {
        "page": Paginator(counted, PER_PAGE).get_page(request.GET.get("page")),
        "form": form,
        "versions": list(direct_versions(city_date(now()))),
        "can_decide": can_publish_policies(request.user, at=now()),
    }
    return render(request, "policies/officer/direct.html", context)


@officer_required
@require_POST
def switch_direct(request: HttpRequest, number: int) -> HttpResponse:
    version = get_object_or_404(PolicyVersion, pk=number)
    is_direct = request.POST.get("do") == "on"
    set_direct(acting_user=account_of(request), at=now(), version=version, is_direct=is_direct)
    messages.success(request, _("已设为免申即享。") if is_direct else _("已取消免申即享。"))
    return redirect("policies:office_policy", version.pk)


@reader_required
def show_direct(request: HttpRequest, number: int) -> HttpResponse:
    direct = get_object_or_404(DirectRun.objects.select_related("version", "run", "confirmed_by"), pk=number)
    state = request.GET.get("state", EntryState.LISTED)
    state = state if state in EntryState.values else EntryState.LISTED
    entries = direct.entries.filter(state=state).select_related("person").order_by("pk")
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    rows = list(page)
    note_readings(
        people=[entry.person for entry in rows],
        viewer=account_of(request),
        at=now(),
        ground=Ground.DUTY,
        what=_("免申即享名单上的姓名、金额"),
    )
    counts = dict(direct.entries.order_by().values_list("state").annotate(Count("pk")))
    context = {
        "direct": direct,
        "page": page,
        "rows": [(entry, _open_words(direct, entry)) for entry in rows],
        "state": state,
        "counts": [(code, label, counts.get(code, 0)) for code, label in EntryState.choices if counts.get(code)],
        "total": direct.entries.filter(state__in=[EntryState.LISTED, EntryState.HANDED]).aggregate(sum=Sum("amount"))[
            "sum"
        ],
        "form": ConfirmForm(),
        "can_decide": can_publish_policies(request.user, at=now()),
    }
    return render(request, "policies/officer/direct_run.html", context)


def _open_words(direct: DirectRun, entry: DirectEntry) -> list[str]:
    if not entry.open_clauses:
        return []
    policy = next(item for item in rules_beside(direct.version).policies if item.key == direct.version.key)
    texts = {clause.id: clause.text.say(language()) if clause.text else clause.id for clause in policy.clauses}
    return [texts.get(name, name) for name in entry.open_clauses]


@officer_required
@require_POST
def decide_list(request: HttpRequest, number: int) -> HttpResponse:
    direct = get_object_or_404(DirectRun, pk=number)
    account = account_of(request)
    if request.POST.get("do") == "notice":
        until = add_working_days(now(), NOTICE_WORKING_DAYS)
        begin_notice(acting_user=account, at=now(), direct_run=direct, until=until)
        messages.success(request, _("名单已公示，期满没有异议即可拨付。"))
    elif request.POST.get("do") == "cancel":
        cancel_list(acting_user=account, at=now(), direct_run=direct, reason=request.POST.get("reason", ""))
        messages.success(request, _("名单已取消。"))
    else:
        defer = request.POST.get("defer_manual") == "on"
        confirm_list(acting_user=account, at=now(), direct_run=direct, defer_manual=defer)
        messages.success(request, _("名单已确认，可以公示。"))
    return redirect("policies:office_direct_run", direct.pk)


@officer_required
def show_entry(request: HttpRequest, number: int) -> HttpResponse:
    """One person of a list: look again with what is known now, or take them off with a reason."""
    entry = get_object_or_404(
        DirectEntry.objects.select_related("direct_run__version", "direct_run__run", "person", "decided_by"), pk=number
    )
    form = ReasonForm(request.POST if request.POST.get("do") == "exclude" else None)
    account = account_of(request)
    if request.method == "POST" and request.POST.get("do") == "recheck":
        changed = recheck_entry(acting_user=account, at=now(), entry=entry)
        messages.success(request, _("已按最新资料重新核对：%(state)s。") % {"state": changed.get_state_display()})
        return redirect("policies:office_entry", entry.pk)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if try_action(form, lambda: exclude_entry(acting_user=account, at=now(), entry=entry, reason=reason)):
            messages.success(request, _("已从名单中移出。"))
            return redirect("policies:office_direct_run", entry.direct_run_id)
    note_reading(
        person=entry.person, viewer=account, at=now(), ground=Ground.DUTY, what=_("免申即享名单上的姓名、金额")
    )
    context = {"entry": entry, "form": form, "open": _open_words(entry.direct_run, entry)}
    return render(request, "policies/officer/entry.html", context)


@officer_required
def list_corrections(request: HttpRequest) -> HttpResponse:
    rows = CorrectionRequest.objects.filter(state=CorrectionState.REQUESTED).select_related("person")
    page = Paginator(rows.order_by("due_at", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [(row, property_named(row.property).label) for row in page], "at": now()}
    return render(request, "policies/officer/corrections.html", context)


@officer_required
def show_correction(request: HttpRequest, number: int) -> HttpResponse:
    row = get_object_or_404(CorrectionRequest.objects.select_related("person", "evidence", "decided_by"), pk=number)
    account, at = account_of(request), now()
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if try_action(
            form,
            lambda: decide_correction(
                acting_user=account,
                at=at,
                request=row,
                is_accepted=data["decision"] == "accept",
                answer=data["answer"],
                source_name=data["source_name"],
            ),
        ):
            messages.success(request, _("已答复本人。"))
            return redirect("policies:office_corrections")
    label = property_named(row.property).label
    note_reading(
        person=row.person, viewer=account, at=at, ground=Ground.DUTY, what=_("更正申请：%(label)s") % {"label": label}
    )
    catalogue = published_rules().catalogue
    dossier = dossier_of(catalogue, row.person, Belief(row.valid_from, at))
    context: dict[str, Any] = {
        "row": row,
        "label": label,
        "known": known_facts(catalogue, dossier.person, [row.property]),
        "wanted": value_in_words(catalogue, row.property, row.value),
        "form": form,
    }
    return render(request, "policies/officer/correction.html", context)


@officer_required
def download_evidence(request: HttpRequest, number: int) -> HttpResponse:
    row = get_object_or_404(CorrectionRequest.objects.select_related("evidence"), pk=number, evidence__isnull=False)
    assert row.evidence is not None
    return serve_download(row.evidence.file, name=row.evidence.name)  # type: ignore[return-value]
