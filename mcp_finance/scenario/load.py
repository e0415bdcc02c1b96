"""Loading a scenario: read, extend, choose cases, apply settings, validate, check; all problems at once.

What comes back holds the merged document with the place of every value, so that any number can be traced to its line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping as Map
from collections.abc import Sequence as Seq
from dataclasses import dataclass, field, replace
from pathlib import Path

from mcp_finance.files.figures import parse_financial_year
from mcp_finance.files.nodes import Mapping, Scalar, find, place_of, plain
from mcp_finance.files.problems import Place, Problem, ScenarioError, nearest, quoted, with_source_lines
from mcp_finance.scenario.binding import check_circles
from mcp_finance.scenario.checks.between import check_tables, run_checks
from mcp_finance.scenario.merge import apply_settings, choose_cases, load_with_extends, merge
from mcp_finance.scenario.schema import Scenario
from mcp_finance.scenario.tables import Table, read_population, read_profiles
from mcp_finance.scenario.terms import BoundTerms, read_terms
from mcp_finance.scenario.validate import Parts, read_parts

FAILURES = "failures"
"""Folder of the failure library among the shipped scenarios: contracts that failed, rebuilt from what was published."""


@dataclass(frozen=True)
class Loaded:
    """A checked scenario with where it came from.

    `cases` is the choice taken in each group. `sha256` covers the resolved document, `data_sha256` each table and term
    sheet.
    `shortened` says that the term was made shorter than the document's. `sources` holds the lines of each file.
    """

    scenario: Scenario
    root: Mapping
    path: Path
    cases: dict[str, str]
    settings: tuple[str, ...]
    population: Table
    profiles: Table
    terms: tuple[BoundTerms, ...]
    warnings: tuple[Problem, ...]
    sha256: str
    data_sha256: dict[str, str]
    shortened: bool
    sources: Map[str, Seq[str]] = field(default_factory=dict)

    def beside(self, file: str) -> str:
        """A file's name as seen from the scenario's folder."""
        return file.removeprefix(f"{self.path.parent}/")

    @property
    def years(self) -> int | None:
        """The term that a run asked for, where it is shorter than the document's."""
        return self.scenario.contract.years if self.shortened else None

    @property
    def case(self) -> str:
        """The choices of this run as one label, such as `evidence-anchored, bid-time`."""
        return ", ".join(self.cases.values()) or "base"


@dataclass(frozen=True)
class Over:
    """A document put over a scenario as the last of its layers, and the lines of the files that it has nodes from."""

    root: Mapping
    sources: Map[str, tuple[str, ...]]


def load(
    path: Path,
    *,
    cases: Map[str, str] | None = None,
    settings: Seq[str] = (),
    years: int | None = None,
    over: Over | None = None,
) -> Loaded:
    """Load a scenario file with one choice from each group of cases, settings applied last but for what is put `over`.

    `years` shortens the term, after every check of the whole of it.

    Raises:
        ScenarioError: with every problem, if there is any but warnings.
    """
    document = load_with_extends(path)
    problems = list(document.problems)
    if document.root is None:
        raise ScenarioError(problems)
    root, chosen, found = choose_cases(document.root, cases or {})
    problems += found
    root, unset = apply_settings(root, settings)
    problems += unset
    if over is not None:
        root = merge(root, over.root)
    parts, unread = read_parts(root)
    problems += unread
    problems += run_checks(parts)
    population, profiles = _tables(parts, path.parent, problems)
    terms, unbound = read_terms(parts, path.parent)
    problems += unbound or check_circles(parts, terms)
    problems += _mixing(parts, settings)
    shortened, too_short = _shorten(parts, years)
    problems += too_short
    tabled = {table.file: table.lines for table in (population, profiles)}
    sources = {str(path): document.lines, **tabled, **document.sources, "--set": tuple(settings)}
    sources |= dict(over.sources) if over is not None else {}
    problems = list(with_source_lines(problems, sources))
    if any(p.severity == "error" for p in problems):
        raise ScenarioError(problems)
    names = {p.alias or n: n for n, p in Scenario.model_fields.items()}
    scenario = Scenario.model_construct(**{n: parts.sections[n] for n in names.values()})
    tables = {"population": population.data, "profiles": profiles.data}
    return Loaded(
        scenario,
        root,
        path,
        chosen,
        tuple(settings),
        population,
        profiles,
        terms,
        tuple(problems),
        hashlib.sha256(json.dumps(_canonical(root, years), sort_keys=True).encode()).hexdigest(),
        {name: hashlib.sha256(data).hexdigest() for name, data in tables.items()}
        | {f"terms.{bound.key}": bound.terms.sha256 for bound in terms},
        shortened,
        sources,
    )


