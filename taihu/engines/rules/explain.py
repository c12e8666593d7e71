"""One person, every policy, in words: what was read, what fails and why, what is missing, when it becomes true."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from taihu.engines.text.script import TRADITIONAL, in_script

from .civil import from_days, to_days
from .gaps import Gaps, fields_read, record_lines
from .missing import missing_for_amount, missing_for_clause
from .nearest import nearest_date
from .people import Person
from .phrases import Brief, clause_phrase
from .reader import Reader, fold_and, fold_or, negate
from .results import ClauseFinding, Explanation, Lost, PartFinding, Reading, Status, StepFinding, outcome_of
from .sentences import ANY_OF, sentences_of, step_text
from .sets import PolicySet
from .single import OneResult, class_of, evaluate_one
from .tree import COUNTED, Aggregate, Applied, Clause, Expr, Fact, FactAt
from .walking import clause_expressions, walk
from .words import Wording


def explain(policies: PolicySet, person: Person, at: dt.date, language: str = "zh") -> tuple[Explanation, ...]:
    """Explain all policies of the set to one person, in the order of the set.

    Parameters
    ----------
    at
        The application date.
    language
        "zh", "en" or "zh-hant" (the Chinese texts in traditional characters).

    Examples
    --------
    >>> import datetime as dt
    >>> from taihu.engines.rules.sets import load_policies
    >>> text = '''
    ... policy: tiny
    ... version: "1"
    ... title: {zh: 小例, en: Tiny}
    ... document: none
    ... effective: {from: 2024-01-01}
    ... conditions: {id: adult, text: {zh: 满十八周岁, en: aged 18}, test: "years(birth_date, applied) >= 18"}
    ... amount: 100元
    ... '''
    >>> policies = load_policies({"tiny.yaml": text})
    >>> person = Person.of(policies.catalogue, "1", {"birth_date": "2007-02-03"})
    >>> explain(policies, person, dt.date(2024, 6, 1))[0].becomes_true_on
    '2025-02-03'
    """
    day = to_days(at)
    reader = Reader(policies.catalogue, person, day)
    results = evaluate_one(policies, person, day, reader)
    spoken = "zh" if language == TRADITIONAL else language
    found = tuple(_explain(policies, result, reader, spoken) for result in results)
    return tuple(in_script(item, language) for item in found)


@dataclass(frozen=True)
class _Told:
    """What the clauses of one policy are told with."""

    result: OneResult
    policies: PolicySet
    wording: Wording
    gaps: Gaps
    blocking: frozenset[str]
    before_payment: bool = False


def _explain(policies: PolicySet, result: OneResult, reader: Reader, language: str) -> Explanation:
    policy = result.policy
    reader.use(policy)
    reader.memo = {}
    wording = Wording(reader, language)
    failing = tuple(_blocking(policy.root, result.states, False)) if result.status is Status.NO else ()
    unknown = tuple(_blocking(policy.root, result.states, None)) if result.status is Status.UNKNOWN else ()
    gaps = Gaps(Brief(policies, policy, language), reader)
    told = _Told(result, policies, wording, gaps, frozenset((*failing, *unknown)))
    clauses = list(_clauses(policy.root, 0, told))
    for clause in policy.payment_conditions:
        clauses.extend(_clauses(clause, 0, replace(told, before_payment=True)))
    leaves = [item for item in clauses if item.is_leaf]
    missing = tuple(dict.fromkeys(name for item in clauses for name in item.missing if item.id in unknown))
    if result.status is Status.UNKNOWN and not unknown:
        missing = missing_for_amount(policy, reader)
    question = missing[0] if missing else ""
    explanation = Explanation(
        policy=policy.key,
        title=policy.title.say(language),
        document=policy.document,
        notice=policy.notice.say(language) if policy.notice else "",
        status=result.status,
        amount=result.amount,
        payable=result.payable,
        lost_to=policies.policies[result.lost_to].id if result.lost_to >= 0 else _lost(result.lost_to),
        ground=policy.clauses[result.ground].id if result.ground >= 0 else "",
        talent_class=class_of(result),
        clauses=tuple(clauses),
        steps=tuple(_steps(result, wording)),
        payers=dict(result.payers),
        instalments=tuple(
            PartFinding(from_days(due).isoformat() if due else "", amount, part.recheck if part else ())
            for part, due, amount in result.parts
        ),
        failing=failing,
        unknown=unknown,
        missing_facts=missing,
        evidence_missing=tuple(dict.fromkeys(name for item in clauses if item.id in unknown for name in item.evidence)),
        becomes_true_on=_root_date(result, reader, leaves),
        next_question=question,
        next_question_text=_question(question, wording),
        sentences=(),
        counts=_counts(result, reader),
    )
    return sentences_of(explanation, policies, wording)


def _counts(result: OneResult, reader: Reader) -> dict[str, int]:
    if result.status is not Status.YES:
        return {}
    counted = ((COUNTED[name], reader.value(item)) for name, item in result.policy.definitions if name in COUNTED)
    return {name: value for name, value in counted if value}


def _blocking(clause: Clause, states: list[bool | None], state: bool | None) -> Iterator[str]:
    """Leaves that keep a clause in its state; what fails beside an alternative that holds does not matter."""
    if states[clause.index] is not state:
        return
    if clause.op == "test":
        yield clause.id
        return
    if state is None and clause.exemptions:
        yield clause.id
    wanted = True if clause.op == "none" and state is False else state
    for item in clause.items:
        if wanted is True and states[item.index]:
            yield from _holding(item)
        else:
            yield from _blocking(item, states, wanted)


def _holding(clause: Clause) -> Iterator[str]:
    if clause.op == "test":
        yield clause.id
    for item in clause.items:
        yield from _holding(item)


def _lost(value: int) -> str:
    return "" if value == Lost.NOTHING else Lost(value).name.lower()


def _steps(result: OneResult, wording: Wording) -> Iterator[StepFinding]:
    """The lines of the calculation; each reads the layers and the amount as they were before it."""
    reader, layers = wording.reader, dict.fromkeys(result.layers, 0)
    reader.layers, reader.memo = layers, None
    total: int | None = None
    for line in result.lines:
        total = sum(layers.values()) if total is None or line.layer else total
        reader.running = layers[line.layer.id] if line.layer else total
        source = line.step or line.layer
        assert source is not None
        text = step_text(line.layer, line.step, wording)
        yield StepFinding(line.layer.id if line.layer else "total", text, source.article, line.amount)
        if line.layer:
            layers[line.layer.id] = line.amount
        else:
            total = line.amount


def _clauses(clause: Clause, depth: int, told: _Told, *, wanted: bool = True) -> Iterator[ClauseFinding]:
    yield _clause(clause, depth, told, wanted=wanted)
    below = wanted is not (clause.op == "none")
    for item in clause.items:
        yield from _clauses(item, depth + 1, told, wanted=below)


def _clause(clause: Clause, depth: int, told: _Told, *, wanted: bool) -> ClauseFinding:
    wording, result = told.wording, told.result
    state = result.states[clause.index]
    name = "exempt" if clause.index in result.exempt else {True: "holds", False: "fails", None: "unknown"}[state]
    evidence = tuple(wording.reader.catalogue.named("evidence", item, wording.language) for item in clause.evidence)
    missing = missing_for_clause(clause, wording.reader) if state is None else ()
    leaf = {} if clause.test is None else _leaf_parts(clause, clause.test, name, missing, evidence, told, wanted=wanted)
    return ClauseFinding(
        id=clause.id,
        index=clause.index,
        depth=depth,
        is_leaf=clause.op == "test",
        state=name,
        text=clause.text.say(wording.language) if clause.text else _group_text(clause, wording),
        article=clause.article,
        missing=missing,
        evidence=evidence,
        before_payment=told.before_payment,
        is_unwanted=not wanted,
        is_choice=clause.op == "any",
        **leaf,
    )


def _leaf_parts(
    clause: Clause,
    test: Expr,
    state: str,
    missing: tuple[str, ...],
    evidence: tuple[str, ...],
    told: _Told,
    *,
    wanted: bool,
) -> dict[str, Any]:
    """What was read for a test, and sentences where it stands in the person's way."""
    wording, gaps, reader = told.wording, told.gaps, told.wording.reader
    reads = _reads(told.policies, clause)
    outcome = outcome_of(state, is_unwanted=not wanted)
    readings = tuple(_readings(reads, wording, gaps, is_met=outcome in ("holds", "exempt")))
    is_failing = outcome == "fails"
    is_open = (outcome == "unknown" or is_failing) and (told.before_payment or clause.id in told.blocking)
    date = ""
    # Beside what blocks, an alternative may open a refusal too.
    if state == "fails" and (is_open or told.result.status is Status.NO):
        day = nearest_date(reads, reader, lambda: _leaf(clause, reader))
        date = from_days(day).isoformat() if day is not None and wanted else ""
    return {
        "worked": wording.say(test),
        "readings": readings,
        "becomes_true_on": date,
        "requires": clause_phrase(told.policies, told.result.policy, clause, wording.language, holds=wanted),
        "gap": gaps.gap(test, wanted=wanted) if is_open and is_failing else "",
        "missing_text": gaps.missing(readings, missing) if is_open else "",
        "advice": gaps.advice(state, evidence, date) if is_open else "",
    }


