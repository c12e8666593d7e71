"""From money back to what it is paid for: the application and its case, or the list of people paid without one."""

from dataclasses import dataclass

from django.db.models import QuerySet

from taihu.records.cases.models import Case
from taihu.records.ledger.models import Commitment, Instalment
from taihu.systems.policies.enums import DIRECT_ORIGIN, ORIGIN
from taihu.systems.policies.models import Application, DirectRun, PolicyVersion


@dataclass(frozen=True)
class Source:
    """What a commitment was made for; all None where another system made it."""

    case: Case | None = None
    direct_run: DirectRun | None = None
    version: PolicyVersion | None = None


def source_of(commitment: Commitment) -> Source:
    if commitment.origin == ORIGIN:
        application = (
            Application.objects.filter(pk=commitment.origin_ref)
            .select_related("case__office_unit", "case__department_unit", "case__district_unit", "track")
            .first()
        )
        return Source(application.case, None, _version(application)) if application else Source()
    if commitment.origin == DIRECT_ORIGIN:
        direct = DirectRun.objects.filter(pk=commitment.origin_ref).select_related("version").first()
        return Source(None, direct, direct.version) if direct else Source()
    return Source()


def _version(application: Application) -> PolicyVersion | None:
    """The version by which the application was judged."""
    policy, _at, version = application.entitlement.get("policy", "").partition("@")
    return PolicyVersion.objects.filter(policy=policy, version=version).first()


def waiting_applications() -> QuerySet[Application]:
    """Granted, and their money could not be promised: `money_problem` says why; the oldest first."""
    rows = Application.objects.filter(commitment_id__isnull=True).exclude(money_problem="")
    return rows.select_related("case__procedure", "track__call", "person", "organisation").order_by("pk")


def application_instalments(application: Application) -> QuerySet[Instalment]:
    """Of the commitment that holds now: a raised one stands for what it superseded."""
    return Instalment.objects.filter(
        commitment__origin=ORIGIN,
        commitment__origin_ref=str(application.pk),
        commitment__superseded_by__isnull=True,
    ).order_by("number")
