"""The public bodies of a city: a tree under one city, inside its area, kept by administrators."""

from dataclasses import replace

import pytest
from django.core.management import call_command
from django.urls import reverse

from taihu.records.audit.models import AuditEntry
from taihu.records.base.clock import now
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.actions import UnitRow, save_unit
from taihu.records.identity.enums import Role, UnitKind
from taihu.records.identity.models import Unit
from tests.factories import make_account, make_official

pytestmark = pytest.mark.django_db

CITY = UnitRow("320200", "无锡市", UnitKind.CITY, "320200")
DISTRICT = UnitRow("320214", "新吴区", UnitKind.DISTRICT, "320214", "320200")
OFFICE = UnitRow("320214-kjj", "区科技局", UnitKind.DEPARTMENT, "320214", "320214")


def keep(*rows, at):
    return [save_unit(acting_user=None, row=row, at=at) for row in rows]


def table(tmp_path, *lines):
    path = tmp_path / "units.csv"
    path.write_text("\n".join(["code,name,kind,area,parent", *lines]), encoding="utf-8")
    return path


def test_a_unit_stands_below_its_parent_and_is_written_down(at):
    _city, district, office = keep(CITY, DISTRICT, OFFICE, at=at)

    assert office.parent == district
    entry = AuditEntry.objects.latest("number")
    assert (entry.action, entry.object_id) == ("identity.save_unit", str(office.pk))


def test_saving_the_same_again_changes_and_writes_nothing(at):
    keep(CITY, DISTRICT, at=at)
    written = AuditEntry.objects.count()

    keep(CITY, DISTRICT, at=at)

    assert (Unit.objects.count(), AuditEntry.objects.count()) == (2, written)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (replace(DISTRICT, code="锡 山"), "unit_code"),
        (replace(DISTRICT, name=" "), "unit_name"),
        (replace(DISTRICT, kind="county"), "unit_kind"),
        (replace(DISTRICT, area_code="999999"), "unit_area"),
        (replace(DISTRICT, area_code="320505"), "outside"),
        (replace(DISTRICT, parent="nobody"), "no_parent"),
        (replace(DISTRICT, parent=""), "no_parent"),
        (replace(CITY, code="320500"), "second_city"),
        (replace(CITY, parent="320200"), "city_parent"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_unit_that_breaks_a_rule_is_refused_and_nothing_changes(at, row, code):
    keep(CITY, at=at)

    with pytest.raises(Refused) as refused:
        keep(row, at=at)

    assert refused.value.code == code
    assert list(Unit.objects.values_list("code", flat=True)) == ["320200"]


def test_nobody_stands_below_himself(at):
    keep(CITY, DISTRICT, OFFICE, at=at)

    with pytest.raises(Refused) as refused:
        keep(replace(DISTRICT, parent="320214-kjj"), at=at)

    assert refused.value.code == "circle"
    assert Unit.objects.get(code="320214").parent.code == "320200"


@pytest.mark.parametrize("role", [Role.OFFICER, Role.DECIDER, Role.FINANCE, Role.AUDITOR])
def test_only_administrators_keep_units(at, role):
    account = make_official(role)

    with pytest.raises(NotAllowed):
        save_unit(acting_user=account, row=CITY, at=at)

    assert not Unit.objects.filter(kind=UnitKind.CITY).exists()


def test_a_table_of_units_is_taken_whole_or_not_at_all(tmp_path, capsys):
    good = ["320200,无锡市,city,320200,", "320214,新吴区,district,320214,320200"]

    with pytest.raises(SystemExit):
        call_command("units", "import", table(tmp_path, *good, "320214-x,某局,department,320214,320299"))
    told = capsys.readouterr().err
    assert "第 4 行" in told
    assert "320299" in told
    assert Unit.objects.count() == 0

    call_command("units", "import", table(tmp_path, *good))
    call_command("units", "list")
    assert "320214\tdistrict\t320214\t320200\t新吴区" in capsys.readouterr().out


def test_a_table_without_a_column_is_refused_by_name(tmp_path, capsys):
    path = tmp_path / "units.csv"
    path.write_text("code,name,kind,area\n320200,无锡市,city,320200\n", encoding="utf-8")

    with pytest.raises(SystemExit):
        call_command("units", "import", path)

    assert "parent" in capsys.readouterr().err


def test_an_administrator_makes_and_renames_a_unit_in_the_browser(client):
    keep(CITY, at=now())
    client.force_login(make_official(Role.ADMINISTRATOR, unit=Unit.objects.get()))
    fields = {
        "code": "320214",
        "name": "新吴区",
        "name_en": "",
        "kind": "district",
        "area_code": "320214",
        "parent": "320200",
    }

    assert client.post(reverse("me:unit_new"), fields).status_code == 302
    district = Unit.objects.get(code="320214")
    assert "已经有单位在用" in client.post(reverse("me:unit_new"), fields).content.decode()
    assert Unit.objects.count() == 2
    client.post(reverse("me:unit", args=[district.pk]), {**fields, "code": "other", "name": "新吴区（高新区）"})

    district.refresh_from_db()
    assert (district.code, district.name) == ("320214", "新吴区（高新区）")
    assert "新吴区（高新区）" in client.get(reverse("me:units")).content.decode()


def test_the_pages_are_closed_to_everybody_else(client):
    keep(CITY, at=now())
    pages = [reverse("me:units"), reverse("me:unit_new"), reverse("me:unit", args=[Unit.objects.get().pk])]
    assert {client.get(page).status_code for page in pages} == {302}

    for account in (make_account(), make_official(Role.OFFICER)):
        client.force_login(account)
        assert {client.get(page).status_code for page in pages} == {403}
        assert {client.post(page, {"name": "别的"}).status_code for page in pages} <= {403, 405}

    assert Unit.objects.get(code="320200").name == "无锡市"
