from django.db import models
from django.db.models import Q

from taihu.records.identity.models import Account
from taihu.systems.policies.models.policies import PolicyVersion


class WorkingText(models.Model):
    """What was typed last into the editor of a draft, also when it does not load yet (编写中的文本)."""

    version = models.OneToOneField(PolicyVersion, on_delete=models.CASCADE, related_name="working_text")
    text = models.TextField()
    revision = models.PositiveIntegerField(default=1, help_text="counts savings: an older page may not overwrite")
    changed_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.version_id} r{self.revision}"


class Forecast(models.Model):
    """What a draft would change if it held today: who gains, who loses, what it costs (政策测算).

    `digest` is that of the text, `rules_digest` that of everything published at the moment: when either has moved on,
    the forecast is out of date and publishing asks for a new one.
    """

    version = models.ForeignKey(PolicyVersion, on_delete=models.CASCADE, related_name="forecasts")
    digest = models.CharField(max_length=64)
    rules_digest = models.CharField(max_length=64)
    facts_digest = models.CharField(max_length=64)
    day = models.DateField(help_text="the application date that is assumed for everybody")
    facts_at = models.DateTimeField(help_text="the moment whose knowledge counts")
    people = models.PositiveIntegerField()
    is_whole_city = models.BooleanField(default=True)
    report = models.JSONField(default=dict)
    seconds = models.FloatField()
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="forecast_has_people", condition=Q(people__gte=0))]
        indexes = [models.Index(fields=["version", "digest"])]

    def __str__(self) -> str:
        return f"{self.version_id} {self.day:%Y-%m-%d}: {self.people}"
