"""What one person or organisation gets."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum

from taihu.records.identity.models import Organisation, Person
from taihu.records.ledger.enums import OPEN_STATES, InstalmentState, RecoveryState
from taihu.records.ledger.models import Commitment, Instalment, PayeeAccount, Recovery, Share

Payee = Person | Organisation


def _of(payee: Payee, path: str = "") -> Q:
    if isinstance(payee, Person):
        return Q(**{f"{path}person": payee}) | Q(**{f"{path}beneficiary": payee})
    return Q(**{f"{path}organisation": payee})


def payments_of(payee: Payee) -> QuerySet[Instalment]:
    """Every instalment of theirs, those of an employer for them included; by due date."""
    return (
        Instalment.objects.filter(_of(payee, "commitment__"))
        .select_related("commitment__person", "commitment__organisation", "commitment__beneficiary")
        .prefetch_related("shares__line")
        .order_by("due_date", "pk")
    )


def commitments_of(payee: Payee) -> QuerySet[Commitment]:
    return (
        Commitment.objects.filter(_of(payee))
        .select_related("person", "organisation", "beneficiary", "superseded_by")
        .prefetch_related("instalments__shares__line")
        .order_by("-made_at", "-pk")
    )


@dataclass(frozen=True)
class PayeeSums:
    """Fen: paid, on its way or planned, demanded back and still open."""

    paid: int
    open: int
    owed: int


def sums_of(payee: Payee) -> PayeeSums:
    """Two statements."""
    path = "instalment__commitment__"
    rows = (
        Share.objects.filter(_of(payee, path))
        .order_by()
        .values_list("state")
        .annotate(sum=Sum("amount"), recalled=Sum("recalled"))
    )
    paid = open_ = 0
    for state, amount, recalled in rows:
        if state in (InstalmentState.PAID, InstalmentState.RECOVERED):
            paid += int(amount) - int(recalled)
        elif state in OPEN_STATES:
            open_ += int(amount)
    owed = Recovery.objects.filter(_of(payee, "commitment__"), state=RecoveryState.OPEN).aggregate(
        amount=Sum("amount"), settled=Sum("settled")
    )
    return PayeeSums(paid, open_, int(owed["amount"] or 0) - int(owed["settled"] or 0))


def recoveries_of(payee: Payee) -> QuerySet[Recovery]:
    return Recovery.objects.filter(_of(payee, "commitment__")).select_related("commitment").order_by("due_date", "pk")


def open_account(payee: Payee) -> PayeeAccount | None:
    owner = {"person": payee} if isinstance(payee, Person) else {"organisation": payee}
    return PayeeAccount.objects.filter(active_to__isnull=True, **owner).first()
