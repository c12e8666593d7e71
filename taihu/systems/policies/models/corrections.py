from django.db import models
from django.db.models import Q

from taihu.records.facts.models import Evidence, Fact
from taihu.records.identity.models import Account, Person
from taihu.systems.policies import enums


class CorrectionRequest(models.Model):
    """A person says that a fact is wrong or missing, with evidence; an officer checks it with the department (更正申请)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="correction_requests")
    property = models.CharField(max_length=60)
    value = models.JSONField(null=True, help_text="what it should be, in the form of the property; null once erased")
    valid_from = models.DateField()
    reason = models.CharField(max_length=500)
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=enums.CorrectionState, default=enums.CorrectionState.REQUESTED)
    requested_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True)
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "property"], condition=Q(state="requested"), name="one_open_correction_per_property"
            )
        ]
        indexes = [models.Index(fields=["state", "due_at"])]

    def __str__(self) -> str:
        return f"#{self.person_id} {self.property}: {self.state}"
