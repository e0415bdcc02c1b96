"""The closed grammar of formulas in a term sheet, and its parser.

A formula is numbers, percents and amounts of money, declared names, `+ - * /`, brackets, `min max clamp`,
`if(test, a, b)` and `first(a, b)`; a test is a flag or two formulas with `>= > <= <` between them. That is all: a
formula is parsed into a small tree and never run as code, and whatever else stands in it is an error at its column.

    sum     = product {("+" | "-") product}
    product = signed {("*" | "/") signed}
    signed  = ["-"] (number | name | call | "(" sum ")")
    test    = sum [(">=" | ">" | "<=" | "<") sum]          only as an argument of `if`, in `requires`, or a definition

Numbers keep their text, and are exact: `2.5%` is 1/40 and not the nearest float to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from mcp_finance.files.figures import FigureError
from mcp_finance.files.problems import quoted, suggestion

LONGEST = 400
DEEPEST = 12
MOST_DIGITS = 30
FUNCTIONS = {"min": (2, 8), "max": (2, 8), "clamp": (3, 3), "if": (3, 3), "first": (2, 2)}
COMPARISONS = (">=", "<=", ">", "<")
TABLES = ("interpolate", "steps")
NUMBER = r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
GROUPED = r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?"  # only after £: elsewhere a comma parts arguments
_TOKEN = re.compile(
    rf"\s*(?:(?P<money>£\s?(?P<pounds>{GROUPED}|{NUMBER})\s?(?P<scale>bn|m|k)?(?![\w.%]))"
    rf"|(?P<percent>(?P<hundredths>{NUMBER})\s?%)"
    rf"|(?P<number>(?:{NUMBER})(?![\w.]))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>>=|<=|[-+*/(),<>]|\u2212|\u00d7|\u00f7|\u2265|\u2264))"
)
_SCALES = {"": 1, "k": 10**3, "m": 10**6, "bn": 10**9}
_PLAIN = {"\u2212": "-", "\u00d7": "*", "\u00f7": "/", "\u2265": ">=", "\u2264": "<="}

Kind = Literal["percent", "money", "plain"]


class FormulaError(FigureError):
    """A formula that cannot be read; `at` is the position of the trouble in its text, from 0."""

    def __init__(self, at: int, message: str, instead: str) -> None:
        super().__init__(message, instead)
        self.at = at


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written: `text` is its source text, `value` what it is exactly."""

    value: Fraction
    text: str
    kind: Kind
    at: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """A node of a formula: an operator or function of `args`, or a `name`, or a `number`; `at` is where it stands.

    `op` is `+ - * / neg >= > <= <`, a function, `name` or `number`.
    """

    op: str
    at: int
    args: tuple[Term, ...] = ()
    name: str = ""
    number: Number | None = None

    @property
    def is_test(self) -> bool:
        return self.op in COMPARISONS


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula and the text that it was read from."""

    text: str
    root: Term

    def names(self) -> Iterator[Term]:
        """Every name in the formula, where it stands."""
        return (t for t in walk(self.root) if t.op == "name")


def walk(term: Term) -> Iterator[Term]:
    """The term and everything in it, from the outside in, left to right."""
    yield term
    for arg in term.args:
        yield from walk(arg)


def parse(text: str) -> Formula:
    """Read a formula, or a test.

    Raises:
        FormulaError: the text is no formula of this grammar, too long or too deep.
    """
    if len(text) > LONGEST:
        raise FormulaError(0, f"the formula has more than {LONGEST} characters", "parts of it as definitions")
    tokens = tuple(_tokens(text))
    if len(tokens) == 1:
        raise FormulaError(0, "the formula is empty", "a formula such as 2.5% * target")
    reader = _Reader(tokens)
    root = reader.test(0)
    reader.end()
    return Formula(text, root)


def parse_number(text: str) -> Number:
    """Read one number, percent or amount of money, perhaps with a minus.

    Raises:
        FormulaError: the text is something else.
    """
    root = parse(text).root
    number = root.args[0].number if root.op == "neg" else root.number
    if number is None:
        raise FormulaError(0, f"{quoted(text)} is not a number", "a number, a percent or an amount such as £2m")
    return Number(-number.value if root.op == "neg" else number.value, text.strip(), number.kind)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int
    number: Number | None = None


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            here = at + len(text[at:]) - len(text[at:].lstrip())
            raise FormulaError(here, *_stray(text, here))
        kind = str(found.lastgroup)
        for outer in ("money", "percent", "number"):
            if found[outer]:
                kind = outer
        start = found.start(kind)
        yield _Token(kind, _PLAIN.get(found[kind], found[kind]), start, _number(found, kind, start))
        at = found.end()
    yield _Token("end", "", len(text))


def _stray(text: str, at: int) -> tuple[str, str]:
    """What is wrong where no token begins, and what to write instead."""
    rest = text[at:]
    if rest.startswith(("=", "!=")):
        return "formulas are not compared with = or !=", ">= and <=, which hold at the edge"
    if rest.startswith(("£", "$", "€")):
        return f"{quoted(rest[:12])} is no amount of money", "£2m, £1.25bn or £1,500,000; other currencies bare"
    if re.match(r"[0-9.]", rest):
        return f"{quoted(rest.split()[0][:12])} is no number", "digits with a decimal point, such as 1.5 or 2.5%"
    if rest.startswith(("**", "^")):
        return "formulas have no powers", "a product, or a definition for each factor"
    return f"the character {quoted(rest[0])} cannot stand in a formula", "numbers, names, + - * / ( ) , and >= > <= <"


def _number(found: re.Match[str], kind: str, at: int) -> Number | None:
    if kind not in ("money", "percent", "number"):
        return None
    digits = {"money": found["pounds"], "percent": found["hundredths"], "number": found["number"]}[kind]
    if len(digits) > MOST_DIGITS:
        raise FormulaError(at, f"a number has more than {MOST_DIGITS} digits", "a shorter number")
    value = Fraction(digits.replace(",", ""))
    if kind == "money":
        return Number(value * _SCALES[found["scale"] or ""], found["money"], "money", at)
    if kind == "percent":
        return Number(value / 100, found["percent"], "percent", at)
    return Number(value, found["number"], "plain", at)


class _Reader:
    """A recursive-descent reader over the tokens of one formula."""

    def __init__(self, tokens: tuple[_Token, ...]) -> None:
        self.tokens, self.k = tokens, 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.k]

    def take(self, *texts: str) -> _Token | None:
        token = self.next
        if token.kind == "sign" and token.text in texts:
            self.k += 1
            return token
        return None

    def need(self, text: str, why: str) -> None:
        if self.take(text) is None:
            found = quoted(self.next.text) if self.next.text else "the end of the formula"
            raise FormulaError(self.next.at, f"{found} stands where {why} belongs", f"`{text}`")

    def end(self) -> None:
        if self.next.kind != "end":
            advice = "an operator before it: + - * / or a comma, or nothing"
            raise FormulaError(self.next.at, f"{quoted(self.next.text)} follows a whole formula", advice)

    def test(self, depth: int) -> Term:
        left = self.sum(depth)
        if (sign := self.take(*COMPARISONS)) is None:
            return left
        right = self.sum(depth)
        if (second := self.take(*COMPARISONS)) is not None:
            raise FormulaError(
                second.at, "two comparisons stand in a row", "if(a >= b, c >= d, 0), one inside the other"
            )
        return Term(sign.text, sign.at, (left, right))

    def sum(self, depth: int) -> Term:
        left = self.product(depth)
        while (sign := self.take("+", "-")) is not None:
            left = Term(sign.text, sign.at, (left, self.product(depth)))
        return left

    def product(self, depth: int) -> Term:
        left = self.signed(depth)
        while (sign := self.take("*", "/")) is not None:
            left = Term(sign.text, sign.at, (left, self.signed(depth)))
        return left

    def signed(self, depth: int) -> Term:
        if depth > DEEPEST:
            raise FormulaError(self.next.at, f"brackets are more than {DEEPEST} deep", "parts of it as definitions")
        if (sign := self.take("-")) is not None:
            return Term("neg", sign.at, (self.signed(depth + 1),))
        if (token := self.next).number is not None:
            self.k += 1
            return Term("number", token.at, number=token.number)
        if token.kind == "name":
            self.k += 1
            return self.call(token, depth) if token.text in FUNCTIONS else self.name(token)
        if self.take("(") is not None:
            inner = self.sum(depth + 1)
            self.need(")", "a closing bracket")
            return inner
        found = quoted(token.text) if token.text else "the end of the formula"
        raise FormulaError(
            token.at, f"{found} stands where a number or a name belongs", "a number, a name or a bracket"
        )

    def name(self, token: _Token) -> Term:
        if self.take("(") is not None:
            message = f"there is no function {quoted(token.text)}"
            tables = "interpolate and steps as definitions of their own"
            raise FormulaError(token.at, message, tables if token.text in TABLES else suggestion(token.text, FUNCTIONS))
        return Term("name", token.at, name=token.text)

    def call(self, token: _Token, depth: int) -> Term:
        self.need("(", f"the bracket after {token.text}")
        args = [self.test(depth + 1)]
        while self.take(",") is not None:
            args.append(self.test(depth + 1))
        self.need(")", "a comma or a closing bracket")
        least, most = FUNCTIONS[token.text]
        if not least <= len(args) <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            raise FormulaError(
                token.at, f"{token.text}() has {len(args)} arguments, not {wanted}", f"{wanted} arguments"
            )
        for k, arg in enumerate(args):
            if arg.is_test and token.text not in ("if", "first"):
                raise FormulaError(arg.at, f"a test stands among the arguments of {token.text}()", "if(test, 1, 0)")
            if k == 0 and token.text == "first" and arg.op != "name":
                raise FormulaError(
                    arg.at, "first() takes an optional fact, and what holds if it is blank", "first(fact, other)"
                )
        return Term(token.text, token.at, tuple(args))
