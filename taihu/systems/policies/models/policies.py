from django.db import models
from django.db.models import Q

from taihu.records.identity.models import Account
from taihu.systems.policies import enums


class PolicyVersion(models.Model):
    """One version of a policy as its YAML text (政策版本). A published text never changes: a change is a new version.

    What lists need (title, document number, dates) is copied out of the text when it is saved.
    """

    policy = models.CharField(max_length=80)
    version = models.CharField(max_length=40)
    text = models.TextField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the text")
    state = models.CharField(max_length=10, choices=enums.VersionState, default=enums.VersionState.DRAFT)
    title = models.CharField(max_length=160)
    title_en = models.CharField(max_length=200, blank=True)
    document_number = models.CharField(max_length=120, blank=True)
    issuer = models.CharField(max_length=120, blank=True)
    level = models.CharField(max_length=12, blank=True)
    area_code = models.CharField(max_length=12, blank=True)
    effective_from = models.DateField(null=True, blank=True)
    effective_to = models.DateField(null=True, blank=True, help_text="the first day on which it holds no more")
    is_example = models.BooleanField(default=False, help_text="a policy of its date written from public material")
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    created_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    published_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=200, blank=True)
    is_direct = models.BooleanField(default=False, help_text="paid without application, by monthly lists (免申即享)")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "version"], name="policy_version_once"),
            models.CheckConstraint(
                name="policy_version_ends_after_it_begins",
                condition=Q(effective_to__isnull=True)
                | Q(effective_from__isnull=True)
                | Q(effective_to__gt=models.F("effective_from")),
            ),
        ]
        indexes = [models.Index(fields=["state", "policy"])]

    def __str__(self) -> str:
        return self.key

    @property
    def title_words(self) -> dict[str, str]:
        """The title in both languages, as messages keep it."""
        return {"zh": self.title, "en": self.title_en or self.title}

    @property
    def key(self) -> str:
        """`id@version`, as the rule engine names it."""
        return f"{self.policy}@{self.version}"
