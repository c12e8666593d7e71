"""Money that must come back (追回、清退), and how it was settled."""

from django.db import models
from django.db.models import F, Q

from taihu.records.identity.models import Account
from taihu.records.ledger.enums import ReceiptKind, RecoveryReason, RecoveryState
from taihu.records.ledger.models.commitments import Commitment, Share
from taihu.records.ledger.models.journal import Entry


class Recovery(models.Model):
    """A demand to pay back what was paid under one commitment."""

    key = models.CharField(max_length=120, unique=True)
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="recoveries")
    ground = models.CharField(max_length=20, choices=RecoveryReason)
    reason = models.CharField(max_length=300)
    document = models.CharField(max_length=80)
    amount = models.BigIntegerField()
    settled = models.BigIntegerField(default=0, help_text="fen received, waived or offset")
    due_date = models.DateField()
    state = models.CharField(max_length=10, choices=RecoveryState, default=RecoveryState.OPEN)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    demanded_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    demanded_at = models.DateTimeField()
    announced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="recovery_settled_within",
                condition=Q(amount__gt=0) & Q(settled__gte=0) & Q(settled__lte=F("amount")),
            )
        ]
        indexes = [models.Index(fields=["state", "due_date"])]

    def __str__(self) -> str:
        return f"#{self.pk} {self.amount}"

    @property
    def open(self) -> int:
        """Fen that are still to come back."""
        return self.amount - self.settled if self.state == RecoveryState.OPEN else 0


class RecoveryShare(models.Model):
    """How much of a demand goes back to which share of which instalment."""

    recovery = models.ForeignKey(Recovery, on_delete=models.PROTECT, related_name="shares")
    share = models.ForeignKey(Share, on_delete=models.PROTECT, related_name="recovery_shares")
    amount = models.BigIntegerField()
    settled = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recovery", "share"], name="one_recovery_share"),
            models.CheckConstraint(
                name="recovery_share_settled_within",
                condition=Q(amount__gt=0) & Q(settled__gte=0) & Q(settled__lte=F("amount")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recovery_id}/{self.share_id}"


class Receipt(models.Model):
    """A part of a demand that was settled: received, waived by decision, or offset against an instalment."""

    key = models.CharField(max_length=120, unique=True)
    recovery = models.ForeignKey(Recovery, on_delete=models.PROTECT, related_name="receipts")
    kind = models.CharField(max_length=10, choices=ReceiptKind)
    amount = models.BigIntegerField()
    document = models.CharField(max_length=80, blank=True, help_text="of the decision that waives")
    note = models.CharField(max_length=300, blank=True)
    instalment = models.ForeignKey(
        "ledger.Instalment", on_delete=models.PROTECT, null=True, blank=True, related_name="offsets"
    )
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="receipt")
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    reversed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="receipt_above_zero", condition=Q(amount__gt=0))]

    def __str__(self) -> str:
        return f"{self.recovery_id} {self.kind} {self.amount}"
