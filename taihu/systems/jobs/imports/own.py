"""Store an employer's own openings row by row, by the same actions as the employer's pages."""

from collections.abc import Sequence
from dataclasses import fields as dataclass_fields
from datetime import datetime

from django.db import transaction

from taihu.engines.tables import Row
from taihu.records.base.errors import Refused
from taihu.records.identity.models import Account
from taihu.systems.jobs.actions.openings import change_opening, create_opening, publish_opening
from taihu.systems.jobs.enums import OpeningState
from taihu.systems.jobs.imports.tally import Tally
from taihu.systems.jobs.imports.understanding import HELD, REJECTED, Outcome, Reason
from taihu.systems.jobs.imports.writing import import_row
from taihu.systems.jobs.models import ImportBatch, Opening
from taihu.systems.jobs.validators import OpeningFields

_FIELDS = frozenset(field.name for field in dataclass_fields(OpeningFields))
_PUBLISHABLE = {OpeningState.DRAFT, OpeningState.EXPIRED}


class OwnWriter:
    """Writes the openings of the employer whose recruiter sent the file. Call inside a transaction."""

    def __init__(self, batch: ImportBatch, tally: Tally, *, at: datetime) -> None:
        self._batch, self._tally, self._at = batch, tally, at
        self._publishes = bool(batch.report.get("publishes"))

    def write(self, outcomes: Sequence[Outcome], rows: Sequence[Row]) -> list[int]:
        identifiers = [outcome.identity[1] for outcome in outcomes if outcome.identity[1]]
        mine = Opening.objects.filter(organisation=self._batch.organisation_id, source="", source_id__in=identifiers)
        known = {opening.source_id: opening for opening in mine.select_related("organisation", "import_batch")}
        touched = []
        for outcome, row in zip(outcomes, rows, strict=True):
            opening = self._write(outcome, known)
            if opening is not None:
                touched.append(opening.pk)
            if outcome.state == REJECTED or (outcome.state == HELD and opening is None):
                import_row(self._batch, outcome, row.cells).save(force_insert=True)
            self._tally.add(outcome)
        return touched

    def _write(self, outcome: Outcome, known: dict[str, Opening]) -> Opening | None:
        """The opening that a row made or changed; flagged words go the way of any flagged opening."""
        only_flagged = all(reason.code == "suspicious" for reason in outcome.reasons)
        if outcome.state == REJECTED or (outcome.state == HELD and not only_flagged):
            return None
        found = known.get(outcome.identity[1])
        if found is not None and found.source_digest == outcome.digest:
            self._tally.effects["unchanged"] += 1
            return None if outcome.state != HELD else found
        if found is not None and found.import_batch_id and found.import_batch.digest == self._batch.digest:  # type: ignore[union-attr]
            self._tally.effects["repeated"] += 1
            return found
        try:
            with transaction.atomic():
                opening = self._save(outcome, found)
        except Refused as refused:
            outcome.state, outcome.reasons = REJECTED, [Reason("refused", refused.field or "", str(refused))]
            return None
        known[opening.source_id] = opening
        if self._publishes and opening.state in _PUBLISHABLE:
            self._publish(outcome, opening)
        return opening

    def _save(self, outcome: Outcome, found: Opening | None) -> Opening:
        values = OpeningFields(**{name: value for name, value in outcome.values.items() if name in _FIELDS})
        acting_user = self._acting_user
        assert self._batch.organisation is not None
        if found is None:
            opening = create_opening(
                acting_user=acting_user, at=self._at, organisation=self._batch.organisation, fields=values
            )
            self._tally.effects["created"] += 1
        else:
            opening = change_opening(acting_user=acting_user, at=self._at, opening=found, fields=values)
            self._tally.effects["updated"] += 1
        opening.source_id, opening.source_digest = outcome.identity[1], outcome.digest
        opening.import_batch, opening.confidence = self._batch, outcome.values["confidence"]
        opening.occupation_confidence = outcome.values["occupation_confidence"]
        names = ["source_id", "source_digest", "import_batch", "confidence", "occupation_confidence"]
        opening.save(update_fields=names)
        return opening

    def _publish(self, outcome: Outcome, opening: Opening) -> None:
        try:
            with transaction.atomic():
                publish_opening(
                    acting_user=self._acting_user,
                    at=self._at,
                    opening=opening,
                    valid_through=outcome.values["valid_through"],
                )
        except Refused as refused:
            opening.refresh_from_db()
            outcome.reasons = [*outcome.reasons, Reason("not_publishable", refused.field or "", str(refused))]
            outcome.remarks.append("draft")
            return
        outcome.remarks.append("published" if opening.state == OpeningState.PUBLISHED else "in_review")

    @property
    def _acting_user(self) -> Account:
        assert self._batch.started_by is not None
        return self._batch.started_by
