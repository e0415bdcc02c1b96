"""Demand-shift programmes: when each works, how much of its line's activity it takes away, and what it costs.

A programme starts no earlier than its line's transfer: savings never begin while the money is still elsewhere. Its
effect ramps up, in a straight line or an S, and may fade once the ramp is complete; a year counts the average over its
days, reached from areas under the curve, so that dates stay live. Nothing of a programme is left after its last day.

Several programmes on a line act in order, each on what those before it leave, so that what they avoid never sums past
the whole. With A units a year, a programme of 20% takes 0.2 A and a second of 10% takes 0.1 x 0.8 A. `overlap` is apart
from that: people whom earlier programmes already serve, on whom this one has no effect at all.

A programme that avoids takes demand away; one that relocates moves it into the community, and all of it is provided
again. Shift is never free: what replaces the activity, the team, the change itself and double running all have a cost.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_finance.rows.expr import Expr, choose, least, most, prior, ratio, ref, shift, up
from mcp_finance.rows.row import InputSpec, Row, row

SHEET = "Shift"
ORIGIN = "mcp_finance/model/delivery/programmes.py"
PROGRAMME = ("programme",)


def _input(name: str, unit: str, doc: str, *, yearly: bool = False) -> InputSpec:
    return InputSpec(name, unit, doc, PROGRAMME, yearly)


SHIFT = (
    _input("shift_starts", "time", "Day on which the demand-shift programme begins, in financial years."),
    _input("shift_ends", "time", "Day after the programme's last, in financial years."),
    _input("shift_delay", "years", "From the programme's start, or the line's transfer if later, to first effect."),
    _input("shift_ramp", "years", "From first effect to full effect."),
    _input("s_curve", "switch", "1 where the effect ramps up slowly, then fast, then slowly; 0 for a straight line."),
    InputSpec("half", "share", "Average height of a straight line from nothing to all: one half, by geometry."),
    _input("shift_reach", "share", "Share of the line's activity that the programme touches."),
    _input("shift_overlap", "share", "Share of that which earlier programmes of the line already serve."),
    _input(
        "shift_effect", "share", "Fall in that activity at full ramp, were all of it delivered; negative if adverse."
    ),
    _input("shift_delivery", "share", "Share of the planned effect that is delivered in the year.", yearly=True),
    _input("shift_decay", "share", "Share of the effect lost in each year after the ramp is complete."),
    _input("shift_induced", "share", "Demand called forth, as a share of the activity reached, from the start."),
    _input("relocates", "switch", "1 where the programme moves activity into the community, 0 where it avoids it."),
    _input("reprovision_unit_cost", "GBP", "Community cost for each unit avoided or relocated, at first-year prices."),
    _input("team_cost", "GBP", "Cost a year of the community team from the programme's start, at first-year prices."),
    _input("transition_cost", "GBP", "One-off cost of the programme, in the twelve months from its start."),
    _input("double_running_cost", "GBP", "Cost a year of running old and new side by side while the effect ramps up."),
    _input(
        "paid_by_holder", "switch", "1 where the budget holder pays for the programme, 0 where its commissioner does."
    ),
)
FIRST_OF_LINE = _input("first_of_line", "switch", "1 for the first programme of its line, 0 for those that follow it.")


@row(sheet=SHEET, unit="time", dims=PROGRAMME)
def line_transfer_day(transfer_day: Expr) -> Expr:
    """Day on which the programme's line passes to the budget holder."""
    return up(transfer_day, along="line")


@row(sheet=SHEET, unit="time", dims=PROGRAMME)
def programme_day(line_transfer_day: Expr, shift_starts: Expr, slippage: Expr) -> Expr:
    """Day on which the programme begins: never before its line has transferred, and as late as that slips."""
    return most(line_transfer_day, shift_starts + slippage)


@row(sheet=SHEET, unit="time", dims=PROGRAMME)
def effect_day(programme_day: Expr, shift_delay: Expr) -> Expr:
    """Day of the programme's first effect."""
    return programme_day + shift_delay


@row(sheet=SHEET, unit="time", dims=PROGRAMME)
def programme_clock(contract_clock: Expr, shift_ends: Expr) -> Expr:
    """End of the year, or the programme's or the contract's end if sooner: nothing of a programme comes after it."""
    return least(contract_clock, shift_ends)


@row(sheet=SHEET, unit="years", dims=PROGRAMME)
def years_running(programme_clock: Expr, programme_day: Expr) -> Expr:
    """Years for which the programme has run."""
    return most(0, programme_clock - programme_day)


@row(sheet=SHEET, unit="share", dims=PROGRAMME)
def running_part(years_running: Expr) -> Expr:
    """Part of this year for which the programme runs."""
    return years_running - prior(years_running)


