"""Everybody's own pages: settings, messages, who saw my data, consents, mandates, my data."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from taihu.portal import roles
from taihu.portal.forms import ContactForm, DemographicsForm
from taihu.records.base.clock import city_date, now
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.limits import limited
from taihu.records.identity import actions, queries
from taihu.records.identity.actions.erasure import data_holders, find_obstacles
from taihu.records.identity.actions.notifications import render_notification
from taihu.records.identity.enums import PER_RECIPIENT, PURPOSE_WORDS, MandateState, Purpose
from taihu.records.identity.hats import SESSION_KEY, employer_hat
from taihu.records.identity.models import Consent, Mandate, Notification, Organisation, Person
from taihu.records.identity.permissions import is_caseworker

PER_PAGE = 30


def _me(request: HttpRequest) -> Person:
    return actions.ensure_person(acting_user=request.user, at=now())  # type: ignore[arg-type]


@login_required
def go_home(request: HttpRequest) -> HttpResponse:
    hat = roles.current_hat(request)
    assert hat is not None
    return redirect(roles.home_of(hat))


@login_required
@require_POST
def change_hat(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("hat", "")
    hat = next((hat for hat in roles.hats_of(request) if hat.key == wanted), None)
    if hat is None:
        raise NotAllowed("not_your_role", _("您没有这个身份。"))
    request.session[SESSION_KEY] = hat.key
    return redirect(roles.home_of(hat))


@login_required
@require_safe
def show_home(request: HttpRequest) -> HttpResponse:
    from allauth.mfa.utils import is_mfa_enabled

    context = {"person": _me(request), "has_second_factor": is_mfa_enabled(request.user)}
    return render(request, "me/home.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def edit_contact(request: HttpRequest) -> HttpResponse:
    person = _me(request)
    initial = {"name": person.name, "phone": person.phone, "email": person.email, "id_type": person.id_type}
    form = ContactForm(request.POST or None, initial=initial)
    if person.id_number_hash:
        del form.fields["id_number"], form.fields["id_type"]
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_contact(
                acting_user=request.user,  # type: ignore[arg-type]
                person=person,
                at=now(),
                area_code=person.area_code,
                **form.cleaned_data,
            )
        except Refused as refused:
            _show_refusal(form, refused)
        else:
            messages.success(request, _("已保存。"))
            return redirect("me:home")
    return render(request, "me/contact.html", {"form": form, "person": person})


def _show_refusal(form: Any, refused: Refused) -> None:
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))


@login_required
@require_http_methods(["GET", "POST"])
def show_inbox(request: HttpRequest) -> HttpResponse:
    """POST marks everything as read."""
    mine = queries.notifications_of(request.user)  # type: ignore[arg-type]
    if request.method == "POST":
        unread = list(mine.filter(read_at__isnull=True))
        actions.mark_read(acting_user=request.user, notifications=unread, at=now())  # type: ignore[arg-type]
        return redirect("me:inbox")
    page = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(row, *render_notification(row)) for row in page.object_list]
    return render(request, "me/inbox.html", {"page": page, "rows": rows})


@login_required
@require_POST
def open_message(request: HttpRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(Notification, pk=pk, account=request.user)
    actions.mark_read(acting_user=request.user, notifications=[message], at=now())  # type: ignore[arg-type]
    return redirect(message.path or "me:inbox")


@login_required
@require_safe
def show_disclosures(request: HttpRequest) -> HttpResponse:
    page = Paginator(queries.disclosures_of(_me(request)), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "me/seen.html", {"page": page})


@login_required
@require_http_methods(["GET", "POST"])
def manage_consents(request: HttpRequest) -> HttpResponse:
    person = _me(request)
    if request.method == "POST":
        return _change_consent(request, person)
    consents = list(queries.consents_of(person))
    open_general = {row.purpose: row for row in consents if row.withdrawn_at is None and row.recipient_id is None}
    purposes = [
        (purpose, PURPOSE_WORDS[purpose], open_general.get(purpose))
        for purpose in Purpose
        if purpose not in PER_RECIPIENT
    ]
    declared = getattr(person, "demographics", None)
    initial = {"sex": declared.sex, "age_band": declared.age_band} if declared else {}
    context = {
        "purposes": purposes,
        "recipients": [row for row in consents if row.withdrawn_at is None and row.recipient_id is not None],
        "past": [row for row in consents if row.withdrawn_at is not None][:PER_PAGE],
        "share_words": PURPOSE_WORDS[Purpose.SHARE_RESUME],
        "may_declare": Purpose.AUDIT_STATISTICS in open_general,
        "demographics": DemographicsForm(initial=initial),
    }
    return render(request, "me/consents.html", context)


def _change_consent(request: HttpRequest, person: Person) -> HttpResponse:
    what, purpose = request.POST.get("what", ""), request.POST.get("purpose", "")
    common: dict[str, Any] = {"acting_user": request.user, "person": person, "at": now()}
    if what == "declare":
        form = DemographicsForm(request.POST)
        if form.is_valid():
            actions.declare_demographics(**common, **form.cleaned_data)
            messages.success(request, _("已保存。"))
        return redirect("me:consents")
    if purpose not in Purpose.values or what not in {"give", "withdraw"}:
        raise Refused("purpose", _("请从页面上的用途中选择。"))
    if what == "give":
        actions.give_consent(**common, purpose=purpose)
        messages.success(request, _("已同意。您可以随时撤回。"))
        return redirect("me:consents")
    recipient = None
    if request.POST.get("recipient"):
        own = Consent.objects.filter(person=person, recipient__isnull=False)
        recipient = get_object_or_404(Organisation, pk=request.POST["recipient"], pk__in=own.values("recipient"))
    actions.withdraw_consent(**common, purpose=purpose, recipient=recipient)
    if purpose == Purpose.AUDIT_STATISTICS:
        actions.declare_demographics(**common)
    messages.success(request, _("已撤回。"))
    return redirect("me:consents")


@login_required
@require_http_methods(["GET", "POST"])
def manage_mandates(request: HttpRequest) -> HttpResponse:
    account: Any = request.user
    person = _me(request)
    if request.method == "POST":
        mandate = get_object_or_404(Mandate, pk=request.POST.get("mandate") or 0)
        if mandate.person_id != person.pk and mandate.caseworker_id != account.pk:
            raise NotAllowed("not_yours", _("只有本人或专员可以处理代办。"))
        act = actions.accept_mandate if request.POST.get("what") == "accept" else actions.end_mandate
        act(acting_user=account, mandate=mandate, at=now())
        return redirect("me:mandates")
    context = {
        "mine": queries.mandates_of(person),
        "held": queries.mandates_held(account) if is_caseworker(account, at=now()) else None,
        "REQUESTED": MandateState.REQUESTED,
        "ENDED": MandateState.ENDED,
    }
    return render(request, "me/mandates.html", context)


@login_required
@require_safe
def show_data(request: HttpRequest) -> HttpResponse:
    kept = [(holder.label, holder.kept) for holder in data_holders() if holder.kept]
    return render(request, "me/data.html", {"kept": kept})


@login_required
@never_cache
@require_POST
@limited("download_data", amount=10, seconds=3600)
@reauthentication_required  # type: ignore[untyped-decorator]
def download_data(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(queries.export_person(_me(request)), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="taihu-{city_date(now()):%Y%m%d}.zip"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    person = _me(request)
    if request.method == "POST":
        actions.erase_person(acting_user=request.user, person=person, at=now())  # type: ignore[arg-type]
        logout(request)
        return render(request, "me/erased.html")
    context = {
        "obstacles": find_obstacles(person, at=now()),
        "kept": [(holder.label, holder.kept) for holder in data_holders() if holder.kept],
    }
    return render(request, "me/erase.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    if request.method == "POST":
        membership = actions.accept_invitation(acting_user=request.user, token=token, at=now())  # type: ignore[arg-type]
        request.session[SESSION_KEY] = employer_hat(membership.organisation_id)
        messages.success(request, _("您已加入“%(name)s”。") % {"name": membership.organisation.name})
        return redirect("home_of_role")
    return render(request, "me/join.html", {"invitation": queries.invitation_behind(token, at=now())})


@require_safe
def show_privacy(request: HttpRequest) -> HttpResponse:
    context = {
        "purposes": [(purpose.label, PURPOSE_WORDS[purpose]) for purpose in Purpose],
        "kept": [(holder.label, holder.kept) for holder in data_holders() if holder.kept],
    }
    return render(request, "me/privacy.html", context)
