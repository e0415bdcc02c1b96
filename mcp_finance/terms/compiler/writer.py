"""Formulas of a term sheet as expressions of rows.

A writer gathers the rows and inputs of one sheet. Every number of the sheet becomes an input with the file and line
on which it stands; a formula becomes one row, or several where it would not fit in one readable cell: then its parts
have rows of their own, named after it. Within a pool a name is that pool's own; in a clause of the sheet it is the
total over the pools.

A test `a >= b` holds from an edge just below b on: `tolerance` times the largest money fact for money, `tolerance`
itself for the rest. It is one input, shown on the sheet; the exact reader sets it to nil and decides edges by
fractions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from mcp_finance.files.nodes import place_of
from mcp_finance.files.shape import Steps as Path
from mcp_finance.files.shape import dotted, within
from mcp_finance.rows.expr import Expr, choose, interpolate, last, most, size, steps, walk
from mcp_finance.rows.operations import OPERATIONS
from mcp_finance.rows.row import Dimension, InputSpec, Origin, Row
from mcp_finance.terms.checks import literal_of
from mcp_finance.terms.clauses import is_per_pool
from mcp_finance.terms.compiler.parts import (
    LONGEST,
    Binding,
    Cells,
    Condition,
    FactUse,
    Line,
    added,
    ifs,
    plain,
    replaced,
    suffixed,
)
from mcp_finance.terms.compiler.translate import Translator
from mcp_finance.terms.fields import Fact, Interpolate, Steps, ends, read_of, values
from mcp_finance.terms.formula import Formula, Number, Term
from mcp_finance.terms.load import Terms
from mcp_finance.terms.units import IMPLICIT, Units

TOLERANCE = Fraction(1, 10**12)
INPUT_LENGTH, ROW_LENGTH = 16, 6
FEW = 3
FORMULA = "formula"


class NameClash(Exception):
    """A declared name stands where the rows of a clause have the same; `name` is the row's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


CLAIMS = Fact.model_validate({"is": "money", "means": "claims of single people beyond the attachment, in total"})
UNIT_NAMES = {"ratio": "share", "count": "number", "flag": "switch"}


