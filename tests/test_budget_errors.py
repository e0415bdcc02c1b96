"""Bad figures of budgets: each is refused at its place, in plain words, with what to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from contracts import FIXTURES
from test_scenario_errors import BASE, folder_with, place, problems, spoiled

from mcp_finance.scenario.inputs import model_inputs
from mcp_finance.scenario.load import load

GROWTH = "    growth: {by_year: {2019/20: 3.0%, 2020/21: 2.5%}, otherwise: 2.0%}\n    list_adjustment: deviation\n"
CORE = f"    rule: allocation\n{GROWTH}    assumed_list_growth: 0.5%\n"
BUILD = "    cost_build: {population: POP, non_demographic: 1%, uplift: 2%, efficiency: 1%}\n"
PACE = "    pace: {distance_from_target: -5%, speed: 20%, least: 0%, most: 4%}\n"
GP = "    growth: 0.6%\n"
END = "opening_balances: "
VARIATION = (
    "variations:\n  one: {title: One, kind: scope_in, commissioned_by: commissioner, amount: £1m, cost: £0.9m, "
    "from: 2019-04-01, stream: core, inflation: others}\n"
)


@dataclass(frozen=True)
class Bad:
    """Text of the base file, what stands in its place, and the complaint, its place and its advice."""

    name: str
    old: str
    new: str
    at: str
    says: str
    instead: str


def core(rule: str, adjust: str = "none", more: str = "") -> str:
    assumed = "    assumed_list_growth: 0.5%\n" if adjust == "deviation" else ""
    growth = GROWTH.replace("deviation", adjust)
    return f"    rule: {rule}\n{growth}{assumed}{more}"


def variation(old: str, new: str) -> str:
    assert old in VARIATION
    return VARIATION.replace(old, new, 1) + END


def build(population: str = "0.4%") -> str:
    return BUILD.replace("POP", population)


BAD = (
    Bad("cost build and the whole list", CORE, core("cost_build", "full", build()), "list_adjustment: |full",
        "cost build with population growth pays for it twice", "population: 0%"),
    Bad("lesser and the whole list", CORE, core("lesser_of", "full", build()), "list_adjustment: |full",
        "on top of lesser_of pays for population growth twice", "deviation, with assumed_list_growth"),
    Bad("blend and the whole list", CORE, core("blend", "full", f"    weight: 50%\n{build('0%')}"),
        "list_adjustment: |full", "on top of blend pays for population growth twice", "rule: schedule"),
    Bad("no cost build", CORE, core("cost_build"), "|core:\n", "needs cost_build", "cost_build: and its value"),
    Bad("no weight", CORE, core("blend", more=build()), "|core:\n", "needs weight", "weight: and its value"),
    Bad("no amounts", CORE, core("fixed_schedule"), "|core:\n", "needs amounts", "amounts: and its value"),
    Bad("cost build not read", CORE, CORE + build(), "cost_build: |{", "no effect under the rule allocation",
        "rule: cost_build, lesser_of or blend"),
    Bad("weight not read", CORE, core("lesser_of", more=f"    weight: 50%\n{build()}"), "weight: |50%",
        "no effect under the rule lesser_of", "rule: blend"),
    Bad("amounts not read", CORE, CORE + "    amounts: £20m\n", "amounts: |£20m", "no effect", "fixed_schedule"),
    Bad("weight beyond all", CORE, core("blend", more=f"    weight: 150%\n{build()}"), "weight: |150%",
        "lies outside 0% to 100%", "0% to 100%"),
    Bad("amount of nothing", CORE,
        core("fixed_schedule", more="    amounts: {by_year: {2019/20: £0m}, otherwise: £20m}\n"), "2019/20: |£0m",
        "must be more than nothing", "£25.0m"),
    Bad("amounts for some years", CORE, core("fixed_schedule", more="    amounts: {by_year: {2019/20: £9m}}\n"),
        "amounts: |{by", "no figure is given for 2018/19", "otherwise"),
    Bad("schedule of a stream without lines", "streams:\n", "streams:\n  empty:\n"
        + core("fixed_schedule", more="    amounts: £9m\n    roll: {2017/18: 2.0%, 2018/19: 1.5%}\n"),
        "amounts: |£9m", "no line of this stream is in the budget", "scope: budget"),
    Bad("a cost build's year left out", CORE, core("cost_build", more=build("{by_year: {2019/20: 1%}}")),
        "population: |{by", "no figure is given for 2020/21", "otherwise"),
    Bad("efficiency of all", CORE, core("cost_build", more=build().replace("efficiency: 1%", "efficiency: 100%")),
        "efficiency: |100%", "leaves nothing", "below 100%"),
    Bad("speed beyond all", CORE, CORE + PACE.replace("20%", "120%"), "speed: |120%",
        "outside 0% to 100%", "0% to 100%"),
    Bad("far below target", CORE, CORE + PACE.replace("-5%", "-100%"), "distance_from_target: |-100%",
        "leaves nothing", "-5.0%"),
    Bad("least above most", CORE, CORE + PACE.replace("least: 0%", "least: 5%"), "least: |5%",
        "the least growth of 2019/20 is above the most", "no more than most"),
    Bad("reopened in the first year", CORE, CORE + "    reopened: {2018/19: {growth: 3%, from: 2018-04-01}}\n",
        "|2018/19: {growth", "indices begin in 2018/19", "2019/20 to 2021/22"),
    Bad("reopened on a day of another year", CORE, CORE + "    reopened: {2019/20: {growth: 3%, from: 2020-04-01}}\n",
        "from: |2020-04-01", "a day of another year", "2019-04-01 to 2020-03-31"),
    Bad("uplift reopened to nothing", "  nhs: {uplift: 2.5%,",
        "  nhs: {reopened: {2019/20: {uplift: -100%, from: 2019-04-01}}, uplift: 2.5%,", "uplift: |-100%",
        "leaves nothing", "above -100%"),
    Bad("reopened without a day", "  nhs: {uplift: 2.5%,", "  nhs: {reopened: {2019/20: {uplift: 3%}}, uplift: 2.5%,",
        "2019/20: |{uplift", "'from' is missing", "from: and its value"),
    Bad("taken off below nothing", GP, f"{GP}    recurrent: {{non_recurrent: -£1m}}\n", "non_recurrent: |-£1m",
        "taken off whatever its sign", "£0 or more"),
    Bad("added below nothing", GP, f"{GP}    recurrent: {{transfers_in: -£1m}}\n", "transfers_in: |-£1m",
        "added whatever its sign", "£0 or more"),
    Bad("nothing left", GP, f"{GP}    recurrent: {{transfers_out: £8m}}\n", "|recurrent: {", "leave £0 of an outturn",
        "above nothing"),
    Bad("no adjustment", GP, f"{GP}    recurrent: {{}}\n", "|recurrent: {", "no adjustment is given",
        "leave it out"),
    Bad("variation that ends first", END, variation("from: 2019-04-01", "from: 2019-04-01, until: 2019-03-31"),
        "until: |2019-03-31", "ends before it begins", "on or after its first"),
    Bad("variation before the contract", END, variation("2019-04-01", "2017-04-01"), "from: |2017-04-01",
        "begins outside the contract's years", "2018-04-01"),
    Bad("money that leaves and comes", END, variation("scope_in", "scope_out"), "amount: |£1m",
        "what goes out of scope takes money with it", "below nothing"),
    Bad("money that comes and leaves", END, variation("£1m", "-£1m"), "amount: |-£1m", "below nothing",
        "kind: scope_out"),
    Bad("variation of nothing", END, variation("£1m, cost: £0.9m", "0, cost: 0"), "|one: {", "changes nothing",
        "leave it out"),
    Bad("non-recurrent for ever", END, variation("scope_in", "non_recurrent"), "|one: {", "needs its last day",
        "until:"),
    Bad("non-recurrent and indexed", END, variation("scope_in", "non_recurrent"), "|one: {", "is not indexed",
        "indexed: false"),
    Bad("indexed by nothing", END, variation("stream: core, ", ""), "|one: {", "needs stream", "one of the streams"),
    Bad("indexed by what is not there", END, variation("stream: core", "stream: cor"), "stream: |cor,",
        "no 'cor' among the streams", "'core'"),
    Bad("index of what is not indexed", END, variation("stream:", "indexed: false, stream:"), "stream: |core,",
        "no effect: the variation is not indexed", "indexed: true"),
    Bad("rebase in the first year", END, f"rebase: {{years: [2018/19], theta: 50%}}\n{END}", "[|2018/19",
        "none before it in the contract is over", "2019/20 to 2021/22"),
    Bad("rebase twice", END, f"rebase: {{years: [2020/21, 2020/21], theta: 50%}}\n{END}", "2020/21, |2020/21],",
        "stands twice", "each year once"),
    Bad("rebase in no year", END, f"rebase: {{years: [], theta: 50%}}\n{END}", "years: |[]", "no year of rebasing",
        "leave"),
    Bad("theta beyond all", END, f"rebase: {{years: [2020/21], theta: 120%}}\n{END}", "theta: |120%",
        "outside 0% to 100%", "0% to 100%"),
)  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_is_refused_in_its_place_with_advice(bad: Bad, tmp_path: Path) -> None:
    text = spoiled(bad.old, bad.new)
    found = problems(folder_with(tmp_path, text))
    fitting = [p for p in found if bad.says in p.message]
    assert fitting, "\n".join(str(p) for p in found)
    assert (fitting[0].place.line, fitting[0].place.column) == place(text, bad.at)
    assert bad.instead in fitting[0].instead


def test_a_variation_cannot_follow_a_fixed_schedule(tmp_path: Path) -> None:
    text = spoiled(CORE, core("fixed_schedule", more="    amounts: £40m\n")).replace(END, VARIATION + END)
    found = problems(folder_with(tmp_path, text))
    assert [(p.path, p.instead) for p in found] == [
        ("variations.one.stream", "a stream with another rule, or indexed: false")
    ]


@pytest.mark.parametrize(
    "good",
    [
        core("cost_build", "full", build("0%")),
        core("cost_build", "deviation", build("0.5%")),
        core("fixed_schedule", "full", "    amounts: £40m\n"),
        core("schedule", "full", PACE),
    ],
)
def test_what_pays_for_nobody_twice_is_accepted(good: str, tmp_path: Path) -> None:
    assert load(folder_with(tmp_path, spoiled(CORE, good))).warnings == ()


def test_a_cost_build_for_more_people_than_the_list_is_held_against(tmp_path: Path) -> None:
    text = spoiled(CORE, core("cost_build", "deviation", build("0.6%")))
    (warning,) = load(folder_with(tmp_path, text)).warnings
    assert warning.message == "the list is taken to grow by 0.5% in 2019/20, but the cost build pays for 0.6%"
    assert (warning.place.line, warning.place.column) == place(text, "assumed_list_growth: |0.5%")


def test_many_variations_are_refused_in_plain_words(tmp_path: Path) -> None:
    one = VARIATION.splitlines()[1]
    many = "variations:\n" + "\n".join(one.replace("one:", f"v{k}:") for k in range(601)) + "\n"
    found = problems(folder_with(tmp_path, BASE.replace(END, many + END)))
    assert [p.message for p in found] == ["601 variations are more than the model holds"]


def test_sections_may_be_dropped_again() -> None:
    assert "rebase_level" not in load_rows("rebase", ("rebase=null",))
    assert "variation_budget" not in load_rows("variations", ("variations=null",))


def load_rows(name: str, settings: tuple[str, ...]) -> set[str]:
    return set(model_inputs(load(FIXTURES[name], settings=settings)).model.rows)
