"""Keys for a person's own tools: made, shown once, revoked."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from taihu.portal.forms import PersonalKeyForm
from taihu.records.base.clock import now
from taihu.records.base.limits import limited
from taihu.records.identity import actions
from taihu.records.identity.doors import account_of, try_action
from taihu.records.identity.models import Person, PersonalKey


def _me(request: HttpRequest) -> Person:
    return actions.ensure_person(acting_user=account_of(request), at=now())


@login_required
@never_cache
@limited("create_personal_key", amount=10, seconds=86400)
def manage_keys(request: HttpRequest) -> HttpResponse:
    """The token is shown in the answer to the form that made it and nowhere else."""
    person, form, token = _me(request), PersonalKeyForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        fields = {"acting_user": account_of(request), "person": person, "at": now(), **form.cleaned_data}
        made: list[tuple[PersonalKey, str]] = []
        if try_action(form, lambda: made.append(actions.create_personal_key(**fields))):
            token, form = made[0][1], PersonalKeyForm()
    context = {"keys": person.keys.order_by("-pk"), "form": form, "token": token, "at": now()}
    return render(request, "me/keys.html", context)


@login_required
def revoke_key(request: HttpRequest, number: int) -> HttpResponse:
    key = get_object_or_404(_me(request).keys, pk=number)
    if request.method == "POST":
        actions.revoke_personal_key(acting_user=account_of(request), key=key, at=now())
        messages.success(request, _("密钥已撤销，用它的程序不能再访问。"))
        return redirect("me:keys")
    return render(request, "me/revoke_key.html", {"key": key})
