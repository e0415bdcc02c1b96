"""What each pool of the gain/loss share saves in cash, where there are several.

Each pool's limit is what the hospital contracts would have paid had its own lines been at expected activity, and all
others as they are, less what they pay: netted over its lines and hospitals, at current prices, and less what the
commissioner pays to replace activity avoided on its lines. Where marginal rates are the same above and below plan, the
pools' savings add up to the commissioner's. With one pool they are the same row.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.model.delivery.hospital import contract_sum
from mcp_finance.model.delivery.provider import floor_payment
from mcp_finance.model.sums import NIL, summed
from mcp_finance.rows.expr import Expr, plain_name, ref, total, up
from mcp_finance.rows.row import Row

SHEET = "Pools"
ORIGIN = "mcp_finance/model/share/pool_saving.py"
POOL_SAVING = "pool_cash_saving"
DOC = "Cash that each pool saves the commissioner on its hospital contracts, less the re-provision that it funds."


def pool_saving_rows(pools: tuple[str, ...]) -> Iterator[Row]:
    """Rows of every pool, and `pool_cash_saving`; none where there is one pool."""
    if len(pools) < 2:
        return
    for pool in pools:
        yield from _pool(pool)
    for pool in pools:
        of_pool = ref(f"saving.{pool}") * ref(f"pool.{pool}")
        yield _row(f"saving.{pool}.of_pool", of_pool, f"Cash that {plain_name(pool)} saves, in its place.", ("pool",))
    saved = [f"saving.{pool}.of_pool" for pool in pools]
    yield from summed(_row(POOL_SAVING, NIL, DOC, ("pool",)), [*saved, "-pool_reprovision"])


def known_pool_saving() -> Row:
    """The row as facts may be bound to it, whether there are several pools or one."""
    return _row(POOL_SAVING, ref("commissioner_cash_saving"), DOC, ("pool",))


def _pool(pool: str) -> Iterator[Row]:
    own, label = f"saving.{pool}", plain_name(pool)
    line = ref("shared_unbought") * up(ref(f"pool.{pool}"), along="pool")
    yield _row(f"{own}.line", line, f"Expected less actual activity of {label} at contract price.", ("line",))
    unbought = total(ref(f"{own}.line"), over="line", by="contract")
    yield _row(f"{own}.unbought", unbought, f"The same of {label} by hospital contract.", ("contract",))
    value = ref("contract_value") + ref(f"{own}.unbought")
    yield _row(f"{own}.value", value, f"Value of each contract had {label} been at expected activity.", ("contract",))
    clause = ("contract_plan", "contract_fixed", "marginal_up", "marginal_down")
    paid = contract_sum(ref(f"{own}.value"), *map(ref, clause))
    yield _row(f"{own}.payment", paid, f"What each contract would have paid then, for {label}.", ("contract",))
    saved = ref(f"{own}.payment") - ref("contract_payment")
    yield _row(f"{own}.contract", saved, f"What {label} lets each contract's payer stop paying.", ("contract",))
    by_provider = total(ref(f"{own}.contract"), over="contract", by="contract_provider")
    yield _row(f"{own}.provider", by_provider, f"The same of {label} by provider.", ("provider",))
    income = ref("provider_income_before_floor") + ref(f"{own}.provider")
    yield _row(
        f"{own}.income", income, f"Each provider's income then, before any guarantee, for {label}.", ("provider",)
    )
    then = floor_payment(ref(f"{own}.income"), ref("provider_floor"))
    yield _row(f"{own}.guarantee", then, f"What guarantees of income would have cost then, for {label}.", ("provider",))
    cash = ref(f"{own}.provider") - (ref("provider_top_up") - ref(f"{own}.guarantee"))
    yield _row(f"{own}.cash", cash, f"Cash that {label} saves the commissioner with each provider.", ("provider",))
    yield _row(own, total(ref(f"{own}.cash"), over="provider"), f"Cash that {label} saves the commissioner.")


def _row(name: str, expr: Expr, doc: str, dims: tuple[str, ...] = ()) -> Row:
    return Row(name, expr, dims, SHEET, "GBP", doc, ORIGIN)
