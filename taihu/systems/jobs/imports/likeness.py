"""Which of many openings is a copy of one that is there already."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from taihu.engines.text.dedupe import LEAST_RESEMBLANCE, titles_agree


@dataclass
class _Group:
    """The originals of one employer at one place."""

    openings: list[int] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    minima: list[bytes] = field(default_factory=list)


class Originals:
    """Openings by employer and place; numbers are the caller's."""

    def __init__(self, rows: Iterable[tuple[int, int, str, bytes]] = ()) -> None:
        self._groups: defaultdict[int, _Group] = defaultdict(_Group)
        for number, owner, title, minima in rows:
            self.add(number, owner, title, minima)

    def add(self, number: int, owner: int, title: str, minima: bytes) -> None:
        group = self._groups[owner]
        group.openings.append(number)
        group.titles.append(title)
        group.minima.append(bytes(minima))

    def original_of(self, owner: int, title: str, minima: bytes, *, besides: int = 0) -> int | None:
        """The first original that this posting repeats, or None. O(n) in the originals of the same employer and place."""
        group = self._groups.get(owner)
        if group is None:
            return None
        known = np.frombuffer(b"".join(group.minima), "<u4").reshape(len(group.openings), -1)
        alike = (known == np.frombuffer(minima, "<u4")).mean(axis=1) >= LEAST_RESEMBLANCE
        for place in np.flatnonzero(alike):
            if group.openings[place] != besides and titles_agree(group.titles[place], title):
                return group.openings[place]
        return None
