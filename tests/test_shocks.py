"""The section `shocks`: what it changes, what it says of that, what it refuses, and that it can be written out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from contracts import DUDLEY, FIXTURES, FOLDER, contract
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from tools import examples

from mcp_finance.analysis.headlines import headlines
from mcp_finance.analysis.run import Run, run
from mcp_finance.analysis.shocked import after
from mcp_finance.files.document import parse
from mcp_finance.files.nodes import Mapping, Scalar, plain
from mcp_finance.files.problems import UNSAFE, Place, ScenarioError
from mcp_finance.report.assumptions import logged
from mcp_finance.scenario.addresses import Addresses
from mcp_finance.scenario.inputs import model_inputs, problems_of_every_case
from mcp_finance.scenario.load import load
from mcp_finance.scenario.shocked import Change, applied
from mcp_finance.scenario.write import lines, written

EXAMPLES = Path(__file__).parents[1] / "examples"
BASE = run(FIXTURES["base"])
SHOCKED = run(FIXTURES["shocks"])
WHOLE = {
    "place": (EXAMPLES / "place.yaml", {"shift": "late"}),
    "place-whole": (EXAMPLES / "place-whole.yaml", {}),
    "dudley": (DUDLEY, {"shift": "none"}),
}


def value(run: Run, name: str, year: int = 0, **at: str) -> float:
    return float(run.results.series(name, **at)[year])


def folder_with(tmp_path: Path, shocks: str) -> Path:
    """The base with a section of shocks, in a folder of its own."""
    for name in ("population.csv", "profiles.csv"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    text = FIXTURES["base"].read_text(encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(f"{text}shocks:\n  {shocks}\n", encoding="utf-8")
    return tmp_path / "bad.yaml"


# --- what they change


def test_the_fixture_by_hand() -> None:
    """Each of its shocks, on the figures of the base."""
    assert value(SHOCKED, "activity_growth", 1, line="planned") == pytest.approx(0.011 + 0.005)
    assert value(SHOCKED, "activity_growth", 0, line="planned") == 0
    assert value(SHOCKED, "expected_growth", 1, line="planned") == 0.011  # agreed: it stays
    assert value(SHOCKED, "shift_delay", programme="falls") == 1.0  # 6 + 6 months
    assert value(SHOCKED, "shift_effect", programme="falls") == 0.15
    assert value(SHOCKED, "uplift", 1, tariff="nhs") == pytest.approx(0.025 + 0.0068)
    assert value(SHOCKED, "uplift", 2, tariff="nhs") == pytest.approx(0.025 + 0.001)
    assert value(SHOCKED, "uplift", 2, tariff="local") == 0.028
    assert value(SHOCKED, "reference_baseline", line="falls") == pytest.approx(30e6 * 1.1 * 0.25)
    assert value(SHOCKED, "reference_baseline", line="other_emergency") == pytest.approx(30e6 * 1.1 * 0.8)
    assert value(SHOCKED, "opening_balance.budget_holder") == 0.6e6
    assert value(SHOCKED, "opening_balance.council") == 0.2e6
    before, now = (r.inputs.values["population"] for r in (BASE, SHOCKED))
    assert np.array_equal(now[:, 0], before[:, 0] * 0.96) and np.array_equal(now[:, 1], before[:, 1])


def test_everything_else_is_as_it_was() -> None:
    moved = {n for n, v in SHOCKED.inputs.values.items() if not np.array_equal(v, BASE.inputs.values[n])}
    assert moved == {
        "activity_growth", "shift_delay", "shift_effect", "uplift", "population", "reference_baseline",
        "opening_balance.budget_holder", "opening_balance.hospital",
    }  # fmt: skip


def test_shocks_act_in_the_order_of_the_file(tmp_path: Path) -> None:
    """25% + 5% are 30%, and half of it 15%; the other way about 12.5% + 5% are 17.5%."""
    add, half = "add: 5%", "times: 50%"
    for one, two, effect in ((add, half, 0.15), (half, add, 0.175)):
        on = "on: lines.falls.shift.effect"
        found = run(folder_with(tmp_path, f"a: {{{on}, {one}}}\n  b: {{{on}, {two}}}"))
        assert value(found, "shift_effect", programme="falls") == pytest.approx(effect)


def test_a_year_that_is_left_out_is_as_it_was(tmp_path: Path) -> None:
    found = run(folder_with(tmp_path, "a: {on: population.unregistered, is: {by_year: {2019/20: 1000}}}"))
    assert found.inputs.values["unregistered"].tolist() == [400, 1000, 440, 440]


def test_a_shorter_run_leaves_out_the_years_beyond_it(tmp_path: Path) -> None:
    path = folder_with(tmp_path, "a: {on: tariffs.nhs.uplift, add: {by_year: {2019/20: 1%, 2021/22: 2%}}}")
    assert run(path, years=2).inputs.values["uplift"][1, 0] == pytest.approx(0.035)


# --- what is said of them


def test_explain_and_the_log_say_what_a_figure_was() -> None:
    origin = SHOCKED.inputs.origins["shift_effect"][(0,)]
    line = FIXTURES["shocks"].read_text(encoding="utf-8").splitlines()[int(origin.place.split(":")[1]) - 1]
    assert (origin.path, origin.note, origin.grade) == (
        "lines.falls.shift.effect", "25% shocked by worse", "assumption",
    )  # fmt: skip
    assert line[int(origin.place.split(":")[2]) - 1 :].startswith("15%")
    growth = SHOCKED.inputs.origins["activity_growth"][(0, 1)]
    assert growth.note == "0.6% shocked by faster_growth: beyond ageing"
    assert growth.source == "made up for tests"
    falls = SHOCKED.inputs.origins["reference_baseline"][(2,)]
    assert falls.note == "£30,000,000 shocked by dearer, then 20% shocked by mix"
    log = {entry.path: entry for entry in logged(SHOCKED)}
    assert log["lines.falls.shift.effect"].value == "15.00%" and log["baselines.emergency"].value == "£33.000m"


def test_the_workbook_shows_a_shocked_figure() -> None:
    from io import BytesIO

    from mcp_finance.report.workbook import workbook_bytes

    book = load_workbook(BytesIO(workbook_bytes(SHOCKED, headlines(SHOCKED))))
    assert any("25% shocked by worse" in str(cell.value) for sheet in book for row in sheet for cell in row)


# --- what they refuse


@pytest.mark.parametrize(
    ("shock", "at", "says", "instead"),
    [
        ("{on: lines.*.shift.efect, add: 1%}", "lines.*", "no figure of this scenario", "lines.*.shift.effect"),
        ("{on: lines.falls.provider, is: 1%}", "lines.falls", "a word of the scenario", "another address"),
        ("{on: inputs.in_budget, is: 1%}", "inputs.in", "a word of the scenario", "another address"),
        ("{on: [lines.*.growth, lines.*.shift.delay], add: 1%}", "lines.*.growth", "of different kinds", "each kind"),
        ("{on: [lines.*.expires, contract.start], is: 2018-04-01}", "lines.*", "(last day)", "each kind"),
        ("{on: lines.*.growth, add: 6 months}", "6 months", "a length of time stands where a rate belongs", "2.5%"),
        ("{on: lines.*.growth, add: 0.5}", "0.5}", "a bare number is ambiguous as a rate", "50%"),
        ("{on: lines.falls.shift.delay, add: 24}", "24}", "ambiguous as a length of time", "24 months"),
        ("{on: contract.start, times: 96%}", "96%", "a date cannot be multiplied", "add"),
        ("{on: lines.*.growth, add: {by_year: {2030/31: 1%}}}", "2030/31", "outside the contract's years", "2018/19"),
        (
            "{on: lines.*.growth, add: {by_year: {2018/19: 1%, 2019/20: 1%}}}",
            "2018/19",
            "from the second year on",
            "2019/20",
        ),
        (
            "{on: lines.*.activity, times: {by_year: {2019/20: 1%}}}",
            "{by_year",
            "one figure for all years",
            "one amount",
        ),
        ("{on: population.member_share, times: 120%}", "120%", "would be 108%", "0% to 100%"),
        ("{on: population.member_share, times: 50%}", "50%", "more of the list is fully integrated", "no more than"),
        ("{on: lines.falls.shift.delay, add: -1 years}", "-1 years", "would be -6 months", "0 to 100 years"),
        ("{on: lines.falls.baseline.fraction, times: 600%}", "600%", "would be 120%", "0% to 100%"),
        ("{on: lines.planned.growth, is: -100%}", "-100%", "would be -100% in 2019/20", "above -100%"),
        ("{on: lines.planned.baseline, is: £0}", "£0", "would be £0", "more than nothing"),
        ("{on: population.unregistered, add: -500}", "-500", "would be -100 in 2018/19", "nothing or more"),
        ("{on: lines.falls.shift.reach, is: 100%, add: 1%}", "{on", "more than one, of is, add and times", "one of is"),
        ("{on: lines.falls.shift.reach}", "{on", "none, or more than one", "one of is"),
        ("{on: lines.*.growth, add: {otherwise: 1%}}", "{otherwise", "neither or both", "one amount"),
        ("{on: lines.*.growth, add: [1%]}", "[1%]", "a list or a mapping", "an amount"),
        ("{on: lines.*.growth, ad: 1%}", "ad: 1%", "the key 'ad' is unknown here", "'add'"),
        ("{on: [], add: 1%}", "[]", "", ""),
    ],
)
def test_is_refused_in_its_place_with_advice(shock: str, at: str, says: str, instead: str, tmp_path: Path) -> None:
    path = folder_with(tmp_path, f"x: {shock}")
    (problem, *others) = problems_of_every_case(path)
    last = path.read_text(encoding="utf-8").splitlines()[-1]
    assert others == [] and problem.place.file == str(path)
    assert says in problem.message and instead in problem.instead, str(ScenarioError([problem]))
    assert last[problem.place.column - 1 :].startswith(at), last[problem.place.column - 1 :]


def test_all_problems_at_once_with_their_lines(tmp_path: Path) -> None:
    path = folder_with(
        tmp_path,
        "a: {on: lines.*.grwth, add: 1%}\n  b: {on: lines.*.growth, add: £1}\n  c: {on: materiality, is: 200%}",
    )
    with pytest.raises(ScenarioError) as caught:
        run(path)
    assert [(p.path, bool(p.source_line)) for p in caught.value.problems] == [
        ("shocks.a.on", True),
        ("shocks.b.add", True),
        ("shocks.c", True),
    ]


def test_shocks_of_cases_are_tried_too(tmp_path: Path) -> None:
    path = folder_with(tmp_path, "a: {on: materiality, is: 2%}")
    choices = "{fine: {title: F, set: {}}, not: {title: N, set: {shocks: {a: {is: 3}}}}}"
    cases = f"cases: {{c: {{default: fine, choices: {choices}}}}}"
    path.write_text(path.read_text(encoding="utf-8") + cases + "\n", encoding="utf-8")
    (problem,) = problems_of_every_case(path)
    assert problem.path == "shocks.a.is" and "ambiguous as a rate" in problem.message


# --- in Python, and written out


def test_after_is_the_scenario_with_the_same_shocks(tmp_path: Path) -> None:
    path = folder_with(tmp_path, "a: {on: lines.*.shift.delay, add: 24 months}\n  b: {on: lines.*.growth, add: 0.5%}")
    changes = [Change("a", ("lines.*.shift.delay",), "add", 2.0), Change("b", ("lines.*.growth",), "add", 0.005)]
    assert same(run(path), after(BASE, changes))


def test_after_leaves_the_run_before_as_it_was() -> None:
    before = {n: v.copy() for n, v in BASE.inputs.values.items()}
    moved = after(BASE, [Change("a", ("baselines.emergency",), "times", 1.1)])
    assert all(np.array_equal(v, BASE.inputs.values[n]) for n, v in before.items())
    assert BASE.inputs.origins["reference_baseline"][(2,)].note.startswith("20.0000%")
    again = after(moved, [Change("b", ("baselines.emergency",), "is", 30e6)])
    assert np.allclose(again.inputs.values["reference_baseline"], BASE.inputs.values["reference_baseline"], rtol=1e-15)


def test_after_refuses_what_a_file_could_not_say() -> None:
    with pytest.raises(ScenarioError, match="no figure of this scenario"):
        after(BASE, [Change("a", ("lines.*.nothing",), "is", 1.0)])
    with pytest.raises(ScenarioError, match="would be 190%"):
        after(BASE, [Change("a", ("population.member_share",), "add", 1.0)])


def same(one: Run, other: Run) -> bool:
    """The same inputs and results, to the last bit."""
    inputs = all(np.array_equal(v, other.inputs.values[n]) for n, v in one.inputs.values.items())
    return inputs and all(np.array_equal(v, other.results.full[n]) for n, v in one.results.full.items())


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder / next(iter(files))


def draw(run: Run, rng: np.random.Generator) -> list[Change]:
    """Changes with amounts that have all their digits; one of growth in the first year, as every draw of it has."""
    by_year = tuple(None if t % 3 == 2 else float(rng.normal(0, 0.01)) for t in range(len(run.years)))
    return [
        Change("growth", ("lines.*.growth",), "add", by_year),
        Change("delay", ("inputs.shift_delay",), "add", float(rng.uniform(0, 3))),
        Change("delay", ("inputs.shift_effect",), "times", float(rng.uniform(0, 1.2))),
        Change("whole", ("baselines.*",), "times", float(rng.lognormal(0, 0.1))),
        Change("part", ("lines.*.baseline.fraction",), "add", float(rng.uniform(0, 0.1))),
        Change("people", ("inputs.population.registered",), "times", float(rng.uniform(0.9, 1))),
        Change("Odd name: 'x'", ("opening_balances.budget_holder",), "is", float(rng.normal(0, 1e7))),
    ]


@pytest.mark.parametrize("name", WHOLE)
def test_a_run_written_out_is_the_same_to_the_last_bit(name: str, tmp_path: Path) -> None:
    path, cases = WHOLE[name]
    found = run(path, cases=cases, settings=["materiality=1.5%"])
    changes = draw(found, np.random.default_rng(4217))
    copy = run(write(tmp_path, written(found.loaded, changes, "draw-4217", 'Draw: #4217 \\ "so"')))
    assert same(copy, after(found, changes))
    assert copy.loaded.scenario.title == 'Draw: #4217 \\ "so"' and not copy.loaded.scenario.cases
    assert copy.loaded.warnings == found.loaded.warnings or len(copy.loaded.warnings) == len(found.loaded.warnings)


@settings(max_examples=examples(24), deadline=None)
@given(name=st.sampled_from([n for n in FIXTURES if n != "shocks"]), seed=st.integers(0, 2**31))
def test_every_address_can_be_moved_and_moves_nothing_else(name: str, seed: int) -> None:
    """Any address times 90%: its own cells are nine tenths, every other cell is as it was."""
    case, rng = contract(name), np.random.default_rng(seed)
    known = Addresses(case.made)
    found = [a for a in known.paths.values() if a.unit not in ("time", "level") and len(a.path) < 200]
    for address in rng.choice(np.array(found, dtype=object), 5, replace=False):
        moved, _ = applied(case.made, [Change("x", (address.path,), "times", 0.9)], known)
        cells = {(u.input, cell) for u in address.uses for cell in u.cells()}
        for input_name, values in case.inputs.items():
            for cell in np.ndindex(values.shape):
                is_moved = moved.values[input_name][cell] != values[cell]
                assert not is_moved or (input_name, cell) in cells
        for use in address.uses:
            if use.role == "own":
                for cell in use.cells():
                    assert moved.values[use.input][cell] == case.inputs[use.input][cell] * 0.9


@pytest.mark.slow
@pytest.mark.parametrize("name", FIXTURES)
def test_every_fixture_can_be_written_out(name: str, tmp_path: Path) -> None:
    """Whatever its sections: term sheets beside it, tables, texts in quotation marks."""
    loaded = load(FIXTURES[name])
    copy = model_inputs(load(write(tmp_path, written(loaded, [], "copy", "Copy"))))
    made = contract(name).made
    assert all(np.array_equal(v, copy.values[n]) for n, v in made.values.items())


@settings(max_examples=examples(300))
@given(key=st.text(min_size=1, max_size=12), text=st.text(max_size=40))
@example(key="null", text="- x: 'y' # z")
@example(key="2026/27", text='@=1+1\n\ttab \\ "quoted" {[,]}')
def test_any_text_is_written_so_that_it_is_read_back(key: str, text: str) -> None:
    """Texts are untrusted: whatever a file could hold comes back as it was, as a key and as a value."""
    if UNSAFE.search(key + text):
        return
    at = Place("", 1, 1)
    tree = Mapping({key: Mapping({"a": Scalar(text, text, at)}, {"a": at}, at)}, {key: at}, at)
    again = parse("".join(lines(tree, 0)), "x.yaml")
    assert again.problems == () and again.root is not None
    assert plain(again.root) == {key: {"a": text}}


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be written exactly"):
        written(BASE.loaded, [Change("x", ("contract.start",), "is", 2018.123)], "x", "X")
    with pytest.raises(ValueError, match="no figure of this scenario"):
        written(BASE.loaded, [Change("x", ("nothing",), "is", 1.0)], "x", "X")
    with pytest.raises(ValueError, match="id of a scenario"):
        written(BASE.loaded, [], "../x", "X")
