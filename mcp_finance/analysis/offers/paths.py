"""Operational paths that offers have in common: each chunk of futures is computed once, and every offer joins in late.

Which rows two contracts share is not declared but found. A row's digest covers its expression, its dimensions, the
digests of all that it reads, the values of inputs and how they are drawn: equal digests mean the same values in every
future. Rows of one circle through `prior` stand or fall together. What is computed is then the *trunk*, the rows of the
first contract that any other needs, and for each contract its *branch*: what its own figures reach. A row of the trunk
that a branch reads is given to it as it is, so that nothing above it is computed again.

One draw on its way: an offer has another share. Draw 4,217 of demand, shift, prices and hospital payments is computed
once, in the trunk. The variance of the pool is given to the branch, which computes share, settlement, results and
balances: 120 rows in place of 470. All digits are those of a simulation of the offer from the beginning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass

import numpy as np

from mcp_finance.analysis.futures.drawn import Futures
from mcp_finance.model.delivery.chance import CHANCE
from mcp_finance.rows.draws import Fill, Ready, Worker, prepare
from mcp_finance.rows.evaluate import Array, compact
from mcp_finance.rows.expr import Expr, walk
from mcp_finance.rows.model import Model, reads

Block = dict[str, Array]
Digests = dict[str, bytes]
Reduce = Callable[[int, Block], Block]
"""What is kept of a contract's rows, `(years, draws)`: its number, and the rows by name."""


@dataclass(frozen=True)
class Contract:
    """A contract in its futures: `keep` are the rows wanted, `held` rows that are not computed but have these values.

    `held` values are `(years or 1, *own dimensions)`.
    """

    model: Model
    values: Mapping[str, Array]
    futures: Futures
    keep: tuple[str, ...]
    held: Mapping[str, Array]

    @property
    def drawn(self) -> frozenset[str]:
        return frozenset(self.futures.names)

    def ready(self) -> Ready:
        """The whole of it, as if there were no other."""
        names = self.drawn | self.held.keys()
        return prepare(
            self.model, self.values, _Joined(self.futures, names, frozenset(), self.held, {}), keep=self.keep
        )


@dataclass(frozen=True)
class _Joined:
    """What a contract is drawn from: its own futures, values held, and rows `taken` from the trunk, by first draw."""

    futures: Futures
    names: frozenset[str]
    taken: frozenset[str]
    held: Mapping[str, Array]
    spans: Mapping[int, Mapping[str, Array]]

    def open(self, names: Collection[str], first: int, last: int) -> Fill:
        """Draws first..last-1: the trunk's rows of that span must be there."""
        own = [n for n in names if n not in self.taken and n not in self.held]
        fill_own = self.futures.open(own, first, last) if own else None
        taken = {n: self.spans[first][n] for n in names if n in self.taken}
        held = {n: self.held[n] for n in names if n in self.held}

        def fill(year: int, buffers: Mapping[str, Array]) -> None:
            if fill_own:
                fill_own(year, {n: buffers[n] for n in own})
            for name, values in taken.items():
                buffers[name][...] = values[year]
            for name, values in held.items():
                buffers[name][...] = values[year if values.shape[0] > 1 else 0][..., None]

        return fill


@dataclass(frozen=True)
class Branch:
    """What one contract computes for itself. `whole` is how many rows it has that move from draw to draw."""

    ready: Ready
    taken: frozenset[str]
    whole: int

    @property
    def rows(self) -> int:
        return len(self.ready.moving)


@dataclass(frozen=True)
class Paths:
    """A trunk and a branch for each contract."""

    trunk: Ready
    branches: tuple[Branch, ...]
    spans: dict[int, Mapping[str, Array]]

    def worker(self) -> Along:
        """Buffers of one thread."""
        return Along(self, self.trunk.worker(), tuple(branch.ready.worker() for branch in self.branches))


