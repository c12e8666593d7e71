"""Openings from a file: every row has an end, nothing comes in twice, nothing unlawful is shown."""

import csv
import io
from datetime import timedelta

import pytest
from factories import AT, make_official, make_organisation
from import_files import MAPPING, counts, csv_of, effects, posting, run

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import Refused
from taihu.records.base.models import OutboxEvent
from taihu.records.identity.enums import OrganisationState
from taihu.records.identity.models import Organisation
from taihu.systems.jobs.actions.openings import is_listable
from taihu.systems.jobs.enums import BatchState, OpeningState
from taihu.systems.jobs.imports.report import reject_lines, report_of
from taihu.systems.jobs.models import ImportBatch, ImportRow, Opening

pytestmark = pytest.mark.django_db


def test_a_posting_becomes_a_cited_opening_with_codes_and_confidences(tmp_path):
    batch = run(tmp_path, [posting(1)])

    opening = Opening.objects.select_related("organisation").get()
    assert (counts(batch), effects(batch), batch.state) == ((1, 1, 0, 0, 0), (1, 0, 0, 0), BatchState.DONE)
    assert (opening.title, opening.source, opening.source_id) == ("数控车工", "示例人才网", "1")
    assert (opening.area_code, opening.education_rank) == ("320214", 3)
    assert (opening.pay_min, opening.pay_max, opening.pay_months) == (800_000, 1_100_000, 13)
    assert (opening.experience_min, opening.experience_max) == (12, 36)
    assert opening.occupation_code.startswith("6-18-01-01")
    assert opening.requirements.startswith("任职要求：1、机械类专业")
    assert opening.confidence["area"] == 0.95
    assert set(opening.confidence["skills"]) == set(opening.skill_codes)
    assert (opening.state, opening.is_listed, is_listable(opening, at=AT)) == (OpeningState.PUBLISHED, True, True)
    assert opening.published_at < AT < opening.valid_through


def test_the_employer_is_unverified_cites_the_source_and_may_not_post(tmp_path):
    run(tmp_path, [posting(1), posting(2)])

    employer = Organisation.objects.get()
    assert (employer.credit_code, employer.source) == (None, "示例人才网")
    assert (employer.state, employer.memberships.count()) == (OrganisationState.UNVERIFIED, 0)


def test_a_verified_employer_of_the_same_name_is_not_taken_for_the_one_in_the_file(tmp_path):
    verified = make_organisation(
        name="无锡示例精密机械有限公司", name_key="无锡示例精密机械有限公司", credit_code="91320200MA00000001"
    )

    run(tmp_path, [posting(1)])

    assert Opening.objects.get().organisation_id != verified.pk


def test_running_it_twice_changes_nothing(tmp_path):
    rows = [posting(n) for n in range(5)] + [posting(9, 薪资="薪酬优厚"), posting(10, 职位="")]
    first = run(tmp_path, rows)
    before = list(Opening.objects.order_by("pk").values())

    second = run(tmp_path, rows, at=AT + timedelta(days=1))

    assert counts(first) == counts(second) == (7, 5, 0, 1, 1)
    assert (effects(first), effects(second)) == ((5, 0, 0, 0), (0, 0, 5, 0))
    assert list(Opening.objects.order_by("pk").values()) == before
    assert ImportRow.objects.filter(state="held").count() == 1


def test_rows_without_a_number_are_known_again_by_what_they_say(tmp_path):
    rows = [posting(n, 编号="") for n in range(3)]

    run(tmp_path, rows)
    second = run(tmp_path, list(reversed(rows)), at=AT + timedelta(hours=1))

    assert (effects(second), Opening.objects.count()) == ((0, 0, 3, 0), 3)


def test_a_changed_row_changes_its_opening(tmp_path):
    run(tmp_path, [posting(1), posting(2)])
    later = AT + timedelta(days=1)

    batch = run(tmp_path, [posting(1, 薪资="9千-1.2万"), posting(2)], at=later)

    opening = Opening.objects.get(source_id="1")
    assert (effects(batch), Opening.objects.count()) == ((0, 1, 1, 0), 2)
    assert (opening.pay_min, opening.created_at, opening.updated_at) == (900_000, AT, later)


