"""A person applies to an opening; the employer looks, shortlists or says no; both write to each other."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from taihu.engines.text.lawful import Kind
from taihu.records.audit.actions import record
from taihu.records.base.errors import Refused
from taihu.records.base.events import publish
from taihu.records.identity.enums import Ground, Purpose
from taihu.records.identity.models import Consent, Disclosure, Organisation, Person
from taihu.systems.jobs.actions.notices import tell_employer, tell_person
from taihu.systems.jobs.actions.steps import ANSWER_WITHIN, Party, advance, employer_party, person_party
from taihu.systems.jobs.actions.working_age import check_working_age, is_minor
from taihu.systems.jobs.enums import (
    OPEN_APPLICATION,
    ApplicationState,
    ApplicationVerb,
    InvitationState,
    Origin,
    RefusalReason,
    Side,
)
from taihu.systems.jobs.events import ApplicationSubmitted
from taihu.systems.jobs.models import Application, ApplicationEvent, Hire, Invitation, Message, Opening, Resume
from taihu.systems.jobs.wording_check import check_words

CONSENT_TEXT = "share-resume-1"
MESSAGE_LIMIT = 2000
MOST_AT_ONCE = 50
_LIVE = (*OPEN_APPLICATION, ApplicationState.ACCEPTED)


@transaction.atomic
def apply(
    *,
    acting_user: Any,
    person: Person,
    opening: Opening,
    resume: Resume,
    agrees: bool,
    at: datetime,
    note: str = "",
    origin: str = Origin.SEARCH,
) -> Application:
    """Hand one CV to one employer. `agrees` is the consent to this very hand-over and is asked every time."""
    party = person_party(acting_user, person, at=at)
    person = Person.objects.select_for_update().get(pk=person.pk)
    if origin == Origin.SEARCH and open_invitations(person, at=at).filter(opening=opening).exists():
        origin = Origin.INVITATION
    _refuse_closed_opening(opening, at)
    check_working_age(person, opening, at)
    if resume.person_id != person.pk:
        raise Refused("not_your_resume", _("这份简历不属于该求职者。"), _("请从自己的简历中选择。"), field="resume")
    if not agrees:
        raise Refused(
            "consent_needed",
            _("把简历交给单位，需要您单独同意。"),
            _("请勾选同意后再投递。"),
            field="agrees",
        )
    if Application.objects.filter(person=person, opening=opening, state__in=_LIVE).exists():
        raise Refused("already_applied", _("您已经投递过这个岗位，申请还在进行中。"), _("请在“我的申请”里查看进展。"))
    application = Application.objects.create(
        person=person,
        opening=opening,
        origin=Origin.CASEWORKER if party.on_behalf_of else origin,
        consent=_consent_to(person, opening.organisation, party, at),
        resume=resume.data,
        note=note.strip(),
        applied_by=party.account,
        applied_at=at,
        changed_at=at,
        answer_due_at=at + ANSWER_WITHIN,
    )
    _after_apply(application, resume, party, at)
    return application


def open_invitations(person: Person, *, at: datetime) -> QuerySet[Invitation]:
    """Invitations that still wait for this person's answer."""
    return Invitation.objects.filter(person=person, state=InvitationState.SENT, expires_at__gt=at)


def _refuse_closed_opening(opening: Opening, at: datetime) -> None:
    if opening.source:
        raise Refused(
            "apply_at_source",
            _("这个岗位转自“%(source)s”，不在本平台收简历。") % {"source": opening.source},
            _("请到来源网站查看和投递。"),
            url=opening.source_url,
        )
    expired = opening.valid_through is not None and opening.valid_through <= at
    if not opening.is_listed or expired:
        raise Refused("opening_closed", _("这个岗位现在不接受投递。"), _("可以看看相近的其他岗位。"))


def _consent_to(person: Person, recipient: Organisation, party: Party, at: datetime) -> Consent:
    """Every hand-over has its own consent: an older one to the same employer ends here."""
    Consent.objects.filter(
        person=person, purpose=Purpose.SHARE_RESUME, recipient=recipient, withdrawn_at__isnull=True
    ).update(withdrawn_at=at)
    return Consent.objects.create(
        person=person,
        purpose=Purpose.SHARE_RESUME,
        recipient=recipient,
        text_version=CONSENT_TEXT,
        given_at=at,
        given_by=party.account,
    )


