"""The negotiation surface as data and as a report page: offers beside one another, who bears what, what not to sign.

The rule: an offer is shown by its difference from the contract as it stands, with the error of that difference in
common futures; levels stand once, for the contract itself. What a mark means is said wherever it is shown.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from mcp_finance import __version__
from mcp_finance.analysis.offers.frontier import Better, Figure, Frontier, PartyView, View, ranked
from mcp_finance.analysis.offers.offers import BASE
from mcp_finance.files.problems import harmless
from mcp_finance.report import money, provenance
from mcp_finance.report.answers.uncertainty import uncertainty_section
from mcp_finance.report.html import render_page
from mcp_finance.report.risk import shapes
from mcp_finance.report.risk.frontier import frontier_chart
from mcp_finance.report.risk.shapes import Kind, Point
from mcp_finance.report.views import NONE, Chart, Part, Section, Table, Words, names
from mcp_finance.sampling.estimates import draws_needed

SCHEMA_VERSION = 1
MEASURES = {
    "expected": "Expected",
    "p5": "P5",
    "shortfall": "Mean of the worst 5%",
    "npv": "Expected NPV",
    "insolvent": "Insolvent in some year",
    "worth": "Worth",
}
NO_SHARE = "no offer could be compared with no share: the contract has no term sheet with pools"


def document(found: Frontier) -> dict[str, Any]:
    """The whole as one JSON document."""
    run = found.base
    return {
        "schema_version": SCHEMA_VERSION,
        "engine": f"mcp-finance {__version__}",
        "scenario": run.loaded.scenario.id,
        "status": run.loaded.scenario.status,
        "cases": run.loaded.cases,
        "settings": list(run.loaded.settings),
        "seed": found.uncertain.seed,
        "draws": found.draws,
        "asked": found.asked,
        "complete": found.complete,
        "too_few_draws": found.too_few,
        "parties": run.parties,
        "between": list(found.two),
        "tail_weight": found.weight,
        "rows_of_a_simulation": found.rows,
        "offers": [_offer(found, k, view) for k, view in enumerate(found.views)],
        "without_a_share": _view(found.without) if found.without else None,
        "same_as_the_contract": list(found.alike),
    }


def _offer(found: Frontier, k: int, view: View) -> dict[str, Any]:
    better = view.better
    return {
        "number": k,
        "label": view.offer.label,
        "set": dict(view.offer.values),
        "efficient": view.efficient,
        "worse_than_without_for": list(view.worse_for),
        "neither_should_sign": neither(found, view),
        "better_for_both": _better(better) if better else None,
        **_view(view),
    }


def _better(better: Better) -> dict[str, Any]:
    gains = {p: {"gain": gain, "standard_error": error} for p, (gain, error) in better.gains.items()}
    return {"offer": better.offer, "beyond_error": better.clear, "worth_more": gains}


def _view(view: View) -> dict[str, Any]:
    return {
        "rows_computed": view.rows,
        "change_of_all_parties": view.together,
        "results": {p: _party(party) for p, party in view.parties.items()},
    }


def _party(view: PartyView) -> dict[str, Any]:
    said = {name: _figure(figure) for name, figure in figures(view).items()}
    against = view.against
    more = {"value": against[0], "standard_error": against[1]} if against else None
    return {**said, "worth_against_no_share": more}


def _figure(figure: Figure) -> dict[str, float]:
    return {
        "value": figure.value,
        "standard_error": figure.error,
        "change": figure.change,
        "standard_error_of_change": figure.change_error,
    }


def figures(view: PartyView) -> dict[str, Figure]:
    """The measures of a party that there are, by name."""
    every = {name: getattr(view, name) for name in MEASURES}
    return {name: figure for name, figure in every.items() if figure is not None}


def offers_csv(found: Frontier) -> bytes:
    """A line for each offer, party and measure."""
    lines = []
    numbered = list(enumerate(found.views))
    for k, view in [*numbered, *([(None, found.without)] if found.without else [])]:
        for party, seen in view.parties.items():
            for name, f in figures(seen).items():
                kind = "without" if k is None else kind_of(found, k)
                lines.append((k, view.offer.label, kind, party, name, f.value, f.error, f.change, f.change_error))
    columns = ("offer", "label", "kind", "party", "measure", "value", "standard_error", "change", "change_error")
    frame = pl.DataFrame(lines, schema=columns, orient="row", infer_schema_length=None)
    loaded = found.base.loaded
    named = (pl.lit(loaded.scenario.id).alias("scenario"), pl.lit(loaded.case).alias("case"))
    stream = io.BytesIO()
    frame.with_columns(label=_no_formula("label")).select(
        *named, pl.all(), pl.lit(found.draws).alias("draws")
    ).write_csv(stream)
    return stream.getvalue()


def _no_formula(column: str) -> pl.Expr:
    """Text that a spreadsheet would take for a formula, with an apostrophe before it."""
    text = pl.col(column)
    return pl.when(text.str.contains(r"^[=+\-@\t\r]")).then(pl.lit("'") + text).otherwise(text)


# What is said ---------------------------------------------------------------------------------------------------------


def kind_of(found: Frontier, k: int) -> Kind:
    """What an offer is, in one word: the contract itself, worse for both than none, dominated or efficient."""
    view = found.views[k]
    if k == 0:
        return "base"
    if found.refused(view):
        return "refused"
    return "pareto" if view.efficient else "dominated"


def neither(found: Frontier, view: View) -> bool:
    """Whether the two should sign something else, or nothing."""
    return found.refused(view) or not view.efficient


def called(found: Frontier) -> tuple[str, str]:
    """The two parties by name."""
    named = names(found.base)
    return named[found.two[0]], named[found.two[1]]


def unit_of(found: Frontier) -> str:
    """Millions, or thousands where no offer changes anybody's expected result or worth by half a million."""
    looks = [p for view in (*found.views, *([found.without] if found.without else [])) for p in view.parties.values()]
    most = max(abs(figure.change) for look in looks for figure in (look.expected, look.p5, look.worth))
    return "£m" if most >= 5e5 else "£k"