@dataclass
class Writer:
    """Rows and inputs of one sheet, as far as they are written. `bind` says what a fact is; without it, an input.

    `parties` are the names of parties where the sheet is used, if others than its own.
    """

    terms: Terms
    bind: Binding | None = None
    parties: Mapping[str, str] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    inputs: dict[str, InputSpec] = field(default_factory=dict)
    cells: dict[str, Cells] = field(default_factory=dict)
    dims: dict[str, Dimension] = field(default_factory=dict)
    facts: dict[str, FactUse] = field(default_factory=dict)
    conditions: list[Condition] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    numbers: dict[tuple[Path, int], Expr] = field(default_factory=dict)
    written: dict[str, tuple[Path, str]] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        return self.terms.sheet.prefix

    def full(self, name: str) -> str:
        return f"{self.prefix}.{name}"

    def unit(self, kind: str) -> str:
        """Unit of a row: money is the sheet's currency."""
        return UNIT_NAMES.get(kind, self.terms.sheet.currency)

    def tell(self, text: str, *names: str, test: str = "", otherwise: str = "", indent: int = 1) -> None:
        """Add a line to the ledger; names are without the sheet's prefix."""
        self.lines.append(Line(text, tuple(map(self.full, names)), self.full(test) if test else "", otherwise, indent))

    def row(
        self,
        name: str,
        expr: Expr,
        doc: str,
        path: Path = (),
        *,
        kind: str = "money",
        dims: tuple[str, ...] = (),
        of: str = "",
    ) -> Expr:
        """Write a row and return it, to be read by others; a row already written of the same is returned as it is.

        Raises:
            NameClash: something else has the name.
        """
        full = self.full(name)
        if not self.has(full, (path, of or doc)):
            unit = self.unit(kind)
            fitting = self.fit(expr, name, kind)
            title, tags = f"Terms {self.terms.sheet.id}"[:31], {"label": name}
            self.rows[full] = Row(full, fitting, dims, title, unit, doc, self.place(path), tags=tags)
        return Expr("ref", name=full)

    def has(self, full: str, what: tuple[Path, str]) -> bool:
        """Whether the row is written already; NameClash where what is written under the name is something else."""
        if full in self.inputs or self.written.setdefault(full, what) != what:
            raise NameClash(full.removeprefix(f"{self.prefix}."))
        return full in self.rows

    def place(self, path: Path, at: int = 0) -> str:
        root = self.terms.root
        if path[:1] == ("definitions",) and path[1] in self.terms.defined:
            place = self.terms.defined[str(path[1])].place
        else:
            place = within(root, path, at) if at else place_of(root, path)
        return f"{place.file}:{place.line}:{place.column}"

    def number(self, name: str, number: Number, path: Path, what: str) -> Expr:
        """A number of the sheet as an input, the same for the same place."""
        key = (path, number.at)
        if key not in self.numbers:
            free = next(n for n in suffixed(self.full(name)) if n not in self.inputs and n not in self.rows)
            kind = {"percent": "ratio", "money": "money", "plain": "count"}[number.kind]
            self.put(free, what, [(number.value, self.origin(path, number))], kind=kind)
            self.numbers[key] = Expr("ref", name=free)
        return self.numbers[key]

    def origin(self, path: Path, number: Number) -> Origin:
        sheet = self.terms.sheet
        grade = {"published": "exact-published", "derived": "derived", "illustrative": "assumption"}[sheet.status]
        if path[:1] == ("definitions",) and path[1] in self.terms.defined:
            made = self.terms.defined[str(path[1])]
            where = made.path or dotted(path)
            return Origin(self.place(path), where, made.source, made.grade, made.owner, made.note, made.date)
        where = f"{sheet.id}: {dotted(path)}"
        return Origin(self.place(path, number.at), where, sheet.source, grade, note=number.text)

    def put(
        self, full: str, doc: str, cells: Iterable[tuple[Fraction, Origin]], *, kind: str, dims: tuple[str, ...] = ()
    ) -> Expr:
        """An input with its values."""
        self.inputs[full] = InputSpec(full, self.unit(kind), doc, dims)
        self.cells[full] = tuple(cells)
        return Expr("ref", name=full)

    # Names -----------------------------------------------------------------------------------------------------------

    def fact(self, name: str, pool: int | None, *, given: bool = False) -> Expr:
        """A fact, or whether it was given, in a pool or in the sheet."""
        sheet = self.terms.sheet
        spec = sheet.facts.get(name) or IMPLICIT.get(name) or CLAIMS
        if not is_per_pool(sheet, name):
            return self._fact(name, "", spec, given)
        if pool is None and len(sheet.pools) > 1:
            parts = [self._fact(name, p.id, spec, given) for p in sheet.pools]
            return self.row(name, added(parts), f"{plain(name)}, all pools.", ("facts", name), kind=spec.unit)
        return self._fact(name, sheet.pools[pool or 0].id, spec, given)

    def _fact(self, name: str, pool: str, spec: Fact, given: bool) -> Expr:
        suffix = ".given" if given else ""
        full = self.full(f"{pool}.{name}{suffix}" if pool else f"{name}{suffix}")
        if full not in self.facts:
            use = FactUse(full, name, pool, spec, given)
            self.facts[full] = use
            doc = f"Whether {plain(name)} is given." if given else f"{spec.means or plain(name)}."
            doc = doc[0].upper() + doc[1:]
            if full in self.rows or full in self.inputs:
                raise NameClash(full.removeprefix(f"{self.prefix}."))
            if self.bind is None:
                self.inputs[full] = InputSpec(full, self.unit("flag" if given else spec.unit), doc)
            else:
                kind = "flag" if given else spec.unit
                self.row(full.removeprefix(f"{self.prefix}."), self.bind(use), doc, ("facts", name), kind=kind)
        return Expr("ref", name=full)

    def name(self, name: str, pool: int | None) -> Expr:
        """A declared name in a pool or in the sheet: a fact, a definition or an adjusted target."""
        sheet = self.terms.sheet
        if name in sheet.definitions:
            return self.definition(name, pool)
        if name != "adjusted_target":
            return self.fact(name, pool)
        if pool is None and len(sheet.pools) > 1:
            parts = [Expr("ref", name=self.full(f"{p.id}.{name}")) for p in sheet.pools]
            return self.row(name, added(parts), "Adjusted target, all pools.")
        return Expr("ref", name=self.full(f"{sheet.pools[pool or 0].id}.{name}"))

    def definition(self, name: str, pool: int | None) -> Expr:
        """A definition, written once for the sheet, or once for each pool whose own facts it reads."""
        made, path = self.terms.sheet.definitions[name], ("definitions", name)
        own, scope = name, None
        if self._reads_pool(name) and (pool is not None or len(self.terms.sheet.pools) == 1):
            scope = pool or 0
            own = f"{self.terms.sheet.pools[scope].id}.{name}"
        if isinstance(made, Interpolate | Steps):
            return self._table(own, made, path, scope)
        return self.formula(own, made, path, scope, f"{plain(name)}: {made.text}.", base=name)

    def _reads_pool(self, name: str, open_names: tuple[str, ...] = ()) -> bool:
        made = self.terms.sheet.definitions.get(name)
        if made is None or name in open_names:
            return is_per_pool(self.terms.sheet, name)
        return any(self._reads_pool(term.name, (*open_names, name)) for term in read_of(made).names())

    # Tables ----------------------------------------------------------------------------------------------------------

    def _table(self, own: str, table: Interpolate | Steps, path: Path, pool: int | None) -> Expr:
        if self.has_formula(own, path):
            return Expr("ref", name=self.full(own))
        form = "interpolate" if isinstance(table, Interpolate) else "steps"
        points = "points" if isinstance(table, Interpolate) else "upto"
        read = read_of(table)
        x = self.formula(f"{own}.read_at", read, (*path, form), pool, f"What {plain(path[1])} is read at.")
        kind = "money" if any(v.kind == "money" for v in values(table)) else "ratio"
        at, value = self._points(str(path[1]), (*path, points), ends(table), values(table), kind)
        dim = self.inputs[at.name].dims[0]
        doc = f"{plain(path[1])}, read at {read.text}."
        if form == "interpolate":
            return self.row(own, interpolate(x, at, value, over=dim), doc, path, kind=kind, of=FORMULA)
        edge = self.edge(read.root, read.root, pool)
        beyond = choose(x - edge > last(at, over=dim), 1, 0)
        self.condition(f"{own}.beyond", beyond, f"{plain(path[1])}: {read.text} lies beyond the last step", path)
        self.tell(f"{plain(path[1])}: {{0}}, for {read.text} of {{1}}", own, x.name.removeprefix(f"{self.prefix}."))
        return self.row(own, steps(x - edge, at, value, over=dim), doc, path, kind=kind, of=FORMULA)

    def _points(
        self, name: str, path: Path, at: tuple[Number, ...], value: tuple[Number, ...], kind: str
    ) -> tuple[Expr, Expr]:
        first, second = self.full(f"{name}.at"), self.full(f"{name}.value")
        if first not in self.inputs:
            dim = self.points(len(at))
            origins = [self.origin((*path, end.text), Number(end.value, end.text, end.kind)) for end in at]
            what = f"Points of {plain(name)}."
            pairs = [(n.value, o) for n, o in zip(at, origins, strict=True)]
            self.put(first, what, pairs, kind="count", dims=(dim,))
            pairs = [(n.value, o) for n, o in zip(value, origins, strict=True)]
            self.put(second, f"Values of {plain(name)} at its points.", pairs, kind=kind, dims=(dim,))
        return Expr("ref", name=first), Expr("ref", name=second)

    def points(self, count: int) -> str:
        """The dimension of a table with that many points."""
        name = f"points_{count}"
        self.dims.setdefault(name, Dimension(name, tuple(str(k + 1) for k in range(count)), ordered=True))
        return name

    # Formulas --------------------------------------------------------------------------------------------------------

    def formula(self, name: str, made: Formula, path: Path, pool: int | None, doc: str, *, base: str = "") -> Expr:
        """A formula as a row called `name`; a formula of one name or one number is that name or number itself."""
        root = made.root
        if root.op == "name":
            return self.name(root.name, pool)
        if root.number is not None:
            return self.number(base or name, root.number, path, doc)
        if self.has_formula(name, path):
            return Expr("ref", name=self.full(name))
        inner = Translator(self, base or name, name, path, pool)
        kind = inner.kind(root)
        expr = inner.flag(root) if kind == "flag" else inner.value(root)
        return self.row(name, expr, doc, path, kind=kind, of=FORMULA)

    def has_formula(self, name: str, path: Path) -> bool:
        """Whether the row of that name is this very formula, already written for another clause."""
        return self.full(name) in self.rows and self.has(self.full(name), (path, FORMULA))

    def test(self, name: str, made: Formula, path: Path, pool: int | None, doc: str) -> Expr:
        """A test as a row of 1 or 0."""
        root = made.root
        if root.op == "name":
            return self.name(root.name, pool)
        if self.has_formula(name, path):
            return Expr("ref", name=self.full(name))
        flag = Translator(self, name, name, path, pool).flag(root)
        return self.row(name, flag, doc, path, kind="flag", of=FORMULA)

    def edge(self, a: Term, b: Term, pool: int | None) -> Expr:
        """How far two terms may lie apart and still count as equal."""
        units = Units(self.terms.sheet, pool is not None)
        is_money = 1 in (units.unit(a), units.unit(b))
        return self.money_edge(pool) if is_money else self.tolerance()

    def tolerance(self) -> Expr:
        full = self.full("tolerance")
        if full not in self.inputs:
            note = "stands for the last digits that floating point and spreadsheets lose; the exact reader uses 0"
            origin = Origin("", "tolerance", grade="definition", note=note)
            doc = "How close to its edge a test may fall short and still hold, as a share of the largest money fact."
            self.put(full, doc, [(TOLERANCE, origin)], kind="ratio")
        return Expr("ref", name=full)

    def money_edge(self, pool: int | None) -> Expr:
        sheet = self.terms.sheet
        facts = [n for n, f in sheet.facts.items() if f.unit == "money" and not f.optional]
        own = [n for n in facts if is_per_pool(sheet, n)] or facts
        sizes = [size(self.fact(n, pool)) for n in own[:5]]
        name = "edge" if pool is None else f"{sheet.pools[pool].id}.edge"
        largest = most(sizes[0], *sizes[1:]) if len(sizes) > 1 else sizes[0]
        doc = "How far short of its edge an amount of money may fall and still reach it."
        return self.row(name, largest * self.tolerance(), doc)

    def condition(self, name: str, violated: Expr, message: str, path: Path) -> None:
        """A rule that only facts can break: the row is 1 where it is broken."""
        self.row(name, violated, f"1 if {message}, which no settlement may have.", path, kind="flag")
        found = Condition(self.full(name), message)
        if found not in self.conditions:
            self.conditions.append(found)

    def hold(
        self, name: str, made: list[tuple[Formula, Expr]], what: str, path: Path, *, in_pool: bool = False
    ) -> None:
        """A condition that no amount is below nil, as far as that cannot be seen from the formulas."""
        units = Units(self.terms.sheet, in_pool)
        amounts = [amount for formula, amount in made if not units.not_below_nil(formula.root)]
        for k in range(0, len(amounts), FEW):
            group = amounts[k : k + FEW]
            below = group[0] < 0
            for other in group[1:]:
                below = below | (other < 0)
            own = name if not k else f"{name}_{k // FEW + 1}"
            self.condition(own, choose(below, 1, 0), f"{what} is below nil", path)

    def hold_to_all(self, name: str, made: list[tuple[Formula, Expr]], what: str, path: Path) -> None:
        """A condition that no share is above all of it, as far as it is not one number of at most 100%."""
        numbers = [literal_of(self.terms.sheet, formula) for formula, _ in made]
        shares = [share for (_, share), number in zip(made, numbers, strict=True) if number is None or number > 1]
        if shares:
            above = shares[0] > 1 + self.tolerance()
            for other in shares[1:]:
                above = above | (other > 1 + self.tolerance())
            self.condition(name, choose(above, 1, 0), f"{what} is above 100%", path)

    # Size of formulas ------------------------------------------------------------------------------------------------

    def fit(self, expr: Expr, owner: str, kind: str) -> Expr:
        """The expression with parts in rows of their own, until it is one readable formula with at most one IF."""
        while self.length(expr) > LONGEST or ifs(expr) > 1:
            candidates = [a for a in expr.args if a.op not in ("ref", "num") and not OPERATIONS[a.op].gives_test]
            tests = [e for e in walk(expr) if OPERATIONS[e.op].gives_test]
            deeper = [a for t in tests for a in t.args if a.args and not OPERATIONS[a.op].gives_test]
            candidates = candidates or deeper
            if not candidates or expr.op in ("interpolate", "steps", "total", "weighted", "prior"):
                break
            heaviest = max(candidates, key=lambda a: (ifs(a), self.length(a)))
            part = next(n for n in suffixed(f"{owner}.part") if self.full(n) not in self.rows)
            doc = f"Part of {plain(owner)}."
            made = self.row(part, heaviest, doc, kind=kind if expr.op not in ("*", "/", "ratio") else "money")
            shorter = replaced(expr, heaviest, made)
            if self.length(shorter) >= self.length(expr) and ifs(shorter) >= ifs(expr):
                break
            expr = shorter
        return expr

    def length(self, expr: Expr) -> int:
        """Roughly how many characters the formula takes."""
        if expr.op == "num":
            return 1
        if expr.op == "ref":
            return INPUT_LENGTH if expr.name in self.inputs else ROW_LENGTH
        own = len(OPERATIONS[expr.op].excel) if not OPERATIONS[expr.op].level else 2
        return (
            own + sum(self.length(a) + 1 for a in expr.args) + (self.length(expr.args[-1]) if expr.op == "ratio" else 0)
        )