@row(sheet=SHEET, unit="share", dims=PROGRAMME)
def ramp_reached(programme_clock: Expr, effect_day: Expr, shift_ramp: Expr) -> Expr:
    """How much of the time to full effect has passed by the end of the year."""
    return most(0, least(1, ratio(programme_clock - effect_day, shift_ramp)))


@row(sheet=SHEET, unit="share", dims=PROGRAMME)
def straight_area(ramp_reached: Expr, half: Expr) -> Expr:
    """Area under a straight line so far, for a ramp of one year."""
    return half * ramp_reached * ramp_reached


@row(sheet=SHEET, unit="share", dims=PROGRAMME)
def s_curve_area(ramp_reached: Expr, straight_area: Expr) -> Expr:
    """Area so far under the S-curve 3r² − 2r³, which is r³ − r⁴ ÷ 2."""
    return ramp_reached * ramp_reached * ramp_reached - ramp_reached * ramp_reached * straight_area


@row(sheet=SHEET, unit="years", dims=PROGRAMME)
def ramp_effect_years(straight_area: Expr, s_curve_area: Expr, s_curve: Expr, shift_ramp: Expr) -> Expr:
    """Years of full effect that the ramp so far amounts to: the area under its curve."""
    return choose(s_curve >= 1, s_curve_area, straight_area) * shift_ramp


@row(sheet=SHEET, unit="years", dims=PROGRAMME)
def years_complete(programme_clock: Expr, effect_day: Expr, shift_ramp: Expr) -> Expr:
    """Years since the ramp was complete."""
    return most(0, programme_clock - effect_day - shift_ramp)


@row(sheet=SHEET, unit="years", dims=PROGRAMME)
def full_effect_years(ramp_effect_years: Expr, years_complete: Expr) -> Expr:
    """Years of full effect so far: those of the ramp, and all time since it ended."""
    return ramp_effect_years + years_complete


@row(sheet=SHEET, unit="share", dims=PROGRAMME)
def ramp(full_effect_years: Expr) -> Expr:
    """Average of the ramp over the days of this year."""
    return full_effect_years - prior(full_effect_years)


@row(sheet=SHEET, unit="share", dims=PROGRAMME)
def complete_part(years_complete: Expr) -> Expr:
    """Part of this year after the ramp was complete."""
    return years_complete - prior(years_complete)


@row(sheet=SHEET, unit="share", dims=PROGRAMME)
def not_faded(not_faded: Expr, shift_decay: Expr, complete_part: Expr) -> Expr:
    """Part of the full effect that is left at the end of the year."""
    return prior(not_faded, opening=1) * (1 - shift_decay * complete_part)


@row(sheet=SHEET, unit="share", dims=PROGRAMME)
def faded(complete_part: Expr, not_faded: Expr, half: Expr) -> Expr:
    """What fading takes off the average of the ramp: in a straight line from the start to the end of the year."""
    return complete_part * (1 - half * (prior(not_faded, opening=1) + not_faded))


@row(sheet=SHEET, unit="share", dims=PROGRAMME)
def newly_reached(shift_reach: Expr, shift_overlap: Expr) -> Expr:
    """Share of the line's activity that the programme touches and no earlier one serves."""
    return shift_reach * (1 - shift_overlap)


@row(sheet=SHEET, unit="share", dims=PROGRAMME)
def effect_this_year(shift_effect: Expr, shift_delivery: Expr, ramp: Expr, faded: Expr) -> Expr:
    """Fall in the activity newly reached, over the days of this year."""
    return shift_effect * shift_delivery * (ramp - faded)


@row(sheet=SHEET, unit="share", dims=PROGRAMME)
def own_share(newly_reached: Expr, effect_this_year: Expr) -> Expr:
    """Share that the programme takes of what those before it leave."""
    return newly_reached * effect_this_year


@row(sheet=SHEET, unit="share", dims=PROGRAMME)
def programme_avoids(programme_share: Expr, relocates: Expr) -> Expr:
    """Share of the line's activity that the programme avoids."""
    return programme_share * (1 - relocates)


@row(sheet=SHEET, unit="share", dims=PROGRAMME)
def programme_relocates(programme_share: Expr, relocates: Expr) -> Expr:
    """Share of the line's activity that the programme moves into the community."""
    return programme_share * relocates


@row(sheet=SHEET, unit="share", dims=PROGRAMME)
def programme_induces(newly_reached: Expr, shift_induced: Expr, running_part: Expr) -> Expr:
    """Demand that the programme calls forth, as a share of the line's activity."""
    return newly_reached * shift_induced * running_part


@row(sheet=SHEET, unit="activity", dims=PROGRAMME)
def line_activity_without_shift(activity_without_shift: Expr) -> Expr:
    """Activity of the programme's line had nobody shifted any of it."""
    return up(activity_without_shift, along="line")


