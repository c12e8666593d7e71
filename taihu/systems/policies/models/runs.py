"""Evaluations of the whole city, kept so that anybody's result can be looked up and explained again."""

import secrets

from django.db import models
from django.db.models import Q

from taihu.records.base.fields import EncryptedTextField
from taihu.records.identity.models import Account, Person
from taihu.systems.policies import enums
from taihu.systems.policies.models.policies import PolicyVersion


def new_token() -> str:
    return secrets.token_hex(8)


class PolicyRun(models.Model):
    """One evaluation of everybody under a set of policy versions (全市核算).

    `day` is the application date that is assumed, `known_at` the moment whose knowledge counts: with the digests of the
    rules and of the facts they make a run repeatable.
    """

    state = models.CharField(max_length=8, choices=enums.RunState, default=enums.RunState.WAITING)
    day = models.DateField()
    known_at = models.DateTimeField()
    requested_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    versions: "models.ManyToManyField[PolicyVersion, models.Model]" = models.ManyToManyField(
        PolicyVersion, related_name="runs"
    )
    token = models.CharField(max_length=16, default=new_token, help_text="names the folder of its files")
    stage = models.CharField(max_length=20, blank=True)
    progress = models.FloatField(default=0)
    people = models.PositiveIntegerField(default=0)
    rules_digest = models.CharField(max_length=64, blank=True)
    facts_digest = models.CharField(max_length=64, blank=True)
    results_digest = models.CharField(max_length=64, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    peak_rss_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    report = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "day"])]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.day}: {self.state}"


class RunBlock(models.Model):
    """The people of one block of record numbers in a run, ascending, and whose facts contradict themselves."""

    run = models.ForeignKey(PolicyRun, on_delete=models.CASCADE, related_name="blocks")
    number = models.PositiveIntegerField()
    people = models.BinaryField(help_text="packed: ids int64, and rows per contradiction")
    contradictions = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="run_block_once")]

    def __str__(self) -> str:
        return f"run {self.run_id} block {self.number}"


class RunResult(models.Model):
    """What one policy version comes to for the people of one block: status, group, clause bits, amounts, packed."""

    run = models.ForeignKey(PolicyRun, on_delete=models.CASCADE, related_name="results")
    number = models.PositiveIntegerField()
    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    data = models.BinaryField()
    counts = models.JSONField(default=dict, help_text="people per group")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "version", "number"], name="run_result_once")]

    def __str__(self) -> str:
        return f"run {self.run_id} block {self.number} {self.version_id}"


class DirectRun(models.Model):
    """A list of people who are paid without applying (免申即享): drawn from a run, checked, published, paid."""

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="direct_runs")
    run = models.ForeignKey(PolicyRun, on_delete=models.PROTECT, related_name="direct_runs")
    month = models.DateField(help_text="the first day of the month it is for")
    state = models.CharField(max_length=10, choices=enums.DirectState, default=enums.DirectState.WAITING)
    created_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    listed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    notice_until = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "month"], name="direct_run_once_a_month")]

    def __str__(self) -> str:
        return f"{self.version} {self.month:%Y-%m}: {self.state}"


class DirectEntry(models.Model):
    """A person on such a list, with the amount and why; `open_clauses` are what a human has to find out."""

    direct_run = models.ForeignKey(DirectRun, on_delete=models.CASCADE, related_name="entries")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="direct_entries")
    state = models.CharField(max_length=10, choices=enums.EntryState)
    amount = models.BigIntegerField(default=0, help_text="fen payable")
    payers = models.JSONField(default=dict, help_text="payer → fen")
    instalments = models.JSONField(default=list, help_text="[due date, fen] each")
    open_clauses = models.JSONField(default=list)
    note = models.CharField(max_length=300, blank=True)
    objector = EncryptedTextField(blank=True, help_text="name and contact of who objected; for officers alone")
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["direct_run", "person"], name="direct_entry_once"),
            models.CheckConstraint(name="direct_entry_not_negative", condition=Q(amount__gte=0)),
        ]
        indexes = [models.Index(fields=["direct_run", "state"])]

    def __str__(self) -> str:
        return f"{self.direct_run_id} #{self.person_id} {self.state}"


class OptOut(models.Model):
    """A person does not want to be paid a policy without asking (不参加免申即享); they may apply themselves."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="policy_opt_outs")
    policy = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "policy"], condition=Q(ended_at__isnull=True), name="one_open_opt_out"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.person_id} {self.policy}"
