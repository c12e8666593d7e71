"""What the last match found, for one person or one opening, with the reasons."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from taihu.engines import matching
from taihu.records.identity.enums import Purpose
from taihu.records.identity.models import Consent, Person
from taihu.systems.jobs.enums import RunState
from taihu.systems.jobs.matching.load import (
    OPENING_FIELDS,
    PERSON_FIELDS,
    opening_features,
    openings_side,
    people_side,
)
from taihu.systems.jobs.matching.vocabulary import CityVocabulary
from taihu.systems.jobs.matching.wording import Reasons, reasons
from taihu.systems.jobs.models import (
    Application,
    HiddenOpening,
    HiddenPerson,
    MatchArray,
    MatchRun,
    Opening,
    OpeningSlate,
    PersonSlate,
    Profile,
)


@dataclass(frozen=True)
class Recommendation:
    """One place of a person's slate."""

    opening: Opening
    position: int


@dataclass(frozen=True)
class Recommended:
    """One person recommended to an opening; the name is for those who agreed to be named."""

    person: Person
    profile: Profile
    position: int
    reasons: Reasons


@dataclass(frozen=True)
class RunData:
    """What explaining a pair needs of a run."""

    vocabulary: CityVocabulary
    rarity: npt.NDArray[np.uint8]
    opening_ids: npt.NDArray[np.int64]
    prices: npt.NDArray[np.float64]
    loads: npt.NDArray[np.float64]
    vacancies: npt.NDArray[np.int32]

    def of(self, openings: Sequence[int]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Prices and loads of openings; an opening newer than the run has an uncrowded price."""
        if not self.opening_ids.size:
            return np.ones(len(openings)), np.zeros(len(openings))
        places = np.minimum(np.searchsorted(self.opening_ids, openings), self.opening_ids.size - 1)
        known = self.opening_ids[places] == np.asarray(openings)
        return np.where(known, self.prices[places], 1.0), np.where(known, self.loads[places], 0.0)


def latest_run() -> MatchRun | None:
    """The run whose slates people see."""
    return MatchRun.objects.filter(state=RunState.DONE).defer("report").order_by("-pk").first()


@lru_cache(maxsize=2)
def _run_data(run_id: int) -> RunData | None:
    stored = {row.name: bytes(row.data) for row in MatchArray.objects.filter(run_id=run_id)}
    if not stored:
        return None
    from taihu.systems.jobs.actions.runs import unpack

    vocabulary = CityVocabulary.from_json(json.loads(zlib.decompress(stored["vocabulary"])))
    if vocabulary is None:
        return None
    arrays = {name: unpack(data) for name, data in stored.items() if name != "vocabulary"}
    return RunData(vocabulary=vocabulary, **arrays)


def slate_for_person(person: Person, at: datetime) -> list[Recommendation]:
    """The openings of the last match for a person that may still be shown, best first. Three statements."""
    slate = PersonSlate.objects.filter(person=person, run__state=RunState.DONE).order_by("-run_id").first()
    if slate is None:
        return []
    order = np.frombuffer(bytes(slate.openings), "<i8").tolist()
    hidden = set(HiddenOpening.objects.filter(person=person).values_list("opening_id", flat=True))
    shown = Opening.objects.filter(pk__in=order, is_listed=True, valid_through__gt=at).select_related("organisation")
    found = {opening.pk: opening for opening in shown}
    current = [found[number] for number in order if number in found and number not in hidden]
    return [Recommendation(opening, position) for position, opening in enumerate(current, 1)]


def explain_match(person: Person, opening: Opening) -> Reasons | None:
    """Why this opening for this person; None before the first match."""
    return explain_matches(person, [opening]).get(opening.pk)


def explain_matches(person: Person, openings: Sequence[Opening]) -> dict[int, Reasons]:
    """The reasons of several openings at once, in the language of the reader."""
    small = _small_market([person.pk], [opening.pk for opening in openings])
    if small is None or not len(small.market.people):
        return {}
    return {int(identifier): _explain(small, 0, row) for row, identifier in enumerate(small.market.openings.ids)}


def why_not_offered(person: Person, opening: Opening) -> list[str]:
    """The conditions, of either side, that keep this opening from this person; in words."""
    explained = explain_match(person, opening)
    return [] if explained is None else explained.broken


def recommended_people(opening: Opening) -> list[Recommended]:
    """People recommended to an opening who still agree to it, best first. A fixed number of statements.

    Whoever turned personal order off comes after the others in an order that uses no personal data. A person who no
    longer meets a condition keeps the reasons but has no place: position 0.
    """
    slate = OpeningSlate.objects.filter(opening=opening, run__state=RunState.DONE).order_by("-run_id").first()
    if slate is None:
        return []
    order = np.frombuffer(bytes(slate.people), "<i8").tolist()
    agreed = Consent.objects.filter(person__in=order, purpose=Purpose.RECOMMEND, withdrawn_at__isnull=True)
    still = set(agreed.values_list("person_id", flat=True))
    hidden = HiddenPerson.objects.filter(opening=opening, person__in=order).values_list("person_id", flat=True)
    applied = Application.objects.filter(opening=opening, person__in=order).values_list("person_id", flat=True)
    profiles = Profile.objects.filter(person__in=still - {*hidden, *applied}, is_looking=True).select_related("person")
    found = {profile.person_id: profile for profile in profiles}
    small = _small_market(sorted(found), [opening.pk])
    if small is None or not len(small.market.openings):
        return []
    told = {
        int(number): _explain(small, row, 0, for_employer=True) for row, number in enumerate(small.market.people.ids)
    }
    current = [number for number in order if number in told]
    scored = [number for number in current if found[number].is_personalised]
    plain = sorted(set(current) - set(scored), key=lambda n: (-found[n].updated_at.timestamp(), n))
    fitting = [number for number in (*scored, *plain) if not told[number].broken]
    places = {number: position for position, number in enumerate(fitting, 1)}
    ordered = [*fitting, *(number for number in current if number not in places)]
    return [Recommended(found[n].person, found[n], places.get(n, 0), told[n]) for n in ordered]


def explain_to_employer(person: Person, opening: Opening) -> Reasons | None:
    """What fits and what does not of an applicant, for the employer who received the application."""
    small = _small_market([person.pk], [opening.pk], without_history=True)
    if small is None or not len(small.market.people) or not len(small.market.openings):
        return None
    return _explain(small, 0, 0, for_employer=True)


def _explain(small: "SmallMarket", person: int, opening: int, *, for_employer: bool = False) -> Reasons:
    told = matching.explain(small.market, person, opening, prices=small.prices, loads=small.loads)
    return reasons(told, small, for_employer=for_employer)


@dataclass(frozen=True)
class SmallMarket:
    """A few people and a few openings with the features and prices of a run."""

    market: matching.Market
    vocabulary: CityVocabulary
    prices: npt.NDArray[Any]
    loads: npt.NDArray[Any]


def _small_market(
    people: Sequence[int], openings: Sequence[int], *, without_history: bool = False
) -> SmallMarket | None:
    """`without_history` leaves out what the people hid or applied to: whoever applied is still explained."""
    run = MatchRun.objects.filter(state=RunState.DONE).order_by("-pk").values_list("pk", flat=True).first()
    data = _run_data(run) if run is not None else None
    if data is None:
        return None
    opening_rows = list(Opening.objects.filter(pk__in=openings).order_by("pk").values_list(*OPENING_FIELDS))
    person_rows = list(Profile.objects.filter(person__in=people).order_by("person_id").values_list(*PERSON_FIELDS))
    employers = {number: row for row, number in enumerate(sorted({row[2] for row in opening_rows}))}
    pairs = opening_features(opening_rows, data.vocabulary)
    market = matching.Market(
        data.vocabulary.engine,
        people_side(person_rows, data.vocabulary, employers, without_history=without_history),
        openings_side(opening_rows, pairs, data.vocabulary, data.rarity, employers),
    )
    prices, loads = data.of([row[0] for row in opening_rows])
    return SmallMarket(market, data.vocabulary, prices, loads)
