"""Calls for applications and their tracks (申报通知与类别)."""

from django.db import models
from django.db.models import Q

from taihu.records.identity.models import Account, Unit
from taihu.systems.policies import enums
from taihu.systems.policies.models.editing import TypedText


class Call(models.Model):
    """A programme asks for applications: when, under which document, run by which office."""

    code = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=160)
    title_en = models.CharField(max_length=200, blank=True)
    programme = models.CharField(max_length=120, help_text="also the programme of the budget lines that pay")
    programme_en = models.CharField(max_length=160, blank=True)
    document = models.CharField(max_length=120, blank=True)
    summary = models.TextField(blank=True)
    summary_en = models.TextField(blank=True)
    window = models.CharField(max_length=14, choices=enums.WindowShape, default=enums.WindowShape.FIXED)
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    yearly_from = models.CharField(max_length=5, blank=True, help_text="MM-DD, for a window that comes back every year")
    yearly_to = models.CharField(max_length=5, blank=True, help_text="MM-DD, included")
    periods = models.JSONField(
        default=list, help_text="[from, to] of each where the window has several: moments, or MM-DD of every year"
    )
    office_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="calls")
    state = models.CharField(max_length=10, choices=enums.CallState, default=enums.CallState.DRAFT)
    is_example = models.BooleanField(default=False)
    source = models.TextField(help_text="the file it was read from")
    created_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="call_window_in_order",
                condition=Q(opens_at__isnull=True) | Q(closes_at__isnull=True) | Q(closes_at__gt=models.F("opens_at")),
            )
        ]
        indexes = [models.Index(fields=["state", "closes_at"])]

    def __str__(self) -> str:
        return self.title


class CallText(TypedText):
    """A draft as it was typed last, or a correction in preparation."""

    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="working_text")

    def __str__(self) -> str:
        return f"{self.call_id} r{self.revision}"


class CallChange(models.Model):
    """What was changed of a published call and why, for everybody to read (更正公告)."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=10, choices=enums.CallChangeKind)
    reason = models.CharField(max_length=500)
    closed_before = models.DateTimeField(null=True, blank=True)
    closes_after = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.call_id} {self.kind} {self.made_at:%Y-%m-%d}"


class Track(models.Model):
    """One category of a call: who receives it, what is asked, who reviews, which procedure it runs through."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="tracks")
    code = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=120)
    category_en = models.CharField(max_length=160, blank=True)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    applicant = models.CharField(max_length=12, choices=enums.ApplicantKind, default=enums.ApplicantKind.PERSON)
    department_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    department = models.CharField(max_length=80, blank=True, help_text="as the notice names it")
    procedure = models.CharField(max_length=60)
    policy = models.CharField(max_length=80, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True, help_text="where it closes before the call does")
    personal_deadline = models.CharField(
        max_length=300, blank=True, help_text="a date expression over the applicant's own facts; the first day too late"
    )
    support = models.CharField(max_length=200, blank=True)
    support_en = models.CharField(max_length=240, blank=True)
    preset = models.JSONField(default=dict, help_text="form values that the choice of the track decides")
    fields = models.JSONField(default=list)
    attachments = models.JSONField(default=list)
    panel = models.JSONField(default=dict)
    split = models.JSONField(default=dict, help_text="who pays which share where no policy says so: payer → per cent")
    instalments = models.JSONField(
        default=list, help_text="[per cent, months after the decision] where no policy says so"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "code"], name="track_once_per_call")]
        ordering = ["call", "position"]

    def __str__(self) -> str:
        return self.words["zh"]

    @property
    def receiver(self) -> str:
        """Who receives applications, as the notice names it."""
        return self.department or (self.department_unit or self.call.office_unit).name

    @property
    def words(self) -> dict[str, str]:
        """Category and name in both languages, as messages keep them."""
        category, name = self.category_en or self.category, self.name_en or self.name
        return {
            "zh": f"{self.category} · {self.name}" if self.name != self.category else self.name,
            "en": f"{category} · {name}" if self.name != self.category else name,
        }
