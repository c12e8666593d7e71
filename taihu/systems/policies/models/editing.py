from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from taihu.records.identity.models import Account
from taihu.systems.policies.enums import RunState
from taihu.systems.policies.models.policies import PolicyVersion

#: A forecast reports several times a second while it reads, and rests a few seconds while it evaluates.
SILENCE = timedelta(seconds=90)


class TypedText(models.Model):
    """What was typed last into an editor, also when it does not load yet (编写中的文本)."""

    text = models.TextField()
    revision = models.PositiveIntegerField(default=1, help_text="counts savings: an older page may not overwrite")
    changed_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        abstract = True


class WorkingText(TypedText):
    version = models.OneToOneField(PolicyVersion, on_delete=models.CASCADE, related_name="working_text")

    def __str__(self) -> str:
        return f"{self.version_id} r{self.revision}"


class Forecast(models.Model):
    """What a draft would change if it held today: who gains, who loses, what it costs (政策测算).

    `digest` is that of the text, `rules_digest` that of everything published at the moment: when either has moved on,
    the forecast is out of date and publishing asks for a new one.
    """

    version = models.ForeignKey(PolicyVersion, on_delete=models.CASCADE, related_name="forecasts")
    state = models.CharField(max_length=8, choices=RunState, default=RunState.WAITING)
    stage = models.CharField(max_length=20, blank=True)
    progress = models.FloatField(default=0)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="the last sign of life of whoever computes it")
    error = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)
    rules_digest = models.CharField(max_length=64, blank=True)
    facts_digest = models.CharField(max_length=64, blank=True)
    day = models.DateField(help_text="the application date that is assumed for everybody")
    is_sample = models.BooleanField(default=False, help_text="asked for some people only")
    facts_at = models.DateTimeField(null=True, blank=True, help_text="the moment whose knowledge counts")
    people = models.PositiveIntegerField(default=0)
    is_whole_city = models.BooleanField(default=False)
    report = models.JSONField(default=dict)
    seconds = models.FloatField(default=0)
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="forecast_has_people", condition=Q(people__gte=0)),
            models.UniqueConstraint(
                fields=["version"],
                condition=Q(state__in=[RunState.WAITING, RunState.RUNNING]),
                name="one_forecast_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["version", "digest"])]

    def __str__(self) -> str:
        return f"{self.version_id} {self.day:%Y-%m-%d}: {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in {RunState.WAITING, RunState.RUNNING}

    def is_interrupted(self, *, at: datetime) -> bool:
        """Whoever computed it has been silent for too long: killed, or its machine is gone."""
        return self.state == RunState.RUNNING and self.seen_at is not None and self.seen_at < at - SILENCE

    def is_unattended(self, *, at: datetime) -> bool:
        """Nobody has begun it: no worker runs, or it is busy with something long."""
        return self.state == RunState.WAITING and self.made_at < at - SILENCE


class ForecastChange(models.Model):
    """For whom one policy changes in a forecast: record numbers with their fen before and after, packed."""

    forecast = models.ForeignKey(Forecast, on_delete=models.CASCADE, related_name="changes")
    policy = models.CharField(max_length=80)
    people = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["forecast", "policy"], name="forecast_change_once")]

    def __str__(self) -> str:
        return f"{self.forecast_id} {self.policy}"