def test_a_later_file_with_the_same_row_prolongs_it(tmp_path):
    mapping = MAPPING + '[validity]\ncounted_from = "import"\ndays = 30\n'
    run(tmp_path, [posting(1)], mapping=mapping)
    later = AT + timedelta(days=20)

    batch = run(tmp_path, [posting(1), posting(2)], mapping=mapping, at=later)

    opening = Opening.objects.get(source_id="1")
    assert (batch.unchanged, batch.report["effects"]["refreshed"]) == (1, 1)
    assert (opening.valid_through, opening.refreshed_at) == (later + timedelta(days=30), later)


def test_the_same_posting_under_two_numbers_is_linked_and_shown_once(tmp_path):
    one = posting(1)

    batch = run(tmp_path, [one, {**one, "编号": "2", "职位": "数控车工（急招）"}, posting(3)])

    copy = Opening.objects.get(source_id="2")
    assert (counts(batch), effects(batch)) == ((3, 3, 0, 0, 0), (3, 0, 0, 1))
    assert (copy.duplicate_of.source_id, copy.is_listed) == ("1", False)


def test_a_copy_in_a_later_file_is_linked_to_the_first(tmp_path):
    one = posting(1)
    run(tmp_path, [one])

    batch = run(tmp_path, [{**one, "编号": "77"}], name="other.csv")

    assert (batch.linked, Opening.objects.get(source_id="77").duplicate_of.source_id) == (1, "1")


def test_the_same_text_of_another_employer_is_no_copy(tmp_path):
    one = posting(1)

    batch = run(tmp_path, [one, {**one, "编号": "2", "公司": "无锡另一家示例有限公司"}])

    assert (batch.linked, Opening.objects.filter(is_listed=True).count()) == (0, 2)


def test_one_number_twice_in_a_file_counts_once_and_the_first_row_holds(tmp_path):
    rows = [posting(1), posting(1, 薪资="2万-3万")]
    first = run(tmp_path, rows)

    second = run(tmp_path, rows, at=AT + timedelta(hours=1))

    assert (first.report["effects"]["repeated"], second.report["effects"]["repeated"]) == (1, 1)
    assert (Opening.objects.get().pay_min, counts(second)) == (800_000, (2, 2, 0, 0, 0))


@pytest.mark.parametrize(
    ("fields", "state", "code"),
    [
        ({"职位": ""}, "rejected", "field_missing"),
        ({"公司": ""}, "rejected", "field_missing"),
        ({"描述": ""}, "rejected", "field_missing"),
        ({"描述": "仅限男性，负责车间生产。"}, "rejected", "unlawful"),
        ({"描述": "入职需缴纳押金500元，负责车间生产。"}, "rejected", "unlawful"),
        ({"职位": "=HYPERLINK(1)"}, "rejected", "formula"),
        ({"描述": "负责车间生产，年龄18-35岁。"}, "held", "suspicious"),
        ({"城市": "亚特兰蒂斯"}, "held", "area_unknown"),
        ({"薪资": "薪酬优厚"}, "held", "pay_unknown"),
        ({"薪资": "200-400元"}, "held", "pay_doubtful"),
        ({"薪资": "50元/单"}, "held", "pay_not_monthly"),
        ({"学历": "随便"}, "held", "degree_unknown"),
        ({"经验": "随便"}, "held", "experience_unknown"),
        ({"发布": "某天"}, "held", "date_unknown"),
        ({"描述": "锟斤拷锟斤拷负责车间生产。"}, "held", "text_lost"),
        ({"描述": "<p>负责车间生产&nbsp;管理</p>"}, "repaired", "text_repaired"),
        ({"薪资": "2万-1万"}, "repaired", "pay_repaired"),
        ({"职位": "长" * 130}, "repaired", "title_cut"),
        ({"网址": "javascript:alert(1)"}, "repaired", "url_dropped"),
        ({"发布": "2031-01-01"}, "repaired", "date_in_future"),
        ({"截止": "2031-01-01"}, "repaired", "validity_cut"),
        ({"薪资": "面议"}, "accepted", ""),
    ],
)
def test_every_row_ends_with_a_state_and_its_reason(tmp_path, fields, state, code):
    batch = run(tmp_path, [posting(1, **fields)])

    found = [(r["state"], r["code"]) for r in report_of(batch)["reasons"]]
    assert (getattr(batch, state), batch.rows) == (1, 1)
    assert found == ([(state, code)] if code else [])
    assert Opening.objects.count() == (1 if state in ("accepted", "repaired") else 0)


