"""What the buttons of the form do to a policy: add, remove, move, wrap. Each changes a copy and names what to focus."""

from collections.abc import Callable
from copy import deepcopy

from taihu.systems.policies.editing.plain import Plain, put, split, value_at

GROUPS = ("all", "any", "none", "of")
TEMPLATES: dict[str, Plain] = {
    "test": {"text": "", "test": ""},
    "group": {"any": [{"text": "", "test": ""}, {"text": "", "test": ""}]},
    "step": {"cap": ""},
    "layer": {"id": "", "base": ""},
    "schedule": {"parts": [{"share": "100%", "due": "applied"}]},
    "part": {"share": "", "due": "applied"},
    "payer_rule": {"split": {"city": "100%"}},
    "ceiling": {"group": "", "limit": "", "per": "lifetime"},
    "case": {"name": "", "at": "", "expect": {"status": "yes"}},
    "selector": {"date": "applied"},
    "ground": {"text": "", "test": ""},
    "class": {"class": "", "grounds": [{"text": "", "test": ""}]},
    "table": {"keys": [""], "rows": {}},
    "edition": {"from": "", "members": []},
    "member": {},
    # of a call
    "track": {"code": "track", "name": "", "procedure": ""},
    "field": {"name": "field", "zh": "", "en": ""},
    "paper": {"kind": "paper", "zh": "", "en": ""},
    "choice": {"code": "option", "zh": "", "en": ""},
    "share": {"share": "", "months": ""},
    "criterion": {"zh": "", "en": "", "weight": ""},
    "period": {"from": "", "to": ""},
    # what has a name of its own
    "entry": "",
    "line": {"key1": ""},
    "option": ["", ""],
    "enum": {"values": {"value1": ["", ""]}},
    "fact": {"type": "bool", "zh": "", "en": ""},
    "record": {"zh": "", "en": "", "fields": {"field1": {"type": "date", "zh": "", "en": ""}}},
    "list": {"zh": "", "en": "", "editions": [{"from": "", "members": []}]},
    "records": [{}],
    "nothing": [],
}
NAMED = ("table", "entry", "line", "option", "enum", "fact", "record", "list", "records", "nothing")
STEMS = {
    "define": "name", "tables": "table", "payers": "payer", "split": "payer", "facts": "fact", "fields": "field",
    "records": "record", "enums": "choice", "lists": "list", "values": "value", "given": "fact",
}  # fmt: skip
#: What names a line of a list, and must be its own.
OWN_NAMES = {"track": "code", "field": "name", "paper": "kind", "choice": "code"}
LISTS = {"tracks": "code", "fields": "name", "attachments": "kind", "choices": "code"}
#: The amount of a policy that has just been begun: it makes way for what is decided case by case.
NOTHING = "0元"


def operate(document: dict[str, Plain], command: str) -> tuple[dict[str, Plain], str]:
    """The document after a command such as ``add:test conditions/all`` and the path to look at next.

    A command that does not fit the document (an old page, a made-up request) changes nothing.
    """
    name, _, rest = command.partition(":")
    kind, _, path = rest.partition(" ")
    action = _ACTIONS.get(name)
    changed = deepcopy(document)
    if action is None:
        return changed, path
    return changed, action(changed, kind, path)


def _add(document: dict[str, Plain], kind: str, path: str) -> str:
    template = TEMPLATES.get(kind)
    if template is None:
        return path
    place = value_at(document, path)
    if kind == "period":
        return _add_period(document, path)
    if kind in OWN_NAMES:
        template = _with_own_name(template, OWN_NAMES[kind], place)
    if kind in NAMED:
        return _add_entry(document, kind, path, place)
    if kind == "layer":
        return _add_layer(document)
    if isinstance(place, dict):
        return _add_beside_single(document, kind, path, place)
    if path == "conditions":
        put(document, path, {"all": [deepcopy(template)]})
        return f"{path}/all/0"
    if not isinstance(place, list):
        put(document, path, [deepcopy(template)])
        return f"{path}/0"
    place.append(deepcopy(template))
    return f"{path}/{len(place) - 1}"


def _add_entry(document: dict[str, Plain], kind: str, path: str, place: Plain) -> str:
    holder = place if isinstance(place, dict) else {}
    stem = STEMS.get(split(path)[1], "key")
    number = next(n for n in range(1, len(holder) + 2) if f"{stem}{n}" not in holder)
    holder[f"{stem}{number}"] = deepcopy(TEMPLATES[kind])
    if holder is not place:
        put(document, path, holder)
    return f"{path}/{stem}{number}"


def _add_beside_single(document: dict[str, Plain], kind: str, path: str, place: dict[str, Plain]) -> str:
    """A tree of one clause becomes a group of two; one split of the cost becomes two, the first for some cases."""
    if kind in ("test", "group"):
        put(document, path, {"all": [place, deepcopy(TEMPLATES[kind])]})
        return f"{path}/all/1"
    if kind == "payer_rule":
        put(document, path, [{"when": "", "split": deepcopy(place)}, {"split": place}])
        return f"{path}/0"
    return path


def _add_layer(document: dict[str, Plain]) -> str:
    """An amount and layers exclude each other: the amount becomes the first layer."""
    amount = document.pop("amount", None)
    layers = document.setdefault("layers", [])
    if amount is not None:
        values = amount if isinstance(amount, dict) else {"base": amount}
        layers.insert(0, {"id": "city", **values})
    layers.append(deepcopy(TEMPLATES["layer"]))
    return f"layers/{len(layers) - 1}"