@dataclass(frozen=True)
class Along:
    """One thread at work on spans of draws."""

    paths: Paths
    trunk: Worker
    branches: tuple[Worker, ...]

    def run(self, first: int, last: int, reduce: Reduce) -> Block:
        """The trunk of the draws first..last-1, then every branch; what `reduce` makes of each, all together."""
        paths = self.paths
        found: Block = {}
        paths.spans[first] = _rows(paths.trunk, self.trunk, first, last)
        try:
            for k, (branch, worker) in enumerate(zip(paths.branches, self.branches, strict=True)):
                rows = _rows(branch.ready, worker, first, last)
                found |= reduce(k, {n: rows[n] if n in rows else _still(branch.ready, n) for n in branch.ready.kept})
        finally:
            del paths.spans[first]
        return found


def _rows(ready: Ready, worker: Worker, first: int, last: int) -> dict[str, Array]:
    out = ready.room(last - first)
    worker.run(first, last, out)
    return {name: compact(ready.model, name, values) for name, values in out.items()}


def _still(ready: Ready, name: str) -> Array:
    found = compact(ready.model, name, ready.frame[name])
    return np.broadcast_to(found, (len(ready.model.years), *found.shape[1:]))


def paths(contracts: Sequence[Contract], digests: Sequence[Digests]) -> Paths:
    """The first contract's paths as trunk, and what each contract, the first too, computes beside them.

    `digests` are those of the contracts, as `digested` gives them.
    """
    first = contracts[0]
    names = first.drawn | first.held.keys()
    reached = first.model.downstream(names, first.held.keys()) | names
    spans: dict[int, Mapping[str, Array]] = {}
    branches = tuple(
        _branch(contract, _shared(own, digests[0]), reached, spans)
        for contract, own in zip(contracts, digests, strict=True)
    )
    wanted = dict.fromkeys(name for branch in branches for name in sorted(branch.taken))
    joined = _Joined(first.futures, names, frozenset(), first.held, {})
    return Paths(prepare(first.model, first.values, joined, keep=wanted), branches, spans)


def digested(contracts: Iterable[Contract]) -> tuple[Digests, ...]:
    """For each contract, digests of all its inputs and rows."""
    digester = _Digester()
    return tuple(digester.digests(contract) for contract in contracts)


def same_results(one: tuple[Contract, Digests], other: tuple[Contract, Digests]) -> bool:
    """Whether two contracts keep the same rows, and these are the same in every future."""
    return one[0].keep == other[0].keep and all(one[1][name] == other[1][name] for name in one[0].keep)


def _shared(own: Digests, trunk: Digests) -> frozenset[str]:
    return frozenset(name for name, digest in own.items() if trunk.get(name) == digest)


def _branch(
    contract: Contract, shared: frozenset[str], reached: Collection[str], spans: Mapping[int, Mapping[str, Array]]
) -> Branch:
    """A contract without what it shares: the rows and inputs of the trunk that its own rows read, or that it keeps."""
    model, drawn, held = contract.model, contract.drawn, contract.held
    rows = model.upstream(contract.keep, (shared & model.rows.keys()) | held.keys())
    own = rows - shared - held.keys()
    read = {name for row in own for name in reads(model.rows[row].expr)} | set(contract.keep)
    taken = frozenset(read & shared & set(reached))
    names = taken | (drawn - shared) | (held.keys() - shared)
    joined = _Joined(contract.futures, names, taken, {n: v for n, v in held.items() if n not in taken}, spans)
    whole = model.downstream(drawn) & model.upstream(contract.keep)
    return Branch(prepare(model, contract.values, joined, keep=contract.keep), taken, len(whole))


# Digests --------------------------------------------------------------------------------------------------------------


