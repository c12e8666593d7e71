"""Signatures of near-identical postings, and the groups they form.

Two postings are the same opening when employer and place agree, the titles are nearly the same and the texts share most of
their five-character pieces. Each posting is reduced to a fixed-size signature in one pass, so a stream of any length needs
only the signatures: `bands` are exact keys to look up candidates in a table, `is_duplicate` decides.

Source: Broder, "On the resemblance and containment of documents" (1997), min-wise hashing with banding.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from taihu.engines.text.fold import HAN, fold

__all__ = [
    "Signature",
    "bare_title",
    "group_duplicates",
    "is_duplicate",
    "minima_of",
    "normalise_company",
    "owner_key",
    "resemblance",
    "shingles",
    "signature",
    "titles_agree",
]

SHINGLE = 5
PERMUTATIONS = 64
BANDS = 16
LEAST_RESEMBLANCE = 0.8
LEAST_TITLE_RESEMBLANCE = 0.5
_SEED = 20_260_101
_KEPT = re.compile(f"[^{HAN}a-z0-9+#]+")
_COMPANY_TAIL = re.compile(r"(?:集团)?(?:股份)?(?:有限责任公司|有限公司|公司|股份|集团|inc|ltd|llc|co)+$")

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Signature:
    """What is kept of a posting.

    Attributes
    ----------
    owner : int
        Unsigned 63-bit key of employer and place; only postings with equal keys are compared.
    title : str
        Folded title without marks.
    pieces : int
        Number of distinct pieces of the text; 0 for an empty text.
    minima : bytes
        64 minima of 4 bytes, little-endian: an estimate of resemblance with a standard error of at most 0.0625.
    bands : tuple of int
        16 signed 63-bit keys; near-identical postings share at least one with a probability above 0.9999.
    """

    owner: int
    title: str
    pieces: int
    minima: bytes
    bands: tuple[int, ...]


def normalise_company(name: str) -> str:
    """Return a company's name without marks and legal form.

    Examples
    --------
    >>> normalise_company("联想（北京）有限公司"), normalise_company("聯想(北京) 有限責任公司")
    ('联想北京', '联想北京')
    >>> normalise_company("无锡太湖科技股份有限公司江阴分公司")
    '无锡太湖科技股份有限公司江阴分'
    """
    bare = _KEPT.sub("", fold(name))
    return _COMPANY_TAIL.sub("", bare) or bare


def _key(*parts: str) -> int:
    return int.from_bytes(blake2b("\x1f".join(parts).encode(), digest_size=8).digest(), "little") >> 1


@cache
def _permutations() -> tuple[Hashes, Hashes]:
    generator = np.random.default_rng(_SEED)
    odd = generator.integers(0, 2**63, PERMUTATIONS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    return odd, generator.integers(0, 2**63, PERMUTATIONS, dtype=np.uint64)


def shingles(text: str) -> Hashes:
    """Return the distinct hashes of the five-character pieces of the folded text without marks, sorted; dtype uint64.

    A text shorter than five characters is one piece.

    Examples
    --------
    >>> len(shingles("招聘电工一名")), len(shingles("电工")), len(shingles("，。"))
    (2, 1, 0)
    """
    bare = _KEPT.sub("", fold(text))
    if not bare:
        return np.empty(0, dtype=np.uint64)
    codes = np.frombuffer(bare.encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    width = min(SHINGLE, len(codes))
    hashed = np.zeros(len(codes) - width + 1, dtype=np.uint64)
    for offset in range(width):
        hashed = hashed * np.uint64(0x100000001B3) + codes[offset : offset + len(hashed)]
    # The low bits of a polynomial are weak: mix them (splitmix64 finaliser).
    hashed = (hashed ^ (hashed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashed = (hashed ^ (hashed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.unique(hashed ^ (hashed >> np.uint64(31)))


def owner_key(company: str, place: str) -> int:
    """Return the unsigned 63-bit key of an employer at a place: `Signature.owner`."""
    return _key(normalise_company(company), fold(place).strip())


def bare_title(title: str) -> str:
    """Return a title folded and without marks: `Signature.title`."""
    return _KEPT.sub("", fold(title))


def minima_of(text: str) -> tuple[int, bytes]:
    """Return the number of distinct pieces of a text and its minima: `Signature.pieces` and `Signature.minima`."""
    pieces = shingles(text)
    if not len(pieces):
        return 0, np.full(PERMUTATIONS, 2**32 - 1, dtype="<u4").tobytes()
    odd, shift = _permutations()
    minima = ((pieces[None, :] * odd[:, None] + shift[:, None]) >> np.uint64(32)).min(axis=1)
    return len(pieces), minima.astype("<u4").tobytes()


def signature(*, company: str, title: str, text: str, place: str = "") -> Signature:
    """Return the signature of one posting. The same input gives the same bytes on every machine. O(n).

    Parameters
    ----------
    company, title, text, place : str
        Free text. `place` is the city or district code; leave it empty to compare across places.

    Examples
    --------
    >>> a = signature(company="太湖科技有限公司", title="电工", text="负责厂区电气设备的日常巡检、维护与维修工作")
    >>> b = signature(company="太湖科技", title="電工（急招）", text="负责厂区电气设备的日常巡检，维护与维修工作！")
    >>> is_duplicate(a, b)
    True
    """
    owner = owner_key(company, place)
    pieces, packed = minima_of(text)
    row = len(packed) // BANDS
    bands = tuple(
        int.from_bytes(
            blake2b(
                packed[n * row : (n + 1) * row], digest_size=8, key=owner.to_bytes(8, "little"), salt=bytes([n])
            ).digest(),
            "little",
        )
        >> 1
        for n in range(BANDS)
    )
    return Signature(owner, bare_title(title), pieces, packed, bands)


def resemblance(first: Signature, second: Signature) -> float:
    """Return the estimated share of pieces that two texts have in common, 0 to 1.

    Examples
    --------
    >>> empty = signature(company="a", title="b", text="")
    >>> resemblance(empty, empty), resemblance(empty, signature(company="a", title="b", text="电工电工电工"))
    (1.0, 0.0)
    """
    if not first.pieces or not second.pieces:
        return float(first.pieces == second.pieces)
    equal = np.frombuffer(first.minima, "<u4") == np.frombuffer(second.minima, "<u4")
    return float(equal.mean())


def is_duplicate(first: Signature, second: Signature) -> bool:
    """Return whether two postings advertise the same opening."""
    if first.owner != second.owner or not titles_agree(first.title, second.title):
        return False
    return resemblance(first, second) >= LEAST_RESEMBLANCE


def titles_agree(first: str, second: str) -> bool:
    """Return whether two titles without marks (`Signature.title`) may name the same opening.

    Examples
    --------
    >>> titles_agree("电工", "电工急招"), titles_agree("电工", "焊工")
    (True, False)
    """
    if first == second or (first and second and (first in second or second in first)):
        return True
    pairs_first = {first[n : n + 2] for n in range(len(first) - 1)}
    pairs_second = {second[n : n + 2] for n in range(len(second) - 1)}
    either = len(pairs_first | pairs_second)
    return bool(either) and len(pairs_first & pairs_second) / either >= LEAST_TITLE_RESEMBLANCE


def group_duplicates(signatures: Sequence[Signature]) -> list[int]:
    """Return for each signature the index of the first posting of its group; a posting of its own has its own index.

    Duplicates are joined transitively and the answer depends only on the order given. Candidates come from shared bands,
    so the time grows with the number of real near-duplicates, not with the square of the postings.

    Examples
    --------
    >>> posting = dict(company="太湖科技", title="电工", text="负责厂区电气设备的日常巡检、维护与维修工作")
    >>> group_duplicates([signature(**posting), signature(**{**posting, "company": "其他公司"}), signature(**posting)])
    [0, 1, 0]
    """
    parent = list(range(len(signatures)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    seen: defaultdict[int, list[int]] = defaultdict(list)
    for index, current in enumerate(signatures):
        for earlier in sorted({other for band in current.bands for other in seen[band]}):
            low, high = sorted((root(earlier), root(index)))
            if low != high and is_duplicate(signatures[earlier], current):
                parent[high] = low
        for band in current.bands:
            bucket = seen[band]
            # Copies of a known posting add no new candidates: one of each kind is enough to find the group.
            if not any(
                signatures[other].minima == current.minima and signatures[other].title == current.title
                for other in bucket
            ):
                bucket.append(index)
    return [root(index) for index in range(len(signatures))]
