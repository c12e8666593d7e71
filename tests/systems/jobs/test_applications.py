"""Applying, looking, refusing, withdrawing, writing."""

from datetime import date, timedelta

import pytest
from factories import make_account, make_member, make_official, make_opening, make_person
from systems.jobs.people import apply_to, make_applicant, make_case, make_resume

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.models import OutboxEvent
from taihu.records.identity.enums import MandateState, Role
from taihu.records.identity.models import Consent, Disclosure, Mandate, Notification
from taihu.systems.jobs.actions import applications
from taihu.systems.jobs.enums import ApplicationState as State
from taihu.systems.jobs.enums import InvitationState, Origin
from taihu.systems.jobs.models import Application, Invitation, Message

pytestmark = pytest.mark.django_db


def nothing_was_written():
    return (
        Application.objects.count(),
        Consent.objects.count(),
        Disclosure.objects.count(),
        AuditEntry.objects.count(),
        OutboxEvent.objects.count(),
        Notification.objects.count(),
    ) == (0, 0, 0, 0, 0, 0)


def test_applying_hands_over_one_cv_with_consent_disclosure_audit_event_and_notices(at):
    opening = make_opening()
    recruiter = make_member(opening.organisation)
    person = make_applicant()

    application = apply_to(opening, person, at=at)

    assert application.state == State.SUBMITTED
    assert application.resume == person.resumes.get().data
    assert application.answer_due_at == at + timedelta(days=60)
    assert (application.consent.recipient, application.consent.person) == (opening.organisation, person)
    assert Disclosure.objects.get().organisation == opening.organisation
    assert AuditEntry.objects.get().action == "jobs.application.submit"
    assert OutboxEvent.objects.filter(name="jobs.application_submitted").count() == 1
    told = set(Notification.objects.values_list("account_id", "kind"))
    assert told == {(recruiter.pk, "application_received"), (person.account_id, "application_sent")}


def test_the_cv_handed_over_does_not_change_with_the_persons_cv(at):
    person = make_applicant()
    application = apply_to(make_opening(), person, at=at)

    person.resumes.update(data={"basics": {"name": "改名"}})

    application.refresh_from_db()
    assert application.resume["basics"]["name"] == "测试"


@pytest.mark.parametrize("account", [None, "stranger", "caseworker without mandate", "recruiter"])
def test_nobody_else_applies_in_a_persons_name(at, account):
    opening = make_opening()
    person = make_applicant()
    acting = {
        None: lambda: None,
        "stranger": make_account,
        "caseworker without mandate": lambda: make_official(Role.CASEWORKER),
        "recruiter": lambda: make_member(opening.organisation),
    }[account]()

    with pytest.raises(NotAllowed):
        apply_to(opening, person, acting_user=acting, at=at)

    assert nothing_was_written()


