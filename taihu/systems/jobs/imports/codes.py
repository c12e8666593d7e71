"""From the words of a row to codes of the official lists, each with a confidence."""

from functools import lru_cache
from typing import TYPE_CHECKING

from taihu.engines.text.fold import fold
from taihu.engines.text.pay import Basis, Pay, PayNotUnderstood, parse_pay
from taihu.engines.text.phrases import PhraseNotUnderstood, parse_degree, parse_experience, parse_size
from taihu.records.taxonomy.enums import Kind
from taihu.records.taxonomy.lookup import code_of
from taihu.records.taxonomy.mapping import (
    EXACT_ENOUGH,
    Guess,
    guess_area,
    guess_industry,
    guess_occupation,
    guess_skills,
)
from taihu.records.taxonomy.queries import is_code, tree
from taihu.systems.jobs.enums import EmploymentType, PayBasis
from taihu.systems.jobs.imports.amounts import (
    HIGHEST_MONTHS,
    REPAIRS,
    SURE_ENOUGH,
    NotUnderstood,
    PayColumns,
    months_from,
    pay_of_columns,
)
from taihu.systems.jobs.imports.texts import listed
from taihu.systems.jobs.validators import MAX_MONTHLY_PAY, MIN_MONTHLY_PAY

if TYPE_CHECKING:
    from taihu.systems.jobs.imports.understanding import _Work

SURE_AREA = 0.5
SURE_SKILL = 0.8
MOST_SKILLS = 20
_BASES = {
    Basis.MONTHLY: PayBasis.MONTHLY,
    Basis.YEARLY: PayBasis.YEARLY,
    Basis.WEEKLY: PayBasis.MONTHLY,
    Basis.DAILY: PayBasis.DAILY,
    Basis.HOURLY: PayBasis.HOURLY,
    Basis.UNDISCLOSED: PayBasis.UNDISCLOSED,
}


def fill_codes(work: "_Work") -> None:
    _fill_area(work)
    _fill_skills(work)
    _fill_occupation(work)
    _fill_industry(work)
    _fill_pay(work)
    _fill_demands(work)
    _fill_type(work)


@lru_cache(maxsize=20_000)
def area(text: str, within: str) -> Guess:
    known = within if is_code(Kind.AREA, within) else code_of(Kind.AREA, within) if within else ""
    if is_code(Kind.AREA, text):
        return Guess(text, 1.0)
    return guess_area(text, within=known)


@lru_cache(maxsize=20_000)
def industry(text: str) -> Guess:
    if not text:
        return Guess("", 0.0)
    return Guess(text, 1.0) if is_code(Kind.INDUSTRY, text) else guess_industry(text)


@lru_cache(maxsize=20_000)
def _tag_skills(tag: str) -> tuple[Guess, ...]:
    return (Guess(tag, 1.0),) if is_code(Kind.SKILL, tag) else tuple(guess_skills(tag))


@lru_cache(maxsize=4096)
def size_code(text: str) -> str:
    """The size class of a number of employees, by where the class begins."""
    if not text:
        return ""
    exact = code_of(Kind.COMPANY_SIZE, text)
    if exact:
        return exact
    try:
        least = parse_size(text).minimum
    except PhraseNotUnderstood:
        return ""
    fitting = [term.code for term in tree(Kind.COMPANY_SIZE).terms if int(term.extra["min"]) <= least]
    return fitting[-1] if fitting else ""


@lru_cache(maxsize=4096)
def kind_code(text: str) -> str:
    return code_of(Kind.COMPANY_KIND, text) if text else ""


@lru_cache(maxsize=4096)
def _certificate(text: str) -> str:
    return code_of(Kind.CERTIFICATE, text)


def _fill_area(work: "_Work") -> None:
    source = work.task.mapping.fields.get("area")
    text, within = work.get("area") or work.get("address"), source.within if source else ""
    guess = area(text, within) if text or within else Guess("", 0.0)
    work.values["area_code"] = guess.code
    if not guess.code:
        work.hold("area_unknown", "area", text)
    elif guess.confidence < SURE_AREA:
        work.hold("area_doubtful", "area", text)
    work.confidence["area"] = guess.confidence


def _fill_skills(work: "_Work") -> None:
    source = work.task.mapping.fields.get("skills")
    tags = listed(work.get("skills"), source.separators) if source else []
    found: dict[str, float] = {}
    for tag in tags:
        for guess in _tag_skills(tag):
            found[guess.code] = max(found.get(guess.code, 0.0), guess.confidence)
    for name in ("description", "requirements"):
        if work.values[name]:
            for guess in guess_skills(work.values[name]):
                if guess.confidence >= SURE_SKILL:
                    found.setdefault(guess.code, guess.confidence - 0.1)
    kept = dict(list(found.items())[:MOST_SKILLS])
    work.values["skill_codes"] = list(kept)
    if kept:
        work.confidence["skills"] = {code: round(sure, 2) for code, sure in kept.items()}


def _fill_occupation(work: "_Work") -> None:
    named, title, skills = work.get("occupation"), work.values["title"], work.values["skill_codes"]
    if named and is_code(Kind.OCCUPATION, named):
        guess = Guess(named, 1.0)
    else:
        guess = guess_occupation(title, skills)
        if named:
            guess = max(guess_occupation(named, skills), guess, key=lambda g: g.confidence)
    work.values |= {"occupation_code": guess.code, "occupation_confidence": guess.confidence}
    work.confidence["occupation"] = guess.confidence
    work.remarks.append(
        "occupation_unknown"
        if not guess.code
        else "occupation"
        if guess.confidence >= EXACT_ENOUGH
        else "occupation_group"
    )


