"""The section `shocks`: amounts are read by the unit of what they change, and applied once all inputs are filled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mcp_finance.files.figures import FigureError, Raw
from mcp_finance.files.nodes import Mapping as Tree
from mcp_finance.files.nodes import Scalar, Sequence, find, place_of
from mcp_finance.files.problems import MAX_PROBLEMS, Place, Problem, ScenarioError, with_source_lines
from mcp_finance.files.shape import Steps, dotted
from mcp_finance.rows.row import Origin
from mcp_finance.scenario.addresses import Address, Addresses
from mcp_finance.scenario.amounts import How, read_amount
from mcp_finance.scenario.filling.filler import Filler, ModelInputs
from mcp_finance.scenario.load import Loaded
from mcp_finance.scenario.sections.shocks import Amounts, Shock
from mcp_finance.scenario.shocked import Amount, Change, Where, applied, targets
from mcp_finance.scenario.timeline import contract_years


def shocks(f: Filler, out: ModelInputs) -> ModelInputs:
    """The inputs with the scenario's shocks.

    Raises:
        ScenarioError: with every problem of every shock.
    """
    if not f.s.shocks:
        return out
    addresses = Addresses(out)
    reader = Reader(addresses, f.loaded.root, f.loaded.beside, written_years(f.loaded))
    changes = tuple(reader.changes(f.s.shocks, ("shocks",)))
    after, found = applied(out, changes, addresses)
    if problems := (*reader.problems, *found):
        raise ScenarioError(with_source_lines(problems, f.loaded.sources))
    return after


def written_years(loaded: Loaded) -> tuple[str, ...]:
    """Every year of the contract as it is written, also of one that a run has made shorter."""
    contract, node = loaded.scenario.contract, find(loaded.root, ("contract", "years"))
    if isinstance(node, Scalar) and isinstance(node.value, int):
        contract = contract.model_copy(update={"years": node.value})
    return contract_years(contract)


@dataclass
class Reader:
    """Reads the shocks of a document into changes of a scenario's inputs, every problem at its place in the document.

    `written` are the years that an amount may be given for; those that the model has not got are left out.
    """

    addresses: Addresses
    root: Tree
    beside: Callable[[str], str]
    written: tuple[str, ...]

    def __post_init__(self) -> None:
        self.problems: list[Problem] = []

    def changes(self, found: Mapping[str, Shock], path: Steps) -> Iterator[Change]:
        """The shocks that can be read, in the order of the file; none after more problems than anybody is shown."""
        for name, shock in found.items():
            if len(self.problems) > MAX_PROBLEMS:
                return
            if change := self.change(name, shock, (*path, name)):
                yield change

    def change(self, name: str, shock: Shock, path: Steps) -> Change | None:
        """One shock as numbers, or None after its problems."""
        how, amounts = shock.way()
        where = Where(dotted(path), tuple(self._places(path, len(shock.on))), place_of(self.root, (*path, how)))
        found, problems = targets(self.addresses, shock.on, how, where)
        before = len(self.problems)
        self.problems += problems
        self._check_years(amounts, found, (*path, how))
        amount = self._amounts(found[0], how, amounts, (*path, how)) if found else None
        if len(self.problems) > before or amount is None:
            return None
        said = tuple(self._said(shock, amounts, year, (*path, how)) for year in self._model_years(amounts))
        return Change(name, shock.on, how, amount, said, where)

    def _places(self, path: Steps, count: int) -> Iterator[Place]:
        several = isinstance(find(self.root, (*path, "on")), Sequence)
        for k in range(count):
            yield place_of(self.root, (*path, "on", k) if several else (*path, "on"))

    def _model_years(self, amounts: Amounts) -> tuple[str, ...]:
        return self.addresses.model.years if amounts.by_year is not None else self.addresses.model.years[:1]

    def _check_years(self, amounts: Amounts, found: tuple[Address, ...], path: Steps) -> None:
        """Each year that is named is one of the contract's, and one in which some of the figures hold."""
        years = self.addresses.model.years
        held = {years[t] for address in found for t in address.years}
        for year in amounts.by_year or ():
            at: Steps = (*path, "by_year", year)
            if year not in self.written:
                message = f"{year} lies outside the contract's years"
                advice = f"a year from {self.written[0]} to {self.written[-1]}"
            elif held and year in years and year not in held:
                message = f"{found[0].path} has no figure in {year}; growth acts from the second year on"
                advice = f"a year such as {min(held)}"
            else:
                continue
            self.problems.append(Problem(place_of(self.root, at, key=True), dotted(at), message, advice))

    def _amounts(self, address: Address, how: How, amounts: Amounts, path: Steps) -> Amount | None:
        """One amount, or that of each year of the model, every one of them read once."""
        if amounts.by_year is None:
            return self._amount(address, how, amounts.value, path)
        written: dict[tuple[str, ...], Raw] = {("by_year", y): raw for y, raw in amounts.by_year.items()}
        if amounts.otherwise is not None:
            written[("otherwise",)] = amounts.otherwise
        read = {at: self._amount(address, how, raw, (*path, *at)) for at, raw in written.items()}
        return tuple(read.get(amounts.of_year(year)[1]) for year in self.addresses.model.years)

    def _amount(self, address: Address, how: How, raw: Raw, path: Steps) -> float | None:
        try:
            return read_amount(address.unit, how, raw, last_day=address.last_day)
        except FigureError as error:
            problem = Problem(place_of(self.root, path), dotted(path), error.message, error.instead)
            self.problems.append(problem)
            return None

    def _said(self, shock: Shock, amounts: Amounts, year: str, path: Steps) -> Origin:
        """The evidence of an amount, and its place."""
        place = place_of(self.root, (*path, *amounts.of_year(year)[1]))
        at = f"{self.beside(place.file)}:{place.line}:{place.column}"
        return Origin(at, "", shock.source, shock.grade or "", shock.owner, shock.note, shock.date)
