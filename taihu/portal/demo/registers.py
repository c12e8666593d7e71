"""What the registers of the demo city know of its people: degrees, insurance, homes, titles, classes, households.

Drawn apart from the rest of the city, so that a change here leaves the market as it is. Everybody gets an ordinary life;
some are drawn for a policy that few lives lead to. About one answer in fourteen is missing, as it is in a real city.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from taihu.records.base.clock import city_date
from taihu.records.facts.models import Fact, Source
from taihu.records.identity.models import Organisation, Person
from taihu.systems.jobs.models import Profile

PEOPLE = 4_000
SINCE = date(2015, 1, 1)
MISSING = 0.07
ANSWERED = timedelta(days=30)  # ago: before the first application of the demo city that is read again
SCHOOLS = ("4132010295", "4132010285", "4132010286", "4132010284", "4132010288", "4132010299")
TOP_SCHOOLS = ("zju", "tsinghua", "sjtu", "fudan")
LEVELS = {4: "bachelor", 5: "master", 6: "doctor"}
SOURCES = {
    "degree": "高等教育学历学位库（示例）",
    "insurance": "市社会保险中心（示例）",
    "home": "市不动产登记中心（示例）",
    "homes_in_city": "市不动产登记中心（示例）",
    "hukou_in_city": "市公安局（示例）",
    "household": "市公安局（示例）",
    "insured_by": "市社会保险中心（示例）",
    "first_insured_on": "市社会保险中心（示例）",
    "works_in_urban_districts": "市社会保险中心（示例）",
    "benefit": "市财政局（示例）",
    "in_public_housing": "市住房城乡建设局（示例）",
    "rent_registered": "市住房城乡建设局（示例）",
    "monthly_rent": "市住房城乡建设局（示例）",
    "talent_class": "市人才工作办公室（示例）",
    "class_recognised_on": "市人才工作办公室（示例）",
    "employer_kind": "市市场监督管理局（示例）",
}
OTHERWISE = "市人力资源和社会保障局（示例）"
SPECIAL = (
    "class", "class", "city_class", "city_class", "doctor", "startup", "team", "voucher", "voucher", "project",
    "newcomer", "newcomer", "renter", "old_purchase", "old_rent", "contradiction",
)  # fmt: skip
SPECIAL_SHARE = 0.35


@dataclass
class Answers:
    """What the registers say of one person, on the way to rows: a value or a list of dated records by name."""

    person: Person
    values: dict[str, tuple[Any, date]] = field(default_factory=dict)
    records: dict[str, list[tuple[dict[str, Any], date]]] = field(default_factory=dict)

    def say(self, name: str, value: Any, since: date = SINCE) -> None:
        self.values[name] = (value, since)

    def add(self, name: str, record: dict[str, Any], since: date) -> None:
        self.records.setdefault(name, []).append((record, since))

    def none(self, *names: str) -> None:
        for name in names:
            self.records[name] = []


class RegisterDraw:
    """Draws the answers; methods are called in a fixed order."""

    def __init__(self, *, seed: int, at: datetime, organisations: Sequence[Organisation]) -> None:
        self.random = np.random.default_rng([seed, 41])
        self.at, self.today = at, city_date(at)
        self.organisations = organisations

    def chance(self, share: float) -> bool:
        return bool(self.random.random() < share)

    def pick(self, options: Sequence[Any]) -> Any:
        return options[int(self.random.integers(len(options)))]

    def day(self, first: int, last: int) -> date:
        """A day between `first` and `last` days ago."""
        return self.today - timedelta(days=int(self.random.integers(last, first)))

    def answers(self, profiles: Sequence[Profile]) -> Iterator[Answers]:
        for number, profile in enumerate(profiles):
            if number == 0:
                yield self.seeker(profile.person)
                continue
            found = self.ordinary(profile)
            if self.chance(SPECIAL_SHARE):
                getattr(self, f"as_{self.pick(SPECIAL)}")(found)
            self.forget(found)
            yield found

    def forget(self, found: Answers) -> None:
        """Some answers never came."""
        for name in sorted(found.values):
            if self.chance(MISSING):
                del found.values[name]
        for name in sorted(found.records):
            if self.chance(MISSING):
                del found.records[name]

    def ordinary(self, profile: Profile) -> Answers:
        found = Answers(profile.person)
        found.none("degree", "skill", "title", "insurance", "home", "benefit")
        self.study(found, LEVELS.get(profile.education_rank, ""))
        self.work(found)
        self.dwell(found)
        return found

    def study(self, found: Answers, level: str, *, done: date | None = None, school: str = "") -> None:
        if not level:
            if self.chance(0.3):
                skill = self.pick(("senior", "technician", "senior_technician"))
                day = self.day(4000, 200)
                found.add(
                    "skill", {"level": skill, "granted_on": day.isoformat(), "from_school": self.chance(0.7)}, day
                )
            return
        day = done or self.day(self.pick((700, 1800, 4200)), 120)
        found.records["degree"] = []
        found.add("degree", self.degree(level, day, school), day)
        if self.chance(0.12):
            granted = self.day(1500, 100)
            title = self.pick(("middle", "deputy_senior", "senior"))
            found.add("title", {"level": title, "granted_on": granted.isoformat()}, granted)

    def degree(self, level: str, day: date, school: str = "") -> dict[str, Any]:
        return {
            "level": level,
            "mode": "full_time" if self.chance(0.92) else "part_time",
            "university": school or (self.pick(TOP_SCHOOLS) if self.chance(0.06) else self.pick(SCHOOLS)),
            "university_kind": self.pick(("double_first", "p211", "other")),
            "country": "CN",
            "diploma_on": day.isoformat(),
            "degree_on": day.isoformat(),
            "is_certified": True,
            "is_joint_programme": False,
        }

    def work(self, found: Answers, *, since: date | None = None) -> None:
        start = since or self.day(self.pick((150, 900, 1800, 3800)), 20)
        first = start - timedelta(days=int(self.random.integers(0, 40)))
        found.say("arrived_on", first.isoformat(), first)
        found.say("first_insured_on", start.isoformat(), start)
        found.say("is_full_time", self.chance(0.9))
        found.say("works_in_urban_districts", self.chance(0.75))
        found.say("insured_by", self.pick(self.organisations).credit_code, start)
        self.insure(found, start)
        if self.chance(0.75):
            found.say("contract_from", start.isoformat(), start)
            end = start.replace(day=1) + timedelta(days=self.pick((200, 1100, 1900)) + 1500)
            found.say("contract_to", end.isoformat(), start)
        if self.chance(0.2):
            found.say("introduced_on", (day := self.day(1500, 20)).isoformat(), day)
            found.say("service_period_years", self.pick((1, 3, 5)), day)
        found.say("is_returnee", self.chance(0.06))

    def insure(self, found: Answers, start: date) -> None:
        found.none("insurance")
        for kind in ("enterprise_pension", "unemployment", "medical"):
            found.add(
                "insurance", self.insured(kind, start, payer="employer" if self.chance(0.93) else "flexible"), start
            )

    def insured(self, kind: str, start: date, end: date | None = None, payer: str = "employer") -> dict[str, Any]:
        record = {
            "kind": kind,
            "payer": payer,
            "area": "320211",
            "in_city": True,
            "is_urban": True,
            "is_back_payment": False,
            "from": start.isoformat(),
        }
        return record | ({"to": end.isoformat()} if end else {})

    def dwell(self, found: Answers) -> None:
        found.say("hukou_in_city", self.chance(0.62))
        found.say("in_public_housing", self.chance(0.04))
        found.say("is_native", self.chance(0.4))
        if self.chance(0.45):
            self.buy(found, self.day(self.pick((500, 2500)), 30))
        else:
            found.say("homes_in_city", 0)
            found.say("rent_registered", self.chance(0.6))
            found.say("monthly_rent", int(self.random.integers(10, 40)) * 10_000)
        if self.chance(0.08):
            paid = self.day(900, 40)
            amount = int(self.random.integers(3, 13)) * 100_000
            record = {"programme": self.pick(("rent", "housing", "nanjing-rent")), "amount": amount, "months": 6}
            found.add("benefit", record | {"paid_on": paid.isoformat()}, paid)

    def buy(self, found: Answers, deed: date, *, area: str = "", ordinal: int = 1) -> None:
        signed = deed - timedelta(days=int(self.random.integers(30, 200)))
        found.say("homes_in_city", ordinal)
        found.none("home")
        record = {
            "area": area or self.pick(("320211", "320213", "320214")),
            "is_urban": True,
            "kind": "commercial_new" if self.chance(0.8) else "affordable",
            "owner": "self" if self.chance(0.9) else "parents",
            "ordinal": ordinal,
            "signed_on": signed.isoformat(),
            "deed_on": deed.isoformat(),
            "price": int(self.random.integers(70, 420)) * 1_000_000,
            "is_new_built": self.chance(0.8),
        }
        found.add("home", record, deed)

    def as_class(self, found: Answers) -> None:
        """A talent of the city's own classes with a home: wuxi-housing."""
        day = self.day(1500, 60)
        found.say("talent_class", self.pick(("A3", "B1", "B2", "B3", "C1", "C1", "C2", "C2", "D1")), day)
        found.say("class_recognised_on", day.isoformat(), day)
        found.none("benefit")
        self.buy(found, self.day(700, 30), ordinal=self.pick((1, 1, 2, 3)))

    def as_city_class(self, found: Answers) -> None:
        """Classes A to D of another city's policy, with an employer in its district: hangzhou-housing, fuyang-topup."""
        day = self.day(1500, 60)
        found.say("talent_class", self.pick(("A", "B", "C", "D", "D", "E")), day)
        self.buy(found, self.day(700, 30))
        found.say("insured_by", self.pick(self.organisations[:6]).credit_code, self.day(900, 400))
        if self.chance(0.3):
            paid = self.day(600, 60)
            found.add("benefit", {"programme": "settling", "amount": 10_000_000, "paid_on": paid.isoformat()}, paid)

    def as_doctor(self, found: Answers) -> None:
        """A doctor introduced lately: jiangsu-doctor, the doctors' grounds of other policies."""
        self.study(found, "doctor", done=self.day(2600, 200))
        day = self.day(1300, 60)
        found.say("introduced_on", day.isoformat(), day)
        found.say("service_period_years", self.pick((2, 3, 5, 5)), day)
        found.say("is_foreigner", self.chance(0.1))
        found.say("is_postdoc_finished", self.chance(0.3))

    def as_startup(self, found: Answers) -> None:
        """A founder: suzhou-startup."""
        day = date(2024, 1, 1) + timedelta(days=int(self.random.integers(0, 600)))
        found.say("share_percent", self.pick(("0.1", "0.25", "0.6")))
        found.say("is_largest_natural_shareholder", self.chance(0.6))
        found.say("paid_in_cash", self.pick((50, 120, 300)) * 1_000_000)
        found.say("paid_in_through_holding", self.chance(0.2))
        found.say("company_registered_on", day.isoformat(), day)
        found.say("insured_non_shareholders", self.pick((1, 2, 6, 12)))
        found.say("project_grant", self.pick((80, 200, 350)) * 1_000_000)
        found.say("company_revenue", self.pick((400, 2500, 5200)) * 1_000_000)
        found.say("company_is_gazelle", self.chance(0.1))
        found.say("arrived_on", (arrived := day - timedelta(days=300)).isoformat(), arrived)

    def as_team(self, found: Answers) -> None:
        """The leader of a team: wuxi-top-team, decided case by case."""
        day = self.day(3000, 300)
        level = self.pick(("national", "national", "province"))
        found.add("honour", {"name": "示例称号", "level": level, "granted_on": day.isoformat(), "rank": 1}, day)
        found.say("team_core_members", self.pick((1, 3, 5)))
        found.none("decision")
        if self.chance(0.4):
            decided = self.day(500, 60)
            decision = {
                "policy": "wuxi-top-team",
                "kind": "special",
                "amount": 1_000_000_000,
                "body": "市委常委会（示例）",
            }
            found.add("decision", decision | {"minutes": "示例-8", "decided_on": decided.isoformat()}, decided)

    def as_voucher(self, found: Answers) -> None:
        """Newly insured, with a new home in a listed district: xuzhou-voucher."""
        start = date(2023, 11, 1) + timedelta(days=int(self.random.integers(0, 700)))
        self.study(found, self.pick(("bachelor", "master", "doctor")), done=start - timedelta(days=90))
        self.work(found, since=start)
        found.say("contract_from", start.isoformat(), start)
        found.say("contract_to", (start + timedelta(days=1200)).isoformat(), start)
        self.buy(found, self.day(280, 30), area=self.pick(("320302", "320303", "320305", "320311", "320311", "320211")))
        found.records["home"][0][0]["is_new_built"] = True

    def as_project(self, found: Answers) -> None:
        """The company of a team project: zhengzhou-team."""
        day = self.day(2500, 100)
        found.say("company_registered_on", day.isoformat(), day)
        found.say("on_bad_list", self.chance(0.25))
        found.say("project_grant", self.pick((100, 300)) * 1_000_000)
        found.say("is_team_project", self.chance(0.5))

    def as_newcomer(self, found: Answers) -> None:
        """Introduced within the year: shenzhen-new, changzhou-purchase."""
        day = self.day(500, 20)
        self.study(found, self.pick(("bachelor", "master")), done=day - timedelta(days=60))
        found.say("introduced_on", day.isoformat(), day)
        found.say("hukou_in_city", self.chance(0.8), day)
        self.work(found, since=day + timedelta(days=10) if day + timedelta(days=10) < self.today else day)
        found.say("introduced_on", day.isoformat(), day)
        if self.chance(0.5):
            self.buy(found, self.day(19, 5))

    def as_renter(self, found: Answers) -> None:
        """A graduate of the last two years without a home: nanjing-rent."""
        done = self.day(850, 60)
        self.study(found, self.pick(("bachelor", "master", "doctor")), done=done)
        self.work(found, since=min(done + timedelta(days=30), self.today - timedelta(days=25)))
        start = found.values["first_insured_on"][1]
        found.say("contract_from", start.isoformat(), start)
        found.say("contract_to", (start + timedelta(days=self.pick((300, 1200)))).isoformat(), start)
        found.none("home")
        found.say("homes_in_city", 0)

    def as_old_purchase(self, found: Answers) -> None:
        """Bought under the rule that held until 2024: wuxi-old-purchase."""
        start = date(2019, 8, 1) + timedelta(days=int(self.random.integers(0, 500)))
        self.study(
            found, self.pick(("doctor", "master")), done=start - timedelta(days=30), school=self.pick(TOP_SCHOOLS)
        )
        self.work(found, since=start)
        self.buy(found, start + timedelta(days=int(self.random.integers(-200, 900))))
        found.say("is_postdoc_finished", self.chance(0.2))

    def as_old_rent(self, found: Answers) -> None:
        """Rented under the rule that held until 2024: wuxi-rent, wuxi-class-d."""
        done = date(2022, 3, 1) + timedelta(days=int(self.random.integers(0, 700)))
        self.study(found, self.pick(("bachelor", "master", "doctor")), done=done)
        self.work(found, since=done + timedelta(days=20))
        found.say("works_in_urban_districts", self.chance(0.9))
        found.say("rent_registered", self.chance(0.85))
        found.say("shortage_points", int(self.random.integers(60, 110)), done)

    def as_contradiction(self, found: Answers) -> None:
        """Two registers that do not agree, or a date that cannot be."""
        kind = self.pick(("overlap", "dates", "future"))
        if kind == "overlap" and found.records.get("insurance"):
            record, since = found.records["insurance"][0]
            found.add("insurance", {**record, "payer": "flexible"}, since)
        elif kind == "dates" and found.records.get("degree"):
            record, since = found.records["degree"][0]
            record["diploma_on"] = (date.fromisoformat(record["degree_on"]) - timedelta(days=3000)).isoformat()
        else:
            found.say("first_insured_on", (self.today + timedelta(days=200)).isoformat())

    def seeker(self, person: Person) -> Answers:
        """The person behind the demo's first account: something now, something soon, something to check, something not."""
        today = self.today
        found = Answers(person)
        found.none("degree", "skill", "title", "insurance", "home", "benefit")
        graduated, came = date(today.year - 3, 6, 30), date(today.year - 3, 7, 15)
        back = (today.replace(day=1) - timedelta(days=75)).replace(day=1)
        found.add("degree", self.degree("master", graduated, "4132010295"), graduated)
        found.say("birth_date", f"{today.year - 28}-04-12")
        for kind in ("enterprise_pension", "unemployment", "medical"):
            found.add("insurance", self.insured(kind, came, (back - timedelta(days=60)).replace(day=28)), came)
            found.add("insurance", self.insured(kind, back), back)
        found.say("insured_by", self.organisations[3].credit_code, back)
        found.say("arrived_on", came.isoformat(), came)
        found.say("first_insured_on", came.isoformat(), came)
        found.say("introduced_on", back.isoformat(), back)
        found.say("is_full_time", True, back)
        found.say("works_in_urban_districts", True, came)
        found.say("hukou_in_city", True, came)
        found.say("in_public_housing", False)
        found.say("is_native", False)
        self.buy(found, back + timedelta(days=20))
        found.records["home"][0][0].update(kind="commercial_new", owner="self", ordinal=1, price=186_000_000)
        return found


def rows_of(found: Answers, at: datetime) -> Iterator[Fact]:
    """One row per value; of a list one row per record, from the day on which the register learned of it."""
    known = at - ANSWERED

    def row(name: str, value: Any, since: date) -> Fact:
        return Fact(
            person=found.person,
            property=name,
            value=value,
            valid_from=since,
            known_from=known,
            source=Source.DEPARTMENT,
            source_name=SOURCES.get(name, OTHERWISE),
        )

    for name, (value, since) in found.values.items():
        yield row(name, value, min(since, city_date(at)))
    for name, records in found.records.items():
        days = sorted({since for _record, since in records})
        if not days or days[0] > SINCE:
            yield row(name, [], SINCE)
        for day in days:
            yield row(name, [record for record, since in records if since == day], day)