def _add_period(document: dict[str, Plain], path: str) -> str:
    """The one period of a window becomes the first of several."""
    window = document.get("window")
    if not isinstance(window, dict):
        window = document["window"] = {}
    periods = window.setdefault("periods", [])
    if not isinstance(periods, list):
        return path
    if not periods:
        periods.append({key: window.pop(key, "") for key in ("from", "to")})
    periods.append(deepcopy(TEMPLATES["period"]))
    return f"window/periods/{len(periods) - 1}"


def _with_own_name(template: Plain, key: str, place: Plain) -> Plain:
    taken = {item.get(key) for item in place if isinstance(item, dict)} if isinstance(place, list) else set()
    number = next(n for n in range(1, len(taken) + 2) if f"{template[key]}{n}" not in taken)
    return {**template, key: f"{template[key]}{number}"}


def _decide(document: dict[str, Plain], mode: str, path: str) -> str:
    """Let a recorded decision set the amount, or allow exceptions."""
    document["decision"] = {"mode": mode}
    if mode == "amount" and document.get("amount") == NOTHING:
        del document["amount"]
    return "decision"


def _remove(document: dict[str, Plain], _: str, path: str) -> str:
    above, last = split(path)
    holder = value_at(document, above)
    if isinstance(holder, list) and last.isdigit() and int(last) < len(holder):
        del holder[int(last)]
        if not holder:
            put(document, above, None)
        return f"{above}/{min(int(last), len(holder) - 1)}" if holder else split(above)[0]
    if isinstance(holder, dict):
        holder.pop(last, None)
    return above


def _move(step: int) -> Callable[[dict[str, Plain], str, str], str]:
    def move(document: dict[str, Plain], _: str, path: str) -> str:
        above, last = split(path)
        holder = value_at(document, above)
        if isinstance(holder, dict):
            return _move_entry(holder, last, step, path)
        target = int(last) + step if last.isdigit() else -1
        if not isinstance(holder, list) or not 0 <= target < len(holder):
            return path
        holder[int(last)], holder[target] = holder[target], holder[int(last)]
        return f"{above}/{target}"

    return move


def _move_entry(holder: dict[str, Plain], key: str, step: int, path: str) -> str:
    """Among the values of an enumeration, which may be ordered."""
    names = list(holder)
    place = names.index(key) if key in names else -1
    target = place + step
    if place >= 0 and 0 <= target < len(names):
        names[place], names[target] = names[target], names[place]
        items = {name: holder[name] for name in names}
        holder.clear()
        holder.update(items)
    return path


def _copy(document: dict[str, Plain], _: str, path: str) -> str:
    above, last = split(path)
    holder = value_at(document, above)
    if not isinstance(holder, list) or not last.isdigit() or int(last) >= len(holder):
        return path
    twin = deepcopy(holder[int(last)])
    name = LISTS.get(split(above)[1])
    if name and isinstance(twin, dict):
        twin = _with_own_name({**twin, name: f"{twin.get(name) or ''}_"}, name, holder)
    else:
        _forget_names(twin)
    holder.insert(int(last) + 1, twin)
    return f"{above}/{int(last) + 1}"


def _forget_names(value: Plain) -> None:
    """Ids and names are unique: a copy gets its own."""
    if isinstance(value, dict):
        for key in ("id", "name"):
            if isinstance(value.get(key), str):
                value[key] = f"{value[key]}-2"
        for item in value.values():
            _forget_names(item)
    elif isinstance(value, list):
        for item in value:
            _forget_names(item)


def _wrap(document: dict[str, Plain], kind: str, path: str) -> str:
    """Put a clause into a group of its own, to which alternatives can be added."""
    clause = value_at(document, path)
    if not isinstance(clause, dict) or kind not in GROUPS:
        return path
    group: dict[str, Plain] = {kind: [clause]}
    if kind == "of":
        group = {"at_least": "1", **group}
    put(document, path, group)
    return f"{path}/{kind}/0"


def _unwrap(document: dict[str, Plain], _: str, path: str) -> str:
    """Put the clauses of a group where the group stands."""
    above, last = split(path)
    group, holder = value_at(document, path), value_at(document, above)
    kind = group_of(group)
    if not kind:
        return path
    items = group[kind]
    if isinstance(holder, list) and last.isdigit():
        holder[int(last) : int(last) + 1] = items
        return path
    if len(items) == 1:
        put(document, path, items[0])
    return path


def _regroup(document: dict[str, Plain], kind: str, path: str) -> str:
    """Turn "all of" into "any of" and so on, keeping what is inside and the order of the keys."""
    group = value_at(document, path)
    old = group_of(group)
    if not old or kind not in GROUPS or kind == old:
        return path
    changed = {kind if key == old else key: item for key, item in group.items() if key != "at_least"}
    if kind == "of":
        changed["at_least"] = "1"
    group.clear()
    group.update(changed)
    return path


def _rename(document: dict[str, Plain], name: str, path: str) -> str:
    """Another key for a definition, a table or a payer, in the same place."""
    above, last = split(path)
    holder = value_at(document, above)
    if not isinstance(holder, dict) or last not in holder or not name or "/" in name or name in holder:
        return path
    items = list(holder.items())
    holder.clear()
    holder.update((name if key == last else key, item) for key, item in items)
    return f"{above}/{name}" if above else name


def group_of(clause: Plain) -> str:
    """The key under which a clause holds others, "" for a test."""
    if isinstance(clause, dict):
        for kind in GROUPS:
            if isinstance(clause.get(kind), list):
                return kind
    return ""


_ACTIONS: dict[str, Callable[[dict[str, Plain], str, str], str]] = {
    "add": _add,
    "decide": _decide,
    "remove": _remove,
    "up": _move(-1),
    "down": _move(1),
    "copy": _copy,
    "wrap": _wrap,
    "unwrap": _unwrap,
    "regroup": _regroup,
    "rename": _rename,
}
