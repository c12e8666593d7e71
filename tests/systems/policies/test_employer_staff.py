"""What an employer does for its staff: confirm several, see only its own, learn who may have left."""

from datetime import timedelta

import pytest
from django.urls import reverse
from factories import make_account, make_member, make_organisation, make_person
from records.cases.office import open_run
from systems.policies.makers import know
from systems.policies.town import CODE, apply_for, make_doctor, make_town, track

from taihu.records.audit.models import AuditEntry
from taihu.records.base.clock import city_date, now
from taihu.records.facts.models import Fact
from taihu.records.identity.enums import MemberRole
from taihu.records.identity.models import Organisation
from taihu.systems.policies.actions.applications import start_application
from taihu.systems.policies.actions.leavers import report_leaver
from taihu.systems.policies.queries.staff import perhaps_left, waiting_for

pytestmark = pytest.mark.django_db
LIST = "policies:employer_applications"


@pytest.fixture
def story():
    """A doctor and a colleague of theirs, both of whom handed in."""
    moment = now()
    make_town(at=moment)
    doctor = make_doctor(moment)
    organisation = Organisation.objects.get(credit_code=CODE)
    colleague = make_person(name="钱硕士")
    know(colleague, insured_by=CODE)
    chosen, told = track("wuxi-allowances", "purchase"), {"degree": "硕士", "arrived_on": "2023-01-01"}
    made = [apply_for(chosen, doctor, organisation, at=moment)]
    made.append(apply_for(chosen, colleague, organisation, at=moment, data=told))
    return moment, organisation, organisation.memberships.first().account, made


def stages(made):
    return [open_run(application.case).stage for application in made]


def confirm(client, account, made):
    client.force_login(account)
    return client.post(reverse("policies:employer_confirm"), {"chosen": [application.pk for application in made]})


def test_several_are_confirmed_at_once_and_the_rest_waits(client, story):
    _moment, organisation, employer, made = story

    shown = client_page(client, employer)
    nothing = confirm(client, employer, [])
    before = stages(made)
    confirm(client, employer, made[:1])

    assert all(application.case.number in shown for application in made)
    assert (nothing.status_code, before) == (302, ["employer", "employer"])
    assert stages(made) == ["district", "employer"]
    assert list(waiting_for(organisation)) == made[1:]
    again = client.post(reverse("policies:employer_confirm"), {"chosen": [made[0].pk, made[1].pk]}, follow=True)
    assert "赵博士：这项申报不在等待单位确认。" in again.content.decode()
    assert stages(made) == ["district", "district"]


def client_page(client, account) -> str:
    client.force_login(account)
    return client.get(reverse(LIST)).content.decode()


def test_another_employer_confirms_nothing_of_it_and_sees_none(client, story):
    _moment, organisation, employer, made = story
    other = make_member(make_organisation(), MemberRole.OWNER)
    viewer = make_member(organisation, MemberRole.VIEWER)
    count = AuditEntry.objects.count()

    answers = [confirm(client, account, made).status_code for account in (make_account(), other, viewer)]

    assert answers == [404, 404, 404]
    assert (stages(made), AuditEntry.objects.count()) == (["employer", "employer"], count)
    assert "赵博士" not in client_page(client, other)
    assert "赵博士" in client_page(client, employer)


def test_a_draft_is_shown_to_whoever_began_it_and_not_to_colleagues(client, story):
    moment, organisation, employer, _made = story
    colleague = make_member(organisation, MemberRole.OWNER)
    own = make_person(account=colleague, name="孙招聘")
    chosen = track("wuxi-allowances", "rent")
    start_application(acting_user=colleague, at=moment, track=chosen, person=own, organisation=organisation)

    assert "孙招聘 ·" in client_page(client, colleague)
    assert "孙招聘 ·" not in client_page(client, employer)


def test_who_is_insured_elsewhere_is_asked_about_until_it_is_reported(client, story):
    moment, organisation, employer, (moved, stays) = story
    today = city_date(moment)
    facts = Fact.objects.filter(person=moved.person, property="insured_by")
    assert perhaps_left(organisation, day=today) == []
    facts.update(valid_to=today - timedelta(days=30))
    know(moved.person, insured_by="91320200MA1ANOTHER")

    assert perhaps_left(organisation, day=today) == [moved]
    shown = client_page(client, employer)
    assert "可能已经离职" in shown
    moved.refresh_from_db()
    report_leaver(acting_user=employer, application=moved, at=moment, left_on=today - timedelta(days=30))

    assert perhaps_left(organisation, day=today) == []
    page = client.get(reverse("policies:employer_application", args=[moved.pk])).content.decode()
    assert "已报告离职（超过 15 日）" in page
    assert stages([stays]) == ["employer"]


def test_nothing_told_says_nothing_about_leaving(story):
    moment, organisation, _employer, (moved, _stays) = story
    Fact.objects.filter(person=moved.person, property="insured_by").delete()

    assert perhaps_left(organisation, day=city_date(moment)) == []
