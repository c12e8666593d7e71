"""Keep the search index of this node current."""

from datetime import datetime

from taihu.records.base.events import handles
from taihu.systems.jobs.events import OpeningListed, OpeningsImported, OpeningUnlisted
from taihu.systems.jobs.search.indexing import catch_up


@handles(OpeningListed)
def index_listed_opening(event: OpeningListed, at: datetime) -> None:
    catch_up()


@handles(OpeningUnlisted)
def remove_unlisted_opening(event: OpeningUnlisted, at: datetime) -> None:
    catch_up()


@handles(OpeningsImported)
def index_imported_openings(event: OpeningsImported, at: datetime) -> None:
    catch_up()
