"""A simulation as data and as a report page: figures with their errors, fans, probabilities, and what was uncertain."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from mcp_finance import __version__
from mcp_finance.analysis.futures.outcomes import BROKEN, sharing_rows
from mcp_finance.analysis.futures.summary import TERM, Estimate, Summary
from mcp_finance.files.problems import harmless
from mcp_finance.report import money, provenance
from mcp_finance.report.answers.uncertainty import uncertainty_section
from mcp_finance.report.html import render_page
from mcp_finance.report.risk.draws import draws_of, payoff_with_draws
from mcp_finance.report.risk.fan import fan_chart
from mcp_finance.report.risk.shapes import Draws, Fan
from mcp_finance.report.terms_section import curve
from mcp_finance.report.views import NONE, Chart, Part, Section, Table, Words, millions, names
from mcp_finance.terms.reading.payoff import Payoff

SCHEMA_VERSION = 1
FAN = (0.05, 0.25, 0.50, 0.75, 0.95)
SHOWN = (0.05, 0.50, 0.90)
INSOLVENT = (
    "Used up: the balance, with what it opened with, is below nothing at the end of some year; of a budget holder with "
    "reserves that is insolvency, a deficit beyond reserve and guarantee. Worse off: materially, than doing nothing."
)
OUTCOMES = {"deficit": "A deficit in some year", "insolvent": "Balance used up in some year", "warn": "Worse off"}
BY_PARTY = {
    "deficit.": "Deficit in the year",
    "insolvent.": "Balance used up at the end of the year",
    "warn.worse_off_": "Materially worse off than with nothing done, to date",
}
_RARE = 0.0005


def document(summary: Summary) -> dict[str, Any]:
    """The simulation as one JSON document."""
    made, run = summary.simulation, summary.simulation.base
    return {
        "schema_version": SCHEMA_VERSION,
        "engine": f"mcp-finance {__version__}",
        "scenario": run.loaded.scenario.id,
        "status": run.loaded.scenario.status,
        "cases": run.loaded.cases,
        "settings": list(run.loaded.settings),
        "seed": made.uncertain.seed,
        "draws": made.draws,
        "asked": made.asked,
        "complete": made.complete,
        "quasi": made.quasi,
        "too_few_draws_for": [percentile(q) for q in summary.too_few],
        "estimates": [_estimate(e) for e in summary.estimates],
        "probabilities": [
            {"outcome": c.key, "title": c.title, "party": c.party, "year": c.year, "value": c.probability,
             "standard_error": c.error}
            for c in summary.chances
        ],
    }  # fmt: skip


def _estimate(e: Estimate) -> dict[str, Any]:
    quantiles = {percentile(q): {"value": v, "standard_error": _finite(s)} for q, (v, s) in e.quantiles.items()}
    mean = {"value": e.mean, "standard_error": e.error}
    return {"row": e.row, "year": e.year, "plain_run": e.plain, "mean": mean, "sd": e.sd, **quantiles}


def _finite(error: float) -> float | None:
    """An error that is not known is null in JSON, which has no infinity."""
    return error if np.isfinite(error) else None


def percentile(q: float) -> str:
    return f"p{round(100 * q)}"


def estimates_csv(summary: Summary) -> bytes:
    """A line for each row, year and measure: its value, its standard error and the plain run's."""
    made, run = summary.simulation, summary.simulation.base
    lines = []
    for e in summary.estimates:
        measures = {"mean": (e.mean, e.error), **{percentile(q): pair for q, pair in e.quantiles.items()}}
        lines += [(e.row, e.year, name, value, _finite(error), e.plain) for name, (value, error) in measures.items()]
        lines.append((e.row, e.year, "sd", e.sd, None, e.plain))
    columns = ("row", "year", "measure", "value", "standard_error", "plain_run")
    return _csv(pl.DataFrame(lines, schema=columns, orient="row"), run.loaded.scenario.id, run.loaded.case, made.draws)


def probabilities_csv(summary: Summary) -> bytes:
    """A line for each outcome and year: its probability and the standard error of that."""
    made, run = summary.simulation, summary.simulation.base
    lines = [(c.key, c.party or None, c.year, c.probability, c.error) for c in summary.chances]
    columns = ("outcome", "party", "year", "probability", "standard_error")
    return _csv(pl.DataFrame(lines, schema=columns, orient="row"), run.loaded.scenario.id, run.loaded.case, made.draws)


