"""Makers of applicants, applications and offers for the tests of the job market."""

from datetime import date, timedelta

from factories import AT, make_member, make_opening, make_person

from taihu.systems.jobs.actions import applications, offers
from taihu.systems.jobs.models import Resume

ADULT = date(1995, 5, 1)
RESUME = {"basics": {"name": "测试"}, "work": [], "education": [], "skills": []}


def make_resume(person, **fields):
    defaults = {"title": "我的简历", "data": RESUME, "is_confirmed": True, "created_at": AT, "updated_at": AT}
    return Resume.objects.create(person=person, **{**defaults, **fields})


def make_applicant(**fields):
    person = make_person(**{"birth_date": ADULT, **fields})
    make_resume(person)
    return person


def apply_to(opening, person=None, *, at=AT, **fields):
    person = person or make_applicant()
    values = {"acting_user": person.account, "resume": person.resumes.first(), "agrees": True, **fields}
    return applications.apply(person=person, opening=opening, at=at, **values)


def make_case(*, at=AT, **opening_fields):
    """An application and the two accounts that move it."""
    opening = make_opening(**opening_fields)
    recruiter = make_member(opening.organisation)
    application = apply_to(opening, at=at)
    return application, application.person.account, recruiter


def make_offer_for(application, recruiter, *, at=AT, **fields):
    values = {
        "pay": 1_500_000,
        "start_date": date(2026, 4, 1),
        "expires_at": at + timedelta(days=7),
        **fields,
    }
    return offers.make_offer(acting_user=recruiter, application=application, at=at, **values)
