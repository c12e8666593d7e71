"""What a person sees of their own applications."""

from django.conf import settings
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from taihu.records.identity.models import Person
from taihu.systems.jobs.enums import InvitationState
from taihu.systems.jobs.models import Application, InterviewSlot, Invitation, Resume


def applications_of(person: Person) -> QuerySet[Application]:
    return person.applications.select_related("opening__organisation").order_by("-applied_at", "-pk")


def resumes_of(person: Person) -> QuerySet[Resume]:
    return person.resumes.filter(is_confirmed=True).order_by("-updated_at", "-pk")


def invitations_of(person: Person) -> QuerySet[Invitation]:
    """Those that wait for an answer first, then by time."""
    answered = Case(When(state=InvitationState.SENT, then=Value(0)), default=Value(1), output_field=IntegerField())
    return person.invitations.select_related("opening__organisation", "person").order_by(answered, "-sent_at", "-pk")


def calendar_entry(slot: InterviewSlot) -> bytes:
    """The chosen time as an iCalendar file; the same appointment keeps its identity when it moves."""
    interview = slot.interview
    opening = interview.application.opening
    event = Event()
    event.add("uid", f"interview-{interview.pk}@{settings.SITE_URL.split('//')[-1]}")
    event.add("dtstamp", slot.chosen_at)
    event.add("dtstart", slot.starts_at)
    event.add("dtend", slot.ends_at)
    event.add("summary", _("面试：%(title)s") % {"title": opening.title})
    event.add("location", interview.place)
    event.add("description", "\n".join(part for part in (opening.organisation.name, interview.note) if part))
    calendar = Calendar()
    calendar.add("prodid", "-//Taihu//interviews//ZH")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
