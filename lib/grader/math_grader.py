"""The reward for mathematical answers: is the final boxed answer right, and how well is the way to it written?

One file, standard library only, Python 3.10 and later, because it runs in a sandbox without packages. The same text
filters the data, scores the baseline, trains the model and judges the result.

Reading order: extract the answer, split it into tokens, parse them to a tree, normalise the tree to a form, compare two
forms, score. Nothing here raises on any input and nothing guesses: what is not understood equals only what has the same
tokens. Every loop is bounded, so that hostile input (towers of powers, ten thousand braces, a megabyte of digits) gets
its verdict within milliseconds.
"""

from __future__ import annotations

import cmath
import math
import re
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

WEIGHTS = {"correctness": 0.8, "format": 0.1, "reasoning": 0.05, "completeness": 0.05}
CRITERION = "total"

MAX_OUTPUT = 100_000  # characters of an output that are looked at, from its end
MAX_ANSWER = 6_000  # characters of an answer that are compared at all
MAX_PARSED = 1_500  # characters of an answer that are parsed, unless it is one plain number
MAX_DIGITS = 4_000  # digits of an integer; Python refuses to convert more than 4,300
MAX_BITS = 14_000  # size of exact intermediate values
MAX_TOKENS = 500
MAX_DEPTH = 40  # groups, roots and exponents inside each other
SIGNIFICANT_DIGITS = 6  # that a decimal must carry to stand for an irrational number

# ---------------------------------------------------------------------------------------------------------------------
# Extract
# ---------------------------------------------------------------------------------------------------------------------

_BRACE = re.compile(r"\\.|[{}]", re.S)
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")


class Box(NamedTuple):
    """The last closed box of an output."""

    answer: str
    after: int  # characters that follow it
    opened: int  # boxes in the output, closed or not
    is_last: bool  # and none is left open behind it


def extract_answer(text: str) -> str | None:
    """The text in the last closed `\\boxed{}` or `\\fbox{}` after any `</think>`; None where it is missing or empty."""
    box = _last_box(text)
    return box.answer if box else None


@lru_cache(maxsize=1)
def _last_box(text: str) -> Box | None:
    """The box that counts; None where there is none or it is empty. What comes before the last 20 boxes does not."""
    visible = text[-MAX_OUTPUT:].rpartition("</think>")[2]
    boxes = [match.span() for match in _BOX.finditer(visible)]
    limit = len(visible)
    for opening, start in reversed(boxes[-20:]):
        end = _closing_brace(visible, start, min(start + MAX_ANSWER, limit))
        if end is not None:
            answer = visible[start:end].strip()
            return Box(answer, len(visible) - end - 1, len(boxes), limit == len(visible)) if answer else None
        limit = opening  # an earlier box cannot close behind one that stays open
    return None


def _closing_brace(text: str, start: int, limit: int) -> int | None:
    """Where the group that opened just before `start` closes before `limit`; escaped braces are text."""
    depth = 1
    for match in _BRACE.finditer(text, start, limit):
        if match.group() == "{":
            depth += 1
        elif match.group() == "}":
            depth -= 1
            if depth == 0:
                return match.start()
    return None


# ---------------------------------------------------------------------------------------------------------------------
# Tokenise
# ---------------------------------------------------------------------------------------------------------------------
# A token is a string. A number starts with a digit or a point, a word with a quote ("cm), a function with an at sign
# (@sin); a letter or a Greek name stands for itself, and everything else is an operator or a bracket.


class NotUnderstood(Exception):
    """The answer is outside the grammar; it is compared by its tokens instead."""


def _table(text: str) -> dict[str, str]:
    """A line holds a token, then everything that is written for it."""
    lines = (line.split() for line in text.strip().splitlines())
    return {written: token for token, *spellings in lines for written in spellings}


_GREEK = """
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma tau
    upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar aleph
""".split()
_FUNCTION_NAMES = """
    sin cos tan cot sec csc arcsin arccos arctan arccot sinh cosh tanh coth ln log exp sqrt max min gcd lcm
""".split()
_MARKS = "overline bar vec overrightarrow hat widehat tilde mathbb mathcal dot".split()
_WITHOUT_MEANING = """
    left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr displaystyle textstyle scriptstyle limits boxed fbox
    underline quad qquad thinspace space hspace bf rm angle measuredangle triangle therefore
""".split()

_FUNCTIONS = {name: "@" + name for name in _FUNCTION_NAMES}
_FUNCTIONS |= _table("""
    @tan tg
    @cot ctg
    @csc cosec
    @arcsin asin
    @arccos acos
    @arctan atan arctg
    @arccot arcctg
    @log lg
""")

_COMMANDS = _table(r"""
    * cdot times ast
    / div
    = equiv
    != ne neq
    ~= approx simeq doteq
    < lt
    > gt
    <= le leq leqslant leqq
    >= ge geq geqslant geqq
    in in
    notin notin
    cup cup
    cap cap
    setminus setminus backslash
    +- pm
    -+ mp
    and land wedge
    or lor vee
    oo infty
    emptyset emptyset varnothing
    frac frac dfrac tfrac cfrac
    over over
    binom binom dbinom tbinom
    choose choose
    circ circ
    deg degree
    % percent
    ' prime
    : colon
    -> to rightarrow
    ... ldots dots cdots
    ( langle lparen
    ) rangle rparen
    [ lbrack
    ] rbrack
    \{ lbrace
    \} rbrace
    | lvert rvert vert mid
    floor( lfloor
    floor) rfloor
    ceil( lceil
    ceil) rceil
""")
_COMMANDS |= _FUNCTIONS
_COMMANDS |= {name: name for name in _GREEK}
_COMMANDS |= {name: "mark:" + name for name in _MARKS}
_COMMANDS |= {name: "big:" + name for name in ("sum", "prod", "int", "lim")}
_COMMANDS |= {name: "" for name in _WITHOUT_MEANING}

_SYMBOLS = _table(r"""
    % \%
    $ \$
    | \|
    # \#
    & \&
    _ \_
    ^ **
    = == :=
    deg ^\circ
""")
_SYMBOLS["\\-"] = ""

_WORDS = _table("""
    pi pi
    oo infinity inf
    % percent pct percentage
    deg degree degrees deg
    or or
    and and
    alpha alpha
    beta beta
    gamma gamma
    theta theta
    phi phi
""")
_WORDS |= _FUNCTIONS

# Words that announce an answer, words of two letters that are no product, and units that may follow a bare number.
_FILLERS = """
    therefore thus hence so the final answer answers is are result equals equal approximately about roughly value
    solution solutions to be that we get have
""".split()
_SHORT_WORDS = "am an as at by he if in is it no of on so to up we".split()
_UNITS = """
    mm cm dm km nm ft yd mi kg mg gm lb lbs oz ml cl dl hr hrs sec min mph kph kmh rad cc cents cent usd eur gal hz
""".split()
_UNIT_LETTERS = set("mghslLNJKWVACFPTBd")

_TEXT_COMMANDS = "text|textbf|textit|textrm|texttt|textsf|textnormal|mbox|hbox|emph"
_ROMAN_COMMANDS = "mathrm|mathbf|mathit|mathsf|operatorname|boldsymbol|bm"

_TOKEN = re.compile(
    rf"\\(?:(?:{_TEXT_COMMANDS})|(?P<roman>{_ROMAN_COMMANDS}))\*?\s*\{{(?P<text>(?:[^{{}}]|\{{[^{{}}]*\}})*)\}}"
    r"|\\(?P<environment>begin|end)\s*\{(?P<name>[a-zA-Z]+)\*?\}"
    r"|\\(?P<command>[a-zA-Z]+)"
    r"|(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,4}(?![\d.a-zA-Z]))?(?:\.?\\(?:overline|dot|bar)\s*\{\d+\})?)"
    r"|(?P<letters>[a-zA-Z]+)"
    r"|(?P<space>\\[ ,;:!]|[\s~]+|\\[()\[\]]|(?<!\\)\$|[`\"]|\\$)"
    r"|(?P<symbol>\\\\|\\[^a-zA-Z]|\*\*|<=|>=|!=|==|:=|\^\\circ|''|.)",
    re.S,
)

_UNICODE = _table(r"""
    - − – — ‐
    / ÷
    ' ′ ’ ‘
    '' ″
    % ％
    , ，
    ( （ ⟨
    ) ） ⟩
    \times ×
    \cdot · ⋅ ∙
    \degree ° º
    \sqrt √
    \infty ∞
    \le ≤ ⩽
    \ge ≥ ⩾
    \ne ≠
    \approx ≈
    \cup ∪
    \cap ∩
    \in ∈
    \pm ±
    \mp ∓
    \setminus ∖
    \emptyset ∅
    \ldots …
    \angle ∠
    \pi π
    \alpha α
    \beta β
    \gamma γ
    \delta δ
    \epsilon ε
    \theta θ
    \lambda λ
    \mu μ
    \rho ρ
    \sigma σ
    \tau τ
    \varphi φ
    \omega ω
    \Delta Δ
    \Omega Ω
    \mathbb{R} ℝ
    \mathbb{Z} ℤ
    \mathbb{N} ℕ
    \frac12 ½
    \frac13 ⅓
    \frac23 ⅔
    \frac14 ¼
    \frac34 ¾
    \frac15 ⅕
    \frac25 ⅖
    \frac35 ⅗
    \frac45 ⅘
    \frac16 ⅙
    \frac56 ⅚
    \frac18 ⅛
    \frac38 ⅜
    \frac58 ⅝
    \frac78 ⅞
""")
_UNICODE = {character: latex + " " for character, latex in _UNICODE.items()}
_UNICODE |= dict.fromkeys("\u00a0\u2009\u202f", " ") | dict.fromkeys("\u200b“”", "")
_FROM_UNICODE = str.maketrans(_UNICODE)
_SUPERSCRIPTS, _SUBSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "₀₁₂₃₄₅₆₇₈₉₋"
_SCRIPTS = re.compile(f"[{_SUPERSCRIPTS}]+|[{_SUBSCRIPTS}]+")
_PLAIN_DIGITS = str.maketrans(_SUPERSCRIPTS + _SUBSCRIPTS, "0123456789-" * 2)

_THOUSANDS = re.compile(
    r"(?<![\d.\\_])[1-9]\d{0,2}(?P<separator>\{,\}|,\\[!,]\s?|\\[,! ]|~| |,)\d{3}(?:(?P=separator)\d{3})*(?!,?\d)"
)
_NOT_DIGIT = re.compile(r"\D+")


def tokenise(text: str) -> list[str]:
    """The tokens of an answer without what carries no meaning: spacing, sizes, dollar signs, quotes, a final period."""
    if not text.isascii():
        text = _SCRIPTS.sub(_plain_script, text.translate(_FROM_UNICODE))
    tokens = _without_condition(_scan(_THOUSANDS.sub(_joined_thousands, text)))
    while tokens and tokens[-1] in (".", ",", ";", ":"):
        tokens.pop()
    return _without_announcement(tokens)


def _plain_script(match: re.Match[str]) -> str:
    """`x²` and `x₁₂` as `x^{2}` and `x_{12}`."""
    return ("^{" if match.group()[0] in _SUPERSCRIPTS else "_{") + match.group().translate(_PLAIN_DIGITS) + "}"


