"""Self-declared labels for fairness audits: the only reading of them besides the person's own pages.

Nobody else may import this: a test holds the audit of matches to be its only caller.
"""

from dataclasses import dataclass

from taihu.records.identity.enums import Purpose
from taihu.records.identity.models import Consent, Demographics


@dataclass(frozen=True)
class Labels:
    """What one person declared; either may be empty."""

    sex: str
    age_band: str


def labels_for_audit() -> dict[int, Labels]:
    """The labels of everybody who declared some and still agrees to their use, by person. One statement."""
    agreed = Consent.objects.filter(purpose=Purpose.AUDIT_STATISTICS, withdrawn_at__isnull=True)
    rows = Demographics.objects.filter(person__in=agreed.values("person")).order_by("person_id")
    return {
        number: Labels(sex, age_band)
        for number, sex, age_band in rows.values_list("person_id", "sex", "age_band").iterator()
    }