def other_choices(path: Path) -> list[dict[str, str]]:
    """One entry for each choice of each group that is not the group's default, as far as the cases can be read."""
    root = load_with_extends(path).root
    groups = find(root, ["cases"]) if root is not None else None
    found = []
    for group, node in groups.items.items() if isinstance(groups, Mapping) else ():
        choices, default = find(node, ["choices"]), find(node, ["default"])
        usual = default.value if isinstance(default, Scalar) else None
        found += [{group: c} for c in (choices.items if isinstance(choices, Mapping) else ()) if c != usual]
    return found


def _canonical(root: Mapping, years: int | None) -> object:
    """The resolved document as data, without the cases that were not taken."""
    content = plain(root)
    assert isinstance(content, dict)
    return {k: v for k, v in content.items() if k != "cases"} | ({"years": years} if years else {})


def _shorten(parts: Parts, years: int | None) -> tuple[bool, list[Problem]]:
    """Whether the term was made shorter, and why it cannot be."""
    if years is None or not parts.has("contract"):
        return False, []
    contract, place = parts.get("contract"), Place("--years", 1, 1)
    if not 1 <= years <= contract.years:
        message = f"--years {years} lies outside the contract's 1 to {contract.years} years"
        return False, [Problem(place, "contract.years", message, "fewer years than the contract has")]
    last = parse_financial_year(contract.first_year) + years
    if last <= contract.start.value < last - years + contract.years:
        message = f"the budget begins after the last of {years} years"
        return False, [Problem(place, "contract.years", message, "more years, up to those of the contract")]
    parts.sections["contract"] = contract.model_copy(update={"years": years})
    return years < contract.years, []


def _tables(parts: Parts, folder: Path, problems: list[Problem]) -> tuple[Table, Table]:
    population = profiles = Table()
    if parts.has("population"):
        at = place_of(parts.root, ("population", "table"))
        population, found = read_population(folder, parts.get("population").table, at)
        problems += [replace(p, path=p.path or "population.table") for p in found]
    if parts.has("profiles"):
        at = place_of(parts.root, ("profiles", "table"))
        profiles, found = read_profiles(folder, parts.get("profiles").table, at)
        problems += [replace(p, path=p.path or "profiles.table") for p in found]
    problems += check_tables(parts, population, profiles)
    return population, profiles


def _mixing(parts: Parts, settings: Seq[str]) -> list[Problem]:
    """A setting that changes part of what a group of cases sets together mixes its choices: a warning."""
    found = []
    for number, setting in enumerate(settings, 1):
        path = setting.partition("=")[0].strip()
        for name, group in (parts.get("cases") or {}).items():
            for together in group.together:
                if f"{path}.".startswith(f"{together}.") or f"{together}.".startswith(f"{path}."):
                    message = f"{path} belongs to what the cases of {quoted(name)} set together; this run mixes them"
                    place = Place("--set", number, 1)
                    found.append(Problem(place, path, message, "a choice of its own", "warning", setting))
    return found


def shipped_scenarios() -> dict[str, Path]:
    """Scenarios that come with the package, by id; those of its failure library after the others."""
    here = Path(__file__).resolve()
    for folder in (here.parents[1] / "_data" / "scenarios", here.parents[2] / "scenarios"):
        if folder.is_dir():
            return {p.stem: p for place in (folder, folder / FAILURES) for p in sorted(place.glob("*.yaml"))}
    return {}


def find_scenario(name: str) -> Path:
    """A scenario's path: a file, or the id of one that comes with the package.

    Raises:
        ScenarioError: there is neither.
    """
    path = Path(name)
    shipped = shipped_scenarios()
    if name in shipped and not path.is_file():
        return shipped[name]
    if path.exists() or path.suffix:
        return path
    close = nearest(name, shipped)
    instead = f"a file, or {', '.join(shipped)}" + (f" ({close}?)" if close else "")
    raise ScenarioError([Problem(Place(name, 1, 1), "", "there is no such scenario", instead)])
