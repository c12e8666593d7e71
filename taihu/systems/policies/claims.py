"""Who has claimed a policy already, so that nobody is listed for what they are getting another way.

Applications and payments register what they know; a list of people paid without application leaves those people out.
"""

from collections.abc import Callable, Iterable

Claims = Callable[[str], Iterable[int]]
_sources: dict[str, Claims] = {}


def register_claims(name: str, source: Claims) -> None:
    """`source(policy_id)` gives the numbers of the people who have applied for the policy or been paid under it."""
    _sources[name] = source


def claimed(policy: str) -> set[int]:
    return {person for name in sorted(_sources) for person in _sources[name](policy)}