def _csv(frame: pl.DataFrame, scenario: str, case: str, draws: int) -> bytes:
    stream = io.BytesIO()
    named = [pl.lit(scenario).alias("scenario"), pl.lit(case).alias("case"), pl.all(), pl.lit(draws).alias("draws")]
    frame.select(named).write_csv(stream)
    return stream.getvalue()


def page(summary: Summary) -> str:
    """The report page."""
    return render_page(summary.simulation.base, "Many futures of a whole-population budget", _sections(summary))


def _sections(summary: Summary) -> Iterator[Section]:
    yield Section(
        "futures", title(summary), (Words(opening(summary)), _results(summary), _ever(summary), Words(INSOLVENT))
    )
    yield Section("fans", "Year by year", tuple(_fans(summary)))
    yield Section("probabilities", "How probable, by year", (*_chances(summary),))
    if parts := tuple(_payoffs(summary)):
        yield Section("payoffs", "Terms, and the draws behind them", parts)
    yield uncertainty_section(summary.simulation.base, summary.simulation.uncertain)
    yield provenance.provenance_section(summary.simulation.base)


def title(summary: Summary) -> str:
    return f"What {summary.simulation.draws:,} futures say"


def opening(summary: Summary) -> str:
    """What the figures are, and what they are not."""
    made = summary.simulation
    said = [
        f"{made.draws:,} futures, seed {made.uncertain.seed}. P5, P50 and P90: one in twenty, half and nine in ten of "
        "them are below. What follows a ± is the Monte Carlo standard error: how far the figure would move with other "
        "random numbers. It is no measure of how right the distributions are."
    ]
    if made.quasi:
        said.append(f"{made.quasi} leading draws are quasi-random.")
    if not made.complete:
        said.append(f"Stopped early: {made.asked:,} draws were asked for.")
    return " ".join((*said, *cautions(summary)))


def cautions(summary: Summary) -> tuple[str, ...]:
    """What a reader must know of the draws before their figures: too few, or some that no contract would settle."""
    broken = [c for c in summary.chances if c.key.startswith(BROKEN) and c.year == TERM and c.probability > 0]
    said = (
        f"In {money.percent(c.probability, 2)} of the draws: {c.title}; they are counted all the same." for c in broken
    )
    return (*too_few(summary), *said)


def too_few(summary: Summary) -> tuple[str, ...]:
    """A warning, if quantiles are shown that so few draws hardly give."""
    if not summary.too_few:
        return ()
    from mcp_finance.sampling.estimates import draws_needed

    needed = max(draws_needed(q) for q in summary.too_few)
    listed = ", ".join(percentile(q).upper() for q in summary.too_few)
    return (f"{summary.simulation.draws:,} draws are too few for {listed}: draw {needed:,} or more.",)


def results(summary: Summary) -> tuple[tuple[str, Estimate], ...]:
    """The result of each party over the term."""
    called = names(summary.simulation.base)
    return tuple((called[party], summary.estimate(f"{party}.result")) for party in called)


def with_error(value: float, error: float) -> str:
    """A figure in £m and its error."""
    return f"{millions(value)} {plus_minus(error)}"


def plus_minus(error: float) -> str:
    """The error of a figure in £m; none is known of a quantile that lies beyond the draws."""
    return f"± {money.number(error / 1e6, 1 if error >= 5e4 else 2)}" if np.isfinite(error) else "± ?"


def _results(summary: Summary) -> Table:
    head = ("Party", "As in the scenario, £m", "Mean", *(percentile(q).upper() for q in SHOWN))
    rows = tuple(
        (name, millions(e.plain), with_error(e.mean, e.error), *(with_error(*e.quantiles[q]) for q in SHOWN))
        for name, e in results(summary)
    )
    return Table("Result of each party over the term, £m", head, "t" + "n" * (len(head) - 1), rows)


def probability(value: float, error: float) -> str:
    """A probability and its error; what no draw shows, or every one, is within three in so many."""
    if value in (0, 1):
        return f"< {money.percent(error, 2)}" if value == 0 else f"> {money.percent(1 - error, 2)}"
    places = 1 if error >= _RARE else 2
    return f"{money.percent(value, places)} ± {money.percent(error, places)}"


