"""The report's section on practices: who is a member when, and what each group of practices is paid."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.analysis.run import Run
from mcp_finance.files.problems import harmless
from mcp_finance.report import charts, money
from mcp_finance.report.charts import Series
from mcp_finance.report.views import NONE, Chart, Part, Section, Table, Words, day, last_day, millions
from mcp_finance.report.yearly import by_year, series_of

WORDS = (
    "A practice's income is what it is paid for the modelled services: by the commissioner, and through the budget "
    "holder. What the budget holder provides itself once a practice is fully integrated is not the practice's income."
)
FORMS = {"full": "fully integrated", "partial": "partially integrated", "virtual": "virtual", "non_member": "no member"}
INCOME = (
    "practice_own_income",
    "practice_income_through_holder",
    "practice_do_nothing_income",
    "practice_income_change",
)
BESIDE = (
    ("Separate contract for non-members", "non_member_contract"),
    ("Shadow budget of virtual practices", "shadow_budget"),
)


def practices_section(run: Run) -> Iterator[Section]:
    """The register of practices, membership by year, and income by group."""
    parts = [*_register(run), *_beside(run)]
    if parts:
        yield Section("practices", "Practices", tuple(parts))


def _register(run: Run) -> Iterator[Part]:
    register = run.loaded.scenario.practices
    if not register:
        return
    drawn = [
        Series("Member practices", series_of(run, "member_share"), True),
        Series("Fully integrated", series_of(run, "fully_integrated_share")),
    ]
    title = "Share of the registered list in member and fully integrated practices"
    yield Chart(charts.line_chart(title, "By year.", run.years, drawn, unit="%", scale=0.01, key="practices"))
    rows = tuple(
        (
            harmless(p.title),
            money.percent(p.list.value),
            FORMS[p.form],
            _date(run, "member_day", key, shown=p.form in ("full", "partial")),
            _date(run, "full_day", key, shown=p.form == "full" or p.full_from is not None),
            last_day(run.results.final("practice_leaves", practice=key)) if p.leaves else NONE,
            *(millions(sum(series_of(run, row, practice=key))) for row in INCOME),
        )
        for key, p in register.items()
    )
    head = ("Practices", "Of the list", "Form", "Member from", "Full from", "Leaves after", "Paid by commissioner",
            "Through budget holder", "With nothing done", "Change of income")  # fmt: skip
    yield Words(WORDS)
    yield Table("Practices over the term; income in £m", head, "tnttttnnnn", rows)


def _date(run: Run, row: str, key: str, *, shown: bool) -> str:
    return day(run.results.final(row, practice=key)) if shown else NONE


def _beside(run: Run) -> Iterator[Part]:
    found = [(title, row, True) for title, row in BESIDE if row in run.results and any(series_of(run, row))]
    if found:
        yield by_year(run, "Beside the budget, £m", found)
