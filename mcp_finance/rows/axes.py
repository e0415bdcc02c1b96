"""Which dimensions an expression has, and what is refused about axes.

Dimensions are declared on every row and inferred here; the two must agree. The rules keep each operation something that
a block of spreadsheet cells can do: a weighted, running, shifted or last axis is the innermost one of what is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mcp_finance.rows.expr import Expr, RowError
from mcp_finance.rows.row import Dimension, Map


@dataclass(frozen=True, slots=True)
class Inference:
    """Infers dimensions for the expression of the row called `row`; `dims_of` tells those of named rows and inputs."""

    dimension: Mapping[str, Dimension]
    maps: Mapping[str, Map]
    dims_of: Callable[[str], tuple[str, ...]]
    row: str

    def dims(self, e: Expr) -> tuple[str, ...]:
        """Dimensions of the expression, in the fixed order.

        Raises:
            RowError: an operation has no axis to work along.
        """
        if e.op == "num":
            return ()
        if e.op == "ref":
            return self.dims_of(e.name)
        found = {d for arg in e.args for d in self.dims(arg)}
        if e.op in ("total", "weighted", "last", "running", "shift"):
            found = self._along(e, found)
        elif e.op == "up":
            found = self._up(e)
        elif e.op == "prior" and found != set(self.dims(e.args[0])):
            raise self.error(f"the opening of {e.args[0].name} has dimensions that the row itself has not")
        return tuple(d for d in self.dimension if d in found)

    def _along(self, e: Expr, found: set[str]) -> set[str]:
        self.known(e.over)
        for arg in e.args[: 2 if e.op == "weighted" else 1]:
            dims = self.dims(arg)
            if e.over not in dims:
                raise self.error(f"{e.op}: {arg.name} has no dimension {e.over}; it has {dims}")
            if e.op != "total" and dims[-1] != e.over:
                raise self.error(f"{e.op}: {e.over} is not the innermost dimension of {arg.name}, which has {dims}")
        if e.op in ("running", "shift", "last") and not self.dimension[e.over].ordered:
            raise self.error(f"{e.op}: {e.over} is not an ordered dimension")
        if e.op in ("running", "shift"):
            return found
        if not e.by:
            return found - {e.over}
        target = self.map(e.by, source=e.over).target
        if target in found:
            raise self.error(f"total: {e.args[0].name} already has the dimension {target}")
        return found - {e.over} | {target}

    def _up(self, e: Expr) -> set[str]:
        found, link = set(self.dims(e.args[0])), self.map(e.by)
        if link.target not in found or link.source in found:
            raise self.error(
                f"up: {e.args[0].name} needs the dimension {link.target} and not {link.source}; it has {sorted(found)}"
            )
        return found - {link.target} | {link.source}

    def map(self, name: str, source: str = "") -> Map:
        if name not in self.maps:
            raise self.error(f"unknown map {name}; there are {', '.join(self.maps) or 'none'}")
        if source and self.maps[name].source != source:
            raise self.error(f"the map {name} starts from {self.maps[name].source}, not {source}")
        return self.maps[name]

    def known(self, dimension: str) -> None:
        if dimension not in self.dimension:
            raise self.error(f"unknown dimension {dimension}")

    def error(self, message: str) -> RowError:
        return RowError(f"row {self.row}: {message}")


def check_dimensions(dims: Iterable[Dimension]) -> None:
    """Refuse dimensions whose members a workbook could not tell apart: SUMIFS ignores case and reads wildcards.

    Raises:
        RowError: a dimension is declared twice or is empty, or members are repeated or are no plain keys.
    """
    seen: set[str] = set()
    for d in dims:
        if d.name in seen:
            raise RowError(f"the dimension {d.name} is declared twice")
        seen.add(d.name)
        if not d.members or len(d.titles) not in (0, len(d.members)):
            raise RowError(f"the dimension {d.name} needs at least one member, and a title for each or for none")
        if odd := [m for m in d.members if not m.strip() or m[0] in "<>=" or set(m) & set("*?~")]:
            raise RowError(f"the dimension {d.name} has the member {odd[0]!r}: no blanks, no * ? ~, no leading < > =")
        if len({m.casefold() for m in d.members}) < len(d.members):
            raise RowError(f"the dimension {d.name} has the same member twice (capitals do not tell members apart)")


def check_maps(dimension: Mapping[str, Dimension], maps: Iterable[Map]) -> None:
    """Refuse a map that does not fit its dimensions.

    Raises:
        RowError: an end is unknown, both ends are the same, a position lies outside the target, or the name is that
            of another map or of a dimension other than the target (their keys share a column of the workbook).
    """
    seen: set[str] = set()
    for link in maps:
        if link.name in seen or (link.name in dimension and link.name != link.target):
            raise RowError(f"the map {link.name} has the name of another map or of a dimension that is not its target")
        seen.add(link.name)
        if link.source not in dimension or link.target not in dimension or link.source == link.target:
            raise RowError(f"map {link.name} goes from {link.source} to {link.target}: two known dimensions are needed")
        n, m = len(dimension[link.source].members), len(dimension[link.target].members)
        if len(link.to) != n or not all(-1 <= k < m for k in link.to):
            raise RowError(f"map {link.name} must place each of the {n} members of {link.source} among {m}, or at -1")
