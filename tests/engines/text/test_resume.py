import pytest
from hypothesis import given
from hypothesis import strategies as st

from taihu.engines.text.json_resume import from_json_resume, to_json_resume
from taihu.engines.text.phrases import DegreeRank
from taihu.engines.text.resume import Education, Resume, Skill, Value, Work, read_resume
from taihu.engines.text.similar import Lexicon

SKILLS = Lexicon([("PLC", "s1"), ("Python", "s2"), ("机器学习", "s3"), ("machine learning", "s3")])

CHINESE = """个人简历
示例甲
性别：女   出生年月：1996.03   婚姻状况：未婚   民族：汉
手机：13800000000 | 邮箱：jia@example.com

教育背景
2015.09-2019.06    江南大学    自动化专业    本科
2019年9月 至 2022年6月
东南大学（控制工程，硕士）

工作经历
2022.07 - 至今   无锡太湖科技有限公司   电气工程师
1. 负责产线 PLC 程序设计
2. 使用 Python 做数据分析
示例精密机械(无锡)有限公司    技术员（实习）
2021/07—2021/12
协助调试设备

专业技能
熟悉PLC、Python，了解机器学习

自我评价
三年以上自动化行业经验，做事踏实。
"""

ENGLISH = """Example Person
Email: person@example.org  Phone: +86 139 0000 0000

EDUCATION
Jiangnan University, Bachelor, Sep 2010
2010.09 - 2014.06

WORK EXPERIENCE
2014-07 to present   Example Robotics Ltd.   Software Engineer
Built machine learning services in Python. 8 years of experience.
"""


def test_a_chinese_resume_is_read_with_its_lines() -> None:
    resume = read_resume(CHINESE, skills=SKILLS)

    assert resume.phone == Value("13800000000", 4)
    assert resume.email == Value("jia@example.com", 4)
    assert resume.education == (
        Education("江南大学", DegreeRank.BACHELOR, "自动化", "2015-09", "2019-06", 7),
        Education("东南大学", DegreeRank.MASTER, "控制工程", "2019-09", "2022-06", 9),
    )
    assert [(w.employer, w.title, w.start, w.end, w.is_current) for w in resume.work] == [
        ("无锡太湖科技有限公司", "电气工程师", "2022-07", "", True),
        ("示例精密机械(无锡)有限公司", "技术员", "2021-07", "2021-12", False),
    ]
    assert resume.work[0].summary == "1. 负责产线 PLC 程序设计\n2. 使用 Python 做数据分析"
    assert resume.work[1].summary == "协助调试设备"
    assert [(s.name, s.codes) for s in resume.skills] == [("plc", ("s1",)), ("python", ("s2",)), ("机器学习", ("s3",))]
    assert resume.summary == "三年以上自动化行业经验，做事踏实。".replace("，", ",")


def test_an_english_resume_is_read() -> None:
    resume = read_resume(ENGLISH, skills=SKILLS)

    assert (resume.email, resume.phone) == (Value("person@example.org", 2), Value("13900000000", 2))
    assert [(e.school, e.degree, e.start, e.end) for e in resume.education] == [
        ("Jiangnan University", DegreeRank.BACHELOR, "2010-09", "2014-06")
    ]
    assert [(w.employer, w.title, w.start, w.is_current) for w in resume.work] == [
        ("Example Robotics Ltd.", "Software Engineer", "2014-07", True)
    ]
    assert resume.experience_years == Value("8", 10)


@pytest.mark.parametrize("text", ["", " \n ", "\x00\x01", "第 1 页 共 2 页"])
def test_hardly_any_text_is_reported_and_nothing_is_invented(text: str) -> None:
    assert read_resume(text) == Resume(notes=("too_little_text",))


def test_a_text_that_is_no_resume_yields_nothing() -> None:
    text = "本公司主营精密机械加工，成立于二〇〇五年，厂区位于新吴区，欢迎来电洽谈合作，价格面议，质量可靠，交货及时。"

    assert read_resume(text, skills=SKILLS) == Resume()


