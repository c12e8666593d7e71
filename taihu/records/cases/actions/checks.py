"""Departments answer: one by one on a page, or many at once by the batch file of records/facts."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.cases.actions.acting import Actor, handler_actor, locked_run, note
from taihu.records.cases.enums import Answer, CaseState, RunState, Verb
from taihu.records.cases.models import Check
from taihu.records.cases.permissions import DESK
from taihu.records.cases.queries.queues import units_of
from taihu.records.facts.actions import receive_answer, send_exchange
from taihu.records.facts.models import Exchange, Fact
from taihu.records.facts.queries import valid_on
from taihu.records.identity.models import Account, Person
from taihu.records.identity.permissions import is_officer


@dataclass
class BatchReport:
    """`unmatched` are rows of the file that fit nobody; `waiting` are questions that the file did not answer."""

    rows: int = 0
    answered: int = 0
    waiting: int = 0
    unmatched: list[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def answer_check(*, acting_user: Account, check: Check, answer: str, at: datetime, note_text: str = "") -> Check:
    """Write down what a department says. An answer stands; a new one needs the stage to be open."""
    run = locked_run(check.run)
    actor = handler_actor(acting_user, run, at=at)
    current = Check.objects.select_for_update().get(pk=check.pk)
    if answer not in Answer.values:
        raise Refused("bad_answer", _("请选择答复。"), field="answer")
    if answer != Answer.YES and not note_text.strip():
        raise Refused("note_needed", _("请写明部门的意见。"), field="note")
    before = {"answer": current.answer, "note": current.note}
    current.answer, current.note = answer, note_text.strip()
    current.answered_at, current.answered_by, current.is_silence = at, acting_user, False
    current.save()
    after = {"item": current.item, "answer": answer}
    note(run.case, Verb.ANSWER, actor=actor, at=at, run=run, reason=current.note, before=before, after=after)
    check.refresh_from_db()
    return check


@transaction.atomic
def send_check_batch(
    *, acting_user: Account, department: str, property_name: str, at: datetime
) -> tuple[Exchange, bytes]:
    """One list to one department with everybody on the officer's desk whose case waits for its answer on one question."""
    if not is_officer(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以和部门交换名单。"))
    waiting = (
        Check.objects.select_for_update()
        .filter(
            department=department,
            property=property_name,
            answer="",
            exchange__isnull=True,
            run__state=RunState.OPEN,
            run__case__person__isnull=False,
            run__unit__in=units_of(acting_user, DESK, at),
        )
        .order_by("pk")
    )
    checks = list(waiting)
    if not checks:
        raise Refused("nothing_to_send", _("没有等待这个部门答复的事项。"))
    people = _people_of(checks)
    exchange, content = send_exchange(
        acting_user=acting_user, at=at, department=department, property_name=property_name, people=people
    )
    listed = [person.pk for person in people if person.id_number]
    sent = [check.pk for check in checks if check.run.case.person_id in listed]
    Check.objects.filter(pk__in=sent).update(exchange=exchange)
    actor = Actor(acting_user, str(acting_user))
    for check in Check.objects.filter(pk__in=sent).select_related("run__case").order_by("pk"):
        note(check.run.case, Verb.ASK, actor=actor, at=at, run=check.run, after={"exchange": exchange.pk})
    return exchange, content


def _people_of(checks: list[Check]) -> list[Person]:
    ids = Check.objects.filter(pk__in=[check.pk for check in checks]).values("run__case__person")
    return list(Person.objects.filter(pk__in=ids).order_by("pk"))


@transaction.atomic
def receive_check_batch(*, acting_user: Account, exchange: Exchange, content: bytes, at: datetime) -> BatchReport:
    """Read the department's file: facts are kept, questions that they settle are answered, the rest stays open."""
    loaded = receive_answer(acting_user=acting_user, exchange=exchange, content=content, at=at)
    report = BatchReport(rows=loaded.rows, unmatched=loaded.unmatched)
    actor = Actor(acting_user, exchange.department)
    open_checks = Check.objects.filter(exchange=exchange, answer="", run__state=RunState.OPEN)
    for check in open_checks.select_related("run__case__procedure", "run__case__organisation").order_by("pk"):
        answer, words = _settle(check, at)
        if not answer:
            report.waiting += 1
            continue
        report.answered += 1
        Check.objects.filter(pk=check.pk).update(
            answer=answer, note=words, answered_at=at, answered_by=acting_user, is_silence=False
        )
        after = {"item": check.item, "answer": answer, "exchange": exchange.pk}
        note(check.run.case, Verb.ANSWER, actor=actor, at=at, run=check.run, reason=words, after=after)
    data = {"answered": report.answered, "unmatched": len(report.unmatched)}
    record(at=at, acting_user=acting_user, action="cases.receive_batch", subject=exchange, data=data)
    return report


def _settle(check: Check, at: datetime) -> tuple[str, str]:
    """The answer that the department's facts give, or '' when they say nothing about this person."""
    case = check.run.case
    rule = next(item for item in check.run.template.checks if item.id == check.item)
    rows = Fact.objects.filter(
        valid_on(city_date(at)), person=case.person, property=check.property, known_to__isnull=True
    ).order_by("pk")
    values = [fact.value for fact in rows]
    if not values:
        return "", ""
    if rule.yes == "known":
        return Answer.YES, ""
    if rule.yes == "employer":
        code = case.organisation.credit_code if case.organisation else None
        if code is None:
            return Answer.UNKNOWN, str(_("申请单位没有登记统一社会信用代码"))
        return (Answer.YES, "") if code in values else (Answer.NO, str(_("参保单位与申请单位不一致")))
    is_yes = all(value is (rule.yes == "true") for value in values)
    return (Answer.YES, "") if is_yes else (Answer.NO, str(_("部门数据与申请不一致")))


def pass_silent_checks(*, at: datetime) -> int:
    """Only where the procedure says so: a department that did not answer in time counts as having no objection."""
    passed = 0
    overdue = Check.objects.filter(
        answer="", due_at__lte=at, run__state=RunState.OPEN, run__case__state=CaseState.OPEN
    ).select_related("run__case__procedure")
    for check in overdue.order_by("pk"):
        rule = next(item for item in check.run.template.checks if item.id == check.item)
        if rule.on_silence != "pass":
            continue
        with transaction.atomic():
            claimed = Check.objects.filter(pk=check.pk, answer="").update(
                answer=Answer.YES, is_silence=True, answered_at=at
            )
            if claimed:
                passed += 1
                after = {"item": check.item, "answer": Answer.YES, "silence": True}
                note(check.run.case, Verb.ANSWER, actor=Actor(None), at=at, run=check.run, after=after)
    return passed