def _joined_thousands(match: re.Match[str]) -> str:
    """`1,000` is one number, but `(1,100)` is a pair."""
    if match["separator"] == ",":
        before = match.string[: match.start()].replace("\\(", "").replace("\\[", "")
        if sum(map(before.count, ("(", "[", "\\{"))) > sum(map(before.count, (")", "]", "\\}"))):
            return match.group()
    return _NOT_DIGIT.sub("", match.group())


def _scan(text: str, in_text: bool = False) -> list[str]:
    tokens: list[str] = []
    spaced = True
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match.group()
        if kind == "number":
            tokens.append(token)
        elif kind == "symbol":
            tokens += filter(None, [_SYMBOLS.get(token, token)])
        elif kind == "letters":
            tokens += _letters(token, in_text, spaced, tokens[-1] if tokens else "")
        elif kind == "command":
            name = match["command"]
            tokens += filter(None, [_COMMANDS[name]]) if name in _COMMANDS else _unknown_command(name)
        elif kind == "text":
            tokens += _text_tokens(match, tokens[-1] if tokens else "")
        elif kind == "name":
            tokens.append(match["environment"] + ":" + match["name"])
        spaced = kind == "space"
        if len(tokens) > MAX_TOKENS:
            raise NotUnderstood("too many tokens")
    return tokens


def _text_tokens(match: re.Match[str], before: str) -> list[str]:
    """The tokens inside `\\text{}`: its single letters are units after a value, and else words or names."""
    inner = _scan(match["text"], in_text=True)
    if len(inner) == 1:
        is_unit = inner[0] in _UNIT_LETTERS and (before[:1].isdigit() or before in (")", "}"))
        return ['"' + inner[0]] if is_unit else inner
    if match["roman"]:
        return inner
    return ['"' + token if len(token) == 1 and token.isalpha() else token for token in inner]


def _letters(run: str, in_text: bool, spaced: bool, before: str) -> list[str]:
    """A run of letters: a known name, a word, a unit, or a product of variables."""
    known = _WORDS.get(run.lower() if len(run) > 2 or in_text else run)
    if known or len(run) == 1:
        return [known or run]
    after_value = before[:1].isdigit() or before[:1] in ('"', ".", ")", "}", "%") or before == "deg"
    capitalised = run[0].isupper() and run[1:].islower() and (len(run) > 2 or run.lower() in _SHORT_WORDS)
    follows_value = run in _UNITS or run.lower() in _FILLERS or (spaced and len(run) == 3)
    if in_text or len(run) > 3 or capitalised or (after_value and follows_value):
        return ['"' + run]
    if run.isupper():
        return [run]
    for name in ("sqrt", "pi", "sin", "cos", "tan", "ln"):
        head, found, tail = run.partition(name)
        if found:
            return [*head, _WORDS[name], *(_letters(tail, in_text, False, name) if tail else [])]
    return list(run)


def _unknown_command(name: str) -> list[str]:
    """`\\pir` is meant as `\\pi r`; anything else stays a name of its own."""
    for end in range(len(name) - 1, 1, -1):
        if name[:end] in _GREEK:
            return [name[:end], *_letters(name[end:], False, False, "")]
    return ["\\" + name]


def _without_condition(tokens: list[str]) -> list[str]:
    """Drops a closing `for all x`, which says nothing of the value."""
    for i, (token, after) in enumerate(zip(tokens, (*tokens[1:], ""))):
        if token == "\\forall" or (token in ('"for', '"For') and after in ('"all', '"any', '"every')):
            return tokens[:i] or tokens
    return tokens


def _without_announcement(tokens: list[str]) -> list[str]:
    """Drops what announces an answer, such as `the answer is` or `the radius is`, where something follows it."""
    words = 0
    while words < len(tokens) and tokens[words].startswith('"'):
        words += 1
    announces = 0 < words < len(tokens) and tokens[words - 1].lower() in ('"is', '"are', '"equals')
    if announces and not any(token[1:].lower() in _STOP_WORDS for token in tokens[:words]):
        return tokens[words:]
    start = 0
    while start < words and tokens[start][1:].lower() in _FILLERS:
        start += 1
    start += start > 0 and tokens[start : start + 1] in ([":"], ["="], [","])
    return tokens[start:] or tokens


# ---------------------------------------------------------------------------------------------------------------------
# Parse
# ---------------------------------------------------------------------------------------------------------------------
# A node is a tuple whose first element names it:
#   ("num", Fraction)                    ("dec", Fraction, digits, ulp)     a decimal literal; ulp is its last place
#   ("var", name)                        ("word", text)                     ("oo",)
#   ("+", nodes)   ("*", nodes)          ("/", a, b)   ("^", a, b)          ("!", a)   ("neg", a)   ("root", a, n)
#   ("fn", name, nodes)                  ("call", name, nodes)              ("pm", 1 or -1)
#   ("%", a)   ("deg", a)                ("unit", a, unit)                  ("base", digits, base)
#   ("list", nodes, separators)          ("set", nodes)                     ("tuple", open, nodes, close)
#   ("rel", operators, nodes)            ("ratio", nodes)                   ("cup" / "cap" / "setminus", nodes)
#   ("matrix", kind, rows)

Node = tuple[Any, ...]

_RELATIONS = {"=", "<", ">", "<=", ">=", "!=", "~=", "in", "notin"}
_CLOSERS = {")", "]", "}", "\\}", "|", "&", "\\\\", "floor)", "ceil)"}
_SEPARATORS = {",", ";", "and", "or"}
_ORDINALS = [("word", "st"), ("word", "nd"), ("word", "rd"), ("word", "th")]
_CALLED = {"f", "g", "h", "F", "G", "H"}
_STOP_WORDS = """
    not no never but if than least most more less between except either for when maybe perhaps possibly
    one two three four five six seven eight nine ten
""".split()
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
_CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound sterling", "¥": "yen"}
_OPERATORS = _RELATIONS | _CLOSERS | _SEPARATORS | set(_CURRENCIES) | set("+-*/^!'_:%?@#")
_OPERATORS |= {"+-", "-+", "cup", "cap", "setminus", "over", "choose", "deg", "circ", "->", "...", "''"}


