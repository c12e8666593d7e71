"""Units and offices, for system administrators only."""

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from taihu.portal.forms import GrantForm, UnitForm
from taihu.records.base.clock import CITY_ZONE, now
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.actions import UnitRow, end_grant, grant_role, save_unit
from taihu.records.identity.doors import account_of, role_required, try_action
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Account, RoleGrant, Unit
from taihu.records.identity.permissions import is_administrator

administrator_required = role_required(Role.ADMINISTRATOR)


@administrator_required
@require_safe
def list_units(request: HttpRequest) -> HttpResponse:
    """Every unit below its parent, with those who hold an office in it."""
    open_now = Q(grants__active_to__isnull=True) | Q(grants__active_to__gt=now())
    rows = Unit.objects.annotate(offices=Count("grants", filter=open_now)).order_by("code")
    return render(request, "me/units.html", {"rows": list(_tree(list(rows)))})


def _tree(units: list[Unit], parent: int | None = None, depth: int = 0) -> Iterator[tuple[int, Unit]]:
    for unit in units:
        if unit.parent_id == parent:
            yield depth, unit
            yield from _tree(units, unit.pk, depth + 1)


@administrator_required
@require_http_methods(["GET", "POST"])
def edit_unit(request: HttpRequest, number: int | None = None) -> HttpResponse:
    unit = get_object_or_404(Unit.objects.select_related("parent"), pk=number) if number else None
    form = UnitForm(request.POST or None, unit=unit)
    save = lambda: save_unit(acting_user=account_of(request), row=_row(form, unit), at=now())  # noqa: E731 - one act, one line
    if request.method == "POST" and form.is_valid() and try_action(form, save):
        messages.success(request, _("单位已保存。"))
        return redirect("me:units")
    return render(request, "me/unit.html", {"form": form, "unit": unit})


def _row(form: UnitForm, unit: Unit | None) -> UnitRow:
    """What the form says; a new unit may not take the code of another."""
    row = form.row()
    if unit is None and Unit.objects.filter(code=row.code).exists():
        raise Refused("code_taken", _("这个代码已经有单位在用。"), field="code")
    return row


@login_required
@require_http_methods(["GET", "POST"])
def manage(request: HttpRequest) -> HttpResponse:
    account: Any = request.user
    at = now()
    if not is_administrator(account, at=at):
        raise NotAllowed("not_administrator", _("只有系统管理员可以管理角色。"))
    if request.POST.get("end"):
        end_grant(acting_user=account, grant=get_object_or_404(RoleGrant, pk=request.POST["end"]), at=at)
        return redirect("me:offices")
    form = GrantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _grant(account, form, at)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, _("已授予角色。"))
            return redirect("me:offices")
    still_open = Q(active_to__isnull=True) | Q(active_to__gt=at)
    grants = RoleGrant.objects.filter(still_open).select_related("account", "unit").order_by("unit__code", "role", "pk")
    return render(request, "me/offices.html", {"form": form, "grants": grants})


def _grant(account: Account, form: GrantForm, at: datetime) -> None:
    data = form.cleaned_data
    holder = Account.objects.filter(email__iexact=data["email"], is_active=True).first()
    if holder is None:
        raise Refused("no_account", _("没有这个邮箱的账户。"), _("请让对方先注册。"), field="email")
    until = datetime.combine(data["active_to"], time.max, tzinfo=CITY_ZONE) if data["active_to"] else None
    grant_role(acting_user=account, account=holder, unit=data["unit"], role=data["role"], at=at, active_to=until)
