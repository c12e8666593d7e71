"""The page about procedures: its sample loads, and every kind and action it names exists."""

import re
from pathlib import Path

from taihu.records.cases import actions
from taihu.records.cases.procedures.loader import load_procedure
from taihu.records.cases.procedures.tree import Kind, Role

PAGE = (Path(__file__).resolve().parents[3] / "docs/systems/cases.md").read_text(encoding="utf-8")


def test_the_sample_loads():
    sample = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)

    procedure = load_procedure(sample[1], "docs/systems/cases.md")

    assert [stage.id for stage in procedure.stages][-2:] == ["granted", "refused"]


def test_every_kind_and_role_is_on_the_page():
    assert {kind for kind in Kind if f"`{kind}`" not in PAGE} == set()
    assert {role for role in Role if f"`{role}`" not in PAGE} == set()


def test_every_action_that_the_page_names_exists():
    listed = re.search(r"holds one verb per act: (.*?)\. Each writes", PAGE, re.DOTALL)[1]

    assert {name for name in re.findall(r"`(\w+)`", listed) if not hasattr(actions, name)} == set()