class _Parser:
    """Recursive descent over the tokens; one method for each level of precedence, loosest first."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = [*tokens, "", ""]  # so that the next token and the one after it can always be asked for
        self.at = 0
        self.depth = 0
        self.bars = 0

    @property
    def next(self) -> str:
        return self.tokens[self.at]

    def take(self) -> str:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def accept(self, token: str) -> bool:
        if self.tokens[self.at] == token:
            self.at += 1
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.accept(token):
            raise NotUnderstood(f"expected {token}")

    def whole(self) -> Node:
        node = self.statement()
        if self.next != "":
            raise NotUnderstood("left over")
        return node

    def statement(self) -> Node:
        """Clauses between separators: a lone clause, or a list."""
        clauses = [self.clause()]
        separators = []
        while self.next in _SEPARATORS:
            separator = self.take()
            if separator == "," and self.next in ("and", "or"):
                separator = self.take()
            if self.next == "" or self.next in _CLOSERS:
                break
            separators.append(separator)
            clauses.append(self.clause())
        if self.next in ("over", "choose"):
            if len(clauses) > 1:
                raise NotUnderstood("a list over something")
            if self.take() == "over":
                return ("/", clauses[0], self.statement())
            return ("fn", "binom", (clauses[0], self.statement()))
        return clauses[0] if len(clauses) == 1 else ("list", tuple(clauses), tuple(separators))

    def clause(self) -> Node:
        if self.next == "~=":
            self.take()
        operands = [self.operand()]
        operators = []
        while self.next in _RELATIONS:
            operators.append(self.take())
            operands.append(self.operand())
        return ("rel", tuple(operators), tuple(operands)) if operators else operands[0]

    def operand(self) -> Node:
        left = self.ratio()
        while self.next in ("cup", "cap", "setminus"):
            operator = self.take()
            right = self.ratio()
            if left[0] == operator and operator != "setminus":
                left = (operator, (*left[1], right))
            else:
                left = (operator, (left, right))
        return left

    def ratio(self) -> Node:
        parts = [self.sum()]
        while self.accept(":"):
            parts.append(self.sum())
        return ("ratio", tuple(parts)) if len(parts) > 1 else parts[0]

    def sum(self) -> Node:
        terms = []
        sign = self.take() if self.next in ("+", "-", "+-", "-+") else "+"
        while True:
            term = self.product()
            if sign == "-":
                term = ("neg", term)
            elif sign != "+":
                term = ("*", (("pm", 1 if sign == "+-" else -1), term))
            terms.append(term)
            if self.next not in ("+", "-", "+-", "-+"):
                return terms[0] if len(terms) == 1 else ("+", tuple(terms))
            sign = self.take()
            if self.next in ("+", "-") and sign in ("+", "-"):
                sign = "-" if self.take() != sign else "+"

    def product(self) -> Node:
        node = self.factor()
        while True:
            token = self.next
            if token == "*":
                self.take()
                node = _times(node, self.signed_factor())
            elif token == "/":
                self.take()
                node = ("/", node, self.signed_factor())
            elif token.startswith('"') and node[0] != "word":
                return self.with_unit(node)
            elif token and self.starts_factor(token):
                node = self.juxtaposed(node)
            else:
                return node

    def signed_factor(self) -> Node:
        if self.accept("-"):
            return ("neg", self.factor())
        self.accept("+")
        return self.factor()

    def starts_factor(self, token: str) -> bool:
        if token == "|":
            return self.bars == 0
        return token == "..." or token not in _OPERATORS and not token.startswith("end:")

    def juxtaposed(self, left: Node) -> Node:
        """Two factors side by side: a mixed number such as `3\\frac12` or `3 1/2`, else a product."""
        whole = left[1] if left[0] == "num" else None
        start = self.at
        right = self.factor()
        if right[0] == "rel" and right[1] == ("in",):
            return left  # `k\\pi (k \\in \\mathbb{Z})`
        if whole is not None and right[0] == "num" and self.next == "/":
            self.take()
            right = ("/", right, self.factor())
            if not _is_proper_fraction(right):
                raise NotUnderstood("two numbers side by side")
            return ("+", (left, right))
        if whole is not None and self.tokens[start] == "frac" and _is_proper_fraction(right):
            return ("+", (left, right))
        if self.tokens[start][0] in "0123456789." and (left[0] == "/" or self.tokens[start - 1][0] in "0123456789."):
            raise NotUnderstood("two numbers side by side")
        return _times(left, right)

    def with_unit(self, node: Node) -> Node:
        """What follows a value in words: `cm^2`, `million`, `square units`, `km/h`."""
        words = []
        while self.next:
            token = self.next
            if token.startswith('"'):
                word = token[1:].lower()
                if word in _STOP_WORDS:
                    raise NotUnderstood("a value with a condition")
                scale = _SCALES.get(word)
                if scale and not words:
                    node = _times(node, ("num", Fraction(scale)))
                else:
                    words.append(word)
            elif token == "^" and words:
                self.take()
                words.append("^" + _flat(self.exponent()))
                continue
            elif token in ("/", "*") and words:
                words.append(token)
            elif token == "." and words:
                pass
            elif len(token) == 1 and token.isalpha() and words and words[-1] in ("/", "*"):
                words.append(token.lower())
            elif token == "deg" and words and words[-1] in ("square", "/"):
                words.append(token)
            else:
                break
            self.take()
        return ("unit", node, _unit_name(words)) if words else node

    def factor(self) -> Node:
        """An atom with what follows it: exponents, factorials, primes, percent and degree signs."""
        node = self.atom()
        while True:
            token = self.next
            if token == "^":
                self.take()
                if self.accept_degree_sign():
                    node = self.degrees(node)
                    continue
                exponent = self.exponent()
                if exponent not in _ORDINALS:
                    node = ("^", _single(node), exponent)
            elif token == "!":
                self.take()
                node = ("!", _single(node))
            elif token == "%":
                self.take()
                node = ("%", node)
            elif token in ("deg", "circ"):
                self.take()
                node = self.degrees(node)
            elif token in _CURRENCIES:
                node = ("unit", node, _CURRENCIES[self.take()])
            else:
                return node

    def accept_degree_sign(self) -> bool:
        """`^\\circ`, `^{\\circ}` and the letter o in its place."""
        for signs in (["circ"], ["deg"], ["{", "circ", "}"], ["{", "o", "}"]):
            if self.tokens[self.at : self.at + len(signs)] == signs:
                self.at += len(signs)
                return True
        return False

    def degrees(self, node: Node) -> Node:
        """`45^\\circ 30'` counts minutes and seconds in; `25^\\circ C` is a temperature."""
        if self.next in ("C", "F"):
            return ("unit", node, "deg " + self.take())
        for divisor, marks in ((60, "'"), (3600, "''")):
            if self.next[:1].isdigit() and self.tokens[self.at + 1] == marks:
                node = ("+", (node, ("/", _number(self.take()), ("num", Fraction(divisor)))))
                self.take()
        return ("deg", node)

    def exponent(self) -> Node:
        negative = self.accept("-")
        self.accept("+")
        node = self.atom()
        if self.accept("^"):
            node = ("^", _single(node), self.exponent())
        return ("neg", node) if negative else node

    def atom(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotUnderstood("too deep")
        node = self.atom_from(self.take())
        self.depth -= 1
        return node

    def atom_from(self, token: str) -> Node:
        first = token[:1]
        if first.isdigit() or (first == "." and len(token) > 1 and token != "..."):
            return self.number(token)
        if token == "(" or token == "[":
            return self.bracket(token)
        if token == "{":
            node = self.statement()
            self.expect("}")
            return node
        if token == "frac":
            return ("/", self.argument(), self.argument())
        if first == "@":
            return self.function(token[1:])
        if token == "\\{":
            return self.set()
        if token == "|":
            self.bars += 1
            node = self.sum()
            self.bars -= 1
            self.expect("|")
            return ("fn", "abs", (node,))
        if token in ("floor(", "ceil("):
            node = self.sum()
            self.expect(token[:-1] + ")")
            return ("fn", token[:-1], (node,))
        if token == "oo":
            return ("oo",)
        if token == "emptyset":
            return ("set", ())
        if token == "binom":
            return ("fn", "binom", (self.argument(), self.argument()))
        if token in _CURRENCIES:
            return ("unit", self.factor(), _CURRENCIES[token])
        if first == '"':
            words = [token[1:]]
            while self.next.startswith('"'):
                words.append(self.take()[1:])
            return ("word", " ".join(words).lower())
        if token.startswith("begin:"):
            return self.matrix(token[6:])
        if token.startswith("mark:"):
            return self.marked(token[5:])
        if token.startswith("big:"):
            return ("var", self.subscripted(token[4:]))
        if token == "...":
            return ("var", "...")
        if token not in _OPERATORS and (first.isalpha() or first == "\\") and not token.startswith("end:"):
            return self.named(token)
        raise NotUnderstood(f"unexpected {token or 'end'}")

    def number(self, token: str) -> Node:
        if self.next == "_":
            self.take()
            base = _flat(self.argument()).strip("()")
            return ("base", token.lstrip("0") or "0", base)
        return _number(token)

    def argument(self) -> Node:
        """What `\\frac` and a subscript take: a group, or a single digit or name."""
        token = self.next
        if token[:1].isdigit() and len(token) > 1 and token.isdigit():
            self.tokens[self.at] = token[1:]
            return ("num", Fraction(int(token[0])))
        return self.atom()

    def bracket(self, opening: str) -> Node:
        if self.next in (")", "]"):
            raise NotUnderstood("empty bracket")
        bars, self.bars = self.bars, 0
        node = self.statement()
        self.bars = bars
        closing = self.take()
        if closing not in (")", "]"):
            raise NotUnderstood("bracket left open")
        if node[0] == "list" and not {"and", "or"} & set(node[2]):
            return ("tuple", opening, node[1], closing)
        if opening == "(" and closing == ")":
            return node
        return ("tuple", opening, (node,), closing)

    def set(self) -> Node:
        if self.accept("\\}"):
            return ("set", ())
        if self.tokens[self.at + 1] in ("|", ":") and len(self.next) == 1 and self.next.isalpha():
            self.at += 2  # {x | condition}: the condition says it all
            node = self.statement()
            self.expect("\\}")
            return node
        node = self.statement()
        self.expect("\\}")
        return ("set", node[1] if node[0] == "list" else (node,))

    def function(self, name: str) -> Node:
        if name == "sqrt":
            degree = None
            if self.accept("["):
                degree = self.sum()
                self.expect("]")
            radicand = self.atom()
            return ("root", _single(radicand), degree or ("num", Fraction(2)))
        base = exponent = None
        while self.next in ("^", "_"):
            if self.take() == "^":
                exponent = self.exponent()
            else:
                base = self.atom()
        arguments = self.function_arguments()
        if base is not None:
            if name != "log":
                raise NotUnderstood("a subscript on a function")
            node: Node = ("/", ("fn", "ln", arguments), ("fn", "ln", (base,)))
        elif exponent == ("neg", ("num", Fraction(1))) and name in ("sin", "cos", "tan"):
            return ("fn", "arc" + name, arguments)
        else:
            if name in ("gcd", "lcm", "min", "max"):
                arguments = tuple(sorted(arguments, key=_flat))
            node = ("fn", name, arguments)
        return ("^", node, exponent) if exponent is not None else node

    def function_arguments(self) -> tuple[Node, ...]:
        if self.next in ("(", "{", "\\{"):
            node = self.atom()
            return node[2] if node[0] == "tuple" else node[1] if node[0] in ("list", "set") else (node,)
        negative = self.accept("-")
        node = self.factor()
        while self.next and self.starts_factor(self.next) and self.next[0] not in '@"' and self.next not in ("(", "["):
            node = self.juxtaposed(node)
        return (("neg", node) if negative else node,)

    def matrix(self, kind: str) -> Node:
        if kind == "array" and self.accept("{"):
            while self.take() not in ("}", ""):
                pass
        rows: list[tuple[Node, ...]] = []
        row: list[Node] = []
        while not self.accept("end:" + kind):
            if self.accept("\\\\"):
                rows.append(tuple(row))
                row = []
            elif not self.accept("&"):
                row.append(self.clause())
        if row:
            rows.append(tuple(row))
        if kind == "cases" and all(len(row) <= 1 for row in rows):
            clauses = tuple(row[0] for row in rows if row)
            return ("list", clauses, ("and",) * (len(clauses) - 1))
        return ("matrix", kind, tuple(row for row in rows if row))

    def marked(self, mark: str) -> Node:
        """`\\overline{AB}` and `\\vec{v}` are names; `\\mathbb{R}` is one too."""
        node = self.argument()
        name = _flat(node)
        if mark in ("mathbb", "mathcal"):
            return ("var", self.subscripted("mathbb" + name))
        return ("var", self.subscripted(name if node[0] in ("var", "*") else f"{mark}({name})"))

    def named(self, token: str) -> Node:
        name = self.subscripted(token)
        while self.next in ("'", "''"):
            name += self.take()
        if self.next == "(" and (token in _CALLED or self.is_definition()):
            node = self.atom()
            return ("call", name, node[2] if node[0] == "tuple" else (node,))
        return ("var", name)

    def is_definition(self) -> bool:
        """`P(x)` on one side of an equals sign is a function, everywhere else a product."""
        argument, closing, after = (*self.tokens[self.at + 1 : self.at + 4], "", "", "")[:3]
        alone = after == "=" or (after == "" and "=" in self.tokens[max(0, self.at - 2) : self.at])
        return len(argument) == 1 and argument.isalpha() and closing == ")" and alone

    def subscripted(self, name: str) -> str:
        """A name with what belongs to it: `a_{n+1}`, `\\sum_{k=0}^{n}`."""
        has_limits = name in ("sum", "prod", "int")
        while self.next == "_" or (has_limits and self.next == "^"):
            self.take()
            start = self.at
            self.argument() if self.next != "{" else self.skip_group()
            name += "_" + "".join(self.tokens[start : self.at]).strip("{}")
        return name

    def skip_group(self) -> None:
        depth = 0
        while self.next:
            token = self.take()
            depth += (token == "{") - (token == "}")
            if depth == 0:
                return
        raise NotUnderstood("group left open")


def _times(left: Node, right: Node) -> Node:
    left, right = _single(left), _single(right)
    if left[0] == "*":
        return ("*", (*left[1], right))
    return ("*", (left, right))


def _single(node: Node) -> Node:
    """`[x + 1]` inside arithmetic is a group."""
    return node[2][0] if node[0] == "tuple" and len(node[2]) == 1 else node


def _is_proper_fraction(node: Node) -> bool:
    if node[0] != "/" or node[1][0] != "num" or node[2][0] != "num":
        return False
    return 0 < node[1][1] < node[2][1]


def _number(token: str) -> Node:
    if token.isdigit():
        if len(token) > MAX_DIGITS:
            raise NotUnderstood("too many digits")
        return ("num", Fraction(int(token)))
    if "\\" in token:
        return _repeating_decimal(token)
    mantissa, _, exponent = token.lower().partition("e")
    if abs(int(exponent or 0)) > MAX_DIGITS or len(mantissa) > MAX_DIGITS:
        raise NotUnderstood("too many digits")
    whole, _, decimals = mantissa.partition(".")
    power = int(exponent or 0) - len(decimals)
    ulp = Fraction(10) ** power
    return ("dec", int(whole + decimals or 0) * ulp, len((whole + decimals).lstrip("0")), ulp)


def _repeating_decimal(token: str) -> Node:
    """`0.1\\overline{6}` is exactly 1/6."""
    plain, _, rest = token.partition("\\")
    whole, _, decimals = plain.partition(".")
    period = rest[rest.index("{") + 1 : -1]
    if len(plain) + len(period) > 200 or ("." not in plain):
        raise NotUnderstood("a mark over an integer")
    head = Fraction(int(whole + decimals or 0), 10 ** len(decimals))
    return ("num", head + Fraction(int(period), (10 ** len(period) - 1) * 10 ** len(decimals)))


_PRECEDENCE = {"rel": 0, "+": 1, "*": 2, "/": 2, "neg": 2, "^": 3}


def _number_text(number: int | Fraction) -> str:
    """The number written out, or its length where Python refuses to write it (beyond 4,300 digits)."""
    digits = int(max(number.numerator.bit_length(), number.denominator.bit_length()) * 0.30103)
    return str(number) if digits < 4_000 else f"a number of about {digits:,} digits"


def _flat(node: Node, level: int = 0) -> str:
    """A node as readable text, in brackets where it binds more loosely than `level`."""
    text = _flat_bare(node)
    return f"({text})" if _PRECEDENCE.get(node[0], 4) < level else text


def _flat_bare(node: Node) -> str:
    kind = node[0]
    if kind in ("num", "dec"):
        return _number_text(node[1])
    if kind in ("var", "word"):
        return str(node[1])
    if kind == "neg":
        return "-" + _flat(node[1], 2)
    if kind in ("!", "%"):
        return _flat(node[1], 4) + kind
    if kind == "+":
        return _joined(" + ", node[1], 1).replace("+ -", "- ")
    if kind == "*":
        return _joined("*", node[1], 2)
    if kind == "/":
        return f"{_flat(node[1], 2)}/{_flat(node[2], 3)}"
    if kind == "^":
        return f"{_flat(node[1], 4)}^{_flat(node[2], 4)}"
    if kind in ("fn", "call"):
        return f"{node[1]}({_joined(', ', node[2])})"
    if kind == "root":
        return f"sqrt({_flat(node[1])})" if node[2] == ("num", 2) else f"root({_flat(node[1])}, {_flat(node[2])})"
    if kind in ("set", "list"):
        return "{" + _joined(", ", node[1]) + "}"
    if kind == "tuple":
        return node[1] + _joined(", ", node[2]) + node[3]
    if kind == "rel":
        return " ".join(part for pair in zip(("", *node[1]), map(_flat, node[2])) for part in pair).strip()
    return " ".join((kind, *map(_flat_part, node[1:])))


def _joined(separator: str, nodes: tuple[Node, ...], level: int = 0) -> str:
    return separator.join(_flat(node, level) for node in nodes)


def _flat_part(part: Any) -> str:
    if not isinstance(part, tuple):
        return str(part)
    return _flat(part) if part and isinstance(part[0], str) else " ".join(map(_flat_part, part))


_SAME_UNIT = _table("""
    mm millimeter millimetre
    cm centimeter centimetre
    dm decimeter decimetre
    m meter metre
    km kilometer kilometre
    inch in inche
    foot ft feet
    yd yard
    mi mile
    s sec second
    min minute
    h hr hour
    g gm gram
    kg kilogram
    lb pound
    oz ounce
    ml milliliter millilitre
    l liter litre
    mi/h mph
    km/h kph kmh
    deg degree
    rad radian
    dollar usd buck
    / per
    square sq squared
    cubic cu cubed