def test_a_caseworker_with_a_mandate_applies_visibly(at):
    person = make_applicant()
    caseworker = make_official(Role.CASEWORKER)
    Mandate.objects.create(
        person=person, caseworker=caseworker, state=MandateState.ACTIVE, requested_at=at, active_from=at
    )

    application = apply_to(make_opening(), person, acting_user=caseworker, at=at)

    assert (application.origin, application.applied_by) == (Origin.CASEWORKER, caseworker)
    assert application.events.get().on_behalf_of == str(person)
    assert AuditEntry.objects.get().on_behalf_of == str(person)
    assert Notification.objects.get(account=person.account).kind == "applied_for_you"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"agrees": False}, "consent_needed"),
        ({"birth_date": None}, "birth_date_missing"),
        ({"birth_date": date(2010, 3, 11)}, "under_16"),
        ({"birth_date": date(2009, 1, 1), "occupation_code": "6-16-01-05"}, "closed_to_minors"),
        ({"source": "某网站", "source_id": "1", "source_url": "https://example.test/1"}, "apply_at_source"),
        ({"is_listed": False}, "opening_closed"),
        ({"valid_through_days": 0}, "opening_closed"),
        ({"resume_of_another": True}, "not_your_resume"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_may_not_be_applied_for_is_refused_and_nothing_is_written(at, fields, code):
    fields = dict(fields)
    agrees = fields.pop("agrees", True)
    person = make_applicant(birth_date=fields.pop("birth_date", date(1995, 5, 1)))
    other = fields.pop("resume_of_another", False)
    if "valid_through_days" in fields:
        fields["valid_through"] = at + timedelta(days=fields.pop("valid_through_days"))
    resume = make_resume(make_person()) if other else person.resumes.get()

    with pytest.raises(Refused) as refused:
        apply_to(make_opening(**fields), person, agrees=agrees, resume=resume, at=at)

    assert refused.value.code == code
    assert nothing_was_written()


def test_on_the_sixteenth_birthday_one_may_apply(at):
    person = make_applicant(birth_date=date(2010, 3, 10))

    application = apply_to(make_opening(), person, at=at)

    assert application.state == State.SUBMITTED
    assert AuditEntry.objects.get().data["is_minor"] is True


def test_one_open_application_per_opening_and_again_after_withdrawing(at):
    opening = make_opening()
    person = make_applicant()
    first = apply_to(opening, person, at=at)

    with pytest.raises(Refused, match="已经投递"):
        apply_to(opening, person, at=at)
    assert Application.objects.count() == 1

    applications.withdraw(acting_user=person.account, application=first, at=at)
    apply_to(opening, person, at=at)

    assert sorted(Application.objects.values_list("state", flat=True)) == [State.SUBMITTED, State.WITHDRAWN]


def test_each_hand_over_to_the_same_employer_has_its_own_consent(at):
    opening = make_opening()
    person = make_applicant()

    first = apply_to(opening, person, at=at)
    second = apply_to(make_opening(organisation=opening.organisation), person, at=at)

    assert first.consent_id != second.consent_id
    assert Consent.objects.filter(withdrawn_at__isnull=True).get() == second.consent


def test_applying_answers_an_invitation(at):
    opening = make_opening()
    person = make_applicant()
    sender = make_member(opening.organisation)
    Invitation.objects.create(
        opening=opening, person=person, sent_by=sender, sent_at=at, expires_at=at + timedelta(days=14)
    )

    apply_to(opening, person, origin=Origin.INVITATION, at=at)

    assert Invitation.objects.get().state == InvitationState.APPLIED


def test_withdrawing_ends_the_consent_and_tells_the_employer(at):
    application, seeker, recruiter = make_case(at=at)

    applications.withdraw(acting_user=seeker, application=application, at=at)

    application.refresh_from_db()
    assert application.state == State.WITHDRAWN
    assert Consent.objects.get().withdrawn_at == at
    assert Notification.objects.filter(account=recruiter, kind="application_withdrawn").count() == 1


def test_viewing_is_told_once_and_each_viewer_is_logged_once_a_day(at):
    application, seeker, recruiter = make_case(at=at)
    colleague = make_member(application.opening.organisation)

    for _ in range(2):
        applications.mark_viewed(acting_user=recruiter, application=application, at=at)
        applications.mark_viewed(acting_user=colleague, application=application, at=at)

    application.refresh_from_db()
    assert application.state == State.VIEWED
    assert Notification.objects.filter(account=seeker, kind="application_viewed").count() == 1
    viewers = list(Disclosure.objects.exclude(viewer_account_id=None).values_list("viewer_account_id", flat=True))
    assert sorted(viewers) == sorted([recruiter.pk, colleague.pk])


def test_a_refusal_needs_a_reason_from_the_list_and_the_person_reads_it(at):
    application, seeker, recruiter = make_case(at=at)

    with pytest.raises(Refused, match="原因"):
        applications.refuse(acting_user=recruiter, application=application, reason="age", at=at)
    application.refresh_from_db()
    assert application.state == State.SUBMITTED

    applications.refuse(acting_user=recruiter, application=application, reason="skills", at=at)

    application.refresh_from_db()
    assert (application.state, application.refusal_reason, application.answered_at) == (State.REFUSED, "skills", at)
    notice = Notification.objects.get(account=seeker, kind="application_refused")
    assert notice.data["reason"] == "skills"


@pytest.mark.parametrize("who", ["seeker", "stranger", "recruiter elsewhere"])
@pytest.mark.parametrize("verb", ["shortlist", "refuse", "mark_viewed"])
def test_only_the_employers_recruiters_move_its_side(at, who, verb):
    application, seeker, _recruiter = make_case(at=at)
    acting = {
        "seeker": seeker,
        "stranger": make_account(),
        "recruiter elsewhere": make_member(make_opening().organisation),
    }[who]
    before = AuditEntry.objects.count()
    fields = {"reason": "skills"} if verb == "refuse" else {}

    with pytest.raises(NotAllowed):
        getattr(applications, verb)(acting_user=acting, application=application, at=at, **fields)

    application.refresh_from_db()
    assert (application.state, AuditEntry.objects.count()) == (State.SUBMITTED, before)


def test_both_sides_write_and_read(at):
    application, seeker, recruiter = make_case(at=at)

    applications.send_message(acting_user=recruiter, application=application, body="您好，方便电话吗？", at=at)
    applications.send_message(acting_user=seeker, application=application, body="方便。", at=at)
    read = applications.mark_messages_read(acting_user=seeker, application=application, at=at)

    assert list(Message.objects.values_list("is_from_employer", flat=True).order_by("pk")) == [True, False]
    assert read == 1
    assert Message.objects.get(is_from_employer=False).read_at is None


@pytest.mark.parametrize(("body", "code"), [("  ", "empty_message"), ("长" * 2001, "message_too_long")])
def test_a_message_that_cannot_be_sent_is_refused(at, body, code):
    application, seeker, _recruiter = make_case(at=at)

    with pytest.raises(Refused) as refused:
        applications.send_message(acting_user=seeker, application=application, body=body, at=at)

    assert (refused.value.code, Message.objects.count()) == (code, 0)


def test_a_stranger_cannot_write(at):
    application, _seeker, _recruiter = make_case(at=at)

    with pytest.raises(NotAllowed):
        applications.send_message(acting_user=make_account(), application=application, body="您好", at=at)

    assert Message.objects.count() == 0


@pytest.mark.parametrize("body", ["请问您结婚了吗？", "有没有生育计划？", "入职要交押金500元"])
def test_an_employer_cannot_ask_what_the_law_forbids(at, body):
    application, seeker, recruiter = make_case(at=at)

    with pytest.raises(Refused) as refused:
        applications.send_message(acting_user=recruiter, application=application, body=body, at=at)
    assert (refused.value.code, Message.objects.count()) == ("unlawful_words", 0)

    applications.send_message(acting_user=seeker, application=application, body=f"对方问：{body}", at=at)
    assert Message.objects.count() == 1
