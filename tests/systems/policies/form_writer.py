"""Writes a policy into the editor's form as an officer does: fields that the page has, buttons that the page has, nothing else.

A pen has `fill(name, text)`, `press(command)` and `has(command)`; one types into Django's test client, one into a browser.
"""

from html.parser import HTMLParser

from taihu.systems.policies.editing.nodes import STEPS
from taihu.systems.policies.editing.operations import group_of

HEAD = ("policy", "version", "document", "issuer", "level", "area", "household", "as_of")
PLAIN_CLAUSE = ("id", "article", "test", "only_if", "waivable", "at_least")


class Page(HTMLParser):
    """What a browser would send back from the form as it stands, and the buttons that could be pressed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.choices: dict[str, list[str]] = {}
        self.commands: set[str] = set()
        self.inside = False
        self.open = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self.inside = given.get("id") == "editor-form"
        if not self.inside:
            return
        if tag == "button" and name == "do":
            self.commands.add(given["value"])
        elif tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.fields[name] = given.get("value") or ""
        elif tag in ("textarea", "select") and name:
            self.open = name
            self.fields[name] = ""
            self.choices[name] = []
        elif tag == "option" and self.open:
            self.choices[self.open].append(given.get("value", ""))
            if "selected" in given:
                self.fields[self.open] = given.get("value", "")

    def handle_data(self, data):
        if self.open and self.lasttag == "textarea":
            self.fields[self.open] += data
        elif self.open and self.lasttag == "option" and self.choices[self.open] and not self.choices[self.open][-1]:
            self.choices[self.open][-1] = data.strip()

    def handle_endtag(self, tag):
        if tag in ("textarea", "select"):
            self.open = ""
        if tag == "form":
            self.inside = False


class ClientPen:
    """Types into the form through Django's test client."""

    def __init__(self, client, address) -> None:
        self.client, self.address = client, address
        self.page = Page(client.get(address).content.decode())

    def fill(self, name, text):
        assert name in self.page.fields, f"no field {name}: {sorted(self.page.fields)}"
        self.page.fields[name] = text

    def has(self, command):
        return command in self.page.commands

    def press(self, command):
        assert self.has(command), f"no button {command}: {sorted(self.page.commands)}"
        response = self.client.post(self.address, {**self.page.fields, "do": command}, headers={"hx-request": "true"})
        if response.status_code == 302:
            response = self.client.get(self.address)
        self.page = Page(response.content.decode())


def write_policy(pen, twin):
    """From the page of a policy that has just been begun to this one."""
    _write_head(pen, twin)
    _write_terms(pen, twin)
    for key, text in twin.get("define", {}).items():
        _add_named(pen, "add:entry define", "define/name1", key, {"e/define/name1": text})
    for key, table in twin.get("tables", {}).items():
        _write_table(pen, key, table)
    _write_conditions(pen, twin)
    _write_money(pen, twin)
    for number, case in enumerate(twin.get("cases", [])):
        _write_case(pen, f"cases/{number}", case)
    pen.press("save")


def _words(pen, name, value):
    zh, en = (value["zh"], value.get("en", "")) if isinstance(value, dict) else (value, "")
    pen.fill(f"{name}/zh", zh)
    if en:
        pen.fill(f"{name}/en", en)


def _texts(pen, path, item, keys, letter="v"):
    for key in keys:
        if item.get(key) is not None:
            pen.fill(f"{letter}/{path}/{key}" if path else f"{letter}/{key}", item[key])


def _lists(pen, path, item, keys):
    for key in keys:
        if item.get(key):
            pen.fill(f"l/{path}/{key}", "、".join(item[key]))


def _add_named(pen, add, path, key, fields):
    pen.press(add)
    for name, text in fields.items():
        pen.fill(name, text)
    pen.fill(f"k/{path}", key)


def _write_head(pen, twin):
    _texts(pen, "", twin, HEAD)
    _words(pen, "w/title", twin["title"])
    if "notice" in twin:
        _words(pen, "w/notice", twin["notice"])
    if twin.get("example") == "true":
        pen.fill("v/example", "true")
    _texts(pen, "effective", twin["effective"], ("from", "to"))
    if "exclusion" in twin:
        _texts(pen, "exclusion", {"rule": "best", **twin["exclusion"]}, ("group", "rule", "order"))
    for number, item in enumerate(twin.get("selects", [])):
        pen.press("add:selector selects")
        _texts(pen, f"selects/{number}", item, ("date", "from", "to"))


# --- terms of its own


