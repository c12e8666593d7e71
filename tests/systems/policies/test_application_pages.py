"""Every page of calls and applications as its owner, as others and as a visitor; denied requests change nothing."""

import io
import zipfile
from datetime import timedelta

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from factories import make_account, make_member, make_official, make_organisation, make_person
from records.cases.office import drive, grant, make_case, open_run
from systems.policies.makers import know
from systems.policies.town import PDF, WAN, apply_for, handle, make_doctor, make_town, track

from taihu.records.audit.models import AuditEntry
from taihu.records.base.clock import city_date, now
from taihu.records.base.events import deliver_all
from taihu.records.cases import actions as cases
from taihu.records.cases.enums import Resolution
from taihu.records.cases.models import Attachment, DecisionRecord, Objection, PublicNotice, ReviewSheet
from taihu.records.identity.enums import MemberRole, Role
from taihu.records.identity.models import Organisation
from taihu.records.ledger.models import Instalment
from taihu.systems.policies.actions.leavers import is_late
from taihu.systems.policies.models import Application, Call
from taihu.systems.policies.queries.applications import appeal_until

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def moment():
    """Pages read the clock themselves, so the story happens at that moment."""
    return now()


@pytest.fixture
def story(moment):
    town = make_town(levels={"city": 100 * WAN}, programme="锡引人才补贴", at=moment, years=2)
    person = make_doctor(moment)
    organisation = Organisation.objects.get(credit_code__isnull=False)
    application = apply_for(track("wuxi-allowances", "purchase"), person, organisation, at=moment)
    return town, person, organisation, application


def codes(client, address, accounts, *, method="get", **data):
    """Status for each account; None is a visitor. Nothing may be written by any of them."""
    before = AuditEntry.objects.count()
    found = []
    for account in accounts:
        client.logout()
        if account is not None:
            client.force_login(account)
        found.append(getattr(client, method)(address, data).status_code)
    assert AuditEntry.objects.count() == before
    return found


def test_everybody_reads_calls_tracks_and_notices(client, story):
    addresses = [
        reverse("policies:calls"),
        reverse("policies:call", args=["taihu-plan-2021"]),
        reverse("policies:track", args=["wuxi-allowances", "purchase"]),
        reverse("policies:notices"),
    ]

    assert [client.get(address).status_code for address in addresses] == [200] * 4
    assert client.get(reverse("policies:call", args=["no-such-call"])).status_code == 404


def test_a_draft_call_is_not_public(client, story):
    Call.objects.filter(code="wuxi-allowances").update(state="draft")

    assert client.get(reverse("policies:call", args=["wuxi-allowances"])).status_code == 404
    assert client.get(reverse("policies:track", args=["wuxi-allowances", "purchase"])).status_code == 404


@pytest.mark.parametrize("name", ["application", "application_form"])
def test_an_application_is_seen_by_its_person_and_nobody_else(client, story, name):
    town, person, organisation, application = story
    address = reverse(f"policies:{name}", args=[application.pk])
    employer = organisation.memberships.first().account

    assert codes(client, address, [None, make_account(), employer, town.hall.officer]) == [302, 404, 404, 404]
    client.force_login(person.account)
    assert client.get(address).status_code in {200, 302}


def test_the_status_page_shows_steps_clock_reasons_and_history(client, story):
    _town, person, _organisation, application = story
    client.force_login(person.account)

    page = client.get(reverse("policies:application", args=[application.pk])).content.decode()

    assert application.case.number in page
    for words in ("单位确认", "属地审核", "已用 0 个工作日，共 45 个", "符合"):
        assert words in page


