"""What a person can do about a policy now: follow what runs, wait for the list, or apply."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from taihu.records.cases.enums import CaseState
from taihu.records.identity.models import Person
from taihu.systems.policies.enums import ApplicantKind, CallState
from taihu.systems.policies.models import Application, OptOut, PolicyVersion, Track
from taihu.systems.policies.windows import window_of


@dataclass(frozen=True)
class Way:
    """`application` is the one under way; `track` the newest that takes applications; `is_direct`: paid by lists."""

    application: Application | None = None
    track: Track | None = None
    is_direct: bool = False


def ways_of(person: Person, policies: Iterable[str], *, at: datetime) -> dict[str, Way]:
    """The way of each policy, in four statements."""
    wanted = set(policies)
    tracks, running = _open_tracks(wanted, at), _running(person, wanted)
    direct = set(PolicyVersion.objects.filter(policy__in=wanted, is_direct=True).values_list("policy", flat=True))
    declined = OptOut.objects.filter(person=person, policy__in=wanted, ended_at__isnull=True)
    direct -= set(declined.values_list("policy", flat=True))
    return {name: Way(running.get(name), tracks.get(name), name in direct) for name in wanted}


def _open_tracks(policies: set[str], at: datetime) -> dict[str, Track]:
    rows = Track.objects.filter(
        policy__in=policies, call__state=CallState.PUBLISHED, applicant=ApplicantKind.PERSON
    ).select_related("call")
    newest_last = rows.order_by("call__published_at", "-position", "-pk")
    return {track.policy: track for track in newest_last if window_of(track.call, track, at=at).is_open}


def _running(person: Person, policies: set[str]) -> dict[str, Application]:
    rows = Application.objects.filter(person=person, track__policy__in=policies, case__isnull=False)
    rows = rows.exclude(case__state=CaseState.CLOSED).select_related("case", "track")
    return {row.track.policy: row for row in rows.order_by("created_at", "pk")}