@row(sheet=SHEET, unit="activity", dims=PROGRAMME)
def programme_activity(line_activity_without_shift: Expr, programme_share: Expr) -> Expr:
    """Activity that the programme avoids or relocates."""
    return line_activity_without_shift * programme_share


@row(sheet=SHEET, unit="index", dims=PROGRAMME)
def programme_cost_index(cost_index: Expr) -> Expr:
    """Prices of the programme, 1 in the first year."""
    return up(cost_index, along="shift_inflation")


@row(sheet=SHEET, unit="GBP", dims=PROGRAMME)
def programme_replacement(programme_activity: Expr, reprovision_unit_cost: Expr, programme_cost_index: Expr) -> Expr:
    """Community services that replace activity unit by unit; an adverse shift replaces nothing."""
    return most(0, programme_activity) * reprovision_unit_cost * programme_cost_index


@row(sheet=SHEET, unit="GBP", dims=PROGRAMME)
def programme_team(running_part: Expr, team_cost: Expr, programme_cost_index: Expr) -> Expr:
    """The community team while the programme runs, whatever it avoids."""
    return running_part * team_cost * programme_cost_index


@row(sheet=SHEET, unit="GBP", dims=PROGRAMME)
def programme_reprovision(programme_replacement: Expr, programme_team: Expr) -> Expr:
    """Re-provision: community services by the unit, and the team."""
    return programme_replacement + programme_team


@row(sheet=SHEET, unit="years", dims=PROGRAMME)
def transition_passed(years_running: Expr) -> Expr:
    """How much of the programme's first twelve months has passed."""
    return least(1, years_running)


@row(sheet=SHEET, unit="GBP", dims=PROGRAMME)
def programme_transition(transition_passed: Expr, transition_cost: Expr, programme_cost_index: Expr) -> Expr:
    """One-off cost of the programme that falls in this year."""
    return (transition_passed - prior(transition_passed)) * transition_cost * programme_cost_index


@row(sheet=SHEET, unit="years", dims=PROGRAMME)
def double_running_passed(ramp_reached: Expr, shift_ramp: Expr) -> Expr:
    """Years of double running so far: from first effect until the ramp is complete."""
    return ramp_reached * shift_ramp


@row(sheet=SHEET, unit="GBP", dims=PROGRAMME)
def programme_double_running(
    double_running_passed: Expr, double_running_cost: Expr, programme_cost_index: Expr
) -> Expr:
    """Cost of running old and new side by side in this year."""
    return (double_running_passed - prior(double_running_passed)) * double_running_cost * programme_cost_index


@row(sheet=SHEET, unit="GBP", dims=PROGRAMME)
def all_programme_cost(programme_reprovision: Expr, programme_transition: Expr, programme_double_running: Expr) -> Expr:
    """All that the programme costs, whoever pays."""
    return programme_reprovision + programme_transition + programme_double_running


@row(sheet=SHEET, unit="GBP", dims=PROGRAMME)
def holders_programme_cost(all_programme_cost: Expr, paid_by_holder: Expr) -> Expr:
    """What the programme costs the budget holder."""
    return all_programme_cost * paid_by_holder


@row(sheet=SHEET, unit="share", dims=PROGRAMME)
def deducted_share(paid_by_holder: Expr, relocates: Expr) -> Expr:
    """1 where re-provision comes off the cash saving: its commissioner pays, and the activity is avoided, not moved."""
    return (1 - paid_by_holder) * (1 - relocates)


@row(sheet=SHEET, unit="GBP", dims=PROGRAMME)
def deducted_reprovision(programme_reprovision: Expr, deducted_share: Expr) -> Expr:
    """Re-provision of avoided activity that the line's commissioner funds."""
    return programme_reprovision * deducted_share


def chain_rows(most_on_a_line: int) -> Iterator[Row]:
    """`programme_share`, and for lines of several programmes what the one, two … before each of them leave it."""
    share = ref("own_share")
    first = ref(FIRST_OF_LINE.name)
    left: Expr | None = None
    for back in range(1, most_on_a_line):
        after, before = f"left_after.{back}", f"left_before.{back}"
        kept = (1 - share) if left is None else left * (1 - share)
        yield _row(after, kept, f"Part of the line's activity left after the programme and up to {back - 1} before it.")
        others = first + (1 - first) * shift(ref(after), over="programme", first=1)
        yield _row(before, others, f"Part of the line's activity that up to {back} programmes before it leave.")
        left = ref(before)
    doc = "Share of the line's activity that the programme avoids or relocates."
    yield _row("programme_share", share if left is None else share * left, doc)


def _row(name: str, expr: Expr, doc: str) -> Row:
    return Row(name, expr, PROGRAMME, SHEET, "share", doc, ORIGIN)
