"""Note that somebody's facts are read to say what they are entitled to, so that they can see it (谁看过我的资料)."""

from collections.abc import Sequence
from datetime import datetime, time

from django.db import transaction

from taihu.records.base.clock import CITY_ZONE, city_date
from taihu.records.identity.actions import disclose
from taihu.records.identity.enums import Ground, Purpose
from taihu.records.identity.models import Account, Disclosure, Person


@transaction.atomic
def note_reading(*, person: Person, viewer: Account | None, at: datetime, ground: str, what: str) -> None:
    """Once a day per viewer and matter: a page that is opened again tells the person nothing new."""
    today = datetime.combine(city_date(at), time(), tzinfo=CITY_ZONE)
    same = Disclosure.objects.filter(
        person=person, at__gte=today, viewer_account_id=viewer.pk if viewer else None, purpose=Purpose.POLICY, what=what
    )
    if not same.exists():
        disclose(person=person, at=at, viewer=viewer, purpose=Purpose.POLICY, ground=Ground(ground), what=what)


@transaction.atomic
def note_readings(*, people: Sequence[Person], viewer: Account, at: datetime, ground: str, what: str) -> None:
    """The same for a page of people, in two statements."""
    today = datetime.combine(city_date(at), time(), tzinfo=CITY_ZONE)
    same = Disclosure.objects.filter(
        person__in=people, at__gte=today, viewer_account_id=viewer.pk, purpose=Purpose.POLICY, what=what
    )
    known = set(same.values_list("person_id", flat=True))
    Disclosure.objects.bulk_create(
        Disclosure(
            person=person,
            at=at,
            viewer=str(viewer)[:200],
            viewer_account_id=viewer.pk,
            purpose=Purpose.POLICY,
            ground=Ground(ground),
            what=what,
        )
        for person in people
        if person.pk not in known
    )