@pytest.mark.parametrize("line", ["教育背景", "个人简历", "电气工程师", "无锡", "联系方式", "求职意向"])
def test_a_heading_or_place_is_not_taken_for_a_name(line: str) -> None:
    assert (
        read_resume(f"{line}\n电话：13800000000，熟悉变频器与伺服电机的安装调试和日常维护工作，吃苦耐劳").name is None
    )


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("姓名：吴新华", "吴新华"),
        ("姓 名: 吴新华  性别：男", "吴新华"),
        ("吴 新 华", "吴新华"),
        ("Name: Li Lei", "Li Lei"),
        ("欧阳示例", "欧阳示例"),
    ],
)
def test_a_name_is_read_from_its_label_or_its_own_line(line: str, name: str) -> None:
    resume = read_resume(f"{line}\n电话：13800000000，熟悉变频器与伺服电机的安装调试和日常维护工作，吃苦耐劳")

    assert resume.name == Value(name, 1)


def test_impossible_dates_and_long_numbers_are_left_out() -> None:
    text = "工作经历\n2022.07-2019.01  无锡太湖科技有限公司  工程师\n身份证 320200199001011234 订单号 138000000001234567890123"

    resume = read_resume(text)

    assert resume.work == ()
    assert resume.phone is None


def test_several_phones_are_said() -> None:
    resume = read_resume(
        "姓名：吴新华\n手机 13800000000 备用 13900000000\n熟悉变频器与伺服电机的安装调试和日常维护工作"
    )

    assert resume.phone == Value("13800000000", 2)
    assert resume.notes == ("several_phones",)


def test_a_very_long_text_is_cut_and_read_in_time() -> None:
    assert "cut" in read_resume("工作经历 2020.01-2021.01 大学公司工程师经验 " * 20_000).notes


months = st.builds("{}-{:02d}".format, st.integers(1990, 2026), st.integers(1, 12)) | st.just("")
words = st.text(alphabet="太湖科技示例甲乙AbC 1", min_size=1, max_size=12).map(str.strip).filter(bool)
WORKS = st.builds(lambda e, t, s, end: Work(e, t, s, end, bool(s) and not end), words, words, months, months)
RESUMES = st.builds(
    Resume,
    name=words.map(Value) | st.none(),
    phone=st.just(Value("13800000000")) | st.none(),
    email=st.just(Value("a@example.com")) | st.none(),
    experience_years=st.just(Value("3")) | st.none(),
    education=st.lists(
        st.builds(Education, words, st.sampled_from(DegreeRank).filter(bool) | st.none(), words, months, months),
        max_size=3,
    ).map(tuple),
    work=st.lists(WORKS, max_size=3).map(tuple),
    skills=st.lists(words, max_size=3, unique=True).map(lambda names: tuple(Skill(name) for name in names)),
    summary=words,
)


@given(RESUMES)
def test_json_resume_there_and_back_keeps_everything(resume: Resume) -> None:
    assert from_json_resume(to_json_resume(resume)) == resume


@pytest.mark.parametrize("data", [[], "x", {}, {"jobs": []}])
def test_something_else_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="no JSON Resume"):
        from_json_resume(data)


def test_malformed_parts_are_left_out() -> None:
    data = {
        "basics": {"name": 5, "email": ["x"]},
        "work": [{"position": "无单位"}, "x", {"name": "太湖科技", "startDate": "soon"}],
        "education": {"institution": "x"},
        "skills": [{"name": "PLC", "keywords": ["Python", 3]}, {"keywords": "x"}],
    }

    resume = from_json_resume(data, skills=SKILLS)

    assert (resume.name, resume.email, resume.education) == (None, None, ())
    assert resume.work == (Work("太湖科技"),)
    assert resume.skills == (Skill("PLC", ("s1",)), Skill("Python", ("s2",)))