def _group_text(clause: Clause, wording: Wording) -> str:
    return {
        "all": wording.pick("同时符合下列各项", "all of the following"),
        "any": wording.pick(*ANY_OF),
        "none": wording.pick("不属于下列任何一项", "none of the following"),
    }.get(clause.op, wording.pick(f"至少符合下列{clause.at_least}项", f"at least {clause.at_least} of the following"))


def _reads(policies: PolicySet, clause: Clause) -> tuple[Expr, ...]:
    found = policies.reads.get(id(clause))
    if found is None:
        found = tuple(expr for top in clause_expressions(clause) for expr in walk(top))
        policies.reads[id(clause)] = found
    return found


def _readings(reads: tuple[Expr, ...], wording: Wording, gaps: Gaps, *, is_met: bool) -> list[Reading]:
    found: dict[str, Reading] = {}
    for expr in reads:
        if isinstance(expr, Fact | FactAt) and expr.name not in found:
            found[expr.name] = _reading(expr, wording)
        elif isinstance(expr, Aggregate) and expr.record not in found and expr.record != "decision":
            found[expr.record] = _record_reading(expr, reads, wording, gaps, is_met=is_met)
    return list(found.values())


def _reading(expr: Fact | FactAt, wording: Wording) -> Reading:
    reader = wording.reader
    fact = reader.catalogue.facts[expr.name]
    value = reader.value(expr)
    items = [item for item in reader.person.facts.get(expr.name, ()) if item.value == value]
    item = items[0] if items else None
    label = fact.label.say(wording.language)
    when = None if isinstance(expr, Fact) or isinstance(expr.when, Applied) else reader.value(expr.when)
    if when is not None:
        label = wording.pick(f"{from_days(when)}的{label}", f"{label} on {from_days(when)}")
    return Reading(
        fact=expr.name,
        label=label,
        value=wording.value(expr, value),
        is_known=value is not None,
        source=_source(item.source if item else fact.source, wording),
        valid_from=_iso(item.valid_from if item else None),
        fetched_at=_iso(item.fetched_at if item else None),
    )


