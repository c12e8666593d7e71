"""Role administration, for system administrators only."""

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from taihu.portal.forms import GrantForm
from taihu.records.base.clock import CITY_ZONE, now
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.actions import end_grant, grant_role
from taihu.records.identity.models import Account, RoleGrant
from taihu.records.identity.permissions import is_administrator


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
