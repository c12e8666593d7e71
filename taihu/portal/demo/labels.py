"""Some people of the demo city declared sex and age band for fairness audits. Drawn apart from everything else."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from taihu.records.identity.actions.consents import AGE_BANDS, SEXES
from taihu.records.identity.enums import CONSENT_TEXT_VERSION, Purpose
from taihu.records.identity.models import Consent, Demographics
from taihu.systems.jobs.models import Profile

SHARE = 0.35
SEX_SHARES = (0.475, 0.515, 0.01)
AGE_SHARES = (0.2, 0.38, 0.24, 0.14, 0.04)


def declare_labels(profiles: Sequence[Profile], *, seed: int, at: datetime) -> None:
    """About a third of all; a few leave one of the two open."""
    random = np.random.default_rng([seed, 7])
    chosen = [profile.person_id for profile in profiles if random.random() < SHARE]
    Consent.objects.bulk_create(
        (
            Consent(
                person_id=person,
                purpose=Purpose.AUDIT_STATISTICS,
                text_version=CONSENT_TEXT_VERSION,
                given_at=at,
            )
            for person in chosen
        ),
        batch_size=2000,
    )
    sexes = random.choice([*SEXES], size=len(chosen), p=SEX_SHARES)
    bands = random.choice([*AGE_BANDS], size=len(chosen), p=AGE_SHARES)
    open_sex, open_band = random.random(len(chosen)) < 0.05, random.random(len(chosen)) < 0.05
    Demographics.objects.bulk_create(
        (
            Demographics(
                person_id=person,
                sex="" if open_sex[row] else str(sexes[row]),
                age_band="" if open_band[row] else str(bands[row]),
                declared_at=at,
            )
            for row, person in enumerate(chosen)
        ),
        batch_size=2000,
    )
