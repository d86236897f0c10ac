"""Questions that get no query: requests to change data, talk about something else, questions about the source itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.reasoners.base import DirectAnswer, Refusal
from knowledge.base import SourceKnowledge
from knowledge.lexicon import Lexicon
from knowledge.question_words import Token

_WRITES = re.compile(
    r"^\W*(?:(?:please|can|could|you|now|then|go|ahead|and|i|want|would|like|to|we|need|let|us|lets)\W+)*"
    r"(?:delete|drop|remove|erase|truncate|insert|update|alter|modify|overwrite|wipe|purge|rename)\s+"
    r"(?!.*\b(?:how many|which|what)\b)",
    re.IGNORECASE,
)
_CREATES = re.compile(
    r"^\W*(?:please\s+|can you\s+|could you\s+)*(?:create|add|make|grant|revoke|set)\s+(?:a |an |the |new )*"
    r"(?:table|index|view|column|row|record|user|database|trigger|permission|entry|access|password)",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"^\s*(?:insert\s+into|update\s+\w+\s+set|delete\s+from|drop\s+(?:table|view|index|schema|database)|alter\s+table|create\s+(?:table|view|index)|truncate)\b|;\s*(?:drop|delete|update|insert|alter|truncate)\b",
    re.IGNORECASE,
)
_TABLES = re.compile(
    r"\b(?:which|what|list|show|name|see)\b.*\b(?:tables|views)\b(?:.*\b(?:there|have|exist|available|database|source|schema|all|know)\b)?\W*$|"
    r"^\W*(?:tables|schema)\W*$|\bwhat (?:data|information|can i ask|can you (?:do|answer))\b|^\W*help\W*$|\bdescribe the (?:database|schema|data)\b",
    re.IGNORECASE,
)
_COLUMNS = re.compile(
    r"\b(?:which|what|list|show|describe)\b.*\b(?:columns?|fields?|attributes?)\b.*\b(?:of|in|does|has|have|are in|for)\b|^\W*describe\s+(?:the\s+)?(?:table\s+)?",
    re.IGNORECASE,
)
_WHY = re.compile(
    r"^\W*(?:and |but |so )*(?:why|how come)\b|\b(?:reasons? (?:for|why|behind))\b", re.IGNORECASE
)
_FORETELL = re.compile(
    r"^\W*(?:please |can you |could you )*(?:predict|forecast|foresee|extrapolate)\b", re.IGNORECASE
)
_ACTS = re.compile(
    r"^\W*(?:please |can you |could you |now )*(?:send|e-?mail|call|phone|text|notify|remind|schedule|book|pay|refund|buy|order|post|publish)"
    r"\s+(?:an?|the|all|every|them|him|her|me|us|this|it)\b(?!.*\b(?:how many|which|by|per|number of)\b)",
    re.IGNORECASE,
)
_OTHER_SKILLS = re.compile(
    r"^\W*(?:please |can you |could you )*(?:translate|sing|draw|paint|(?:write|compose|tell)(?: me| us)? (?:an? |some |the )?"
    r"(?:poem|story|joke|song|essay|letter|haiku|code|script|limerick))\b|\bweather\b",
    re.IGNORECASE,
)
_SELF = re.compile(
    r"^\W*(?:who|what) are you\W*$|^\W*what(?:'s| is) your name\W*$|^\W*are you (?:an? )?(?:human|robot|bot|ai)\W*$",
    re.IGNORECASE,
)
_SHOWN = 30


def writes(question: str) -> Refusal | None:
    """A refusal when the question asks to change data."""
    if _STATEMENT.search(question) or _WRITES.match(question) or _CREATES.match(question):
        return Refusal(
            "writes_data",
            "I only read data: I can't insert, change or delete anything. Ask me what is in the data instead.",
        )
    return None


def beyond(question: str, sources: Sequence[SourceKnowledge]) -> Refusal | None:
    """A refusal of what no query answers: reasons, forecasts, deeds and other skills."""
    words = {word.lower() for word in re.findall(r"\w+", question)}
    if (
        words
        & {table.name.lower() for source in sources for table in source.schema.tables}
        & {"weather", "forecast"}
    ):
        return None
    asks = _examples(sources)
    if _WHY.search(question):
        return Refusal(
            "unsupported",
            "I can show what happened, not why. Ask for the figures, split by what may explain them: by month, by category, by region.",
            suggestions=asks,
        )
    if _FORETELL.match(question):
        return Refusal(
            "unsupported",
            "I only know what is in the data and don't foretell. Ask for the figures so far, for example by month.",
            suggestions=asks,
        )
    if _ACTS.match(question):
        return Refusal(
            "unsupported",
            "I only read data: I can't send, order or pay anything. I can list whom or what it would concern.",
            suggestions=asks,
        )
    if _OTHER_SKILLS.search(question):
        return Refusal("off_topic", "I answer questions about your data and nothing else.", suggestions=asks)
    return None


def about_self(question: str) -> DirectAnswer | None:
    if _SELF.match(question):
        return DirectAnswer(
            "I turn questions into read-only queries on your data and show what they bring.",
            ("Which tables are there?",),
        )
    return None


def _examples(sources: Sequence[SourceKnowledge]) -> tuple[str, ...]:
    """Questions about the largest tables."""
    tables = [table for source in sources for table in source.schema.tables if not table.is_view]
    tables.sort(key=lambda table: (-(table.row_estimate or 0), table.name))
    return tuple(f"How many {table.name.replace('_', ' ')} are there?" for table in tables[:2])


def about_schema(question: str, sources: Sequence[SourceKnowledge]) -> DirectAnswer | None:
    """The answer to a question about the tables or columns themselves."""
    if _COLUMNS.search(question):
        words = {word.lower() for word in re.findall(r"\w+", question)}
        for source in sources:
            for table in source.schema.tables:
                forms = {table.name.lower(), table.name.lower().rstrip("s"), table.name.lower() + "s"}
                if forms & words:
                    columns = "\n".join(
                        f"- `{column.name}` ({column.type.lower() or column.family.value})"
                        for column in table.columns
                    )
                    return DirectAnswer(
                        f"`{table.full_name}` has these columns:\n\n{columns}",
                        (f"How many {table.name} are there?",),
                    )
    if _TABLES.search(question) and not _names_table(question, sources):
        return _tables(sources)
    return None


def _names_table(question: str, sources: Sequence[SourceKnowledge]) -> bool:
    """Whether "tables" is itself the name of a table of a source."""
    return any(
        table.name.lower() in ("table", "tables", "views", "data")
        for s in sources
        for table in s.schema.tables
    )


def _tables(sources: Sequence[SourceKnowledge]) -> DirectAnswer:
    parts: list[str] = []
    asks: list[str] = []
    for source in sources:
        tables = sorted(source.schema.tables, key=lambda table: table.full_name)
        lines = []
        for table in tables[:_SHOWN]:
            rows = f", {table.row_estimate:,} rows" if table.row_estimate is not None else ""
            kind = "view" if table.is_view else "table"
            lines.append(f"- `{table.full_name}` ({kind}, {len(table.columns)} columns{rows})")
        more = f"\n- and {len(tables) - _SHOWN} more" if len(tables) > _SHOWN else ""
        parts.append(
            f"**{source.source_name}** has {len(tables)} tables and views:\n\n" + "\n".join(lines) + more
        )
        asks.extend(f"How many {table.name.replace('_', ' ')} are there?" for table in tables[:2])
    return DirectAnswer("\n\n".join(parts), tuple(asks[:3]))


def small_talk(tokens: Sequence[Token], lexicon: Lexicon) -> DirectAnswer | None:
    """A short answer to a greeting."""
    words = [token.lower for token in tokens if token.kind == "word"]
    if (
        words
        and len(words) <= 4
        and words[0] in lexicon.greetings
        and all(word in lexicon.greetings or word in lexicon.fillers for word in words)
    ):
        return DirectAnswer(
            "Hello! Ask me a question about your data, for example which tables there are.",
            ("Which tables are there?",),
        )
    return None
