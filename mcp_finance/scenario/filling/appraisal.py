"""The discount rate, and the bid with what is tolerated of it."""

from __future__ import annotations

from mcp_finance.scenario.filling.filler import Filler, ModelInputs


def appraisal(f: Filler, out: ModelInputs) -> None:
    if f.s.appraisal is not None:
        rate = f.s.appraisal.discount_rate
        out.put_years("discount_rate", [f.series(("appraisal", "discount_rate"), rate, growth=True)])


def bid(f: Filler, out: ModelInputs) -> None:
    bid = f.s.bid
    if bid is None:
        return
    out.put_years("bid_price", [f.series(("bid", "price"), bid.price, growth=False)])
    variations = f.series(("bid", "expected_variations"), bid.expected_variations, growth=False)
    out.put_years("expected_variations", [variations])
    out.put("mobilisation_asked", [f.cell(("bid", "mobilisation_asked"), bid.mobilisation_asked)])
    for key in type(bid.tolerances).model_fields:
        out.put(f"tolerated_{key}", [f.cell(("bid", "tolerances", key), getattr(bid.tolerances, key))])
    if bid.base_case_cost is not None:
        cost = f.series(("bid", "base_case_cost"), bid.base_case_cost, growth=False)
        out.put_years("base_case_cost", [cost])
