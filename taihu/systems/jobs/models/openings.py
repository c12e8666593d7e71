from django.db import models
from django.db.models import F, Q

from taihu.records.identity.models import Account, Organisation
from taihu.systems.jobs import enums


class Opening(models.Model):
    """A place to work, as advertised (岗位). Pay is in fen a month; codes are taxonomy codes."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="openings")
    title = models.CharField(max_length=120)
    occupation_code = models.CharField(max_length=12, blank=True)
    occupation_confidence = models.FloatField(default=1.0)
    industry_code = models.CharField(max_length=6, blank=True)
    employment_type = models.CharField(
        max_length=10, choices=enums.EmploymentType, default=enums.EmploymentType.FULL_TIME
    )
    description = models.TextField(help_text="工作内容")
    requirements = models.TextField(blank=True, help_text="招聘条件")
    benefits = models.TextField(blank=True)
    headcount = models.PositiveIntegerField(default=1)
    area_code = models.CharField(max_length=12)
    address = models.CharField(max_length=200, blank=True)
    pay_basis = models.CharField(max_length=12, choices=enums.PayBasis, default=enums.PayBasis.MONTHLY)
    pay_min = models.BigIntegerField(null=True, blank=True, help_text="fen a month")
    pay_max = models.BigIntegerField(null=True, blank=True, help_text="fen a month")
    pay_months = models.PositiveSmallIntegerField(default=12)
    education_rank = models.PositiveSmallIntegerField(default=0, help_text="0 none … 6 doctorate: at least")
    experience_min = models.PositiveSmallIntegerField(default=0, help_text="months")
    experience_max = models.PositiveSmallIntegerField(null=True, blank=True, help_text="months")
    skill_codes = models.JSONField(default=list)
    certificate_codes = models.JSONField(default=list, help_text="must have all")
    majors = models.JSONField(default=list)
    contact_name = models.CharField(max_length=40, blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)

    state = models.CharField(max_length=10, choices=enums.OpeningState, default=enums.OpeningState.DRAFT)
    is_listed = models.BooleanField(
        default=False, help_text="may be shown to the public now; kept by actions.refresh_listing"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    valid_through = models.DateTimeField(null=True, blank=True)
    refreshed_at = models.DateTimeField(null=True, blank=True, help_text="最后核验")
    created_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    source = models.CharField(max_length=60, blank=True, help_text="empty: posted here; else the site it is cited from")
    source_id = models.CharField(max_length=200, blank=True)
    source_url = models.URLField(max_length=500, blank=True)
    source_digest = models.CharField(max_length=64, blank=True)
    import_batch = models.ForeignKey(
        "jobs.ImportBatch", on_delete=models.SET_NULL, null=True, blank=True, related_name="openings"
    )
    confidence = models.JSONField(default=dict, help_text="how sure an import is of each code")
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="duplicates"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="opening_headcount_positive", condition=Q(headcount__gt=0)),
            models.CheckConstraint(
                name="opening_pay_in_order",
                condition=Q(pay_min__isnull=True) | Q(pay_max__isnull=True) | Q(pay_max__gte=F("pay_min")),
            ),
            models.UniqueConstraint(
                fields=["source", "source_id"], condition=~Q(source=""), name="opening_once_per_source"
            ),
        ]
        indexes = [
            models.Index(fields=["is_listed", "-published_at"]),
            models.Index(fields=["organisation", "state"]),
            models.Index(fields=["state", "valid_through"]),
        ]

    def __str__(self) -> str:
        return self.title


class OpeningFinding(models.Model):
    """What the text check found in an opening, with the article it cites."""

    opening = models.ForeignKey(Opening, on_delete=models.CASCADE, related_name="findings")
    rule = models.CharField(max_length=60)
    level = models.CharField(max_length=6, choices=enums.FindingLevel)
    category = models.CharField(max_length=30)
    field = models.CharField(max_length=30)
    excerpt = models.CharField(max_length=120)
    found_at = models.DateTimeField()
    overruled_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    overruled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.rule}: {self.excerpt}"


class OpeningReview(models.Model):
    """An officer's look at a flagged opening, with its deadline."""

    opening = models.ForeignKey(Opening, on_delete=models.CASCADE, related_name="reviews")
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    is_approved = models.BooleanField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["opening"], condition=Q(decided_at__isnull=True), name="one_open_opening_review"
            )
        ]

    def __str__(self) -> str:
        return f"review of {self.opening_id}"


class Complaint(models.Model):
    """Somebody says that an opening breaks the rules (投诉举报)."""

    opening = models.ForeignKey(Opening, on_delete=models.CASCADE, related_name="complaints")
    kind = models.CharField(max_length=16, choices=enums.ComplaintKind)
    text = models.TextField()
    reporter = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    contact = models.CharField(max_length=120, blank=True)
    ticket = models.CharField(max_length=16, unique=True, help_text="lets anybody with it read the answer")
    state = models.CharField(max_length=10, choices=enums.ComplaintState, default=enums.ComplaintState.OPEN)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "due_at"])]

    def __str__(self) -> str:
        return self.ticket


class Takedown(models.Model):
    """An officer took an opening off, on what ground, and whether it came back."""

    opening = models.ForeignKey(Opening, on_delete=models.CASCADE, related_name="takedowns")
    article = models.CharField(max_length=120)
    reason = models.TextField()
    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, null=True, blank=True, related_name="takedowns")
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    lifted_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"takedown of {self.opening_id}"


class LawfulException(models.Model):
    """A rule that does not apply to an occupation, by law (例外登记)."""

    rule = models.CharField(max_length=60)
    occupation_code = models.CharField(max_length=12)
    basis = models.CharField(max_length=200)
    created_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    active_to = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.rule} / {self.occupation_code}"
