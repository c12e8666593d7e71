"""What an officer may do with a case now: one panel per open stage on their desk, each act one action."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from taihu.records.base.errors import Refused
from taihu.records.base.language import language
from taihu.records.cases import actions
from taihu.records.cases.enums import AppealState, RunState, SheetState
from taihu.records.cases.models import Attachment, Case, Check, ReviewSheet, StageRun
from taihu.records.cases.permissions import can_handle
from taihu.records.cases.procedures.tree import Kind
from taihu.records.cases.queries.precedents import precedents_for
from taihu.records.identity.doors import try_action
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Account
from taihu.systems.policies.actions.money import commit_application
from taihu.systems.policies.forms.cases import (
    AssignForm,
    CheckForm,
    DecisionForm,
    DelegateForm,
    DocumentForm,
    RulingForm,
    StageForm,
    money_words,
)
from taihu.systems.policies.models import Application

PLAIN = frozenset(
    {
        Kind.DISTRICT_CHECK,
        Kind.FORMAL_CHECK,
        Kind.SITE_VISIT,
        Kind.GRADING,
        Kind.CONTRACT,
        Kind.MIDTERM,
        Kind.ACCEPTANCE,
    }
)


@dataclass
class Panel:
    run: StageRun
    is_mine: bool
    form: forms.Form | None = None
    second: forms.Form | None = None
    delegation: forms.Form | None = None
    checks: list[tuple[Check, str, CheckForm]] = field(default_factory=list)
    sheets: list[ReviewSheet] = field(default_factory=list)
    count: Any = None
    body: str = ""
    precedents: list[Any] = field(default_factory=list)
    problem: str = ""

    @property
    def is_plain(self) -> bool:
        return self.run.kind in PLAIN

    @property
    def prefix(self) -> str:
        return str(self.run.pk)


def panels_of(request: HttpRequest, case: Case, account: Account, *, at: datetime) -> list[Panel]:
    """A panel per open stage; forms only where the reader may act."""
    runs = list(case.runs.filter(state=RunState.OPEN).select_related("unit", "returned_by").order_by("pk"))
    return [_panel(request, case, run, account, at) for run in runs]


def _panel(request: HttpRequest, case: Case, run: StageRun, account: Account, at: datetime) -> Panel:
    run.case = case
    panel = Panel(run, can_handle(account, run, at=at))
    posted = request.POST if request.POST.get("run") == str(run.pk) else None
    _fill_checks(panel, posted)
    if run.kind == Kind.EXPERT_REVIEW:
        panel.sheets = list(run.sheets.select_related("expert").order_by("pk"))
        panel.count = actions.count_sheets(run)
    if not panel.is_mine:
        return panel
    chosen = request.POST.get("do", "") if posted else ""
    if run.template.is_delegable:
        panel.delegation = DelegateForm(posted if chosen == "delegate" else None)
    _FORMS.get(Kind(run.kind), _plain_form)(panel, posted, chosen, at)
    return panel


def _fill_checks(panel: Panel, posted: Any) -> None:
    if panel.run.kind != Kind.DEPARTMENT_CHECKS:
        return
    questions = {item.id: item.question.say(language()) for item in panel.run.template.checks}
    for check in panel.run.checks.select_related("exchange", "answered_by").order_by("pk"):
        mine = posted if posted is not None and posted.get("check") == str(check.pk) else None
        panel.checks.append((check, questions.get(check.item, ""), CheckForm(mine)))


def _plain_form(panel: Panel, posted: Any, chosen: str, at: datetime) -> None:
    panel.form = StageForm(panel.run, posted if chosen in {"pass", "fail", "return", "conclude", "end"} else None)


def _review_form(panel: Panel, posted: Any, chosen: str, at: datetime) -> None:
    _plain_form(panel, posted, chosen, at)
    taken = [sheet.expert_id for sheet in panel.sheets]
    open_at = Q(grants__active_to__isnull=True) | Q(grants__active_to__gt=at)
    experts = Account.objects.filter(open_at, grants__role=Role.EXPERT, grants__active_from__lte=at, is_active=True)
    panel.second = AssignForm(
        experts.exclude(pk__in=taken).distinct().order_by("display_name", "pk"), posted if chosen == "assign" else None
    )


def _decision_form(panel: Panel, posted: Any, chosen: str, at: datetime) -> None:
    panel.precedents = precedents_for(panel.run.case)
    try:
        panel.body = actions.body_for(panel.run, at)
    except Refused as refused:
        panel.problem = str(refused)
    amount = panel.run.case.data.get("amount")
    initial = {"body": panel.body, "amount": money_words(amount)}
    panel.form = DecisionForm(posted if chosen == "decide" else None, initial=initial, precedents=panel.precedents)
    panel.second = StageForm(panel.run, posted if chosen in {"return", "decide"} else None)


def _document_form(panel: Panel, posted: Any, chosen: str, at: datetime) -> None:
    panel.form = DocumentForm(posted if chosen == "issue" else None)


def _no_form(panel: Panel, posted: Any, chosen: str, at: datetime) -> None:
    return


_FORMS: dict[Kind, Callable[[Panel, Any, str, datetime], None]] = {
    Kind.EXPERT_REVIEW: _review_form,
    Kind.DECISION: _decision_form,
    Kind.DOCUMENT: _document_form,
    Kind.PUBLIC_NOTICE: _no_form,
    Kind.PAYMENT: _no_form,
    Kind.DRAFT: _no_form,
    Kind.PROOF: _no_form,
}


def act_on(request: HttpRequest, case: Case, panels: list[Panel], account: Account, *, at: datetime) -> bool:
    """Do what was asked for; True when it is done, False when a form has something to say."""
    chosen = request.POST.get("do", "")
    if chosen in _CASE_ACTS:
        return _CASE_ACTS[chosen](request, case, account, at)
    panel = next((item for item in panels if str(item.run.pk) == request.POST.get("run") and item.is_mine), None)
    if panel is None or chosen not in _ACTS:
        raise Refused("stage_closed", _("这一步已经办理完毕，或不由您办理。"), _("请刷新页面，查看最新进展。"))
    done = _ACTS[chosen](request, panel, account, at)
    if done:
        messages.success(request, _("已办理。"))
    return done


def _stage_act(name: str) -> Callable[[HttpRequest, Panel, Account, datetime], bool]:
    def act(request: HttpRequest, panel: Panel, account: Account, at: datetime) -> bool:
        form = panel.second if isinstance(panel.second, StageForm) else panel.form
        if not isinstance(form, StageForm) or not form.is_valid():
            return False
        reason, run = form.cleaned_data["reason"], panel.run
        verbs: dict[str, Callable[[], object]] = {
            "pass": lambda: actions.pass_stage(acting_user=account, run=run, at=at, reason=reason, values=form.values),
            "fail": lambda: actions.fail_stage(acting_user=account, run=run, at=at, reason=reason),
            "return": lambda: actions.return_for_correction(acting_user=account, run=run, at=at, reason=reason),
            "conclude": lambda: actions.conclude_review(acting_user=account, run=run, at=at, values=form.values),
            "end": lambda: actions.end_case(acting_user=account, run=run, at=at, reason=reason),
        }
        return try_action(form, verbs[name])

    return act


def _answer(request: HttpRequest, panel: Panel, account: Account, at: datetime) -> bool:
    for check, _question, form in panel.checks:
        if str(check.pk) == request.POST.get("check") and form.is_valid():
            data = form.cleaned_data
            return try_action(
                form,
                lambda check=check, data=data: actions.answer_check(  # type: ignore[misc]
                    acting_user=account, check=check, answer=data["answer"], at=at, note_text=data["note"]
                ),
            )
    return False


def _assign(request: HttpRequest, panel: Panel, account: Account, at: datetime) -> bool:
    form = panel.second
    if form is None or not form.is_valid():
        return False
    expert = form.cleaned_data["expert"]
    return try_action(form, lambda: actions.assign_expert(acting_user=account, run=panel.run, expert=expert, at=at))


def _absent(request: HttpRequest, panel: Panel, account: Account, at: datetime) -> bool:
    sheet = get_object_or_404(ReviewSheet, pk=request.POST.get("sheet"), run=panel.run, state=SheetState.ASSIGNED)
    actions.mark_absent(acting_user=account, sheet=sheet, at=at)
    return True


def _decide(request: HttpRequest, panel: Panel, account: Account, at: datetime) -> bool:
    form, stage_form = panel.form, panel.second
    if not isinstance(form, DecisionForm) or not form.is_valid():
        return False
    data = form.cleaned_data
    minutes = actions.Minutes(
        body=data["body"],
        meeting=data["meeting"],
        held_on=data["held_on"],
        number=data["minutes"],
        attendees=data["attendees"],
        recusals=data["recusals"],
        conflicts=data["conflicts"],
        proposer=data["proposer"],
    )
    values = stage_form.values if isinstance(stage_form, StageForm) and stage_form.is_valid() else {}
    return try_action(
        form,
        lambda: actions.record_decision(
            acting_user=account,
            run=panel.run,
            at=at,
            minutes=minutes,
            resolution=data["resolution"],
            grounds=data["grounds"],
            kind=data["kind"],
            amount=data["amount"],
            schedule=data["schedule"],
            precedents=list(data.get("precedents") or []),
            values=values,
        ),
    )


def _issue(request: HttpRequest, panel: Panel, account: Account, at: datetime) -> bool:
    form = panel.form
    if not isinstance(form, DocumentForm) or not form.is_valid():
        return False
    data = form.cleaned_data
    return try_action(form, lambda: actions.issue_document(acting_user=account, run=panel.run, at=at, **data))


def _delegate(request: HttpRequest, panel: Panel, account: Account, at: datetime) -> bool:
    form = panel.delegation
    if form is None or not form.is_valid():
        return False
    data = form.cleaned_data
    return try_action(form, lambda: actions.delegate(acting_user=account, run=panel.run, at=at, **data))


_ACTS: dict[str, Callable[[HttpRequest, Panel, Account, datetime], bool]] = {
    **{name: _stage_act(name) for name in ("pass", "fail", "return", "conclude", "end")},
    "answer": _answer,
    "assign": _assign,
    "absent": _absent,
    "decide": _decide,
    "issue": _issue,
    "delegate": _delegate,
}


def _verify(request: HttpRequest, case: Case, account: Account, at: datetime) -> bool:
    attachment = get_object_or_404(Attachment, pk=request.POST.get("document"), case=case)
    how = request.POST.get("how", "")
    try:
        actions.verify_attachment(acting_user=account, attachment=attachment, at=at, how=how)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已核验。"))
    return True


def _rule(request: HttpRequest, case: Case, account: Account, at: datetime) -> bool:
    appeal = get_object_or_404(case.appeals, state=AppealState.OPEN)
    form = RulingForm(AppealState.UPHELD.label, AppealState.DISMISSED.label, request.POST)
    try:
        if not form.is_valid():
            raise Refused("answer_needed", _("请选择结论并写明答复。"))
        actions.decide_appeal(
            acting_user=account, appeal=appeal, at=at, is_upheld=form.is_upheld, answer=form.cleaned_data["answer"]
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("复核已办结。"))
    return True


def _commit(request: HttpRequest, case: Case, account: Account, at: datetime) -> bool:
    application = get_object_or_404(Application, case=case)
    try:
        commit_application(acting_user=account, application=application, at=at)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("资金已登记承诺。"))
    return True


_CASE_ACTS: dict[str, Callable[[HttpRequest, Case, Account, datetime], bool]] = {
    "verify": _verify,
    "rule": _rule,
    "commit": _commit,
}
