"""Reads of the job market: named, stackable, with a fixed number of SQL statements."""

from taihu.systems.jobs.queries.matches import (
    explain_match,
    explain_matches,
    explain_to_employer,
    latest_run,
    recommended_people,
    slate_for_person,
    why_not_offered,
)

__all__ = [
    "explain_match",
    "explain_matches",
    "explain_to_employer",
    "latest_run",
    "recommended_people",
    "slate_for_person",
    "why_not_offered",
]
