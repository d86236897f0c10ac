"""What a column is for and whether it tells about people, judged from name, type, keys and a look at values."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from connectors.base import Column, JsonValue, Table, TypeFamily
from knowledge.base import ColumnKind
from knowledge.text import split_identifier, split_key_name, stem


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CODES = _words(
    "code abbreviation abbr sku zip zipcode postal postcode iso isbn ean upc symbol iata icao phone fax email"
)
_NUMBERS_THAT_NAME = _words("no nr num number zip zipcode postal postcode phone fax code")
_NAMES = _words("name title label nickname surname firstname lastname fullname caption")
_TITLES = _words("title label")
"""Names of things when they differ from row to row, names of groups when they repeat."""
_PROSE = _words(
    "description comment note text body summary content message remark detail bio biography abstract"
)
_CATEGORIES = _words(
    "type status level class category grade priority season kind state stage group segment tier gender sex "
    "color colour size weekday month quarter rating region mode method channel country continent city "
    "nationality department language currency genre brand"
)
_FLAG_STARTS = _words("is has was can should allow allows needs")
_FLAG_VALUES = _words("y n yes no t f true false 0 1 on off")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?")
_YEARS = range(1000, 2201)

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]{2,}")
_PHONE = re.compile(r"\+?[\d\s().\-/x]{7,24}")
_CARD = re.compile(r"(?:\d[ -]?){12,18}\d")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CONTACT_WORDS = _words("email mail phone telephone mobile cell fax ssn passport iban")
_CONTACT_PHRASES = (
    ("credit", "card"), ("card", "number"), ("social", "security"), ("national", "id"), ("tax", "id"), ("birth", "date"),
    ("date", "birth"), ("bank", "account"), ("account", "number"), ("street", "address"), ("home", "address"), ("ip", "address"),
)  # fmt: skip
_PEOPLE_NAMES = (
    ("first", "name"), ("last", "name"), ("full", "name"), ("middle", "name"), ("maiden", "name"), ("family", "name"),
    ("given", "name"), ("contact", "name"), ("user", "name"),
)  # fmt: skip
_PEOPLE = frozenset(
    stem(word)
    for word in [
        "customer",
        "employee",
        "patient",
        "user",
        "contact",
        "member",
        "person",
        "people",
        "staff",
        "client",
        "guest",
        "applicant",
    ]
)


class PersonalKind(StrEnum):
    """What a column tells about a person."""

    contact = "contact"
    """Ways to reach or identify somebody: e-mail, phone, card and account numbers, birth dates."""
    name = "name"


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a column's values."""

    sample: Sequence[JsonValue] = ()
    """Some values, without nulls."""
    rows: int | None = None
    distinct: int | None = None

    @property
    def texts(self) -> list[str]:
        return [value for value in self.sample if isinstance(value, str)]

    @property
    def mean_length(self) -> float | None:
        texts = self.texts
        return sum(map(len, texts)) / len(texts) if texts else None


def judge_kind(column: Column, look: Look, *, is_key: bool) -> ColumnKind:
    """The kind of a column; `is_key` when it is part of a primary or foreign key."""
    words = split_key_name(column.name) or [""]
    family = column.family
    if family is TypeFamily.boolean:
        return ColumnKind.flag
    if family.is_temporal:
        return ColumnKind.date
    if family in (TypeFamily.binary, TypeFamily.json, TypeFamily.interval, TypeFamily.time):
        return ColumnKind.other
    named_id = words[-1] in ("id", "ids", "key", "uuid", "guid") or words == ["rowid"]
    if family.is_number:
        return _number_kind(words, look, is_key=is_key, named_id=named_id)
    if family is TypeFamily.text or look.texts:
        return _text_kind(words, look, is_key=is_key, named_id=named_id)
    if look.sample and all(isinstance(value, int | float) for value in look.sample):
        return _number_kind(words, look, is_key=is_key, named_id=named_id)
    return ColumnKind.id if named_id or is_key else ColumnKind.other


def personal_kind(table: Table, column: Column, look: Look) -> PersonalKind | None:
    """What the column tells about people, by the words of its name or the shape of its values."""
    words = split_identifier(column.name)
    if column.family is TypeFamily.boolean:
        return None
    if _CONTACT_WORDS.intersection(words) or any(_in_order(words, phrase) for phrase in _CONTACT_PHRASES):
        return PersonalKind.contact
    if column.family not in (TypeFamily.text, TypeFamily.other):
        return None
    texts = look.texts[:200]
    if _most(texts, _EMAIL) or _most_cards(texts) or _most(texts, _IBAN):
        return PersonalKind.contact
    if _most(texts, _PHONE) and not _most(texts, _ISO_DATE) and _long_numbers(texts):
        return PersonalKind.contact
    people = bool(_PEOPLE.intersection(stem(word) for word in split_identifier(table.name)))
    if any(_in_order(words, phrase) for phrase in _PEOPLE_NAMES) or {
        "surname",
        "firstname",
        "lastname",
        "fullname",
    } & set(words):
        return PersonalKind.name
    return PersonalKind.name if people and words in (["name"], ["names"]) else None


