"""Openings that say nearly the same: linked to one, which is the one that is shown."""

from datetime import datetime

from taihu.systems.jobs.enums import OpeningState
from taihu.systems.jobs.models import Opening, OpeningSignature
from taihu.systems.jobs.queries.copies import look_of, original_of


def link_copy(opening: Opening, *, at: datetime) -> None:
    """Link a published opening to the one that it repeats, or keep its look for those that will repeat it."""
    original = original_of(opening, at=at)
    if opening.duplicate_of_id != (original.pk if original else None):
        opening.duplicate_of = original
        opening.save(update_fields=["duplicate_of"])
    if original is not None:
        OpeningSignature.objects.filter(opening=opening).delete()
        return
    look = look_of(opening)
    OpeningSignature.objects.update_or_create(
        opening=opening, defaults={"owner": look.owner, "title": look.title, "minima": look.minima}
    )


def relink_copies(opening: Opening, *, at: datetime) -> list[Opening]:
    """An opening ended or says something else now: look anew at what was linked to it, oldest first."""
    copies = list(opening.duplicates.filter(state=OpeningState.PUBLISHED).select_related("organisation").order_by("pk"))
    for copy in copies:
        link_copy(copy, at=at)
    return copies
