"""The report: one HTML file that opens anywhere, prints, and fetches nothing.

The rule: the template only places strings and charts that `mcp_finance.report.views` has made. Everything is escaped
but the charts, which escape their own words; there are no scripts, no links out and no clock, so the same run always
gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mcp_finance.analysis.headlines import UNGRADED, Headlines
from mcp_finance.analysis.run import Run
from mcp_finance.files.problems import harmless
from mcp_finance.report import provenance, sections, views
from mcp_finance.report.assumptions import assumptions_section
from mcp_finance.report.terms_section import terms_section
from mcp_finance.report.views import Section

TEMPLATE, PAGE = "report.html.j2", "page.html.j2"
TAGS = {
    "better off": "good",
    "worse off": "bad",
    "no material change": "plain",
    "not affected": "plain",
    "holds": "good",
    "does not hold": "bad",
    "within what is tolerated": "good",
    "warns": "bad",
    views.GRADES["assumption"]: "weak",
    views.GRADES[UNGRADED]: "bad",
}
"""Cells that are set as tags: what they say, and the class that colours them."""
STATUS = {
    "reconstruction": "Reconstruction from published figures: not anybody's budget",
    "illustrative": "Illustration: the figures are made up or rounded",
    "live": "Live: a scenario in use",
}
TILES = ("contract_total", "result_total", "deepest_deficit", "break_even_saving")


def template_folder() -> Path:
    """The folder of templates: inside an installed package, beside the package in a checkout.

    Raises:
        FileNotFoundError: there is neither.
    """
    package = Path(str(files("mcp_finance")))
    for folder in (package / "_data" / "templates", package.parent / "templates"):
        if (folder / TEMPLATE).is_file():
            return folder
    raise FileNotFoundError(f"the template {TEMPLATE} is not installed with the package")


def render_report(run: Run, headlines: Headlines) -> str:
    """The whole report as HTML text, to be written as UTF-8."""
    return _rendered(
        TEMPLATE,
        run,
        kicker="Whole-population budget",
        in_short=views.in_short(run, headlines),
        tiles=_tiles(run, headlines),
        headline_parts=(
            views.headline_table(run, headlines),
            *views.bridge(run, headlines),
            *views.parties(run, headlines),
            *views.evidence(run, headlines),
        ),
        sections=(
            *sections.sections(run),
            terms_section(run),
            assumptions_section(run),
            provenance.checks_section(run, headlines),
            provenance.provenance_section(run),
        ),
    )


def render_page(run: Run, kicker: str, sections: Iterable[Section]) -> str:
    """A report of its own on one question asked of a run, as HTML text: what the scenario is, and sections."""
    return _rendered(PAGE, run, kicker=kicker, sections=tuple(sections))


def _rendered(template: str, run: Run, **more: object) -> str:
    """A template with what the scenario is, and more."""
    environment = Environment(
        loader=FileSystemLoader(template_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    scenario = run.loaded.scenario
    return environment.get_template(template).render(
        title=harmless(scenario.title),
        parties=list(views.names(run).values()),
        term=f"{run.years[0]} to {run.years[-1]}",
        status=scenario.status,
        status_words=STATUS[scenario.status],
        statement=harmless(scenario.statement),
        cases=views.cases_taken(run),
        settings=[harmless(setting) for setting in run.loaded.settings],
        tags=TAGS,
        **more,
    )


def _tiles(run: Run, headlines: Headlines) -> list[tuple[str, str, str]]:
    """The four figures set large: label, nominal value, and what stands beneath."""
    found = []
    for metric in map(headlines.metric, TILES):
        beneath = metric.beside
        if metric.real is not None:
            real = f"{views.metric_value(metric, metric.real)} at {run.years[0]} prices"
            beneath = f"{real}; {beneath}" if beneath else real
        if metric.key == "deepest_deficit":
            cover = headlines.metric("reserve_cover")
            covered = f"opening reserves cover {views.metric_value(cover, cover.value)}"
            beneath = "no deficit to cover" if views.never_in_deficit(headlines) else covered
        if metric.key == "break_even_saving":
            beneath = "of all budget paid over the term" if metric.value > 0 else "results are not negative"
        found.append((metric.label, views.metric_value(metric, metric.value), beneath))
    return found