def plus_minus(value: float, error: float, unit: str) -> str:
    """A difference with its error, in the unit of the table: `+1.24 ± 0.03`."""
    scale = shapes.scale_of(unit)
    if value == 0 and error == 0:
        return "0"
    return f"{money.measured(value / scale, '', 2, plus=True)} ± {money.number(error / scale, 2)}"


def opening(found: Frontier) -> str:
    """What was compared, in what, and how an offer is judged."""
    first, second = called(found)
    count = len(found.views)
    return (
        f"{count} offers between {first} and {second}, each in the same {found.draws:,} futures (seed "
        f"{found.uncertain.seed}). What an offer is worth to a party is, of its results over the term, "
        f"{_weighed(found.weight)}. The weight of the tail ({money.percent(found.weight, 0)}) is a choice, not a "
        "finding. ± is the Monte Carlo standard error."
    )


def _weighed(weight: float) -> str:
    if weight == 0:
        return "what it expects"
    worst = "its mean in the worst 5% of futures"
    return worst if weight == 1 else f"what it expects less {money.percent(weight, 0)} of the way down to {worst}"


ZERO_SUM = (
    "What a share pays one party another pays: as long as money only moves between them, what all expect together does "
    "not change, and to parties that mind nothing but what they expect every split is efficient. Terms differ in who "
    "bears the bad futures."
)


def warnings(found: Frontier) -> Iterator[str]:
    """What limits the figures."""
    if found.too_few:
        yield f"{found.draws:,} draws are too few for the worst 5%: draw {draws_needed(0.05):,} or more."
    if not found.complete:
        yield f"Stopped early: {found.asked:,} draws were asked for."
    if found.without is None:
        yield f"{NO_SHARE[:1].upper()}{NO_SHARE[1:]}; write `without` in a sweep file."
    if moved := [v for v in found.views if abs(v.together) >= 1]:
        said = "; ".join(f"{v.offer.label} {money.signed_pounds(v.together, 2)}" for v in moved)
        yield f"In these offers money comes from outside the parties, or goes there: {said} expected."
    if found.alike:
        yield f"The same as the contract as it stands, in every future: {'; '.join(found.alike)}."


def verdict(found: Frontier, k: int) -> str:
    """Why an offer should or should not be signed, in a sentence."""
    view, called_ = found.views[k], names(found.base)
    said = []
    if view.worse_for:
        refused = found.refused(view)
        who = "both are" if refused else f"{called_[next(p for p in found.two if p in view.worse_for)]} is"
        said.append(f"{who} worse off than without a share" + ("" if found.clearly(view) else ", within the error"))
    if view.better:
        better = found.views[view.better.offer]
        gains = (f"{called_[p]} {_pounds(*view.better.gains[p])}" for p in found.two)
        beyond = "" if view.better.clear else ", within the error"
        said.append(f"'{better.offer.label}' is worth more: {', '.join(gains)}{beyond}{_borne(found, view, better)}")
    return "; ".join(said) or "efficient"


def _borne(found: Frontier, own: View, better: View) -> str:
    """What another offer brings from outside, and what it costs those who do not negotiate, in expected results."""
    outside = better.together - own.together
    others = [p for p in own.parties if p not in found.two]
    cost = sum(better.parties[p].expected.change - own.parties[p].expected.change for p in others)
    said = [f"others together {money.signed_pounds(cost, 2)}"] if abs(cost) >= 1 else []
    said += [f"from outside {money.signed_pounds(outside, 2)}"] if abs(outside) >= 1 else []
    return f" ({', '.join(said)} expected)" if said else ""


