from enum import StrEnum


class Kind(StrEnum):
    """The code lists that ship with the software, named as in `data/manifest.toml`."""

    AREA = "area"
    INDUSTRY = "industry"
    OCCUPATION = "occupation"
    EDUCATION = "education"
    EDUCATION_RANK = "education_rank"
    DEGREE = "degree"
    PROFESSIONAL_TITLE = "professional_title"
    UNIVERSITY = "university"
    EMPLOYMENT_TYPE = "employment_type"
    EXPERIENCE_BAND = "experience_band"
    COMPANY_KIND = "company_kind"
    COMPANY_SIZE = "company_size"
    LANGUAGE = "language"
    SKILL = "skill"
    JOB_TITLE = "job_title"
    CERTIFICATE = "certificate"
