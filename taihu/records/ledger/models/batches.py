"""Payment batches, what the bank was asked to pay and what it answered."""

from django.db import models
from django.db.models import Q

from taihu.records.identity.models import Account, Unit
from taihu.records.ledger.enums import BatchState, PaymentState, RowOutcome
from taihu.records.ledger.models.commitments import PayeeAccount, Share
from taihu.records.ledger.models.journal import Entry


class PaymentBatch(models.Model):
    """What one unit pays at one time (支付批次): made by one finance officer, approved by another."""

    key = models.CharField(max_length=120, unique=True)
    number = models.CharField(max_length=24, unique=True, null=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="payment_batches")
    state = models.CharField(max_length=10, choices=BatchState, default=BatchState.PROPOSED)
    total = models.BigIntegerField(default=0)
    count = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=list, blank=True, help_text="what could not be included, and why")
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    exported_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    exported_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text="of all payments as they were proposed")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="made_batch")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="batch_four_eyes",
                condition=Q(decided_by__isnull=True)
                | Q(state=BatchState.REJECTED)
                | ~Q(decided_by=models.F("made_by")),
            )
        ]
        indexes = [models.Index(fields=["state", "made_at"])]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"


class Payment(models.Model):
    """One line of a batch. The database refuses a second living line for one share: nothing is paid twice."""

    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="payments")
    share = models.ForeignKey(Share, on_delete=models.PROTECT, related_name="payments")
    reference = models.CharField(max_length=40, unique=True)
    amount = models.BigIntegerField()
    payee = models.CharField(max_length=120)
    account = models.ForeignKey(PayeeAccount, on_delete=models.SET_NULL, null=True, blank=True, related_name="payments")
    account_hash = models.CharField(max_length=64)
    account_tail = models.CharField(max_length=4)
    state = models.CharField(max_length=8, choices=PaymentState, default=PaymentState.WAITING)
    reason = models.CharField(max_length=200, blank=True)
    settled_on = models.DateField(null=True, blank=True)
    bank_reference = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="payment_above_zero", condition=Q(amount__gt=0)),
            models.UniqueConstraint(
                fields=["share"],
                condition=Q(state__in=[PaymentState.WAITING, PaymentState.PAID]),
                name="one_living_payment_per_share",
            ),
        ]
        indexes = [models.Index(fields=["batch", "state"])]

    def __str__(self) -> str:
        return self.reference


class BankReturn(models.Model):
    """A file with which the bank told what became of a batch (银行回单). The same file again changes nothing."""

    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="returns")
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=120, blank=True)
    rows = models.PositiveIntegerField(default=0)
    paid = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    taken_back = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    unmatched = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0, help_text="payments of the batch still without an answer")
    imported_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "digest"], name="one_import_per_file")]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.rows}"


class BankReturnRow(models.Model):
    """One row of a bank's answer, kept whatever became of it."""

    bank_return = models.ForeignKey(BankReturn, on_delete=models.CASCADE, related_name="lines")
    place = models.PositiveIntegerField(help_text="line in the file")
    reference = models.CharField(max_length=40, blank=True)
    amount = models.BigIntegerField(null=True, blank=True)
    settled_on = models.DateField(null=True, blank=True)
    bank_reference = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=10, choices=RowOutcome)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="answers", db_index=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bank_return", "place"], name="one_row_per_place")]
        indexes = [
            models.Index(fields=["bank_return", "outcome", "place"]),
            models.Index(fields=["payment", "bank_return"]),
        ]

    def __str__(self) -> str:
        return f"{self.bank_return_id}:{self.place} {self.outcome}"
