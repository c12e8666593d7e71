from datetime import date

from django.db import models
from django.db.models import Q

from taihu.records.base.clock import last_day
from taihu.records.cases import enums
from taihu.records.cases.models.cases import StageRun
from taihu.records.facts.models import Exchange
from taihu.records.identity.models import Account


class Check(models.Model):
    """One question to one department about one case, and its answer (部门联审)."""

    run = models.ForeignKey(StageRun, on_delete=models.CASCADE, related_name="checks")
    item = models.CharField(max_length=40)
    department = models.CharField(max_length=60)
    property = models.CharField(max_length=60, blank=True)
    due_at = models.DateTimeField()
    exchange = models.ForeignKey(Exchange, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answer = models.CharField(max_length=8, choices=enums.Answer, blank=True)
    note = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    is_silence = models.BooleanField(default=False, help_text="passed by silence, where the procedure says so")
    escalated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "item"], name="one_check_per_item"),
            models.CheckConstraint(name="check_answer_has_time", condition=Q(answer="") ^ Q(answered_at__isnull=False)),
        ]
        indexes = [models.Index(fields=["department", "answer", "due_at"])]

    def __str__(self) -> str:
        return f"{self.run} {self.item}"

    def due_on(self) -> date:
        """A method: the field `property` hides the decorator."""
        return last_day(self.due_at)
