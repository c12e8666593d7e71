from django.db import models
from django.db.models import F, Q


class DatedList(models.Model):
    """A list that somebody adopted for a time: the shortage catalogue of a year, a group of universities.

    Adopted lists do not change. A correction is a new version, because policies and decisions refer to the old one.
    """

    kind = models.CharField(max_length=40, help_text="shortage, university_group, …")
    version = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    issuer = models.CharField(max_length=120, blank=True)
    document_number = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=300, blank=True)
    code_kind = models.CharField(max_length=20, blank=True, help_text="the code list that the entries' codes belong to")
    is_example = models.BooleanField(default=False, help_text="made up to show how it works: never an official list")
    active_from = models.DateField()
    active_to = models.DateField(null=True, blank=True, help_text="the first day on which it holds no more")
    digest = models.CharField(max_length=64)
    adopted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="dated_list_once_per_version"),
            models.CheckConstraint(
                name="dated_list_ends_after_it_begins",
                condition=Q(active_to__isnull=True) | Q(active_to__gt=F("active_from")),
            ),
        ]
        indexes = [models.Index(fields=["kind", "active_from"])]

    def __str__(self) -> str:
        return f"{self.name} ({self.version})"


class DatedListEntry(models.Model):
    dated_list = models.ForeignKey(DatedList, on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()
    code = models.CharField(max_length=40, blank=True, help_text="empty where the code list does not know the name")
    name = models.CharField(max_length=120)
    extra = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dated_list", "position"], name="dated_list_entry_position")]
        indexes = [models.Index(fields=["code"])]

    def __str__(self) -> str:
        return f"{self.position} {self.name}"