""")


def _unit_name(words: list[str]) -> str:
    """A unit in one spelling: `square centimeters` is `cm^2`."""
    powers = {"square": "^2", "cubic": "^3"}
    singular = (
        word[:-1] if word.endswith("s") and len(word) > 2 and not word.endswith("ss") else word for word in words
    )
    names = [_SAME_UNIT.get(name, _SAME_UNIT.get(word, name)) for name, word in zip(singular, words)]
    power = "".join(powers.get(name, "") for name in names)
    unit = " ".join(name for name in names if name not in powers)
    return unit.replace(" ^", "^").replace(" / ", "/") + power


# ---------------------------------------------------------------------------------------------------------------------
# Evaluate
# ---------------------------------------------------------------------------------------------------------------------


def rational(node: Node) -> Fraction | None:
    """The exact value of a node without variables and roots; None where it has none or would grow too large."""
    kind = node[0]
    if kind in ("num", "dec"):
        return node[1]
    if kind == "neg":
        value = rational(node[1])
        return None if value is None else -value
    if kind in ("+", "*"):
        total: Fraction | None = Fraction(kind == "*")
        for part in node[1]:
            value = rational(part)
            if value is None or total is None:
                return None
            total = _bounded(total + value if kind == "+" else total * value)
        return total
    if kind == "/" or (kind == "ratio" and len(node[1]) == 2):
        left, right = (rational(part) for part in (node[1:] if kind == "/" else node[1]))
        return None if left is None or not right else _bounded(left / right)
    if kind == "^":
        base, exponent = rational(node[1]), rational(node[2])
        return None if base is None or exponent is None else _power(base, exponent)
    if kind == "root":
        base, degree = rational(node[1]), rational(node[2])
        return None if base is None or not degree else _power(base, 1 / degree)
    if kind == "!":
        value = rational(node[1])
        small = value is not None and value.denominator == 1 and 0 <= value <= 1400
        return Fraction(math.factorial(int(value))) if small and value is not None else None
    if kind == "%":
        value = rational(node[1])
        return None if value is None else value / 100
    if kind in ("deg", "unit"):
        return rational(node[1])
    if kind == "fn":
        return _rational_function(node[1], [rational(argument) for argument in node[2]])
    return None


def _rational_function(name: str, values: list[Fraction | None]) -> Fraction | None:
    numbers = [value for value in values if value is not None]
    if not numbers or len(numbers) < len(values):
        return None
    first = numbers[0]
    if name == "abs":
        return abs(first)
    if name in ("floor", "ceil"):
        return Fraction(math.floor(first) if name == "floor" else math.ceil(first))
    if name in ("min", "max"):
        return min(numbers) if name == "min" else max(numbers)
    if any(number.denominator != 1 for number in numbers) or len(numbers) != 2:
        return None
    if name == "gcd":
        return Fraction(math.gcd(int(first), int(numbers[1])))
    if name == "lcm":
        return _bounded(Fraction(math.lcm(int(first), int(numbers[1]))))
    if name == "binom" and 0 <= numbers[1] <= first <= 2000:
        return Fraction(math.comb(int(first), int(numbers[1])))
    return None


def _bounded(value: Fraction) -> Fraction | None:
    return value if max(value.numerator.bit_length(), value.denominator.bit_length()) <= MAX_BITS else None


def _power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """An exact power, of a fractional exponent too where it comes out even, as in 8^{2/3}."""
    if exponent.denominator > 100 or abs(exponent.numerator) > MAX_BITS:
        return None
    if exponent.denominator != 1:
        if base < 0:
            return None
        top, bottom = (_exact_root(part, exponent.denominator) for part in base.as_integer_ratio())
        if top is None or bottom is None:
            return None
        base = Fraction(top, bottom)
    power = exponent.numerator
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if bits > 1 and bits * abs(power) > MAX_BITS or (base == 0 and power <= 0):
        return None
    return base**power


def _exact_root(value: int, degree: int) -> int | None:
    if degree == 2:
        root = math.isqrt(value)
    elif value.bit_length() > 1000:
        return None
    else:
        root = round(value ** (1 / degree))
    return root if root**degree == value else None


# Rational functions are compared exactly in a finite field: two different ones agree at a random point of it with a
# probability of about degree / 2^64. In this field 2^48 is a square root of -1, so it stands for the imaginary unit.
_PRIME = 2**64 - 2**32 + 1


def modular(node: Node, point: dict[str, int]) -> int | None:
    """The value of a rational function at a point of the finite field; None for everything that is not one."""
    kind = node[0]
    if kind in ("num", "dec"):
        value = node[1]
        return value.numerator * pow(value.denominator, -1, _PRIME) % _PRIME if value.denominator % _PRIME else None
    if kind == "var":
        return point.get(node[1])
    if kind == "neg":
        inner = modular(node[1], point)
        return None if inner is None else -inner % _PRIME
    if kind in ("+", "*"):
        total = int(kind == "*")
        for part in node[1]:
            inner = modular(part, point)
            if inner is None:
                return None
            total = (total + inner if kind == "+" else total * inner) % _PRIME
        return total
    if kind == "/":
        left, right = modular(node[1], point), modular(node[2], point)
        return None if left is None or not right else left * pow(right, -1, _PRIME) % _PRIME
    if kind == "^":
        base, exponent = modular(node[1], point), rational(node[2])
        if base is None or exponent is None or exponent.denominator != 1 or (base == 0 and exponent <= 0):
            return None
        return pow(base, int(exponent), _PRIME)
    if kind in ("!", "fn", "root"):
        value = rational(node)
        return None if value is None else modular(("num", value), point)
    return modular(node[1], point) if kind in ("deg", "unit") else None


class NoValue(Exception):
    """The node has no number here, or none that doubles can tell."""


_NUMERIC_FUNCTIONS = {
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tan": cmath.tan,
    "arcsin": cmath.asin,
    "arccos": cmath.acos,
    "arctan": cmath.atan,
    "sinh": cmath.sinh,
    "cosh": cmath.cosh,
    "tanh": cmath.tanh,
    "ln": cmath.log,
    "log": cmath.log10,
    "exp": cmath.exp,
    "abs": abs,
    "cot": lambda z: cmath.cos(z) / cmath.sin(z),
    "sec": lambda z: 1 / cmath.cos(z),
    "csc": lambda z: 1 / cmath.sin(z),
    "arccot": lambda z: cmath.pi / 2 - cmath.atan(z),
    "coth": lambda z: cmath.cosh(z) / cmath.sinh(z),
    "floor": lambda z: math.floor(z.real),
    "ceil": lambda z: math.ceil(z.real),
}
_TRIGONOMETRIC = {"sin", "cos", "tan", "cot", "sec", "csc"}


def numeric(node: Node, point: dict[str, complex]) -> complex | None:
    """The value at a point in doubles, on the real line where the point has no `i`; None where doubles tell none."""
    try:
        value = _numeric(node, point)
    except (NoValue, ArithmeticError, ValueError):
        return None
    return value if cmath.isfinite(value) else None


def _numeric(node: Node, point: dict[str, complex], radians: bool = False) -> complex:
    kind = node[0]
    if kind in ("num", "dec"):
        return complex(float(node[1]))
    if kind == "var":
        if node[1] not in point:
            raise NoValue
        return point[node[1]]
    if kind == "neg":
        return 0j - _numeric(node[1], point, radians)  # unlike a plain minus, this keeps the imaginary zero positive
    if kind == "+":
        parts = [_numeric(part, point, radians) for part in node[1]]
        total = sum(parts)
        if any(part and abs(part) < 1e-8 * abs(total) for part in parts):
            raise NoValue  # a term that doubles would swallow
        return total
    if kind == "*":
        product = complex(1)
        for part in node[1]:
            product *= _numeric(part, point, radians)
        return product
    if kind == "/":
        return _numeric(node[1], point, radians) / _numeric(node[2], point, radians)
    if kind in ("^", "root", "fn"):
        if kind == "fn":
            value = _numeric_function(node[1], node[2], point, radians)
        else:
            base, other = _numeric(node[1], point, radians), _numeric(node[2], point, radians)
            value = base**other if kind == "^" else _numeric_root(base, other)
        if value.imag and "i" not in point:
            raise NoValue
        return value
    if kind == "!":
        value = _numeric(node[1], point, radians)
        if value.imag or abs(value.real) > 100:
            raise NoValue
        return complex(math.gamma(value.real + 1))
    if kind == "call":  # any smooth function will do, as long as it is the same for the same name
        value = sum((i + 1) * _numeric(argument, point, radians) for i, argument in enumerate(node[2]))
        return cmath.sin(value + sum(map(ord, node[1]))) + 2
    if kind == "%":
        return _numeric(node[1], point, radians) / 100
    if kind == "deg":
        return _numeric(node[1], point, radians) * (cmath.pi / 180 if radians else 1)
    if kind == "unit":
        return _numeric(node[1], point, radians)
    raise NoValue


def _numeric_root(base: complex, degree: complex) -> complex:
    """The principal root, but the real one for an odd root of a negative number."""
    if base.imag == 0 and base.real < 0 and degree.imag == 0 and degree.real % 2 == 1:
        return complex(-((-base.real) ** (1 / degree.real)))
    return cmath.sqrt(base) if degree == 2 else base ** (1 / degree)


def _numeric_function(name: str, arguments: tuple[Node, ...], point: dict[str, complex], radians: bool) -> complex:
    function = _NUMERIC_FUNCTIONS.get(name)
    values = [_numeric(argument, point, radians or name in _TRIGONOMETRIC) for argument in arguments]
    if function is not None and len(values) == 1:
        value = complex(function(values[0]))
        return 0j if name in _TRIGONOMETRIC and abs(value) < 1e-15 else value
    if name in ("min", "max") and not any(value.imag for value in values):
        return complex((min if name == "min" else max)(value.real for value in values))
    if name == "binom" and len(values) == 2 and not values[0].imag and not values[1].imag:
        n, k = values[0].real, values[1].real
        return complex(math.gamma(n + 1) / math.gamma(k + 1) / math.gamma(n - k + 1))
    raise NoValue


_REAL_CONSTANTS = {"pi": complex(math.pi), "e": complex(math.e)}
_CONSTANTS = _REAL_CONSTANTS | {"i": 1j}


def variables(node: Node) -> frozenset[str]:
    """The free variables of a node; pi, e and i are constants."""
    return frozenset(part[1] for part in _nodes_within(node) if part[0] == "var" and part[1] not in _CONSTANTS)


def _nodes_within(node: Node) -> list[Node]:
    """A node and every tuple inside it that is not empty."""
    parts = [node]
    for part in parts:
        for inner in part:
            if inner.__class__ is tuple and inner:
                parts.append(inner)
    return parts


@lru_cache(maxsize=256)
def _modular_points(names: tuple[str, ...]) -> list[dict[str, int]]:
    fixed = {"pi": 0x9E3779B97F4A7C15 % _PRIME, "e": 0xC2B2AE3D27D4EB4F % _PRIME, "i": 2**48}
    return [
        fixed | {name: pow(7 + 2 * i + 101 * row, 0x2545F4914F6CDD1D, _PRIME) for i, name in enumerate(names)}
        for row in range(2)
    ]


_SAMPLES = [2.5 * math.sin(7 * k + 1) for k in range(10)]


@lru_cache(maxsize=256)
def _numeric_points(names: tuple[str, ...], real: bool = False) -> list[dict[str, complex]]:
    constants = _REAL_CONSTANTS if real else _CONSTANTS
    return [
        constants | {name: complex(_SAMPLES[(3 * row + i) % 10] + 0.01 * i) for i, name in enumerate(names)}
        for row in range(10 if names else 1)
    ]


def same_function(left: Node, right: Node) -> bool:
    """Whether two nodes have the same variables and the same value wherever both have one."""
    if left == right:
        return True
    names = variables(left)
    if names != variables(right) or len(names) > 12:
        return False
    ordered = tuple(sorted(names))
    exact = _modular_values(left, right, ordered)
    if exact:
        return all(a == b for a, b in exact)
    for real in (True, False):
        agreed = 0
        points = _numeric_points(ordered, real)
        for point in points:
            a, b = numeric(left, point), numeric(right, point)
            if a is None or b is None:
                continue  # outside the common domain
            if abs(a - b) > 1e-11 * max(abs(a), abs(b)):
                return False
            agreed += 1
        if agreed >= min(2, len(points)):
            return True
    return False


def _modular_values(left: Node, right: Node, names: tuple[str, ...]) -> list[tuple[int, int]]:
    """The values of both at two points of the finite field; empty where either has none."""
    values = []
    for point in _modular_points(names):
        a, b = modular(left, point), modular(right, point)
        if a is None or b is None:
            return []
        values.append((a, b))
    return values


# ---------------------------------------------------------------------------------------------------------------------
# Normalise
# ---------------------------------------------------------------------------------------------------------------------


class Value(NamedTuple):
    """One number or expression."""

    node: Node
    unit: str | None
    exact: Fraction | None


class Items(NamedTuple):
    """Several forms: `kind` is "list" (any order, no repetition) or "tuple" (in order).

    `brackets` are those written; a bare list has none and may stand for a tuple, one with "and" or "or" is a set.
    """

    kind: str
    items: tuple[Any, ...]
    brackets: str


class Region(NamedTuple):
    """A union of intervals as (low, low is included, high, high is included); a point is an interval of its own."""

    parts: tuple[tuple[Node, bool, Node, bool], ...]


class Named(NamedTuple):
    """`x = form`, or `f(x) = form`."""

    name: str
    form: Any


class Equation(NamedTuple):
    left: Node
    right: Node


class Inequality(NamedTuple):
    """A chain of `<` and `<=` from small to large."""

    operators: tuple[str, ...]
    nodes: tuple[Node, ...]


class Matrix(NamedTuple):
    rows: tuple[tuple[Any, ...], ...]


class Other(NamedTuple):
    """Anything that is only compared as it stands."""

    node: Node


class Impossible(NamedTuple):
    """A false statement such as `349 = 348`: it equals nothing."""


Form = Value | Items | Region | Named | Equation | Inequality | Matrix | Other | Impossible

_INFINITY: Node = ("oo",)
_MINUS_INFINITY: Node = ("neg", _INFINITY)
_EVERYTHING = (_MINUS_INFINITY, False, _INFINITY, False)
_ELLIPSIS: Node = ("var", "...")
_REALS: Node = ("var", "mathbbR")
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def normalise(node: Node) -> Form:
    """The form of a parsed answer."""
    kind = node[0]
    if kind == "list":
        return _listed(node)
    if kind == "set":
        return Items("list", _flattened(node[1]), "{}")
    if kind == "tuple":
        return _bracketed(node)
    if kind == "rel":
        return _related(node[1], node[2])
    if kind in ("cup", "setminus"):
        return _united(node)
    if kind == "matrix":
        if node[1] in ("pmatrix", "bmatrix", "matrix", "array", "smallmatrix", "Bmatrix"):
            return Matrix(tuple(tuple(_value(cell) for cell in row) for row in node[2]))
        return Other(node)
    if kind == "ratio" and len(node[1]) != 2:
        return Items("tuple", tuple(_value(("/", part, node[1][0])) for part in node[1]), "::")
    if kind in ("base", "cap", "oo", "word"):
        return Other(node)
    if node == _REALS:
        return Region((_EVERYTHING,))
    if kind == "*" and len(node[1]) == 2 and node[1][1][0] == "tuple" and _is_point_name(node[1][0]):
        return Named(node[1][0][1], normalise(node[1][1]))
    signs = _signs(node)
    if signs:
        return Items("list", tuple(_value(variant) for variant in signs), "")
    return _scaled_matrix(node) or _value(node)


def _is_point_name(node: Node) -> bool:
    """`A(1, 2)` is a point; `C(5, 2)` counts combinations."""
    return node[0] == "var" and len(node[1]) == 1 and node[1].isupper() and node[1] != "C"


def _scaled_matrix(node: Node) -> Form | None:
    """A matrix times a number, with the number brought into its cells."""
    factors = node[1] if node[0] == "*" else (("num", Fraction(-1)), node[1]) if node[0] == "neg" else ()
    form = normalise(factors[-1]) if factors and factors[-1][0] == "matrix" else None
    if not isinstance(form, Matrix) or any(factor[0] == "matrix" for factor in factors[:-1]):
        return None
    return Matrix(tuple(tuple(_value(("*", (*factors[:-1], cell.node))) for cell in row) for row in form.rows))


def _value(node: Node) -> Value:
    if node[0] == "ratio" and len(node[1]) == 2:
        node = ("/", *node[1])
    unit = None
    if node[0] == "neg" and node[1][0] in ("unit", "deg", "%"):
        inner = _value(node[1])
        exact = None if inner.exact is None else -inner.exact
        return Value(("neg", inner.node), inner.unit, exact)
    if node[0] == "unit":
        unit, node = node[2], node[1]
        if node[0] in ("unit", "deg", "%"):
            inner = _value(node)
            return Value(inner.node, f"{inner.unit} {unit}", inner.exact)
    elif node[0] == "deg":
        unit, node = "deg", node[1]
    elif node[0] == "%":
        unit = "%"
    elif node[0] == "+":
        last = node[1][-1]
        if last[0] == "unit" and not any(part[0] in ("unit", "deg") for part in node[1][:-1]):
            unit, node = last[2], ("+", (*node[1][:-1], last[1]))
        elif any(_unsigned(part)[0] == "deg" for part in node[1]):
            unit = "deg"
    return Value(node, unit, rational(node))


def _unsigned(node: Node) -> Node:
    return node[1] if node[0] == "neg" else node


def _signs(node: Node) -> list[Node]:
    """What `\\pm` stands for: every choice of signs, `\\mp` opposite to its `\\pm`. Empty where there is none."""
    found = [part[1] for part in _nodes_within(node) if part[0] == "pm"]
    if not found or len(found) > 4:
        return []
    if -1 in found:
        choices = [[1] * len(found), [-1] * len(found)]
    else:
        choices = [[1 if pick >> i & 1 else -1 for i in range(len(found))] for pick in range(1 << len(found))]
    return [_with_signs(node, iter(choice)) for choice in choices]


def _with_signs(node: Any, signs: Any) -> Any:
    if not isinstance(node, tuple):
        return node
    if node and node[0] == "pm":
        return ("num", Fraction(node[1] * next(signs)))
    return tuple(_with_signs(part, signs) for part in node)


def _listed(node: Node) -> Form:
    clauses, separators = node[1], node[2]
    if ";" in separators and len(set(separators)) > 1:
        return Items("list", tuple(_group(group) for group in _split(clauses, separators, ";")), "")
    if "or" in separators and "," in separators:
        groups = _split(clauses, separators, "or")
        if len({len(group) for group in groups}) == 1 and all(clause[0] == "rel" for clause in clauses):
            return Items("list", tuple(_group(group) for group in groups), "")
    return _group(clauses, "or" in separators, "and" in separators)


def _split(clauses: tuple[Node, ...], separators: tuple[str, ...], at: str) -> list[list[Node]]:
    groups = [[clauses[0]]]
    for separator, clause in zip(separators, clauses[1:]):
        if separator == at:
            groups.append([clause])
        else:
            groups[-1].append(clause)
    return groups


def _group(clauses: Any, any_of: bool = False, all_of: bool = False) -> Form:
    """Clauses side by side: values of one name, values of several names, or plain values."""
    if len(clauses) == 1:
        return normalise(clauses[0])
    forms = _flattened(clauses)
    names = [form.name for form in forms if isinstance(form, Named)]
    conditions = [
        form for form in forms if isinstance(form, Other) and form.node[0] == "rel" and form.node[1][0] == "in"
    ]
    if conditions and len(conditions) < len(forms):
        return _group_of([form for form in forms if form not in conditions])
    regions = [form.form for form in forms if isinstance(form, Named) and isinstance(form.form, Region)]
    if len(set(names)) == 1 and len(regions) == len(forms):
        both = _intersected(regions[0], regions[1]) if len(regions) == 2 and not any_of else None
        if both and both.parts:
            return Named(names[0], both)
        if any_of or both:  # `x < 1, x > 2` cannot mean both
            return Named(names[0], _union(regions))
    return _group_of(list(forms), "{}" if any_of or all_of else "")


def _group_of(forms: list[Form], brackets: str = "") -> Form:
    names = [form.name for form in forms if isinstance(form, Named)]
    if len(forms) == 1:
        return forms[0]
    if len(names) == len(forms) and len(set(names)) == len(names):
        return Items("tuple", tuple(forms), "")
    if len(set(names)) == 1 and isinstance(forms[0], Named):
        plain = tuple(form.form if isinstance(form, Named) else form for form in forms)
        return Named(names[0], Items("list", _spread(plain), "{}"))
    return Items("list", _spread(tuple(forms)), brackets)


def _flattened(nodes: Any) -> tuple[Form, ...]:
    return _spread(tuple(normalise(node) for node in nodes))


def _spread(forms: tuple[Form, ...]) -> tuple[Form, ...]:
    """Forms with the values of `\\pm` in place."""
    flat: list[Form] = []
    for form in forms:
        if isinstance(form, Items) and form.kind == "list" and form.brackets == "":
            flat.extend(form.items)
        else:
            flat.append(form)
    return tuple(flat)


def _bracketed(node: Node) -> Form:
    _, opening, parts, closing = node
    infinite = any(part in (_INFINITY, _MINUS_INFINITY) for part in parts)
    if len(parts) == 2 and (infinite or (opening, closing) in (("(", "]"), ("[", ")"))):
        return Region(((parts[0], opening == "[", parts[1], closing == "]"),))
    if len(parts) == 1 and parts[0][0] == "matrix":
        return normalise(parts[0])
    if len(parts) == 1 and opening + closing != "[]":
        raise NotUnderstood("one element between different brackets")
    signs = _signs(node)
    if signs:
        return Items("list", tuple(_bracketed(variant) for variant in signs), "")
    return Items("tuple", tuple(normalise(part) for part in parts), opening + closing)


def _is_name(node: Node) -> bool:
    """What can stand left of `=` as the name of the answer."""
    kind = node[0]
    if kind in ("var", "word"):
        return node[1] not in ("pi", "e", "i") if kind == "var" else True
    if kind == "call":
        return True
    if kind == "fn":
        return (node[1] == "abs" or node[1] in _TRIGONOMETRIC) and _is_name(node[2][0])
    return kind == "ratio" and all(map(_is_name, node[1]))


def _related(operators: tuple[str, ...], nodes: tuple[Node, ...]) -> Form:
    kinds = set(operators)
    if kinds <= {"=", "~="}:
        return _equated(operators, nodes)
    if operators == ("in",):
        if nodes[1][0] in ("set", "tuple", "cup", "setminus"):
            form = normalise(nodes[1])
            region = _as_region(form)
            inner = region if region and nodes[1][0] != "set" else form
            return Named(_flat(nodes[0]), inner) if _is_name(nodes[0]) else Other(("rel", operators, nodes))
        return Other(("rel", operators, nodes))
    if kinds <= {"<", "<="} or kinds <= {">", ">="}:
        if kinds <= {">", ">="}:
            operators, nodes = tuple(_FLIPPED[operator] for operator in reversed(operators)), tuple(reversed(nodes))
        return _ordered(operators, nodes)
    if operators == ("!=",) and nodes[0][0] == "var" and not variables(nodes[1]):
        rest = _without_points(Region((_EVERYTHING,)), [nodes[1]])
        return Named(nodes[0][1], rest) if rest else Other(("rel", operators, nodes))
    return Other(("rel", operators, nodes))


def _equated(operators: tuple[str, ...], nodes: tuple[Node, ...]) -> Form:
    names = 0
    while names < len(nodes) - 1 and _is_name(nodes[names]):
        names += 1
    rest = nodes[names:]
    if nodes[0][0] == "tuple" and len(nodes) == 2 and all(map(_is_name, nodes[0][2])):
        return _assigned(nodes[0], nodes[1])
    if names == 0 and len(nodes) == 2 and _is_name(nodes[1]) and (nodes[1][0] == "call" or not variables(nodes[0])):
        return Named(_flat(nodes[1]), normalise(nodes[0]))
    if names and variables(rest[0]) and not variables(rest[-1]):
        rest = rest[-1:]  # `S = ab = 6`
    form = normalise(rest[0]) if len(rest) == 1 else _chained(operators[names:], rest)
    if names == 0 or isinstance(form, Impossible):
        return form
    if names == 1:
        return Named(_flat(nodes[0]), form)
    if _ELLIPSIS in nodes:
        return Other(("rel", operators, nodes))
    return Items("tuple", tuple(Named(_flat(name), form) for name in nodes[:names]), "")


def _assigned(names: Node, values: Node) -> Form:
    if values[0] == "tuple" and len(values[2]) == len(names[2]):
        form = _bracketed(values)
        if isinstance(form, Items) and form.kind == "tuple":
            pairs = zip(names[2], form.items)
            return Items("tuple", tuple(Named(_flat(name), value) for name, value in pairs), form.brackets)
        return form
    if values[0] in ("set", "list"):
        return normalise(values)
    raise NotUnderstood("a tuple that is not one")


def _chained(operators: tuple[str, ...], nodes: tuple[Node, ...]) -> Form:
    """`a = b \\approx c`: the exact part where the chain is true, Impossible where it is false."""
    if any(map(variables, nodes)):
        if len(nodes) == 2 and operators == ("=",):
            return Equation(nodes[0], nodes[1])
        if all(same_function(nodes[0], node) for node in nodes[1:]):
            return normalise(nodes[0])
        return Other(("rel", operators, nodes))
    values = [_value(node) for node in nodes]
    exact = [value for value in values if not _is_decimal(value.node)] or values
    first = exact[0]
    for operator, value in zip(("=", *operators), values):
        may_round = operator == "~=" or _is_decimal(value.node)
        if not _equal_values(first, value) and not (may_round and _rounds_to(first, value)):
            return Impossible()
    units = [value.unit for value in values if value.unit]
    return Value(first.node, first.unit or (units[0] if units else None), first.exact)


def _ordered(operators: tuple[str, ...], nodes: tuple[Node, ...]) -> Form:
    """An inequality in one variable is the region where it holds."""
    names = frozenset().union(*map(variables, nodes))
    if len(names) == 1 and len(nodes) <= 3:
        name = next(iter(names))
        regions = [_solved(nodes[i], operators[i], nodes[i + 1], name) for i in range(len(operators))]
        if len(regions) == 1 and regions[0]:
            return Named(name, regions[0])
        if len(regions) == 2 and regions[0] and regions[1]:
            both = _intersected(regions[0], regions[1])
            return Named(name, both) if both and both.parts else Inequality(operators, nodes)
    return Inequality(operators, nodes)


def _solved(left: Node, operator: str, right: Node, name: str) -> Region | None:
    """Where `left < right` holds, for sides linear in the variable, or the absolute value of the variable alone."""
    closed = operator == "<="
    variable = ("var", name)
    if left == variable and name not in variables(right):
        return Region(((_MINUS_INFINITY, False, right, closed),))
    if right == variable and name not in variables(left):
        return Region(((left, closed, _INFINITY, False),))
    if left[:2] == ("fn", "abs") and name not in variables(right):
        inner = _within_bars(left)
        below, above = _solved(inner, operator, right, name), _solved(("neg", right), operator, inner, name)
        return _intersected(below, above) if below and above else None
    if right[:2] == ("fn", "abs") and name not in variables(left):
        inner = _within_bars(right)
        below, above = _solved(inner, operator, ("neg", left), name), _solved(left, operator, inner, name)
        return Region((*below.parts, *above.parts)) if below and above and (_real(left) or 0) > 0 else None
    difference: Node = ("+", (left, ("neg", right)))
    if any(part[0] in ("fn", "root", "call") and name in variables(part) for part in _nodes_within(difference)):
        return None  # |x| - 1 is linear only on either side of 0
    values = [numeric(difference, {**_CONSTANTS, name: complex(x)}) for x in (0, 1, -2, 5)]
    at = [value.real for value in values if value is not None]
    if len(at) < len(values):
        return None
    slope = at[1] - at[0]
    linear = abs(at[2] - at[0] + 2 * slope) < 1e-9 and abs(at[3] - at[0] - 5 * slope) < 1e-9
    if not linear or abs(slope) < 1e-9:
        return None
    start = _substituted(difference, variable, ("num", Fraction(0)))
    step = ("+", (_substituted(difference, variable, ("num", Fraction(1))), ("neg", start)))
    bound: Node = ("/", ("neg", start), step)
    if slope > 0:
        return Region(((_MINUS_INFINITY, False, bound, closed),))
    return Region(((bound, closed, _INFINITY, False),))


def _within_bars(node: Node) -> Node:
    """`x` of `|x|` and of `||x||`."""
    while node[:2] == ("fn", "abs"):
        node = node[2][0]
    return node


def _substituted(node: Any, variable: Node, value: Node) -> Any:
    if node == variable:
        return value
    return tuple(_substituted(part, variable, value) for part in node) if isinstance(node, tuple) else node


def _intersected(left: Region, right: Region) -> Region | None:
    """Where both hold; None where the order of the ends is not known."""
    ends = [[(_end(part[0]), _end(part[2])) for part in region.parts] for region in (left, right)]
    if any(end is None for pairs in ends for pair in pairs for end in pair):
        return None
    parts = []
    for (low, low_in, high, high_in), (bottom, top) in zip(left.parts, ends[0]):
        for (other_low, other_low_in, other_high, other_high_in), (other_bottom, other_top) in zip(right.parts, ends[1]):
            start = max((bottom, not low_in, low), (other_bottom, not other_low_in, other_low), key=_place)
            stop = min((top, high_in, high), (other_top, other_high_in, other_high), key=_place)
            if start[0] < stop[0] or (start[0] == stop[0] and not start[1] and stop[1]):
                parts.append((start[2], not start[1], stop[2], stop[1]))
    return Region(tuple(parts))


def _place(end: tuple[float, bool, Node]) -> tuple[float, bool]:
    """Where an end stands in the order of ends; at the same number, one that is left out is further inside."""
    return end[:2]


def _without_points(region: Region, points: list[Node]) -> Region | None:
    """The region without some points; None where the order of the ends is not known."""
    if any(_end(point) is None for point in points):
        return None
    ordered = [_MINUS_INFINITY, *sorted(points, key=_end), _INFINITY]
    between = Region(tuple((low, False, high, False) for low, high in zip(ordered, ordered[1:])))
    return _intersected(region, between)


def _end(node: Node) -> Any:
    if node in (_INFINITY, _MINUS_INFINITY):
        return math.inf if node == _INFINITY else -math.inf
    return _real(node)


def _united(node: Node) -> Form:
    if node[0] == "setminus":
        region, removed = _as_region(normalise(node[1][0])), _as_region(normalise(node[1][1]))
        points = [part[0] for part in removed.parts] if removed else []
        if region is None or not points or any(part[0] != part[2] for part in removed.parts if removed):
            return Other(node)
        return _without_points(region, points) or Other(node)
    parts = [_as_region(normalise(part)) for part in node[1]]
    if any(part is None for part in parts):
        return Other(node)
    return _union([part for part in parts if part])


def _union(regions: list[Region]) -> Region:
    """The union, with intervals that touch or overlap made one where the order of their ends is known."""
    parts = [part for region in regions for part in region.parts]
    if any(_end(end) is None for part in parts for end in (part[0], part[2])):
        return Region(tuple(parts))
    merged: list[tuple[Node, bool, Node, bool]] = []
    for low, low_in, high, high_in in sorted(parts, key=lambda part: (_end(part[0]), not part[1])):
        if merged:
            first, first_in, last, last_in = merged[-1]
            if _end(low) < _end(last) or (_end(low) == _end(last) and (low_in or last_in)):
                further = max((_end(last), last_in, last), (_end(high), high_in, high), key=lambda end: end[:2])
                merged[-1] = (first, first_in, further[2], further[1])
                continue
        merged.append((low, low_in, high, high_in))
    return Region(tuple(merged))


def _as_region(form: Form) -> Region | None:
    """A region, a pair between brackets, a point or a set of points as a region; None for everything else."""
    if isinstance(form, Region):
        return form
    if isinstance(form, Items) and form.kind == "tuple" and len(form.brackets) == 2:
        values = [item.node for item in form.items if isinstance(item, Value)]
        if len(values) == len(form.items) == 2:
            return Region(((values[0], form.brackets[0] == "[", values[1], form.brackets[1] == "]"),))
        if len(values) == len(form.items) == 1:
            return Region(((values[0], True, values[0], True),))
    if isinstance(form, Items) and form.kind == "list" and form.brackets == "{}":
        values = [item.node for item in form.items if isinstance(item, Value)]
        if len(values) == len(form.items):
            return Region(tuple((value, True, value, True) for value in values))
    return None


# ---------------------------------------------------------------------------------------------------------------------
# Compare
# ---------------------------------------------------------------------------------------------------------------------


class Answer(NamedTuple):
    """An answer as it was read."""

    tokens: tuple[str, ...]
    form: Form | None
    well_formed: bool
    wordy: bool  # it holds words, or text that may be words
    choice: tuple[str, str] | None  # the letter of a multiple choice and the text behind it


_PLAIN_NUMBER = re.compile(rf"[+-]?(?=[\d.]{{1,{MAX_DIGITS}}}\Z)\d+(?:\.\d{{1,100}})?")
_CHOICE = re.compile(
    r"(?:(?:the\s+)?(?:(?:correct|final)\s+)?(?:option|choice|answer)\s*(?:is)?:?\s*)?"
    r"(?:\(([A-Ja-j])\)|([A-Ja-j])(?:[).:]|$))(.*)",
    re.S | re.I,
)
_CONTINUED = re.compile(r"[,;&/+*=<>^_-]|(?:or|and)\b", re.I)
_TEXT_COMMAND = re.compile(
    r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|boldsymbol|bf|rm)\b\s*|\\[ ,;:!]|\\q?quad|[{}$~]"
)
_ARTICLES = {'"a', '"an', '"the'}


def read(text: str) -> Answer:
    """Reads an answer; never raises. An answer too long to parse keeps a single token, its text."""
    text = text.strip()
    return _read(text) if len(text) <= MAX_ANSWER else Answer((text,), None, True, False, None)


@lru_cache(maxsize=1024)
def _read(text: str) -> Answer:
    if _PLAIN_NUMBER.fullmatch(text):
        unsigned = text.lstrip("+-")
        node = ("neg", _number(unsigned)) if text.startswith("-") else _number(unsigned)
        return Answer((text.lstrip("+"),), Value(node, None, rational(node)), True, False, None)
    tokens = ["".join(text.split())]
    if len(text) > MAX_PARSED:
        return Answer(tuple(tokens), None, _is_balanced(text), False, None)
    form: Form | None = None
    try:
        tokens = tokenise(text)
        form = normalise(_Parser(tokens).whole())
    except (NotUnderstood, ArithmeticError, ValueError, RecursionError):
        pass  # compared by its tokens
    wordy = any(token.startswith('"') for token in tokens) or "\\text" in text
    return Answer(tuple(tokens), form, bool(tokens) and _is_balanced(text), wordy, _choice(text))


_GROUP = re.compile(r"\\[{}\\]|[{}]|\\left\b|\\right\b|\\begin\b|\\end\b")


def _is_balanced(text: str) -> bool:
    """Whether every group, `\\left` and environment that opens also closes; `\\dfrac{4` was cut off."""
    depth = sets = sized = environments = 0
    for match in _GROUP.finditer(text):
        token = match.group()
        depth += (token == "{") - (token == "}")
        sets += (token == "\\{") - (token == "\\}")
        sized += (token == "\\left") - (token == "\\right")
        environments += (token == "\\begin") - (token == "\\end")
        if depth < 0:
            return False
    return depth == 0 and sized == 0 and environments == 0 and (sets == 0 or "\\right." in text)


def is_well_formed(answer: str) -> bool:
    """Whether an answer is whole: not empty, and every group in it closed."""
    return read(str(answer)).well_formed


def is_equal(gold: str, pred: str) -> bool:
    """Whether a candidate equals the reference. An answer that is not well formed equals nothing, not even itself."""
    gold, pred = str(gold), str(pred)
    reference, candidate = read(gold), read(pred)
    if not (reference.well_formed and candidate.well_formed):
        return False
    if isinstance(reference.form, Impossible) or isinstance(candidate.form, Impossible):
        return False
    if reference.tokens == candidate.tokens:
        return True
    if (reference.wordy or candidate.wordy) and _words(reference.tokens) == _words(candidate.tokens):
        return True
    if reference.choice and candidate.choice:
        return _same_choice(reference.choice, candidate.choice)
    if reference.choice and reference.choice[1] and is_equal(reference.choice[1], pred):
        return True
    if reference.form is None or candidate.form is None:
        return False
    try:
        return _equal_forms(reference.form, candidate.form)
    except (ArithmeticError, ValueError, RecursionError):
        return False


def _words(tokens: tuple[str, ...]) -> str:
    """The answer as words without case, spaces, articles, quotes and points; numbers stay apart."""
    has_numbers = any(token[0].isdigit() for token in tokens)
    kept = []
    for token, after in zip(tokens, (*tokens[1:], "")):
        if token[0].isdigit():
            kept.append(f"#{token}#")
        elif token.startswith('"'):
            is_article = token.lower() in _ARTICLES and after.startswith('"')
            kept.append("" if is_article else token[1:].lower())
        elif token not in ("'", "''", "."):
            kept.append(token if has_numbers else token.lower())
    return "".join(kept)


def _choice(text: str) -> tuple[str, str] | None:
    """The letter of a multiple choice and the text behind it: `(C) 17` is ("C", "17")."""
    match = _CHOICE.fullmatch(" ".join(_TEXT_COMMAND.sub(" ", text).split()))
    if not match or len(match[3]) > 300:
        return None
    letter, rest = (match[1] or match[2]).upper(), match[3].strip(" .:)")
    if rest and (match[2] and not match[2].isupper() or _CONTINUED.match(match[3].strip())):
        return None
    return letter, rest


def _same_choice(gold: tuple[str, str], pred: tuple[str, str]) -> bool:
    if gold[0] != pred[0] or re.search(r"\b(?:or|and|not)\b|^\(", pred[1]):
        return False
    return not (gold[1] and pred[1]) or is_equal(gold[1], pred[1])


def _equal_forms(gold: Form, pred: Form) -> bool:
    if isinstance(gold, Named) or isinstance(pred, Named):
        return _equal_named(gold, pred)
    if isinstance(gold, Value) and isinstance(pred, Value):
        return _equal_values(gold, pred)
    if isinstance(gold, Region) or isinstance(pred, Region):
        return _equal_regions(gold, pred)
    if isinstance(gold, Items) and isinstance(pred, Items):
        return _equal_items(gold, pred)
    if isinstance(gold, Matrix) or isinstance(pred, Matrix):
        return _equal_matrices(gold, pred)
    if isinstance(gold, Items) and gold.kind == "list" and len(gold.items) == 1:
        return _equal_forms(gold.items[0], pred)
    if isinstance(pred, Items) and pred.kind == "list" and len(pred.items) == 1:
        return _equal_forms(gold, pred.items[0])
    if isinstance(gold, Equation) and isinstance(pred, Equation):
        return _proportional(gold, pred)
    if isinstance(gold, Inequality) and isinstance(pred, Inequality):
        return _equal_inequalities(gold, pred)
    return gold == pred


def _equal_named(gold: Form, pred: Form) -> bool:
    if isinstance(gold, Named) and isinstance(pred, Named):
        if gold.name == pred.name or "(" in gold.name + pred.name:
            return _equal_forms(gold.form, pred.form)
        left, right = _as_equation(gold), _as_equation(pred)
        return bool(left and right and variables(left) == variables(right) and _proportional(left, right))
    if isinstance(gold, Equation) or isinstance(pred, Equation):
        left, right = _as_equation(gold), _as_equation(pred)
        return bool(left and right) and _proportional(left, right)
    plain_gold = gold.form if isinstance(gold, Named) else gold
    plain_pred = pred.form if isinstance(pred, Named) else pred
    return _equal_forms(plain_gold, plain_pred)


def _as_equation(form: Form) -> Equation | None:
    if isinstance(form, Equation):
        return form
    if isinstance(form, Named) and isinstance(form.form, Value):
        return Equation(("var", form.name), form.form.node)
    return None


def _equal_values(gold: Value, pred: Value) -> bool:
    if gold.unit and pred.unit and gold.unit != pred.unit and not _same_unit(gold.unit, pred.unit):
        return False
    if gold.exact is not None and pred.exact is not None:
        if gold.exact == pred.exact:
            return True
        if (gold.unit == "%") != (pred.unit == "%") and not (gold.unit and pred.unit):
            bare, percent = (pred, gold) if gold.unit == "%" else (gold, pred)
            return bare.exact == percent.exact * 100 if percent.exact is not None else False
    if _is_decimal(gold.node) != _is_decimal(pred.node):
        decimal, other = (gold, pred) if _is_decimal(gold.node) else (pred, gold)
        if _digits(decimal.node) >= SIGNIFICANT_DIGITS and not _terminates(other) and _rounds_to(other, decimal):
            return True
    if gold.exact is not None and pred.exact is not None:
        return False
    return same_function(gold.node, pred.node)


def _same_unit(gold: str, pred: str) -> bool:
    """Units in words match where one says more: `children tickets` and `tickets`."""
    if "^" in gold + pred or "/" in gold + pred:
        return False
    left, right = set(gold.split()), set(pred.split())
    return left <= right or right <= left


def _is_decimal(node: Node) -> bool:
    return _decimal(node) is not None


def _digits(node: Node) -> int:
    decimal = _decimal(node)
    return decimal[0] if decimal else 0


def _decimal(node: Node) -> tuple[int, Fraction] | None:
    """Significant digits and last place of a decimal literal, also signed, in percent or times a power of ten."""
    kind = node[0]
    if kind == "dec":
        return node[2], node[3]
    if kind == "neg":
        return _decimal(node[1])
    if kind == "%":
        inner = _decimal(node[1])
        return (inner[0], inner[1] / 100) if inner else None
    if kind == "*" and len(node[1]) == 2 and node[1][1][0] == "^" and node[1][1][1] == ("num", Fraction(10)):
        inner, scale = _decimal(node[1][0]), rational(node[1][1])
        return (inner[0], inner[1] * scale) if inner and scale else None
    return None


def _terminates(value: Value) -> bool:
    """Whether a finite decimal could write the value exactly."""
    if value.exact is None:
        return False
    denominator = value.exact.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1


def _rounds_to(value: Value, decimal: Value) -> bool:
    """Whether a decimal shows the value, rounded or cut off at its last place."""
    found = _decimal(decimal.node) or ((1, Fraction(1)) if decimal.node[0] == "num" else None)
    if found is None or decimal.exact is None:
        return False
    exact = value.exact
    if exact is None:
        if variables(value.node):
            return False
        number = _real(value.node)
        if number is None:
            return False
        exact = Fraction(number)
    digits, ulp = found
    error = decimal.exact - exact
    slack = ulp / 10**6 if value.exact is not None else max(ulp / 10**6, abs(exact) / 2**50)  # doubles end there
    cut_off = -ulp < error <= slack if exact > 0 else -slack <= error < ulp
    return abs(error) <= ulp / 2 + slack or (cut_off and digits >= SIGNIFICANT_DIGITS)


def _equal_items(gold: Items, pred: Items) -> bool:
    if gold.kind == "list" and pred.kind == "list":
        return _equal_as_sets(gold.items, pred.items)
    brackets = (gold.brackets, pred.brackets)
    if "{}" in brackets or brackets.count("::") == 1 or len(gold.items) != len(pred.items):
        return False
    if gold.kind == pred.kind == "tuple" and gold.brackets != pred.brackets and gold.brackets and pred.brackets:
        if _can_be_interval(gold) or _can_be_interval(pred):
            return False
    if all(isinstance(item, Named) for item in (*gold.items, *pred.items)):
        values = {item.name: item.form for item in pred.items}
        if {item.name for item in gold.items} == set(values):
            return all(_equal_forms(item.form, values[item.name]) for item in gold.items)
    return all(map(_equal_forms, gold.items, pred.items))


def _can_be_interval(items: Items) -> bool:
    if len(items.items) != 2:
        return False
    ends = [_real(item.node) if isinstance(item, Value) else None for item in items.items]
    return ends[0] is None or ends[1] is None or ends[0] < ends[1]


def _real(node: Node) -> float | None:
    value = numeric(node, _CONSTANTS)
    return None if value is None or value.imag else value.real


def _equal_as_sets(gold: tuple[Form, ...], pred: tuple[Form, ...]) -> bool:
    if len(gold) > 100 or len(pred) > 100:
        return gold == pred
    if len(gold) * len(pred) > 900:
        return len(gold) == len(pred) and set(map(_exact_key, gold)) == set(map(_exact_key, pred))
    met = set()  # no pair is compared twice: sets of sets would double the work at every level
    for form in gold:
        index = next((i for i, other in enumerate(pred) if _equal_forms(form, other)), None)
        if index is None:
            return False
        met.add(index)
    return all(i in met or any(_equal_forms(form, other) for form in gold) for i, other in enumerate(pred))


def _exact_key(form: Form) -> Any:
    return form.exact if isinstance(form, Value) and form.exact is not None else form


def _equal_regions(gold: Form, pred: Form) -> bool:
    left, right = _as_region(gold), _as_region(pred)
    if left is None or right is None or len(left.parts) != len(right.parts):
        return False
    rest = list(right.parts)
    for part in left.parts:
        for other in rest:
            if _equal_intervals(part, other):
                rest.remove(other)
                break
        else:
            return False
    return True


def _equal_intervals(gold: tuple[Node, bool, Node, bool], pred: tuple[Node, bool, Node, bool]) -> bool:
    if gold[1] != pred[1] or gold[3] != pred[3]:
        return False
    return _equal_ends(gold[0], pred[0]) and _equal_ends(gold[2], pred[2])


def _equal_ends(gold: Node, pred: Node) -> bool:
    if gold in (_INFINITY, _MINUS_INFINITY) or pred in (_INFINITY, _MINUS_INFINITY):
        return gold == pred
    return _equal_values(_value(gold), _value(pred))


def _equal_matrices(gold: Form, pred: Form) -> bool:
    if isinstance(gold, Items) and gold.kind == "tuple":
        gold = Matrix(tuple((item,) for item in gold.items))  # it may be answered as a column
    if not isinstance(gold, Matrix) or not isinstance(pred, Matrix):
        return False
    if [len(row) for row in gold.rows] != [len(row) for row in pred.rows]:
        return False
    return all(_equal_forms(a, b) for left, right in zip(gold.rows, pred.rows) for a, b in zip(left, right))


def _proportional(gold: Equation, pred: Equation) -> bool:
    """Two equations say the same where their differences of sides are multiples of each other."""
    names = variables(gold)
    if names != variables(pred) or len(names) > 12:
        return False
    left: Node = ("+", (gold.left, ("neg", gold.right)))
    right: Node = ("+", (pred.left, ("neg", pred.right)))
    ordered = tuple(sorted(names))
    exact = _modular_values(left, right, ordered)
    if exact:
        (a, b), (c, d) = exact
        return bool(a and b and c and d) and a * d % _PRIME == b * c % _PRIME
    ratios = []
    for point in _numeric_points(ordered):
        a, b = numeric(left, point), numeric(right, point)
        if a is None or not b:
            continue  # outside the common domain
        ratio = a / b
        ratios.append(ratio)
        if not (ratio and abs(ratio - ratios[0]) <= 1e-9 * abs(ratio)):
            return False
    return len(ratios) >= 2


def _equal_inequalities(gold: Inequality, pred: Inequality) -> bool:
    if gold.operators != pred.operators:
        return False
    if all(same_function(a, b) for a, b in zip(gold.nodes, pred.nodes)):
        return True
    if len(gold.nodes) != 2 or not _proportional(Equation(*gold.nodes), Equation(*pred.nodes)):
        return False
    for point in _numeric_points(tuple(sorted(variables(gold.nodes)))):
        a, b, c, d = (numeric(node, point) for node in (*gold.nodes, *pred.nodes))
        if a is not None and b is not None and c is not None and d is not None and c != d:
            return ((a - b) / (c - d)).real > 0
    return False


# ---------------------------------------------------------------------------------------------------------------------
# Score
# ---------------------------------------------------------------------------------------------------------------------

NEAR_END = 300  # characters that may follow the answer
FULL_REASONING = 3  # distinct steps with mathematics in them that earn the whole criterion
MAX_REASONING = 20_000  # characters before the answer that are looked at

_STEP = re.compile(r"\n+|(?<=[.;!?])\s+|\\\\")
_MATHEMATICS = re.compile(r"[0-9=<>+*/^\\]")


def score_correctness(text: str, item: dict[str, Any]) -> float:
    """1 where the final answer equals the reference, else 0."""
    answer = extract_answer(text)
    return float(answer is not None and is_equal(_reference(item), answer))


def score_format(text: str, item: dict[str, Any]) -> float:
    """1 for exactly one closed, filled box near the end; half of it where there are several, or much text follows."""
    box = _last_box(text)
    if box is None:
        return 0.0
    return 1.0 if box.opened == 1 and box.after <= NEAR_END else 0.5


def score_reasoning(text: str, item: dict[str, Any]) -> float:
    """How much of a derivation stands before the answer: distinct steps with mathematics, less for repetition."""
    visible = text[-MAX_OUTPUT:]
    cut = max(visible.rfind("\\boxed"), visible.rfind("\\fbox"))
    before = visible[max(0, cut - MAX_REASONING) : cut] if cut >= 0 else ""
    steps = [" ".join(step.split()) for step in _STEP.split(before)[:2000]]
    steps = [step for step in steps if len(step) >= 3 and _MATHEMATICS.search(step)]
    if not steps:
        return 0.0
    distinct = len(set(steps))
    return min(1.0, distinct / FULL_REASONING) * (1.0 if distinct * 2 > len(steps) else distinct / len(steps))


def score_completeness(text: str, item: dict[str, Any]) -> float:
    """The share of the reference's parts that the answer has; 0 where the output ends inside a box or its thinking."""
    box = _last_box(text)
    if box is None or not box.is_last or text.count("<think>") > text.count("</think>"):
        return 0.0
    return min(1.0, _value_count(box.answer) / _value_count(_reference(item)))


