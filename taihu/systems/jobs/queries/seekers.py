"""What a person sees of their own applications."""

from django.db.models import QuerySet

from taihu.records.identity.models import Person
from taihu.systems.jobs.models import Application, Resume


def applications_of(person: Person) -> QuerySet[Application]:
    return person.applications.select_related("opening__organisation").order_by("-applied_at", "-pk")


def resumes_of(person: Person) -> QuerySet[Resume]:
    return person.resumes.filter(is_confirmed=True).order_by("-updated_at", "-pk")
