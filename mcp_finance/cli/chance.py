"""`chance`: how much of a gain share is paid for luck."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcp_finance.cli.options import (
    INVALID,
    CaseOption,
    CommandError,
    JsonOption,
    SetOption,
    YearsOption,
    load_run,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mcp_finance.analysis.luck.answers import Asked, People
    from mcp_finance.analysis.luck.chance import Share
    from mcp_finance.analysis.luck.scheme import Counts
    from mcp_finance.analysis.run import Run

LEVELS = "5%,10%"
MOST_DRAWS, MOST_CELLS, MOST_LEVELS, LONGEST_TERM = 200_000, 200, 5, 50
FEWEST_PEOPLE = 100
OWN = ("--overdispersion", "--casemix-cv", "--baseline-years", "--case", "--set", "--years")
PLAIN = ("--cv", "--share", "--cap", "--excess", "--baseline-weights", "--correlation", "--term", "--cost-per-head")


def chance(
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="A scenario; without one, a plain share of the options.")
    ] = None,
    people: Annotated[str | None, typer.Option(metavar="N,N", help="Sizes of list; a scenario has its own.")] = None,
    dead_band: Annotated[str | None, typer.Option(metavar="%,%", help="Dead bands, of the target.")] = None,
    level: Annotated[str, typer.Option(metavar="%,%", help="How often luck may be paid, of years.")] = LEVELS,
    shock: Annotated[str | None, typer.Option(metavar="%", help="What moves all cost at once, sd of a year.")] = None,
    overdispersion: Annotated[
        float | None,
        typer.Option(metavar="PHI", help="Scenario: variance of counts over their mean, if it gives none."),
    ] = None,
    casemix_cv: Annotated[
        float | None, typer.Option(metavar="CV", help="Scenario: cv of cost between units of a line.")
    ] = None,
    baseline_years: Annotated[
        int | None, typer.Option(metavar="N", help="Scenario: years of counts behind the target; 0: it is right.")
    ] = None,
    cv: Annotated[float | None, typer.Option(metavar="CV", help="Plain: cv of a head's yearly cost; required.")] = None,
    share: Annotated[
        str | None, typer.Option(metavar="%", help="Plain: part of a gain that is paid; required.")
    ] = None,
    excess: Annotated[bool, typer.Option("--excess", help="Plain: pay beyond the dead band only.")] = False,
    cap: Annotated[str | None, typer.Option(metavar="%", help="Plain: most that is paid, of the target.")] = None,
    baseline_weights: Annotated[
        str | None, typer.Option(metavar="%,%", help="Plain: weights of the past years that make the target.")
    ] = None,
    correlation: Annotated[
        float | None, typer.Option(metavar="RHO", help="Plain: of a person's cost from year to year.")
    ] = None,
    term: Annotated[int | None, typer.Option(metavar="N", help="Plain: years; 15 if not given.")] = None,
    cost_per_head: Annotated[str | None, typer.Option(metavar="£", help="Plain: target a head, for pounds.")] = None,
    draws: Annotated[
        int, typer.Option("--draws", "-n", metavar="N", min=1_000, max=MOST_DRAWS, help="Draws.")
    ] = 20_000,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of the draws.")] = 1,
    published_scale: Annotated[
        bool, typer.Option("--published-scale", help="Only the published scale of savings rates, and what it implies.")
    ] = False,
    case: CaseOption = None,
    settings: SetOption = None,
    years: YearsOption = None,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print sizes and dead bands as CSV.")] = False,
) -> None:
    """How much of a gain share is paid for luck, by size and dead band, and the dead band that a size needs."""
    given = {
        "--overdispersion": overdispersion, "--casemix-cv": casemix_cv, "--baseline-years": baseline_years,
        "--case": case, "--set": settings, "--years": years,
        "--cv": cv, "--share": share, "--cap": cap, "--excess": excess or None, "--baseline-weights": baseline_weights,
        "--correlation": correlation, "--term": term, "--cost-per-head": cost_per_head,
    }  # fmt: skip
    if as_json and as_csv:
        raise CommandError("--json and --csv are two forms of one answer: ask for one")
    if published_scale:
        _refuse(given, (*OWN, *PLAIN), "--published-scale is about a table, and takes no other figure")
        if scenario is not None or people or dead_band or shock or as_csv:
            raise CommandError("--published-scale is about a table, and takes no other figure")
        _scale(as_json=as_json)
        return
    swing = _rate("--shock", shock) or 0.0
    _bounded("--shock", [swing], lambda x: 0 <= x <= 0.2, "from 0% to 20%")
    asked = _asked(people, dead_band, level, draws, seed)
    if scenario is not None:
        _refuse(given, PLAIN, "{} is for a share without a scenario: the scenario has its own")
        counts = _counts(overdispersion, casemix_cv, swing, baseline_years)
        found = load_run(scenario, case, settings, years)
        _own(found, counts, asked, of_scenario=overdispersion is None, as_json=as_json, as_csv=as_csv)
        return
    _refuse(given, OWN, "{} is for a scenario: name one")
    if cv is None or share is None or not asked.sizes or not asked.bands:
        raise CommandError("a plain share needs --people, --cv, --share and --dead-band; or name a scenario")
    made = _people(cv, baseline_weights, correlation or 0.0, swing)
    plain_share = _share(share, cap, excess=excess)
    _plain(made, plain_share, asked, 15 if term is None else term, cost_per_head, as_json=as_json, as_csv=as_csv)


def _asked(people: str | None, dead_band: str | None, level: str, draws: int, seed: int) -> Asked:
    from mcp_finance.analysis.luck.answers import Asked

    sizes, bands, levels = _sizes(people), _rates("--dead-band", dead_band), _rates("--level", level)
    _bounded("--dead-band", bands, lambda x: 0 <= x < 1, "from 0% to below 100%")
    _bounded("--level", levels, lambda x: 0 < x < 0.5, "above 0% and below 50%")
    if (len(bands) + 1) * max(1, len(sizes)) > MOST_CELLS or len(levels) > MOST_LEVELS:
        message = f"{len(sizes)} sizes, {len(bands)} dead bands and {len(levels)} levels are too many: "
        raise CommandError(f"{message}at most {MOST_CELLS} sizes times dead bands, and {MOST_LEVELS} levels")
    return Asked(sizes, bands, levels, draws, seed)


def _counts(overdispersion: float | None, casemix: float | None, shock: float, years: int | None) -> Counts:
    from mcp_finance.analysis.luck.scheme import Counts

    found = Counts(
        1.0 if overdispersion is None else overdispersion, casemix or 0.0, shock, 1 if years is None else years
    )
    _bounded("--overdispersion", found.by_line(1), lambda x: 1 <= x <= 1000, "from 1 to 1000")
    _bounded("--casemix-cv", [found.casemix], lambda x: 0 <= x <= 20, "from 0 to 20")
    _bounded("--baseline-years", [found.baseline_years], lambda x: 0 <= x <= 10, "from 0 to 10")
    return found


def _people(cv: float, weights: str | None, correlation: float, shock: float) -> People:
    from mcp_finance.analysis.luck.answers import People

    past = _rates("--baseline-weights", weights, alike=True)
    _bounded("--cv", [cv], lambda x: 0 < x <= 50, "above 0 and up to 50")
    _bounded("--correlation", [correlation], lambda x: 0 <= x < 1, "from 0 to below 1")
    if past and (abs(sum(past) - 1) > 1e-9 or min(past) < 0 or len(past) > 10):
        raise CommandError(f"--baseline-weights {weights}: weights of at most 10 years that add up to 100%")
    return People(cv, past, correlation, shock)


def _share(share: str, cap: str | None, *, excess: bool) -> Share:
    from mcp_finance.analysis.luck.chance import Share

    rate, limit = _rate("--share", share) or 0.0, _rate("--cap", cap)
    _bounded("--share", [rate], lambda x: 0 < x <= 1, "above 0% and up to 100%")
    _bounded("--cap", [] if limit is None else [limit], lambda x: 0 < x <= 1, "above 0% and up to 100%")
    return Share(rate, 0.0, excess, limit)


def _plain(
    made: People, share: Share, asked: Asked, term: int, cost: str | None, *, as_json: bool, as_csv: bool
) -> None:
    from mcp_finance.analysis.luck.answers import plain
    from mcp_finance.report.answers.chance_console import plain_text
    from mcp_finance.report.answers.chance_data import plain_document, plain_rows

    per_head = _money("--cost-per-head", cost)
    _bounded("--term", [term], lambda x: 1 <= x <= LONGEST_TERM, f"from 1 to {LONGEST_TERM}")
    _bounded("--cost-per-head", [] if per_head is None else [per_head], lambda x: x > 0, "above nil")
    found = plain(made, share, asked, years=term, cost_per_head=per_head)
    if as_json:
        _document(plain_document(found))
    elif as_csv:
        _csv(plain_rows(found))
    else:
        _show(plain_text(found))


def _own(found: Run, counts: Counts, asked: Asked, *, of_scenario: bool, as_json: bool, as_csv: bool) -> None:
    """Answer for a scenario; `of_scenario` takes the overdispersion of its lines from the scenario itself."""
    from dataclasses import replace

    from mcp_finance.analysis.luck.answers import own
    from mcp_finance.analysis.luck.scheme import ChanceError, overdispersion_of, scheme
    from mcp_finance.files.problems import ScenarioError
    from mcp_finance.report.answers.chance_console import own_text
    from mcp_finance.report.answers.chance_data import own_document, own_rows

    try:
        if of_scenario:
            counts = replace(counts, overdispersion=overdispersion_of(scheme(found)))
        answer = own(found, counts, asked)
    except ChanceError as error:
        raise CommandError(str(error), INVALID) from None
    except ScenarioError as error:
        raise CommandError("luck cannot be asked of this scenario", INVALID, error.problems) from None
    if as_json:
        _document(own_document(answer))
    elif as_csv:
        _csv(own_rows(answer))
    else:
        _show(own_text(answer))


def _scale(*, as_json: bool) -> None:
    from mcp_finance.analysis.luck.savings_scale import fit
    from mcp_finance.report.answers.chance_console import scale_text
    from mcp_finance.report.answers.chance_data import scale_document

    if as_json:
        _document(scale_document(fit()))
    else:
        _show(scale_text(fit()))


def _document(found: dict[str, Any]) -> None:
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


def _csv(rows: list[dict[str, Any]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    typer.echo(text.getvalue(), nl=False)


def _show(shown: RenderableType) -> None:
    from rich.console import Console

    Console().print(shown, highlight=False)


def _refuse(given: Mapping[str, Any], names: Sequence[str], message: str) -> None:
    """Refuse options that belong to another question.

    Raises:
        CommandError: one of them is given.
    """
    if found := [name for name in names if given[name] is not None]:
        raise CommandError(message.format(", ".join(found)))


def _bounded(option: str, values: Sequence[float], fits: Callable[[float], bool], bounds: str) -> None:
    """Refuse figures out of bounds, infinities and NaN among them.

    Raises:
        CommandError: a figure is.
    """
    if not all(fits(x) for x in values):
        raise CommandError(f"{option}: write figures {bounds}")


def _read(option: str, text: str, read: Callable[[str], float]) -> float:
    from mcp_finance.files.figures import FigureError

    try:
        return read(text.strip())
    except FigureError as error:
        raise CommandError(f"{option} {text.strip()}: {error.message}; write {error.instead}") from None


def _rate(option: str, text: str | None) -> float | None:
    from mcp_finance.files.figures import parse_rate, unquoted

    return None if text is None else _read(option, text, lambda t: parse_rate(unquoted(t)))


def _money(option: str, text: str | None) -> float | None:
    from mcp_finance.files.figures import parse_money, unquoted

    return None if text is None else _read(option, text, lambda t: parse_money(unquoted(t)))


def _rates(option: str, text: str | None, *, alike: bool = False) -> tuple[float, ...]:
    """Rates with commas between them; those that are alike count once, unless `alike`."""
    found = [_rate(option, part) for part in text.split(",")] if text is not None else []
    rates = [x for x in found if x is not None]
    return tuple(rates if alike else dict.fromkeys(rates))


def _sizes(text: str | None) -> tuple[float, ...]:
    from mcp_finance.files.figures import parse_count, unquoted

    parts = text.split(",") if text is not None else []
    found = [_read("--people", part, lambda t: parse_count(unquoted(t))) for part in parts]
    _bounded("--people", found, lambda x: x >= FEWEST_PEOPLE, f"of {FEWEST_PEOPLE} and more, without commas within")
    return tuple(dict.fromkeys(found))
