from datetime import date

from django.db import models
from django.db.models import Q

from taihu.records.base.clock import last_day
from taihu.records.cases import enums
from taihu.records.cases.models.cases import Case, StageRun
from taihu.records.identity.models import Account


class DecisionRecord(models.Model):
    """What a body resolved, when, who sat, who kept out, on what grounds (决策记录)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    run = models.OneToOneField(StageRun, on_delete=models.PROTECT, related_name="decision")
    body = models.CharField(max_length=20, choices=enums.DecisionBody)
    kind = models.CharField(max_length=10, choices=enums.DecisionKind, default=enums.DecisionKind.ORDINARY)
    proposer = models.CharField(max_length=80, blank=True)
    meeting = models.CharField(max_length=120)
    held_on = models.DateField()
    minutes = models.CharField(max_length=80, help_text="纪要编号")
    attendees = models.JSONField(default=list, help_text="names of those who sat")
    recusals = models.JSONField(default=list, help_text="[{name, reason}] of those who kept out")
    conflicts = models.TextField(blank=True, help_text="conflicts of interest declared")
    resolution = models.CharField(max_length=8, choices=enums.Resolution)
    grounds = models.TextField()
    amount = models.BigIntegerField(null=True, blank=True, help_text="whole fen")
    schedule = models.JSONField(default=list, help_text="[{due, amount}] where the body sets instalments itself")
    precedents = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="followed_by")
    recorded_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    document_number = models.CharField(max_length=40, blank=True)
    document_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="decision_amount_not_negative", condition=Q(amount__isnull=True) | Q(amount__gte=0)
            )
        ]
        indexes = [models.Index(fields=["kind", "resolution", "-held_on"])]

    def __str__(self) -> str:
        return f"{self.meeting} {self.minutes}"


class Appeal(models.Model):
    """A request to look again at a refusal (复核申请)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="appeals")
    filed_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    grounds = models.TextField()
    state = models.CharField(max_length=10, choices=enums.AppealState, default=enums.AppealState.OPEN)
    due_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    handled_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    handled_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state="open"), name="one_open_appeal_per_case")
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.filed_at:%Y-%m-%d}"

    @property
    def due_on(self) -> date:
        return last_day(self.due_at)
