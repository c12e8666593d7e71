"""A person's own pages: what they are entitled to and why, what is known of them, and putting it right."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from taihu.engines.rules.catalogue import Catalogue
from taihu.engines.rules.kinds import OPEN_DATE
from taihu.records.base.clock import now
from taihu.records.base.errors import Refused
from taihu.records.base.language import language
from taihu.records.base.limits import limited
from taihu.records.facts.rule_facts import natural_value
from taihu.records.identity.actions import authenticate_personal_key, give_consent
from taihu.records.identity.doors import account_of
from taihu.records.identity.enums import PURPOSE_WORDS, Ground, PersonalScope, Purpose
from taihu.records.identity.models import Account, Person
from taihu.records.identity.queries import has_consent
from taihu.systems.policies.actions.corrections import request_correction, withdraw_request
from taihu.systems.policies.actions.direct import opt_in, opt_out
from taihu.systems.policies.actions.readings import note_reading
from taihu.systems.policies.enums import DirectState
from taihu.systems.policies.forms.facts import FactForm
from taihu.systems.policies.forms.person import CorrectionForm, RecordsForm
from taihu.systems.policies.models import CorrectionRequest, DirectEntry, OptOut
from taihu.systems.policies.queries.entitlements import Entitlement, Standing, sections, standing_of
from taihu.systems.policies.queries.public import version_of
from taihu.systems.policies.queries.ways import ways_of
from taihu.systems.policies.rulebook import published_rules
from taihu.systems.policies.views.whose import person_for
from taihu.systems.policies.words import known_facts, record_words


def _standing(request: HttpRequest, person: Person, viewer: Account) -> Standing:
    """Evaluate, after noting that the person's facts are read for it."""
    at = now()
    note_reading(
        person=person,
        viewer=viewer,
        at=at,
        ground=Ground.CONSENT,
        what=_("社保、学历、住房等数据（核算能享受的政策）"),
    )
    return standing_of(person, at=at, day=_day(request), language=language())