def _value_count(answer: str) -> int:
    form = read(answer).form
    form = form.form if isinstance(form, Named) else form
    return max(1, len(form.items)) if isinstance(form, Items) else 1


def _reference(item: dict[str, Any]) -> str:
    return str(item.get("answer", "")) if isinstance(item, dict) else ""


def _text(sample: Any) -> str:
    return str((sample.get("output_text") if isinstance(sample, dict) else "") or "")


_SCORES = {
    "correctness": score_correctness,
    "format": score_format,
    "reasoning": score_reasoning,
    "completeness": score_completeness,
}


def _scores(text: str, item: dict[str, Any]) -> dict[str, float]:
    return {name: score(text, item) for name, score in _SCORES.items()}


def total(scores: dict[str, float]) -> float:
    """The weighted sum; reasoning and completeness count only where the answer is right."""
    correctness = scores["correctness"]
    return (
        WEIGHTS["correctness"] * correctness
        + WEIGHTS["format"] * scores["format"]
        + WEIGHTS["reasoning"] * correctness * scores["reasoning"]
        + WEIGHTS["completeness"] * correctness * scores["completeness"]
    )


def grade(sample: dict[str, Any], item: dict[str, Any]) -> float:
    """The reward in [0, 1] of one output, or the one criterion that CRITERION names."""
    text = _text(sample)
    if CRITERION != "total":
        return _SCORES[CRITERION](text, item)
    return total(_scores(text, item))


