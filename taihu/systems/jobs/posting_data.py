"""schema.org JobPosting of an opening: only what the page also shows, only while it is open."""

import json
from typing import Any

from django.conf import settings
from django.urls import reverse

from taihu.systems.jobs.enums import EmploymentType, PayBasis
from taihu.systems.jobs.labels import area_label, code_label
from taihu.systems.jobs.models import Opening

TYPES = {
    EmploymentType.FULL_TIME: "FULL_TIME",
    EmploymentType.PART_TIME: "PART_TIME",
    EmploymentType.CAMPUS: "FULL_TIME",
    EmploymentType.INTERN: "INTERN",
    EmploymentType.TEMPORARY: "TEMPORARY",
}
EDUCATION = {3: "associate degree", 4: "bachelor degree", 5: "postgraduate degree", 6: "postgraduate degree"}
FEN = 100


def opening_url(opening: Opening) -> str:
    return settings.SITE_URL + reverse("jobs:opening", args=[opening.pk])


def job_posting(opening: Opening) -> dict[str, Any]:
    """The markup as a dict; dates in ISO 8601, pay in yuan a month."""
    data: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": opening.title,
        "description": _html(opening.description, opening.requirements, opening.benefits),
        "identifier": {"@type": "PropertyValue", "name": settings.SITE_URL, "value": str(opening.pk)},
        "url": opening_url(opening),
        "datePosted": opening.published_at.isoformat() if opening.published_at else "",
        "validThrough": opening.valid_through.isoformat() if opening.valid_through else "",
        "employmentType": TYPES[EmploymentType(opening.employment_type)],
        "hiringOrganization": {"@type": "Organization", "name": opening.organisation.name},
        "jobLocation": {"@type": "Place", "address": _address(opening)},
        "totalJobOpenings": opening.headcount,
        "directApply": not opening.source,
    }
    if opening.industry_code:
        data["industry"] = code_label("industry", opening.industry_code)
    if opening.occupation_code:
        data["occupationalCategory"] = code_label("occupation", opening.occupation_code)
    if opening.pay_basis != PayBasis.UNDISCLOSED and opening.pay_min and opening.pay_max:
        value = {
            "@type": "QuantitativeValue",
            "minValue": opening.pay_min / FEN,
            "maxValue": opening.pay_max / FEN,
            "unitText": "MONTH",
        }
        data["baseSalary"] = {"@type": "MonetaryAmount", "currency": "CNY", "value": value}
    if opening.education_rank in EDUCATION:
        level = EDUCATION[opening.education_rank]
        data["educationRequirements"] = {"@type": "EducationalOccupationalCredential", "credentialCategory": level}
    if opening.experience_min:
        months = opening.experience_min
        data["experienceRequirements"] = {"@type": "OccupationalExperienceRequirements", "monthsOfExperience": months}
    return data


def _html(*texts: str) -> str:
    from django.utils.html import escape, linebreaks

    return "".join(linebreaks(escape(text)) for text in texts if text)


def _address(opening: Opening) -> dict[str, str]:
    return {
        "@type": "PostalAddress",
        "addressCountry": "CN",
        "addressLocality": area_label(opening.area_code, depth=2),
        "streetAddress": opening.address,
    }


def job_posting_script(opening: Opening) -> str:
    """JSON that is safe inside a script element."""
    text = json.dumps(job_posting(opening), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