def test_a_person_starts_fills_in_uploads_and_hands_in_without_scripts(client, moment):
    make_town(at=moment)
    person = make_doctor(moment)
    client.force_login(person.account)
    begin = reverse("policies:apply", args=["wuxi-allowances", "purchase"])
    shown = client.get(begin)
    assert "示例部门" in shown.content.decode()
    code = shown.context["form"].initial["credit_code"]

    client.post(begin, {"credit_code": code})
    application = Application.objects.get()
    form = reverse("policies:application_form", args=[application.pk])
    asked = set(client.get(form).context["form"].fields)
    incomplete = client.post(form, {"do": "submit", "agrees": "on", "home_address": "示例路 1 号"})
    kinds = ("promise", "deed", "invoice")
    chosen = {f"file-{kind}": SimpleUploadedFile(f"{kind}.pdf", PDF + kind.encode()) for kind in kinds}
    filled = {"home_address": "示例路 1 号", "deed_number": "苏 1 号"}
    unsigned = client.post(form, {"do": "submit", **filled, **chosen})
    done = client.post(form, {"do": "submit", "agrees": "on", **filled})

    application.case.refresh_from_db()
    assert asked == {"home_address", "deed_number"}
    assert (incomplete.status_code, unsigned.status_code, done.status_code) == (200, 200, 302)
    assert "示例路 1 号" in incomplete.content.decode()
    assert application.case.number is not None


HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
REFUSED_FILES = [
    ("空.pdf", b"", "文件是空的"),
    ("大.pdf", PDF + b" " * 2048, "文件超过 0 MB"),
    ("程序.pdf", b"MZ\x00program", "这不是可以接收的文件类型"),
    ("病毒.pdf", EICAR, "这不是可以接收的文件类型"),
    ("照片.heic", HEIC, "这是手机的 HEIC 照片"),
    ("同一个.jpg", b"\xff\xd8\xff photo", "这个文件已经上传过"),
]


def test_each_refused_file_is_named_with_its_cause_and_nothing_else_is_lost(client, moment, settings):
    settings.UPLOAD_LIMIT_BYTES = 1024
    make_town(at=moment)
    person = make_doctor(moment)
    application = apply_for(track("wuxi-allowances", "purchase"), person, None, at=moment, submit=False)
    form = reverse("policies:application_form", args=[application.pk])
    client.force_login(person.account)
    photo = SimpleUploadedFile("房产证.JPG", b"\xff\xd8\xff photo")
    wrong = [SimpleUploadedFile(name, content) for name, content, _why in REFUSED_FILES]
    fields = {"home_address": "新路 9 号", "deed_number": "苏 9 号"}
    nonsense = SimpleUploadedFile("无.pdf", PDF)

    chosen = {"file-deed": [photo, *wrong], "file-nonsense": nonsense}
    page = client.post(form, {"do": "submit", "agrees": "on", **fields, **chosen})

    text = page.content.decode()
    for name, _content, why in REFUSED_FILES:
        assert f"（{name}）：{why}" in text
    application.case.refresh_from_db()
    assert (page.status_code, application.case.number) == (200, None)
    assert application.case.data["home_address"] == "新路 9 号"
    assert list(Attachment.objects.filter(kind="deed").order_by("pk").values_list("name", flat=True)) == [
        "deed.pdf",
        "房产证.JPG",
    ]
    assert not Attachment.objects.filter(kind="nonsense").exists()


def test_documents_open_for_the_person_the_employer_and_the_units_in_charge(client, story):
    town, person, organisation, application = story
    document = application.case.attachments.first()
    address = reverse("policies:document", args=[document.pk])
    other_officer = make_official()
    stranger_employer = make_member(make_organisation(), MemberRole.OWNER)

    assert codes(client, address, [None, make_account(), stranger_employer, other_officer]) == [302, 404, 404, 404]
    employer = organisation.memberships.first().account
    for account in (person.account, employer, town.hall.officer, town.hall.district_officer):
        client.force_login(account)
        answer = client.get(address)
        assert (answer.status_code, answer["X-Content-Type-Options"]) == (200, "nosniff")
        assert b"".join(answer.streaming_content)


def test_the_employer_sees_confirms_and_others_do_not(client, story, moment):
    _town, person, organisation, application = story
    employer = organisation.memberships.first().account
    address = reverse("policies:employer_application", args=[application.pk])
    outsider = make_member(make_organisation(), MemberRole.OWNER)
    viewer = make_member(organisation, MemberRole.VIEWER)

    assert codes(client, address, [None, make_account(), person.account, outsider, viewer]) == [302, 404, 404, 404, 404]
    assert codes(client, address, [outsider, person.account], method="post", do="pass") == [404, 404]
    client.force_login(employer)
    assert client.get(reverse("policies:employer_applications")).status_code == 200
    unexplained = client.post(address, {"do": "return", "reason": ""})
    assert (unexplained.status_code, open_run(application.case).stage) == (200, "employer")
    client.post(address, {"do": "pass"})

    assert open_run(application.case).stage == "district"


