"""Which live opening an employer's opening repeats, by the same measure as an import."""

from datetime import datetime

from taihu.engines.text.dedupe import bare_title, minima_of, owner_key
from taihu.systems.jobs.enums import OpeningState
from taihu.systems.jobs.imports.likeness import Originals
from taihu.systems.jobs.models import Opening, OpeningSignature


def look_of(opening: Opening) -> OpeningSignature:
    """What the opening looks like, not saved."""
    return OpeningSignature(
        opening=opening,
        owner=owner_key(opening.organisation.name, opening.area_code),
        title=bare_title(opening.title)[:120],
        minima=minima_of(f"{opening.description}\n{opening.requirements}")[1],
    )


def original_of(opening: Opening, *, at: datetime) -> Opening | None:
    """The live opening of the same employer and place with nearly the same title and text; one statement, two if found.

    An employer's own opening repeats only own ones: what others cite of it does not stand in its way.
    """
    look = look_of(opening)
    live = OpeningSignature.objects.filter(
        owner=look.owner,
        opening__state=OpeningState.PUBLISHED,
        opening__valid_through__gt=at,
        opening__duplicate_of__isnull=True,
    ).exclude(opening=opening)
    if not opening.source:
        live = live.filter(opening__source="")
    rows = live.order_by("opening_id").values_list("opening_id", "owner", "title", "minima")
    originals = Originals((number, owner, title, bytes(minima)) for number, owner, title, minima in rows)
    number = originals.original_of(look.owner, look.title, bytes(look.minima))
    return None if number is None else Opening.objects.select_related("organisation").get(pk=number)