def ever(summary: Summary) -> Iterator[tuple[str, tuple[str, ...]]]:
    """For each party how probable each outcome is in some year of the term."""
    for party, name in names(summary.simulation.base).items():
        keys = (f"deficit.{party}", f"insolvent.{party}", f"warn.worse_off_{party}")
        found = [next((c for c in summary.chances if c.key == k and c.year == TERM), None) for k in keys]
        yield name, tuple(probability(c.probability, c.error) if c else NONE for c in found)


def _ever(summary: Summary) -> Table:
    rows = tuple((name, *cells) for name, cells in ever(summary))
    return Table("How probable in some year of the term", ("Party", *OUTCOMES.values()), "tnnn", rows)


def fan_of(summary: Summary, row: str, title: str) -> Fan:
    """The quantiles of a row by year, in pounds."""
    found = summary.by_year(row)
    p5, p25, p50, p75, p95 = (tuple(e.quantiles[q][0] for e in found) for q in FAN)
    plain = tuple(e.plain for e in found)
    return Fan(tuple(e.year for e in found), p5, p25, p50, p75, p95, "£m", title, plain)


def _fans(summary: Summary) -> Iterator[Part]:
    """Each party's balance, and the budget holder's result."""
    for party, name in names(summary.simulation.base).items():
        if not summary.simulation.rows[f"{party}.closing"].any():
            yield Words(f"{name}: nothing in any year of any draw.")
            continue
        fan = fan_of(summary, f"{party}.closing", f"{name}: balance at the end of each year")
        yield Chart(fan_chart(fan, key=f"fan-{party.replace('_', '-')}"))


def _chances(summary: Summary) -> Iterator[Part]:
    """Every outcome that any draw shows, a year a line; those that none shows are counted."""
    called = names(summary.simulation.base)
    seen = {c.key: c for c in summary.chances if c.year == TERM and c.probability > 0}
    shown: set[str] = set()
    for start, caption in BY_PARTY.items():
        keys = {key: called[c.party] for key, c in seen.items() if key.startswith(start) and c.party}
        shown |= keys.keys()
        yield from _by_year(summary, caption, keys)
    others = {key: harmless(c.title).rstrip(".") for key, c in seen.items() if key not in shown}
    limits = {key: title for key, title in others.items() if not key.startswith("warn.")}
    yield from _by_year(summary, "Terms", limits)
    yield from _by_year(summary, "Other early warnings", {k: t for k, t in others.items() if k not in limits})
    if unseen := len({c.key for c in summary.chances}) - len(seen):
        yield Words(f"{unseen} other outcomes happened in none of the draws; probabilities.csv has every one.")


def _by_year(summary: Summary, caption: str, keys: dict[str, str]) -> Iterator[Table]:
    """A line a year and one for any year, a column for each outcome."""
    if keys:
        years = {year: year for year in summary.simulation.base.years} | {TERM: "Any year"}
        rows = tuple(
            (name, *(money.percent(summary.chance(key, year).probability, 0) for key in keys))
            for year, name in years.items()
        )
        head = ("Year", *keys.values())
        yield Table(f"{caption}: probability", head, "t" + "n" * len(keys), rows, frozenset((len(rows) - 1,)))


def payoffs(summary: Summary) -> Iterator[tuple[str, Payoff, Draws]]:
    """Each term sheet's curve in the last year, with that year's variances behind it."""
    run, rows = summary.simulation.base, summary.simulation.rows
    for bound in run.loaded.terms:
        pairs = sharing_rows(run, bound.compiled)
        found = curve(run, bound.compiled) if pairs else None
        if found is None or found.over != "variance":
            continue
        variance, target = (sum(rows[pair[k]][-1] for pair in pairs) for k in (0, 1))
        some = np.asarray(target) != 0
        if some.all():
            yield harmless(bound.terms.sheet.title), found, draws_of(found, (variance / target).tolist())


def _payoffs(summary: Summary) -> Iterator[Part]:
    year = summary.simulation.base.years[-1]
    for k, (name, found, draws) in enumerate(payoffs(summary)):
        note = f"The curve has the facts of {year} of the scenario; the draws are that year's variances."
        yield Chart(payoff_with_draws(found, draws, name, key=f"draws-{k}", note=note))