def _number_kind(words: Sequence[str], look: Look, *, is_key: bool, named_id: bool) -> ColumnKind:
    numbers = [value for value in look.sample if isinstance(value, int | float)]
    whole = [value for value in numbers if value == int(value)] if all(map(_finite, numbers)) else []
    all_years = len(whole) == len(numbers) and all(int(value) in _YEARS for value in whole)
    if "year" in (words[0], words[-1]) and all_years:
        return ColumnKind.date
    if is_key or named_id:
        return ColumnKind.id
    if _NUMBERS_THAT_NAME.intersection(words[-1:]):
        return ColumnKind.code
    if set(numbers) == {0, 1} and len(numbers) > 2 and (look.distinct or 2) <= 2:
        return ColumnKind.flag
    if words[0] in _FLAG_STARTS and len(words) > 1:
        return ColumnKind.flag
    if (
        _CATEGORIES.intersection(words[-1:])
        and (look.distinct or 99) <= 12
        and len(whole) == len(numbers)
        and numbers
    ):
        return ColumnKind.category
    return ColumnKind.measure


def _text_kind(words: Sequence[str], look: Look, *, is_key: bool, named_id: bool) -> ColumnKind:
    texts, length = look.texts, look.mean_length or 0.0
    last = set(words[-1:])
    if _most(texts, _ISO_DATE):
        return ColumnKind.date
    if (
        texts
        and 1 < len({text.strip().lower() for text in texts}) <= 3
        and {t.strip().lower() for t in texts} <= _FLAG_VALUES
    ):
        return ColumnKind.flag
    if (_PROSE & last and length > 30) or length > 80:
        return ColumnKind.text
    rows = look.rows or len(texts)
    distinct = look.distinct or len(set(texts))
    repeats = distinct <= 20 and rows > 4 * distinct
    if _NAMES & last and not (repeats and last <= _TITLES):
        return ColumnKind.name
    if _CODES.intersection(words[-2:]) or (last & _NUMBERS_THAT_NAME):
        return ColumnKind.code
    if is_key or named_id:
        return ColumnKind.id
    if texts and all(_is_numeral(text) for text in texts) and len(texts) > 2 and not _leading_zero(texts):
        return ColumnKind.measure
    rows = look.rows or len(texts)
    distinct = look.distinct or len(set(texts))
    if (
        _CATEGORIES & last
        or (distinct <= 20 and rows > 2 * distinct)
        or (distinct <= 1_000 and rows >= 3 * distinct)
    ):
        return ColumnKind.category
    if _PROSE & last or length > 50:
        return ColumnKind.text
    return ColumnKind.name if texts else ColumnKind.other


def _finite(value: float) -> bool:
    return value - value == 0


def _most(texts: Collection[str], shape: re.Pattern[str]) -> bool:
    """Whether at least four of five texts have the shape."""
    return bool(texts) and sum(bool(shape.fullmatch(text.strip())) for text in texts) >= 0.8 * len(texts)


def _most_cards(texts: Collection[str]) -> bool:
    numbers = [re.sub(r"[ -]", "", text) for text in texts if _CARD.fullmatch(text.strip())]
    return bool(texts) and len(numbers) >= 0.8 * len(texts) and sum(map(_luhn, numbers)) >= 0.8 * len(numbers)


def _luhn(number: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1)."""
    digits = [int(char) for char in reversed(number)]
    return sum(d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(digits)) % 10 == 0


def _long_numbers(texts: Collection[str]) -> bool:
    """Phone numbers have seven to fifteen digits (ITU-T E.164) and something that plain numbers lack."""
    digits = [sum(char.isdigit() for char in text) for text in texts]
    punctuated = sum(bool(re.search(r"[+()\s\-/]", text.strip())) for text in texts)
    return min(digits) >= 7 and max(digits) <= 15 and punctuated >= 0.5 * len(digits)


def _is_numeral(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", text.strip()))


def _leading_zero(texts: Collection[str]) -> bool:
    return any(len(text) > 1 and text.startswith("0") and text[1] != "." for text in texts)


def _in_order(words: Sequence[str], phrase: tuple[str, str]) -> bool:
    """Whether both words of the phrase occur one after the other, a small word between them apart."""
    kept = [word for word in words if word not in ("of", "the")]
    return phrase in itertools.pairwise(kept)
