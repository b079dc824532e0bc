"""The reward for mathematical answers: is the final boxed answer right, and how well is the way to it written?

One file, standard library only, Python 3.10 and later, because it runs in a sandbox without packages. The same text
filters the data, scores the baseline, trains the model and judges the result.

Reading order: extract the answer, split it into tokens, parse them to a tree, evaluate trees, bring a tree into a form,
compare two forms, score. Nothing here raises on any input and nothing guesses: what is not understood equals only what
has the same tokens. Every loop is bounded, so that hostile input (towers of powers, ten thousand braces, a megabyte of
digits) gets its verdict within milliseconds.
"""

from __future__ import annotations

import cmath
import math
import re
import unicodedata
from fractions import Fraction
from functools import lru_cache
from typing import Any, Callable, Iterable, Iterator, NamedTuple

WEIGHTS = {"correctness": 0.8, "format": 0.1, "reasoning": 0.05, "completeness": 0.05}
CRITERION = "total"

MAX_OUTPUT = 100_000  # characters of an output that are looked at, from its end
MAX_ANSWER = 6_000  # characters of an answer that are compared at all
MAX_PARSED = 1_500  # characters of an answer that are parsed, unless it is one plain number
MAX_DIGITS = 4_000  # digits of an integer; Python refuses to convert more than 4,300
MAX_BITS = 32_000  # size of exact intermediate values
MAX_TOKENS = 500
MAX_DEPTH = 40  # groups, roots and exponents inside each other
MAX_FACTORIAL = 2_500  # whose value stays within these bits
MAX_TERMS = 120  # of a sum or product written with its limits
MAX_STEPS = 8_000  # nodes evaluated at sample points for one verdict
MAX_GAP = 100  # characters between two boxes of one list
SIGNIFICANT_DIGITS = 6  # that a decimal must carry to stand for an irrational number

# Extract -------------------------------------------------------------------------------------------------------------

_BRACE = re.compile(r"\\.|[{}]", re.S)
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_BETWEEN_BOXES = re.compile(r"(?:[ \t,;$]|\\[,;:!() ]|\\q?quad|and|or|\\text\s*\{\s*(?:and|or|,)?\s*\})*")


class Box(NamedTuple):
    """The final answer of an output: its last box, or the boxes that its last line lists."""

    answer: str
    after: int  # characters that follow it
    opened: int  # boxes in the output, closed or not


def extract_answer(text: str) -> str | None:
    """The text in the last `\\boxed{}` or `\\fbox{}` after any `</think>`; None where it is missing or left open."""
    box = _last_box(text)
    return box.answer if box else None


@lru_cache(maxsize=1)
def _last_box(text: str) -> Box | None:
    """The box that counts. Boxes with nothing but commas, `and` and `or` between them on one line are one list."""
    visible = text[-MAX_OUTPUT:].rpartition("</think>")[2]
    openings = [match.span() for match in _BOX.finditer(visible)]
    spans: list[tuple[int, int, int]] = []  # the outermost closed boxes: where each opens, its text starts and ends
    for opening, start in openings[-20:]:
        end = _closing_brace(visible, start, min(start + MAX_ANSWER, len(visible)))
        if end is None:
            if start == openings[-1][1]:
                return None
        elif not spans or opening > spans[-1][2]:
            spans.append((opening, start, end))
    listed: list[str] = []
    following = None
    for opening, start, end in reversed(spans):
        if following is not None:
            if following - end > MAX_GAP or not _BETWEEN_BOXES.fullmatch(visible, end + 1, following):
                break
        listed.insert(0, _unboxed(visible[start:end].strip()))
        following = opening
    if not listed or "" in listed:
        return None
    return Box(", ".join(listed), len(visible) - spans[-1][2] - 1, len(openings))


def _unboxed(text: str) -> str:
    """The text inside boxes that hold nothing but each other."""
    for _ in range(20):
        match = _BOX.match(text)
        if not match or _closing_brace(text, match.end(), len(text)) != len(text) - 1:
            break
        text = text[match.end() : -1].strip()
    return text


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


# Vocabulary ----------------------------------------------------------------------------------------------------------


def _table(text: str) -> dict[str, str]:
    """Entries, two spaces or a line apart: a meaning, then everything that is written for it."""
    entries = (entry.split() for entry in re.split(r"\s{2,}", text.strip()))
    return {written: meaning.replace("_", " ") for meaning, *spellings in entries for written in spellings}


def _each(text: str) -> dict[str, str]:
    """Words that mean themselves."""
    return {word: word for word in text.split()}


_GREEK_LETTERS = dict(
    zip(
        "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon varphi chi "
        "psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split(),
    )
)
_NAMES = {*_GREEK_LETTERS.values(), *"varepsilon vartheta phi ell hbar aleph".split()}

# What a word is: its role, then its meaning there. A word has one role; a test holds that. Words with no role behind an
# integer are what it counts.
_ROLES: dict[str, dict[str, str]] = {
    "function": _each("sin cos arcsin arccos arctan arccot sinh cosh tanh coth ln log exp sqrt max gcd lcm cis")
    | _table("""
        tan tan tg  cot cot ctg  sec sec  csc csc cosec  arcsin asin  arccos acos  arctan atan arctg
        arccot acot arcctg  log lg  min min
    """),
    "name": _each("pi alpha beta gamma theta phi lambda"),
    "symbol": _table("""
        oo infinity inf  % percent pct percentage  deg degree degrees deg  or or 或  and and 和 且 与 及  mod mod modulo
        ~= approximately approx about roughly around
    """),
    "unit": _table("""
        mm mm millimeter millimetre 毫米  cm cm centimeter centimetre 厘米  dm dm decimeter decimetre 分米
        m m meter metre 米  km km kilometer kilometre 千米 公里  nm nm  in in inch inche  ft ft foot feet  yd yd yard
        mi mi mile  s s second 秒  minute minute 分钟  h h hr hour 小时  day day 天  week week  month month  year year 年
        mg mg  g g gm gram 克  kg kg kilogram 千克 公斤  t ton tonne 吨  lb lb lbs pound  oz oz ounce
        ml ml milliliter millilitre 毫升  cl cl  dl dl  l l liter litre 升  gal gal gallon  cup cup  quart quart
        pint pint  mi_/_h mph  km_/_h kph kmh  hz hz  rad rad radian  cc cc  dollar dollar usd buck  cent cent
        euro euro eur  yuan yuan 元  point point  unit unit  person person people 人  mole mole mol  newton newton
        joule joule  watt watt  volt volt  ampere ampere amp  kelvin kelvin  celsius celsius  fahrenheit fahrenheit
        acre acre  hectare hectare  pound_sterling sterling  item 个  degree 度
        cm_^2 平方厘米  m_^2 平方米  cm_^3 立方厘米  m_^3 立方米
        / per  square square sq 平方  cubic cubic cu 立方
    """),
    "half of a day": _table("""
        am am midnight  pm pm noon
    """),
    "scale": _table("""
        100 hundred 百  1000 thousand 千  10000 万  1000000 million  100000000 亿  1000000000 billion
        1000000000000 trillion  12 dozen
    """),
    "filler": _each("""
        therefore thus hence so final answer answers is are result results equals equal value solution solutions to be
        that we get have length area volume radius
    """),
    "article": _each("a an the"),
    "binder": _each("for where with forall"),
    # behind a number, these change or qualify its value
    "stop": _each("""
        not no never but if than least most more less between except either neither nor when unless while
        until because maybe perhaps possibly probably only almost nearly exactly one two three four five six
        seven eight nine ten zero plus minus times over divided multiplied added subtracted increased
        decreased doubled tripled halved halve double triple twice thrice half halves third thirds quarter
        quarters fourth fourths fifth fifths tenth tenths percentile squared cubed root roots power factorial
        remainder of was were will would should could can may might wrong right correct incorrect true false
        guess some every each all hundreds thousands millions billions trillions dozens dozen's score scores
        pair pairs gross reciprocal inverse negative positive imaginary infinitely constant constants base too
        also then else instead which what it this these those from by under above below up down
        半 折 成 倍 不 非 负 分之
    """),
}


class Word(NamedTuple):
    """What a word is to a number that stands before it, and how it is understood there."""

    role: str
    meaning: str


_VOCABULARY = {word: Word(role, meaning) for role, words in _ROLES.items() for word, meaning in words.items()}
_NO_WORD = Word("", "")
_ALSO_UNITS = {"min": Word("unit", "minute"), "sec": Word("unit", "s")}  # functions that are units behind a value
_CHANGES_VALUE = re.compile(r"(?:\w*(?:ths?|fold|ly|illions?|teen|ty)|\w{4,}ed|-.*|\d.*)\Z")  # no table lists them all
_SHORT_WORDS = set("no on yes odd it is if of he all any not".split())  # letters that hold one of these are prose
_CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound sterling", "¥": "yen"}


def _word(text: str) -> Word:
    """The entry of a word, also in the plural."""
    found = _VOCABULARY.get(text)
    if found is None and text.endswith("s") and len(text) > 2:
        found = _VOCABULARY.get(text[:-1])
        found = found if found and found.role == "unit" else None
    if found is None and len(text) == 1 and text.isascii():
        return Word("unit", text)  # only text behind a value gives a single letter as a word
    return found or _NO_WORD


# Phrases for whole sets, without their articles, "all", "there is" and "exist", and in the singular.
_PHRASES = {phrase.replace("_", " "): meaning for phrase, meaning in _table("""
    empty no_solution no_real_solution no_integer_solution no_such_number none no_value no_answer empty_set null_set
    empty no_integer no_number no_real_number no_positive_integer no_pair no_triple no_function no_root no_real_root
    real real real_number real_line real_value real_x  integer integer integer_value
    positive_integer positive_integer positive_whole_number  natural_number natural_number
    nonnegative_integer nonnegative_integer non-negative_integer whole_number
""").items()}
_WITHOUT_WEIGHT = set("a an the all every".split())
_EMPTY_WORDS = set("all every any each there is are exist exists does do the a an set of such x n possible for".split())

_COMMANDS = _table(r"""
    * cdot times ast  / div  equiv equiv  != ne neq  ~= approx simeq doteq thickapprox  < lt  > gt
    <= le leq leqslant leqq  >= ge geq geqslant geqq  in in  notin notin  cup cup bigcup  cap cap bigcap
    setminus setminus backslash smallsetminus  +- pm  -+ mp  and land wedge  or lor vee  mod pmod bmod mod pod
    oo infty  emptyset emptyset varnothing  frac frac dfrac tfrac cfrac nicefrac sfrac  over over
    binom binom dbinom tbinom  choose choose  circ circ  deg degree  % percent  ' prime  : colon  mapsto mapsto
    -> to rightarrow longrightarrow  ... ldots dots cdots dotsc dotsb  ( langle lparen  ) rangle rparen  [ lbrack
    ] rbrack  \{ lbrace  \} rbrace  | lvert rvert vert  mid mid  floor( lfloor  floor) rfloor  ceil( lceil
    ceil) rceil
""")
_WITHOUT_MEANING = set(
    """
    left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr displaystyle textstyle scriptstyle
    limits nolimits boxed fbox underline quad qquad enspace thinspace medspace thickspace negthinspace negmedspace
    negthickspace space hspace hfill bf rm it angle measuredangle triangle therefore dfrac* displaylimits
    """.split()
)
_MARKS = set("overline bar vec overrightarrow hat widehat tilde mathbb mathcal mathscr mathfrak dot".split())
_BIG_OPERATORS = {"sum", "prod", "int", "lim", "complement"}
_OPENERS = {"(", "[", "{", "\\{", "floor(", "ceil(", "frac", "binom", "oo", "emptyset", "..."}

_SYMBOLS = _table(r"""
    % \%  $ \$  | \|  # \#  & \&  _ \_  ^ **  = == :=
""")

# Tokenise ------------------------------------------------------------------------------------------------------------


class Token(NamedTuple):
    """`kind` is number, time, name, word, function, mark, big, begin, end, unknown, opener (a symbol that can open a
    factor), symbol (any other) or stop, behind the last one."""

    kind: str
    text: str


def _symbol(text: str) -> Token:
    return Token("opener" if text in _OPENERS else "symbol", text)


_COMMAND_TOKENS = {
    **{name: Token("name", name) for name in _NAMES},
    **{name: Token("function", meaning) for name, meaning in _ROLES["function"].items()},
    **{name: Token("mark", name) for name in _MARKS},
    **{name: Token("big", name) for name in _BIG_OPERATORS},
    **{name: _symbol(symbol) for name, symbol in _COMMANDS.items()},
    "forall": Token("word", "forall"),
}


class NotUnderstood(Exception):
    """The answer is outside the grammar; it is compared by its tokens instead."""


_TEXT_COMMANDS = "text|textbf|textit|textrm|texttt|textsf|textnormal|mbox|hbox|emph"
_ROMAN_COMMANDS = "mathrm|mathbf|mathit|mathsf|operatorname|boldsymbol|bm|unit"

_TOKEN = re.compile(
    rf"\\(?:(?:{_TEXT_COMMANDS})|(?P<roman>{_ROMAN_COMMANDS}))\*?\s*\{{(?P<text>(?:[^{{}}]|\{{[^{{}}]*\}})*)\}}"
    r"|\\(?P<environment>begin|end)\s*\{(?P<name>[a-zA-Z]+)\*?\}"
    r"|(?P<open_side>\\(?:left|right)\s*\.)"
    r"|\\(?P<command>[a-zA-Z]+)"
    r"|(?P<time>(?<![0-9:.])[0-9]{1,2}:[0-5][0-9](?![0-9:]|\.[0-9]))"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4}(?![0-9.a-zA-Z]))?"
    r"(?:\.?\\(?:overline|dot|bar)\s*\{[0-9]+\})?)"
    r"|(?P<letters>[a-zA-Z]+)"
    r"|(?P<foreign>[^\W0-9_a-zA-Z]+)"
    r"|(?P<space>\\[ ,;:!]|[\s~]+|\\[()\[\]]|(?<!\\)\$|[`\"]|\\$)"
    r"|(?P<symbol>\\\\|\\[^a-zA-Z]|\*\*|<=|>=|!=|==|:=|->|\^[*+]|''|.)",
    re.S,
)

_UNICODE = _table(r"""
    - − – — ‐ ‑  / ÷ ⁄ ∕  ' ′ ’ ‘  '' ″  , 、  . 。  ( ⟨  ) ⟩  \{ ｛  \} ｝  \times × ✕  \cdot · ⋅ ∙  \degree ° º  \sqrt √
    \infty ∞  \le ≤ ⩽ ≦  \ge ≥ ⩾ ≧  \ne ≠  \approx ≈  \equiv ≡  \cup ∪  \cap ∩  \in ∈  \pm ±  \mp ∓  \setminus ∖
    \emptyset ∅  \ldots … ⋯  \angle ∠  \varphi ϕ  \to →  \mathbb{R} ℝ  \mathbb{Z} ℤ  \mathbb{N} ℕ  \mathbb{Q} ℚ
    \mathbb{C} ℂ  \frac12 ½  \frac13 ⅓  \frac23 ⅔  \frac14 ¼  \frac34 ¾  \frac15 ⅕  \frac25 ⅖  \frac35 ⅗  \frac45 ⅘
    \frac16 ⅙  \frac56 ⅚  \frac18 ⅛  \frac38 ⅜  \frac58 ⅝  \frac78 ⅞
""")
_UNICODE |= {letter: "\\" + name for letter, name in _GREEK_LETTERS.items()}
_UNICODE = {character: latex + " " for character, latex in _UNICODE.items()}
_UNICODE |= dict.fromkeys("\u00a0\u2009\u202f\u2002\u2003\u2005", " ")
_UNICODE |= dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\ufeff\u00ad“”", "")
_FROM_UNICODE = str.maketrans(_UNICODE)
_WIDE = re.compile("[\u3000\uff00-\uffef\U0001d400-\U0001d7ff]+")
_SUPERSCRIPTS, _SUBSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "₀₁₂₃₄₅₆₇₈₉₋"
_SCRIPTS = re.compile(f"[{_SUPERSCRIPTS}]+|[{_SUBSCRIPTS}]+")
_PLAIN_DIGITS = str.maketrans(_SUPERSCRIPTS + _SUBSCRIPTS, "0123456789-" * 2)