def _after_apply(application: Application, resume: Resume, party: Party, at: datetime) -> None:
    person, opening = application.person, application.opening
    _log_disclosure(application, at=at, what=_("简历《%(title)s》") % {"title": resume.title})
    ApplicationEvent.objects.create(
        application=application,
        at=at,
        actor=party.label,
        on_behalf_of=party.on_behalf_of,
        to_state=ApplicationState.SUBMITTED,
        note=application.note,
    )
    Invitation.objects.filter(person=person, opening=opening, state=InvitationState.SENT).update(
        state=InvitationState.APPLIED, answered_at=at
    )
    record(
        at=at,
        action="jobs.application.submit",
        subject=application,
        acting_user=party.account,
        on_behalf_of=party.on_behalf_of,
        data={
            "opening": opening.pk,
            "consent": application.consent_id,
            "is_minor": is_minor(person, at),
        },
    )
    publish(ApplicationSubmitted(application_id=application.pk, opening_id=opening.pk, person_id=person.pk), at=at)
    data = {"title": opening.title, "organisation": opening.organisation.name, "name": str(person)}
    tell_employer(
        opening.organisation,
        "application_received",
        key=str(application.pk),
        at=at,
        path=employer_path(application),
        data=data,
    )
    kind = "applied_for_you" if party.on_behalf_of else "application_sent"
    tell_person(person, kind, key=str(application.pk), at=at, path=person_path(application), data=data)


def person_path(application: Application) -> str:
    return f"/me/applications/{application.pk}"


def employer_path(application: Application) -> str:
    return f"/employer/applications/{application.pk}"


def _log_disclosure(application: Application, *, at: datetime, what: str, account: Any = None) -> None:
    organisation = application.opening.organisation
    Disclosure.objects.create(
        person_id=application.person_id,
        at=at,
        viewer=organisation.name,
        viewer_account_id=account.pk if account is not None else None,
        organisation=organisation,
        purpose=Purpose.SHARE_RESUME,
        ground=Ground.CONSENT,
        what=what,
    )


@transaction.atomic
def withdraw(*, acting_user: Any, application: Application, at: datetime, note: str = "") -> None:
    """The person takes the application back; the consent to use the CV ends with it."""
    party = person_party(acting_user, application.person, at=at)
    Application.objects.select_for_update().get(pk=application.pk)
    if Hire.objects.filter(application=application).exists():
        raise Refused("already_hired", _("单位已登记您入职，申请不能再撤回。"), _("如未入职，请联系单位或向我们反映。"))
    advance(application, ApplicationVerb.WITHDRAW, party=party, at=at, note=note.strip())
    _end_consent(application, at)
    tell_employer_moved(application, "application_withdrawn", at=at)
    if party.on_behalf_of:
        tell_moved(application, "withdrawn_for_you", at=at)


def _end_consent(application: Application, at: datetime) -> None:
    """The consent ends with the last live application to this employer: another one still rests on it."""
    organisation = application.opening.organisation_id
    others = Application.objects.filter(
        person=application.person_id, opening__organisation=organisation, state__in=_LIVE
    ).exclude(pk=application.pk)
    if not others.exists():
        _open_consent(application).update(withdrawn_at=at)


def _open_consent(application: Application) -> QuerySet[Consent]:
    return Consent.objects.filter(
        person=application.person_id,
        purpose=Purpose.SHARE_RESUME,
        recipient=application.opening.organisation_id,
        withdrawn_at__isnull=True,
    )


@transaction.atomic
def open_resume(*, acting_user: Any, application: Application, at: datetime) -> dict[str, Any] | None:
    """The CV for the employer's eyes, written down before it is shown; None once consent or recruitment ended."""
    employer_party(acting_user, application.opening)
    if application.state not in _LIVE or not _open_consent(application).exists():
        return None
    mark_viewed(acting_user=acting_user, application=application, at=at)
    resume: dict[str, Any] = application.resume
    return resume


@transaction.atomic
def mark_viewed(*, acting_user: Any, application: Application, at: datetime) -> None:
    """The employer opened the CV: the person may know, and who looked is written down once a day and viewer."""
    party = employer_party(acting_user, application.opening)
    with suppress(Refused):  # a colleague may have been first, or the person withdrew: looking is no error
        advance(application, ApplicationVerb.VIEW, party=party, at=at)
        tell_moved(application, "application_viewed", at=at)
    what = (_("查看申请“%(title)s”的简历") % {"title": application.opening.title})[:200]
    seen_today = Disclosure.objects.filter(
        person_id=application.person_id,
        viewer_account_id=acting_user.pk,
        organisation=application.opening.organisation,
        what=what,
        at__gt=at - timedelta(days=1),
    )
    if not seen_today.exists():
        _log_disclosure(application, at=at, what=what, account=acting_user)


@transaction.atomic
def shortlist(*, acting_user: Any, application: Application, at: datetime, note: str = "") -> None:
    party = employer_party(acting_user, application.opening)
    check_words(note, field="note", kind=Kind.NOTE)
    advance(application, ApplicationVerb.SHORTLIST, party=party, at=at, note=note.strip())
    tell_moved(application, "application_shortlisted", at=at)


