"""What machines read besides the API: robots.txt, sitemap, Atom of a search, and the XML that job sites take."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from django.conf import settings
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from taihu.records.base.clock import now
from taihu.systems.jobs.enums import EmploymentType
from taihu.systems.jobs.labels import area_label, code_label, degree_label, experience_label
from taihu.systems.jobs.models import Opening
from taihu.systems.jobs.posting_data import opening_url
from taihu.systems.jobs.queries.public import listed_openings, openings_in_order
from taihu.systems.jobs.search import engine
from taihu.systems.jobs.search.criteria import Order, parse

SITEMAP_SIZE = 10_000
FEED_SIZE = 50
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
# Characters that XML 1.0 does not allow at all.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
JOB_TYPES = {
    EmploymentType.FULL_TIME: "fulltime",
    EmploymentType.PART_TIME: "parttime",
    EmploymentType.CAMPUS: "fulltime",
    EmploymentType.INTERN: "internship",
    EmploymentType.TEMPORARY: "temporary",
}


def clean(text: object) -> str:
    return escape(_FORBIDDEN.sub("", str(text)))


def cdata(text: str) -> str:
    return f"<![CDATA[{_FORBIDDEN.sub('', text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def show_robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", "Disallow: /account/", "Disallow: /me/", "Disallow: /office/", "Allow: /"]
    lines.append(f"Sitemap: {settings.SITE_URL}{reverse('jobs:sitemap')}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def show_sitemap(request: HttpRequest) -> HttpResponse:
    """The index: one file for every ten thousand open openings."""
    count = Opening.objects.filter(is_listed=True).count()
    pages = [
        f"<sitemap><loc>{settings.SITE_URL}{reverse('jobs:sitemap_page', args=[page])}</loc></sitemap>"
        for page in range(1, max(1, -(-count // SITEMAP_SIZE)) + 1)
    ]
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return _xml(f'{HEAD}<sitemapindex xmlns="{space}">{"".join(pages)}</sitemapindex>')


def show_sitemap_page(request: HttpRequest, page: int) -> HttpResponse:
    start = (page - 1) * SITEMAP_SIZE
    rows = Opening.objects.filter(is_listed=True).order_by("pk").only("pk", "updated_at")
    chunk = list(rows[start : start + SITEMAP_SIZE]) if page > 0 else []
    if not chunk and page != 1:
        raise Http404
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    entries = [f"<url><loc>{opening_url(o)}</loc><lastmod>{o.updated_at.isoformat()}</lastmod></url>" for o in chunk]
    return _xml(f'{HEAD}<urlset xmlns="{space}">{"".join(entries)}</urlset>')


def show_atom(request: HttpRequest) -> HttpResponse:
    """The newest openings of a search: the same parameters as the search page."""
    at = now()
    criteria = replace(parse(request.GET), order=Order.NEWEST, page=1)
    openings = openings_in_order(engine.search(criteria, at=at, size=FEED_SIZE).ids)
    updated = max((o.published_at for o in openings if o.published_at), default=at)
    query = criteria.query_string(with_page=False)
    page, itself = (
        f"{settings.SITE_URL}{reverse('jobs:openings')}?{query}",
        f"{settings.SITE_URL}{request.path}?{query}",
    )
    title = " · ".join(part for part in (criteria.text, _("最新岗位"), settings.CITY_NAME) if part)
    parts = [
        f'{HEAD}<feed xmlns="http://www.w3.org/2005/Atom"><title>{clean(title)}</title><id>{clean(itself)}</id>',
        f'<link rel="self" href={quoteattr(itself)}/><link href={quoteattr(page)}/>',
        f"<updated>{updated.isoformat()}</updated>",
        *(_entry(opening) for opening in openings),
        "</feed>",
    ]
    return _xml("".join(parts), content_type="application/atom+xml; charset=utf-8")


def _entry(opening: Opening) -> str:
    published = (opening.published_at or opening.updated_at).isoformat()
    address = opening_url(opening)
    facts = [area_label(opening.area_code), degree_label(opening.education_rank), opening.organisation.name]
    return (
        f"<entry><title>{clean(opening.title)}</title><id>{address}</id><link href={quoteattr(address)}/>"
        f"<author><name>{clean(opening.organisation.name)}</name></author><published>{published}</published>"
        f"<updated>{opening.updated_at.isoformat()}</updated><summary>{clean(' · '.join(filter(None, facts)))}</summary></entry>"
    )


def show_job_feed(request: HttpRequest) -> StreamingHttpResponse:
    """All own open openings in the layout that job sites read; sent as it is written, so that memory stays flat."""
    response = StreamingHttpResponse(_job_feed(now()), content_type="application/xml; charset=utf-8")
    newest = Opening.objects.filter(is_listed=True).aggregate(newest=Max("updated_at"))["newest"]
    if newest is not None:
        response["Last-Modified"] = http_date(newest.timestamp())
    return response


def _job_feed(at: datetime) -> Iterator[str]:
    yield f"{HEAD}<source><publisher>{clean(settings.CITY_NAME)}</publisher><publisherurl>{settings.SITE_URL}</publisherurl>"
    yield f"<lastBuildDate>{http_date(at.timestamp())}</lastBuildDate>\n"
    last = 0
    while chunk := list(listed_openings().filter(source="", pk__gt=last).order_by("pk")[:500]):
        yield "".join(_job(opening) for opening in chunk)
        last = chunk[-1].pk
    yield "</source>\n"


def _job(opening: Opening) -> str:
    text = "\n\n".join(part for part in (opening.description, opening.requirements, opening.benefits) if part)
    published = opening.published_at or opening.updated_at
    salary = ""
    if opening.pay_min and opening.pay_max:
        salary = f"CNY {opening.pay_min // 100}-{opening.pay_max // 100} per month"
    fields = {
        "title": opening.title,
        "date": http_date(published.timestamp()),
        "referencenumber": str(opening.pk),
        "url": opening_url(opening),
        "company": opening.organisation.name,
        "city": area_label(opening.area_code),
        "state": area_label(opening.area_code[:2] + "0000"),
        "country": "CN",
        "streetaddress": opening.address,
        "description": text,
        "salary": salary,
        "jobtype": JOB_TYPES[EmploymentType(opening.employment_type)],
        "category": code_label("occupation", opening.occupation_code),
        "experience": experience_label(opening.experience_min, opening.experience_max),
        "education": degree_label(opening.education_rank),
        "expirationdate": opening.valid_through.isoformat() if opening.valid_through else "",
    }
    inside = "".join(f"<{name}>{cdata(value)}</{name}>" for name, value in fields.items() if value)
    return f"<job>{inside}</job>\n"


def _xml(text: str, *, content_type: str = "application/xml; charset=utf-8") -> HttpResponse:
    return HttpResponse(text, content_type=content_type)