def _write_terms(pen, twin):
    for key, item in twin.get("enums", {}).items():
        pen.press("add:enum enums")
        _write_options(pen, "enums/choice1", item, begun=True)
        pen.fill("k/enums/choice1", key)
    for key, item in twin.get("facts", {}).items():
        pen.press("add:fact facts")
        _write_fact(pen, "facts/fact1", item)
        pen.fill("k/facts/fact1", key)
    for key, item in twin.get("records", {}).items():
        pen.press("add:record records")
        _write_record(pen, "records/record1", item)
        pen.fill("k/records/record1", key)
    for key, item in twin.get("lists", {}).items():
        pen.press("add:list lists")
        for number, edition in enumerate(item["editions"]):
            if number:
                pen.press("add:edition lists/list1/editions")
            path = f"lists/list1/editions/{number}"
            _texts(pen, path, edition, ("from", "to"))
            pen.fill(f"l/{path}/members", "\n".join(edition["members"]))
        _texts(pen, "lists/list1", item, ("zh", "en"))
        pen.fill("k/lists/list1", key)


def _write_options(pen, path, item, *, begun=False):
    for number, (code, (zh, en)) in enumerate(item["values"].items()):
        if number or not begun:
            pen.press(f"add:option {path}/values")
        pen.fill(f"o/{path}/values/value1/zh", zh)
        pen.fill(f"o/{path}/values/value1/en", en)
        pen.fill(f"k/{path}/values/value1", code)
    if item.get("ordered") == "true":
        pen.fill(f"v/{path}/ordered", "true")


def _write_fact(pen, path, item):
    if item["type"] != "bool":
        pen.fill(f"v/{path}/type", item["type"])
        pen.press("check")
    if item["type"] == "enum":
        _write_options(pen, path, item)
    _texts(pen, path, item, ("zh", "en", "source", "subject", "min", "max", "history", "past"))
    if "question" in item:
        _words(pen, f"w/{path}/question", item["question"])


def _write_record(pen, path, item):
    for number, (key, fact) in enumerate(item["fields"].items()):
        if number:
            pen.press(f"add:fact {path}/fields")
        _write_fact(pen, f"{path}/fields/field1", fact)
        pen.fill(f"k/{path}/fields/field1", key)
    _texts(pen, path, item, ("zh", "en", "source"))
    _lists(pen, path, item, ("span", "no_overlap"))


def _write_table(pen, key, table):
    pen.press("add:table tables")
    path = "tables/table1"
    pen.fill(f"l/{path}/keys", "、".join(table["keys"]))
    _texts(pen, path, table, ("else", "of"))
    pen.press("check")
    for name, value in table["rows"].items():
        if isinstance(value, str):
            _add_named(pen, f"add:entry {path}/rows", f"{path}/rows/key1", name, {f"e/{path}/rows/key1": value})
            continue
        line = f"{path}/rows/key1"
        pen.press(f"add:line {path}/rows")
        for number, (second, cell) in enumerate(value.items()):
            if number:
                pen.press(f"add:entry {line}")
            pen.fill(f"e/{line}/key1", cell)
            pen.fill(f"k/{line}/key1", second)
        pen.fill(f"k/{line}", name)
    pen.fill(f"k/{path}", key)


# --- conditions


def _write_conditions(pen, twin):
    """The page of a new policy has a group of one condition."""
    wanted = twin.get("conditions")
    for number, item in enumerate(twin.get("classes", [])):
        pen.press("add:class classes")
        path = f"classes/{number}"
        pen.fill(f"v/{path}/class", item["class"])
        if "text" in item:
            _words(pen, f"w/{path}/text", item["text"])
        _write_list(pen, f"{path}/grounds", item["grounds"], "add:ground")
    if wanted is None:
        pen.press("remove: conditions")
    elif not group_of(wanted):
        pen.press("unwrap: conditions")
        _write_clause(pen, "conditions", wanted)
    else:
        _write_clause(pen, "conditions", wanted, group="all")
    for number, clause in enumerate(twin.get("payment_conditions", [])):
        pen.press("add:test payment_conditions")
        _write_clause(pen, f"payment_conditions/{number}", clause)


def _write_clause(pen, path, clause, *, group=""):
    kind = group_of(clause)
    if kind and not group:
        pen.press(f"wrap:any {path}")
        group = "any"
    if kind and kind != group:
        pen.fill(f"g/{path}", kind)
        pen.press("check")
    if kind:
        _write_list(pen, f"{path}/{kind}", clause[kind], "add:test")
    _texts(pen, path, {"id": "", "article": "", **clause}, PLAIN_CLAUSE)
    if "text" in clause:
        _words(pen, f"w/{path}/text", clause["text"])
    _lists(pen, path, clause, ("evidence",))
    for key in ("exempt_if", "unless"):
        if key in clause:
            exempt = clause[key] if isinstance(clause[key], dict) else {"test": clause[key]}
            pen.fill(f"x/{path}/exempt_if/test", exempt["test"])
            if "text" in exempt:
                _words(pen, f"x/{path}/exempt_if", exempt["text"])


def _write_list(pen, path, clauses, add):
    """The first line is there already."""
    for number, clause in enumerate(clauses):
        if number:
            pen.press(f"{add} {path}")
        _write_clause(pen, f"{path}/{number}", clause)


# --- money


