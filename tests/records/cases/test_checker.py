"""A template that cannot work is refused with the file, the line and what to change."""

import pytest

from taihu.records.cases.procedures.errors import ProcedureError
from taihu.records.cases.procedures.loader import load_procedure

HEAD = """procedure: sample
version: "1"
title: {zh: 示例, en: Sample}
effective: {from: 2026-01-01}
facts:
  amount: {type: money, zh: 金额, en: amount}
  tier: {type: enum, zh: 档次, en: tier, values: {low: [低, low], high: [高, high]}}
stages:
"""
END = """  - {id: granted, kind: closed, outcome: granted}
  - {id: refused, kind: closed, outcome: refused}
"""
DRAFT = "  - {id: draft, kind: draft, next: check}\n"
CHECK = "  - {id: check, kind: formal_check, within: 5 working days, next: granted}\n"


def problems_of(stages: str, head: str = HEAD) -> dict[str, int]:
    """Code → line of everything that is wrong."""
    with pytest.raises(ProcedureError) as refused:
        load_procedure(head + stages, "sample.yaml")
    assert all(item.place.file == "sample.yaml" for item in refused.value.problems)
    assert all(item.message("zh") and item.fix("en") for item in refused.value.problems)
    return {item.code: item.place.line for item in refused.value.problems}


def test_a_small_template_loads():
    procedure = load_procedure(HEAD + DRAFT + CHECK + END, "sample.yaml")

    assert [stage.id for stage in procedure.stages] == ["draft", "check", "granted", "refused"]
    assert procedure.stage("check").fails == "refused"


@pytest.mark.parametrize(
    ("stages", "code", "line"),
    [
        (DRAFT + CHECK.replace("kind: formal_check", "kind: formal_check, role: mayor") + END, "unknown_role", 10),
        (DRAFT + CHECK.replace("5 working days", "5") + END, "bad_term", 10),
        (DRAFT + CHECK.replace("next: granted", "next: grantde") + END, "unknown_stage", 10),
        (DRAFT + CHECK + "  - {id: lost, kind: site_visit, next: granted}\n" + END, "unreachable", 11),
        (DRAFT + CHECK.replace(", next: granted", "") + END, "no_next", 10),
        (DRAFT + CHECK.replace("formal_check", "decision") + END, "kind_needs", 10),
        (DRAFT + CHECK.replace("next: granted", "parts: all, next: granted") + END, "kind_has", 10),
        (DRAFT + CHECK.replace("formal_check", "formality") + END, "unknown_choice", 10),
        (CHECK + DRAFT + END, "first_stage", 9),
        (DRAFT + CHECK.replace("next: granted", "sets: [level], next: granted") + END, "unknown_field", 10),
        (
            DRAFT + CHECK.replace("next: granted", "next: [{to: granted, when: amount > 5元}]") + END,
            "no_default",
            10,
        ),
        (
            DRAFT + CHECK.replace("next: granted", "next: [{to: granted}, {to: refused, when: amount > 5元}]") + END,
            "after_default",
            10,
        ),
        (
            DRAFT + CHECK.replace("next: granted", "next: [{to: refused, when: amout > 5元}, {to: granted}]") + END,
            "unknown_fact",
            10,
        ),
        (
            DRAFT
            + "  - {id: check, kind: expert_review, review: {mode: panel, experts: 3, agree: 5/2}, next: granted}\n"
            + END,
            "bad_share",
            10,
        ),
        (
            DRAFT + CHECK.replace("formal_check,", "formal_check, waits_for: [granted],") + END,
            "bad_join",
            10,
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(stages, code, line):
    assert problems_of(stages).get(code) == line


def test_a_circle_without_exit_is_found():
    circle = DRAFT + (
        "  - {id: check, kind: formal_check, next: visit}\n"
        "  - {id: visit, kind: site_visit, next: check, fails: check}\n"
        "  - {id: granted, kind: closed, outcome: ended}\n  - {id: refused, kind: closed, outcome: withdrawn}\n"
    )

    found = problems_of(circle)

    assert found["no_exit"] in {9, 10, 11}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("procedure: &a x\n", "anchor"),
        ("procedure: !!python/object:os.system x\n", "tag"),
        ("procedure: [\n", "not_yaml"),
        ("- a\n", "not_mapping"),
        ("procedure: a\nprocedure: b\n", "duplicate_key"),
        ("", "not_mapping"),
    ],
)
def test_unsafe_or_broken_files_are_refused(text, code):
    with pytest.raises(ProcedureError) as refused:
        load_procedure(text, "sample.yaml")

    assert refused.value.problems[0].code == code


def test_every_mistake_is_told_at_once():
    found = problems_of(DRAFT + "  - {id: check, kind: decision, role: mayor, within: soon, next: granted}\n" + END)

    assert {"kind_needs", "unknown_role", "bad_term"} <= set(found)