def test_an_opening_past_its_date_is_kept_and_not_shown(tmp_path):
    batch = run(tmp_path, [posting(1, 截止="2026-03-09"), posting(2, 发布="2025-01-01")])

    assert set(Opening.objects.values_list("state", "is_listed")) == {(OpeningState.EXPIRED, False)}
    assert batch.report["remarks"]["expired"] == 2


def test_the_last_day_counts(tmp_path):
    run(tmp_path, [posting(1, 截止="2026-03-10")])

    assert Opening.objects.get().is_listed


def test_rejected_rows_can_be_corrected_and_fed_again(tmp_path):
    rows = [posting(1), posting(2, 薪资="薪酬优厚"), posting(3, 职位="")]
    batch = run(tmp_path, rows)
    text = io.StringIO()
    csv.writer(text).writerows(reject_lines(batch))
    lines = list(csv.DictReader(io.StringIO(text.getvalue())))

    corrected = [{**lines[0], "薪资": "1-1.5万"}, {**lines[1], "职位": "数控铣工"}]
    again = run(tmp_path, csv_of(corrected), name="rejects.csv", at=AT + timedelta(hours=2))

    assert [(line["导入行号"], line["导入原因"]) for line in lines] == [
        ("3", "待人工处理：薪资：看不懂薪资（薪酬优厚）"), ("4", "未接收：岗位名称：缺少必需的内容"),
    ]  # fmt: skip
    assert (counts(again), Opening.objects.count()) == ((2, 2, 0, 0, 0), 3)
    assert ImportRow.objects.get(state="held").decision == "superseded"


def test_the_rejects_file_is_harmless_in_a_spreadsheet_and_comes_back_as_it_was(tmp_path):
    batch = run(tmp_path, [posting(1, 职位="=1+1", 描述="-负责巡检")])

    line = dict(zip(*list(reject_lines(batch)), strict=True))

    assert (line["职位"], line["描述"]) == ("'=1+1", "-负责巡检")


def test_somebody_taken_down_by_an_officer_does_not_come_back(tmp_path):
    run(tmp_path, [posting(1)])
    Opening.objects.update(state=OpeningState.WITHDRAWN, is_listed=False)

    batch = run(tmp_path, [posting(1, 薪资="1-2万")], at=AT + timedelta(days=1))

    assert (effects(batch), Opening.objects.get().state) == ((0, 0, 1, 0), OpeningState.WITHDRAWN)


def test_a_suspended_employer_is_held(tmp_path):
    run(tmp_path, [posting(1)])
    Organisation.objects.update(state=OrganisationState.SUSPENDED)

    batch = run(tmp_path, [posting(2)], name="b.csv")

    assert (batch.held, report_of(batch)["reasons"][0]["code"]) == (1, "employer_suspended")


def test_an_employer_is_found_by_its_credit_code(tmp_path):
    known = make_organisation(credit_code="91320200MA1MABCD0X", verified=False)
    mapping = MAPPING.replace('employer = "公司"', 'employer = "公司"\ncredit_code = "代码"')
    rows = [posting(1, 代码="91320200MA1MABCD0X"), posting(2, 代码="12345")]
    from stdnum.cn import uscc

    code = known.credit_code[:-1] + uscc.calc_check_digit(known.credit_code[:-1])
    Organisation.objects.update(credit_code=code)
    rows[0]["代码"] = code

    batch = run(tmp_path, rows, mapping=mapping)

    assert (Opening.objects.get().organisation_id, batch.rejected) == (known.pk, 1)


