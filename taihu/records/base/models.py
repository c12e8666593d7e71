from django.db import models


class OutboxEvent(models.Model):
    """Something that happened, written in the same transaction as the change itself."""

    name = models.CharField(max_length=80)
    payload = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["name", "id"])]

    def __str__(self) -> str:
        return f"{self.id} {self.name}"


class Delivery(models.Model):
    """One handler's share of one event: delivered at least once, so handlers are idempotent."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries")
    handler = models.CharField(max_length=120)
    lane = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "handler"], name="delivery_once_per_handler")]
        indexes = [models.Index(fields=["lane", "state", "due_at"])]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.handler}: {self.state}"


class Schedule(models.Model):
    """A recurring moment: when it is due, its event is published and the next moment is set."""

    name = models.CharField(max_length=80, unique=True)
    time_of_day = models.TimeField(null=True, blank=True)
    every_seconds = models.PositiveIntegerField(null=True, blank=True)
    next_at = models.DateTimeField()
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="schedule_daily_or_periodic",
                condition=models.Q(time_of_day__isnull=False) ^ models.Q(every_seconds__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Allowance(models.Model):
    """How often somebody did something since `started_at`; the key is a keyed hash and names nobody."""

    key = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=40)
    started_at = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.name}: {self.count}"
