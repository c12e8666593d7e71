from datetime import date

from django.db import models
from django.db.models import Q

from taihu.records.base.clock import last_day
from taihu.records.base.fields import EncryptedTextField
from taihu.records.base.uploads import private_path
from taihu.records.cases import enums
from taihu.records.cases.models.cases import Case, StageRun
from taihu.records.identity.models import Account, Unit


class PublicNotice(models.Model):
    """A public notice of one or more cases (公示). Found by its index number (信息索引号)."""

    index_number = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=enums.NoticeState, default=enums.NoticeState.PUBLISHED)
    contact = models.CharField(max_length=120, help_text="where objections are also taken")
    needs_evidence = models.BooleanField(default=False)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    ends_at = models.DateTimeField(help_text="the first moment that is too late to object")
    withdraw_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="notice_in_order", condition=Q(withdraw_at__gte=models.F("ends_at")))
        ]
        indexes = [models.Index(fields=["state", "ends_at"])]

    def __str__(self) -> str:
        return self.title

    @property
    def ends_on(self) -> date:
        """The last day on which objections are taken."""
        return last_day(self.ends_at)


class NoticeEntry(models.Model):
    """One case in a notice with exactly what is shown of it: never a number, phone, address or account."""

    notice = models.ForeignKey(PublicNotice, on_delete=models.CASCADE, related_name="entries")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notice_entries")
    run = models.OneToOneField(StageRun, on_delete=models.PROTECT, related_name="notice_entry")
    name = models.CharField(max_length=120, blank=True)
    organisation = models.CharField(max_length=120, blank=True)
    category = models.CharField(max_length=120, blank=True)
    amount = models.BigIntegerField(null=True, blank=True)
    grounds = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.notice} {self.name}"


class Objection(models.Model):
    """A real-name objection with evidence, made within the period of the notice (异议)."""

    entry = models.ForeignKey(NoticeEntry, on_delete=models.PROTECT, related_name="objections")
    ticket = models.CharField(max_length=24, unique=True)
    name = EncryptedTextField()
    contact = EncryptedTextField()
    text = models.TextField()
    evidence = models.FileField(upload_to=private_path, max_length=200, blank=True)
    evidence_name = models.CharField(max_length=120, blank=True)
    evidence_type = models.CharField(max_length=10, blank=True)
    evidence_digest = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=enums.ObjectionState, default=enums.ObjectionState.OPEN)
    answer = models.TextField(blank=True)
    handled_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    handled_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "due_at"])]

    def __str__(self) -> str:
        return self.ticket

    @property
    def due_on(self) -> date:
        return last_day(self.due_at)