class _Digester:
    """Digests of contracts; what a row says is written down once for each model."""

    def __init__(self) -> None:
        self._said: dict[int, tuple[Model, dict[str, bytes]]] = {}

    def digests(self, contract: Contract) -> Digests:
        """Of every input and row: what it is in every future."""
        model = contract.model
        if id(model) not in self._said:
            self._said[id(model)] = (model, _said_rows(model))
        said = self._said[id(model)][1]
        found = {name: _input(contract, name) for name in model.inputs}
        for block in model.blocks:
            found |= _of_block(contract, block, said, found)
        return found


def _of_block(contract: Contract, block: tuple[str, ...], said: Mapping[str, bytes], found: Digests) -> Digests:
    """Rows of a circle have one digest among them, each with its name."""
    model, held = contract.model, contract.held
    computed = sorted(name for name in block if name not in held)
    given = {name: _hashed(b"held", name.encode(), *content(held[name])) for name in block if name in held}
    outside = sorted({r for name in computed for r in reads(model.rows[name].expr)} - set(computed))
    above = [part for name in outside for part in (name.encode(), found.get(name) or given[name])]
    whole = _hashed(*(said[name] for name in computed), *above)
    return {name: _hashed(whole, name.encode()) for name in computed} | given


def _said_rows(model: Model) -> dict[str, bytes]:
    """What each row says: its name, its elements, its expression, and the members and maps that this works along."""
    years = _hashed(*content(model.years))
    axes = {d.name: _hashed(*content(d)) for d in model.dims}
    links = {m.name: _hashed(*content(m), axes[m.source], axes[m.target]) for m in model.maps}
    found = {}
    for name, row in model.rows.items():
        along = sorted({(e.over, e.by) for e in walk(row.expr) if e.over or e.by})
        below = [part for over, by in along for part in (axes.get(over, b""), links.get(by, b""))]
        said = (name.encode(), years, *(axes[d] for d in row.dims), _written(row.expr).encode(), *below)
        found[name] = _hashed(*said)
    return found


def _written(e: Expr) -> str:
    """An expression as text, of which there is one for each expression."""
    return f"{e.op}[{e.name}|{e.value!r}|{e.over}|{e.by}]({','.join(map(_written, e.args))})"


def _input(contract: Contract, name: str) -> bytes:
    """An input: its values, and how it is drawn about them."""
    spec = contract.model.inputs[name]
    axes = tuple(contract.model.dimension[d] for d in spec.dims)
    parts = [name.encode(), *content(axes), *content(contract.values[name])]
    if name in contract.drawn:
        parts += _chances(contract.futures, name)
    return _hashed(*parts)


def _chances(futures: Futures, name: str) -> Iterator[bytes]:
    """All that decides the draws of an input but its values: seed, sources, what these are correlated with, counts."""
    what = futures.uncertain
    acting = [s for s in what.sources if any(use.input == name for a in s.addresses for use in a.uses)]
    yield from content((what.seed, futures.quasi, tuple(acting)))
    if futures.quasi:
        yield from content(futures.leading())
    if any(s.name in what.names for s in acting):
        yield from content((what.names, what.factor, tuple(s for s in what.sources if s.name in what.names)))
    if name == CHANCE.name:
        yield from content((dict(what.counts), futures.lines, futures.means))


def content(value: object) -> Iterator[bytes]:
    """Everything that a value consists of, in parts whose order and number say what it is: records, arrays, numbers."""
    if isinstance(value, np.ndarray):
        yield f"array {value.shape} {value.dtype}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif is_dataclass(value) and not isinstance(value, type):
        own = fields(value)
        yield f"{type(value).__name__} {len(own)}".encode()
        for field in own:
            yield from content(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield f"mapping {len(value)}".encode()
        for key in value:
            yield from content(key)
            yield from content(value[key])
    elif isinstance(value, tuple | list):
        yield f"list {len(value)}".encode()
        for item in value:
            yield from content(item)
    else:
        yield repr(value).encode()


def _hashed(*parts: bytes) -> bytes:
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        found.update(len(part).to_bytes(8, "little"))
        found.update(part)
    return found.digest()
