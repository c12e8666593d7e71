"""What the processes do that the tests of this folder kill. `python -m tests.killed.child WHAT …` with TAIHU_DATA set."""

import json
import os
import signal
import sys
from datetime import date
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taihu.portal.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - after the settings
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402

from taihu.records.audit.actions import verify  # noqa: E402
from taihu.records.audit.models import AuditEntry  # noqa: E402
from taihu.records.base.models import OutboxEvent  # noqa: E402
from taihu.records.identity.enums import Purpose  # noqa: E402
from taihu.records.identity.models import Consent, Disclosure  # noqa: E402
from taihu.systems.jobs.actions.applications import apply  # noqa: E402
from taihu.systems.jobs.actions.runs import perform_match, request_match, verify_run  # noqa: E402
from taihu.systems.jobs.models import (  # noqa: E402
    Application,
    ApplicationEvent,
    MatchRun,
    Opening,
    OpeningSlate,
    PersonSlate,
    Resume,
)
from tests.factories import AT, make_opening, make_organisation, make_person, make_seeker  # noqa: E402

OCCUPATION = "2-02-10-03"
SKILLS = ("python", "java", "cpp", "javascript")


def say(word: str) -> None:
    """A line that has left the process before anything else happens."""
    os.write(1, f"{word}\n".encode())


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def build(people: int, openings: int) -> None:
    """A city with people who look for work and openings; nobody applied yet."""
    call_command("migrate", verbosity=0)
    for number in range(people):
        person = make_person(birth_date=date(1995, 5, 1))
        skills = [SKILLS[number % 4], SKILLS[number // 4 % 4]]
        make_seeker(person=person, skill_codes=sorted(set(skills)), wanted_occupations=[OCCUPATION])
        for purpose in (Purpose.MATCHING, Purpose.RECOMMEND):
            Consent.objects.create(person=person, purpose=purpose, text_version="1", given_at=AT)
        Resume.objects.create(
            person=person, title="简历", data={"basics": {}}, is_confirmed=True, created_at=AT, updated_at=AT
        )
    employer = make_organisation()
    for number in range(openings):
        skills = [SKILLS[number % 4], SKILLS[(number + 1) % 4]]
        make_opening(organisation=employer, skill_codes=skills, occupation_code=OCCUPATION)


def apply_to_all() -> None:
    """Apply again and again; a number is said only after `apply` came back."""
    openings = list(Opening.objects.select_related("organisation").order_by("pk"))
    say("ready")
    for resume in Resume.objects.select_related("person__account").order_by("pk"):
        for opening in openings:
            application = apply(
                acting_user=resume.person.account,
                person=resume.person,
                opening=opening,
                resume=resume,
                agrees=True,
                at=AT,
            )
            say(str(application.pk))


def apply_and_die(moment: str) -> None:
    """One application; the process dies right before or right after the database was told to commit."""
    commit = BaseDatabaseWrapper._commit

    def fatal(connection: Any) -> Any:
        if moment == "before":
            die()
        commit(connection)
        die()

    resume = Resume.objects.select_related("person__account").order_by("pk")[0]
    opening = Opening.objects.select_related("organisation").order_by("pk")[0]
    BaseDatabaseWrapper._commit = fatal
    apply(acting_user=resume.person.account, person=resume.person, opening=opening, resume=resume, agrees=True, at=AT)


def tell_applications() -> None:
    """What the database holds of applications, each count from its own table."""
    submitted = "jobs.application.submit"
    counts = {
        "applications": sorted(Application.objects.values_list("pk", flat=True)),
        "events": ApplicationEvent.objects.count(),
        "consents": Application.objects.filter(consent__purpose=Purpose.SHARE_RESUME).count(),
        "disclosures": Disclosure.objects.count(),
        "audit": AuditEntry.objects.filter(action=submitted).count(),
        "outbox": OutboxEvent.objects.filter(name="jobs.application_submitted").count(),
        "chain": verify().is_intact,
    }
    say(json.dumps(counts))


def match(stage: str, share: float) -> None:
    """A match that dies when it reports to be that far; `never` lets it finish."""

    def watch(now_at: str, done: float) -> None:
        if now_at == stage and done >= share:
            die()

    run = MatchRun.objects.order_by("-pk").first() or request_match(at=AT, acting_user=None)
    perform_match(run, at=AT, progress=watch)


def tell_match() -> None:
    """The latest run and everything that people would see of it."""
    run = MatchRun.objects.order_by("-pk").first()
    visible = PersonSlate.objects.filter(run__state="done")
    people = [
        [person, bytes(packed).hex()] for person, packed in visible.order_by("person").values_list("person", "openings")
    ]
    lists = OpeningSlate.objects.filter(run__state="done").order_by("opening").values_list("opening", "people")
    found: dict[str, Any] = {
        "runs": MatchRun.objects.count(),
        "state": run.state if run else "",
        "digest": run.snapshot_digest if run else "",
        "people": people,
        "openings": [[opening, bytes(packed).hex()] for opening, packed in lists],
        "valid": bool(run and run.state == "done" and verify_run(run).valid),
    }
    say(json.dumps(found))


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "build":
        build(int(rest[0]), int(rest[1]))
    elif what == "match":
        match(rest[0], float(rest[1]))
    else:
        {
            "apply": apply_to_all,
            "apply-before": lambda: apply_and_die("before"),
            "apply-after": lambda: apply_and_die("after"),
            "tell-applications": tell_applications,
            "tell-match": tell_match,
        }[what]()
