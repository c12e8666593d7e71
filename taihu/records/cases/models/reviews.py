from django.db import models
from django.db.models import Q

from taihu.records.cases import enums
from taihu.records.cases.models.cases import StageRun
from taihu.records.identity.models import Account


class ReviewSheet(models.Model):
    """One expert's share in the review of one case."""

    run = models.ForeignKey(StageRun, on_delete=models.CASCADE, related_name="sheets")
    expert = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="review_sheets")
    state = models.CharField(max_length=10, choices=enums.SheetState, default=enums.SheetState.ASSIGNED)
    assigned_at = models.DateTimeField()
    agrees = models.BooleanField(null=True, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    comment = models.TextField(blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    conflict = models.CharField(max_length=16, choices=enums.ConflictKind, blank=True)
    conflict_note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "expert"], name="one_sheet_per_expert"),
            models.CheckConstraint(
                name="sheet_score_in_range", condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=100)
            ),
        ]
        indexes = [models.Index(fields=["expert", "state"])]

    def __str__(self) -> str:
        return f"{self.run} {self.expert}"
