"""The board of applicants, answers to several at once, and the end of an opening."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from taihu.records.base.clock import now
from taihu.records.identity.doors import account_of, page_of, try_action
from taihu.records.identity.hats import chosen_employer
from taihu.records.identity.models import Account
from taihu.systems.jobs.actions.answers import answer_remaining, close_filled_opening
from taihu.systems.jobs.actions.applications import MOST_AT_ONCE, refuse_many
from taihu.systems.jobs.actions.offers import places_left
from taihu.systems.jobs.answer_letters import Letter, refusal_letter
from taihu.systems.jobs.enums import OpeningState
from taihu.systems.jobs.forms.hiring import AnswerAllForm, BoardFilterForm, RefusalForm
from taihu.systems.jobs.models import Application, Opening
from taihu.systems.jobs.queries.hiring import (
    STAGES,
    WAITING,
    Filter,
    Scope,
    board,
    card_of,
    employer_applications,
    hires_of,
    openings_with_applicants,
    scope_of,
    stage_rows,
)
from taihu.systems.jobs.queries.responsiveness import FEWEST_CASES, reply_rate
from taihu.systems.jobs.views.hiring.access import hiring_required, own_opening

ENDED = (OpeningState.EXPIRED, OpeningState.CLOSED, OpeningState.WITHDRAWN)


@login_required
def show_board(request: HttpRequest) -> HttpResponse:
    """Across all openings; one stage in full with `?stage=`."""
    assert isinstance(request.user, Account)
    scope = scope_of(request.user, organisation=chosen_employer(request.session))
    if not scope.all:
        raise PermissionDenied
    return _board(request, scope, None)


@hiring_required
def show_opening_board(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    return _board(request, scope, own_opening(scope, number))


def _board(request: HttpRequest, scope: Scope, opening: Opening | None) -> HttpResponse:
    at = now()
    employers = (opening.organisation_id,) if opening else scope.all
    form = BoardFilterForm([] if opening else openings_with_applicants(employers), request.GET)
    chosen = form.chosen()
    if opening is not None:
        chosen = Filter(opening.pk, chosen.origin, chosen.due, chosen.name)
        del form.fields["opening"]
    columns = board(employers, chosen, at=at)
    stage = next((stage for stage in STAGES if stage.key == request.GET.get("stage")), None)
    context: dict[str, Any] = {
        "opening": opening,
        "columns": columns,
        "waiting": sum(column.total for column in columns if column.stage.states[0] in WAITING),
        "stage": stage,
        "page": page_of(request, stage_rows(employers, stage, chosen, at=at)) if stage else None,
        "form": form,
        "is_filtered": chosen != Filter(opening.pk if opening else None),
        "hires": hires_of(employers, opening=opening.pk if opening else None),
        "reply": reply_rate(employers, at=at),
        "fewest": FEWEST_CASES,
        "is_recruiter": bool(scope.recruits_for),
        "is_ended": opening is not None and opening.state in ENDED,
        "at": at,
    }
    context["cards"] = [card_of(row, at=at) for row in context["page"] or ()]
    return render(request, "jobs/employer/hiring_board.html", context)


@hiring_required
def refuse_several(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Reason, then the letters as each person will read them, then send. Nothing is sent before it was seen."""
    data = request.POST if request.method == "POST" else request.GET
    applications = _chosen_applications(data.getlist("application"), scope)
    if not applications:
        messages.warning(request, _("请先勾选要答复的人。"))
        return redirect(_back(data))
    step = request.POST.get("do", "")
    form = RefusalForm(request.POST if step in {"preview", "send"} else None)
    letters: list[tuple[Application, Letter]] = []
    if step and form.is_valid():
        reason, note = form.cleaned_data["reason"], form.cleaned_data["note"]
        if step == "send" and try_action(
            form,
            lambda: refuse_many(
                acting_user=account_of(request), applications=applications, reason=reason, note=note, at=now()
            ),
        ):
            messages.success(request, _sent(len(applications)))
            return redirect(_back(data))
        letters = [(row, _letter(row, reason, note)) for row in applications] if not form.errors else []
    context = {
        "applications": applications,
        "form": form,
        "letters": letters,
        "back": _back(data),
        "from": data.get("from", ""),
    }
    return render(request, "jobs/employer/hiring_refuse.html", context)


def _chosen_applications(numbers: list[str], scope: Scope) -> list[Application]:
    """Those among the ticked that may still be refused; others of the list have moved on meanwhile."""
    wanted = [int(number) for number in numbers if number.isdecimal() and len(number) < 19][:MOST_AT_ONCE]
    rows = employer_applications(scope.recruits_for).filter(pk__in=wanted, state__in=WAITING)
    return list(rows.order_by("pk"))


def _letter(application: Application, reason: str, note: str) -> Letter:
    return refusal_letter(
        name=str(application.person),
        title=application.opening.title,
        organisation=application.opening.organisation.name,
        reason=reason,
        note=note,
    )


def _sent(count: int) -> str:
    return ngettext("已答复 %(n)d 人。", "已答复 %(n)d 人。", count) % {"n": count}


def _back(data: Any) -> str:
    """To the board of the opening that the reader came from, or to the whole board."""
    number = data.get("from", "")
    if number.isdecimal() and len(number) < 19:
        return reverse("jobs:employer_opening_board", args=[int(number)])
    return reverse("jobs:employer_board")


@hiring_required
def close_filled(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """All places are taken: one confirmation closes the opening and answers everybody who still waits."""
    opening = own_opening(scope, number)
    waiting = Application.objects.filter(opening=opening, state__in=WAITING).count()
    if request.method == "POST":
        count = close_filled_opening(acting_user=account_of(request), opening=opening, at=now())
        messages.success(request, _("岗位已结束。") + _sent(count))
        return redirect("jobs:employer_opening_board", number=number)
    accepted = opening.headcount - places_left(opening)
    context = {"opening": opening, "waiting": waiting, "accepted": accepted, "left": opening.headcount - accepted}
    return render(request, "jobs/employer/hiring_filled.html", context)


@hiring_required
def answer_everybody(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """The opening ended and people still wait: one honest answer to each."""
    opening = own_opening(scope, number)
    form = AnswerAllForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        counted: list[int] = []
        reason = form.cleaned_data["reason"]
        if try_action(
            form,
            lambda: counted.append(
                answer_remaining(acting_user=account_of(request), opening=opening, reason=reason, at=now())
            ),
        ):
            messages.success(request, _sent(counted[0]))
            return redirect("jobs:employer_opening_board", number=number)
    waiting = Application.objects.filter(opening=opening, state__in=WAITING).count()
    context = {"opening": opening, "form": form, "waiting": waiting}
    return render(request, "jobs/employer/hiring_answer_all.html", context)