def _day(request: HttpRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return None


@login_required
@limited("policies.entitlements", amount=60, seconds=60, methods=("GET",))
def show_entitlements(request: HttpRequest) -> HttpResponse:
    person = person_for(request)
    if not has_consent(person, Purpose.POLICY):
        context = {"person": person, "purpose_words": PURPOSE_WORDS[Purpose.POLICY]}
        return render(request, "policies/person/consent.html", context)
    standing = _standing(request, person, account_of(request))
    found = sections(standing)
    context = {
        "person": person,
        "standing": standing,
        "sections": found,
        "payable": sum(item.explanation.payable for item in found["now"]),
        "entries": _entries(person),
        "refused": len(found["near"]) + len(found["no"]),
        "has_facts": bool(standing.dossier.rows),
        "problems": [item.message(language()) for item in standing.dossier.problems],
        "ways": ways_of(person, (item.policy.id for item in standing.entitlements), at=standing.known_at),
    }
    return render(request, "policies/person/entitlements.html", context)


def _entries(person: Person) -> Any:
    """Where the person stands on lists that are paid without application, newest first."""
    rows = DirectEntry.objects.filter(person=person).exclude(
        direct_run__state__in=[DirectState.CANCELLED, DirectState.WAITING]
    )
    return rows.select_related("direct_run__version").order_by("-direct_run__month", "-pk")[:10]


@login_required
def show_entitlement(request: HttpRequest, policy: str, version: str) -> HttpResponse:
    person = person_for(request)
    row = version_of(policy, version)
    if row is None:
        raise Http404
    if not has_consent(person, Purpose.POLICY):
        return redirect("policies:entitlements")
    standing = _standing(request, person, account_of(request))
    item = standing.of(row.key)
    if item is None:
        raise Http404
    catalogue = standing.policies.catalogue
    context = {
        "person": person,
        "version": row,
        "item": item,
        "found": item.explanation,
        "standing": standing,
        "facts": _facts_read(standing, item),
        "correctable": {name for name, _label in _names(catalogue, [*catalogue.facts, *catalogue.records])},
        "is_declined": OptOut.objects.filter(person=person, policy=row.policy, ended_at__isnull=True).exists(),
        "way": ways_of(person, [row.policy], at=standing.known_at)[row.policy],
        "others": {other.policy.id: other.policy.title.say(language()) for other in standing.entitlements},
    }
    return render(request, "policies/person/entitlement.html", context)


def _facts_read(standing: Standing, item: Entitlement) -> list[Any]:
    names = [reading.fact for clause in item.explanation.clauses for reading in clause.readings]
    return known_facts(standing.policies.catalogue, standing.dossier.person, names)


@limited("policies.entitlements_json", amount=60, seconds=60, methods=("GET",))
def export_entitlements(request: HttpRequest) -> HttpResponse:
    """The same as data: for the person's session, or for the person's own tool with a key (`Authorization: Bearer …`)."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return _export_by_key(request, token.strip()) if scheme.lower() == "bearer" else _export_own(request)


@login_required
def _export_own(request: HttpRequest) -> HttpResponse:
    return _exported(request, person_for(request), account_of(request))


def _export_by_key(request: HttpRequest, token: str) -> HttpResponse:
    key = authenticate_personal_key(token, PersonalScope.ENTITLEMENTS, at=now())
    if key is None or key.person.account is None:
        answer = JsonResponse({"code": "key_invalid", "message": _("密钥无效、已撤销或已到期。")}, status=401)
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    return _exported(request, key.person, key.person.account)


def _exported(request: HttpRequest, person: Person, viewer: Account) -> HttpResponse:
    if not has_consent(person, Purpose.POLICY):
        raise Refused("no_consent", _("请先同意用政府部门的数据核对政策。"))
    standing = _standing(request, person, viewer)
    answer = JsonResponse(
        {
            "day": standing.day.isoformat(),
            "policies": [_as_data(item) for item in standing.entitlements],
            "contradictions": [problem.message(language()) for problem in standing.dossier.problems],
        },
        json_dumps_params={"ensure_ascii": False},
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


def _as_data(item: Entitlement) -> dict[str, Any]:
    found = item.explanation
    return {
        "policy": found.policy,
        "title": found.title,
        "document": found.document,
        "group": item.group.value,
        "amount_fen": found.amount,
        "payable_fen": found.payable,
        "becomes_true_on": found.becomes_true_on,
        "missing_facts": list(found.missing_facts),
        "evidence_missing": list(found.evidence_missing),
        "instalments": [{"due": part.due, "fen": part.amount} for part in found.instalments],
        "clauses": [
            {
                "id": clause.id,
                "state": clause.state,
                "text": clause.text,
                "article": clause.article,
                "requires": clause.requires,
                "gap": clause.gap,
                "missing": clause.missing_text,
                "advice": clause.advice,
                "becomes_true_on": clause.becomes_true_on,
            }
            for clause in found.clauses
        ],
        "sentences": list(found.sentences),
    }


@login_required
@require_POST
def agree(request: HttpRequest) -> HttpResponse:
    give_consent(acting_user=account_of(request), person=person_for(request), purpose=Purpose.POLICY, at=now())
    messages.success(request, _("已记录您的同意。您随时可以在“授权管理”中撤回。"))
    return redirect("policies:entitlements")


@login_required
@require_POST
def decline(request: HttpRequest, policy: str) -> HttpResponse:
    """Take part in payment without application, or not."""
    action = opt_in if request.POST.get("do") == "in" else opt_out
    action(acting_user=account_of(request), at=now(), person=person_for(request), policy=policy)
    text = (
        _("以后符合条件时会再列入免申即享名单。")
        if action is opt_in
        else _("已记下：不再自动列入名单，您可以自己申报。")
    )
    messages.success(request, text)
    return redirect("policies:entitlements")


@login_required
def list_corrections(request: HttpRequest) -> HttpResponse:
    """Everything that is known under the names that policies read, and the requests about it."""
    person = person_for(request)
    if not has_consent(person, Purpose.POLICY):
        return redirect("policies:entitlements")
    standing = _standing(request, person, account_of(request))
    catalogue = standing.policies.catalogue
    names = [*catalogue.facts, *catalogue.records]
    known = known_facts(catalogue, standing.dossier.person, names)
    rows = CorrectionRequest.objects.filter(person=person).select_related("evidence").order_by("-requested_at", "-pk")
    known_names = {item.name for item in known}
    context = {
        "person": person,
        "facts": known,
        "correctable": {name for name, _label in _names(catalogue, names)},
        "unknown": [(name, label) for name, label in _names(catalogue, names) if name not in known_names],
        "requests": [(row, dict(_names(catalogue, [row.property])).get(row.property, row.property)) for row in rows],
        "problems": [item.message(language()) for item in standing.dossier.problems],
    }
    return render(request, "policies/person/facts.html", context)


def _names(catalogue: Catalogue, names: Iterable[str]) -> list[tuple[str, str]]:
    """Names that a person may correct, with their labels."""
    found = []
    for name in names:
        fact, kind = catalogue.facts.get(name), catalogue.records.get(name)
        if kind is not None:
            found.append((name, kind.label.say(language())))
        elif fact is not None and fact.subject != "employer":
            found.append((name, fact.label.say(language())))
    return found


@login_required
@limited("policies.correct", amount=20, seconds=3600)
def correct(request: HttpRequest, name: str) -> HttpResponse:
    person, catalogue = person_for(request), published_rules().catalogue
    labels = dict(_names(catalogue, [name]))
    if name not in labels:
        raise Http404
    value_form = _value_form(request, person, catalogue, name)
    form = CorrectionForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and value_form.is_valid() and form.is_valid():
        try:
            request_correction(
                acting_user=account_of(request),
                at=now(),
                person=person,
                property_name=name,
                value=_value(value_form, catalogue, name),
                valid_from=form.cleaned_data["valid_from"],
                reason=form.cleaned_data["reason"],
                upload=form.cleaned_data["file"],
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, _("更正申请已提交，15 个工作日内答复。"))
            return redirect("policies:facts")
    context = {"person": person, "label": labels[name], "form": form, "value_form": value_form, "name": name}
    return render(request, "policies/person/correct.html", context)


def _value_form(request: HttpRequest, person: Person, catalogue: Catalogue, name: str) -> forms.Form:
    data = request.POST or None
    if name in catalogue.facts:
        return FactForm(data, fact=catalogue.facts[name])
    kind = catalogue.records[name]
    standing = standing_of(person, at=now(), language=language())
    records = standing.dossier.person.records.get(name, ())
    return RecordsForm(data, kind=kind, known=[(record, record_words(catalogue, kind, record)) for record in records])


def _value(form: forms.Form, catalogue: Catalogue, name: str) -> Any:
    """The whole value as the person says it should be."""
    if not isinstance(form, RecordsForm):
        return form.cleaned_data["value"]
    kind = catalogue.records[name]
    wrong = {int(place) for place in form.cleaned_data.get("wrong", ())}
    kept = [
        {
            key: natural_value(kind.fields[key].type, value)
            for key, value in record.values.items()
            if not (key == kind.span_end and value == OPEN_DATE)
        }
        for place, (record, _words) in enumerate(form.known)
        if place not in wrong
    ]
    return [*kept, form.record] if form.record else kept


@login_required
@require_POST
def withdraw_correction(request: HttpRequest, number: int) -> HttpResponse:
    row = get_object_or_404(CorrectionRequest, pk=number, person=person_for(request))
    withdraw_request(acting_user=account_of(request), at=now(), request=row)
    messages.success(request, _("更正申请已撤回。"))
    return redirect("policies:facts")
