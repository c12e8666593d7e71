"""A person or an organisation applies; an employer applies for its staff or confirms."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.language import said
from taihu.records.cases import actions as cases
from taihu.records.cases.enums import CaseState
from taihu.records.cases.models import Case, StageRun
from taihu.records.facts.properties import INSURED_BY
from taihu.records.facts.queries import values_as_of
from taihu.records.identity.enums import UnitKind
from taihu.records.identity.models import Account, Organisation, Person, Unit
from taihu.records.identity.permissions import can_act_as, can_recruit_for
from taihu.systems.policies.enums import ORIGIN, ApplicantKind
from taihu.systems.policies.evidence import missing_of
from taihu.systems.policies.known import known_of, person_facts
from taihu.systems.policies.models import Application, Track
from taihu.systems.policies.snapshots import snapshot
from taihu.systems.policies.windows import personal_deadline, window_of


@transaction.atomic
def start_application(
    *,
    acting_user: Account,
    at: datetime,
    track: Track,
    person: Person | None = None,
    organisation: Organisation | None = None,
) -> Application:
    """Begin a draft. A person applies with or without an employer; an organisation for itself or for one of its staff."""
    _refuse_closed(track, at)
    _refuse_wrong_applicant(acting_user, track, person, organisation, at)
    _refuse_running(track, person, organisation)
    application = Application.objects.create(
        track=track, person=person, organisation=organisation, applied_by=acting_user, created_at=at
    )
    application.case = cases.open_case(
        acting_user=acting_user,
        at=at,
        procedure=track.procedure,
        title=f"{track.call.programme} · {track}",
        category=str(track),
        origin=ORIGIN,
        origin_id=str(application.pk),
        units=cases.Units(
            office=track.call.office_unit,
            department=track.department_unit,
            district=district_of(person, organisation),
        ),
        person=person,
        organisation=organisation,
        data=dict(track.preset),
    )
    application.save(update_fields=["case"])
    return application


def _refuse_closed(track: Track, at: datetime) -> None:
    window = window_of(track.call, track, at=at)
    if not window.is_open:
        later = _("下次开放：%(day)s。") % {"day": city_date(window.opens_at)} if window.opens_at else ""
        raise Refused("window_closed", _("现在不在申报时间内。"), later)


def _refuse_wrong_applicant(
    account: Account, track: Track, person: Person | None, organisation: Organisation | None, at: datetime
) -> None:
    kind = track.applicant
    if kind == ApplicantKind.ORGANISATION and (person is not None or organisation is None):
        raise Refused("wrong_applicant", _("这一类别由单位申报。"))
    if kind != ApplicantKind.ORGANISATION and person is None:
        raise Refused("wrong_applicant", _("这一类别由个人申报。"))
    if person is not None and can_act_as(account, person, at=at):
        return
    if organisation is None or not can_recruit_for(account, organisation):
        raise NotAllowed("not_applicant", _("只能为自己或自己的单位申报。"))
    if person is not None and not is_staff(person, organisation, at=at):
        raise Refused(
            "not_staff",
            _("没有查到此人在本单位参保。"),
            _("请核对证件号码，或由本人申报后由单位确认。"),
            field="number",
        )


def is_staff(person: Person, organisation: Organisation, *, at: datetime) -> bool:
    """By social insurance, as a department certified it."""
    codes = values_as_of(person, city_date(at)).get(INSURED_BY.name, [])
    return organisation.credit_code is not None and organisation.credit_code in codes


def _refuse_running(track: Track, person: Person | None, organisation: Organisation | None) -> None:
    running = Application.objects.filter(track=track, person=person).exclude(case__state=CaseState.CLOSED)
    if person is None:
        running = running.filter(organisation=organisation)
    if (found := running.first()) is not None:
        raise Refused(
            "already_applied",
            _("这一类别已有一项申报在填报或办理。"),
            _("请在“我的申报”里继续。"),
            application=found.pk,
        )


def district_of(person: Person | None, organisation: Organisation | None) -> Unit | None:
    """The district or zone where the employer, else the person, is at home."""
    area = (organisation.area_code if organisation else "") or (person.area_code if person else "")
    kinds = [UnitKind.DISTRICT, UnitKind.ZONE]
    return Unit.objects.filter(kind__in=kinds, area_code=area).order_by("pk").first() if area else None


def employer_of(person: Person, *, at: datetime) -> Organisation | None:
    """Whose staff a person is by social insurance, if there is one answer."""
    codes = set(values_as_of(person, city_date(at)).get(INSURED_BY.name, []))
    return Organisation.objects.filter(credit_code__in=codes).first() if len(codes) == 1 else None


@transaction.atomic
def save_application(
    *, acting_user: Account, application: Application, at: datetime, data: dict[str, Any]
) -> Application:
    """Keep what is filled in so far; nothing is checked but types, and what the city knows is not overwritten."""
    names = {field["name"] for field in application.track.fields}
    unknown = set(data) - names
    if unknown:
        raise Refused("unknown_field", _("没有这些项目：%(names)s。") % {"names": "、".join(sorted(unknown))})
    case = _case(application)
    cases.save_form(acting_user=acting_user, case=case, data=data, at=at)
    return application


def _case(application: Application) -> Case:
    assert application.case_id is not None
    return Case.objects.select_related("procedure", "person", "organisation").get(pk=application.case_id)


@transaction.atomic
def submit_application(*, acting_user: Account, application: Application, at: datetime, agrees: bool) -> Application:
    """Hand in an application, or a correction of one: complete, in time, with the promise of honesty."""
    case, track = _case(application), application.track
    if case.submitted_at is None:
        _refuse_closed(track, at)
        _refuse_past_deadline(application, at)
    if not agrees:
        raise Refused("agrees", _("请先阅读并签署诚信承诺。"), field="agrees")
    known = known_of(track, application.person, at=at)
    _refuse_incomplete(application, case, set(known), at)
    by_person_itself = application.person is None or can_act_as(acting_user, application.person, at=at)
    application.agreed_at = at if by_person_itself else application.agreed_at
    application.entitlement = {"facts": [item.as_data() for item in known.values()]}
    if track.policy and application.person is not None:
        application.entitlement |= snapshot(application.person, track.policy, at=at)
    application.entitlement_at = at
    application.save(update_fields=["agreed_at", "entitlement", "entitlement_at"])
    cases.submit_case(acting_user=acting_user, case=case, at=at)
    record(
        at=at,
        acting_user=acting_user,
        action="policies.submit",
        subject=application,
        data={"status": application.entitlement.get("status", ""), "known": sorted(known)},
    )
    return application


def _refuse_past_deadline(application: Application, at: datetime) -> None:
    if application.person is None or not application.track.personal_deadline:
        return
    deadline = personal_deadline(application.track, person_facts(application.person, at=at), city_date(at))
    if deadline is not None and city_date(at) >= deadline:
        raise Refused(
            "personal_deadline",
            _("按您的情况，申报应在 %(day)s 之前提出。") % {"day": deadline},
            _("对日期有疑问的，可以先申请更正信息。"),
            deadline=deadline.isoformat(),
        )


def _refuse_incomplete(application: Application, case: Case, known: set[str], at: datetime) -> None:
    for field in application.track.fields:
        is_known = bool(field.get("fact")) and field["fact"] in known
        if field["required"] and not is_known and case.data.get(field["name"]) in (None, ""):
            label = said(field["zh"], field["en"])
            raise Refused("field_needed", _("请填写“%(label)s”。") % {"label": label}, field=field["name"])
    missing = missing_of(application.track, case, "person", today=city_date(at))
    if missing:
        names = "、".join(said(item.data["zh"], item.data["en"]) for item in missing)
        raise Refused(
            "documents_missing",
            _("还缺少材料：%(names)s。") % {"names": names},
            _("请上传后再提交。"),
            missing=[item.kind for item in missing],
        )


@transaction.atomic
def withdraw_application(*, acting_user: Account, application: Application, at: datetime, reason: str = "") -> None:
    cases.withdraw_case(acting_user=acting_user, case=_case(application), at=at, reason=reason)


@transaction.atomic
def discard_draft(*, acting_user: Account, application: Application, at: datetime) -> None:
    """Throw a draft away that was never handed in, with its files."""
    case = _case(application)
    if case.state != CaseState.DRAFT or application.case is None:
        raise Refused("not_a_draft", _("已经提交的申报不能删除，可以撤回。"))
    cases.withdraw_case(acting_user=acting_user, case=case, at=at)
    files = [attachment.file for attachment in case.attachments.all()]
    application.delete()
    case.delete()
    for stored in files:
        transaction.on_commit(partial(stored.delete, save=False))


@transaction.atomic
def confirm_by_employer(*, acting_user: Account, application: Application, run: StageRun, at: datetime) -> None:
    """The employer says that what its member of staff wrote is true, with what it has to add."""
    case = _case(application)
    missing = missing_of(application.track, case, "employer", today=city_date(at))
    if missing:
        names = "、".join(item.data["zh"] for item in missing)
        raise Refused("documents_missing", _("还缺少材料：%(names)s。") % {"names": names}, _("请上传后再确认。"))
    cases.pass_stage(acting_user=acting_user, run=run, at=at)


@transaction.atomic
def confirm_by_person(*, acting_user: Account, application: Application, at: datetime) -> Application:
    """The person for whom an employer applied agrees and signs the promise; without it nothing is paid."""
    if application.person is None or not can_act_as(acting_user, application.person, at=at):
        raise NotAllowed("not_yours", _("只有本人可以签署承诺。"))
    if application.agreed_at is None:
        application.agreed_at = at
        application.save(update_fields=["agreed_at"])
        record(at=at, acting_user=acting_user, action="policies.agree", subject=application)
    return application