def _write_money(pen, twin):
    if "decision" in twin:
        decision = twin["decision"]
        pen.press(f"decide:{decision.get('mode', 'amount')} decision")
        _texts(pen, "decision", decision, ("at_most",))
        if "body" in decision:
            _words(pen, "w/decision/body", decision["body"])
    layers = twin.get("layers", [])
    if "amount" in twin:
        _write_layer(pen, "amount", twin["amount"])
    elif "decision" not in twin and not layers:
        pen.fill("v/amount/base", "")
    for number, layer in enumerate(layers):
        pen.press("add:layer layers")
        if not number:
            pen.press("remove: layers/1")
        _write_layer(pen, f"layers/{number}", layer)
    _write_steps(pen, "total", twin.get("total", []))
    _write_payers(pen, "payers", twin.get("payers"))
    _write_instalments(pen, twin.get("instalments", []))
    for number, cap in enumerate(twin.get("shared_caps", [])):
        pen.press("add:ceiling shared_caps")
        _texts(pen, f"shared_caps/{number}", cap, ("group", "limit", "used", "per", "order", "article"))


def _write_layer(pen, path, layer):
    values = {"base": layer} if isinstance(layer, str) else layer
    _write_steps(pen, f"{path}/steps", values.get("steps", []))
    _texts(pen, path, values, ("id", "base", "when", "article"))
    if "text" in values:
        _words(pen, f"w/{path}/text", values["text"])
    _write_payers(pen, f"{path}/payers", values.get("payers"))


def _write_steps(pen, path, steps):
    for number, step in enumerate(steps):
        pen.press(f"add:step {path}")
        at = f"{path}/{number}"
        kind = next(key for key in STEPS if key in step)
        if kind != "cap":
            pen.fill(f"s/{at}/op", kind)
            pen.press("check")
        pen.fill(f"s/{at}/value", step[kind])
        _texts(pen, at, step, ("when", "article", "used", "per"))
        if "text" in step:
            _words(pen, f"w/{at}/text", step["text"])


def _write_payers(pen, path, payers):
    if not payers:
        return
    if isinstance(payers, dict):
        for name, share in payers.items():
            _add_named(pen, f"add:entry {path}", f"{path}/payer1", name, {f"e/{path}/payer1": share})
        return
    pen.press(f"add:entry {path}")
    pen.press(f"add:payer_rule {path}")
    for number, rule in enumerate(payers):
        at = f"{path}/{number}"
        _texts(pen, at, rule, ("when",))
        for place, (name, share) in enumerate(rule["split"].items()):
            if place:
                pen.press(f"add:entry {at}/split")
            pen.fill(f"e/{at}/split/payer1", share)
            pen.fill(f"k/{at}/split/payer1", name)


def _write_instalments(pen, schedules):
    for number, schedule in enumerate(schedules):
        pen.press("add:schedule instalments")
        at = f"instalments/{number}"
        _texts(pen, at, schedule, ("when",))
        for place, part in enumerate(schedule["parts"]):
            if place:
                pen.press(f"add:part {at}/parts")
            path = f"{at}/parts/{place}"
            pen.fill(f"v/{path}/share", "")
            _texts(pen, path, part, ("share", "amount", "due", "repeat", "every"))
            _lists(pen, path, part, ("recheck",))
            if "text" in part:
                _words(pen, f"w/{path}/text", part["text"])


# --- cases


def _write_case(pen, path, case):
    pen.press("add:case cases")
    _texts(pen, path, case, ("name", "at", "like"))
    if "title" in case:
        _words(pen, f"w/{path}/title", case["title"])
    _write_given(pen, f"{path}/given", case.get("given", {}))
    for number, member in enumerate(case.get("household", [])):
        pen.press(f"add:member {path}/household")
        _write_given(pen, f"{path}/household/{number}", member)
    expect = case["expect"]
    pen.fill(f"v/{path}/expect/status", expect.get("status", ""))
    _texts(pen, f"{path}/expect", expect, ("amount", "payable", "class", "ground", "lost_to"))
    _lists(pen, f"{path}/expect", expect, ("instalments", "due", "fails", "unknown"))
    for name, amount in expect.get("payers", {}).items():
        at = f"{path}/expect/payers"
        _add_named(pen, f"add:entry {at}", f"{at}/payer1", name, {f"e/{at}/payer1": amount})


def _write_given(pen, path, given):
    stem = "fact1" if path.endswith("given") else "key1"
    for key, value in given.items():
        at = f"{path}/{stem}"
        if not isinstance(value, list):
            _add_named(pen, f"add:entry {path}", at, key, {f"n/{at}": "?" if value is None else value})
            continue
        pen.press(f"add:{'records' if value else 'nothing'} {path}")
        for number, item in enumerate(value):
            if number:
                pen.press(f"add:member {at}")
            for name, text in item.items():
                cell = f"{at}/{number}/key1"
                _add_named(pen, f"add:entry {at}/{number}", cell, name, {f"n/{cell}": "?" if text is None else text})
        pen.fill(f"k/{at}", key)
