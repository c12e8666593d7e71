"""Random well-typed policies for the property tests: every construct of the language, from a seeded generator."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress

from taihu.engines.rules.catalogue import Catalogue, RecordType
from taihu.engines.rules.errors import PolicyError
from taihu.engines.rules.kinds import Kind, Type
from taihu.engines.rules.sets import PolicySet, load_policies

#: What may be found wrong with random rules: nothing else.
EXPECTED = {
    "dead_clause", "contradiction", "implied", "duplicate_clause", "overflow", "over_cap", "duplicate_value", "parts_sum",
    "division_by_zero", "too_nested", "wide_amount", "limit_every_year", "negative_step", "negative_amount",
    "too_large_expression", "empty_schedule",
}  # fmt: skip
DEPTH = 3
#: The one policy that recognises classes: two versions, of which the later one has other classes.
CLASSED = "p0"


class Writer:
    """Writes expressions of a wanted type; `record` is the record at hand inside a fold."""

    def __init__(self, rng: random.Random, catalogue: Catalogue, others: list[str]) -> None:
        self.rng = rng
        self.catalogue = catalogue
        self.others = others
        self.record: RecordType | None = None
        self.layers: list[str] = []
        #: Definitions of the policy at hand, by the kind of their value.
        self.defined: dict[Kind, list[str]] = {}

    def pick(self, *options: Callable[[], str]) -> str:
        return self.rng.choice(options)()

    def names(self, kind: Kind) -> list[tuple[str, Type]]:
        """Facts (and fields of the record at hand) of a kind."""
        found = [(name, item.type) for name, item in self.catalogue.facts.items() if item.type.kind is kind]
        if self.record:
            fields = self.record.fields.items()
            found += [(f"{self.record.name}.{name}", item.type) for name, item in fields if item.type.kind is kind] * 6
        return found

    # --- conditions

    def condition(self, depth: int) -> str:
        if depth <= 0:
            return self.pick(self.flag, self.is_value, self.is_code)
        options = [
            self.flag, self.is_value, self.is_code,
            lambda: f"{self.number(depth - 1)} {self.compare()} {self.rng.randint(1, 40)}",
            lambda: f"{self.date(depth - 1)} {self.compare()} {self.date(depth - 1)}",
            lambda: f"{self.money(depth - 1)} {self.compare()} {self.amount()}",
            lambda: f"({self.condition(depth - 1)} {self.rng.choice(['and', 'or'])} {self.condition(depth - 1)})",
            lambda: f"not ({self.condition(depth - 1)})",
            lambda: f"{self.date(depth - 1)} {self.rng.choice(['==', '!='])} {self.date(depth - 1)}",
            lambda: f"{self.number(depth - 1)} {self.rng.choice(['==', '!='])} {self.rng.randint(0, 5)}",
            lambda: f"{self.decimal(depth - 1)} {self.compare()} {self.rng.choice(['0.5', '20%', '33.33%', '12'])}",
            lambda: f"known({self.money(depth - 1)})",
            lambda: f"known({self.date(depth - 1)})",
            lambda: f"known({self.number(depth - 1)})",
            lambda: self.level(depth),
            lambda: f"listed(talent_class, 'own_list', {self.date(depth - 1)})",
            lambda: self.rng.choice(self.defined.get(Kind.BOOL) or [self.flag()]),
            lambda: f"word {self.rng.choice(['==', '!='])} 'near'" if self.defined else self.flag(),
            lambda: f"(if {self.condition(depth - 1)} then {self.condition(depth - 1)} else {self.condition(depth - 1)})",
            lambda: self.fold("any", depth),
            lambda: f"listed(talent_class, 'global_top_100', {self.date(depth - 1)})",
            lambda: f"at(hukou_in_city, {self.date(depth - 1)})",
            lambda: "flags[sex]",
        ]  # fmt: skip
        if self.record and self.record.name == "degree":
            options += [lambda: "listed(degree.university, 'global_top_100', degree.diploma_on)"] * 3
        if self.others:
            options.append(lambda: f"holds('{self.rng.choice(self.others)}')")
        if CLASSED in self.others:
            options.append(lambda: f"class_of('{CLASSED}') {self.rng.choice(['in', 'not in'])} ['X', 'none']")
        return self.pick(*options)

    def compare(self) -> str:
        return self.rng.choice(["<", "<=", ">", ">="])

    def flag(self) -> str:
        return self.rng.choice(self.names(Kind.BOOL))[0]

    def is_value(self) -> str:
        name, type_ = self.rng.choice(self.names(Kind.ENUM))
        values = self.rng.sample(type_.values, self.rng.randint(1, 2))
        if type_.ordered and self.rng.random() < 0.5:
            return f"{name} >= '{type_.values[1]}'"
        return f"{name} in {values}"

    def level(self, depth: int) -> str:
        """A comparison with a level that is found among records."""
        if self.record:
            return self.is_value()
        where = self.where("degree", depth).removeprefix("degree")
        found = self.pick(
            lambda: f"max(degree.level{where})",
            lambda: f"min(degree.level{where})",
            lambda: f"latest(degree.level by degree.diploma_on{where})",
            lambda: f"earliest(degree.level by degree.level{where})",
        )
        return f"{found} {self.rng.choice(['>=', '<', '==', '!='])} 'master'"

    def is_code(self) -> str:
        name, _ = self.rng.choice(self.names(Kind.CODE))
        if self.rng.random() < 0.3:
            chosen = f"(if {self.flag()} then 'tokyo' else '{self.rng.choice(['A1', 'nus', 'nobody'])}')"
            return self.rng.choice(
                [f"listed({chosen}, 'global_top_100', {self.date(0)})", f"{chosen} == 'nobody'", f"{chosen} == {name}"]
            )
        return f"{name} {self.rng.choice(['==', '!='])} '{self.rng.choice(['A1', 'B1', '320200', 'housing'])}'"

    # --- values

    def amount(self) -> str:
        return f"{self.rng.choice([1, 3, 10, 250])}{self.rng.choice(['元', '万'])}"

    def number(self, depth: int) -> str:
        if depth <= 0:
            return self.rng.choice(self.names(Kind.INT))[0]
        return self.pick(
            lambda: self.number(0),
            lambda: f"years({self.date(depth - 1)}, applied)",
            lambda: f"months({self.date(depth - 1)}, {self.date(depth - 1)})",
            lambda: f"year({self.date(depth - 1)}) - 2000",
            lambda: self.fold("count", depth),
            lambda: self.months("months_covered", depth),
            lambda: self.months("days_covered", depth),
            lambda: self.months("months_run", depth),
            lambda: self.months("longest_run", depth),
            lambda: f"max({self.number(depth - 1)}, 2)",
            lambda: f"min({self.number(depth - 1)}, {self.number(depth - 1)})",
            lambda: f"days({self.date(depth - 1)}, {self.date(depth - 1)})",
            lambda: f"month({self.date(depth - 1)})",
            lambda: f"({self.number(depth - 1)} {self.rng.choice('+-')} {self.number(depth - 1)})",
            lambda: f"(-{self.number(depth - 1)} * 2)",
            lambda: f"(if {self.condition(depth - 1)} then {self.number(depth - 1)} else 3)",
            lambda: self.windowed("months_covered", depth),
            lambda: self.windowed("days_covered", depth),
            lambda: self.summed(depth),
            lambda: "steps[tier]",
            lambda: self.rng.choice(self.defined.get(Kind.INT) or ["work_years"]),
        )

    def decimal(self, depth: int) -> str:
        if depth <= 0:
            return self.rng.choice(self.names(Kind.DECIMAL))[0]
        return self.pick(
            lambda: self.decimal(0),
            lambda: f"{self.decimal(depth - 1)} * {self.rng.choice(['25%', '3', '1.5'])}",
            lambda: f"({self.decimal(depth - 1)} + {self.decimal(depth - 1)})",
            lambda: f"({self.number(0)} / {self.rng.randint(2, 9)})",
            lambda: f"({self.money(depth - 1)} / {self.amount()})",
            lambda: f"max({self.decimal(depth - 1)}, 0.5)",
            lambda: f"({self.number(depth - 1)} + {self.decimal(depth - 1)})",
            lambda: f"min({self.decimal(depth - 1)}, {self.number(depth - 1)})",
            lambda: f"(if {self.condition(depth - 1)} then {self.decimal(depth - 1)} else 10%)",
        )

    def date(self, depth: int) -> str:
        if depth <= 0:
            return self.rng.choice([*(name for name, _ in self.names(Kind.DATE)), "applied"])
        span = f"{self.rng.randint(1, 5)} {self.rng.choice(['years', 'months', 'days'])}"
        return self.pick(
            lambda: self.date(0),
            lambda: f"{self.date(depth - 1)} {self.rng.choice('+-')} {span}",
            lambda: f"start_of_year({self.date(depth - 1)})",
            lambda: f"start_of_month({self.date(depth - 1)})",
            lambda: f"start_of_next_month({self.date(depth - 1)})",
            lambda: f"min({self.date(depth - 1)}, {self.date(depth - 1)})",
            lambda: f"(if {self.condition(depth - 1)} then {self.date(depth - 1)} else applied)",
            lambda: self.folded("min", Kind.DATE, depth),
            lambda: self.ordered("earliest", Kind.DATE, depth),
            lambda: self.reached(depth),
            lambda: self.rng.choice(self.defined.get(Kind.DATE) or ["applied"]),
            lambda: f"end_of_last_year({self.date(depth - 1)})",
            lambda: f"add_months({self.date(depth - 1)}, {self.rng.randint(1, 20)})",
            lambda: f"max({self.date(depth - 1)}, {self.date(depth - 1)})",
            lambda: self.folded("max", Kind.DATE, depth),
            lambda: self.ordered("latest", Kind.DATE, depth),
            lambda: f"month_reached({self.where('insurance', depth)}, {self.rng.randint(1, 12)})",
            lambda: self.months("run_start", depth),
        )

    def money(self, depth: int) -> str:
        if depth <= 0:
            return self.pick(self.amount, lambda: self.rng.choice(self.names(Kind.MONEY))[0])
        options = [
            lambda: self.money(0),
            lambda: f"{self.rng.randint(1, 99)}% * {self.money(depth - 1)}",
            lambda: f"{self.money(depth - 1)} / {self.rng.randint(2, 9)}",
            lambda: f"({self.money(depth - 1)} + {self.amount()})",
            lambda: f"min({self.money(depth - 1)}, {self.amount()})",
            lambda: f"round_down({self.money(depth - 1)}, 100元)",
            lambda: f"(if {self.condition(depth - 1)} then {self.money(depth - 1)} else {self.money(depth - 1)})",
            lambda: f"if applied_years > 0 then {self.amount()} / applied_years else 0元",
            lambda: self.folded("sum", Kind.MONEY, depth),
            lambda: self.ordered("earliest", Kind.MONEY, depth),
            lambda: self.ordered("latest", Kind.MONEY, depth),
            lambda: self.folded(self.rng.choice(["min", "max"]), Kind.MONEY, depth),
            lambda: self.per_record(depth),
            lambda: f"round_up({self.money(depth - 1)}, 7元)",
            lambda: f"round_half_up({self.money(depth - 1)}, 0.5元)",
            lambda: f"max({self.money(depth - 1)}, {self.amount()}, {self.money(depth - 1)})",
            lambda: f"({self.money(depth - 1)} - {self.money(depth - 1)})",
            lambda: f"{self.amount()} * min(9, {self.number(depth - 1)})",
            lambda: f"{self.amount()} * min(100%, {self.decimal(depth - 1)})",
            lambda: "by_tier[tier]",
            lambda: self.rng.choice(self.defined.get(Kind.MONEY) or ["3元"]),
            lambda: "prices[sex]",
            lambda: "grid[marital, employer_is_key]",
            lambda: f"{self.money(depth - 1)} * rates[employer_is_key]",
        ]
        if self.others:
            options.append(lambda: f"{self.rng.randint(1, 99)}% * amount_of('{self.rng.choice(self.others)}')")
        if self.layers:
            options.append(lambda: f"layer('{self.rng.choice(self.layers)}') * rates[employer_is_key]")
        return "(" + self.pick(*options) + ")"

    # --- folds

    def where(self, record: str, depth: int) -> str:
        outer, self.record = self.record, self.catalogue.records[record]
        text = f"{record} where {self.condition(min(depth - 1, 1))}"
        self.record = outer
        return text

    def fold(self, name: str, depth: int) -> str:
        if self.record:
            return self.flag() if name == "any" else "work_years"
        return f"{name}({self.where(self.rng.choice(list(self.catalogue.records)), depth)})"

    def months(self, name: str, depth: int) -> str:
        if self.record:
            return "applied" if name == "run_start" else "work_years"
        return f"{name}({self.where('insurance', depth)}, applied)"

    def windowed(self, name: str, depth: int) -> str:
        if self.record:
            return "work_years"
        record = self.rng.choice(["insurance", "employment", "stay"])
        return f"{name}({self.where(record, depth)}, {self.date(depth - 1)}, {self.date(depth - 1)})"

    def reached(self, depth: int) -> str:
        if self.record:
            return "applied"
        return f"month_reached({self.where(self.rng.choice(['employment', 'stay']), depth)}, min(work_years, 30))"

    def summed(self, depth: int) -> str:
        if self.record:
            return "work_years"
        return f"sum(benefit.months {self.where('benefit', depth).removeprefix('benefit ')})"

    def per_record(self, depth: int) -> str:
        """A sum of what each record comes to."""
        if self.record:
            return "benefit.amount" if self.record.name == "benefit" else "3元"
        where = self.where("benefit", depth).removeprefix("benefit ")
        return self.pick(
            lambda: f"sum(min(33.33% * benefit.amount, 5万) {where})",
            lambda: f"max((if benefit.by_household then 1元 else benefit.amount) + 7元 * benefit.months {where})",
            lambda: f"sum(round_up(benefit.amount, 100元) * rates[benefit.by_household] {where})",
            lambda: f"latest(benefit.amount + monthly_rent by benefit.paid_on + 30 days {where})",
        )

    def folded(self, name: str, kind: Kind, depth: int) -> str:
        if self.record:
            return self.date(0) if kind is Kind.DATE else self.money(0)
        record = "benefit" if kind is Kind.MONEY else self.rng.choice(["degree", "home", "title"])
        fields = [key for key, item in self.catalogue.records[record].fields.items() if item.type.kind is kind]
        return f"{name}({record}.{self.rng.choice(fields)} {self.where(record, depth).removeprefix(record + ' ')})"

    def ordered(self, name: str, kind: Kind, depth: int) -> str:
        if self.record:
            return self.date(0) if kind is Kind.DATE else self.money(0)
        record, by = ("home", "deed_on") if kind is Kind.DATE else ("benefit", "paid_on")
        value = "signed_on" if kind is Kind.DATE else "amount"
        return f"{name}({record}.{value} by {record}.{by} {self.where(record, depth).removeprefix(record + ' ')})"


def random_clause(writer: Writer, depth: int, number: list[int]) -> dict[str, object]:
    rng = writer.rng
    number[0] += 1
    clause: dict[str, object] = {"id": f"c{number[0]}", "text": "t"}
    if depth > 0 and rng.random() < 0.6:
        group = rng.choice(["all", "any", "none", "of"])
        items = [random_clause(writer, depth - 1, number) for _ in range(rng.randint(2, 3))]
        clause[group] = items
        if group == "of":
            clause["at_least"] = rng.randint(1, len(items))
    else:
        clause["test"] = writer.condition(DEPTH)
    if rng.random() < 0.2:
        clause[rng.choice(["exempt_if", "unless", "only_if"])] = writer.condition(1)
    if rng.random() < 0.1:
        clause["waivable"] = "true"
    return clause


def random_step(writer: Writer) -> dict[str, object]:
    rng = writer.rng
    step: dict[str, object] = rng.choice(
        [
            {"cap": writer.money(1)}, {"floor": writer.amount()}, {"add": writer.amount()}, {"deduct": writer.money(1)},
            {"uplift": "10%"}, {"share": "50%"}, {"times": "3"}, {"round_down": "100元"}, {"round_half_up": "7元"},
            {"limit": "5万", "used": "sum(benefit.amount)", "per": "lifetime"},
            {"limit": writer.money(1), "used": writer.money(1), "per": rng.choice(["person", "project"])},
            {"limit": "2万", "used": "sum(benefit.amount where year(benefit.paid_on) == year(applied))", "per": "year"},
            {"uplift": writer.decimal(1).join(["max(0, min(1, ", "))"])}, {"round_up": "3元"}, {"add": writer.money(1)},
            {"times": f"max(0, min(12, {writer.number(1)}))"}, {"cap": "90% * amount"}, {"floor": writer.money(1)},
            {"add": "amount * 12.5%"}, {"deduct": "25% * sum(benefit.amount)"}, {"share": "rates[employer_is_key]"},
        ]
    )  # fmt: skip
    return {**step, "when": writer.condition(1)} if rng.random() < 0.3 else step


GRID = {"single": {"true": "2万", "false": "1万"}, "married": {"true": "7元"}}
TABLES = {
    "prices": {"keys": ["sex"], "rows": {"female": "3万", "male": "3万"}},
    "grid": {"keys": ["marital", "employer_is_key"], "rows": GRID, "else": "50元"},
    "rates": {"keys": ["employer_is_key"], "of": "decimal", "rows": {"true": "33.33%", "false": "0.5"}},
    "by_tier": {"keys": ["tier"], "rows": {"1": "9万", "2": "70.07元", "3": "0元"}},
    "steps": {"keys": ["tier"], "of": "int", "rows": {"1": "4", "3": "0"}, "else": "11"},
    "flags": {"keys": ["sex"], "of": "bool", "rows": {"female": "true"}, "else": "false"},
}


OWN: dict[str, object] = {
    "facts": {"tier": {"type": "int", "min": "1", "max": "3", "zh": "档次"}},
    "lists": {"own_list": {"zh": "自有", "editions": [
        {"from": "2021-06-01", "to": "2022-06-01", "members": ["A1", "C2"]}, {"from": "2023-01-01", "members": ["A1", "B1"]}]}},
}  # fmt: skip


def definitions(writer: Writer) -> dict[str, str]:
    """Definitions, each of which may use those before it."""
    found = {"word": f"if {writer.condition(1)} then 'near' else 'far'"}
    writer.defined[Kind.CODE] = ["word"]
    for number in range(writer.rng.randint(1, 4)):
        kind = writer.rng.choice([Kind.BOOL, Kind.INT, Kind.DATE, Kind.MONEY])
        texts = {Kind.BOOL: writer.condition, Kind.INT: writer.number, Kind.DATE: writer.date, Kind.MONEY: writer.money}
        found[f"d{number}"] = texts[kind](2)
        writer.defined.setdefault(kind, []).append(f"d{number}")
    return found


def random_payers(writer: Writer) -> object:
    simple: list[dict[str, str]] = [
        {"city": "60%", "district": "40%"}, {"city": "33.33%", "employer": "66.67%"}, {"a": "0%", "b": "0.01%", "c": "99.99%"},
    ]  # fmt: skip
    if writer.rng.random() < 0.7:
        return writer.rng.choice(simple)
    return [{"when": writer.condition(1), "split": simple[0]}, {"split": simple[2]}]


def random_schedules(writer: Writer) -> list[dict[str, object]]:
    rng = writer.rng
    last: list[dict[str, object]] = rng.choice(
        [
            [{"share": "25%", "due": writer.date(1), "repeat": "4", "every": "6 months"}],
            [{"share": "40%", "due": "applied"}, {"share": "60%", "due": writer.date(1)}],
            [{"amount": "33.33% * amount", "due": "applied"}, {"amount": writer.money(1), "due": writer.date(1)}],
            [{"amount": "1万", "due": "applied", "repeat": "3", "every": "40 days"}],
        ]
    )
    return [
        {"when": f"amount <= {writer.amount()}", "parts": [{"share": "100%", "due": "applied"}]},
        {"when": writer.condition(1), "parts": [{"share": "33.33%", "due": "applied"}, {"share": "66.67%", "due": "applied"}]},
        {"parts": last},
    ]  # fmt: skip


def class_versions(rng: random.Random, catalogue: Catalogue) -> dict[str, str]:
    """Two versions of one policy that recognise different classes."""
    writer = Writer(rng, catalogue, [])
    found = {}
    for version, classes, span in (
        ("1", "XY", {"from": "2000-01-01", "to": "2023-06-01"}), ("2", "ZX", {"from": "2023-06-01"}),
    ):  # fmt: skip
        grounds = [
            {"class": name, "grounds": [{"id": name.lower(), "text": "t", "test": writer.condition(1)}]}
            for name in classes
        ]
        head = {"policy": CLASSED, "version": version, "title": "t", "document": "none", "effective": span}
        found[f"{CLASSED}@{version}"] = json.dumps({**head, **OWN, "classes": grounds, "tables": TABLES})
    return found


def random_policy(rng: random.Random, catalogue: Catalogue, name: str, others: list[str]) -> str:
    """The text of a policy; it may break one of the rules in `EXPECTED`."""
    writer = Writer(rng, catalogue, others)
    define = definitions(writer)
    layers: list[dict[str, object]] = []
    for number in range(rng.randint(1, 2)):
        steps = [random_step(writer) for _ in range(rng.randint(0, 3))]
        layers.append({"id": f"l{number}", "base": writer.money(2), "steps": steps})
        if rng.random() < 0.3:
            layers[-1]["when"] = writer.condition(1)
        if rng.random() < 0.3:
            layers[-1]["payers"] = random_payers(writer)
        writer.layers.append(f"l{number}")
    writer.layers = []
    policy: dict[str, object] = {
        "policy": name, "version": "1", "title": name, "document": "none", "effective": {"from": "2000-01-01"},
        **OWN,
        "tables": TABLES,
        "define": define,
        "conditions": random_clause(writer, 2, [0]),
        "layers": layers,
        "as_of": writer.date(1),
        "payers": random_payers(writer),
        "household": rng.choice(["each", "each", "higher", "one"]),
        "instalments": random_schedules(writer),
    }  # fmt: skip
    if rng.random() < 0.15:
        del policy["layers"]
        policy["decision"] = {"mode": "amount", "at_most": "3亿"}
    if rng.random() < 0.2:
        policy["selects"] = [{"date": writer.date(1), "from": "2015-01-01", "to": "2024-06-01"}]
    if rng.random() < 0.4 and "layers" in policy:
        policy["total"] = [random_step(writer) for _ in range(rng.randint(1, 2))]
    if rng.random() < 0.6:
        rule = rng.choice(["best", "best", "first", "choose"])
        policy["exclusion"] = {"group": f"one-{rule}", "rule": rule, "order": str(rng.randint(0, 3))}
    if rng.random() < 0.6:
        cap = {"group": "c", "limit": "6万", "used": "sum(benefit.amount where benefit.programme == 'housing')"}
        own = {"group": "own", "limit": "contribution_last_year", "per": "year"}
        policy["shared_caps"] = [
            {**item, "order": str(rng.randint(0, 3))}
            for item in rng.choice([[{**cap, "per": "household"}], [own], [own, {**cap, "per": "household"}]])
        ]
    if rng.random() < 0.3:
        policy["payment_conditions"] = [{"id": "later", "text": "t", "test": writer.condition(2)}]
        policy["instalments"][-1]["parts"][0]["recheck"] = ["later"]  # type: ignore[index]
    return json.dumps(policy, ensure_ascii=False, indent=1)


def random_policies(rng: random.Random, catalogue: Catalogue, size: int) -> PolicySet:
    """A set of random policies that load; a policy may ask those before it."""
    sources: dict[str, str] = {}
    while not sources:
        with suppress(PolicyError):
            pair = class_versions(rng, catalogue)
            load_policies(pair, catalogue)
            sources = pair
    loaded = None
    for _ in range(size * 40):
        name = f"p{len(sources) - 1}"
        others = [CLASSED, *(item for item in sources if "@" not in item)]
        text = random_policy(rng, catalogue, name, others)
        try:
            loaded = load_policies({**sources, name: text}, catalogue)
        except PolicyError as error:
            unexpected = [item for item in error.problems if item.is_error and item.code not in EXPECTED]
            assert not unexpected, f"{unexpected[0].text('en')}\n{text}"
            continue
        sources[name] = text
        if len(sources) == size + 2:
            return loaded
    raise AssertionError("too few random policies load")
