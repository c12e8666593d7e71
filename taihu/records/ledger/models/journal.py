"""The journal: accounts of budget lines, entries, postings. Entries are append-only; a correction is a new entry."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from taihu.records.identity.models import Account
from taihu.records.ledger.enums import SOURCES, AccountKind, EntryKind


class AppendOnly(models.QuerySet[Any]):
    """Rows of the journal are never changed: what was wrong is reversed by a new entry."""

    def update(self, **values: Any) -> int:
        raise TypeError("the journal is append-only: post a reversal instead")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("the journal is append-only: post a reversal instead")


class BookAccount(models.Model):
    """One book of one budget line (科目). The database itself refuses a balance on the wrong side of zero."""

    line = models.ForeignKey("ledger.BudgetLine", on_delete=models.PROTECT, related_name="accounts")
    kind = models.CharField(max_length=14, choices=AccountKind)
    balance = models.BigIntegerField(default=0, help_text="fen: everything moved in minus everything moved out")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "kind"], name="one_account_per_line_and_kind"),
            models.CheckConstraint(
                name="account_on_its_side_of_zero",
                condition=(Q(kind__in=sorted(SOURCES)) & Q(balance__lte=0))
                | (~Q(kind__in=sorted(SOURCES)) & Q(balance__gte=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.kind}"


class Entry(models.Model):
    """One booked event. `digest` covers its head and every posting."""

    kind = models.CharField(max_length=12, choices=EntryKind)
    at = models.DateTimeField()
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reference = models.CharField(max_length=80, blank=True, help_text="what it was booked for, such as batch:12")
    note = models.CharField(max_length=300, blank=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by")
    total = models.BigIntegerField(default=0)
    postings_count = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "at"]), models.Index(fields=["reference"])]

    def __str__(self) -> str:
        return f"#{self.pk} {self.kind}"


class Posting(models.Model):
    """Moves `amount` fen out of one account into another: both sides in one row, so that no entry can be unbalanced."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    source = models.ForeignKey(BookAccount, on_delete=models.PROTECT, related_name="moved_out")
    target = models.ForeignKey(BookAccount, on_delete=models.PROTECT, related_name="moved_in")
    share = models.ForeignKey("ledger.Share", on_delete=models.PROTECT, null=True, blank=True, related_name="postings")
    amount = models.BigIntegerField()

    objects = AppendOnly.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="posting_above_zero", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="posting_between_two_accounts", condition=~Q(source=F("target"))),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.amount}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("the journal is append-only: post a reversal instead")
        super().save(*args, **kwargs)