@transaction.atomic
def refuse(*, acting_user: Any, application: Application, reason: str, at: datetime, note: str = "") -> None:
    """Say no with a reason from the list; the person reads the reason, not only the no."""
    party = employer_party(acting_user, application.opening)
    if reason not in RefusalReason.values:
        raise Refused("reason_needed", _("请选择不录用的原因。"), _("原因会如实告诉求职者。"), field="reason")
    check_words(note, field="note", kind=Kind.NOTE)
    refuse_as(application, party=party, reason=RefusalReason(reason), at=at, note=note)


@transaction.atomic
def refuse_many(
    *, acting_user: Any, applications: Sequence[Application], reason: str, at: datetime, note: str = ""
) -> int:
    """Answer several people at once, each with a letter of their own; all or nobody."""
    if not applications:
        raise Refused("nobody_chosen", _("没有选择任何人。"), _("请先勾选要答复的人。"))
    if len(applications) > MOST_AT_ONCE:
        text = _("一次最多答复 %(limit)d 人。") % {"limit": MOST_AT_ONCE}
        raise Refused("too_many", text, _("请分几次答复。"))
    for application in sorted(applications, key=lambda row: row.pk):
        refuse(acting_user=acting_user, application=application, reason=reason, at=at, note=note)
    return len(applications)


def refuse_as(application: Application, *, party: Party, reason: RefusalReason, at: datetime, note: str = "") -> None:
    advance(application, ApplicationVerb.REFUSE, party=party, at=at, note=note.strip(), refusal_reason=reason)
    tell_moved(application, "application_refused", at=at, reason=reason.value)


@transaction.atomic
def send_message(*, acting_user: Any, application: Application, body: str, at: datetime) -> Message:
    """Either side writes; questions that the law forbids do not pass."""
    party = _either_party(acting_user, application, at)
    body = body.strip()
    if not body:
        raise Refused("empty_message", _("消息是空的。"), _("请写点内容再发送。"), field="body")
    if len(body) > MESSAGE_LIMIT:
        raise Refused(
            "message_too_long",
            _("消息超过 %(limit)d 字。") % {"limit": MESSAGE_LIMIT},
            _("请分几条发送。"),
            field="body",
        )
    is_from_employer = party.side == Side.EMPLOYER
    if is_from_employer:
        check_words(body, field="body")
    message = Message.objects.create(
        application=application, sender=party.account, is_from_employer=is_from_employer, body=body, sent_at=at
    )
    if is_from_employer:
        Application.objects.filter(pk=application.pk, answered_at__isnull=True).update(answered_at=at)
    record(
        at=at,
        action="jobs.message.send",
        subject=message,
        acting_user=party.account,
        on_behalf_of=party.on_behalf_of,
        data={"application": application.pk},
    )
    _tell_of_message(message, application, party, at)
    return message


def _either_party(acting_user: Any, application: Application, at: datetime) -> Party:
    if getattr(acting_user, "pk", None) is not None and acting_user.pk == application.person.account_id:
        return person_party(acting_user, application.person, at=at)
    try:
        return employer_party(acting_user, application.opening)
    except Refused:
        return person_party(acting_user, application.person, at=at)


def _tell_of_message(message: Message, application: Application, party: Party, at: datetime) -> None:
    data = {"title": application.opening.title, "organisation": application.opening.organisation.name}
    if message.is_from_employer:
        path = person_path(application)
        tell_person(application.person, "message_from_employer", key=str(message.pk), at=at, path=path, data=data)
        return
    data["name"] = str(application.person)
    path = employer_path(application)
    tell_employer(
        application.opening.organisation, "message_from_applicant", key=str(message.pk), at=at, path=path, data=data
    )
    if party.on_behalf_of:
        tell_person(
            application.person, "written_for_you", key=str(message.pk), at=at, path=person_path(application), data=data
        )


@transaction.atomic
def mark_messages_read(*, acting_user: Any, application: Application, at: datetime) -> int:
    party = _either_party(acting_user, application, at)
    unread = Message.objects.filter(application=application, read_at__isnull=True)
    return unread.filter(is_from_employer=party.side != Side.EMPLOYER).update(read_at=at)


def tell_moved(application: Application, kind: str, *, at: datetime, **data: Any) -> None:
    opening = application.opening
    tell_person(
        application.person,
        kind,
        key=f"{application.pk}:{int(at.timestamp())}",
        at=at,
        path=person_path(application),
        data={"title": opening.title, "organisation": opening.organisation.name, **data},
    )


def tell_employer_moved(application: Application, kind: str, *, at: datetime, **data: Any) -> None:
    opening = application.opening
    tell_employer(
        opening.organisation,
        kind,
        key=f"{application.pk}:{int(at.timestamp())}",
        at=at,
        path=employer_path(application),
        data={"title": opening.title, "name": str(application.person), **data},
    )
