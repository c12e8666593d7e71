"""Many own openings at once in the browser: looked at, imported, reported, corrected and fed again."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from factories import make_member, make_opening, make_organisation, make_person
from openpyxl import load_workbook

from taihu.records.base.clock import now
from taihu.records.base.events import deliver_all
from taihu.records.base.retention import apply_retention
from taihu.records.identity.enums import MemberRole
from taihu.systems.jobs.enums import BatchState, OpeningState
from taihu.systems.jobs.models import ImportBatch, Opening
from taihu.systems.jobs.opening_table import template_columns
from taihu.systems.jobs.retention import UPLOADS_KEPT

pytestmark = pytest.mark.django_db

ROW = {
    "岗位名称": "数控车工", "工作内容": "按图纸操作数控车床。", "招聘条件": "会看图纸。", "工作地区": "无锡市新吴区",
    "工作地点": "示例路 1 号", "薪资": "7000-9000元·13薪", "学历": "大专", "经验": "1-3年", "职业": "车工", "编号": "A1",
}  # fmt: skip


@pytest.fixture
def employer():
    return make_organisation(verified_until=now() + timedelta(days=120))


@pytest.fixture
def recruiter(client, employer):
    account = make_member(employer)
    client.force_login(account)
    return account


def sheet(*rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, template_columns(), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def upload(client, employer, content, name="岗位.csv"):
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("jobs:employer_imports"), {"file": file, "organisation": employer.pk})


def start(client, batch, **data):
    client.post(reverse("jobs:employer_import_start", args=[batch.pk]), data)
    deliver_all(at=now())
    batch.refresh_from_db()


def test_a_file_is_looked_at_before_anything_is_stored(client, employer, recruiter):
    bad = ROW | {"编号": "A2", "薪资": "薪酬优厚", "招聘条件": "限男性"}

    response = upload(client, employer, sheet(ROW, bad))
    page = client.get(response.url)

    assert ImportBatch.objects.get().state == BatchState.UPLOADED
    assert not Opening.objects.exists()
    assert page.context["preview"].counts == {"accepted": 1, "rejected": 1}
    for words in ("岗位名称 → 岗位名称", "数控车工", "限男性", "车工"):
        assert words in page.content.decode()


def test_what_fits_is_taken_the_rest_comes_back_and_the_counts_add_up(client, employer, recruiter):
    bad = ROW | {"编号": "A2", "招聘条件": "限男性"}
    doubtful = ROW | {"编号": "A3", "薪资": "薪酬优厚"}
    batch_address = upload(client, employer, sheet(ROW, bad, doubtful)).url
    batch = ImportBatch.objects.get()

    start(client, batch, publishes="on")

    page = client.get(batch_address).content.decode()
    opening = Opening.objects.get()
    assert (opening.state, opening.is_listed, opening.organisation) == (OpeningState.PUBLISHED, True, employer)
    assert (opening.pay_min, opening.pay_months, opening.created_by) == (700_000, 13, recruiter)
    assert batch.rows == 3 == batch.accepted + batch.repaired + batch.held + batch.rejected
    assert "含有法律禁止的内容" in page
    assert "“限男性”，《" in page
    assert "sex.limited" not in page
    assert reverse("jobs:employer_import_rejects", args=[batch.pk]) in page


def test_the_rows_that_came_back_are_corrected_and_fed_again(client, employer, recruiter):
    upload(client, employer, sheet(ROW, ROW | {"编号": "A2", "招聘条件": "限男性"}))
    first = ImportBatch.objects.get()
    start(client, first)

    rejects = client.get(reverse("jobs:employer_import_rejects", args=[first.pk])).content
    upload(client, employer, rejects.decode("utf-8-sig").replace("限男性", "会看图纸").encode(), "改好.csv")
    second = ImportBatch.objects.latest("pk")
    start(client, second)

    assert rejects.count(b"\n") == 2
    assert (second.rows, second.created, second.rejected) == (1, 1, 0)
    assert sorted(Opening.objects.values_list("source_id", flat=True)) == ["A1", "A2"]


def test_without_publishing_everything_is_a_draft(client, employer, recruiter):
    upload(client, employer, sheet(ROW))

    start(client, ImportBatch.objects.get())

    assert Opening.objects.get().state == OpeningState.DRAFT


def test_a_file_that_is_no_table_or_lacks_a_column_says_so_and_changes_nothing(client, employer, recruiter):
    empty = upload(client, employer, b"")
    assert empty.context["form"].errors["file"]

    for content, name in ((b"PK\x03\x04 broken", "岗位.xlsx"), ("姓名,电话\n甲,1\n".encode(), "岗位.csv")):
        response = upload(client, employer, content, name)
        if response.status_code == 200:
            assert response.context["form"].errors["file"]
            continue
        assert "换一个文件" in client.get(response.url).content.decode()
    assert not Opening.objects.exists()


def test_a_dropped_file_is_gone_and_can_not_be_started(client, employer, recruiter, django_capture_on_commit_callbacks):
    upload(client, employer, sheet(ROW))
    batch = ImportBatch.objects.get()
    path, storage = batch.file.name, batch.file.storage

    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("jobs:employer_import_drop", args=[batch.pk]))

    assert not storage.exists(path)
    assert client.post(reverse("jobs:employer_import_start", args=[batch.pk])).status_code == 404
    assert not Opening.objects.exists()


def test_a_file_that_nobody_imports_goes_after_a_month_and_one_that_was_imported_stays(
    client, employer, recruiter, django_capture_on_commit_callbacks
):
    upload(client, employer, sheet(ROW))
    imported = ImportBatch.objects.get()
    start(client, imported)
    upload(client, employer, sheet(ROW))
    waiting = ImportBatch.objects.exclude(pk=imported.pk).get()
    path, storage = waiting.file.name, waiting.file.storage

    apply_retention(at=waiting.started_at + UPLOADS_KEPT)
    assert ImportBatch.objects.count() == 2
    with django_capture_on_commit_callbacks(execute=True):
        apply_retention(at=waiting.started_at + UPLOADS_KEPT + timedelta(seconds=1))

    assert list(ImportBatch.objects.all()) == [imported]
    assert not storage.exists(path)


def test_an_import_starts_once(client, employer, recruiter):
    upload(client, employer, sheet(ROW))
    batch = ImportBatch.objects.get()
    start(client, batch)

    assert client.post(reverse("jobs:employer_import_start", args=[batch.pk])).status_code == 409
    assert client.post(reverse("jobs:employer_import_drop", args=[batch.pk])).status_code == 409
    assert Opening.objects.count() == 1


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_template_is_itself_read_without_a_complaint(client, employer, recruiter, kind):
    content = client.get(reverse("jobs:employer_import_template", args=[kind])).content

    page = client.get(upload(client, employer, content, f"模板.{kind}").url)

    preview = page.context["preview"]
    assert (preview.counts, preview.unused, preview.missing) == ({"accepted": 1}, [], preview.missing)
    assert set(preview.missing) == {"单位名称", "统一社会信用代码", "网址", "发布日期"}


def test_an_export_can_be_fed_back_and_changes_nothing_but_what_was_changed(client, employer, recruiter):
    upload(client, employer, sheet(ROW, ROW | {"编号": "A2", "薪资": "200-260元/天", "经验": "不限"}))
    start(client, ImportBatch.objects.get())
    before = list(
        Opening.objects.order_by("source_id").values("title", "pay_min", "pay_max", "experience_min", "area_code")
    )

    content = client.get(reverse("jobs:employer_openings_export", args=["xlsx"])).content
    rows = list(load_workbook(io.BytesIO(content)).active.values)
    upload(client, employer, content, "导出.xlsx")
    again = ImportBatch.objects.latest("pk")
    start(client, again)

    assert rows[0][: len(template_columns())] == template_columns()
    assert (again.created, again.rejected, again.held) == (0, 0, 0)
    assert (
        list(Opening.objects.order_by("source_id").values("title", "pay_min", "pay_max", "experience_min", "area_code"))
        == before
    )


@pytest.mark.parametrize("who", ["anonymous", "seeker", "viewer", "other employer"])
def test_nobody_else_uploads_starts_or_reads(client, employer, who):
    client.force_login(make_member(employer))
    upload(client, employer, sheet(ROW))
    batch = ImportBatch.objects.get()
    client.logout()
    people = {
        "seeker": lambda: make_person().account,
        "viewer": lambda: make_member(employer, MemberRole.VIEWER),
        "other employer": lambda: make_member(make_organisation(), MemberRole.OWNER),
    }
    if who in people:
        client.force_login(people[who]())

    upload(client, employer, sheet(ROW))
    reads = [client.get(reverse(f"jobs:employer_import{name}", args=[batch.pk])) for name in ("", "_rejects")]
    writes = [client.post(reverse(f"jobs:employer_import_{name}", args=[batch.pk])) for name in ("start", "drop")]

    batch.refresh_from_db()
    assert {answer.status_code for answer in [*reads, *writes]} <= {302, 403, 404}
    assert (ImportBatch.objects.count(), batch.state, Opening.objects.count()) == (1, BatchState.UPLOADED, 0)


def test_the_state_of_a_running_import_is_a_fragment_that_asks_again(client, employer, recruiter):
    upload(client, employer, sheet(ROW))
    batch = ImportBatch.objects.get()
    address = reverse("jobs:employer_import", args=[batch.pk])
    client.post(reverse("jobs:employer_import_start", args=[batch.pk]))

    running = client.get(address, headers={"HX-Request": "true"}).content.decode()
    deliver_all(at=now())
    done = client.get(address, headers={"HX-Request": "true"}).content.decode()
    whole = client.get(address).content.decode()

    assert 'hx-trigger="every 2s"' in running
    assert "hx-trigger" not in done
    assert done.strip() in whole


def test_the_openings_of_others_are_not_touched_by_the_same_number(client, employer, recruiter):
    other = make_opening(source_id="A1", title="别家的岗位")
    upload(client, employer, sheet(ROW))

    start(client, ImportBatch.objects.get())

    other.refresh_from_db()
    assert other.title == "别家的岗位"
    assert Opening.objects.filter(organisation=employer).count() == 1
