"""Draws a whole city from one seed: the same seed and day give the same city."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

import numpy as np
from stdnum.cn import uscc

from taihu.portal.demo.families import Family, families
from taihu.portal.demo.words import BENEFITS, BRANDS, GIVEN, PLACES, SCHOOLS, STREETS, SUFFIX, SURNAMES
from taihu.records.identity.enums import OrganisationState
from taihu.records.identity.models import Organisation, Person
from taihu.systems.jobs.enums import EmploymentType, OpeningState
from taihu.systems.jobs.models import Opening, Profile

DISTRICTS = {
    "320214": 24,
    "320213": 16,
    "320211": 13,
    "320206": 12,
    "320205": 12,
    "320281": 12,
    "320282": 7,
    "3202JK": 4,
}
AREA_CODES = tuple(DISTRICTS)
AREA_SHARES = np.array(list(DISTRICTS.values())) / sum(DISTRICTS.values())
KINDS = ("private", "foreign", "state", "joint", "listed")
KIND_SHARES = (0.68, 0.1, 0.09, 0.06, 0.07)
SIZES = ("lt20", "20_99", "100_299", "300_499", "500_999", "1000_9999", "10000p")
SIZE_SHARES = (0.12, 0.3, 0.26, 0.12, 0.1, 0.09, 0.01)
LABEL = "（示例）"
T = TypeVar("T")


class CityDraw:
    """One draw of the city; methods give unsaved rows, in a fixed order."""

    def __init__(self, *, seed: int, at: datetime) -> None:
        self.random = np.random.default_rng(seed)
        self.at = at
        self.opening_shares = self._shares([family.opening_weight for family in families()])
        self.people_shares = self._shares([family.people_weight for family in families()])

    @staticmethod
    def _shares(weights: Sequence[int]) -> np.ndarray:
        values = np.array(weights, dtype=float)
        shares: np.ndarray = values / values.sum()
        return shares

    def pick(self, options: Sequence[T], shares: Sequence[float] | np.ndarray | None = None) -> T:
        return options[int(self.random.choice(len(options), p=shares))]

    def some(self, options: Sequence[T], low: int, high: int) -> list[T]:
        size = min(len(options), int(self.random.integers(low, high + 1)))
        chosen = self.random.choice(len(options), size=size, replace=False)
        return [options[index] for index in sorted(chosen.tolist())]

    def moment(self, days: float) -> datetime:
        """Some moment in the last `days` days, to the minute."""
        return self.at - timedelta(minutes=int(self.random.integers(1, int(days * 1440))))

    def credit_code(self, number: int) -> str:
        body = f"91320200MA{number:07d}"[:17]
        return body + str(uscc.calc_check_digit(body))

    def organisations(self, count: int) -> Iterator[Organisation]:
        industries = [
            industry for family in families() for industry in family.industries for _ in range(family.opening_weight)
        ]
        taken: set[str] = set()
        number = 0
        while number < count:
            industry = self.pick(industries)
            name = f"无锡{self.pick(PLACES)}{self.pick(BRANDS)}{self.pick(SUFFIX[industry])}"
            if name in taken:
                continue
            taken.add(name)
            number += 1
            yield self._organisation(number, name, industry)

    def _organisation(self, number: int, name: str, industry: str) -> Organisation:
        is_verified = self.random.random() < 0.95
        kind = self.pick(KINDS, KIND_SHARES) if industry[0] not in "PQ" else "institution"
        area = self.pick(AREA_CODES, AREA_SHARES)
        return Organisation(
            credit_code=self.credit_code(number),
            name=name + LABEL,
            name_key=name,
            short_name=name[2:8],
            kind_code=kind,
            industry_code=industry,
            size_code=self.pick(SIZES, SIZE_SHARES),
            area_code=area,
            address=f"{self.pick(STREETS)}{int(self.random.integers(1, 999))}号",
            description=f"{name}是为演示而虚构的单位，主要从事相关产品的研发、生产和服务。",
            state=OrganisationState.VERIFIED if is_verified else OrganisationState.UNVERIFIED,
            verified_until=self.at + timedelta(days=int(self.random.integers(5, 180))) if is_verified else None,
            created_at=self.moment(900),
        )

    def openings(self, count: int, organisations: Sequence[Organisation]) -> Iterator[Opening]:
        """Large employers post more; an employer posts what its industry needs."""
        by_industry: dict[str, list[Organisation]] = {}
        for organisation in organisations:
            by_industry.setdefault(organisation.industry_code, []).append(organisation)
        made = 0
        while made < count:
            family = self.pick(families(), self.opening_shares)
            hosts = [host for industry in family.industries for host in by_industry.get(industry, [])]
            if not hosts:
                continue
            weights = np.array([1.0 + 2.0 * SIZES.index(host.size_code) for host in hosts])
            made += 1
            yield self._opening(family, self.pick(hosts, weights / weights.sum()))

    def _opening(self, family: Family, host: Organisation) -> Opening:
        level = float(self.random.beta(1.6, 2.4))
        low = int(family.pay_low + (family.pay_high - family.pay_low) * level * 0.7) // 500 * 500
        high = int(low * (1.2 + 0.5 * self.random.random())) // 500 * 500
        experience = int(level * 8) * 12
        employment = EmploymentType.FULL_TIME
        if level < 0.12:
            employment = self.pick((EmploymentType.CAMPUS, EmploymentType.INTERN, EmploymentType.PART_TIME))
        needed = self.some(range(len(family.skills)), 3, 6)
        published = self.moment(40)
        is_public = host.state == OrganisationState.VERIFIED
        area = host.area_code if self.random.random() < 0.85 else self.pick(AREA_CODES, AREA_SHARES)
        prefix = "高级" if level > 0.62 and family.education >= 3 else ""
        wanted = "、".join(family.skills[index] for index in needed)
        years = f"{experience // 12}年以上相关经验" if experience else "经验不限，可培养"
        certificates = f"；持有{'、'.join(family.certificates)}" if family.certificates else ""
        return Opening(
            organisation=host,
            title=prefix + self.pick(family.titles),
            occupation_code=family.occupation,
            industry_code=host.industry_code,
            employment_type=employment,
            description="；\n".join(f"{number}. {duty}" for number, duty in enumerate(family.duties, 1)) + "。",
            requirements=f"1. {years}；\n2. 熟悉{wanted}{certificates}；\n3. 认真负责，善于沟通协作。",
            benefits="、".join(self.some(BENEFITS, 3, 7)),
            headcount=int(self.random.geometric(0.45 if family.education >= 4 else 0.22)),
            area_code=area,
            address=host.address,
            pay_min=low * 100,
            pay_max=max(high, low + 500) * 100,
            pay_months=int(self.pick((12, 13, 14, 15), (0.55, 0.3, 0.1, 0.05))),
            education_rank=max(0, family.education - int(self.random.random() < 0.3)),
            experience_min=experience,
            skill_codes=[family.skill_codes[index] for index in needed if index < len(family.skill_codes)],
            certificate_codes=list(family.certificate_codes) if self.random.random() < 0.85 else [],
            majors=self.some(family.majors, 0, 2) if family.majors else [],
            contact_name="招聘负责人",
            contact_phone="0510-0000 0000",
            state=OpeningState.PUBLISHED if is_public else OpeningState.DRAFT,
            is_listed=is_public,
            published_at=published if is_public else None,
            refreshed_at=published if is_public else None,
            valid_through=published + timedelta(days=int(self.random.integers(45, 120))) if is_public else None,
            created_at=published,
            updated_at=published,
        )

    def birth_date(self) -> date:
        return self.at.date() - timedelta(days=int(self.random.integers(20 * 365, 58 * 365)))

    def people(self, count: int) -> Iterator[tuple[Person, Profile]]:
        for _ in range(count):
            family = self.pick(families(), self.people_shares)
            name = self.pick(SURNAMES) + "".join(self.some(GIVEN, 1, 2))
            person = Person(
                name=name,
                area_code=self.pick(AREA_CODES, AREA_SHARES),
                is_synthetic=True,
                birth_date=self.birth_date(),
                created_at=self.moment(700),
            )
            yield person, self._profile(person, family)

    def _profile(self, person: Person, family: Family) -> Profile:
        months = min(480, int(self.random.gamma(1.6, 38)))
        education = int(np.clip(family.education + self.pick((-1, 0, 0, 0, 1), None), 1, 6))
        level = min(1.0, months / 180)
        pay = int(family.pay_low + (family.pay_high - family.pay_low) * level * 0.55) // 500 * 500
        other = self.pick(families(), self.people_shares)
        known = self.some(family.skill_codes, max(1, len(family.skill_codes) // 2), len(family.skill_codes))
        extra = self.some(other.skill_codes, 0, 2)
        near = [person.area_code, *self.some(AREA_CODES, 0, 3)]
        is_anywhere = self.random.random() < 0.35
        wanted = [family.occupation]
        if self.random.random() < 0.3 and other.education <= family.education:
            wanted.append(other.occupation)
        return Profile(
            person=person,
            headline=f"{self.pick(family.titles)}，{months // 12}年经验"
            if months >= 12
            else f"{self.pick(family.titles)}（新人）",
            summary="",
            education_rank=education,
            school=self.pick(SCHOOLS) if education >= 3 else "",
            majors=self.some(family.majors, 1, 1) if family.majors and education >= 3 else [],
            experience_months=months,
            occupation_codes=[family.occupation] if months >= 6 else [],
            skill_codes=sorted({*known, *extra}),
            certificate_codes=list(family.certificate_codes) if self.random.random() < 0.8 else [],
            area_code=person.area_code,
            wanted_occupations=sorted(set(wanted)),
            wanted_areas=[] if is_anywhere else sorted(set(near)),
            wanted_types=[] if self.random.random() < 0.5 else [EmploymentType.FULL_TIME],
            pay_floor=max(300_000, int(pay * 0.85) * 100),
            is_looking=True,
            updated_at=self.moment(90),
        )