def test_an_employer_begins_for_its_staff_by_name_and_number(client, moment):
    make_town(at=moment)
    make_doctor(moment)
    organisation = Organisation.objects.get(credit_code__isnull=False)
    client.force_login(organisation.memberships.first().account)
    address = reverse("policies:employer_start", args=["wuxi-allowances", "purchase"])

    wrong = client.post(address, {"name": "钱某", "number": "320211199001011234"})
    right = client.post(address, {"name": "赵博士", "number": "320211199001011234"})

    assert (wrong.status_code, right.status_code, Application.objects.count()) == (200, 302, 1)


OFFICE = ["office_cases", "office_checks", "office_notices", "office_calls", "office_call_new"]


@pytest.mark.parametrize("name", OFFICE)
def test_office_pages_are_for_the_office(client, story, name):
    town, person, organisation, _application = story
    address = reverse(f"policies:{name}")
    employer = organisation.memberships.first().account

    assert codes(client, address, [None, make_account(), person.account, employer]) == [302, 403, 403, 403]
    client.force_login(town.hall.officer)
    assert client.get(address).status_code == 200


def test_a_case_page_is_for_the_units_in_charge_and_auditors(client, story):
    town, person, _organisation, application = story
    address = reverse("policies:office_case", args=[application.case.pk])

    assert codes(client, address, [None, person.account, make_official()]) == [302, 403, 403]
    for account in (town.hall.officer, town.hall.district_officer, make_official(Role.AUDITOR)):
        client.force_login(account)
        assert client.get(address).status_code == 200


def test_an_officer_without_the_stage_moves_nothing(client, story, moment):
    town, _person, _organisation, application = story
    drive(town.hall, application.case, moment, until="district")
    run = open_run(application.case)
    address = reverse("policies:office_case", args=[application.case.pk])
    post = {"run": run.pk, "do": "pass"}

    assert codes(client, address, [town.hall.officer, town.hall.finance], method="post", **post) == [409, 409]
    assert open_run(application.case).stage == "district"


def test_the_office_takes_a_case_from_the_district_to_payment_by_its_pages(client, story, moment):
    town, _person, _organisation, application = story
    hall, case = town.hall, application.case
    address = reverse("policies:office_case", args=[case.pk])
    drive(hall, case, moment, until="district")

    client.force_login(hall.district_officer)
    client.post(address, {"run": open_run(case).pk, "do": "pass", "reason": "符合"})
    client.force_login(hall.officer)
    run = open_run(case)
    for check in run.checks.all():
        client.post(address, {"run": run.pk, "do": "answer", "check": check.pk, "answer": "yes"})
    client.post(address, {"run": run.pk, "do": "pass"})
    record = {
        "run": open_run(case).pk, "do": "decide", "body": "office_meeting", "kind": "ordinary", "meeting": "主任会议",
        "held_on": moment.date().isoformat(), "minutes": "2026-1", "attendees": "甲、乙、丙", "recusals": "丁：同乡近亲属",
        "resolution": "grant", "grounds": "符合办法第一条", "amount": "30万",
    }  # fmt: skip
    wrong = client.post(address, record | {"body": "leading_group"})
    bad = client.post(address, record | {"amount": "三十万"})
    client.post(address, record)
    notices = reverse("policies:office_notices")
    client.post(notices, {"title": "拟发放名单公示", "contact": "0510-00000000", "runs": [open_run(case).pk]})

    decision = DecisionRecord.objects.get()
    assert (wrong.status_code, bad.status_code) == (200, 200)
    assert (decision.amount, decision.attendees, decision.recusals) == (
        30 * WAN, ["甲", "乙", "丙"], [{"name": "丁", "reason": "同乡近亲属"}],
    )  # fmt: skip
    notice = PublicNotice.objects.get()
    client.logout()
    page = client.get(reverse("policies:notice", args=[notice.pk])).content.decode()
    assert "赵*士" in page
    assert "赵博士" not in page
    assert "320211199001011234" not in page


