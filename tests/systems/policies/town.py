"""A town for the tests of applications: hall, calls, policies, a doctor with everything, budgets, and a bank that pays."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from factories import AT, make_account, make_member, make_organisation, make_person
from records.cases.office import Hall, drive, make_hall, open_run

from taihu.records.base.clock import city_date
from taihu.records.base.events import deliver_all
from taihu.records.base.fields import keyed_hash
from taihu.records.cases.actions import attach, load_shipped
from taihu.records.facts.actions import add_fact
from taihu.records.identity.actions import give_consent
from taihu.records.identity.enums import MemberRole, Purpose, Role
from taihu.records.identity.models import Account, Organisation, Person, RoleGrant
from taihu.records.ledger import actions as ledger
from taihu.records.ledger.models import BudgetLine, Instalment
from taihu.systems.policies.actions.applications import save_application, start_application, submit_application
from taihu.systems.policies.actions.calls import load_example_calls
from taihu.systems.policies.actions.policies import import_examples
from taihu.systems.policies.models import Application, Track

WAN = 1_000_000
CODE = "91320200MA1DOCTOR1"
PDF = b"%PDF-1.4 sample"


@dataclass
class Town:
    hall: Hall
    second_finance: Account
    lines: dict[str, BudgetLine] = field(default_factory=dict)

    def pay(self, at, *, key="") -> int:
        """Look at what is due, let another approve, send it to the bank, read its answer, deliver what follows."""
        ledger.recheck_due(acting_user=self.hall.finance, at=at, until=city_date(at))
        deliver_all(at=at)
        paid = 0
        for line in self.lines.values():
            if not Instalment.objects.filter(state="cleared", shares__line=line).exists():
                continue
            name = key or f"{line.pk}-{city_date(at)}"
            batch = ledger.propose_batch(acting_user=self.hall.finance, at=at, unit=line.unit, key=name)
            ledger.approve_batch(acting_user=self.second_finance, at=at, batch=batch)
            ledger.export_batch(acting_user=self.hall.finance, at=at, batch=batch)
            rows = ["流水号,金额,结果,失败原因,付款日期,银行流水号"]
            for payment in batch.payments.order_by("pk"):
                amount = f"{payment.amount // 100}.{payment.amount % 100:02d}"
                rows.append(f"{payment.reference},{amount},成功,,{city_date(at)},B{payment.pk}")
                paid += payment.amount
            content = ("\r\n".join(rows) + "\r\n").encode()
            ledger.import_return(acting_user=self.hall.finance, at=at, batch=batch, content=content)
        deliver_all(at=at)
        return paid


def make_town(
    *, experts: int = 0, at=AT, levels: dict[str, int] | None = None, programme: str = "", years: int = 1
) -> Town:
    hall = make_hall(experts=experts)
    load_shipped(at=at, only=("taihu-plan", "wuxi-allowance", "suzhou-referral"))
    load_example_calls(at=at, office=hall.office)
    second = make_account()
    for account in (hall.finance, second):
        RoleGrant.objects.get_or_create(
            account=account, unit=hall.office.parent, role=Role.FINANCE, active_from=AT - timedelta(days=4000)
        )
    town = Town(hall, second)
    wanted = [(level, amount, year) for level, amount in (levels or {}).items() for year in range(years)]
    for level, amount, later in wanted:
        unit = hall.district if level == "district" else hall.office
        town.lines[level if not later else f"{level}+{later}"] = ledger.create_line(
            acting_user=hall.finance, at=at, year=city_date(at).year + later, level=level, programme=programme,
            document=f"锡财示〔2026〕{len(town.lines) + 1}号", unit=unit, amount=amount,
        )  # fmt: skip
    return town


def track(call: str, code: str) -> Track:
    return Track.objects.select_related("call").get(call__code=call, code=code)


def make_doctor(at=AT, *, level: str = "doctor", organisation: Organisation | None = None) -> Person:
    """A person of whom the city knows all that the purchase policy asks for."""
    import_examples(acting_user=None, at=at)
    organisation = organisation or make_organisation(credit_code=CODE)
    make_member(organisation, MemberRole.OWNER)
    number = "320211199001011234"
    person = make_person(
        name="赵博士", birth_date=date(1990, 1, 1), id_type="resident", id_number=number,
        id_number_hash=keyed_hash(number), area_code="320214",
    )  # fmt: skip
    give_consent(acting_user=person.account, person=person, purpose=Purpose.POLICY, at=at)
    facts = {
        "degree": [{"level": level, "degree_on": "2022-06-30", "diploma_on": "2022-06-30"}],
        "skill": [],
        "insurance": [{"kind": "enterprise_pension", "in_city": True, "from": "2023-01-01"}],
        "is_full_time": True,
        "arrived_on": "2023-01-01",
        "hukou_in_city": True,
        "home": [{"ordinal": 1, "kind": "commercial_new"}],
        "insured_by": organisation.credit_code,
    }
    for name, value in facts.items():
        add_fact(
            acting_user=None, at=at, subject=person, property_name=name, value=value, valid_from=date(2023, 1, 1),
            source="department", source_name="示例部门",
        )  # fmt: skip
    add_fact(
        acting_user=None, at=at, subject=organisation, property_name="employer_kind", value="enterprise",
        valid_from=date(2020, 1, 1), source="department",
    )  # fmt: skip
    ledger.set_payee_account(
        acting_user=None, at=at, payee=person, holder="赵博士", bank="示例银行无锡分行", number="6222020200012345670"
    )
    return person


def apply_for(
    chosen: Track, person: Person, organisation: Organisation | None, *, at=AT, data: dict | None = None, submit=True
) -> Application:
    """A complete application, handed in by the person."""
    account = person.account
    application = start_application(acting_user=account, at=at, track=chosen, person=person, organisation=organisation)
    values = {name["name"]: _sample(name) for name in chosen.fields if not name.get("fact")} | (data or {})
    save_application(acting_user=account, application=application, at=at, data=values)
    for number, item in enumerate(chosen.attachments):
        if item["required"] and item["by"] == "person":
            upload = SimpleUploadedFile(f"{item['kind']}.pdf", PDF + bytes([48 + number]))
            attach(acting_user=account, case=application.case, kind=item["kind"], upload=upload, at=at)
    if submit:
        submit_application(acting_user=account, application=application, at=at, agrees=True)
        deliver_all(at=at)
    application.refresh_from_db()
    application.case.refresh_from_db()
    return application


def _sample(item: dict):
    if item["type"] == "choice":
        return item["choices"][0][0]
    return {"date": "2026-01-05", "money": 200_000, "integer": 3, "bool": True}.get(item["type"], "示例内容")


def handle(town: Town, application: Application, at, *, until: str = "", values: dict | None = None) -> None:
    """Let the hall do its part and deliver what follows."""
    drive(town.hall, application.case, at, until=until, values=values)
    deliver_all(at=at + timedelta(days=40))
    application.refresh_from_db()
    application.case.refresh_from_db()


__all__ = ["AT", "WAN", "Town", "apply_for", "handle", "make_doctor", "make_town", "open_run", "track"]