def _fill_industry(work: "_Work") -> None:
    guess = industry(work.get("industry"))
    work.values["industry_code"] = guess.code[:6]
    work.confidence["industry"] = guess.confidence
    if not guess.code:
        work.remarks.append("industry_unknown")


def _fill_pay(work: "_Work") -> None:
    try:
        pay = _pay(work)
    except (NotUnderstood, PayNotUnderstood) as error:
        phrase = error.phrase if isinstance(error, PayNotUnderstood) else str(error)
        work.hold("pay_unknown", "pay", phrase)
        pay = Pay(Basis.UNDISCLOSED, None, None)
    basis = _BASES.get(pay.basis)
    amounts = [amount for amount in (pay.minimum, pay.maximum) if amount is not None]
    if basis is None:
        work.hold("pay_not_monthly", "pay", work.get("pay"))
        basis, amounts = PayBasis.UNDISCLOSED, []
    elif pay.confidence < SURE_ENOUGH or any(not MIN_MONTHLY_PAY <= amount <= MAX_MONTHLY_PAY for amount in amounts):
        work.hold("pay_doubtful", "pay", work.get("pay") or work.get("pay_min"))
    for note in REPAIRS.intersection(pay.notes):
        work.repair("pay_repaired", "pay", note)
    if basis is PayBasis.UNDISCLOSED:
        work.remarks.append("pay_undisclosed")
    is_told = basis is not PayBasis.UNDISCLOSED
    work.values |= {
        "pay_basis": basis.value,
        "pay_min": pay.minimum if is_told else None,
        "pay_max": pay.maximum if is_told else None,
        "pay_months": pay.months if pay.months <= HIGHEST_MONTHS else 12,
    }
    work.confidence["pay"] = pay.confidence


def _pay(work: "_Work") -> Pay:
    fields = work.task.mapping.fields
    if "pay" in fields:
        phrase = work.get("pay")
        return parse_pay(phrase) if phrase else Pay(Basis.UNDISCLOSED, None, None)
    lowest = fields.get("pay_min") or fields.get("pay_max")
    if lowest is None:
        return Pay(Basis.UNDISCLOSED, None, None)
    unit = work.get("pay_unit") or lowest.unit
    given = PayColumns(work.get("pay_min"), work.get("pay_max"), unit, work.get("pay_per"), work.get("pay_months"))
    return pay_of_columns(given)


def _fill_demands(work: "_Work") -> None:
    values = {"education_rank": 0, "experience_min": 0, "experience_max": None}
    degree = work.get("degree")
    if degree:
        try:
            floor = parse_degree(degree)
            values["education_rank"] = int(floor.rank)
            work.confidence["degree"] = floor.confidence
        except PhraseNotUnderstood:
            work.hold("degree_unknown", "degree", degree)
    _fill_experience(work, values)
    certificates = work.task.mapping.fields.get("certificates")
    names = listed(work.get("certificates"), certificates.separators) if certificates else []
    known = {name: code for name in names if (code := _certificate(name))}
    unknown = [name for name in names if name not in known]
    if unknown:
        # Nothing is lost: what is no code of ours stays readable among the requirements.
        work.values["requirements"] = f"{work.values['requirements']}\n{'、'.join(unknown)}".strip()
        work.remarks.append("certificate_unknown")
    majors = work.task.mapping.fields.get("majors")
    work.values |= values
    work.values["certificate_codes"] = list(dict.fromkeys(known.values()))
    work.values["majors"] = [m[:60] for m in listed(work.get("majors"), majors.separators)][:30] if majors else []


def _fill_experience(work: "_Work", values: "dict[str, int | None]") -> None:
    phrase, fields = work.get("experience"), work.task.mapping.fields
    try:
        if phrase:
            asked = parse_experience(phrase)
            values |= {"experience_min": asked.minimum, "experience_max": asked.maximum}
            work.confidence["experience"] = asked.confidence
            return
        for name in ("experience_min", "experience_max"):
            if text := work.get(name):
                values[name] = months_from(text, fields[name].unit)
    except (PhraseNotUnderstood, NotUnderstood):
        work.hold("experience_unknown", "experience", phrase or work.get("experience_min"))
    low, high = values["experience_min"] or 0, values["experience_max"]
    if high is not None and high < low:
        values |= {"experience_min": high, "experience_max": low}
        work.repair("experience_swapped", "experience")


@lru_cache(maxsize=4096)
def _employment_type(text: str) -> str:
    plain = fold(text).strip()
    if plain in EmploymentType.values:
        return plain
    return code_of(Kind.EMPLOYMENT_TYPE, text)


def _fill_type(work: "_Work") -> None:
    text, title = work.get("employment_type"), work.values["title"]
    code = _employment_type(text) if text else ""
    if text and not code:
        work.hold("type_unknown", "employment_type", text)
    if not text:
        code = EmploymentType.INTERN if "实习" in title else EmploymentType.PART_TIME if "兼职" in title else ""
    work.values["employment_type"] = str(code or EmploymentType.FULL_TIME)