def test_the_monthly_list_goes_out_and_comes_back_by_the_pages(client, story, moment):
    town, _person, organisation, application = story
    drive(town.hall, application.case, moment, until="checks")
    client.force_login(town.hall.officer)
    address = reverse("policies:office_checks")

    sent = client.post(address, {"department": "人社部门", "property": "insured_by"})
    rows = sent.content.decode("utf-8-sig").splitlines()
    rows[1] = f"赵博士,320211199001011234,{organisation.credit_code},2023-01-01,"
    rows.append("某某,320211199001019999,X,2023-01-01,")
    file = SimpleUploadedFile("a.csv", "\r\n".join(rows).encode())
    exchange = open_run(application.case).checks.get(item="insurance").exchange
    page = client.post(reverse("policies:office_exchange", args=[exchange.pk]), {"file": file})

    assert page.context["report"].answered == 1
    assert "没有这个证件号码的人" in page.content.decode()
    assert open_run(application.case).checks.get(item="insurance").answer == "yes"


def test_a_visitor_objects_with_a_name_and_follows_the_ticket(client, story, moment):
    town, _person, _organisation, application = story
    drive(town.hall, application.case, moment, until="notice")
    notice = cases.publish_notice(
        acting_user=town.hall.officer, runs=[open_run(application.case)], at=moment, title="公示", contact="0510"
    )
    entry = notice.entries.get()
    address = reverse("policies:object", args=[notice.pk, entry.pk])

    nameless = client.post(address, {"name": " ", "contact": "1", "text": "x"})
    done = client.post(address, {"name": "张三", "contact": "13800000000", "text": "房产是父母的"})
    objection = Objection.objects.get()
    status = client.get(done["Location"]).content.decode()

    assert (nameless.status_code, done.status_code) == (200, 302)
    assert "张三" not in status
    office = reverse("policies:office_objection", args=[objection.pk])
    assert codes(client, office, [None, make_account(), make_official()]) == [302, 403, 403]
    client.force_login(town.hall.officer)
    client.post(office, {"ruling": "dismissed", "answer": "经核查，产权清楚"})
    objection.refresh_from_db()
    assert objection.state == "dismissed"


def test_an_expert_reviews_and_sees_no_identity_papers(client, moment):
    town = make_town(experts=5, at=moment)
    Call.objects.filter(code="taihu-plan-2021").update(closes_at=None, window="always")
    person = make_doctor(moment)
    application = apply_for(track("taihu-plan-2021", "team-start"), person, None, at=moment)
    drive(town.hall, application.case, moment, until="roadshow")
    expert, other = town.hall.experts[:2]
    cases.assign_expert(acting_user=town.hall.officer, run=open_run(application.case), expert=expert, at=moment)
    sheet = ReviewSheet.objects.get()
    deliver_all(at=moment)
    assert expert.notifications.get(kind="policies.review").path == f"/reviews/{sheet.pk}/"
    address = reverse("policies:review", args=[sheet.pk])

    assert codes(client, address, [None, make_account(), town.hall.officer, other]) == [302, 403, 403, 404]
    client.force_login(expert)
    page = client.get(address)
    kinds = {row.kind for row in page.context["documents"]}
    identity = application.case.attachments.get(kind="identity")
    hidden = client.get(reverse("policies:review_document", args=[sheet.pk, identity.pk]))
    client.post(address, {"do": "submit", "score": "88", "comment": "技术领先"})
    sheet.refresh_from_db()

    assert ("plan" in kinds, "identity" in kinds, hidden.status_code) == (True, False, 404)
    assert (sheet.score, sheet.state) == (88, "submitted")
    assert client.get(reverse("policies:reviews")).status_code == 200