def explain(sample: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """The four scores, their total, the extracted answer, and how the grader read the reference and the answer."""
    text = _text(sample)
    scores, answer = _scores(text, item), extract_answer(text)
    return {
        "total": total(scores),
        **scores,
        "extracted": answer,
        "reference_form": describe(_reference(item)),
        "answer_form": None if answer is None else describe(answer),
    }


def describe(answer: str) -> str:
    """How the grader reads an answer, for people."""
    found = read(answer)
    if not found.well_formed:
        return "not well formed"
    if found.form is None:
        return "text " + " ".join(found.tokens).replace('"', "")[:500]
    return f"{_kind(found.form)} {_shown(found.form)}"[:500]


def _kind(form: Form) -> str:
    if isinstance(form, Named):
        return _kind(form.form)
    if isinstance(form, Value):
        return "expression" if variables(form.node) else "number"
    if isinstance(form, Items):
        return "set" if form.kind == "list" else "tuple"
    if isinstance(form, Other):
        return "words" if form.node[0] == "word" else "statement"
    return "false statement" if isinstance(form, Impossible) else type(form).__name__.lower()


def _shown(form: Form) -> str:
    if isinstance(form, Value):
        return _shown_value(form)
    if isinstance(form, Items):
        opening, closing = "{}" if form.kind == "list" else form.brackets.replace("::", "") or "()"
        return opening + ", ".join(map(_shown, form.items)) + closing
    if isinstance(form, Named):
        return f"{form.name} {'in' if isinstance(form.form, Region) else '='} {_shown(form.form)}"
    if isinstance(form, Region):
        return " or ".join(
            f"{'[' if low_in else '('}{_flat(low)}, {_flat(high)}{']' if high_in else ')'}"
            for low, low_in, high, high_in in form.parts
        )
    if isinstance(form, Matrix):
        return "; ".join(", ".join(map(_shown, row)) for row in form.rows)
    if isinstance(form, Equation):
        return _flat(("rel", ("=",), tuple(form)))
    if isinstance(form, Inequality):
        return _flat(("rel", *form))
    return _flat(form.node) if isinstance(form, Other) else ""


def _shown_value(value: Value) -> str:
    short = value.exact is not None and max(map(int.bit_length, value.exact.as_integer_ratio())) < 500
    return (str(value.exact) if short else _flat(value.node)) + (f" [{value.unit}]" if value.unit else "")
