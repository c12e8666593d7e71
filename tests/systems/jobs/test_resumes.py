"""CVs: read from files, looked over, kept, exported; and the interview as a calendar file."""

import json
from datetime import timedelta
from io import BytesIO

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from factories import make_account, make_seeker
from icalendar import Calendar
from systems.jobs.people import make_case, make_resume

from taihu.records.base.clock import now
from taihu.systems.jobs.actions import interviews
from taihu.systems.jobs.models import Resume

pytestmark = pytest.mark.django_db

LINES = [
    "姓名：吴新华",
    "电话：138-0000-0000  邮箱：xinhua@example.com",
    "教育背景",
    "2015.09 - 2019.06  江南大学  自动化  本科",
    "工作经历",
    "2019年7月-至今  无锡太湖科技有限公司  电气工程师",
    "负责产线电气设计",
]


@pytest.fixture
def person(client):
    profile = make_seeker()
    client.force_login(profile.person.account)
    return profile.person


def word_file(lines):
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    out = BytesIO()
    document.save(out)
    return SimpleUploadedFile("我的简历.docx", out.getvalue())


def pdf_file(text):
    """A PDF of one page, by hand: with `text` shown on it, or empty like a scan."""
    stream = f"BT /F1 12 Tf 40 700 Td ({text}) Tj ET".encode()
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    body += table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(body))
    return SimpleUploadedFile("cv.pdf", body)


def upload(client, file):
    return client.post(reverse("jobs:resumes"), {"file": file})


def form_of(resume, **changes):
    """What a browser would send back from the page unchanged."""
    data = resume.data
    post = {"title": resume.title, **{k: data["basics"].get(k, "") for k in ("name", "phone", "email", "summary")}}
    post["skills"] = "、".join(item["name"] for item in data.get("skills", []))
    for prefix in ("work", "education"):
        rows = data.get(prefix, [])
        post |= {f"{prefix}-TOTAL_FORMS": len(rows) + 1, f"{prefix}-INITIAL_FORMS": len(rows)}
        for number, row in enumerate(rows):
            post |= {f"{prefix}-{number}-{key}": value for key, value in row.items()}
    return {**post, **changes}


def test_a_word_file_is_read_shown_with_its_lines_and_confirmed(client, person):
    response = upload(client, word_file(LINES))

    resume = Resume.objects.get()
    assert (response.status_code, resume.is_confirmed, resume.file_kind) == (302, False, "docx")
    assert resume.data["work"][0]["name"] == "无锡太湖科技有限公司"
    page = client.get(response.url).content.decode()
    assert "2019年7月-至今  无锡太湖科技有限公司  电气工程师" in page
    assert "吴新华" in page

    client.post(response.url, form_of(resume, phone="13900000000"))

    resume.refresh_from_db()
    assert (resume.is_confirmed, resume.data["basics"]["phone"]) == (True, "13900000000")
    assert "x-source" not in resume.data
    assert resume.data["education"][0]["institution"] == "江南大学"


def test_a_pdf_with_text_is_read(client, person):
    text = "Name: Wu Xinhua  Email: xinhua@example.com  Phone 13800000000  skills Python Java SQL Linux"
    upload(client, pdf_file(text))

    assert Resume.objects.get().data["basics"]["email"] == "xinhua@example.com"


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (lambda: pdf_file(""), "扫描件"),
        (lambda: SimpleUploadedFile("cv.pdf", b"%PDF-1.4 broken"), "打不开"),
        (lambda: SimpleUploadedFile("cv.json", b'{"x": 1}'), "JSON Resume"),
        (lambda: SimpleUploadedFile("cv.json", b'{"basics": '), "JSON Resume"),
        (lambda: SimpleUploadedFile("cv.docx", b"PK\x03\x04broken"), "文件类型"),
        (lambda: SimpleUploadedFile("cv.exe", b"MZ\x00\x00"), "文件类型"),
    ],
    ids=["scan", "broken pdf", "other json", "cut json", "broken docx", "program"],
)
def test_what_cannot_be_read_is_said_to_be_so_and_nothing_is_kept(client, person, file, words):
    response = upload(client, file())

    assert (response.status_code, Resume.objects.count()) == (200, 0)
    assert words in response.content.decode()


def test_json_resume_goes_in_and_comes_out_with_its_parts(client, person):
    document = {
        "basics": {"name": "吴新华"},
        "work": [{"name": "甲公司", "position": "工程师"}],
        "skills": [{"name": "PLC"}],
    }
    upload(client, SimpleUploadedFile("cv.json", json.dumps(document).encode()))
    resume = Resume.objects.get()
    client.post(reverse("jobs:resume", args=[resume.pk]), form_of(resume))

    exported = json.loads(client.get(reverse("jobs:resume_export", args=[resume.pk])).content)

    assert {key: exported[key] for key in document} == document


def test_a_resume_is_written_by_hand_and_deleted(client, person):
    empty = Resume(title="手写", data={"basics": {"name": "测试"}})
    client.post(reverse("jobs:resume_new"), form_of(empty))
    resume = Resume.objects.get()
    assert (resume.title, resume.is_confirmed) == ("手写", True)

    client.post(reverse("jobs:resume_delete", args=[resume.pk]))

    assert not Resume.objects.exists()


@pytest.mark.parametrize("name", ["resume", "resume_export", "resume_delete"])
def test_a_resume_of_another_is_not_found_and_stays(client, person, name):
    resume = make_resume(make_seeker().person)
    address = reverse(f"jobs:{name}", args=[resume.pk])

    response = client.post(address) if name == "resume_delete" else client.get(address)

    assert (response.status_code, Resume.objects.count()) == (404, 1)


def test_anonymous_readers_are_sent_to_sign_in(client):
    for name in ("resumes", "resume_new"):
        assert client.get(reverse(f"jobs:{name}")).status_code == 302


def test_the_number_of_statements_does_not_grow_with_the_list(client, person):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            make_resume(person)
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("jobs:resumes"))
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_a_chosen_interview_is_a_calendar_file_for_the_person_only(client):
    at = now()
    application, seeker, recruiter = make_case(at=at, valid_through=at + timedelta(days=30))
    times = [(at + timedelta(days=1), at + timedelta(days=1, hours=1))]
    interview = interviews.offer_interview(
        acting_user=recruiter, application=application, mode="onsite", place="三楼会议室", times=times, at=at
    )
    slot = interview.slots.get()
    address = reverse("jobs:interview_calendar", args=[slot.pk])
    client.force_login(seeker)
    assert client.get(address).status_code == 404

    interviews.choose_slot(acting_user=seeker, slot=slot, at=at)
    event = Calendar.from_ical(client.get(address).content).walk("VEVENT")[0]

    assert (event["location"], event.start) == ("三楼会议室", slot.starts_at.replace(microsecond=0))
    client.force_login(make_account())
    assert client.get(address).status_code == 404
