"""What each pool of the gain/loss share saves in cash, where there are several.

Each pool's limit is what the hospital contracts would have paid had its own lines been at expected activity, and all
others as they are, less what they pay: netted over its lines and hospitals, at current prices, and less what the
commissioner pays to replace activity avoided on its lines. Where marginal rates are the same above and below plan, the
pools' savings add up to the commissioner's. With one pool they are the same row.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.model.hospital import contract_sum
from mcp_finance.rows.expr import Expr, plain_name, total, up
from mcp_finance.rows.row import Row

SHEET = "Pools"
ORIGIN = "mcp_finance/model/pool_saving.py"
POOL_SAVING = "pool_cash_saving"
DOC = "Cash that each pool saves the commissioner on its hospital contracts, less the re-provision that it funds."
TERMS_IN_SUM = 5


def pool_saving_rows(pools: tuple[str, ...]) -> Iterator[Row]:
    """Rows of every pool, and `pool_cash_saving`; none where there is one pool."""
    if len(pools) < 2:
        return
    for pool in pools:
        yield from _pool(pool)
    products = [_ref(f"saving.{pool}") * _ref(f"pool.{pool}") for pool in pools]
    groups = [products[k : k + TERMS_IN_SUM] for k in range(0, len(products), TERMS_IN_SUM)]
    sums = [_sum(group) for group in groups]
    if len(sums) > 1:
        for k, part in enumerate(sums):
            yield _row(f"{POOL_SAVING}.part_{k + 1}", part, "Part of what the pools save.", ("pool",))
        sums = [_ref(f"{POOL_SAVING}.part_{k + 1}") for k in range(len(sums))]
    yield _row(POOL_SAVING, _sum(sums) - _ref("pool_reprovision"), DOC, ("pool",))


def known_pool_saving() -> Row:
    """The row as facts may be bound to it, whether there are several pools or one."""
    return _row(POOL_SAVING, _ref("commissioner_cash_saving"), DOC, ("pool",))


def _pool(pool: str) -> Iterator[Row]:
    own, label = f"saving.{pool}", plain_name(pool)
    line = _ref("shared_unbought") * up(_ref(f"pool.{pool}"), along="pool")
    yield _row(f"{own}.line", line, f"Expected less actual activity of {label} at contract price.", ("line",))
    unbought = total(_ref(f"{own}.line"), over="line", by="contract")
    yield _row(f"{own}.unbought", unbought, f"The same of {label} by hospital contract.", ("contract",))
    value = _ref("contract_value") + _ref(f"{own}.unbought")
    yield _row(f"{own}.value", value, f"Value of each contract had {label} been at expected activity.", ("contract",))
    clause = ("contract_plan", "contract_fixed", "marginal_up", "marginal_down")
    paid = contract_sum(_ref(f"{own}.value"), *map(_ref, clause))
    yield _row(f"{own}.payment", paid, f"What each contract would have paid then, for {label}.", ("contract",))
    saved = _ref(f"{own}.payment") - _ref("contract_payment")
    yield _row(f"{own}.contract", saved, f"What {label} lets each contract's payer stop paying.", ("contract",))
    yield _row(own, total(_ref(f"{own}.contract"), over="contract"), f"What {label} saves on all contracts.")


def _ref(name: str) -> Expr:
    return Expr("ref", name=name)


def _sum(parts: list[Expr]) -> Expr:
    found = parts[0]
    for part in parts[1:]:
        found = found + part
    return found


def _row(name: str, expr: Expr, doc: str, dims: tuple[str, ...] = ()) -> Row:
    return Row(name, expr, dims, SHEET, "GBP", doc, ORIGIN)
