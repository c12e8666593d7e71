"""From plain dicts, such as rows of a CSV file, to a `Market`.

A record of a person may have the keys of `PERSON_KEYS`, a record of an opening those of `OPENING_KEYS`. A value that
is a list may also be one string with its parts separated by ``;``, ``；``, ``、`` or ``|``. Anything else is refused
by name, and personal attributes that may not decide about work are refused with their own error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from taihu.engines.matching.arrays import Features, Int32, Int64, Lists, UInt8
from taihu.engines.matching.errors import MarketError
from taihu.engines.matching.market import ANY_TYPE, GROUPS, PAY_NOT_STATED, Market, Openings, People, Vocabulary

PERSON_KEYS = (
    "id", *GROUPS, "areas", "pay_floor", "degree", "experience_months", "types", "certificates",
    "never_openings", "never_employers",
)  # fmt: skip
OPENING_KEYS = (
    "id", *GROUPS, "area", "pay_max", "degree_min", "experience_months", "type", "employer", "certificates",
    "never_people", "vacancies",
)  # fmt: skip

#: Ranks of degrees, with the names that records may use instead.
DEGREES = {
    "": 0, "none": 0, "不限": 0,
    "junior_high": 1, "初中": 1,
    "senior_high": 2, "高中": 2, "中专": 2, "中职": 2, "技校": 2,
    "college": 3, "大专": 3, "专科": 3, "高职": 3,
    "bachelor": 4, "本科": 4, "学士": 4,
    "master": 5, "硕士": 5, "硕士研究生": 5,
    "doctor": 6, "博士": 6, "博士研究生": 6,
}  # fmt: skip

#: Relative importance of the groups of features.
GROUP_WEIGHTS = {"skills": 1.0, "occupations": 1.2, "majors": 0.6, "industries": 0.4, "terms": 0.4}
#: Weight of a feature that a person has in full; the parent of an occupation counts half, its parent a quarter, ...
FULL_WEIGHT = 16
MOST_WEIGHT = 60

PROTECTED = (
    "sex", "gender", "male", "female", "age", "birth", "birthday", "birthdate", "born", "ethnicity", "ethnic",
    "race", "nationality", "marriage", "marital", "married", "children", "pregnant", "pregnancy", "fertility",
    "hukou", "household", "religion", "religious", "faith", "disability", "disabled", "health", "politics",
    "political", "party", "height", "weight", "photo", "zodiac",
    "性别", "男", "女", "年龄", "出生", "生日", "民族", "种族", "婚姻", "婚否", "婚育", "已婚",
    "未婚", "生育", "孕", "户籍", "户口", "籍贯", "宗教", "信仰", "残疾", "健康", "病史", "政治面貌",
    "身高", "体重", "相貌", "照片", "属相", "星座", "血型",
)  # fmt: skip
_PROTECTED_LATIN = frozenset(word for word in PROTECTED if word.isascii())
_PROTECTED_HAN = tuple(word for word in PROTECTED if not word.isascii())
_SEPARATOR = re.compile(r"[;；、|]")


def is_protected(name: str) -> bool:
    """Tell whether a column or feature name is a personal attribute that may not decide about work.

    Examples
    --------
    >>> is_protected("applicant_gender"), is_protected("民族"), is_protected("language")
    (True, True, False)
    """
    latin = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    return any(word in _PROTECTED_LATIN for word in latin) or any(word in name for word in _PROTECTED_HAN)


def refuse_protected(names: Iterable[str], row: int | None = None) -> None:
    """Raise `MarketError` ``protected_attribute`` for the first protected name.

    Examples
    --------
    >>> refuse_protected(["skills", "age"])
    Traceback (most recent call last):
    ...
    taihu.engines.matching.errors.MarketError: 'age' is a protected attribute: it cannot enter matching; leave it out
    """
    for name in names:
        if is_protected(name):
            raise MarketError(
                "protected_attribute",
                f"{name!r} is a protected attribute: it cannot enter matching; leave it out",
                row=row,
            )


def rarity_weights(openings_with: npt.ArrayLike, openings: int, vocabulary: Vocabulary) -> UInt8:
    """Weight of each feature on the side of the openings: rare ones count more, groups by `GROUP_WEIGHTS`.

    Parameters
    ----------
    openings_with : int array of shape (features,)
        Number of openings that carry the feature.
    openings : int
        Number of all openings.

    Returns
    -------
    uint8 array of shape (features,), values 1..60

    Notes
    -----
    ``log((1 + openings) / (1 + openings_with))`` scaled to the largest possible value (Spärck Jones 1972, inverse
    document frequency).
    """
    counts = np.asarray(openings_with, np.float64)
    rarity = np.log((1.0 + openings) / (1.0 + counts)) / max(np.log(1.0 + openings), 1e-9)
    importance = np.repeat([GROUP_WEIGHTS[group] for group in GROUPS], vocabulary.sizes)
    scaled = rarity * importance / max(GROUP_WEIGHTS.values()) * MOST_WEIGHT
    weights: UInt8 = np.clip(np.rint(scaled), 1, MOST_WEIGHT).astype(np.uint8)
    return weights


def expand_tree(
    row: npt.ArrayLike, node: npt.ArrayLike, parents: npt.ArrayLike, depth: int = 3
) -> tuple[Int64, Int32, Int32]:
    """Add the ancestors of tree nodes, each with half the credit of its child.

    Parameters
    ----------
    row, node : int arrays of equal length
        Profile row and node number.
    parents : int array of shape (nodes,)
        Parent of each node, -1 at a root.
    depth : int
        Number of ancestors to add.

    Returns
    -------
    row, node, halvings : int arrays of equal length
        ``halvings`` is 0 for the node itself, 1 for its parent, ...

    Examples
    --------
    >>> rows, nodes, halvings = expand_tree([7], [2], parents=[-1, 0, 1])
    >>> nodes.tolist(), halvings.tolist()
    ([2, 1, 0], [0, 1, 2])
    """
    up = np.asarray(parents, np.int32)
    rows, nodes = np.asarray(row, np.int64), np.asarray(node, np.int32)
    pieces = [(rows, nodes, np.zeros(nodes.size, np.int32))]
    for step in range(1, depth + 1):
        nodes = up[nodes]
        rows, nodes = rows[nodes >= 0], nodes[nodes >= 0]
        pieces.append((rows, nodes, np.full(nodes.size, step, np.int32)))
    return (
        np.concatenate([piece[0] for piece in pieces]),
        np.concatenate([piece[1] for piece in pieces]),
        np.concatenate([piece[2] for piece in pieces]),
    )


def build_market(
    people: Sequence[Mapping[str, Any]],
    openings: Sequence[Mapping[str, Any]],
    occupation_parents: Mapping[Any, Any] | None = None,
) -> Market:
    """Build a `Market`; see `Market.from_records`."""
    _check_keys(people, PERSON_KEYS, "people")
    _check_keys(openings, OPENING_KEYS, "openings")
    people = sorted(people, key=_record_id)
    openings = sorted(openings, key=_record_id)
    numbers = {
        name: _numbering([*people, *openings], keys)
        for name, keys in {
            **{group: (group,) for group in GROUPS},
            "areas": ("areas", "area"),
            "types": ("types", "type"),
            "certificates": ("certificates",),
            "employers": ("employer", "never_employers"),
        }.items()
    }
    if len(numbers["types"]) > 15:
        raise MarketError("too_many_types", f"{len(numbers['types'])} employment types: there can be 15")
    _add_ancestors(numbers["occupations"], occupation_parents or {})
    vocabulary = Vocabulary(
        sizes=tuple(len(numbers[group]) for group in GROUPS),
        labels=tuple(str(label) for group in GROUPS for label in numbers[group]),
        areas=tuple(map(str, numbers["areas"])),
        types=tuple(map(str, numbers["types"])),
        certificates=tuple(map(str, numbers["certificates"])),
    )
    parents = _parent_numbers(numbers["occupations"], occupation_parents or {})
    opening_pairs = _feature_pairs(openings, numbers, vocabulary, parents)
    common = np.bincount(opening_pairs[1], minlength=vocabulary.total)
    rarity = rarity_weights(common, len(openings), vocabulary)
    return Market(
        vocabulary,
        _people(people, numbers, _weighted(_feature_pairs(people, numbers, vocabulary, parents), len(people), None)),
        _openings(openings, numbers, _weighted(opening_pairs, len(openings), rarity)),
    )


def _check_keys(records: Sequence[Mapping[str, Any]], allowed: Sequence[str], side: str) -> None:
    seen: set[int] = set()
    for row, record in enumerate(records):
        unknown = [key for key in record if key not in allowed]
        refuse_protected(unknown, row=row)
        if unknown:
            raise MarketError("unknown_key", f"{side} has {unknown[0]!r}; known keys are {', '.join(allowed)}", row=row)
        if "id" not in record:
            raise MarketError("missing_id", f"{side} record without id", row=row)
        identifier = _record_id(record, row)
        if identifier in seen:
            raise MarketError("duplicate_id", f"{side} id {identifier} occurs twice: keep one of them", row=row)
        seen.add(identifier)


def _record_id(record: Mapping[str, Any], row: int | None = None) -> int:
    return _integer(record["id"], "id", row)


def _integer(value: Any, key: str, row: int | None) -> int:
    try:
        number = float(value) if isinstance(value, str) and "." in value else int(value)
        if number != int(value if not isinstance(value, str) else number):
            raise ValueError
        return int(number)
    except (TypeError, ValueError, OverflowError):
        raise MarketError("not_an_integer", f"{key} is {value!r}: give a whole number", row=row) from None


def _parts(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return [part.strip() for part in _SEPARATOR.split(value) if part.strip()]
    if isinstance(value, Iterable):
        return list(value)
    return [value]


def _numbering(records: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> dict[Any, int]:
    found = {part for record in records for key in keys for part in _parts(record.get(key))}
    return {label: number for number, label in enumerate(sorted(found, key=lambda part: (str(type(part)), part)))}


def _add_ancestors(numbers: dict[Any, int], parents: Mapping[Any, Any]) -> None:
    for label in list(numbers):
        above = parents.get(label)
        while above is not None and above not in numbers:
            numbers[above] = len(numbers)
            above = parents.get(above)


def _parent_numbers(numbers: Mapping[Any, int], parents: Mapping[Any, Any]) -> Int32:
    above = [parents.get(label) for label in numbers]
    return np.array([-1 if label is None else numbers[label] for label in above], np.int32)


def _feature_pairs(
    records: Sequence[Mapping[str, Any]],
    numbers: Mapping[str, Mapping[Any, int]],
    vocabulary: Vocabulary,
    parents: Int32,
) -> tuple[Int64, Int32, Int32]:
    pieces = []
    for group, offset in zip(GROUPS, vocabulary.offsets, strict=False):
        pairs = [
            (row, numbers[group][part]) for row, record in enumerate(records) for part in _parts(record.get(group))
        ]
        row = np.array([pair[0] for pair in pairs], np.int64)
        node = np.array([pair[1] for pair in pairs], np.int32)
        halvings = np.zeros(node.size, np.int32)
        if group == "occupations":
            row, node, halvings = expand_tree(row, node, parents)
        pieces.append((row, (node + offset), halvings))
    return (
        np.concatenate([piece[0] for piece in pieces]),
        np.concatenate([piece[1] for piece in pieces]),
        np.concatenate([piece[2] for piece in pieces]),
    )


def _weighted(pairs: tuple[Int64, Int32, Int32], rows: int, rarity: UInt8 | None) -> Features:
    row, ids, halvings = pairs
    full = np.full(ids.size, FULL_WEIGHT) if rarity is None else rarity[ids].astype(np.int64)
    return Features.from_pairs(row, ids, np.maximum(full >> halvings, 1), rows)


def _lists(records: Sequence[Mapping[str, Any]], key: str, numbers: Mapping[Any, int] | None) -> Lists:
    if numbers is None:
        return Lists.from_rows([[_integer(part, key, row) for part in _parts(record.get(key))]
                                for row, record in enumerate(records)])  # fmt: skip
    return Lists.from_rows([[numbers[part] for part in _parts(record.get(key))] for record in records])


def _integers(records: Sequence[Mapping[str, Any]], key: str, default: int) -> Int64:
    values = [record.get(key) for record in records]
    return np.array(
        [default if value is None or value == "" else _integer(value, key, row) for row, value in enumerate(values)],
        np.int64,
    )


def _degrees(records: Sequence[Mapping[str, Any]], key: str) -> Int64:
    return np.array([_degree(record.get(key), key, row) for row, record in enumerate(records)], np.int64)


def _degree(value: Any, key: str, row: int) -> int:
    if value is None:
        return 0
    if isinstance(value, str) and value in DEGREES:
        return DEGREES[value]
    try:
        return _integer(value, key, row)
    except MarketError:
        raise MarketError("unknown_degree", f"{key} is {value!r}: use one of {', '.join(DEGREES)}", row=row) from None


def _people(
    records: Sequence[Mapping[str, Any]], numbers: Mapping[str, Mapping[Any, int]], features: Features
) -> People:
    types = [sum(1 << numbers["types"][part] for part in set(_parts(record.get("types")))) for record in records]
    return People(
        ids=np.array([_record_id(record) for record in records], np.int64),
        features=features,
        areas=_lists(records, "areas", numbers["areas"]),
        pay_floor=_integers(records, "pay_floor", 0),
        degree=_degrees(records, "degree"),
        experience=_integers(records, "experience_months", 0),
        types=np.array([mask or int(ANY_TYPE) for mask in types], np.uint16),
        certificates=_lists(records, "certificates", numbers["certificates"]),
        never_openings=_lists(records, "never_openings", None),
        never_employers=_lists(records, "never_employers", numbers["employers"]),
    )


def _single(records: Sequence[Mapping[str, Any]], key: str, numbers: Mapping[Any, int]) -> Int64:
    values = [record.get(key) for record in records]
    return np.array([len(numbers) if value is None or value == "" else numbers[value] for value in values], np.int64)


def _openings(
    records: Sequence[Mapping[str, Any]], numbers: Mapping[str, Mapping[Any, int]], features: Features
) -> Openings:
    kinds = np.minimum(_single(records, "type", numbers["types"]), 15)
    return Openings(
        ids=np.array([_record_id(record) for record in records], np.int64),
        features=features,
        area=_single(records, "area", numbers["areas"]),
        pay_max=_integers(records, "pay_max", int(PAY_NOT_STATED)),
        degree_min=_degrees(records, "degree_min"),
        experience_min=_integers(records, "experience_months", 0),
        type=kinds,
        employer=_single(records, "employer", numbers["employers"]),
        certificates=_lists(records, "certificates", numbers["certificates"]),
        never_people=_lists(records, "never_people", None),
        vacancies=_integers(records, "vacancies", 1),
    )
