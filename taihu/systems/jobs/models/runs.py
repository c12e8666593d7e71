from django.db import models

from taihu.records.identity.models import Account, Person
from taihu.systems.jobs import enums
from taihu.systems.jobs.models.openings import Opening


class MatchRun(models.Model):
    """One match of the whole city: what went in, what came out, and the certificate (每晚匹配)."""

    state = models.CharField(max_length=8, choices=enums.RunState, default=enums.RunState.WAITING)
    requested_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    requested_at = models.DateTimeField()
    snapshot_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    engine = models.CharField(max_length=10, default="local")
    parameters = models.JSONField(default=dict)
    stage = models.CharField(max_length=40, blank=True)
    progress = models.FloatField(default=0)
    snapshot_digest = models.CharField(max_length=64, blank=True)
    people = models.PositiveIntegerField(default=0)
    openings = models.PositiveIntegerField(default=0)
    vacancies = models.PositiveBigIntegerField(default=0)
    edges = models.PositiveBigIntegerField(default=0)
    objective = models.FloatField(null=True, blank=True)
    upper_bound = models.FloatField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    peak_rss_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    report = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"run {self.pk}: {self.state}"

    @property
    def gap(self) -> float | None:
        """How far from optimal at most, as a share of the bound."""
        if self.objective is None or not self.upper_bound:
            return None
        return (self.upper_bound - self.objective) / self.upper_bound


class MatchArray(models.Model):
    """A named array of a run (prices, loads, edges): npy bytes, zlib-compressed."""

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="arrays")
    name = models.CharField(max_length=40)
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="array_once_per_run")]

    def __str__(self) -> str:
        return self.name


class PersonSlate(models.Model):
    """The openings shown to a person: packed int64 opening ids in order."""

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="person_slates")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="slates", db_index=False)
    openings = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "run"], name="slate_once_per_person")]

    def __str__(self) -> str:
        return f"run {self.run_id} #{self.person_id}"


class OpeningSlate(models.Model):
    """The people recommended to an opening: packed int64 person ids in order."""

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="opening_slates")
    opening = models.ForeignKey(Opening, on_delete=models.CASCADE, related_name="slates", db_index=False)
    people = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["opening", "run"], name="slate_once_per_opening")]

    def __str__(self) -> str:
        return f"run {self.run_id} {self.opening_id}"


class MatchAudit(models.Model):
    """The fairness audit of a run: rates of groups large enough to be told, never of single people (偏差审计)."""

    run = models.OneToOneField(MatchRun, on_delete=models.CASCADE, related_name="audit")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    report = models.JSONField()

    def __str__(self) -> str:
        return f"audit of run {self.run_id}"
