"""What an application does when its case moved: tell people, commit money, go on when it is paid."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from taihu.records.base.clock import last_day
from taihu.records.cases.enums import CaseOutcome, RunState
from taihu.records.cases.models import Case, ReviewSheet, StageRun
from taihu.records.cases.procedures.tree import Kind, Role
from taihu.records.ledger.models import Commitment, Instalment
from taihu.systems.policies.actions import letters
from taihu.systems.policies.actions.money import commit_or_explain, pass_paid_stages
from taihu.systems.policies.enums import ORIGIN
from taihu.systems.policies.models import Application

# Stages that an applicant need not be told of: their own, and those that follow at once.
_SILENT = frozenset({Kind.DRAFT, Kind.CLOSED, Kind.GRADING})


def application_of(case_id: int) -> Application | None:
    rows = Application.objects.filter(case=case_id)
    return rows.select_related("case__procedure", "case__person", "case__organisation", "track__call").first()


def path_of(application: Application) -> str:
    return f"/me/policy-applications/{application.pk}/"


def employer_path_of(application: Application) -> str:
    return f"/employer/policy-applications/{application.pk}/"


def tell_of_move(*, case_id: int, stage: str, at: datetime) -> None:
    """The applicant hears of each stage; the employer when its word is needed."""
    application = application_of(case_id)
    run = StageRun.objects.filter(case=case_id, stage=stage).order_by("-pk").first()
    if application is None or run is None or application.case is None:
        return
    run.case = application.case
    data = {"title": application.track.words, "stage": asdict(run.template.name), "name": application.case.applicant}
    if run.role == Role.EMPLOYER and application.case.organisation and run.kind != Kind.DRAFT:
        readers = letters.readers_of_organisation(application.case.organisation)
        path = employer_path_of(application)
        letters.tell(readers, "confirm", key=str(run.pk), at=at, path=path, data=data)
    if run.kind not in _SILENT:
        readers = letters.readers_of_applicant(application.case)
        letters.tell(readers, "moved", key=str(run.pk), at=at, path=path_of(application), data=data)
    _ask_to_sign(application, at)


def _ask_to_sign(application: Application, at: datetime) -> None:
    if application.person is None or application.agreed_at is not None or application.organisation is None:
        return
    data = {"title": application.track.words, "organisation": application.organisation.name}
    readers = letters.readers_of_person(application.person)
    letters.tell(readers, "sign", key=str(application.pk), at=at, path=path_of(application), data=data)


def tell_of_return(*, run_id: int, at: datetime) -> None:
    run = StageRun.objects.select_related("case").get(pk=run_id)
    application = application_of(run.case_id)
    correction = StageRun.objects.filter(case=run.case, returned_by=run).order_by("-pk").first()
    if application is None or application.case is None or correction is None:
        return
    due = last_day(correction.due_at).isoformat() if correction.due_at else ""
    data = {"title": application.track.words, "reason": run.reason, "due": due}
    readers = letters.readers_of_applicant(application.case)
    letters.tell(readers, "returned", key=str(run.pk), at=at, path=path_of(application), data=data)


def tell_of_end(*, case_id: int, outcome: str, at: datetime) -> None:
    application = application_of(case_id)
    if application is None or application.case is None or outcome == CaseOutcome.WITHDRAWN:
        return
    kind = {CaseOutcome.GRANTED: "granted", CaseOutcome.REFUSED: "refused"}.get(CaseOutcome(outcome), "ended")
    readers = letters.readers_of_applicant(application.case)
    # An upheld appeal may let a case end twice.
    key = f"{application.pk}:{application.case.appeals.count()}"
    data = {"title": application.track.words}
    letters.tell(readers, kind, key=key, at=at, path=path_of(application), data=data)


def tell_of_overdue(*, run_id: int, level: int, at: datetime) -> None:
    run = StageRun.objects.select_related("case__procedure", "unit").get(pk=run_id)
    data = {"number": run.case.number or run.case.title, "stage": asdict(run.template.name), "level": level}
    readers = letters.deciders_of(run.unit or run.case.office_unit, at)
    if run.role in {Role.APPLICANT, Role.EMPLOYER}:
        case = run.case
        readers = (
            letters.readers_of_organisation(case.organisation)
            if run.role == Role.EMPLOYER and case.organisation
            else letters.readers_of_applicant(case)
        )
    path = f"/office/cases/{run.case_id}/" if run.unit else "/me/inbox/"
    letters.tell(readers, "overdue", key=f"{run.pk}:{level}", at=at, path=path, data=data)


def ask_expert(*, sheet_id: int, at: datetime) -> None:
    sheet = ReviewSheet.objects.select_related("run__case").get(pk=sheet_id)
    due = last_day(sheet.run.due_at).isoformat() if sheet.run.due_at else "—"
    data = {"title": _category(sheet.run.case), "due": due}
    letters.tell([sheet.expert_id], "review", key=str(sheet.pk), at=at, path=f"/reviews/{sheet.pk}/", data=data)


def _category(case: Case) -> Any:
    """What a case is about, in both languages where a call says so."""
    application = application_of(case.pk)
    return application.track.words if application else case.category


def pay(*, run_id: int, at: datetime) -> None:
    """A payment stage is open: promise the money once, and go on at once where there is nothing (more) to pay."""
    run = StageRun.objects.select_related("case").get(pk=run_id)
    application = application_of(run.case_id)
    if application is None or run.state != RunState.OPEN:
        return
    if application.commitment_id is None:
        commit_or_explain(application=application, at=at)
        application.refresh_from_db()
    pass_paid_stages(application=application, at=at)


def follow_payments(*, instalment_ids: list[int], at: datetime) -> None:
    """Money went out: cases whose payment stage it completes go on."""
    rows = Commitment.objects.filter(origin=ORIGIN, instalments__in=instalment_ids).values_list("origin_ref", flat=True)
    for application in Application.objects.filter(pk__in=sorted({int(ref) for ref in rows})).order_by("pk"):
        pass_paid_stages(application=application, at=at)


def tell_of_hold(*, instalment_ids: list[int], at: datetime) -> None:
    held = Instalment.objects.filter(pk__in=instalment_ids, commitment__origin=ORIGIN).select_related("commitment")
    applications = {
        row.pk: row
        for row in Application.objects.filter(pk__in=[int(item.commitment.origin_ref) for item in held]).select_related(
            "case__person", "case__organisation", "track"
        )
    }
    for item in held:
        application = applications.get(int(item.commitment.origin_ref))
        if application is None or application.case is None:
            continue
        reason = "；".join(str(text) for text in item.reasons)
        data = {"title": application.track.words, "part": item.number, "reason": reason}
        readers = letters.readers_of_applicant(application.case)
        key = f"{item.pk}:{at.isoformat()}"[:60]
        letters.tell(readers, "held", key=key, at=at, path=path_of(application), data=data)
