"""The regular look at terms: what is overdue is reported upwards; nothing passes by silence unless the procedure says so."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import models, transaction

from taihu.engines.workdays import Unit
from taihu.records.audit.actions import record
from taihu.records.base.events import publish
from taihu.records.base.retention import YEAR
from taihu.records.cases.actions.acting import SYSTEM, locked_run, note
from taihu.records.cases.actions.checks import pass_silent_checks
from taihu.records.cases.actions.moving import close, end_of_term, pass_on
from taihu.records.cases.actions.notices import end_due_notices
from taihu.records.cases.enums import AppealState, CaseState, ObjectionState, RunState, Verb
from taihu.records.cases.events import StageOverdue
from taihu.records.cases.models import Appeal, Case, Check, Objection, StageRun
from taihu.records.cases.procedures.terms import Term
from taihu.records.cases.procedures.tree import END, PASS, Kind, Outcome

REPEAT = Term(count=3, unit=Unit.WORKING_DAYS)
LEVELS = 3
# What may pass by itself when its term is over; a decision never does.
_MAY_PASS = frozenset({Kind.EMPLOYER_CHECK, Kind.DISTRICT_CHECK, Kind.FORMAL_CHECK, Kind.SITE_VISIT})


def look_at_terms(*, at: datetime) -> dict[str, int]:
    """Everything that time alone does to cases; may run any number of times."""
    return {
        "notices": end_due_notices(at=at),
        "silent": pass_silent_checks(at=at),
        "stages": sum(_overdue(run, at) for run in _overdue_runs(at)),
        "checks": _mark(Check.objects.filter(answer="", run__state=RunState.OPEN), at),
        "objections": _mark(Objection.objects.filter(state=ObjectionState.OPEN), at),
        "appeals": _mark(Appeal.objects.filter(state=AppealState.OPEN), at),
        "drafts": _drop_drafts(at),
    }


def _drop_drafts(at: datetime) -> int:
    """Drafts that nobody handed in for a year go, with their files (个人信息保护法 第十九条)."""
    dropped = 0
    for case in Case.objects.filter(state=CaseState.DRAFT, created_at__lt=at - YEAR).order_by("pk")[:200]:
        with transaction.atomic():
            record(at=at, action="cases.drop_draft", subject=case)
            for attachment in case.attachments.all():
                transaction.on_commit(partial(attachment.file.delete, save=False))
            case.delete()
        dropped += 1
    return dropped


def _overdue_runs(at: datetime) -> list[StageRun]:
    rows = StageRun.objects.filter(state=RunState.OPEN, due_at__lte=at, escalations__lt=LEVELS)
    rows = rows.exclude(kind=Kind.PUBLIC_NOTICE, notice_entry__notice__ends_at__gt=at)
    return list(rows.exclude(case__state=CaseState.CLOSED).select_related("case__procedure").order_by("pk"))


@transaction.atomic
def _overdue(run: StageRun, at: datetime) -> bool:
    if run.escalated_at is not None and at < end_of_term(REPEAT, run.escalated_at):
        return False
    run = locked_run(run)
    rule = run.returned_by.template.returns if run.returned_by else None
    answer = rule.overdue if rule else run.template.overdue
    if answer == END:
        close(run.case, Outcome.ENDED, actor=SYSTEM, at=at, reason="overdue")
        return True
    if answer == PASS and run.kind in _MAY_PASS:
        pass_on(run, actor=SYSTEM, at=at, reason="overdue")
        return True
    run.escalations, run.escalated_at = run.escalations + 1, at
    run.save(update_fields=["escalations", "escalated_at"])
    after = {"level": run.escalations, "due_at": run.due_at.isoformat() if run.due_at else ""}
    note(run.case, Verb.ESCALATE, actor=SYSTEM, at=at, run=run, after=after)
    event = StageOverdue(case_id=run.case_id, origin=run.case.origin, run_id=run.pk, level=run.escalations)
    publish(event, at=at)
    return True


def _mark(rows: "models.QuerySet[Any]", at: datetime) -> int:
    """Overdue answers are marked once; the queue shows them first."""
    return rows.filter(due_at__lte=at, escalated_at__isnull=True).update(escalated_at=at)
