"""What everybody may read of policies."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from taihu.systems.policies.enums import DirectState, EntryState, VersionState
from taihu.systems.policies.models import DirectRun, PolicyVersion

# Who stands on a public list: somebody objected to stays on it, held back.
SHOWN_STATES = (EntryState.LISTED, EntryState.OBJECTED)


def public_versions() -> QuerySet[PolicyVersion]:
    """Published and withdrawn versions, by policy, newest first: what once bound the city stays readable."""
    return PolicyVersion.objects.exclude(state=VersionState.DRAFT).order_by("policy", "-effective_from", "-pk")


def find_versions(*, words: str = "", level: str = "") -> QuerySet[PolicyVersion]:
    """Versions whose title, number or issuer holds every word."""
    rows = public_versions()
    for word in words.split()[:8]:
        rows = rows.filter(
            Q(title__icontains=word)
            | Q(title_en__icontains=word)
            | Q(document_number__icontains=word)
            | Q(issuer__icontains=word)
        )
    return rows.filter(level=level) if level else rows


def open_lists(at: datetime) -> QuerySet[DirectRun]:
    """Lists of people paid without application whose public notice is running."""
    rows = DirectRun.objects.filter(state=DirectState.NOTICED, notice_until__gt=at)
    return rows.select_related("version").order_by("notice_until", "pk")


def version_of(policy: str, version: str) -> PolicyVersion | None:
    return public_versions().filter(policy=policy, version=version).first()


def siblings_of(version: PolicyVersion) -> Iterable[PolicyVersion]:
    """The other versions of the same policy."""
    return public_versions().filter(policy=version.policy).exclude(pk=version.pk)
