"""A question taken apart: its tokens with offsets, the numbers it names and the dates and periods it names."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from knowledge.lexicon import Lexicon
from knowledge.text import fold

Grain = Literal["year", "quarter", "month", "week", "day"]

_TOKEN = re.compile(
    r"""(?P<quoted>"[^"\n]{1,120}"|“[^”\n]{1,120}”|‘[^’\n]{1,120}’|`[^`\n]{1,120}`
          |(?<![\w])'(?=[^\s'])[^'\n]{0,118}(?:(?<=\w)'(?=\w)[^'\n]{0,60})*'(?![\w]))
      | (?P<moment>\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2})?)?|\d{1,2}[/.]\d{1,2}[/.]\d{2,4})
      | (?P<number>[$€£]?\d{1,3}(?:,\d{3})+(?:\.\d+)?%?|[$€£]?\d+(?:\.\d+)?%?(?![\w]))
      | (?P<word>[^\W_]+?n['’]t\b|[^\W_]+)
      | (?P<possessive>['’]s?\b|['’](?=\s))
      | (?P<sign><=|>=|!=|<>|[<>=])
      | (?P<punctuation>[,;:?!().&|/+*-])""",
    re.VERBOSE,
)
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)$")
_SCALED = re.compile(r"(\d+(?:\.\d+)?)(k|m|mn|bn|b)$")

MOST_DIGITS = 18
"""A longer number fits into no 64 bits, and nothing that is counted or measured is as large."""


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    """As written; a quoted token has lost its quotes."""
    lower: str
    lemma: str
    start: int
    """Character offset in the question."""
    end: int
    kind: Literal["word", "number", "moment", "quoted", "possessive", "sign", "punctuation"]

    @property
    def capitalised(self) -> bool:
        return self.text[:1].isupper()


@dataclass(frozen=True, slots=True)
class NumberSpan:
    """Tokens `first`…`last` (exclusive) that spell a number."""

    first: int
    last: int
    value: int | float
    percent: bool = False
    ordinal: bool = False
    year: bool = False
    times: bool = False
    """"once", "twice"."""
    spelled: bool = False
    """Written in letters."""


@dataclass(frozen=True, slots=True)
class DateSpan:
    """Tokens that name a period: from `start` up to but not including `end`."""

    first: int
    last: int
    start: date
    end: date
    grain: Grain
    relative: bool = False
    """Said from today: "last month"."""


def tokenise(question: str, lexicon: Lexicon) -> list[Token]:
    """The tokens of a question, in order; offsets point into `question`."""
    tokens = []
    for match in _TOKEN.finditer(question):
        kind = match.lastgroup or "punctuation"
        text = match.group()
        if kind == "quoted":
            text = text[1:-1].strip()
            if not text:
                continue
        lower = fold(text).replace("’", "'")
        lemma = lexicon.lemma(lower) if kind == "word" else lower
        tokens.append(Token(text, lower, lemma, match.start(), match.end(), kind))  # type: ignore[arg-type]
    return tokens


def find_numbers(tokens: Sequence[Token], lexicon: Lexicon) -> list[NumberSpan]:
    """Numbers in digits ("1,200", "3.5", "2k", "7th") and in words ("twenty five", "two million")."""
    found: list[NumberSpan] = []
    position = 0
    while position < len(tokens):
        span = _digits(tokens, position, lexicon) or _spelled(tokens, position, lexicon)
        if span is not None:
            found.append(span)
            position = span.last
        else:
            position += 1
    return found


def _digits(tokens: Sequence[Token], position: int, lexicon: Lexicon) -> NumberSpan | None:
    token = tokens[position]
    if sum(map(str.isdigit, token.text)) > MOST_DIGITS:
        return None
    if token.kind == "number":
        bare = token.text.strip("$€£%").replace(",", "")
        value: int | float = float(bare) if "." in bare else int(bare)
        last = position + 1
        percent = token.text.endswith("%")
        if (
            last < len(tokens)
            and tokens[last].lower in lexicon.numbers.scales
            and len(tokens[last].lower) > 1
        ):
            value = value * lexicon.numbers.scales[tokens[last].lower]
            value = int(value) if float(value).is_integer() else value
            last += 1
        elif last < len(tokens) and tokens[last].lower == "percent":
            percent = True
            last += 1
        year = len(token.text) == 4 and token.text.isdigit() and 1500 <= value <= 2100
        return NumberSpan(position, last, value, percent=percent, year=year)
    if token.kind != "word":
        return None
    if ordinal := _ORDINAL.match(token.lower):
        return NumberSpan(position, position + 1, int(ordinal.group(1)), ordinal=True)
    if scaled := _SCALED.match(token.lower):
        value = float(scaled.group(1)) * lexicon.numbers.scales.get(scaled.group(2), 1_000_000_000)
        return NumberSpan(position, position + 1, int(value) if value.is_integer() else value)
    return None


def _spelled(tokens: Sequence[Token], position: int, lexicon: Lexicon) -> NumberSpan | None:
    numbers = lexicon.numbers
    word = tokens[position].lower
    if tokens[position].kind != "word":
        return None
    if word in numbers.ordinals:
        return NumberSpan(position, position + 1, numbers.ordinals[word], ordinal=True, spelled=True)
    if word in numbers.multiples:
        return NumberSpan(position, position + 1, numbers.multiples[word], times=True, spelled=True)
    total, last, seen = 0, position, False
    while last < len(tokens) and tokens[last].kind == "word":
        word = tokens[last].lower
        if word in numbers.tens:
            total += numbers.tens[word]
        elif word in numbers.units:
            if (
                seen
                and tokens[last - 1].lower not in numbers.tens
                and tokens[last - 1].lower not in numbers.scales
            ):
                break
            total += numbers.units[word]
        elif seen and word in numbers.scales and len(word) > 1:
            total = max(total, 1) * numbers.scales[word]
        else:
            break
        seen = True
        last += 1
    return NumberSpan(position, last, total, spelled=True) if seen else None


def find_dates(tokens: Sequence[Token], today: date, lexicon: Lexicon) -> list[DateSpan]:
    """Days, months, quarters and periods, written out or relative to `today`; bare years are numbers."""
    found: list[DateSpan] = []
    position = 0
    while position < len(tokens):
        span = next(_date_at(tokens, position, today, lexicon), None)
        if span is not None:
            found.append(span)
            position = span.last
        else:
            position += 1
    return found


def _date_at(tokens: Sequence[Token], at: int, today: date, lexicon: Lexicon) -> Iterator[DateSpan]:
    """Readings of the tokens from `at` as a date, best first."""
    token = tokens[at]
    if token.kind == "moment" and (day := _iso_or_slashes(token.text)) is not None:
        yield DateSpan(at, at + 1, day, day + timedelta(days=1), "day")
    if token.kind == "quoted" and (day := _iso_or_slashes(token.text)) is not None:
        yield DateSpan(at, at + 1, day, day + timedelta(days=1), "day")
    yield from _written(tokens, at, today, lexicon)
    yield from _relative(tokens, at, today, lexicon)


def _iso_or_slashes(text: str) -> date | None:
    parts = [int(part) for part in re.findall(r"\d+", text.split("T")[0].split(" ")[0])]
    if len(parts) != 3 or not re.fullmatch(r"[\d/.\-]+", text.split("T")[0].split(" ")[0]):
        return None
    year, month, day = parts if parts[0] > 31 else (parts[2], parts[0], parts[1])
    if month > 12:
        month, day = day, month
    if year < 100:
        year += 2000
    return _day(year, month, day)


def _day(year: int, month: int, day: int) -> date | None:
    if not (1 <= year <= 9998 and 1 <= month <= 12):
        return None
    return date(year, month, day) if 1 <= day <= monthrange(year, month)[1] else None


def month_span(year: int, month: int, months: int = 1) -> tuple[date, date]:
    """The first day of a month and the first day after `months` months."""
    after = month - 1 + months
    return date(year, month, 1), date(year + after // 12, after % 12 + 1, 1)


def _written(tokens: Sequence[Token], at: int, today: date, lexicon: Lexicon) -> Iterator[DateSpan]:
    def word(position: int) -> str:
        return tokens[position].lower if 0 <= position < len(tokens) else ""

    def number(position: int, low: int, high: int) -> int | None:
        text = re.sub(r"(st|nd|rd|th)$", "", word(position))
        value = int(text) if text.isdigit() else lexicon.numbers.ordinals.get(word(position), -1)
        return value if low <= value <= high else None

    def skip(position: int) -> int:
        while word(position) in (",", "of", "the", "in"):
            position += 1
        return position

    months, first = lexicon.dates.months, word(at)
    if first in months:
        day = number(at + 1, 1, 31)
        after = at + 2 if day is not None else at + 1
        year = number(skip(after), 1000, 2999)
        if day is not None and year is not None and (exact := _day(year, months[first], day)):
            yield DateSpan(at, skip(after) + 1, exact, exact + timedelta(days=1), "day")
        if day is None and year is not None:
            yield DateSpan(at, skip(after) + 1, *month_span(year, months[first]), "month")
        if first not in lexicon.dates.ambiguous_months or (
            tokens[at].capitalised
            and at
            and word(at - 1)
            in ("in", "since", "during", "of", "until", "after", "before", "from", "to", "by", "for", "and")
        ):
            if day is not None and (exact := _day(today.year, months[first], day)):
                yield DateSpan(at, at + 2, exact, exact + timedelta(days=1), "day", relative=True)
            if day is None and year is None:
                guess = today.year if months[first] <= today.month else today.year - 1
                yield DateSpan(at, at + 1, *month_span(guess, months[first]), "month", relative=True)
    day = number(at, 1, 31)
    month_at = skip(at + 1)
    if day is not None and word(month_at) in months:
        year = number(skip(month_at + 1), 1000, 2999)
        if year is not None and (exact := _day(year, months[word(month_at)], day)):
            yield DateSpan(at, skip(month_at + 1) + 1, exact, exact + timedelta(days=1), "day")
    quarter = lexicon.dates.quarters.get(first)
    after = at + 1
    if quarter is None and number(at, 1, 4) and word(at + 1) == "quarter":
        quarter, after = number(at, 1, 4), at + 2
    if quarter is not None:
        year = number(skip(after), 1000, 2999)
        last = skip(after) + 1 if year is not None else after
        yield DateSpan(
            at, last, *month_span(year or today.year, 3 * quarter - 2, 3), "quarter", relative=year is None
        )


def _relative(tokens: Sequence[Token], at: int, today: date, lexicon: Lexicon) -> Iterator[DateSpan]:
    dates = lexicon.dates
    words = [token.lower for token in tokens[at : at + 4]] + [""] * 4
    if words[0] in dates.days:
        day = today + timedelta(days=dates.days[words[0]])
        yield DateSpan(at, at + 1, day, day + timedelta(days=1), "day", relative=True)
    back = words[0] in dates.last
    if not (back or words[0] in dates.this or words[0] in dates.next):
        return
    counted = words[1].isdecimal() and len(words[1]) <= 5
    count = int(words[1]) if counted else lexicon.numbers.units.get(words[1], 0)
    grain = dates.grains.get(words[2] if count else words[1])
    if grain in ("year", "quarter", "month", "week", "day"):
        if count and back:
            start = _earlier(today, grain, count)
            yield DateSpan(at, at + 3, start, today + timedelta(days=1), grain, relative=True)  # type: ignore[arg-type]
        elif not count and not (words[0] == "this" and grain == "day"):
            offset = -1 if back else 0 if words[0] in dates.this else 1
            start, end = period(today, grain, offset)
            yield DateSpan(at, at + 2, start, end, grain, relative=True)  # type: ignore[arg-type]


def _earlier(today: date, grain: str, count: int) -> date:
    if grain == "day":
        return today - timedelta(days=count)
    if grain == "week":
        return today - timedelta(weeks=count)
    months = today.year * 12 + today.month - 1 - count * {"month": 1, "quarter": 3, "year": 12}[grain]
    year, month = divmod(max(months, 12), 12)  # there is nothing before the year 1
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def period(today: date, grain: str, offset: int) -> tuple[date, date]:
    """The calendar period that lies `offset` periods from the one with `today` in it: its first day and the day after it."""
    if grain == "day":
        day = today + timedelta(days=offset)
        return day, day + timedelta(days=1)
    if grain == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=offset)
        return monday, monday + timedelta(weeks=1)
    if grain == "year":
        return date(today.year + offset, 1, 1), date(today.year + offset + 1, 1, 1)
    size = 3 if grain == "quarter" else 1
    months = today.year * 12 + (today.month - 1) // size * size + offset * size
    return month_span(months // 12, months % 12 + 1, size)