def _pounds(gain: float, error: float) -> str:
    return f"{money.signed_pounds(gain, 2)} ± {money.pounds(error, 2)}"


def shape(found: Frontier) -> shapes.Frontier:
    """The offers as points: worth to each of the two, more or less than without a share."""
    first, second = called(found)
    reference = found.without or found.views[0]
    origin = tuple(reference.parties[p].worth.value for p in found.two)
    points = []
    for k, view in enumerate(found.views):
        x, y = (view.parties[p].worth.value - o for p, o in zip(found.two, origin, strict=True))
        points.append(Point(view.offer.label, x, y, kind_of(found, k)))
    against = "without a share" if found.without else f"with the contract {BASE}"
    x_title, y_title = (f"Worth to {name}, more than {against}" for name in (first, second))
    title = "What each offer is worth"
    return shapes.Frontier(title, tuple(points), x_title, y_title, unit=unit_of(found), places=2)


# Page -----------------------------------------------------------------------------------------------------------------


def page(found: Frontier) -> str:
    """The report page."""
    return render_page(found.base, "The negotiation surface of a whole-population budget", _sections(found))


def _sections(found: Frontier) -> Iterator[Section]:
    unit = unit_of(found)
    notes = tuple(warnings(found))
    parts: list[Part] = [Words(opening(found)), Words(ZERO_SUM)]
    parts += [Words("To note:", notes)] if notes else []
    parts += [Chart(frontier_chart(shape(found), key="offers")), _levels(found, unit), _changes(found, unit)]
    yield Section("offers", f"{len(found.views)} offers in {found.draws:,} common futures", tuple(parts))
    yield Section("verdicts", "What to sign and what not", (_verdicts(found),))
    yield Section("parties", "Every party", (_everyone(found, unit),))
    yield uncertainty_section(found.base, found.uncertain)
    yield provenance.provenance_section(found.base)


def _levels(found: Frontier, unit: str) -> Table:
    scale = shapes.scale_of(unit)
    rows = []
    for party, name in names(found.base).items():
        of = figures(found.views[0].parties[party])
        cells = [
            money.percent(f.value) if m == "insolvent" else f"{money.number(f.value / scale, 1)} ± "
            f"{money.number(f.error / scale, 1)}"
            for m, f in of.items() if m != "worth"
        ]  # fmt: skip
        rows.append((name, *cells))
    head = ("Party", *(MEASURES[m] for m in figures(found.views[0].parties[found.two[0]]) if m != "worth"))
    caption = f"The contract {BASE}: results over the term, {unit}"
    return Table(caption, head, "t" + "n" * (len(head) - 1), tuple(rows))


def _changes(found: Frontier, unit: str) -> Table:
    """Both parties' expected result, P5 and worst 5% under every offer, against the contract as it stands."""
    rows = []
    measures = ("expected", "p5", "shortfall")
    for k, view in _in_order(found):
        cells = [
            plus_minus(f.change, f.change_error, unit)
            for p in found.two
            for f in (figures(view.parties[p])[m] for m in measures)
        ]
        rows.append((view.offer.label, _word(found, k), *cells))
    head = ("Offer", "Kind", *(f"{name}: {MEASURES[m]}" for name in called(found) for m in measures))
    caption = f"Change from the contract {BASE}, {unit}; the efficient first"
    return Table(caption, tuple(head), "tt" + "n" * 6, tuple(rows), tight=True)


def _in_order(found: Frontier) -> Iterator[tuple[int | None, View]]:
    yield from ranked(found)
    if found.without:
        yield None, found.without


def _word(found: Frontier, k: int | None) -> str:
    if k is None:
        return NONE
    words: Mapping[Kind, str] = {
        "base": "as it stands" if found.views[k].efficient else "as it stands, dominated",
        "pareto": "efficient",
        "dominated": "dominated",
        "refused": "worse than none for both",
    }
    return words[kind_of(found, k)]


def _verdicts(found: Frontier) -> Table:
    rows = tuple((view.offer.label, harmless(verdict(found, k))) for k, view in ranked(found))
    return Table("Each offer", ("Offer", "What is said of it"), "tt", rows)


def _everyone(found: Frontier, unit: str) -> Table:
    scale = shapes.scale_of(unit)
    rows = []
    for _, view in _in_order(found):
        cells = (money.measured(p.expected.change / scale, "", 2, plus=True) for p in view.parties.values())
        insolvent = (money.percent(view.parties[p].insolvent.value) for p in found.two)
        rows.append((view.offer.label, *cells, money.measured(view.together / scale, "", 2, plus=True), *insolvent))
    insolvencies = (f"{name}: insolvent" for name in called(found))
    head = ("Offer", *names(found.base).values(), "All together", *insolvencies)
    caption = f"Change of expected results from the contract {BASE}, {unit}, and insolvency in some year"
    return Table(caption, tuple(head), "t" + "n" * (len(head) - 1), tuple(rows), tight=True)
