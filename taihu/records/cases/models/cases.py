from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q

from taihu.engines.rules.tree import Words
from taihu.records.base.clock import last_day
from taihu.records.base.uploads import private_path
from taihu.records.cases import enums
from taihu.records.cases.models.procedures import ProcedureVersion
from taihu.records.cases.procedures.tree import Role, Stage
from taihu.records.identity.models import Account, Organisation, Person, Unit


class CaseNumber(models.Model):
    """The last registration number given out per prefix and year."""

    prefix = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["prefix", "year"], name="one_counter_per_prefix_and_year")]

    def __str__(self) -> str:
        return f"{self.prefix}〔{self.year}〕{self.last}"


class Case(models.Model):
    """One matter on its way through an official procedure (一件事项、一个案卷)."""

    procedure = models.ForeignKey(ProcedureVersion, on_delete=models.PROTECT, related_name="cases")
    number = models.CharField(max_length=40, unique=True, null=True, blank=True, help_text="given on submission")
    title = models.CharField(max_length=200)
    category = models.CharField(max_length=80, blank=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="cases")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="cases"
    )
    origin = models.CharField(max_length=40, help_text="the system that opened it, such as policies")
    origin_id = models.CharField(max_length=40)
    data = models.JSONField(default=dict, help_text="the form; money in whole fen")
    state = models.CharField(max_length=8, choices=enums.CaseState, default=enums.CaseState.DRAFT)
    outcome = models.CharField(max_length=10, choices=enums.CaseOutcome, blank=True)
    district_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    department_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    office_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="case_has_subject", condition=Q(person__isnull=False) | Q(organisation__isnull=False)
            ),
            models.UniqueConstraint(fields=["origin", "origin_id"], name="one_case_per_origin"),
            models.CheckConstraint(
                name="case_outcome_when_closed",
                condition=Q(state="closed", closed_at__isnull=False) & ~Q(outcome="")
                | ~Q(state="closed") & Q(outcome="", closed_at__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["state", "procedure"]), models.Index(fields=["person", "-created_at"])]

    def __str__(self) -> str:
        return self.number or self.title

    @property
    def applicant(self) -> str:
        return str(self.person or self.organisation)

    def unit_for(self, role: str) -> Unit | None:
        """The unit that plays a role in this case."""
        units: dict[str, Any] = {
            Role.DISTRICT: self.district_unit or self.office_unit,
            Role.DEPARTMENT: self.department_unit or self.office_unit,
            Role.OFFICE: self.office_unit,
            Role.FINANCE: self.office_unit,
        }
        found: Unit | None = units.get(role)
        return found


class StageRun(models.Model):
    """One stay of a case at one stage: who has it, since when, until when, how it ended."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="runs")
    stage = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    role = models.CharField(max_length=12)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=enums.RunState, default=enums.RunState.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    returned_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="corrections",
        help_text="for a correction: the stage that sent the case back, and gets it again",
    )  # fmt: skip
    returns = models.PositiveSmallIntegerField(default=0, help_text="how often this stage had sent the case back")
    escalations = models.PositiveSmallIntegerField(default=0)
    escalated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "stage"], condition=Q(state="open"), name="one_open_run_per_stage")
        ]
        indexes = [models.Index(fields=["state", "unit", "due_at"]), models.Index(fields=["state", "due_at"])]

    def __str__(self) -> str:
        return f"{self.case} {self.stage}"

    @property
    def template(self) -> Stage:
        return self.case.procedure.template.stage(self.stage)

    @property
    def stage_words(self) -> Words:
        return self.template.name

    @property
    def due_on(self) -> date | None:
        return last_day(self.due_at) if self.due_at else None


class CaseEvent(models.Model):
    """One line of a case's history: who did what, why, what it was before and after."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events")
    run = models.ForeignKey(StageRun, on_delete=models.CASCADE, null=True, blank=True, related_name="events")
    at = models.DateTimeField()
    verb = models.CharField(max_length=10, choices=enums.Verb)
    actor = models.CharField(max_length=120, blank=True)
    actor_account_id = models.BigIntegerField(null=True, blank=True)
    on_behalf_of = models.CharField(max_length=120, blank=True)
    reason = models.TextField(blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["case", "at"])]

    def __str__(self) -> str:
        return f"{self.case} {self.verb}"


class Attachment(models.Model):
    """A document in a case file (材料)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="attachments")
    kind = models.CharField(max_length=60, help_text="which item of the list it is")
    file = models.FileField(upload_to=private_path, max_length=200)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=10)
    digest = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    valid_until = models.DateField(null=True, blank=True)
    verified_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_how = models.CharField(max_length=80, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
