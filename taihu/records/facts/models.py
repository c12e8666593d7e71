"""What the city knows about a subject, since when, until when, and from whom."""

from django.db import models
from django.db.models import Q

from taihu.records.base.uploads import private_path
from taihu.records.identity.models import Account, Organisation, Person


class Source(models.TextChoices):
    SELF = "self"
    EMPLOYER = "employer"
    DEPARTMENT = "department"
    SYSTEM = "system"


class Exchange(models.Model):
    """A list sent to a department and its answer: the monthly batch file as a record (批量交换)."""

    class State(models.TextChoices):
        DRAFT = "draft"
        SENT = "sent"
        ANSWERED = "answered"
        CLOSED = "closed"

    department = models.CharField(max_length=60)
    kind = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    rows_sent = models.PositiveIntegerField(default=0)
    rows_matched = models.PositiveIntegerField(default=0)
    rows_unmatched = models.PositiveIntegerField(default=0)
    unmatched = models.JSONField(default=list)
    digest = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.department} {self.kind} #{self.pk}"


class Evidence(models.Model):
    """A file that supports facts."""

    file = models.FileField(upload_to=private_path, max_length=200)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=10)
    digest = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Fact(models.Model):
    """(subject, property, value, valid from, valid to, source). `valid_to` is exclusive.

    A correction ends the old row's knowledge (`known_to`) and adds a new one: nothing is overwritten, so a decision
    can be replayed with what was known at the time.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="facts")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, null=True, blank=True, related_name="facts"
    )
    property = models.CharField(max_length=60)
    value = models.JSONField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=12, choices=Source)
    source_name = models.CharField(max_length=80, blank=True)
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, blank=True)
    exchange = models.ForeignKey(Exchange, on_delete=models.PROTECT, null=True, blank=True)
    verified_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="fact_has_one_subject", condition=Q(person__isnull=False) ^ Q(organisation__isnull=False)
            ),
            models.CheckConstraint(
                name="fact_period_in_order", condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from"))
            ),
        ]
        indexes = [
            models.Index(fields=["person", "property"]),
            models.Index(fields=["organisation", "property"]),
            models.Index(fields=["property", "person"]),
        ]

    def __str__(self) -> str:
        return f"{self.property} since {self.valid_from}"
