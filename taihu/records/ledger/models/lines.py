"""Budget lines and what changed them."""

from django.db import models
from django.db.models import Q

from taihu.records.identity.models import Account, Unit
from taihu.records.ledger.enums import ChangeKind, Level
from taihu.records.ledger.models.journal import Entry


class BudgetLine(models.Model):
    """Money of one year, level and programme that one unit may pay out (预算项目). Its amount is the sum of its changes."""

    year = models.PositiveSmallIntegerField()
    level = models.CharField(max_length=10, choices=Level)
    programme = models.CharField(max_length=120)
    document = models.CharField(max_length=80, help_text="document number, such as 锡财教〔2026〕3号")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="budget_lines", help_text="拨付单位")
    amount = models.BigIntegerField(help_text="fen")
    carried_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="carried_into"
    )
    created_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["year", "level", "programme", "document", "unit"], name="one_line_per_document_and_unit"
            ),
            models.CheckConstraint(name="line_not_negative", condition=Q(amount__gte=0)),
        ]
        indexes = [models.Index(fields=["year", "level"])]

    def __str__(self) -> str:
        return f"{self.year} {self.programme}"


class BudgetChange(models.Model):
    """One decision on the amount of a line: approved, supplemented, reduced, carried over."""

    line = models.ForeignKey(BudgetLine, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=12, choices=ChangeKind)
    amount = models.BigIntegerField(help_text="fen, negative when the line gets smaller")
    document = models.CharField(max_length=80)
    reason = models.CharField(max_length=300, blank=True)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="change_not_zero", condition=~Q(amount=0))]

    def __str__(self) -> str:
        return f"{self.line_id} {self.kind} {self.amount}"


class Override(models.Model):
    """A recorded decision to commit more than a line holds: who, why, by which document (超额承诺审批)."""

    line = models.ForeignKey(BudgetLine, on_delete=models.PROTECT, related_name="overrides")
    amount = models.BigIntegerField(help_text="fen beyond the line")
    approved_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    document = models.CharField(max_length=80)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(name="override_above_zero", condition=Q(amount__gt=0))]

    def __str__(self) -> str:
        return f"{self.line_id} +{self.amount}"