def test_the_import_tells_the_search_index_and_leaves_audit_rows(tmp_path):
    batch = run(tmp_path, [posting(1)])

    assert OutboxEvent.objects.get(name="jobs.openings_imported").payload == {"batch_id": batch.pk}
    assert list(AuditEntry.objects.order_by("number").values_list("action", flat=True)) == [
        "import.requested",
        "import.finished",
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "table_empty"), ("职位,公司\n", "table_missing_columns"), (csv_of([]), "table_no_rows"),
        (csv_of([posting(1)]).replace("城市", "职位"), "table_duplicate_column"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_changes_nothing(tmp_path, content, code):
    with pytest.raises(Refused) as refused:
        run(tmp_path, content)

    assert refused.value.code == code
    assert (Opening.objects.count(), Organisation.objects.count()) == (0, 0)
    assert set(ImportBatch.objects.values_list("state", flat=True)) <= {BatchState.FAILED}


def test_without_a_source_nothing_is_imported(tmp_path):
    with pytest.raises(Refused) as refused:
        run(tmp_path, [posting(1)], mapping=MAPPING.replace('source = "示例人才网"', ""))

    assert (refused.value.code, ImportBatch.objects.count()) == ("import_source", 0)


def test_male_and_female_places_are_one_number(tmp_path):
    mapping = MAPPING + 'headcount_male = "男"\nheadcount_female = "女"\nheadcount_any = "兼招"\n'

    run(tmp_path, [posting(1, 男="2", 女="3", 兼招="")], mapping=mapping)

    assert Opening.objects.get().headcount == 5


def test_several_processes_give_the_same_openings_as_one(tmp_path):
    from taihu.systems.jobs.imports import workers

    rows = [posting(n) for n in range(40)]
    names = [f.name for f in Opening._meta.concrete_fields if f.name not in ("id", "organisation", "import_batch")]
    run(tmp_path, rows)
    alone = list(Opening.objects.order_by("source_id").values(*names))
    Opening.objects.all().delete()

    workers.CHUNK, workers.WORTH_SHARING, kept = 10, 20, (workers.CHUNK, workers.WORTH_SHARING)
    try:
        from import_files import write, write_mapping

        from taihu.systems.jobs.actions.imports import import_file

        path = write(tmp_path, rows, "shared.csv")
        import_file(at=AT, path=path, mapping=str(write_mapping(tmp_path)), processes=2)
    finally:
        workers.CHUNK, workers.WORTH_SHARING = kept

    assert list(Opening.objects.order_by("source_id").values(*names)) == alone


def test_only_officers_may_upload_what_others_published(tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile
    from factories import make_account

    from taihu.systems.jobs.actions.imports import perform_import, request_import

    upload = SimpleUploadedFile("a.csv", csv_of([posting(1)]).encode())
    with pytest.raises(Refused) as refused:
        request_import(acting_user=make_account(), at=AT, upload=upload, mapping="", own_mapping=MAPPING)
    assert (refused.value.code, ImportBatch.objects.count()) == ("not_officer", 0)

    batch = request_import(acting_user=make_official(), at=AT, upload=upload, mapping="", own_mapping=MAPPING)
    perform_import(batch, at=AT)

    batch.refresh_from_db()
    assert (batch.state, Opening.objects.count()) == (BatchState.DONE, 1)


def test_an_upload_can_not_name_a_file_of_the_machine_as_mapping(tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile
    from import_files import write_mapping

    from taihu.systems.jobs.actions.imports import request_import

    upload = SimpleUploadedFile("a.csv", csv_of([posting(1)]).encode())
    with pytest.raises(Refused) as refused:
        request_import(acting_user=make_official(), at=AT, upload=upload, mapping=str(write_mapping(tmp_path)))

    assert refused.value.code == "mapping_unknown"