_THOUSANDS = re.compile(
    r"(?<![0-9.\\_,])[1-9][0-9]{0,2}(?P<separator>\{,\}|,\\[!,]\s?|\\[,;: !]|~| |,)[0-9]{3}(?:(?P=separator)[0-9]{3})*"
    r"(?!,?[0-9])"
)
_NOT_DIGIT = re.compile(r"[^0-9]+")
_HALF_OF_DAY = re.compile(r"(?<![a-zA-Z\\])([aApP])\.\s?([mM])(?:\.|\b)")
_PREFIX = re.compile(
    r"[\s$]*(?:#{2,}|(?:the\s+)?(?:final\s+)?answer\s*:|(?:故|所以|因此)?(?:最终)?答案?\s*(?:[:：]|是|为)+|解\s*[:：])\s*(?=\S)",
    re.I,
)
# What stands as an exponent and is none: degree signs, primes, the star of `N^*`, the letters of `5^{th}`.
_DEGREES = re.compile(
    r"(?:\\mathrm\{~?\})?\^\s*(?:\\?circ(?![a-zA-Z])|\\degree|\{\s*(?:\\?circ|\\degree|\\deg|o|\\mathrm\{o\})\s*\})"
)
_PRIMES = re.compile(r"\^\s*(?:\\prime|\{(?:\s*(?:\\prime|'))+\s*\})")
_STAR = re.compile(r"\^\s*(?:\{\s*([*+])\s*\}|\\ast(?![a-zA-Z]))")
_ORDINAL = re.compile(r"\^\s*(\{\s*)?\\(?:text|mathrm)\s*\{\s*(?:st|nd|rd|th)\s*\}(?(1)\s*\})")
_TEXT_GROUP = re.compile(rf"\\(?:{_TEXT_COMMANDS})\s*\{{[^{{}}]*\}}|\\(?:begin|end)\s*\{{[a-z]*\*?\}}|\\[a-zA-Z]+")
_MAYBE_PROSE = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z]{4}|\A[a-zA-Z .,;!?'$-]+\Z")
_LETTER_RUN = re.compile(r"[a-zA-Z]+")
_HIDDEN_NAMES = ("sqrt", "pi", "sin", "cos", "tan", "ln")
_UNIT_LETTERS = set("mghslLNJKWVACFPTBdt")


def tokenise(text: str) -> list[Token]:
    """The tokens of an answer without what carries no meaning: spacing, sizes, dollar signs, quotes, a final period."""
    if not text.isascii():
        text = text.translate(_FROM_UNICODE)
        text = _WIDE.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
        text = _SCRIPTS.sub(_plain_script, text.translate(_FROM_UNICODE))
    if "^" in text:
        text = _ORDINAL.sub("", _STAR.sub(lambda match: "^" + (match[1] or "*"), _DEGREES.sub(r"\\degree ", text)))
        text = _PRIMES.sub(lambda match: "'" * len(re.findall(r"\\prime|'", match.group())), text)
    prefix = _PREFIX.match(text)
    text = text[prefix.end() :] if prefix else text
    text = _THOUSANDS.sub(_joined_thousands, text)
    text = _HALF_OF_DAY.sub(r" \1\2 ", text) if "." in text else text
    tokens = _Scanner(_is_prose(text)).scan(text)
    while tokens and tokens[-1].kind == "symbol" and tokens[-1].text in (".", ",", ";", ":", "/"):
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


def _is_prose(text: str) -> bool:
    """Whether a word of four letters or more stands outside `\\text{}`: then letters side by side are words."""
    if not _MAYBE_PROSE.search(text):
        return False
    bare = _TEXT_GROUP.sub(" ", text) if "\\" in text else text
    runs = _LETTER_RUN.findall(bare)
    if any(len(run) > 3 and _is_english(run) for run in runs):
        return True
    return not _SHORT_WORDS.isdisjoint(run.lower() for run in runs) and all(
        character.isalpha() or character in " .,;!?'-$" for character in bare
    )


def _is_english(run: str) -> bool:
    entry = _VOCABULARY.get(run.lower(), _NO_WORD)
    if entry.role in ("function", "name", "symbol") or (run.isupper() and len(run) < 6):
        return False
    return not any(name in run for name in _HIDDEN_NAMES if len(run) < len(name) + 3)


class _Scanner:
    """Turns text into tokens; `tokens` holds those found so far, because what letters are depends on what precedes."""

    def __init__(self, prose: bool = False, in_text: bool = False, before: list[Token] | None = None) -> None:
        self.prose = prose
        self.in_text = in_text
        self.before = before or []
        self.tokens: list[Token] = []

    def scan(self, text: str) -> list[Token]:
        add = self.tokens.append
        spaced = True
        for match in _TOKEN.finditer(text):
            kind, written = match.lastgroup, match.group()
            if kind == "number" or kind == "time":
                add(Token(kind, written))
            elif kind == "symbol":
                self.tokens += [_symbol(_SYMBOLS.get(written, written))] if written != "\\-" else []
            elif kind == "letters":
                self.tokens += self.letters(written, spaced, text[match.end() : match.end() + 1])
            elif kind == "command":
                self.command(match["command"])
            elif kind == "text":
                self.text(match)
            elif kind == "foreign":
                entry = _VOCABULARY.get(written, _NO_WORD)
                add(Token("symbol", entry.meaning) if entry.role == "symbol" else Token("word", written))
            elif kind == "name":
                add(Token(match["environment"], match["name"]))
            spaced = kind == "space"
            if len(self.tokens) > MAX_TOKENS:
                raise NotUnderstood("too many tokens")
        return self.tokens

    def command(self, name: str) -> None:
        """The token of a command; `\\pir` and `\\lex` are meant as `\\pi r` and `\\le x`."""
        if name in _WITHOUT_MEANING:
            return
        for end in range(len(name), 1, -1):
            token, rest = _COMMAND_TOKENS.get(name[:end]), name[end:]
            follows_name = token and token.kind == "name" and (len(rest) < 3 or rest in _ROLES["function"])
            if token and (len(rest) < 2 or follows_name):
                self.tokens += [token, *(self.letters(rest) if rest else [])]
                return
        self.tokens.append(Token("unknown", "\\" + name))

    def text(self, match: re.Match[str]) -> None:
        """The tokens inside `\\text{}`: its single letters are units after a value, and else words or names."""
        inner = _Scanner(self.prose, True, self.tokens).scan(match["text"])
        if not inner:
            self.tokens.append(Token("word", ""))  # what is left of a unit that was stripped
        elif len(inner) == 1:
            letter = inner[0].text
            is_unit = letter in _UNIT_LETTERS and inner[0].kind == "name" and self.is_after_value(in_bracket=True)
            if match["roman"] in ("mathbf", "boldsymbol", "bm") and letter in ("i", "j", "k"):
                inner = [Token("name", "bold " + letter)]
            self.tokens += [Token("word", letter)] if is_unit else inner
        elif match["roman"]:
            self.tokens += inner
        else:
            self.tokens += [Token("word", token.text) if token.kind == "name" else token for token in inner]

    def is_after_value(self, in_bracket: bool = False) -> bool:
        tokens = self.tokens or self.before
        if in_bracket and len(tokens) > 1 and tokens[-1].text in ("(", "/", "*"):
            tokens = tokens[:-1]
        last = tokens[-1] if tokens else Token("stop", "")
        return last.kind in ("number", "time", "word") or last.text in (".", ")", "}", "%", "deg", "circ")

    def letters(self, run: str, spaced: bool = False, following: str = "") -> list[Token]:
        """A run of letters: a known name, a word, a unit, or a product of variables."""
        lower = run.lower()
        entry = _VOCABULARY.get(lower if len(run) > 2 or self.in_text else run, _NO_WORD)
        if lower in _ALSO_UNITS and following != "(" and self.is_after_value():
            return [Token("word", lower)]
        if entry.role in ("function", "name", "symbol"):
            return [Token(entry.role, entry.meaning)]
        if len(run) == 1:
            return [Token("word" if self.prose and run in "aA" else "name", run)]
        if self.in_text or self.prose or len(run) > 3 and not run.isupper():
            if self.in_text or self.prose or not any(name in run for name in _HIDDEN_NAMES):
                return [Token("word", run)]
        role = _VOCABULARY.get(lower, _NO_WORD).role
        if run[0].isupper() and run[1:].islower() and (len(run) > 2 or role or lower in _SHORT_WORDS):
            return [Token("word", run)]
        if self.is_after_value() and (role in ("unit", "filler", "binder") or spaced and (role or len(run) == 3)):
            return [Token("word", run)]
        if run.isupper():
            return [Token("name", run)]
        for name in _HIDDEN_NAMES:
            head, found, tail = run.partition(name)
            if found:
                known = Token("name" if name == "pi" else "function", name)
                return [*(Token("name", letter) for letter in head), known, *(self.letters(tail) if tail else [])]
        return [Token("word", run)] if len(run) > 3 else [Token("name", letter) for letter in run]


def _without_announcement(tokens: list[Token]) -> list[Token]:
    """Drops what announces an answer, such as `the answer is` or `the radius is`, where something follows it."""
    words = 0
    while words < len(tokens) and (tokens[words].kind == "word" or words and tokens[words].kind == "name"):
        words += 1
    while words and tokens[words - 1].kind == "name" and words < len(tokens):
        words -= 1
    texts = [token.text.lower() for token in tokens[:words]]
    roles = [_VOCABULARY.get(text, _NO_WORD).role for text in texts]
    if texts and words < len(tokens) and texts[-1] in ("is", "are", "equals") and "binder" not in roles:
        if {text for text, role in zip(texts, roles) if role == "stop"} <= _HARMLESS:
            return tokens[words:]
    if texts[:1] in (["all"], ["every"]) and [token.kind for token in tokens[1:3]] == ["name", "symbol"]:
        return tokens[1:]  # `all n >= 3`
    start = 0
    while start < words and (roles[start] in ("filler", "article") or texts[start] == ""):
        start += 1
    if start == words and set(roles[:start]) <= {"article"}:
        start = 0
    start += start > 0 and tokens[start : start + 1] in ([Token("symbol", sign)] for sign in ":=,")
    return tokens[start:] or tokens


# words that stop a unit, but not `the area of the right triangle is`
_HARMLESS = {"of", "this", "that", "by", "positive", "right", "square"}

# Parse ---------------------------------------------------------------------------------------------------------------


class Node(NamedTuple):
    """A part of an answer as it is written.

    `text` is the name, the word, the unit, the brackets or the operators with spaces between them; `value` that of a
    number. A decimal keeps its digits in `text`. The kinds are the keys of `_EVALUATE` and `_FORMS`.
    """

    kind: str
    parts: tuple[Any, ...] = ()
    text: str = ""
    value: Any = None  # an int or a Fraction


_SIGNS = ("+", "-", "+-", "-+")
_RELATIONS = {"=", "<", ">", "<=", ">=", "!=", "~=", "in", "notin", "equiv"}
_CLOSERS = {")", "]", "}", "\\}", "|", "&", "\\\\", "floor)", "ceil)", "mid"}
_SEPARATORS = {",", ";", "and", "or"}
_CALLED = {"f", "g", "h", "F", "G", "H"}
_COUNTS = {"C": "binom", "A": "permutations", "P": "permutations"}
_MATRICES = {"matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array"}
_SYSTEMS = {"cases", "dcases", "rcases", "aligned", "align", "gathered", "split"}
_ARC = {"'": 60, "''": 3600}  # minutes and seconds in a degree
_IN_HEAD = 100  # more open bars than nest: before the bar of `{x | x > 2}`
_POSTFIX = {"^", "^*", "^+", "!", "%", "deg", "circ", "_", "...", *_ARC, *_CURRENCIES}
_STOP = Token("stop", "")


def _number_of(value: Any) -> Node:
    return Node("number", value=value.numerator if value.denominator == 1 else value)


def _name(text: str) -> Node:
    return Node("name", text=text)


def _negated(node: Node) -> Node:
    return Node("negative", (node,))


_ONE, _MINUS_ONE, _TWO, _TEN = map(_number_of, (1, -1, 2, 10))
_DEGREE = Node("quotient", (_name("pi"), _number_of(180)))
_INFINITY = Node("infinity", text="oo")
_MINUS_INFINITY = _negated(_INFINITY)
_ELLIPSIS = _name("...")


class _Parser:
    """Recursive descent over the tokens; one method for each level of precedence, loosest first."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = [*tokens, _STOP, _STOP]  # so that the next token and the one after it can always be asked for
        self.symbols = [token.text if token.kind in ("symbol", "opener") else "" for token in self.tokens]
        self.at = 0
        self.depth = 0
        self.bars = 0
        self.asides: list[Node] = []  # conditions in brackets or behind `where` and `for all`

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    @property
    def symbol(self) -> str:
        return self.symbols[self.at]

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1].text

    def accept(self, *symbols: str) -> str:
        return self.take() if self.symbols[self.at] in symbols else ""

    def expect(self, *symbols: str) -> str:
        if self.symbol not in symbols:
            raise NotUnderstood(f"expected {' or '.join(symbols)}")
        return self.take()

    def accept_word(self, *words: str) -> bool:
        found = self.next.kind == "word" and self.next.text.lower() in words
        self.at += found
        return found

    def closing(self, start: int, opening: str = "([", closing: str = ")]") -> int:
        """Where the bracket that opens at `start` closes."""
        depth = 0
        for i in range(start, len(self.symbols) - 2):
            depth += (self.symbols[i] in tuple(opening)) - (self.symbols[i] in tuple(closing))
            if depth == 0:
                return i
        return len(self.symbols) - 2

    def written(self, start: int) -> str:
        """The text of the tokens from `start` on that were taken."""
        return "".join(token.text for token in self.tokens[start : self.at])

    def whole(self) -> Node:
        """The answer; its conditions stand behind it in a list."""
        node = self.statement()
        if self.next != _STOP:
            raise NotUnderstood("left over")
        if not self.asides:
            return node
        clauses, separators = (node.parts, node.text) if node.kind == "list" else ((node,), "")
        return Node("list", (*clauses, *self.asides), (separators + " ," * len(self.asides)).strip())

    # Statements

    def statement(self, first: Node | None = None) -> Node:
        """Clauses between separators: a lone clause, or a list."""
        clauses = [first or self.clause()]
        separators = []
        while True:
            self.bindings()
            if self.symbol not in _SEPARATORS:
                break
            separator = self.take()
            if separator in ",;":
                separator = self.accept("and", "or") or separator
            if self.next == _STOP or self.symbol in _CLOSERS:
                if separator in ("and", "or"):
                    raise NotUnderstood("a list without its end")
                break
            if self.bindings():
                continue
            if separator in (",", "or") and self.accept("~="):
                clauses[-1] = Node("relation", (clauses[-1], self.operand()), "~=")
                continue
            separators.append(separator)
            clauses.append(self.clause())
        node = clauses[0] if len(clauses) == 1 else Node("list", tuple(clauses), " ".join(separators))
        if self.accept("over"):
            return Node("quotient", (node, self.statement()))
        return Node("function", (node, self.statement()), "binom") if self.accept("choose") else node

    def bindings(self) -> bool:
        """Takes `for all x`, `where k is an integer`, `for n in Z`: the names and their domain are put aside."""
        start = self.at
        while self.next.kind == "word" and _word(self.next.text.lower()).role == "binder":
            self.take()
            words, names = self.words(), self.names()
            domain = _domain_of_words(words or self.words())
            if self.accept("in") and not words:
                domain = _domain(self.operand())
            if domain is None or not (names or domain == "any"):
                raise NotUnderstood("a condition")
            self.asides.append(Node("bound", tuple(names), domain))
            self.accept(".")
        return self.at > start

    def words(self) -> list[str]:
        words = []
        while self.next.kind == "word":
            words.append(self.take().lower())
        return words

    def names(self) -> list[Node]:
        names = []
        while self.next.kind == "name":
            names.append(self.named(self.take()))
            if self.symbol == "," and self.tokens[self.at + 1].kind == "name":
                self.take()
        return names

    def clause(self) -> Node:
        """Operands between relations, with the modulus or the rounding behind them."""
        label = self.label()
        self.accept("~=")
        operands, operators = [self.operand()], []
        while self.symbol in _RELATIONS or self.opens("~="):
            bracketed = self.accept("(")
            operator = self.take()
            operators.append("~=" if operator == "=" and self.accept("~=") else operator)
            operands.append(self.operand())
            if bracketed:
                self.accept(".")
                self.expect(")")
        node = Node("relation", tuple(operands), " ".join(operators)) if operators else operands[0]
        if self.accept("mapsto"):
            return Node("relation", (Node("call", (node,), label or "f"), self.operand()), "=")
        if self.symbol == "mod" or self.opens("mod"):
            bracketed = self.accept("(")
            self.take()
            node = Node("congruence", (node, self.product()))
            if bracketed:
                self.expect(")")
        return node

    def opens(self, symbol: str) -> bool:
        """Whether a bracket that begins with the symbol comes next."""
        return self.symbol == "(" and self.symbols[self.at + 1] == symbol

    def label(self) -> str:
        """`l: x + y = 1` and `f: x \\mapsto 2x` say the name of a curve or a function first."""
        if self.next.kind != "name" or self.symbols[self.at + 1] != ":":
            return ""
        rest = self.symbols[self.at + 2 :]
        is_equation = self.next.text in ("l", "L", "C", "E", "ell", "Gamma") and "=" in rest and ":" not in rest
        if not (is_equation or "mapsto" in rest):
            return ""
        self.at += 2
        return self.tokens[self.at - 2].text

    def operand(self) -> Node:
        """A sum, or the ratio, union, intersection or difference of several."""
        node = self.sum()
        while self.symbol in ("cup", "cap", "setminus") or self.symbol == ":" and self.bars < _IN_HEAD:
            kind = self.take().replace(":", "ratio")
            before = node.parts if node.kind == kind != "setminus" else (node,)
            node = Node(kind, (*before, self.sum()))
        return node

    # Arithmetic

    def sum(self) -> Node:
        terms = []
        sign = self.take() if self.symbol in _SIGNS else "+"
        while sign:
            term = self.product()
            if sign in ("+-", "-+"):
                term = Node("product", (Node("sign", value=1 if sign == "+-" else -1), term))
            terms.append(_negated(term) if sign == "-" else term)
            sign = self.take() if self.symbol in _SIGNS else ""
            if sign in ("+", "-") and self.symbol in ("+", "-"):
                sign = "+" if self.take() == sign else "-"
        return terms[0] if len(terms) == 1 else Node("sum", tuple(terms))

    def product(self) -> Node:
        node = self.factor()
        while True:
            token = self.next
            if token.kind == "stop" or token.kind == "symbol" and token.text not in ("*", "/", "|"):
                return node
            if self.accept("*"):
                node = _times(node, self.signed_factor())
            elif self.accept("/"):
                node = Node("quotient", (node, self.signed_factor()))
            elif token.kind == "word" and node.kind != "word":
                if _word(token.text.lower()).role == "binder":
                    return node
                node = self.with_unit(node)
                return self.compound(node) if self.next.kind == "number" else node
            elif token.text == "(" and self.opens_unit():
                self.take()
                node = self.with_unit(node)
                self.expect(")")
            elif self.starts_factor(token):
                node = self.juxtaposed(node)
            else:
                return node

    def signed_factor(self) -> Node:
        if self.accept("-"):
            return _negated(self.factor())
        self.accept("+")
        return self.factor()

    def starts_factor(self, token: Token) -> bool:
        if token.kind == "symbol":
            return token.text == "|" and self.bars == 0
        return token.kind not in ("stop", "end") and not self.opens("mod") and not self.opens("~=")

    def juxtaposed(self, left: Node) -> Node:
        """Two factors side by side: a mixed number such as `3\\frac12` or `3 1/2`, a condition, else a product."""
        start = self.at
        right = self.factor()
        clauses = right.parts if right.kind == "list" else (right,)
        if clauses[0].kind == "relation":
            self.asides += clauses  # `k\\pi (k \\in \\mathbb{Z})`
            return left
        if left.kind == "number":
            if right.kind == "number" and self.accept("/"):
                right = Node("quotient", (right, self.factor()))
                if not _is_proper_fraction(right):
                    raise NotUnderstood("two numbers side by side")
                return Node("sum", (left, right))
            if self.symbols[start] == "frac" and _is_proper_fraction(right):
                return Node("sum", (left, right))
        if self.tokens[start].kind in ("number", "time"):
            last = left.parts[-1] if left.kind == "product" else left
            beside = self.tokens[start - 1].kind == "number" and last.kind != "power"
            if beside or left.kind == "quotient" or self.tokens[start].text[0] == ".":
                raise NotUnderstood("two numbers side by side")
        return _times(left, right)

    def opens_unit(self) -> bool:
        """Whether the bracket that opens here holds words and nothing but a unit's powers and fractions."""
        inside = self.tokens[self.at + 1 : self.closing(self.at)]
        powers = (token.text for before, token in zip(inside, inside[1:]) if before.text in ("^", "{"))
        known = {"^", "{", "}", "/", "*", ".", *powers}
        has_word = any(token.kind == "word" for token in inside)
        return has_word and all(token.kind == "word" or token.text in known for token in inside)

    def with_unit(self, node: Node) -> Node:
        """What follows a value in words: `cm^2`, `million`, `square units`, `km/h`, `students`."""
        unit: list[str] = []
        counts = False
        while True:
            token, symbol = self.next, self.symbol
            if token.kind == "word":
                word = token.text.lower() if len(token.text) > 1 else token.text
                role, meaning = _ALSO_UNITS.get(word) or _word(word)
                if role == "stop" or word and role == "" and _CHANGES_VALUE.match(word):
                    raise NotUnderstood("a value with a condition")
                if role == "binder":
                    break
                if role == "half of a day":
                    node = _with_half_of_day(node, meaning)
                elif role == "scale" and not unit:
                    node = _times(node, _number_of(int(meaning)))
                else:
                    unit += meaning.split() or [word]
                    counts = counts or (word.isascii() and word != "" and role != "unit")
            elif symbol == "^" and unit:
                self.take()
                unit.append("^" + _shown(self.exponent()).strip("()"))
                continue
            elif token.kind == "name" and unit and (unit[-1] in ("/", "*") or counts):
                unit.append(token.text)
            elif unit and (symbol == "deg" or symbol in ("/", "*") and self.tokens[self.at + 1].kind != "number"):
                unit.append(symbol)
            elif symbol != "." or not unit:
                break
            self.take()
        value = exact(node) if counts else 1
        if value is None or value.denominator != 1:
            raise NotUnderstood("only an integer counts things")
        name = _unit_name(unit)
        return Node("unit", (node,), name) if name else node

    def compound(self, first: Node) -> Node:
        """`3 h 15 min` is a quantity of two parts."""
        second = self.product()
        if first.kind != "unit" or second.kind not in ("unit", "compound"):
            raise NotUnderstood("a number behind a unit")
        return Node("compound", (first, *(second.parts if second.kind == "compound" else (second,))))

    def factor(self) -> Node:
        """An atom with what follows it: exponents, factorials, primes, percent and degree signs."""
        node = self.atom()
        while True:
            symbol = self.symbol
            if symbol not in _POSTFIX:
                return node
            if self.accept("^"):
                exponent = self.exponent()
                if node.kind == "name":  # `x^2_1`
                    node = _name(self.subscripted(node.text))
                node = Node("power", (_single(node), exponent))
            elif symbol in ("^*", "^+") and node.kind == "name":
                node = _name(node.text + self.take())
            elif self.accept("!"):
                node = Node("double factorial" if self.accept("!") else "factorial", (_single(node),))
            elif self.accept("%"):
                node = Node("percent", (node,))
            elif symbol in ("deg", "circ"):
                if self.take() == "circ" and variables(node):
                    raise NotUnderstood("a composition")
                node = self.degrees(node)
            elif symbol in _ARC and node.kind == "number":
                node = Node("degrees", (_part_of_degree(node, self.take()),))
            elif symbol in _CURRENCIES:
                node = Node("unit", (node,), _CURRENCIES[self.take()])
            elif symbol == "_" and node.kind in ("number", "decimal"):
                self.take()
                node = Node("base", text=f"{node.text or node.value} {_shown(self.argument()).strip('()')}")
            elif symbol == "..." and node.kind == "decimal":
                self.take()  # cut off, not rounded
            else:
                return node

    def degrees(self, node: Node) -> Node:
        """`45^\\circ 30'` counts minutes and seconds in; `25^\\circ C` is a temperature."""
        if self.next.kind in ("name", "word") and self.next.text in ("C", "F"):
            return Node("unit", (node,), {"C": "celsius", "F": "fahrenheit"}[self.take()])
        parts = [node]
        while self.next.kind == "number" and self.symbols[self.at + 1] in _ARC:
            parts.append(_part_of_degree(_number(self.take()), self.take()))
        return Node("degrees", (Node("sum", tuple(parts)) if len(parts) > 1 else node,))

    def exponent(self) -> Node:
        negative = self.accept("-")
        self.accept("+")
        node = _number(self.take()) if self.next.kind == "number" else self.atom()  # in `v^2_0`, 2 is no numeral
        if self.accept("!"):
            node = Node("factorial", (_single(node),))
        if self.accept("^"):
            node = Node("power", (_single(node), self.exponent()))
        return _negated(node) if negative else node

    # Atoms

    def atom(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotUnderstood("too deep")
        token = self.tokens[self.at]
        self.at += 1
        read = self._ATOMS.get(token.text if token.kind in ("opener", "symbol") else token.kind)
        if read is None:
            raise NotUnderstood(f"unexpected {token.text or 'end'}")
        node = read(self, token.text)
        self.depth -= 1
        return node

    def group(self, _: str) -> Node:
        node = self.statement()
        self.expect("}")
        return node

    def rounded(self, symbol: str) -> Node:
        node = self.sum()
        self.expect(symbol[:-1] + ")")
        return Node("function", (node,), symbol[:-1])

    def currency(self, symbol: str) -> Node:
        return Node("unit", (self.factor(),), _CURRENCIES[symbol])

    def bar(self, _: str) -> Node:
        self.bars += 1
        node = self.sum()
        self.bars -= 1
        self.expect("|")
        if node.kind == "name" and len(node.text) == 2 and node.text.isupper():
            return node  # `|AB|` is the segment AB
        return Node("function", (node,), "abs")

    def worded(self, text: str) -> Node:
        """Words side by side; `all real numbers except 2` takes what it excepts."""
        words = [text.lower(), *self.words()]
        if words[-1] in ("except", "but") and len(words) > 1:
            excepted = self.statement()
            parts = excepted.parts if excepted.kind in ("list", "set") else (excepted,)
            return Node("setminus", (Node("word", text=" ".join(words[:-1])), Node("set", parts)))
        return Node("word", text=" ".join(words).strip())

    def argument(self) -> Node:
        """What `\\frac` and a subscript take: a group, or a single digit or name."""
        token = self.next
        if token.kind == "number" and len(token.text) > 1 and token.text.isdigit():
            self.tokens[self.at] = Token("number", token.text[1:])
            return _number_of(int(token.text[0]))
        return self.atom()

    def bracket(self, opening: str) -> Node:
        if self.symbol in (")", "]"):
            raise NotUnderstood("empty bracket")
        bars, self.bars = self.bars, 0
        node = self.statement()
        self.bars = bars
        closing = self.expect(")", "]")
        if node.kind == "list" and not {"and", "or"} & set(node.text.split()):
            return Node("tuple", node.parts, opening + closing)
        return node if opening + closing == "()" else Node("tuple", (node,), opening + closing)

    def set(self, _: str) -> Node:
        """A set, also `{x | condition}` and `{kπ | k in Z}`; `\\{` before an array opens a system."""
        if self.accept("\\}"):
            return Node("set")
        if self.next.kind == "begin":
            node = self.environment(self.take(), after_brace=True)
            self.accept("\\}")
            return node
        bars, self.bars = self.bars, _IN_HEAD
        node = self.clause()
        self.bars = 0
        if self.accept("|", ":", "mid"):
            node = self.described_set(node)
        else:
            node = self.statement(node)
            node = Node("set", node.parts if node.kind == "list" else (node,))
        self.bars = bars
        self.expect("\\}")
        return node

    def described_set(self, head: Node) -> Node:
        condition = self.statement()
        domain = ""
        if head.kind == "relation":
            domain = _domain(head.parts[1]) or "?"
            head = head.parts[0]
        is_membership = condition.kind == "relation" and condition.text == "in"
        if is_membership and _domain(condition.parts[1]) and condition.parts[0] != head:
            self.asides.append(condition)
            return Node("set", (head,))
        if head.kind == "name" and domain in ("", "real"):
            return condition  # it says it all
        return Node("described set", (head, condition), domain)

    def function(self, name: str) -> Node:
        if name == "sqrt":
            degree = _TWO
            if self.accept("["):
                degree = self.sum()
                self.expect("]")
            return Node("root", (_single(self.atom()), degree))
        base = exponent = None
        while self.symbol in ("^", "_"):
            if self.take() == "^":
                exponent = self.exponent()
            else:
                base = self.atom()
        arguments = self.function_arguments()
        if name in _TRIGONOMETRIC and exponent == _negated(_ONE):
            return Node("function", arguments, "arc" + name)
        if name in _TRIGONOMETRIC or name == "cis":
            arguments = tuple(_mapped(argument, _in_radians) for argument in arguments)
        node = Node("function", arguments, name)
        if base is not None:
            if name != "log":
                raise NotUnderstood("a subscript on a function")
            node = Node("quotient", (node._replace(text="ln"), Node("function", (base,), "ln")))
        return Node("power", (node, exponent)) if exponent is not None else node

    def function_arguments(self) -> tuple[Node, ...]:
        if self.symbol in ("(", "{", "\\{"):
            node = self.atom()
            return node.parts if node.kind in ("tuple", "list", "set") else (node,)
        negative = self.accept("-")
        node = self.factor()
        while self.next.kind not in ("function", "word") and self.starts_factor(self.next):
            if self.symbol in ("(", "["):
                break
            node = self.juxtaposed(node)
        return (_negated(node) if negative else node,)

    def environment(self, kind: str, after_brace: bool = False) -> Node:
        """A matrix, or with a brace before it a system of clauses or branches."""
        if kind == "array" and self.symbol == "{":
            self.at = self.closing(self.at, "{", "}") + 1
        rows: list[list[Node]] = [[]]
        while self.next != Token("end", kind):
            if self.next.kind in ("end", "stop"):
                raise NotUnderstood("an environment left open")
            if self.accept("\\\\"):
                rows.append([])
            elif not self.accept("&"):
                rows[-1] += self.cell(kind in _SYSTEMS or after_brace)
        self.take()
        rows = [row for row in rows if row]
        if kind in _MATRICES and not after_brace or kind not in _MATRICES | _SYSTEMS:
            return Node("matrix", tuple(Node("row", tuple(row)) for row in rows), kind)
        if all(len(row) == 2 and row[0].kind != "relation" for row in rows):
            return Node("piecewise", tuple(Node("row", tuple(row)) for row in rows))
        clauses = tuple(cell for row in rows for cell in row)
        return Node("list", clauses, " ".join(["and"] * (len(clauses) - 1)))

    def cell(self, splits: bool) -> list[Node]:
        """What stands between two separators of a table; in a branch, commas and `if` part value and condition."""
        if not splits:
            return [self.clause()]
        cells = []
        while self.next.kind not in ("stop", "end") and self.symbol not in ("&", "\\\\"):
            if self.accept_word("otherwise", "else", "elsewhere"):
                cells.append(Node("word", text="otherwise"))
            elif not self.accept(",", ";", ".") and not self.accept_word("if", "when", "for", "where"):
                cells.append(self.clause())
        return cells

    def marked(self, mark: str) -> Node:
        """`\\overline{AB}` and `\\vec{v}` are names; `\\mathbb{R}` is one too."""
        node = self.argument()
        name = _shown(node)
        if mark in ("hat", "vec") and name in ("i", "j", "k", "imath", "jmath"):
            return _name("bold " + name[0])
        if mark == "mathbb":
            name = mark + name
        elif not mark.startswith("math") and node.kind not in ("name", "product"):
            name = f"{mark}({name})"
        return _name(self.subscripted(name))

    def big(self, name: str) -> Node:
        """`\\sum_{k=1}^{n} body`: a sum where its limits are known, else something unknown of the body."""
        start = self.at
        limits = {}
        while self.symbol in ("_", "^"):
            mark = self.take()
            limits[mark] = self.argument()
        written = re.sub(r"[{}]", "", self.written(start))
        body = self.product()
        low, high = limits.get("_", _ONE), limits.get("^")
        if name in ("sum", "prod") and high is not None and low.text == "=" and low.parts[0].kind == "name":
            index, first = low.parts
            return Node("series", (first, high, _substituted(body, {index: _name("#index")})), name)
        if name == "int" and body.kind == "product":
            written += " " + _shown(body.parts[-1])
        return Node("call", (body,), f"{name} {written}")

    def named(self, token: str) -> Node:
        count = self.count(token) if token in _COUNTS and self.symbol in ("_", "^") else None
        if count:
            return count
        name = self.subscripted(token)
        if self.symbol != "(":
            return _name(name)
        if token in _CALLED or self.is_definition():
            node = self.called(name)
            return Node("call", (), self.subscripted(_shown(node))) if self.symbol == "_" else node
        if token == "C":
            node = self.bracket(self.take())
            is_count = node.kind == "tuple" and len(node.parts) == 2
            return Node("function", node.parts, "binom") if is_count else _times(_name(name), node)
        return _name(name)

    def count(self, letter: str) -> Node | None:
        """`C_{10}^{3}` and `A_5^2` count combinations and arrangements."""
        start, marks = self.at, {}
        while self.symbol in ("_", "^") and self.symbol not in marks:
            mark = self.take()
            marks[mark] = self.argument() if mark == "_" else self.exponent()
        among, of = marks.get("_", _ELLIPSIS), marks.get("^", _ELLIPSIS)
        letters = [part.text for part in _nodes_within(among) if not part.parts and part.value is None]
        known = exact(among), exact(of)
        if of != _ELLIPSIS and all(len(letter) == 1 and letter.islower() for letter in letters):
            if None in known or 0 <= known[1] <= known[0]:
                return Node("function", (among, of), _COUNTS[letter])
        self.at = start
        return None

    def called(self, name: str) -> Node:
        """`f(x)`, or as its mere text a name such as `P(X=2)` and `P(A|B)`."""
        start = self.at
        try:
            node = self.bracket(self.take())
            parts = node.parts if node.kind == "tuple" else (node,)
        except NotUnderstood:
            parts = (Node("relation"),)
        if any(part.kind in ("relation", "list", "cup", "cap") for part in parts):
            self.at = self.closing(start) + 1
            return Node("call", (), name + self.written(start))
        return Node("call", parts, name)

    def is_definition(self) -> bool:
        """`P(x)` alone on the left of a relation is a function, everywhere else a product."""
        closing = self.closing(self.at)
        before = self.symbols[self.at - 2] if self.at > 1 else ","
        is_left = self.symbols[closing + 1] in ("=", "~=", "in", "<", "<=") and before in _BEFORE_DEFINITION
        is_right = before == "=" and self.tokens[closing + 1] == _STOP
        name = self.tokens[self.at - 1].text
        symbols, inside = self.symbols[self.at + 1 : closing], self.tokens[self.at + 1 : closing]
        if not inside or name in ("P", "E", "D", "Var") and is_left:
            return is_left and bool(inside)
        if {"*", "/", "^", "!", "frac"} & set(symbols) or name in (token.text for token in inside):
            return False
        is_plain = [symbol for symbol in symbols if symbol] == [","] * (len(symbols) - symbols.count(""))
        names_one = is_plain and (is_left or len(inside) == 1)
        return (is_left or is_right) and (names_one or "=" in symbols or "," in symbols)

    def subscripted(self, name: str) -> str:
        """A name with its subscripts, in one order of their terms, and its primes: `a_{n+1}`, `y_1''`."""
        primes = ""
        while self.symbol in ("_", "'", "''"):
            if self.symbol == "_":
                self.take()
                name += "_" + self.subscript()
            else:
                primes += self.take()
        return name + primes

    def subscript(self) -> str:
        start = self.at
        try:
            return _shown(_sorted(self.argument())).replace(" ", "")
        except NotUnderstood:
            self.at = self.closing(start, "{", "}") + 1
            return self.written(start).strip("{}")

    _ATOMS: dict[str, Callable[[Any, str], Node]] = {
        "number": lambda self, token: _number(token),
        "time": lambda self, token: Node("time", text=token.lstrip("0")),
        "name": named,
        "word": worded,
        "function": function,
        "mark": marked,
        "big": big,
        "begin": environment,
        "(": bracket,
        "[": bracket,
        "{": group,
        "\\{": set,
        "|": bar,
        "floor(": rounded,
        "ceil(": rounded,
        "frac": lambda self, _: Node("quotient", (self.argument(), self.argument())),
        "binom": lambda self, _: Node("function", (self.argument(), self.argument()), "binom"),
        "oo": lambda self, _: _INFINITY,
        "emptyset": lambda self, _: Node("set"),
        "...": lambda self, _: _ELLIPSIS,
        **dict.fromkeys(_CURRENCIES, currency),
    }


_BEFORE_DEFINITION = _SEPARATORS | {"<", "<=", "\\\\"}
_DOMAINS = _table("""
    integer Z  natural_number N  rational Q  real R  complex C  positive_integer N* N+ Z+ N>0 Z>0
    nonnegative_integer Z>=0 N0 N0+
""")


def _domain(node: Node) -> str | None:
    """The name of a set of numbers: `integer` for `\\mathbb{Z}`, `positive integer` for `\\mathbf{N}^*`, …"""
    if node.kind == "word":
        return _domain_of_words(node.text.split())
    return _DOMAINS.get(re.sub(r"mathbb|[ ^_{}()]", "", _shown(node)))


def _domain_of_words(words: list[str]) -> str | None:
    """`integer` for "is an integer", `any` for "all" and "any real constant"; None for what is no domain."""
    rest = [word for word in words if word not in _EMPTY_WORDS | {"is", "some", "arbitrary"}]
    phrase = " ".join(word.removesuffix("s") for word in rest)
    if phrase in ("", "real", "real number", "real constant", "constant", "number", "value of", "value"):
        return "any" if words else None
    phrase = phrase.replace("non-n", "nonn")
    return phrase if phrase in ("integer", "positive integer", "natural number", "nonnegative integer") else None


def _with_half_of_day(node: Node, half: str) -> Node:
    if node.kind == "number" and node.value in range(1, 13):
        return Node("time", text=f"{node.value}:00 {half}")
    if node.kind != "time" or " " in node.text:
        raise NotUnderstood("half of a day")
    return Node("time", text=f"{node.text} {half}")


def _part_of_degree(node: Node, sign: str) -> Node:
    return Node("quotient", (node, _number_of(_ARC[sign])))


def _times(left: Node, right: Node) -> Node:
    left, right = _single(left), _single(right)
    return Node("product", (*(left.parts if left.kind == "product" else (left,)), right))


def _single(node: Node) -> Node:
    """`[x + 1]` inside arithmetic is a group."""
    return node.parts[0] if node.kind == "tuple" and len(node.parts) == 1 else node


def _is_proper_fraction(node: Node) -> bool:
    is_fraction = node.kind == "quotient" and all(part.kind == "number" for part in node.parts)
    return is_fraction and 0 < node.parts[0].value < node.parts[1].value


@lru_cache(maxsize=2048)
def _number(token: str) -> Node:
    if len(token) > MAX_DIGITS:
        raise NotUnderstood("too many digits")
    if token.isdigit():
        return _number_of(int(token))
    if "\\" in token:
        return _repeating_decimal(token)
    mantissa, _, exponent = token.lower().partition("e")
    whole, _, decimals = mantissa.partition(".")
    power = int(exponent or 0) - len(decimals)
    if abs(power) > MAX_DIGITS:
        raise NotUnderstood("too many digits")
    value = int(whole + decimals or 0) * Fraction(10) ** power
    return Node("decimal", text=token.lower(), value=value.numerator if value.denominator == 1 else value)


def _repeating_decimal(token: str) -> Node:
    """`0.1\\overline{6}` is exactly 1/6."""
    plain, _, rest = token.partition("\\")
    whole, _, decimals = plain.partition(".")
    period = rest[rest.index("{") + 1 : -1]
    if len(token) > 200 or "." not in plain:
        raise NotUnderstood("a mark over an integer")
    head = Fraction(int(whole + decimals or 0), 10 ** len(decimals))
    return _number_of(head + Fraction(int(period), (10 ** len(period) - 1) * 10 ** len(decimals)))


def _unit_name(words: list[str]) -> str:
    """A unit as its powers in one order: `square centimeters` is `cm^2`, `m/s` and `m s^{-1}` are `m s^-1`."""
    powers: dict[str, int] = {}
    sign, pending, last = 1, 1, ""
    for word in words:
        if word in ("square", "cubic"):
            pending = 2 if word == "square" else 3
        elif word == "/":
            sign = -1
        elif word.startswith("^"):
            if not re.fullmatch(r"\^-?[0-9]{1,2}", word):
                raise NotUnderstood("a power of a unit")
            if last:
                powers[last] *= int(word[1:])
        elif word not in ("*", ""):
            powers[word] = powers.get(word, 0) + sign * pending
            pending, last = 1, word
    if pending > 1 and not powers:
        powers["unit"] = pending
    return " ".join(name if power == 1 else f"{name}^{power}" for name, power in sorted(powers.items()) if power)


# What stands between the parts of a node, how tightly it binds, and how tightly its parts must bind without brackets.
_INFIX: dict[str, tuple[str, int, int]] = {
    "relation": (" ", 0, 0),
    "sum": (" + ", 1, 1),
    "product": ("*", 2, 2),
    "quotient": ("/", 2, 3),
    "negative": ("", 2, 2),
    "power": ("^", 3, 4),
    **dict.fromkeys(("factorial", "double factorial", "percent"), ("", 4, 4)),
}
_AROUND = {"set": "{}", "list": "{}", "negative": "- ", "factorial": " !", "double factorial": " !!", "percent": " %"}


def _shown(node: Node, level: int = 0) -> str:
    """A node as readable text, in brackets where it binds more loosely than `level`."""
    joint, own, inner = _INFIX.get(node.kind, (", ", 4, 0))
    parts = [_shown(part, inner) for part in node.parts]
    text = joint.join(parts)
    if node.value is not None:
        digits = int(max(map(int.bit_length, node.value.as_integer_ratio())) * 0.30103)
        text = str(node.value) if digits < MAX_DIGITS else f"a number of about {digits:,} digits"  # Python refuses more
    elif node.kind in ("name", "word", "time", "infinity") or node.kind == "call" and not parts:
        text = node.text
    elif node.kind == "root":
        text = f"sqrt({parts[0]})" if node.parts[1] == _TWO else f"root({text})"
    elif node.kind in ("function", "call"):
        text = f"{node.text}({text})"
    elif node.kind == "relation":
        text = " ".join(f"{operator} {part}" for operator, part in zip(["", *node.text.split()], parts)).strip()
    elif node.kind == "sum":
        text = text.replace("+ -", "- ")
    elif node.kind in _AROUND or node.kind == "tuple":
        around = node.text or _AROUND[node.kind]
        text = (around[0] + text + around[1:]).strip()
    elif node.kind not in _INFIX:
        text = " ".join((node.kind, *parts, node.text)).strip()
    return f"({text})" if own < level else text


def _mapped(node: Node, change: Callable[[Node], Node]) -> Node:
    """A node with every node in it changed, from the inside out."""
    if not node.parts:
        return change(node)
    return change(Node(node.kind, tuple([_mapped(part, change) for part in node.parts]), node.text, node.value))


def _sorted(node: Node) -> Node:
    """A node with the parts of its sums and products in one order."""

    def ordered(part: Node) -> Node:
        return part._replace(parts=tuple(sorted(part.parts, key=_shown))) if part.kind in ("sum", "product") else part

    return _mapped(node, ordered)


def _substituted(node: Node, values: dict[Node, Node]) -> Node:
    return _mapped(node, lambda part: values.get(part, part) if part.kind in ("name", "call") else part)


def _in_radians(node: Node) -> Node:
    return Node("product", (*node.parts, _DEGREE)) if node.kind == "degrees" else node


def _nodes_within(node: Node) -> list[Node]:
    """A node and every node inside it."""
    nodes = [node]
    for inner in nodes:
        nodes.extend(inner.parts)
    return nodes

# Evaluate ------------------------------------------------------------------------------------------------------------


class NoValue(Exception):
    """The node has no number here, or none that can be told."""


_FAILURES = (NotUnderstood, NoValue, ArithmeticError, ValueError, TypeError, RecursionError)


class Point(NamedTuple):
    """Where a node is evaluated. Where only exact values count, names are large integers in place of unknowns."""

    names: dict[str, Any]
    is_exact: bool = False
    is_real: bool = False


_NOWHERE = Point({}, is_exact=True)


def evaluate(node: Node, at: Point) -> Any:
    """The value of a node, an int or a Fraction where it is exact, else complex; raises one of `_FAILURES`."""
    step = _EVALUATE.get(node.kind)
    if step is None:
        raise NoValue
    return step(node, at)


def _values(node: Node, at: Point) -> list[Any]:
    return [evaluate(part, at) for part in node.parts]


def _arguments(node: Node, at: Point) -> list[Any]:
    """The values of what is no rational function of its parts: unknowns have no exact place there."""
    return _values(node, _NOWHERE if at.is_exact else at)


def _is_exact(*values: Any) -> bool:
    for value in values:
        if value.__class__ is not int and value.__class__ is not Fraction:
            return False
    return True


def _bounded(value: Any) -> Any:
    if value.__class__ is int and value.bit_length() > MAX_BITS:
        raise NoValue
    if value.__class__ is Fraction and max(map(int.bit_length, value.as_integer_ratio())) > MAX_BITS:
        raise NoValue
    return value


def _named_value(node: Node, at: Point) -> Any:
    if node.text not in at.names:
        raise NoValue
    return at.names[node.text]


def _added(values: list[Any]) -> Any:
    total = 0
    for value in values:
        total = _bounded(total + value)
    if total.__class__ is complex:
        largest = max(map(abs, values))
        if total and abs(total) < 1e-4 * largest or any(value and abs(value) < 1e-8 * largest for value in values):
            raise NoValue  # digits that cancel, or a term that doubles would swallow
    return total


def _multiplied(values: list[Any]) -> Any:
    total = 1
    for value in values:
        total = _bounded(total * value)
    return total


def _divided(left: Any, right: Any) -> Any:
    return _bounded(Fraction(left, right)) if _is_exact(left, right) else left / right


def _exactly(function: Callable[..., Any], *values: Any) -> Any:
    """The exact value of a function of exact values; None where it has none."""
    try:
        return _bounded(function(*values)) if _is_exact(*values) else None
    except NoValue:
        return None


def _told(value: Any, at: Point) -> Any:
    """A value, where there is one and it lies on the line that counts."""
    if value is None or at.is_real and value.imag:
        raise NoValue
    return value


def _raised(node: Node, at: Point) -> Any:
    exponent = evaluate(node.parts[1], _NOWHERE if at.is_exact else at)
    is_whole = _is_exact(exponent) and exponent.denominator == 1
    base = evaluate(node.parts[0], _NOWHERE if at.is_exact and not is_whole else at)
    value = _exactly(_exact_power, base, exponent)
    if value is None and not at.is_exact:
        value = complex(base) ** complex(exponent)
    return _told(value, at)


def _root(node: Node, at: Point) -> Any:
    """The principal root, but the real one for an odd root of a negative number."""
    base, degree = _arguments(node, at)
    sign = -1 if _is_exact(degree) and degree % 2 == 1 and base.imag == 0 and base.real < 0 else 1
    value = _exactly(lambda base, degree: sign * _exact_power(sign * base, Fraction(1, degree)), base, degree)
    if value is None and not at.is_exact:
        value = sign * (sign * complex(base)) ** (1 / complex(degree))
    return _told(value, at)


def _factorial(node: Node, at: Point) -> Any:
    step = 1 if node.kind == "factorial" else 2
    (number,) = _arguments(node, at)
    if _is_exact(number) and number.denominator == 1:
        return _told(_falling_product(int(number), step) if 0 <= number <= MAX_FACTORIAL else None, at)
    is_known = step == 1 and not at.is_exact and abs(number) <= 100
    return _told(complex(_gamma(number)) if is_known else None, at)


@lru_cache(maxsize=64)
def _falling_product(n: int, step: int) -> int:
    return math.factorial(n) if step == 1 else math.prod(range(n, 0, -step))


def _applied(node: Node, at: Point) -> Any:
    name, values = node.text, _arguments(node, at)
    value = _exactly(_EXACT_FUNCTIONS[name], *values) if name in _EXACT_FUNCTIONS else None
    if value is not None or at.is_exact:
        return _told(value, at)
    if name in ("ln", "log") and _is_exact(*values) and values[0] > 0:  # it may be larger than doubles are
        logarithm = math.log(values[0].numerator) - math.log(values[0].denominator)
        return complex(logarithm if name == "ln" else logarithm / math.log(10))
    if name in _FUNCTIONS:
        value = complex(_FUNCTIONS[name](*map(complex, values)))
    return 0j if value and name in _TRIGONOMETRIC and abs(value) < 1e-15 else _told(value, at)


def _called_value(node: Node, at: Point) -> complex:
    """Any smooth function will do, as long as it is the same for the same name."""
    if at.is_exact:
        raise NoValue
    arguments = sum(((i + 1) * value for i, value in enumerate(_values(node, at))), complex(0))
    return _told(cmath.sin(arguments + sum((i + 1) * ord(letter) for i, letter in enumerate(node.text))) + 2, at)


def _series(node: Node, at: Point) -> Any:
    body = node.parts[2]
    low, high = (evaluate(part, _NOWHERE if at.is_exact else at) for part in node.parts[:2])
    if not _is_exact(low, high) or low.denominator * high.denominator != 1 or high - low >= MAX_TERMS:
        raise NoValue
    if any(part.kind == "series" for part in _nodes_within(body)):
        raise NoValue
    values = []
    for k in range(int(low), int(high) + 1):
        _Effort.spend(body)
        values.append(evaluate(_substituted(body, {_name("#index"): _number_of(k)}), at))
    return _added(values) if node.text == "sum" else _multiplied(values)


_EVALUATE: dict[str, Callable[[Node, Point], Any]] = {
    "number": lambda node, at: node.value,
    "decimal": lambda node, at: node.value,
    "name": _named_value,
    "negative": lambda node, at: -evaluate(node.parts[0], at),
    "sum": lambda node, at: _added(_values(node, at)),
    "product": lambda node, at: _multiplied(_values(node, at)),
    "quotient": lambda node, at: _divided(*_values(node, at)),
    "ratio": lambda node, at: _divided(*_values(node, at)),
    "percent": lambda node, at: _divided(evaluate(node.parts[0], at), 100),
    "degrees": lambda node, at: evaluate(node.parts[0], at),
    "unit": lambda node, at: evaluate(node.parts[0], at),
    "power": _raised,
    "root": _root,
    "function": _applied,
    "factorial": _factorial,
    "double factorial": _factorial,
    "call": _called_value,
    "series": _series,
}


def _exact_power(base: Any, exponent: Any) -> Any:
    """An exact power, of a fractional exponent too where it comes out even, as in 8^{2/3}."""
    power, degree = exponent.as_integer_ratio()
    if degree > 100 or abs(power) > MAX_BITS:
        raise NoValue
    if degree > 1:
        if base < 0:
            raise NoValue
        base = Fraction(*(_exact_root(part, degree) for part in base.as_integer_ratio()))
    bits = max(map(int.bit_length, base.as_integer_ratio()))
    if bits > 1 and bits * abs(power) > MAX_BITS or (base == 0 and power <= 0):
        raise NoValue
    return base**power if power >= 0 else Fraction(1, base**-power)


def _exact_root(value: int, degree: int) -> int:
    if degree > 2 and value.bit_length() > 1000:
        raise NoValue
    root = math.isqrt(value) if degree == 2 else round(value ** (1 / degree))
    if root**degree != value:
        raise NoValue
    return root


def _of_integers(function: Callable[..., int], largest: int) -> Callable[..., int]:
    """A function of integers, which fails on fractions and on what is too large to compute."""

    def checked(*values: Any) -> int:
        if any(value.denominator != 1 or abs(value) > largest for value in values):
            raise NoValue
        return function(*map(int, values))

    return checked


_EXACT_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "min": min,
    "max": max,
    "gcd": _of_integers(math.gcd, 10**600),
    "lcm": _of_integers(math.lcm, 10**600),
    "binom": _of_integers(math.comb, MAX_FACTORIAL),
    "permutations": _of_integers(math.perm, MAX_FACTORIAL),
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(cmath, name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp")},
    **{"arc" + name: getattr(cmath, "a" + name) for name in ("sin", "cos", "tan")},
    "ln": cmath.log,
    "log": cmath.log10,
    "abs": abs,
    "cot": lambda z: cmath.cos(z) / cmath.sin(z),
    "sec": lambda z: 1 / cmath.cos(z),
    "csc": lambda z: 1 / cmath.sin(z),
    "cis": lambda z: cmath.exp(1j * z),
    "arccot": lambda z: cmath.pi / 2 - cmath.atan(z),
    "arcsec": lambda z: cmath.acos(1 / z),
    "arccsc": lambda z: cmath.asin(1 / z),
    "coth": lambda z: cmath.cosh(z) / cmath.sinh(z),
    "floor": lambda z: math.floor(_real_part(z)),
    "ceil": lambda z: math.ceil(_real_part(z)),
    "min": lambda *values: min(map(_real_part, values)),
    "max": lambda *values: max(map(_real_part, values)),
    "binom": lambda n, k: _gamma(n) / _gamma(k) / _gamma(n - k),
    "permutations": lambda n, k: _gamma(n) / _gamma(n - k),
}
_TRIGONOMETRIC = {"sin", "cos", "tan", "cot", "sec", "csc"}


def _gamma(value: complex) -> float:
    return math.gamma(_real_part(value) + 1)


def _real_part(value: Any) -> float:
    if value.imag:
        raise NoValue
    return float(value.real)


def exact(node: Node) -> Any:
    """The exact value of a node without variables and irrational roots; None where it has none or is too large."""
    if node.value is not None:
        return node.value
    try:
        return evaluate(node, _NOWHERE)
    except _FAILURES:
        return None


def numeric(node: Node, at: Point) -> complex | None:
    """The value at a point in doubles; None where doubles tell none."""
    try:
        value = complex(evaluate(node, at))
    except _FAILURES:
        return None
    return value if cmath.isfinite(value) else None


class _Effort:
    """How many nodes may still be evaluated at sample points before a verdict is given up."""

    left = MAX_STEPS

    @classmethod
    def spend(cls, *nodes: Node) -> None:
        cls.left -= sum(len(_nodes_within(node)) for node in nodes)
        if cls.left < 0:
            raise NoValue


_REAL_CONSTANTS = {"pi": complex(math.pi), "e": complex(math.e)}
_CONSTANTS = _REAL_CONSTANTS | {"i": 1j}
_REAL_LINE = Point(_REAL_CONSTANTS, is_real=True)
_PLANE = Point(_CONSTANTS)


def real(node: Node) -> float | None:
    """The value of a node without variables, where it is a real number."""
    value = numeric(node, _PLANE)
    return None if value is None or value.imag else value.real


def variables(node: Node) -> frozenset[str]:
    """The free variables of a node; pi, e and i are constants."""
    names = (part.text for part in _nodes_within(node) if part.kind == "name")
    return frozenset(name for name in names if name not in _CONSTANTS and name != "#index")


@lru_cache(maxsize=256)
def _exact_points(names: tuple[str, ...]) -> list[Point]:
    """Two points of large odd integers, at which two different rational functions hardly ever agree."""
    drawn = [[71_993 + 2 * pow(11, 5 * i + 3 * row + 2, 20_011) for i in range(len(names) + 2)] for row in range(2)]
    return [Point(dict(zip(("pi", "e", *names), row)), is_exact=True) for row in drawn]


_SAMPLES = [2.5 * math.sin(7 * k + 1) for k in range(10)]
_FAR = [sign * (far + 0.1 * math.sqrt(2 + far)) for far in (4, 20, 100, 1000) for sign in (1, -1)]
_KINKED = {"abs", "floor", "ceil", "min", "max"}
_OF_INTEGERS = {"series", "factorial", "double factorial"}
_COUNTING = {"binom", "permutations", "gcd", "lcm"}


@lru_cache(maxsize=256)
def _numeric_points(names: tuple[str, ...], is_real: bool = False, beside: tuple[Any, ...] = ()) -> list[Point]:
    """Points near zero; with `beside`, also far out, at integers and on both sides of those numbers."""
    line = _REAL_LINE if is_real else _PLANE
    rows = [[complex(_SAMPLES[(3 * row + i) % 10] + 0.01 * i) for i in range(len(names))] for row in range(10)]
    if beside:
        sides = (number + side for number in beside for side in (0.37, -0.37, 0))
        values = [value if isinstance(value, int) else complex(value) for value in (*_FAR, *sides, *range(1, 8))]
        rows += [[values[(row + 5 * i) % len(values)] for i in range(len(names))] for row in range(len(values))]
    return [line._replace(names=line.names | dict(zip(names, row))) for row in rows]


def _breaking_points(*nodes: Node) -> tuple[Any, ...]:
    """The constants beside which functions that are not smooth must be sampled; empty for smooth ones."""
    parts = [part for node in nodes for part in _nodes_within(node)]
    if not any(map(_has_kink, parts)):
        return (0,) if any(part.kind in _OF_INTEGERS or part.text in _COUNTING for part in parts) else ()
    numbers = sorted({abs(part.value) for part in parts if part.value and abs(part.value) < 10**9})[:6]
    found = {*numbers, *(Fraction(a, b) for a in numbers for b in numbers if a > b)}
    found |= {a * b for a in numbers for b in numbers}
    found = [int(number) if number.denominator == 1 else float(number) for number in sorted(found)[:12]]
    return tuple(sorted({sign * number for number in found for sign in (1, -1)} | {0}))


def _has_kink(node: Node) -> bool:
    if node.kind == "function":
        return node.text in _KINKED
    if node.kind not in ("root", "power") or not variables(node.parts[0]):
        return False
    exponent = exact(node.parts[1])
    return exponent is None or node.kind == "root" or exponent.denominator > 1


def _exact_values(left: Node, right: Node, names: frozenset[str]) -> list[tuple[Any, Any]]:
    """The values of both at two points of integers; empty where either has none."""
    try:
        return [(evaluate(left, at), evaluate(right, at)) for at in _exact_points(tuple(sorted(names)))]
    except _FAILURES:
        return []


def _sampled(left: Node, right: Node, names: frozenset[str], is_real: bool = False) -> Iterator[tuple[Any, Any]]:
    """The values of both wherever both have one."""
    for at in _numeric_points(tuple(sorted(names)), is_real, _breaking_points(left, right)):
        _Effort.spend(left, right)
        a, b = numeric(left, at), numeric(right, at)
        if a is not None and b is not None:
            yield a, b


def _agree(a: complex, b: complex) -> bool:
    return abs(a - b) <= 1e-11 * max(abs(a), abs(b))


def same_function(left: Node, right: Node) -> bool:
    """Whether two nodes have the same variables and the same value wherever both have one."""
    if left == right:
        return True
    names = variables(left)
    if names != variables(right) or len(names) > 12:
        return False
    values = _exact_values(left, right, names)
    if values:
        return all(a == b for a, b in values)
    if not names:
        return _same_constant(left, right)
    for is_real in (True, False):
        agreed = 0
        for a, b in _sampled(left, right, names, is_real):
            if not _agree(a, b):
                return False
            agreed += 1
        if agreed >= 2:
            return True
    return False


def _same_constant(left: Node, right: Node) -> bool:
    """Whether two nodes without variables have one value; roots are told apart exactly where doubles cannot."""
    for at in (_REAL_LINE, _PLANE):
        a, b = numeric(left, at), numeric(right, at)
        if a is not None and b is not None:
            break
    if a is not None and b is not None and not _agree(a, b):
        return False
    powers = _power_of_surd(left), _power_of_surd(right)
    if powers[0] is not None and powers[1] is not None:
        return bool(powers[0] == powers[1])
    if exact(right) is not None and _is_irrational(left) or exact(left) is not None and _is_irrational(right):
        return False
    return a is not None and b is not None


def _is_irrational(node: Node) -> bool:
    """Whether a node without exact value is certainly no rational number, having but one root or constant in it."""
    inexact = [part for part in node.parts if exact(part) is None]
    is_arithmetic = node.kind in ("sum", "product", "quotient", "negative")
    if is_arithmetic and len(inexact) == 1 and exact(node.parts[0]) != 0:
        return _is_irrational(inexact[0])
    return node.kind == "name" or node.kind in ("root", "power") and _power_of_surd(node) is not None


def _power_of_surd(node: Node) -> Any:
    """The twelfth power of a root, or of a product or a quotient of roots and numbers; None of anything else."""
    try:
        if exact(node) is not None:
            return _exact_power(exact(node), 12)
        if node.kind == "negative":
            return _power_of_surd(node.parts[0])
        if node.kind in ("root", "power"):
            base, exponent = _values(node, _NOWHERE)
            exponent = 12 * exponent if node.kind == "power" else Fraction(12, exponent)
            return _exact_power(base, exponent) if base > 0 and exponent.denominator == 1 else None
        if node.kind in ("product", "quotient"):
            powers = list(map(_power_of_surd, node.parts))
            return (_multiplied if node.kind == "product" else lambda pair: _divided(*pair))(powers)
    except _FAILURES:
        pass
    return None

# Forms: what an answer says ------------------------------------------------------------------------------------------


class Value(NamedTuple):
    """One number or expression with its unit, or a time with its half of the day."""

    node: Node
    unit: str | None
    exact: Any


class Values(NamedTuple):
    """Several forms in any order, repetition aside: a set, or a bare list, which may stand for a sequence."""

    items: tuple[Any, ...]
    is_bare: bool = False


class Sequence(NamedTuple):
    """Several forms in order.

    `joint` is the brackets around them, or what joins them: `row` and `column` in a matrix, `:` in a ratio, `mod`
    residues and their modulus, `if` a value and its condition.
    """

    items: tuple[Any, ...]
    joint: str = "()"


class Assignment(NamedTuple):
    """Several names, each with its form."""

    names: tuple[Node, ...]
    items: tuple[Any, ...]


class End(NamedTuple):
    """Where an interval begins or ends: just before or just after a number."""

    node: Node
    is_after: bool


class Region(NamedTuple):
    """A union of intervals: where it begins and ends, in turn."""

    ends: tuple[End, ...]


class Numbers(NamedTuple):
    """All numbers of a kind, such as the positive integers."""

    domain: str


class Named(NamedTuple):
    """`x = form`, `x in form` or `f(x) = form`."""

    name: Node
    form: Any


class Family(NamedTuple):
    """A form for every value of parameters whose domains are given; `form` names them #1, #2, … as they occur."""

    form: Any
    written: Any
    domains: tuple[str, ...]


class Comparison(NamedTuple):
    """An equation, or a chain of `<` and `<=` from small to large."""

    operators: tuple[str, ...]
    nodes: tuple[Node, ...]


class Words(NamedTuple):
    text: str


class Other(NamedTuple):
    """Anything that is only compared as it stands."""

    node: Node


class Impossible(NamedTuple):
    """A false statement such as `349 = 348`: it equals nothing."""


Form = (
    Value | Values | Sequence | Assignment | Region | Numbers | Named | Family | Comparison | Words | Other | Impossible
)  # fmt: skip

_EVERYTHING = Region((End(_MINUS_INFINITY, True), End(_INFINITY, False)))
_EQUALS = ("=",)
_FLIPPED = {">": "<", ">=": "<="}
_ROOT_LETTERS = set("x y z t u w k m n p q r lambda theta alpha".split())


def form_of(node: Node) -> Form:
    """The form of a parsed answer."""
    make = _FORMS.get(node.kind)
    return make(node) if make else _form_of_expression(node)


def _form_of_expression(node: Node) -> Form:
    signs = _signs(node)
    return Values(tuple(map(_value, signs)), is_bare=True) if signs else _value(node)


def _value(node: Node) -> Value:
    inner, unit = _unit_apart(node)
    return Value(inner, unit, exact(inner))


def _unit_apart(node: Node) -> tuple[Node, str | None]:
    """A node without its unit, and the unit; a percent sign stays, since it changes the value."""
    if node.kind == "percent":
        return node, "%"
    if node.kind in ("unit", "degrees"):
        inner, unit = _unit_apart(node.parts[0])
        own = node.text or "deg"
        return inner, f"{unit} {own}" if unit else own
    if node.kind in ("sum", "negative"):
        apart = list(map(_unit_apart, node.parts))
        units = {unit for _, unit in apart if unit}
        if len(units) == 1 and ("%" not in units or node.kind == "negative"):
            return node._replace(parts=tuple(inner for inner, _ in apart)), units.pop()
    return node, None


def _signs(node: Node) -> list[Node]:
    """What `\\pm` stands for: every choice of signs, `\\mp` opposite to its `\\pm`. Empty where there is none."""
    found = [part.value for part in _nodes_within(node) if part.kind == "sign"] if node.parts else []
    if not found or len(found) > 4:
        return []
    choices = [[1] * len(found), [-1] * len(found)]
    if -1 not in found:
        choices = [[1 if pick >> i & 1 else -1 for i in range(len(found))] for pick in range(1 << len(found))]
    return [_with_signs(node, iter(choice)) for choice in choices]


def _with_signs(node: Node, signs: Iterator[int]) -> Node:
    return _mapped(node, lambda part: _number_of(part.value * next(signs)) if part.kind == "sign" else part)


def _form_of_arithmetic(node: Node) -> Form:
    """An expression; also a point with its name, a vector in bold i, j and k, or a number times a matrix."""
    *factors, last = node.parts
    if node.kind == "product" and len(factors) == 1:
        is_point = factors[0].kind == "name" and re.fullmatch(r"[ABD-Z]['_0-9]*", factors[0].text)  # `C(5, 2)` counts
        if is_point and last.kind == "tuple":
            return Named(factors[0], form_of(last))
        if last.kind == "name" and factors[0].kind == "word":
            whole = form_of(factors[0])
            if isinstance(whole, (Region, Numbers, Values)):
                return whole  # `all real numbers x`
    if last.kind == "matrix" and node.kind != "sum" and all(factor.kind != "matrix" for factor in factors):
        scale = factors or [_MINUS_ONE]
        rows = (tuple(Node("product", (*scale, cell)) for cell in row.parts) for row in last.parts)
        return form_of(last._replace(parts=tuple(Node("row", row) for row in rows)))
    return _vector(node) or _form_of_expression(node)


def _vector(node: Node) -> Form | None:
    """A linear form in bold i, j and k as its coordinates; a lone bold letter is only a letter."""
    texts = {part.text for part in _nodes_within(node)}
    axes = [_name("bold " + letter) for letter in "ijk"]
    found = [axis for axis in axes if axis.text in texts]
    if len(found) == 1:
        return form_of(_substituted(node, {found[0]: _name(found[0].text[-1])}))
    zeros = dict.fromkeys(axes, _number_of(0))
    if not found or not same_function(_substituted(node, zeros), _number_of(0)):
        return None
    units = (_substituted(node, {**zeros, axis: _ONE}) for axis in axes[: 3 if axes[2] in found else 2])
    return Sequence(tuple(map(_value, units)))


def _form_of_matrix(node: Node) -> Form:
    if node.text not in _MATRICES:
        return Other(node)
    rows = [Sequence(tuple(map(_value, row.parts)), "row") for row in node.parts]
    if len(rows) == 1:
        return rows[0]
    return Sequence(tuple(row.items[0] if len(row.items) == 1 else row for row in rows), "column")


def _form_of_name(node: Node) -> Form:
    return (_whole(_domain(node)) if node.text.startswith("mathbb") else None) or _value(node)


def _whole(domain: str | None) -> Form | None:
    return _EVERYTHING if domain == "real" else Numbers(domain) if domain else None


def _form_of_word(node: Node) -> Form:
    """Words, or the set that a phrase such as "no solution" or "all real numbers" means."""
    words = node.text.split()
    kept = (word for word in words if word not in _EMPTY_WORDS)
    domain = _PHRASES.get(" ".join(word if word == "has" else word.removesuffix("s") for word in kept))
    if domain == "empty":
        return Values(())
    return _whole(domain) or Words(" ".join(word for word in words if word not in _WITHOUT_WEIGHT) or node.text)


def _form_of_time(node: Node) -> Form:
    clock, _, half = node.text.partition(" ")
    return Value(node._replace(text=clock), half or None, None)


def _form_of_ratio(node: Node) -> Form:
    quotients = tuple(_value(Node("quotient", (part, node.parts[0]))) for part in node.parts)
    return _value(Node("quotient", node.parts)) if len(node.parts) == 2 else Sequence(quotients, ":")


def _form_of_tuple(node: Node) -> Form:
    parts, brackets = node.parts, node.text
    if len(parts) == 2 and (brackets in ("(]", "[)") or any(map(_infinite, parts))):
        return _interval(parts, brackets)
    if len(parts) == 1 and parts[0].kind == "matrix":
        return form_of(parts[0])
    if len(parts) == 1 and brackets != "[]":
        raise NotUnderstood("one element between different brackets")
    signs = _signs(node)
    if signs:
        return Values(tuple(map(_form_of_tuple, signs)), is_bare=True)
    return Sequence(tuple(map(form_of, parts)), brackets)


# Lists, and conditions beside a form


def _form_of_list(node: Node) -> Form:
    clauses, separators = list(node.parts), node.text.split()
    if [clause.kind for clause in clauses].count("congruence") == 1 and clauses[-1].kind == "congruence":
        return _congruence(clauses)
    conditions = [clause for clause in clauses if _is_domain(clause)]
    rest = [clause for clause in clauses if clause not in conditions]
    if conditions and rest:
        plain = rest[0] if len(rest) == 1 else Node("list", tuple(rest), " ".join(separators[: len(rest) - 1]))
        return _with_conditions(plain, conditions)
    if clauses[0].text == "!=" and all(exact(clause) is not None for clause in clauses[1:]):
        return _excepting(clauses[0].parts[0], [clauses[0].parts[1], *clauses[1:]]) or Other(node)  # `x \\ne 0, 1`
    groups = _groups(clauses, separators)
    if groups:
        return Values(tuple(map(_form_of_group, groups)), is_bare=True)
    return _form_of_group(clauses, "or" in separators, "and" in separators)


def _groups(clauses: list[Node], separators: list[str]) -> list[list[Node]]:
    """The groups into which one of several separators parts a list: `x=1,y=2; x=2,y=1`; empty where it is plain."""
    for outer in (";", "or", "and") if len(set(separators)) > 1 else ():
        groups = [[clauses[0]]]
        for separator, clause in zip(separators, clauses[1:]):
            if separator == outer:
                groups.append([])
            groups[-1].append(clause)
        are_alike = "," in separators and all(clause.kind == "relation" for clause in clauses)
        are_alike = are_alike and len(set(map(len, groups))) == 1
        repeats = outer == "or" or len({clause.parts[:1] for clause in clauses}) < len(clauses)
        if len(groups) > 1 and (outer == ";" or are_alike and repeats):
            return groups
    return []


def _form_of_group(clauses: list[Node], any_of: bool = False, all_of: bool = False) -> Form:
    """Clauses side by side: values or regions of one name, an assignment of several names, or plain values."""
    if len(clauses) == 1:
        return form_of(clauses[0])
    forms = list(_spread(map(form_of, clauses)))
    names = [form.name for form in forms if isinstance(form, Named)]
    plain = [form.form if isinstance(form, Named) else form for form in forms]
    if len(forms) == 1:
        return forms[0]
    if len(names) == len(forms) == len(set(names)):
        return _numbered_copies(names, plain) or Assignment(tuple(names), tuple(plain))
    if len(set(names)) == 1 and all(isinstance(form, Region) for form in plain):
        both = _where(plain, 2) if len(plain) == 2 and not any_of else None
        if both and both.ends:
            return Named(names[0], both)
        if both or any_of:  # `x < 1, x > 2` cannot mean both
            return Named(names[0], _union(plain))
    residues = [form.items for form in plain if isinstance(form, Sequence) and form.joint == "mod"]
    if len(residues) == len(forms) and len({modulus for _, modulus in residues}) == 1 and not all_of:
        merged = Values(tuple(residue for values, _ in residues for residue in values.items))
        return _of_names(names, Sequence((merged, residues[0][1]), "mod"))
    if len(set(names)) == 1 and isinstance(forms[0], Named):
        return Named(names[0], Values(_spread(plain)))
    return Values(tuple(forms), is_bare=not (any_of or all_of))


def _numbered_copies(names: list[Node], forms: list[Form]) -> Form | None:
    """`x_1 = 1, x_2 = 3` gives the values of x."""
    letters = {name.text.partition("_")[0] for name in names}
    numbered = all(name.kind == "name" and name.text.partition("_")[2].isdigit() for name in names)
    if len(letters) > 1 or not numbered or not letters <= _ROOT_LETTERS:
        return None
    return Named(_name(letters.pop()), Values(_spread(forms)))


def _spread(forms: Iterable[Form]) -> tuple[Form, ...]:
    """Forms with the values of `\\pm` in place."""
    spread = (form.items if isinstance(form, Values) and form.is_bare else (form,) for form in forms)
    return tuple(item for items in spread for item in items)


def _is_domain(clause: Node) -> bool:
    """Whether a clause says which numbers a name stands for: `k \\in \\mathbb{Z}`."""
    is_membership = clause.kind == "relation" and clause.text == "in" and clause.parts[0].kind == "name"
    return clause.kind == "bound" or is_membership and _domain(clause.parts[1]) is not None


def _with_conditions(node: Node, domains: list[Node]) -> Form:
    """A family where the domains bind names of the node; "for all x" says nothing of the value."""
    found: dict[Node, str] = {}
    for condition in domains:
        if condition.kind == "relation":
            found[condition.parts[0]] = _domain(condition.parts[1]) or ""
        elif condition.text != "any":
            found.update(dict.fromkeys(condition.parts, condition.text))
    bound = [part for part in dict.fromkeys(_nodes_within(node)) if part in found]
    if not bound:
        return form_of(node)
    renamed = form_of(_substituted(node, _numbered(bound)))
    return Family(_plain_family(renamed), form_of(node), tuple(found[name] for name in bound))


def _numbered(names: Iterable[Node]) -> dict[Node, Node]:
    """Bound names and what they are called instead: #1, #2, …"""
    return {name: _name(f"#{i + 1}") for i, name in enumerate(names)}


def _plain_family(form: Form) -> Form:
    """`{k\\pi | k in Z}` is the family of its one value."""
    return form.items[0] if isinstance(form, Values) and len(form.items) == 1 else form


def _congruence(clauses: list[Node]) -> Form:
    """`n \\equiv 1, 3 \\pmod 8`: the residues and the modulus."""
    stated, modulus = clauses[-1].parts
    divisor = exact(modulus)
    names: list[Node] = []
    residues: list[Node] = []
    for i, clause in enumerate((*clauses[:-1], stated)):
        if clause.kind == "relation" and clause.text in ("equiv", "="):
            name, clause = clause.parts
            if i > 0 and name not in names:
                return Other(Node("list", tuple(clauses)))
            names = [name]
        residues += _signs(clause) or [clause]
    if any(residue.kind in ("relation", "list") for residue in residues):
        return Other(Node("list", tuple(clauses)))
    if divisor and divisor.denominator == 1:
        known = (exact(residue) for residue in residues)
        residues = [node if value is None else _number_of(value % divisor) for node, value in zip(residues, known)]
    return _of_names(names, Sequence((Values(tuple(map(_value, residues))), _value(modulus)), "mod"))


def _of_names(names: list[Node], form: Form) -> Form:
    return Named(names[0], form) if names else form


def _form_of_piecewise(node: Node) -> Form:
    """The branches as a set, each a value and its condition; `otherwise` is what the other conditions leave."""
    *stated, last = (form_of(row.parts[1]) for row in node.parts)
    regions = [_as_region(form.form) for form in stated if isinstance(form, Named)]
    if last == Words("otherwise") and len(regions) == len(stated) > 0 and None not in regions:
        last = _excepting(stated[0].name, _union(regions)) or last
    values = (form_of(row.parts[0]) for row in node.parts)
    return Values(tuple(Sequence(branch, "if") for branch in zip(values, (*stated, last))))


# Relations


def _is_name(node: Node) -> bool:
    """What can stand left of `=` as the name of the answer."""
    if node.kind == "name":
        return node.text not in _CONSTANTS
    if node.kind in ("word", "call"):
        return True
    if node.kind == "function":
        return (node.text == "abs" or node.text in _TRIGONOMETRIC) and _is_name(node.parts[0])
    if node.kind == "product" and node.parts[0].text in ("Delta", "delta"):
        return all(map(_is_name, node.parts))
    if node.kind in ("quotient", "product"):  # of segments: `\\frac{AE}{EC}`
        return all(part.kind == "name" and len(part.text) > 1 and part.text.isupper() for part in node.parts)
    return node.kind in ("ratio", "cup", "cap", "setminus") and all(map(_is_name, node.parts))


def _form_of_relation(node: Node) -> Form:
    operators, nodes = tuple(node.text.replace("equiv", "=").split()), node.parts
    kinds = set(operators)
    if kinds <= {"=", "~="}:
        return _form_of_equality(operators, nodes)
    if kinds <= {">", ">="}:
        operators, nodes = tuple(_FLIPPED[operator] for operator in operators[::-1]), nodes[::-1]
    if set(operators) <= {"<", "<="}:
        return _form_of_inequality(operators, nodes)
    if operators == ("in",):
        return _form_of_membership(node)
    if operators == ("!=",) and not variables(nodes[1]):
        return _excepting(nodes[0], _signs(nodes[1]) or [nodes[1]]) or Other(node)
    return Other(node)


def _form_of_membership(node: Node) -> Form:
    name, whole = node.parts
    if name.kind == "tuple" and all(map(_is_name, name.parts)) and whole.kind == "set":
        return form_of(whole)  # `(p, q) \in \{(2, 3), (3, 2)\}`
    if not _is_name(name):
        return Other(node)
    numbers = _whole(_domain(whole))
    if numbers or whole.kind not in ("set", "tuple", "cup", "setminus"):
        return Named(name, numbers) if numbers else Other(node)
    form = form_of(whole)
    return Named(name, whole.kind != "set" and _as_region(form) or form)


def _form_of_equality(operators: tuple[str, ...], nodes: tuple[Node, ...]) -> Form:
    if nodes[0].kind == "tuple" and len(nodes) == 2 and all(map(_is_name, nodes[0].parts)):
        return _form_of_assignment(nodes[0], nodes[1])
    names = int(nodes[0] == _name("e") and not variables(nodes[1]))  # an eccentricity
    while names < len(nodes) - 1 and _is_name(nodes[names]):
        names += 1
    rest = nodes[names:]
    if names == 0 and len(nodes) == 2 and _is_name(nodes[1]) and (nodes[1].kind == "call" or not variables(nodes[0])):
        return Named(nodes[1], form_of(nodes[0]))
    if names and variables(rest[0]) and not variables(rest[-1]) and len(rest) == 2:
        rest = rest[-1:]  # `S = ab = 6`
    form = form_of(rest[0]) if len(rest) == 1 else _form_of_chain(operators[names:], rest, names > 0)
    if names == 0 or isinstance(form, (Impossible, Other)):
        return form
    if names == 1:
        return Named(nodes[0], form)
    if _ELLIPSIS in nodes:
        return Other(Node("relation", nodes, " ".join(operators)))
    return Assignment(nodes[:names], (form,) * names)


def _form_of_assignment(names: Node, values: Node) -> Form:
    form = form_of(values)
    if values.kind == "tuple" and len(values.parts) == len(names.parts):
        return Assignment(names.parts, form.items) if isinstance(form, Sequence) else form
    if values.kind in ("set", "list"):
        return form
    raise NotUnderstood("a tuple that is not one")


def _form_of_chain(operators: tuple[str, ...], nodes: tuple[Node, ...], is_named: bool) -> Form:
    """`a = b \\approx c`: its exact part where the chain is true, Impossible where numbers in it differ."""
    as_it_stands = Other(Node("relation", nodes, " ".join(operators)))
    if any(map(variables, nodes)):
        is_equation = operators == _EQUALS
        if (is_named or not is_equation) and all(same_function(nodes[0], node) for node in nodes[1:]):
            return form_of(nodes[0])
        return Comparison(operators, nodes) if is_equation else as_it_stands
    forms: list[Any] = list(map(form_of, nodes))
    if not all(isinstance(form, Value) for form in forms):
        return forms[0] if all(_equal_forms(forms[0], form) for form in forms[1:]) else as_it_stands
    first = next((value for value in forms if not _decimal(value.node)), forms[0])
    for operator, value in zip(("=", *operators), forms):
        may_round = operator == "~=" or _decimal(value.node) is not None
        if not _equal_values(first, value) and not (may_round and _rounds_to(first, value)):
            has_numbers = real(first.node) is not None and real(value.node) is not None
            return Impossible() if has_numbers else as_it_stands
    units = [first.unit] if operators[-1] == "~=" else [value.unit for value in (first, *forms) if value.unit]
    return first._replace(unit=units[0] if units else None)


def _form_of_inequality(operators: tuple[str, ...], nodes: tuple[Node, ...]) -> Form:
    """An inequality in one variable or one unknown term is the region where it holds."""
    unknown = [node for node in nodes if variables(node)]
    if [node.kind for node in unknown] == ["call"]:
        renamed = tuple(_substituted(node, {unknown[0]: _name("#1")}) for node in nodes)
        form = _form_of_inequality(operators, renamed)
        return form._replace(name=unknown[0]) if isinstance(form, Named) else form
    names = frozenset().union(*map(variables, nodes))
    if len(names) == 1 and len(nodes) <= 3:
        name = _name(*names)
        regions = [_solved(left, operator, right, name) for left, operator, right in zip(nodes, operators, nodes[1:])]
        both = _where(regions, len(regions))
        if both and both.ends:
            return Named(name, both)
    return Comparison(operators, nodes)


def _solved(left: Node, operator: str, right: Node, variable: Node) -> Region | None:
    """Where `left < right` holds, for sides linear in the variable, or the absolute value of the variable alone."""
    is_closed, is_bound = operator == "<=", [variable.text not in variables(side) for side in (left, right)]
    if left == variable and is_bound[1]:
        return Region((End(_MINUS_INFINITY, True), End(right, is_closed)))
    if right == variable and is_bound[0]:
        return Region((End(left, not is_closed), End(_INFINITY, False)))
    if left.text == "abs" and is_bound[1]:
        inner = _within_bars(left)
        sides = (inner, right), (_negated(right), inner)
        return _where([_solved(low, operator, high, variable) for low, high in sides], 2)
    if right.text == "abs" and is_bound[0]:
        inner = _within_bars(right)
        sides = (inner, _negated(left)), (left, inner)
        regions = [_solved(low, operator, high, variable) for low, high in sides]
        return _where(regions, 1) if (real(left) or 0) > 0 else None
    difference = Node("sum", (left, _negated(right)))
    values = [numeric(difference, Point({**_CONSTANTS, variable.text: complex(x)})) for x in (0, 1, 2.6, -3.3)]
    if any(value is None or value.imag for value in values):
        return None
    at = [value.real for value in values if value is not None]
    slope = at[1] - at[0]
    if abs(slope) < 1e-9 or any(abs(at[i] - at[0] - x * slope) > 1e-9 for i, x in ((2, 2.6), (3, -3.3))):
        return None
    start = _substituted(difference, {variable: _number_of(0)})
    step = Node("sum", (_substituted(difference, {variable: _ONE}), _negated(start)))
    bound = Node("quotient", (_negated(start), step))
    sides = (variable, bound) if slope > 0 else (bound, variable)
    return _solved(sides[0], operator, sides[1], variable)


def _within_bars(node: Node) -> Node:
    """`x` of `|x|` and of `||x||`."""
    while node.kind == "function" and node.text == "abs":
        node = node.parts[0]
    return node


# Regions


def _interval(ends: Any, brackets: str) -> Region:
    return Region((End(ends[0], brackets[0] != "["), End(ends[1], brackets[1] == "]")))


def _points(nodes: Iterable[Node]) -> Region:
    return Region(tuple(End(node, is_after) for node in nodes for is_after in (False, True)))


def _where(regions: Iterable[Region | None], count: int, without: Region = Region(())) -> Region | None:
    """The numbers in at least `count` of the regions; None where the order of their ends is not known."""
    steps = []
    for region in (*regions, without):
        for i, end in enumerate(region.ends if region else (End(_ELLIPSIS, False),)):
            place = _infinite(end.node) or real(end.node)
            if place is None:
                return None
            steps.append(((place, end.is_after), 1 if (i % 2 == 0) == (region is not without) else -1, end))
    depth, found = 0, []
    for place, step, end in sorted(steps, key=lambda found: found[0]):
        if (depth >= count) != (depth + step >= count):
            if found and found[-1][0] == place:
                found.pop()  # what begins where it ends is empty; what ends where it begins goes on
            else:
                found.append((place, end))
        depth += step
    return Region(tuple(end for _, end in found))


def _infinite(node: Node) -> float:
    return math.inf if node == _INFINITY else -math.inf if node == _MINUS_INFINITY else 0.0


def _union(regions: list[Region]) -> Region:
    """The union; side by side where the order of the ends is not known."""
    return _where(regions, 1) or Region(tuple(end for region in regions for end in region.ends))


def _excepting(name: Node, excepted: Region | list[Node]) -> Named | None:
    """All real numbers but some; None where their order is not known."""
    removed = excepted if isinstance(excepted, Region) else _points(excepted)
    rest = _where([_EVERYTHING], 1, without=removed) if name.kind == "name" else None
    return Named(name, rest) if rest else None


def _form_of_difference(node: Node) -> Form:
    region, removed = (_as_region(form_of(part)) for part in node.parts)
    rest = _where([region], 1, without=removed) if removed else None
    return rest if rest and rest.ends else Other(node)


def _form_of_union(node: Node) -> Form:
    parts = [_as_region(form_of(part)) for part in node.parts]
    return Other(node) if None in parts else _union(parts)


def _as_region(form: Form) -> Region | None:
    """A region, a pair between brackets, a point or a set of points as a region; None for everything else."""
    if isinstance(form, Region):
        return form
    if not isinstance(form, (Sequence, Values)):
        return None
    nodes = [item.node for item in form.items if isinstance(item, Value)]
    if not nodes or len(nodes) < len(form.items):
        return None
    if isinstance(form, Values):
        return None if form.is_bare else _points(nodes)
    if len(nodes) > 2 or not _is_bracketed(form):
        return None
    return _interval(nodes, form.joint) if len(nodes) == 2 else _points(nodes)


_FORMS: dict[str, Callable[[Node], Form]] = {
    "list": _form_of_list,
    "set": lambda node: Values(_spread(map(form_of, node.parts))),
    "tuple": _form_of_tuple,
    "relation": _form_of_relation,
    "congruence": lambda node: _congruence([node]),
    "cup": _form_of_union,
    "setminus": _form_of_difference,
    "matrix": _form_of_matrix,
    "piecewise": _form_of_piecewise,
    "ratio": _form_of_ratio,
    **dict.fromkeys(("product", "sum", "negative"), _form_of_arithmetic),
    "name": _form_of_name,
    "word": _form_of_word,
    "time": _form_of_time,
    **dict.fromkeys(("base", "cap", "infinity", "compound", "described set"), Other),
}

# Compare -------------------------------------------------------------------------------------------------------------


class Answer(NamedTuple):
    """An answer as it was read."""

    tokens: tuple[Token, ...]
    well_formed: bool = True
    wordy: bool = False  # it holds words, or text that may be words

    @property
    def form(self) -> Form | None:
        """What it says; None where that is not understood."""
        return _form_of_tokens(self.tokens)

    @property
    def is_false(self) -> bool:
        relates = not {"=", "~=", "equiv"}.isdisjoint(token.text for token in self.tokens)
        return relates and isinstance(self.form, Impossible)


_PLAIN_NUMBER = re.compile(rf"[+-]?(?=[0-9.]{{1,{MAX_DIGITS}}}\Z)[0-9]+(?:\.[0-9]{{1,100}})?")
_CHOICE = re.compile(
    r"(?:(?:the\s+)?(?:(?:correct|final)\s+)?(?:option|choice|answer)\s*(?:is)?:?\s*)?"
    r"(?:\(([A-Ja-j])\)|([A-Ja-j])(?:[).:]|$))(.*)",
    re.S | re.I,
)
_CONTINUED = re.compile(r"[,;&/+*=<>^_-]|(?:or|and)\b", re.I)
_OTHER_CHOICE = re.compile(r"(?:^|[\s(,;/&])[A-J](?:[\s).,:;/&]|$)|\b(?:or|and|not|nor|but)\b")
_TEXT_COMMAND = re.compile(
    r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|boldsymbol|bf|rm)\b\s*|\\[ ,;:!]|\\q?quad|[{}$~]"
)
_GROUP = re.compile(r"\\[{}\\]|[{}]|\\left\b|\\right\b|\\begin\b|\\end\b")
_AFTER_COMMA = re.compile(r",\s+")


def read(text: str) -> Answer:
    """Reads an answer; never raises. An answer too long to parse keeps a single token, its text."""
    text = text.strip()
    return _read(text) if len(text) <= MAX_ANSWER else Answer((Token("unknown", text),))


@lru_cache(maxsize=1024)
def _read(text: str) -> Answer:
    if _PLAIN_NUMBER.fullmatch(text):
        return Answer((Token("number", text.lstrip("+")),))
    tokens = [Token("unknown", "".join(text.split()))]
    if len(text) > MAX_PARSED:
        return Answer(tuple(tokens), _is_balanced(text))
    try:
        tokens = tokenise(text)
    except NotUnderstood:
        pass  # compared as it stands
    wordy = any(token.kind == "word" for token in tokens) or "\\text" in text
    has_content = any(token.text not in ("", "/", "=") for token in tokens) and tokens[-1] != Token("symbol", "=")
    return Answer(tuple(tokens), has_content and _is_balanced(text), wordy)


@lru_cache(maxsize=1024)
def _form_of_tokens(tokens: tuple[Token, ...]) -> Form | None:
    _Effort.left = MAX_STEPS
    try:
        if len(tokens) == 1 and tokens[0].text.startswith("-"):
            return _value(_negated(_number(tokens[0].text[1:])))
        return form_of(_Parser(list(tokens)).whole())
    except _FAILURES:
        return None


def _is_balanced(text: str) -> bool:
    """Whether every group, `\\left` and environment that opens also closes; `\\dfrac{4` was cut off."""
    open_groups = dict.fromkeys(("{", "\\{", "\\left", "\\begin"), 0)
    closes = {"}": "{", "\\}": "\\{", "\\right": "\\left", "\\end": "\\begin"}
    for token in _GROUP.findall(text):
        if token in closes:
            open_groups[closes[token]] -= 1
            if open_groups["{"] < 0:
                return False
        elif token in open_groups:
            open_groups[token] += 1
    if "\\right." in text or "\\begin" in text:
        open_groups["\\{"] = 0
    return not any(open_groups.values())


def is_well_formed(answer: str) -> bool:
    """Whether an answer can serve as a reference: every group in it closes, and something is left of it.

    What remains of a stripped unit, such as `\\mathrm{~}/\\mathrm{}`, is nothing; so is `x =` without its value.
    """
    return read(str(answer)).well_formed


def is_equal(gold: str, pred: str) -> bool:
    """Whether a candidate equals the reference. An answer that is not well formed equals nothing, not even itself."""
    gold, pred = str(gold), str(pred)
    reference, candidate = read(gold), read(pred)
    if not (reference.well_formed and candidate.well_formed) or reference.is_false or candidate.is_false:
        return False
    if reference.tokens == candidate.tokens:
        return True
    if (reference.wordy or candidate.wordy) and _words(reference.tokens) == _words(candidate.tokens):
        return True
    choice = _choice(gold)
    if choice:
        other = _choice(pred)
        if other and not (choice[1] and other[1] and choice[0] == other[0]):
            return choice[0] == other[0]
        if choice[1] and is_equal(choice[1], other[1] if other else pred):
            return True
        if other:
            return False
    letters = _letters_of(reference.tokens), _letters_of(candidate.tokens)
    if letters[0] and letters[1] and "," in letters[0][0] + letters[1][0]:
        return set(letters[0][1]) == set(letters[1][1])
    if "," in gold and "," in pred and _AFTER_COMMA.sub(",", gold.strip()) == _AFTER_COMMA.sub(",", pred.strip()):
        return True
    forms = reference.form, candidate.form
    _Effort.left = MAX_STEPS
    try:
        return None not in forms and _equal_forms(*forms)
    except _FAILURES:
        return False


def _words(tokens: tuple[Token, ...]) -> str:
    """The answer as words without case, spaces, articles, quotes and points; numbers stay apart."""
    has_numbers = any(token.kind == "number" for token in tokens)
    kept = []
    for token, after in zip(tokens, (*tokens[1:], _STOP)):
        text = token.text.lower() if token.kind == "word" or not has_numbers or token.text == "A" else token.text
        if token.kind == "number":
            text = f"#{text}#"
        is_article = text in ("a", "an", "the") and token.kind in ("word", "name") and after.kind == "word"
        kept.append("" if is_article or token.kind == "symbol" and text in ("'", "''", ".") else text)
    return "".join(kept)


@lru_cache(maxsize=1024)
def _choice(text: str) -> tuple[str, str] | None:
    """The letter of a multiple choice and the text behind it: `(C) 17` is ("C", "17")."""
    match = _CHOICE.fullmatch(" ".join(_TEXT_COMMAND.sub(" ", text[:MAX_PARSED]).split()))
    if not match or len(match[3]) > 300:
        return None
    letter, rest = match[1] or match[2], match[3].strip(" .:)")
    goes_on = _CONTINUED.match(match[3].strip()) or match[2] and not letter.isupper()
    if _OTHER_CHOICE.search(rest) or rest and goes_on:
        return None
    return letter.upper(), rest


def _letters_of(tokens: tuple[Token, ...]) -> tuple[str, str] | None:
    """How several letters of a multiple choice are joined, and the letters: `ABD`, `A, B, D`, `B and D`."""
    if len(tokens) > 9 or not tokens or tokens[0].kind not in ("name", "word"):
        return None
    names = [token.text for token in tokens if token.kind in ("name", "word")]
    joints = [token.text for token in tokens if token.kind not in ("name", "word")]
    letters = "".join(names)
    if not re.fullmatch("[A-J]{2,5}", letters) or not {*joints} <= {",", ";", "and", ""}:
        return None
    if len(names) == 1:
        return ("", letters) if list(letters) == sorted(set(letters)) else None
    return (",", letters) if len(names) == len(letters) <= len(joints) + 1 else None


def _equal_forms(gold: Form, pred: Form) -> bool:
    """Whether two forms say the same: of one kind, or where one can be read as the other's kind."""
    if isinstance(gold, Impossible) or isinstance(pred, Impossible):
        return False
    if gold.__class__ is pred.__class__:
        return _COMPARE[gold.__class__](gold, pred)
    for kind, compare in _COMPARE_ACROSS:
        if isinstance(gold, kind) or isinstance(pred, kind):
            return compare(gold, pred)
    return False


def _all_equal(gold: Any, pred: Any) -> bool:
    return len(gold) == len(pred) and all(map(_equal_forms, gold, pred))


def _equal_across_families(gold: Form, pred: Form) -> bool:
    """A domain that only one side states may be left out."""
    left, right = (form.written if isinstance(form, Family) else form for form in (gold, pred))
    return _equal_forms(_plain_family(left), _plain_family(right))


def _equal_across_names(gold: Form, pred: Form) -> bool:
    """A name that only one side states may be left out, but an equation is no value."""
    if isinstance(gold, Comparison) or isinstance(pred, Comparison):
        return _equal_as_equations(gold, pred)
    return _equal_forms(*(form.form if isinstance(form, Named) else form for form in (gold, pred)))


def _equal_as_equations(gold: Form, pred: Form) -> bool:
    left, right = (
        Comparison(_EQUALS, (form.name, form.form.node))
        if isinstance(form, Named) and isinstance(form.form, Value)
        else form
        for form in (gold, pred)
    )
    return isinstance(left, Comparison) and isinstance(right, Comparison) and _equal_comparisons(left, right)


def _equal_named(gold: Named, pred: Named) -> bool:
    names = gold.name, pred.name
    kinds = {name.kind for name in names}
    if names[0] != names[1]:
        if "call" in kinds:
            return _equal_definitions(gold, pred)
        if kinds == {"name"}:
            return _equal_as_equations(gold, pred)
        if kinds - {"name", "word"} and not same_function(*names) and _sorted(names[0]) != _sorted(names[1]):
            return False
    return _equal_forms(gold.form, pred.form)


def _equal_definitions(gold: Named, pred: Named) -> bool:
    """`f(x) = 2x` and `g(t) = 2t` define one function, as does `y = 2x`."""
    calls = [form for form in (gold, pred) if form.name.kind == "call"]
    arguments = [call.name.parts for call in calls]
    of_letters = all(part.kind == "name" and part.text[0].islower() for parts in arguments for part in parts)
    if not all(arguments) or len({call.name.text.count("'") for call in calls}) > 1:
        return False
    if len(calls) == 1:
        plain = pred.name if calls[0] is gold else gold.name
        may_drop = of_letters and plain.kind == "name" and plain not in arguments[0]
        return may_drop and _equal_forms(gold.form, pred.form)
    if len(arguments[0]) != len(arguments[1]):
        return False
    if not of_letters:
        letters = {call.name.text[0] for call in calls}
        same_name = gold.name.text == pred.name.text or letters <= _CALLED
        return same_name and all(map(same_function, *arguments)) and _equal_forms(gold.form, pred.form)
    distinct = all(len(set(parts)) == len(parts) for parts in arguments)
    return distinct and _equal_forms(*(_renamed(call.form, _numbered(call.name.parts)) for call in calls))


def _renamed(form: Any, names: dict[Node, Node]) -> Any:
    if isinstance(form, Node):
        return _substituted(form, names)
    if not isinstance(form, tuple):
        return form
    parts = (_renamed(part, names) for part in form)
    return form.__class__(*parts) if hasattr(form, "_fields") else tuple(parts)


def _equal_values(gold: Value, pred: Value) -> bool:
    if gold.unit and pred.unit and gold.unit != pred.unit and not _same_unit(gold.unit, pred.unit):
        return False
    both_exact = gold.exact is not None and pred.exact is not None
    if both_exact:
        if gold.exact == pred.exact:
            return True
        if gold.unit == "%" and not pred.unit:
            return bool(pred.exact == gold.exact * 100)  # the sign left out
        if pred.unit == "%" and not gold.unit:
            return bool(gold.exact == pred.exact * 100 and gold.exact >= 1)
    decimals = _decimal(gold.node), _decimal(pred.node)
    if (decimals[0] is None) != (decimals[1] is None):
        decimal, other = (gold, pred) if decimals[0] else (pred, gold)
        digits, _ = decimals[0] or decimals[1] or (0, 0)
        if digits >= SIGNIFICANT_DIGITS and not _terminates(other.exact) and _rounds_to(other, decimal):
            return True
    return not both_exact and same_function(gold.node, pred.node)


def _same_unit(gold: str, pred: str) -> bool:
    """Units in words match where one says more: `children tickets` and `tickets`."""
    left, right = set(gold.split()), set(pred.split())
    return "^" not in gold + pred and (left <= right or right <= left)


def _decimal(node: Node) -> tuple[int, Any] | None:
    """Significant digits and last place of a decimal literal, also signed, in percent or times a power of ten."""
    if node.kind == "decimal":
        mantissa, _, exponent = node.text.partition("e")
        whole, _, decimals = mantissa.partition(".")
        return len((whole + decimals).lstrip("0")), Fraction(10) ** (int(exponent or 0) - len(decimals))
    scale = 1
    if node.kind == "product" and len(node.parts) == 2 and node.parts[1].parts[:1] == (_TEN,):
        scale = exact(node.parts[1])
    elif node.kind not in ("negative", "percent"):
        return None
    found = _decimal(node.parts[0])
    return (found[0], found[1] * scale / (100 if node.kind == "percent" else 1)) if found and scale else None


def _terminates(value: Any) -> bool:
    """Whether a finite decimal could write the exact value: its denominator divides a power of ten."""
    return value is not None and pow(10, value.denominator.bit_length(), value.denominator) == 0


def _rounds_to(value: Value, decimal: Value) -> bool:
    """Whether a decimal, an integer or a percentage shows the value, rounded or cut off at its last place."""
    number = real(value.node) if value.exact is None and not variables(value.node) else value.exact
    if number is None or decimal.exact is None:
        return False
    digits, ulp = _decimal(decimal.node) or (1, Fraction(1, 100 if decimal.unit == "%" else 1))
    error = decimal.exact - Fraction(number)
    slack = ulp / 10**6
    if value.exact is None:
        slack = max(slack, abs(Fraction(number)) / 2**50)  # doubles end there
    cut_off = -ulp < error <= slack if number > 0 else -slack <= error < ulp
    return abs(error) <= ulp / 2 + slack or (cut_off and digits >= SIGNIFICANT_DIGITS)


def _equal_sequences(gold: Sequence, pred: Sequence) -> bool:
    """Round and square brackets may differ where they are no interval's; a column or a row is also a tuple."""
    bracketed = [form for form in (gold, pred) if _is_bracketed(form)]
    is_vector = len(bracketed) == 1 and bool({gold.joint, pred.joint} & {"row", "column"})
    may_differ = is_vector or len(bracketed) == 2 and not any(map(_can_be_interval, bracketed))
    return (gold.joint == pred.joint or may_differ) and _all_equal(gold.items, pred.items)


def _is_bracketed(form: Form) -> bool:
    return not isinstance(form, Sequence) or form.joint[0] in "(["


def _can_be_interval(sequence: Sequence) -> bool:
    ends = [real(item.node) if isinstance(item, Value) else None for item in sequence.items]
    return len(ends) == 2 and (ends[0] is None or ends[1] is None or ends[0] < ends[1])


def _equal_assignments(gold: Assignment, pred: Assignment) -> bool:
    if set(gold.names) == set(pred.names):
        values = dict(zip(pred.names, pred.items))
        return _all_equal(gold.items, [values[name] for name in gold.names])
    return _all_equal(gold.items, pred.items)


def _equal_in_order(gold: Form, pred: Form) -> bool:
    """A sequence, an assignment or a bare list, element by element; a set has no order, but one element is itself."""
    forms = gold, pred
    ordered = [form.items for form in forms if isinstance(form, (Sequence, Assignment)) and _is_bracketed(form)]
    ordered += [form.items for form in forms if isinstance(form, Values) and form.is_bare]
    if len(ordered) == 2:
        return _all_equal(*(form.items for form in forms if not isinstance(form, Value)))
    if isinstance(gold, Values) and len(gold.items) == 1:
        return _equal_forms(gold.items[0], pred)
    return isinstance(pred, Values) and len(pred.items) == 1 and _equal_forms(gold, pred.items[0])


def _equal_words(gold: Form, pred: Form) -> bool:
    """`III` is a name outside of text, and words inside."""
    words, other = (gold, pred) if isinstance(gold, Words) else (pred, gold)
    return isinstance(other, Value) and other.node.kind == "name" and other.node.text.lower() == words.text


def _equal_as_sets(gold: Values, pred: Values) -> bool:
    left, right = gold.items, pred.items
    if len(left) > 100 or len(right) > 100:
        return left == right
    if len(left) * len(right) > 900:
        keys = [{getattr(form, "exact", None) or form for form in items} for items in (left, right)]
        return len(left) == len(right) and keys[0] == keys[1]
    met = set()  # no pair is compared twice: sets of sets would double the work at every level
    for form in left:
        index = next((i for i, other in enumerate(right) if _equal_forms(form, other)), None)
        if index is None:
            return False
        met.add(index)
    return all(i in met or any(_equal_forms(form, other) for form in left) for i, other in enumerate(right))


def _equal_regions(gold: Form, pred: Form) -> bool:
    """Whether each interval of the one has its own partner in the other, in whatever order they stand."""
    left, right = _as_region(gold), _as_region(pred)
    if left is None or right is None or len(left.ends) != len(right.ends):
        return False
    rest = list(zip(right.ends[::2], right.ends[1::2]))
    for interval in zip(left.ends[::2], left.ends[1::2]):
        partner = next((other for other in rest if all(map(_equal_ends, interval, other))), None)
        if partner is None:
            return False
        rest.remove(partner)
    return True


def _equal_ends(gold: End, pred: End) -> bool:
    if gold.is_after != pred.is_after or _infinite(gold.node) or _infinite(pred.node):
        return gold == pred
    return _equal_values(_value(gold.node), _value(pred.node))


def _equal_comparisons(gold: Comparison, pred: Comparison) -> bool:
    """Two sides may be swapped, moved and scaled, for `<` by a positive number; chains are compared side by side."""
    if gold.operators != pred.operators:
        return False
    if len(gold.nodes) > 2:
        return all(map(same_function, gold.nodes, pred.nodes))
    left, right = (Node("sum", (form.nodes[0], _negated(form.nodes[1]))) for form in (gold, pred))
    names = variables(left)
    if names != variables(right) or len(names) > 12:
        return False
    if gold.operators != _EQUALS and any((a / b).real < 0 for a, b in _sampled(left, right, names) if b):
        return False
    values = _exact_values(left, right, names)
    if values:
        (a, b), (c, d) = values
        return bool(a and b and c and d) and a * d == b * c or not (a or b or c or d)  # two identities
    ratios = [a / b for a, b in _sampled(left, right, names) if b]
    return len(ratios) >= 2 and all(ratio and abs(ratio - ratios[0]) <= 1e-9 * abs(ratio) for ratio in ratios)


_COMPARE: dict[type, Callable[[Any, Any], bool]] = {
    Value: _equal_values,
    Values: _equal_as_sets,
    Sequence: _equal_sequences,
    Assignment: _equal_assignments,
    Region: _equal_regions,
    Named: _equal_named,
    Family: lambda gold, pred: gold.domains == pred.domains and _equal_forms(gold.form, pred.form),
    Comparison: _equal_comparisons,
    Numbers: lambda gold, pred: gold == pred,
    Words: lambda gold, pred: gold == pred,
    Other: lambda gold, pred: _sorted(gold.node) == _sorted(pred.node),
}
# For forms of two kinds: the first kind that one of them has decides.
_COMPARE_ACROSS: list[tuple[type, Callable[[Any, Any], bool]]] = [
    (Family, _equal_across_families),
    (Named, _equal_across_names),
    (Region, _equal_regions),
    (Sequence, _equal_in_order),
    (Assignment, _equal_in_order),
    (Values, _equal_in_order),
    (Words, _equal_words),
]

# Score ---------------------------------------------------------------------------------------------------------------

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
    if box is None or text.count("<think>") > text.count("</think>"):
        return 0.0
    return min(1.0, _value_count(box.answer) / _value_count(_reference(item)))


def _value_count(answer: str) -> int:
    form = read(answer).form
    form = form.form if isinstance(form, Named) else form
    return max(1, len(form.items)) if isinstance(form, (Values, Sequence, Assignment)) else 1


def _reference(item: dict[str, Any]) -> str:
    return str(item.get("answer", "")) if isinstance(item, dict) else ""


def _text(sample: dict[str, Any]) -> str:
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
    return total(_scores(text, item)) if CRITERION == "total" else _SCORES[CRITERION](text, item)


def explain(sample: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """The total, the four scores, the extracted answer, and how the grader read the reference and the answer."""
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
    """How the grader reads an answer, for people: its kind, then what was understood."""
    found = read(answer)
    if not found.well_formed:
        return "not well formed"
    if found.form is None:
        return "text " + " ".join(token.text for token in found.tokens)[:500]
    return f"{_kind(found.form)} {_shown_form(found.form)}"[:500]


_KINDS = {Values: "set", Assignment: "tuple", Numbers: "set", Other: "statement", Impossible: "false statement"}


def _kind(form: Form) -> str:
    if isinstance(form, Named):
        return _kind(form.form)
    if isinstance(form, Value):
        return "expression" if variables(form.node) else "number"
    if isinstance(form, Comparison):
        return "equation" if form.operators == _EQUALS else "inequality"
    if isinstance(form, Sequence):
        return "matrix" if form.joint in ("row", "column") else "tuple"
    return _KINDS.get(type(form), type(form).__name__.lower())


def _shown_form(form: Any) -> str:
    if isinstance(form, Node):
        return _shown(form)
    return _SHOWN_FORMS[form.__class__](form) if form.__class__ in _SHOWN_FORMS else ", ".join(map(str, form))


def _shown_value(value: Value) -> str:
    short = value.exact is not None and max(map(int.bit_length, value.exact.as_integer_ratio())) < 500
    text = str(value.exact) if short else _shown(value.node)[:400]
    return text + (f" [{value.unit}]" if value.unit else "")


def _shown_sequence(form: Sequence) -> str:
    if _is_bracketed(form):
        return form.joint[0] + ", ".join(map(_shown_form, form.items)) + form.joint[1]
    return {"row": ", ", "column": "; "}.get(form.joint, f" {form.joint} ").join(map(_shown_form, form.items))


def _shown_region(form: Region) -> str:
    ends = zip(form.ends[::2], form.ends[1::2])
    brackets = {(False, False): "[)", (False, True): "[]", (True, False): "()", (True, True): "(]"}
    shown = ((brackets[low.is_after, high.is_after], _shown(low.node), _shown(high.node)) for low, high in ends)
    return " or ".join(f"{around[0]}{low}, {high}{around[1]}" for around, low, high in shown)


def _shown_named(form: Named) -> str:
    return f"{_shown(form.name)} {'in' if isinstance(form.form, (Region, Numbers)) else '='} {_shown_form(form.form)}"


_SHOWN_FORMS: dict[type, Callable[[Any], str]] = {
    Value: _shown_value,
    Values: lambda form: "{" + ", ".join(map(_shown_form, form.items)) + "}",
    Sequence: _shown_sequence,
    Assignment: lambda form: ", ".join(map(_shown_named, map(Named, form.names, form.items))),
    Region: _shown_region,
    Numbers: lambda form: f"every {form.domain}",
    Named: _shown_named,
    Family: lambda form: f"{_shown_form(form.written)} for each {', '.join(form.domains)}",
    Comparison: lambda form: _shown(Node("relation", form.nodes, " ".join(form.operators))),
    Other: lambda form: _shown(form.node),
}
