"""Store understood rows of a foreign source, some hundred at a time, each chunk whole or not at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from taihu.engines.tables import Row
from taihu.records.base.bulk import insert_rows
from taihu.records.identity.enums import OrganisationState
from taihu.records.identity.models import Organisation
from taihu.systems.jobs.enums import OpeningState, RowDecision, RowState
from taihu.systems.jobs.imports.likeness import Originals
from taihu.systems.jobs.imports.tally import Tally
from taihu.systems.jobs.imports.understanding import ACCEPTED, HELD, REJECTED, Employer, Outcome, Reason
from taihu.systems.jobs.models import ImportBatch, ImportRow, Opening, OpeningSignature

#: States that an import may change; what somebody ended or took down stays so.
OPEN_STATES = (OpeningState.PUBLISHED, OpeningState.EXPIRED)
_KNOWN = ("pk", "source", "source_id", "source_digest", "state", "import_batch__digest", "valid_through", "created_at")
_IN_LIST = 500


@dataclass(frozen=True, slots=True)
class _Known:
    """An opening that an earlier import made."""

    pk: int
    digest: str
    state: str
    file_digest: str
    valid_through: datetime | None
    created_at: datetime


class CitedWriter:
    """Writes the openings that a foreign source published. Call inside a transaction."""

    def __init__(self, batch: ImportBatch, tally: Tally, *, at: datetime) -> None:
        self._batch, self._tally, self._at = batch, tally, at

    def write(self, outcomes: Sequence[Outcome], rows: Sequence[Row]) -> list[int]:
        """Store one chunk and count it; return the ids of openings that changed."""
        self._settle_held(outcomes)
        self._hold_suspended(outcomes)
        usable = [outcome for outcome in outcomes if outcome.state not in (HELD, REJECTED)]
        employers = self._employers([o.employer for o in usable if o.employer is not None])
        known = self._known(usable)
        fresh: dict[tuple[str, str], Outcome] = {}
        changed: dict[int, tuple[Outcome, _Known]] = {}
        refreshed: list[int] = []
        for outcome in usable:
            self._place(outcome, known.get(outcome.identity), fresh, changed, refreshed)
        touched = self._store(list(fresh.values()), changed, employers)
        if refreshed:
            self._refresh(usable, known, refreshed)
        self._keep_rows(outcomes, rows)
        self._close_held(usable)
        for outcome in outcomes:
            self._tally.add(outcome)
        return touched + refreshed

    def write_one(self, outcome: Outcome) -> list[int]:
        """Store one row that an officer accepted; nothing when its employer is suspended or its opening was ended."""
        self._hold_suspended([outcome])
        if outcome.state == HELD or outcome.employer is None:
            return []
        known = self._known([outcome]).get(outcome.identity)
        employers = self._employers([outcome.employer])
        if known is None:
            return self._store([outcome], {}, employers)
        if known.state not in OPEN_STATES:
            return []
        return self._store([], {known.pk: (outcome, known)}, employers)

    def _place(
        self,
        outcome: Outcome,
        known: _Known | None,
        fresh: dict[tuple[str, str], Outcome],
        changed: dict[int, tuple[Outcome, _Known]],
        refreshed: list[int],
    ) -> None:
        """Decide what a row does: the first row of a file that names an opening counts, later ones repeat it."""
        effects = self._tally.effects
        if known is None:
            if outcome.identity in fresh:
                effects["repeated"] += 1
            else:
                fresh[outcome.identity] = outcome
        elif known.digest == outcome.digest or known.state not in OPEN_STATES:
            effects["unchanged"] += 1
            until = outcome.values["valid_through"]
            is_later = known.valid_through is None or until > known.valid_through
            if is_later and known.state in OPEN_STATES and known.file_digest != self._batch.digest:
                effects["refreshed"] += 1
                refreshed.append(known.pk)
        elif known.file_digest == self._batch.digest or known.pk in changed:
            effects["repeated"] += 1
        else:
            changed[known.pk] = (outcome, known)

    def _known(self, outcomes: Sequence[Outcome]) -> dict[tuple[str, str], _Known]:
        wanted = {outcome.identity for outcome in outcomes}
        found: dict[tuple[str, str], _Known] = {}
        for identifiers in _chunks(sorted({identifier for _source, identifier in wanted})):
            sources = {source for source, _identifier in wanted}
            rows = Opening.objects.filter(source__in=sources, source_id__in=identifiers).values_list(*_KNOWN)
            for pk, source, identifier, digest, state, file_digest, until, created in rows:
                if (source, identifier) in wanted:
                    found[source, identifier] = _Known(pk, digest, state, file_digest or "", until, created)
        return found

    def _employers(self, employers: Sequence[Employer]) -> dict[tuple[str, str], int]:
        """(credit code, name key) → organisation. New ones are unverified and cite the source."""
        wanted = {(employer.credit_code, employer.key): employer for employer in reversed(employers)}
        found = self._found_employers(wanted)
        missing = [employer for key, employer in wanted.items() if key not in found]
        by_code: dict[str, Organisation] = {}
        rows = []
        for employer in sorted(missing, key=lambda e: (e.credit_code, e.key)):
            if employer.credit_code not in by_code:
                rows.append(self._new_employer(employer))
                if employer.credit_code:
                    by_code[employer.credit_code] = rows[-1]
        Organisation.objects.bulk_create(rows)
        self._tally.effects["employers_created"] += len(rows)
        made = {(row.credit_code or "", row.name_key): row for row in rows}
        for key in wanted:
            row = by_code.get(key[0]) or made.get(key)
            if key not in found and row is not None:
                found[key] = row.pk
        return found

    def _found_employers(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        keys = list(wanted)
        found: dict[tuple[str, str], int] = {}
        by_code: dict[str, int] = {}
        for codes in _chunks(sorted({code for code, _key in keys if code})):
            with_code = Organisation.objects.filter(credit_code__in=codes)
            by_code |= {code or "": pk for pk, code in with_code.values_list("pk", "credit_code")}
        by_name: dict[str, int] = {}
        for names in _chunks(sorted({key for code, key in keys if not code})):
            cited = cited_organisations().filter(name_key__in=names).order_by("-pk")
            by_name |= {name: pk for pk, name in cited.values_list("pk", "name_key")}
        for code, key in keys:
            row = by_code.get(code) if code else by_name.get(key)
            if row is not None:
                found[code, key] = row
        return found

    def _new_employer(self, employer: Employer) -> Organisation:
        return Organisation(
            credit_code=employer.credit_code or None,
            name=employer.name,
            name_key=employer.key,
            kind_code=employer.kind_code,
            size_code=employer.size_code,
            industry_code=employer.industry_code,
            address=employer.address,
            state=OrganisationState.UNVERIFIED,
            source=self._batch.source,
            created_at=self._at,
        )

    def _hold_suspended(self, outcomes: Sequence[Outcome]) -> None:
        """Nobody whom an officer took out of the market comes back by way of a file."""
        usable = [o for o in outcomes if o.state not in (HELD, REJECTED) and o.employer is not None]
        suspended = Organisation.objects.filter(state=OrganisationState.SUSPENDED)
        if not usable or not suspended.exists():
            return
        codes: set[str | None] = set()
        names: set[str] = set()
        for some in _chunks(sorted({o.employer.credit_code for o in usable if o.employer and o.employer.credit_code})):
            codes |= set(suspended.filter(credit_code__in=some).values_list("credit_code", flat=True))
        for some in _chunks(sorted({o.employer.key for o in usable if o.employer})):
            names |= set(suspended.filter(name_key__in=some).values_list("name_key", flat=True))
        for outcome in usable:
            assert outcome.employer is not None
            if outcome.employer.credit_code in codes or outcome.employer.key in names:
                outcome.state = HELD
                outcome.reasons = [Reason("employer_suspended", "employer", outcome.employer.name)]

    def _store(
        self,
        fresh: Sequence[Outcome],
        changed: dict[int, tuple[Outcome, _Known]],
        employers: dict[tuple[str, str], int],
    ) -> list[int]:
        originals = self._originals([*fresh, *(outcome for outcome, _known in changed.values())])
        rows: list[dict[str, Any]] = []
        copies: list[dict[str, Any]] = []
        local: dict[int, tuple[str, str]] = {}
        for place, outcome in enumerate(fresh, 1):
            columns = {**self._columns(outcome, employers), "created_at": self._at, "duplicate_of_id": None}
            original = originals.original_of(outcome.owner, outcome.bare_title, outcome.minima)
            if original is None:
                # Openings of this chunk have no number yet: they are known by negative places until they are stored.
                originals.add(-place, outcome.owner, outcome.bare_title, outcome.minima)
                local[-place] = outcome.identity
                rows.append(columns)
            else:
                copies.append({**columns, "is_listed": False, "duplicate_of_id": original})
        if rows:
            insert_rows(Opening, rows, columns=rows[0])
        # Originals first: a copy points to a row that must be there.
        numbers = self._numbers([outcome.identity for outcome in fresh])
        for columns in copies:
            original = columns["duplicate_of_id"]
            columns["duplicate_of_id"] = original if original > 0 else numbers[local[original]]
        if copies:
            insert_rows(Opening, copies, columns=copies[0])
            numbers |= self._numbers([(columns["source"], columns["source_id"]) for columns in copies])
        self._tally.effects["created"] += len(fresh)
        self._tally.effects["linked"] += len(copies)
        updated = self._update(changed, employers, originals, {place: numbers[key] for place, key in local.items()})
        first = {(row["source"], row["source_id"]) for row in rows}
        looks = [(numbers[o.identity], o) for o in fresh if o.identity in first]
        self._keep_looks([*looks, *updated])
        return [*numbers.values(), *changed]

    def _numbers(self, identities: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        wanted, found = set(identities), {}
        sources = {source for source, _identifier in wanted}
        for identifiers in _chunks(sorted({identifier for _source, identifier in wanted})):
            rows = Opening.objects.filter(source__in=sources, source_id__in=identifiers)
            for pk, source, identifier in rows.values_list("pk", "source", "source_id"):
                if (source, identifier) in wanted:
                    found[source, identifier] = pk
        return found

    def _originals(self, outcomes: Sequence[Outcome]) -> Originals:
        originals = Originals()
        for owners in _chunks(sorted({outcome.owner for outcome in outcomes})):
            live = OpeningSignature.objects.filter(owner__in=owners, opening__state=OpeningState.PUBLISHED)
            live = live.filter(opening__valid_through__gt=self._at, opening__duplicate_of__isnull=True)
            rows = live.order_by("opening_id").values_list("opening_id", "owner", "title", "minima")
            for number, owner, title, minima in rows:
                originals.add(number, owner, title, bytes(minima))
        return originals

    def _columns(self, outcome: Outcome, employers: dict[tuple[str, str], int]) -> dict[str, Any]:
        assert outcome.employer is not None
        organisation = employers[outcome.employer.credit_code, outcome.employer.key]
        source, identifier = outcome.identity
        is_current = outcome.values["valid_through"] > self._at
        return {
            **outcome.values,
            "organisation_id": organisation,
            "source": source,
            "source_id": identifier,
            "source_digest": outcome.digest,
            "state": OpeningState.PUBLISHED if is_current else OpeningState.EXPIRED,
            "is_listed": is_current,
            "refreshed_at": self._at,
            "updated_at": self._at,
            "import_batch_id": self._batch.pk,
        }

    def _update(
        self,
        changed: dict[int, tuple[Outcome, _Known]],
        employers: dict[tuple[str, str], int],
        originals: Originals,
        local: dict[int, int],
    ) -> list[tuple[int, Outcome]]:
        """Change openings; return those that are originals."""
        if not changed:
            return []
        rows: list[Opening] = []
        names: list[str] = []
        for pk, (outcome, known) in changed.items():
            columns = {**self._columns(outcome, employers), "duplicate_of_id": None}
            original = originals.original_of(outcome.owner, outcome.bare_title, outcome.minima, besides=pk)
            if original is not None:
                self._tally.effects["linked"] += 1
                columns |= {"is_listed": False, "duplicate_of_id": local.get(original, original)}
            names = list(columns)
            rows.append(Opening(pk=pk, created_at=known.created_at, **columns))
        fields = [name.removesuffix("_id") if name != "source_id" else name for name in names]
        Opening.objects.bulk_create(rows, update_conflicts=True, update_fields=fields, unique_fields=["id"])
        OpeningSignature.objects.filter(opening__in=list(changed)).delete()
        # Whatever was linked to an opening that is now a copy itself follows to the same original.
        for row in rows:
            if row.duplicate_of_id is not None:
                Opening.objects.filter(duplicate_of_id=row.pk).update(duplicate_of_id=row.duplicate_of_id)
        self._tally.effects["updated"] += len(rows)
        return [(row.pk, changed[row.pk][0]) for row in rows if row.duplicate_of_id is None]

    def _keep_looks(self, rows: Sequence[tuple[int, Outcome]]) -> None:
        looks = (
            {"opening_id": number, "owner": outcome.owner, "title": outcome.bare_title, "minima": outcome.minima}
            for number, outcome in rows
        )
        insert_rows(OpeningSignature, looks, columns=["opening_id", "owner", "title", "minima"])

    def _refresh(
        self, outcomes: Sequence[Outcome], known: dict[tuple[str, str], _Known], refreshed: Sequence[int]
    ) -> None:
        """The source says again that these are open: prolong them, and nothing else."""
        until = {known[o.identity].pk: o.values["valid_through"] for o in outcomes if o.identity in known}
        rows = list(Opening.objects.filter(pk__in=refreshed))
        for opening in rows:
            opening.valid_through, opening.refreshed_at, opening.updated_at = until[opening.pk], self._at, self._at
            opening.state, opening.import_batch_id = OpeningState.PUBLISHED, self._batch.pk
            opening.is_listed = opening.duplicate_of_id is None and until[opening.pk] > self._at
        fields = ["valid_through", "refreshed_at", "updated_at", "state", "import_batch", "is_listed"]
        Opening.objects.bulk_update(rows, fields, batch_size=200)

    def _settle_held(self, outcomes: Sequence[Outcome]) -> None:
        """An officer's decision holds for the same row when it comes again."""
        held = [outcome for outcome in outcomes if outcome.state == HELD]
        if not held:
            return
        decided: dict[tuple[str, str, str], str] = {}
        for identifiers in _chunks(sorted({outcome.identity[1] for outcome in held})):
            rows = ImportRow.objects.filter(source_id__in=identifiers, state=RowState.HELD).order_by("pk")
            for source, identifier, digest, decision in rows.values_list("source", "source_id", "digest", "decision"):
                decided[source, identifier, digest] = decision
        for outcome in held:
            settled = decided.get((*outcome.identity, outcome.digest))
            if settled == RowDecision.ACCEPTED:
                outcome.state, outcome.reasons = ACCEPTED, []
            elif settled == RowDecision.REJECTED:
                outcome.state, outcome.reasons = REJECTED, [Reason("refused_by_officer")]
            elif settled is not None:
                outcome.remarks.append("waiting")

    def _keep_rows(self, outcomes: Sequence[Outcome], rows: Sequence[Row]) -> None:
        kept = [
            import_row(self._batch, outcome, row.cells)
            for outcome, row in zip(outcomes, rows, strict=True)
            if outcome.state == REJECTED or (outcome.state == HELD and "waiting" not in outcome.remarks)
        ]
        ImportRow.objects.bulk_create(kept)

    def _close_held(self, usable: Sequence[Outcome]) -> None:
        """Rows that waited and now came in sound need nobody's look any more."""
        open_rows = ImportRow.objects.filter(state=RowState.HELD, decision="")
        if not open_rows.exists():
            return
        identities = {outcome.identity for outcome in usable}
        for identifiers in _chunks(sorted({identifier for _source, identifier in identities})):
            rows = open_rows.filter(source_id__in=identifiers).values_list("pk", "source", "source_id")
            done = [pk for pk, source, identifier in rows if (source, identifier) in identities]
            ImportRow.objects.filter(pk__in=done).update(decision=RowDecision.SUPERSEDED, decided_at=self._at)


def import_row(batch: ImportBatch, outcome: Outcome, cells: Sequence[str]) -> ImportRow:
    source, identifier = outcome.identity
    return ImportRow(
        batch=batch,
        number=outcome.number,
        state=outcome.state,
        reasons=[list(reason) for reason in outcome.reasons],
        cells=[cell.replace("\x00", "") for cell in cells],
        source=source,
        source_id=identifier,
        digest=outcome.digest,
    )


def cited_organisations() -> QuerySet[Organisation]:
    """Employers that only imports know: no credit code, with a source to cite."""
    return Organisation.objects.filter(credit_code__isnull=True).exclude(source="")


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[start : start + _IN_LIST] for start in range(0, len(items), _IN_LIST))
