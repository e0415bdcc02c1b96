"""Many settlements at once: floats where they are sure of the penny, fractions wherever they are not.

The numpy reader computes a batch of settlements together with bounds on their errors (`settling.bounds`). A settlement
is taken from it only if no bound reaches the next rounding edge of any figure and no condition is broken or
in doubt; all others are settled one by one, by the exact reader. So the figures are those of the exact reader, always:
a bound that is too wide costs time, never a penny.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mcp_finance.rows.draws import from_array, simulate
from mcp_finance.rows.evaluate import Array
from mcp_finance.rows.expr import Expr
from mcp_finance.rows.model import Model, build
from mcp_finance.rows.row import Row
from mcp_finance.terms.clauses import has_memory
from mcp_finance.terms.compiler.parts import added
from mcp_finance.terms.settling.bounds import CONSTANTS, ROUNDING, NoBound, error_of, with_errors
from mcp_finance.terms.settling.settle import Settlement, Settler, rounded

SMALLEST, LARGEST, MOST_UNITS = 1e-15, 1e15, 2.0**51
VARIANCE = "float~variance"


@dataclass(frozen=True)
class Figures:
    """What is printed of a settlement: whole numbers of the sheet's smallest unit, by column.

    Columns are the variance (where the sheet has pools), every party's share of it, and every party's payment. Each is
    rounded for itself, but the party that takes the rest takes the remainders: shares add up to the variance as
    printed, and payments to nil.
    """

    settler: Settler

    @cached_property
    def columns(self) -> tuple[str, ...]:
        parties = self.settler.compiled.sheet.parties
        shares = ("variance", *(f"{p}_share" for p in parties)) if self.settler.compiled.sheet.pools else ()
        return (*shares, *(f"{p}_payment" for p in parties))

    def of(self, settlement: Settlement) -> tuple[int, ...]:
        """The figures of one settlement."""
        sheet = self.settler.compiled.sheet
        places = sheet.rounding.places
        paid = tuple(int(settlement.payments.get(p, 0) * 10**places) for p in sheet.parties)
        if not sheet.pools:
            return paid
        variance = self._units(settlement.variance)
        shares = {p: self._units(v) for p, v in settlement.shares.items() if p != sheet.rest}
        shares[sheet.rest] = variance - sum(shares.values())
        return (variance, *(shares.get(p, 0) for p in sheet.parties), *paid)

    def _units(self, value: Fraction) -> int:
        rounding = self.settler.compiled.sheet.rounding
        return int(rounded(value, rounding) * 10**rounding.places)


@dataclass(frozen=True)
class Batch:
    """A sheet made ready to be settled in batches.

    Raises:
        NoBound: on first use, if the sheet has a memory, so that settlements depend on one another.
    """

    settler: Settler

    def settle(self, facts: Mapping[str, Array]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Figures `(columns of Figures, settlements)`, and for which settlements they are certain.

        `facts` holds every fact of `Compiled.facts` by its name among rows, a float for each settlement.
        """
        count = len(next(iter(facts.values())))
        certain = np.ones(count, dtype=np.bool_)
        drawn = {}
        for name, values in facts.items():
            drawn[name] = from_array(values[None])
            error = error_of(name)
            if error in self._model.inputs:
                whole = (values == np.rint(values)) & (np.abs(values) < LARGEST)
                drawn[error] = from_array(np.where(whole, 0.0, np.abs(values) * CONSTANTS[ROUNDING])[None])
            sizes = np.abs(values)
            certain &= (values == 0) | ((sizes >= SMALLEST) & (sizes <= LARGEST))
        with np.errstate(all="ignore"):
            found = simulate(self._model, self._still, drawn, count, keep=self._kept)
            for condition in self.settler.compiled.conditions:
                broken, doubt = self._pair(found, condition.row)
                certain &= (broken == 0) & (doubt == 0)
            units = {name: self._rounded(*self._pair(found, name), certain) for name in self._wanted}
        return self._columns(units, count), certain

    def _pair(self, found: Mapping[str, Array], name: str) -> tuple[Array, Array]:
        """A row's values and bounds, one a settlement or one for all."""
        return found[name][0], found[error_of(name)][0] if error_of(name) in found else np.zeros(1)

    def _rounded(self, value: Array, error: Array, certain: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Values in whole units; settlements that an error might round otherwise are struck from `certain`."""
        rounding = self.settler.compiled.sheet.rounding
        units = value * 10.0**rounding.places
        reach = 2 * error * 10.0**rounding.places + np.abs(units) * CONSTANTS[ROUNDING]
        if rounding.mode == "down":
            nearest, distance = np.trunc(units), np.abs(units - np.rint(units))
        else:
            nearest, distance = np.rint(units), np.abs(units - np.floor(units) - 0.5)
        sure = (np.abs(units) < MOST_UNITS) & ((distance > reach) | (reach == 0))
        certain &= sure
        return np.where(sure, nearest, 0.0).astype(np.int64)

    def _columns(self, units: Mapping[str, NDArray[np.int64]], count: int) -> NDArray[np.int64]:
        compiled = self.settler.compiled
        parties, rest = compiled.sheet.parties, compiled.sheet.rest
        parts = []
        for suffix in ("share", "payment") if compiled.sheet.pools else ("payment",):
            named = compiled.names(suffix)
            part = {p: units[named[p]] if p in named and p != rest else np.zeros(1, dtype=np.int64) for p in parties}
            given = sum((part[p] for p in parties if p != rest), np.zeros(1, dtype=np.int64))
            part[rest] = (units[VARIANCE] if suffix == "share" else 0) - given
            parts += ([units[VARIANCE]] if suffix == "share" else []) + [part[p] for p in parties]
        return np.stack([np.broadcast_to(part, count) for part in parts])

    @cached_property
    def _wanted(self) -> tuple[str, ...]:
        compiled = self.settler.compiled
        rest = compiled.sheet.rest
        named = [*compiled.names("payment").items(), *compiled.names("share").items()]
        rows = [name for party, name in named if party != rest]
        return (*rows, VARIANCE) if compiled.sheet.pools else tuple(rows)

    @cached_property
    def _kept(self) -> tuple[str, ...]:
        rows = (*self._wanted, *(c.row for c in self.settler.compiled.conditions))
        return (*rows, *(error_of(n) for n in rows if error_of(n) in self._model.rows))

    @cached_property
    def _model(self) -> Model:
        compiled = self.settler.compiled
        if has_memory(compiled.sheet):
            raise NoBound("settlements depend on the years before them")
        model = compiled.model
        rows = list(model.rows.values())
        if compiled.sheet.pools:
            refs = [Expr("ref", name=f"{compiled.sheet.prefix}.{pool.id}.variance") for pool in compiled.sheet.pools]
            rows.append(Row(VARIANCE, added(refs), (), "", compiled.sheet.currency, "Variance of all pools."))
        model = build(model.dims, model.maps, model.years, model.inputs.values(), rows)
        flags = {use.name for use in compiled.facts if use.is_given or use.spec.unit == "flag"}
        plain = {n for n, v in self.settler.constants.items() if not model.inputs[n].dims and float(v[0]) == v[0]}
        conditions = [c.row for c in compiled.conditions]
        return with_errors(model, [*self._wanted, *conditions], {compiled.tolerance} - {""}, flags | plain)

    @cached_property
    def _still(self) -> dict[str, Array]:
        """Values of every input that is no fact: numbers, their errors, and the constants of bounds."""
        found = {name: np.full(1, value) for name, value in CONSTANTS.items()}
        for name, cells in self.settler.constants.items():
            shape = (1, *self._model.shape(name))
            found[name] = np.array([float(v) for v in cells]).reshape(shape)
            if error_of(name) in self._model.inputs:
                errors = [0.0 if float(v) == v else abs(float(v)) * CONSTANTS[ROUNDING] for v in cells]
                found[error_of(name)] = np.array(errors).reshape(shape)
        return found