def _record_reading(expr: Aggregate, reads: tuple[Expr, ...], wording: Wording, gaps: Gaps, *, is_met: bool) -> Reading:
    """Of what is met only the records that count, else all of them."""
    reader = wording.reader
    kind = reader.catalogue.records[expr.record]
    records = reader.person.records.get(expr.record)
    is_known = records is not None and (expr.name != "any" or reader.value(expr) is not None)
    shown = (gaps.matching(expr, records) if records and is_met else None) or records
    fetched = [item.fetched_at for item in records or () if item.fetched_at is not None]
    return Reading(
        fact=expr.record,
        label=kind.label.say(wording.language),
        value=wording.pick("未知", "unknown")
        if shown is None
        else record_lines(gaps.phrases, kind, shown, fields_read(reads, expr.record)),
        is_known=is_known,
        source=_source(records[0].source if records else kind.source, wording),
        valid_from="",
        fetched_at=_iso(min(fetched)) if fetched else "",
    )


def _source(name: str, wording: Wording) -> str:
    return wording.reader.catalogue.named("source", name, wording.language)


def _iso(day: int | None) -> str:
    return "" if day is None else from_days(day).isoformat()


def _leaf(clause: Clause, reader: Reader) -> bool | None:
    assert clause.test is not None
    tests = [reader.truth(clause.test), *(reader.truth(item.test) for item in clause.exemptions)]
    return fold_or(iter(tests))


def _tree(clause: Clause, reader: Reader) -> bool | None:
    if clause.op == "test":
        return _leaf(clause, reader)
    below = [_tree(item, reader) for item in clause.items]
    if clause.op == "all":
        truth = fold_and(iter(below))
    elif clause.op == "at_least":
        truth = sum(item is True for item in below) >= clause.at_least
    else:
        truth = fold_or(iter(below))
        truth = negate(truth) if clause.op == "none" else truth
    return fold_or(iter([truth, *(reader.truth(item.test) for item in clause.exemptions)]))


def _root_date(result: OneResult, reader: Reader, leaves: list[ClauseFinding]) -> str:
    """The earliest of the leaves' dates on which the whole tree holds and this version still applies."""
    if result.status is not Status.NO:
        return ""
    today = reader.at
    try:
        for date in sorted({item.becomes_true_on for item in leaves if item.becomes_true_on}):
            reader.at = to_days(dt.date.fromisoformat(date))
            if _applies(result, reader) and _tree(result.policy.root, reader):
                return date
    finally:
        reader.at = today
    return ""


def _applies(result: OneResult, reader: Reader) -> bool:
    days = [(reader.value(item.date), item) for item in result.policy.selectors]
    return all(day is not None and item.start <= day < item.end for day, item in days)


def _question(name: str, wording: Wording) -> str:
    if not name:
        return ""
    catalogue = wording.reader.catalogue
    fact = catalogue.facts.get(name)
    if fact is not None and fact.question is not None:
        return fact.question.say(wording.language)
    label = (fact or catalogue.records[name]).label.say(wording.language)
    return wording.pick(f"请提供“{label}”。", f"Please provide: {label}.")