def test_the_letter_gives_reasons_and_the_way_to_appeal(client, story, moment):
    town, person, _organisation, application = story
    handle(town, application, moment, until="decision")
    grant(town.hall, open_run(application.case), moment, resolution=Resolution.REFUSE)
    client.force_login(person.account)

    page = client.get(reverse("policies:application_letter", args=[application.pk])).content.decode()
    client.post(reverse("policies:application", args=[application.pk]), {"do": "appeal", "grounds": "材料齐全"})

    application.case.refresh_from_db()
    last_day = appeal_until(application.case)
    assert last_day == city_date(moment) + timedelta(days=60)
    assert "不予通过" in page
    assert f'<time datetime="{last_day}">' in page
    assert "之前（含当日）在“我的申报”里申请复核" in page
    assert "行政复议" in page
    assert "依据和理由" not in page
    assert page.index("不改变上面的决定和理由") < page.index(application.entitlement["zh"]["sentences"][0])
    appeal = application.case.appeals.get()
    office = reverse("policies:office_case", args=[application.case.pk])
    client.force_login(town.hall.officer)
    assert 'value="rule"' not in client.get(office).content.decode()
    client.post(office, {"do": "rule", "ruling": "upheld", "answer": "x"})
    appeal.refresh_from_db()
    assert appeal.state == "open"
    client.force_login(town.hall.decider)
    client.post(office, {"do": "rule", "ruling": "upheld", "answer": "原决定依据不足"})
    appeal.refresh_from_db()
    assert (appeal.state, open_run(application.case).stage) == ("upheld", "checks")


def text_of(pdf):
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def test_a_refusal_at_a_check_has_a_letter_too(client, story, moment):
    town, person, _organisation, application = story
    drive(town.hall, application.case, moment, until="district")
    cases.fail_stage(
        acting_user=town.hall.district_officer, run=open_run(application.case), at=moment, reason="住房不在适用区域"
    )

    for account, name, number in (
        (person.account, "application_letter", application.pk),
        (town.hall.officer, "office_case_letter", application.case.pk),
    ):
        client.force_login(account)
        page = client.get(reverse(f"policies:{name}", args=[number])).content.decode()
        assert "住房不在适用区域" in page
        assert "<h1>决定书</h1>" in page
        paper = client.get(reverse(f"policies:{name}_pdf", args=[number]))
        assert paper["Content-Type"] == "application/pdf"
        assert paper.content == client.get(reverse(f"policies:{name}_pdf", args=[number])).content
        pages = pypdfium2.PdfDocument(paper.content)
        assert "住房不在适用区域" in pages[0].get_textpage().get_text_range()


def test_the_paper_of_a_letter_is_for_who_may_read_it_and_exists_when_something_is_decided(client, story):
    town, person, _organisation, application = story
    mine = reverse("policies:application_letter_pdf", args=[application.pk])
    office = reverse("policies:office_case_letter_pdf", args=[application.case.pk])

    assert codes(client, mine, [None, make_account(), person.account]) == [302, 404, 404]
    assert codes(client, office, [None, person.account, make_official(), town.hall.officer]) == [302, 403, 403, 404]


def test_a_case_file_is_taken_by_the_office_and_that_is_written_down(client, story):
    town, person, _organisation, application = story
    address = reverse("policies:office_case_file", args=[application.case.pk])

    assert codes(client, address, [None, person.account, make_official()]) == [302, 403, 403]
    client.force_login(town.hall.officer)
    answer = client.get(address)

    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "case.json" in archive.namelist()
        page, paper = archive.read("index.html").decode(), text_of(archive.read("case.pdf"))
    for field in application.track.fields:
        assert field["zh"] in page
        assert field["zh"] in paper
        assert f"<th>{field['name']}</th>" not in page
    for item in application.track.attachments:
        if application.case.attachments.filter(kind=item["kind"]).exists():
            assert f"{item['zh']}：" in page
    assert AuditEntry.objects.filter(action="cases.export", actor_id=town.hall.officer.pk).count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_queue_and_lists_cost_the_same_for_one_and_three(client, moment, count, django_assert_num_queries):
    town = make_town(at=moment)
    person = make_doctor(moment)
    for _ in range(count):
        other = make_person()
        make_case(town.hall, "taihu-plan", data={"track": "manager"}, person=other, at=moment)
    client.force_login(town.hall.district_officer)
    client.get(reverse("policies:office_cases"))

    with django_assert_num_queries(11):
        page = client.get(reverse("policies:office_cases"))
    assert len(page.context["page"]) == count
    assert person.pk


