"""The day's look at what is due: each instalment and each recovery is told of once."""

from datetime import datetime

from django.db import transaction

from taihu.records.base.clock import city_date
from taihu.records.ledger.enums import InstalmentState, RecoveryState
from taihu.records.ledger.events import InstalmentDue, RecoveryDue, publish_ids
from taihu.records.ledger.models import Instalment, Recovery

AT_ONCE = 1000


def announce_due(*, at: datetime) -> int:
    """Publish InstalmentDue and RecoveryDue for what became due; return how many."""
    return _announce_instalments(at) + _announce_recoveries(at)


def _announce_instalments(at: datetime) -> int:
    due = Instalment.objects.filter(
        state=InstalmentState.PLANNED, due_date__lte=city_date(at), announced_at__isnull=True
    )
    total = 0
    while ids := list(due.order_by("due_date", "pk").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            total += Instalment.objects.filter(pk__in=ids, announced_at__isnull=True).update(announced_at=at)
            publish_ids(lambda part: InstalmentDue(instalment_ids=part), ids, at=at)
    return total


def _announce_recoveries(at: datetime) -> int:
    due = Recovery.objects.filter(state=RecoveryState.OPEN, due_date__lt=city_date(at), announced_at__isnull=True)
    with transaction.atomic():
        ids = list(due.order_by("pk").values_list("pk", flat=True))
        Recovery.objects.filter(pk__in=ids).update(announced_at=at)
        publish_ids(lambda part: RecoveryDue(recovery_ids=part), ids, at=at)
    return len(ids)
