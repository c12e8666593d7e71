"""Rows that the machine is not sure of wait for an officer, who corrects and accepts or sends back."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from factories import AT, make_account, make_member, make_official, make_organisation
from import_files import MAPPING, counts, csv_of, posting, run

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import Refused
from taihu.systems.jobs.actions.held_rows import accept_row, refuse_row, texts_of
from taihu.systems.jobs.actions.imports import perform_import
from taihu.systems.jobs.models import ImportBatch, ImportRow, Opening, OpeningFinding

pytestmark = pytest.mark.django_db

SUSPICIOUS = {"描述": "负责车间生产和设备保养，年龄18-35岁，服从安排。"}


@pytest.fixture
def officer(client):
    account = make_official()
    client.force_login(account)
    return account


def held(tmp_path, **fields):
    run(tmp_path, [posting(1, **(fields or SUSPICIOUS))])
    return ImportRow.objects.get(state="held")


def test_an_officer_judges_suspicious_words_and_the_opening_is_shown(tmp_path):
    row, officer = held(tmp_path), make_official()

    opening = accept_row(acting_user=officer, at=AT, row=row, texts=texts_of(row))

    row.refresh_from_db()
    assert (row.decision, row.opening, opening.is_listed) == ("accepted", opening, True)
    assert set(OpeningFinding.objects.values_list("rule", "overruled_by")) == {("age.limit", officer.pk)}
    assert AuditEntry.objects.filter(action="import.row_accepted", object_id=str(row.pk)).exists()


def test_a_correction_is_what_comes_in(tmp_path):
    row = held(tmp_path, 薪资="薪酬优厚", 城市="亚特兰蒂斯")

    opening = accept_row(
        acting_user=make_official(), at=AT, row=row, texts={**texts_of(row), "pay": "1-1.5万", "area": "无锡·滨湖区"}
    )

    assert (opening.pay_min, opening.area_code, opening.source_id) == (1_000_000, "320211", "1")


@pytest.mark.parametrize(
    ("texts", "field"),
    [({"pay": "看着给"}, "pay"), ({"title": ""}, "title"), ({"description": "只限男性"}, "description")],
)
def test_what_is_not_understood_or_forbidden_can_not_be_accepted(tmp_path, texts, field):
    row = held(tmp_path, 薪资="薪酬优厚")

    with pytest.raises(Refused) as refused:
        accept_row(acting_user=make_official(), at=AT, row=row, texts={**texts_of(row), "pay": "1万", **texts})

    row.refresh_from_db()
    assert (refused.value.field, row.decision, Opening.objects.count()) == (field, "", 0)


def test_a_decision_holds_when_the_row_comes_again(tmp_path):
    rows = [posting(1, **SUSPICIOUS), posting(2, 描述="负责包装和质量检验，年龄18-35岁。")]
    run(tmp_path, rows)
    first, second = ImportRow.objects.order_by("number")
    accept_row(acting_user=make_official(), at=AT, row=first, texts=texts_of(first))
    refuse_row(acting_user=make_official(), at=AT, row=second, note="有年龄限制")

    batch = run(tmp_path, rows, at=AT + timedelta(hours=1))

    assert (counts(batch), batch.unchanged, Opening.objects.count()) == ((2, 1, 0, 0, 1), 1, 1)
    assert not ImportRow.objects.filter(state="held", decision="").exists()


@pytest.mark.parametrize("decide", [accept_row, refuse_row])
def test_a_row_is_decided_once_and_by_officers_only(tmp_path, decide):
    row = held(tmp_path)
    values = {"texts": texts_of(row)} if decide is accept_row else {"note": "有年龄限制"}
    with pytest.raises(Refused) as refused:
        decide(acting_user=make_account(), at=AT, row=row, **values)
    assert (refused.value.code, Opening.objects.count()) == ("not_officer", 0)
    refuse_row(acting_user=make_official(), at=AT, row=row, note="有年龄限制")

    with pytest.raises(Refused) as refused:
        decide(acting_user=make_official(), at=AT, row=row, **values)

    assert (refused.value.code, Opening.objects.count()) == ("row_decided", 0)


def test_a_copy_of_a_shown_opening_is_accepted_and_stays_linked(tmp_path):
    text = posting(1)["描述"]
    run(tmp_path, [posting(1), posting(2, 描述=text, 薪资="薪酬优厚")])
    row = ImportRow.objects.get()

    copy = accept_row(acting_user=make_official(), at=AT, row=row, texts={**texts_of(row), "pay": "1万"})

    assert (copy.duplicate_of.source_id, copy.is_listed) == ("1", False)


def pages(tmp_path):
    row = held(tmp_path)
    return [
        reverse("jobs:office_imports"), reverse("jobs:office_held_rows"), reverse("jobs:office_held_row", args=[row.pk]),
        *(reverse(f"jobs:{name}", args=[row.batch_id]) for name in ("office_import", "office_import_report", "office_import_rejects")),
    ]  # fmt: skip


def test_an_officer_sees_every_page(client, officer, tmp_path):
    for address in pages(tmp_path):
        assert client.get(address).status_code == 200, address


def test_nobody_else_sees_or_changes_anything(client, tmp_path):
    addresses = pages(tmp_path)
    for account in (None, make_account(), make_member(make_organisation())):
        client.logout()
        if account is not None:
            client.force_login(account)
        for address in addresses:
            expected = 302 if account is None else 403
            assert (client.get(address).status_code, client.post(address, {"accept": "1"}).status_code) == (
                expected,
                expected,
            )

    assert (Opening.objects.count(), ImportRow.objects.get().decision) == (0, "")


def test_the_pages_of_lists_need_the_same_statements_for_one_row_and_for_three(
    client, officer, tmp_path, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    found = []
    for number in (1, 2):
        run(
            tmp_path,
            [posting(n, **SUSPICIOUS, 编号=str(n + 10 * number)) for n in range(2 * number - 1)],
            name=f"{number}.csv",
        )
        for name in ("office_imports", "office_held_rows"):
            with CaptureQueriesContext(
                connection,
            ) as captured:
                client.get(reverse(f"jobs:{name}"))
            found.append(len(captured))

    assert found[:2] == found[2:]


def test_an_upload_is_queued_imported_and_told(client, officer):
    upload = SimpleUploadedFile("postings.csv", csv_of([posting(1), posting(2, 职位="")]).encode("gb18030"))
    mapping = SimpleUploadedFile("m.toml", MAPPING.encode())

    response = client.post(reverse("jobs:office_imports"), {"file": upload, "mapping": "own", "own_mapping": mapping})
    batch = ImportBatch.objects.get()
    waiting = batch.state
    perform_import(batch, at=AT)

    page = client.get(reverse("jobs:office_import", args=[batch.pk])).content.decode()
    assert (response.status_code, waiting, counts(batch)) == (302, "waiting", (2, 1, 0, 0, 1))
    assert "缺少必需的内容" in page
    assert client.get(reverse("jobs:office_import_rejects", args=[batch.pk])).getvalue().decode().count("\n") == 2


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, b"\x1f\x8b\x08broken"])
def test_an_upload_that_is_no_table_is_an_error_of_the_form(client, officer, content):
    response = client.post(
        reverse("jobs:office_imports"), {"file": SimpleUploadedFile("a.csv", content), "mapping": "zhaopin"}
    )

    assert (response.status_code, response.context["form"].is_valid(), ImportBatch.objects.count()) == (200, False, 0)


def test_a_wrong_mapping_is_an_error_of_the_form_that_names_the_place(client, officer):
    upload = SimpleUploadedFile("postings.csv", csv_of([posting(1)]).encode())
    mapping = SimpleUploadedFile("m.toml", MAPPING.replace('pay = "薪资"', 'pya = "薪资"').encode())

    response = client.post(reverse("jobs:office_imports"), {"file": upload, "mapping": "own", "own_mapping": mapping})

    assert "fields.pya" in str(response.context["form"].errors)
    assert ImportBatch.objects.count() == 0


def test_accepting_and_sending_back_on_the_page(client, officer, tmp_path):
    run(tmp_path, [posting(1, **SUSPICIOUS), posting(2, 薪资="薪酬优厚")])
    first, second = ImportRow.objects.order_by("number")

    accepted = client.post(reverse("jobs:office_held_row", args=[first.pk]), {**texts_of(first), "accept": "1"})
    wrong = client.post(reverse("jobs:office_held_row", args=[second.pk]), {**texts_of(second), "accept": "1"})
    refused = client.post(reverse("jobs:office_held_row", args=[second.pk]), {"note": "薪资不清", "refuse": "1"})

    assert (accepted.status_code, wrong.status_code, refused.status_code) == (302, 200, 302)
    assert "看不懂薪资" in str(wrong.context["form"].errors)
    assert list(ImportRow.objects.order_by("number").values_list("decision", flat=True)) == ["accepted", "rejected"]