def test_my_list_shows_only_mine(client, story):
    _town, person, _organisation, _application = story
    client.force_login(person.account)
    mine = client.get(reverse("policies:my_applications"))
    client.force_login(make_account())
    others = client.get(reverse("policies:my_applications"))

    assert (len(mine.context["page"]), len(others.context["page"])) == (1, 0)


def test_an_employer_reports_a_leaver_and_payments_stop(client, story, moment):
    town, _person, organisation, application = story
    handle(town, application, moment, until="payment")
    employer = organisation.memberships.first().account
    address = reverse("policies:employer_application", args=[application.pk])
    today = city_date(moment)

    outsider = make_member(make_organisation(), MemberRole.OWNER)
    assert codes(client, address, [None, outsider], method="post", do="leave", left_on=today) == [302, 404]
    client.force_login(employer)
    future = client.post(address, {"do": "leave", "left_on": today + timedelta(days=3)})
    client.post(address, {"do": "leave", "left_on": today - timedelta(days=20)})

    application.refresh_from_db()
    states = Instalment.objects.filter(commitment=application.commitment_id).order_by("number")
    assert (future.status_code, application.left_on) == (200, today - timedelta(days=20))
    assert set(states.values_list("state", flat=True)) == {"held"}
    assert is_late(application)
    assert town.hall.decider.notifications.filter(kind="policies.left").exists()
    assert "离职" in states[0].reasons[0]


def test_a_notice_is_taken_down_by_its_unit_with_a_reason(client, story, moment):
    town, _person, _organisation, application = story
    drive(town.hall, application.case, moment, until="notice")
    notice = cases.publish_notice(
        acting_user=town.hall.officer, runs=[open_run(application.case)], at=moment, title="公示", contact="0510"
    )
    post = {"do": "withdraw", "notice": notice.pk, "reason": "姓名有误"}

    client.force_login(town.hall.science)
    refused = client.post(reverse("policies:office_notices"), post)
    assert (refused.status_code, PublicNotice.objects.get().state) == (200, "published")
    client.force_login(town.hall.officer)
    client.post(reverse("policies:office_notices"), post)

    assert client.get(reverse("policies:notice", args=[notice.pk])).status_code == 404


def test_lists_cost_the_same_however_long(client, story, moment):
    """My applications, the employer's, calls, notices: as many statements for two as for one."""
    town, person, organisation, application = story
    drive(town.hall, application.case, moment, until="notice")
    pages = {
        "policies:my_applications": person.account,
        "policies:employer_applications": organisation.memberships.first().account,
        "policies:notices": None,
    }

    def count() -> dict[str, int]:
        found = {}
        for name, account in pages.items():
            client.logout()
            if account is not None:
                client.force_login(account)
            client.get(reverse(name))
            with CaptureQueriesContext(connection) as told:
                client.get(reverse(name))
            found[name] = len(told)
        return found

    runs = [open_run(application.case)]
    cases.publish_notice(acting_user=town.hall.officer, runs=runs, at=moment, title="公示", contact="0510")
    alone = count()
    other = apply_for(track("wuxi-allowances", "rent"), person, organisation, at=moment, data={"monthly_rent": 250_000})
    drive(town.hall, other.case, moment, until="notice")
    runs = [open_run(other.case)]
    cases.publish_notice(acting_user=town.hall.officer, runs=runs, at=moment, title="公示二", contact="0510")

    assert count() == alone


def test_an_officer_of_the_applicants_household_is_told_to_keep_out(client, story):
    town, person, _organisation, application = story
    address = reverse("policies:office_case", args=[application.case.pk])
    client.force_login(town.hall.officer)
    assert "您应当回避" not in client.get(address).content.decode()

    relative = make_person(account=town.hall.officer)
    know(person, household=[relative.pk])

    assert "您应当回避" in client.get(address).content.decode()
