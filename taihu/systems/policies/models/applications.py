"""Applications: a person or an organisation asks for what a track offers; its case carries the procedure."""

from django.db import models
from django.db.models import Q

from taihu.records.cases.models import Case
from taihu.records.identity.models import Account, Organisation, Person
from taihu.systems.policies.models.calls import Track


class Application(models.Model):
    """What was asked for and why it came out as it did (申报)."""

    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="applications")
    case = models.OneToOneField(Case, on_delete=models.CASCADE, null=True, related_name="application")
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="policy_applications"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="policy_applications"
    )
    applied_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True, blank=True, help_text="the person signed the promise of honesty")
    entitlement = models.JSONField(default=dict, help_text="what the rules said on the day, with reasons")
    entitlement_at = models.DateTimeField(null=True, blank=True)
    commitment_id = models.BigIntegerField(null=True, blank=True, help_text="of the ledger")
    money_problem = models.CharField(max_length=300, blank=True, help_text="why the money is not committed yet")

    left_on = models.DateField(null=True, blank=True, help_text="last day at the employer, as the employer reported")
    left_reported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="application_has_applicant", condition=Q(person__isnull=False) | Q(organisation__isnull=False)
            )
        ]
        indexes = [
            models.Index(fields=["person", "-created_at"]),
            models.Index(fields=["organisation", "-created_at"]),
            models.Index(fields=["commitment_id"]),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.track}"

    @property
    def known_names(self) -> set[str]:
        """Facts that the city knew when the application was handed in."""
        return {item["name"] for item in self.entitlement.get("facts", [])}
