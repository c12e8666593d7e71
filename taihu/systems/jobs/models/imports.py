from django.db import models
from django.db.models import Q

from taihu.records.base.uploads import private_path
from taihu.records.identity.models import Account, Organisation
from taihu.systems.jobs import enums
from taihu.systems.jobs.models.openings import Opening


class ImportBatch(models.Model):
    """One reading of a file of openings. Accepted, repaired, held and rejected add up to the rows read.

    Rows are written in order, some hundred at a time, together with these counts: an import that was killed goes on
    after row `rows`.
    """

    file_name = models.CharField(max_length=200)
    file = models.FileField(upload_to=private_path, max_length=200, blank=True)
    digest = models.CharField(max_length=64, db_index=True)
    mapping = models.CharField(max_length=200)
    mapping_text = models.TextField(blank=True)
    columns = models.JSONField(default=list)
    source = models.CharField(max_length=60, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    started_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=enums.BatchState, default=enums.BatchState.RUNNING)
    rows = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    repaired = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    linked = models.PositiveIntegerField(default=0, help_text="duplicates, not shown twice")
    report = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.file_name} {self.started_at:%F %T}"

    @property
    def taken(self) -> int:
        """Rows that became openings or are ones already."""
        return self.accepted + self.repaired


class ImportRow(models.Model):
    """A row that somebody must look at: held for an officer, or rejected with the reason and as it came."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="kept_rows")
    number = models.PositiveIntegerField(help_text="as a spreadsheet counts")
    state = models.CharField(max_length=8, choices=enums.RowState)
    reasons = models.JSONField(default=list)
    cells = models.JSONField(default=list)
    source = models.CharField(max_length=60, blank=True)
    source_id = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    decision = models.CharField(max_length=10, choices=enums.RowDecision, blank=True)
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)
    opening = models.ForeignKey(Opening, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="import_row_once")]
        indexes = [
            models.Index(fields=["source", "source_id"]),
            models.Index(fields=["state", "decision", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.number} {self.state}"


class OpeningSignature(models.Model):
    """What an opening looks like, for finding near-duplicates; kept of originals only."""

    opening = models.OneToOneField(Opening, on_delete=models.CASCADE, primary_key=True, related_name="look")
    owner = models.BigIntegerField(db_index=True, help_text="key of employer and place")
    title = models.CharField(max_length=120)
    minima = models.BinaryField()

    class Meta:
        constraints = [models.CheckConstraint(name="signature_owner_positive", condition=Q(owner__gte=0))]

    def __str__(self) -> str:
        return self.title
