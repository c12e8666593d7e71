"""Put the drawn city into the database: rows in bulk, one audit row for the whole."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, time, timedelta
from itertools import islice
from typing import TypeVar

from django.conf import settings
from django.db import models, transaction

from taihu.portal.demo.accounts import DemoAccounts, build_accounts
from taihu.portal.demo.applications import build_applications
from taihu.portal.demo.city import CityDraw
from taihu.portal.demo.desk import build_desk
from taihu.portal.demo.history import build_history
from taihu.portal.demo.labels import declare_labels
from taihu.portal.demo.money import build_money
from taihu.portal.demo.policies import build_policies
from taihu.records.audit.actions import record
from taihu.records.base.events import publish
from taihu.records.base.schedules import set_schedule
from taihu.records.identity.enums import Purpose
from taihu.records.identity.models import Consent, Organisation, Person
from taihu.records.taxonomy.actions import load_taxonomy
from taihu.systems.jobs.events import OpeningsImported
from taihu.systems.jobs.models import ImportBatch, Opening, Profile

BATCH = 2000
TEXT_VERSION = "demo-1"
Progress = Callable[[str, float], None]
M = TypeVar("M", bound=models.Model)


def marker() -> dict[str, object] | None:
    """What city stands in the data folder, if any was finished."""
    path = settings.DATA_FOLDER / "demo.json"
    if not path.exists():
        return None
    found: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return found


def write_marker(values: dict[str, object]) -> None:
    (settings.DATA_FOLDER / "demo.json").write_text(json.dumps(values), encoding="utf-8")


@transaction.atomic
def build_city(
    *, seed: int, at: datetime, people: int, employers: int, openings: int, progress: Progress
) -> DemoAccounts:
    """Everything or nothing: a city that was interrupted is not there."""
    draw = CityDraw(seed=seed, at=at)
    organisations = _save(Organisation, draw.organisations(employers), employers, "employers", progress)
    posted = _save(Opening, draw.openings(openings, organisations), openings, "openings", progress)
    profiles = _save_people(draw, people, progress)
    declare_labels(profiles, seed=seed, at=at)
    load_taxonomy(at=at)
    accounts = build_accounts(at=at, organisations=organisations, openings=posted, profiles=profiles)
    progress("history", 0.0)
    build_history(draw, organisations=organisations, openings=posted, profiles=profiles, accounts=accounts)
    build_desk(draw, posted, accounts)
    build_money(at=at, organisations=organisations, profiles=profiles, accounts=accounts)
    progress("history", 1.0)
    progress("registers", 0.0)
    build_policies(seed=seed, at=at, organisations=organisations, profiles=profiles, accounts=accounts)
    build_applications(at=at, organisations=organisations, profiles=profiles, accounts=accounts)
    progress("registers", 1.0)
    batch = ImportBatch.objects.create(
        file_name="demo city", digest=f"{seed}", mapping="demo", started_at=at, finished_at=at, state="done",
        rows=len(posted), accepted=len(posted),
    )  # fmt: skip
    publish(OpeningsImported(batch_id=batch.pk), at=at)
    set_schedule("jobs.nightly_match", at=at, time_of_day=time(2, 30))
    set_schedule("jobs.expire_openings", at=at, every=timedelta(minutes=5))
    set_schedule("jobs.answers", at=at, time_of_day=time(7, 0))
    set_schedule("jobs.search_alerts", at=at, time_of_day=time(8, 0))
    data = {"seed": seed, "people": people, "employers": employers, "openings": openings}
    record(at=at, action="demo.built", subject=("city", "demo"), data=data)
    return accounts


def _save(model: type[M], rows: Iterable[M], total: int, stage: str, progress: Progress) -> list[M]:
    saved: list[M] = []
    for batch in _batches(rows):
        saved += model._default_manager.bulk_create(batch)
        progress(stage, len(saved) / total)
    return saved


def _save_people(draw: CityDraw, total: int, progress: Progress) -> list[Profile]:
    saved: list[Profile] = []
    for batch in _batches(draw.people(total)):
        people = Person.objects.bulk_create([person for person, _profile in batch])
        for person, (_unsaved, profile) in zip(people, batch, strict=True):
            profile.person = person
        saved += Profile.objects.bulk_create([profile for _person, profile in batch])
        purposes = (Purpose.MATCHING, Purpose.RECOMMEND)
        Consent.objects.bulk_create(
            Consent(person=person, purpose=purpose, text_version=TEXT_VERSION, given_at=person.created_at)
            for person in people
            for purpose in purposes
        )
        progress("people", len(saved) / total)
    return saved


def _batches(rows: Iterable[M] | Iterable[tuple[Person, Profile]]) -> Iterator[list]:  # type: ignore[type-arg]
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch
