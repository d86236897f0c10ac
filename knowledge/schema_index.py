"""Which tables and columns a question is about: words, vectors and keys, within what a reader may see."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from connectors.base import Schema
from knowledge.base import ColumnKey, GlossaryTerm, JoinGraph, SchemaHit
from knowledge.text import FUNCTION_WORDS, name_stems, stems

# Okapi BM25 (Robertson and Zaragoza, 2009): saturation of repeated words, and how much length counts.
_K1, _B = 1.2, 0.4
_NAME_WEIGHT, _COMMENT_WEIGHT, _TABLE_NAME_WEIGHT = 3, 1, 1
_LEXICAL_SHARE = 0.6
_FROM_COLUMNS = 0.7
"""How much of its best column's score a table gets."""
_LEAST = 0.05
_JOINED_TABLES = 3


@dataclass(frozen=True, slots=True)
class SchemaDocument:
    """A table (`column` empty) or column as text that can be searched."""

    table: str
    column: str
    text: str
    """What is embedded: names split into words, then comment and description."""
    words: tuple[str, ...]
    """Stems for the lexical search; a name counts more than a comment, so it occurs more often."""


def schema_documents(schema: Schema, descriptions: Mapping[str, str] | None = None) -> list[SchemaDocument]:
    """One document for each table and column. What people wrote goes beside the engine's own comments."""
    said = {name.lower(): text for name, text in (descriptions or {}).items()}
    documents = []
    for table in schema.tables:
        table_stems = name_stems(table.name)
        about = f"{table.comment} {said.get(table.full_name.lower(), '')}".strip()
        documents.append(_document(table.full_name, "", table.name, about, table_stems * _NAME_WEIGHT))
        for column in table.columns:
            about = f"{column.comment} {said.get(f'{table.full_name}.{column.name}'.lower(), '')}".strip()
            own = name_stems(column.name) * _NAME_WEIGHT + table_stems * _TABLE_NAME_WEIGHT
            documents.append(
                _document(table.full_name, column.name, f"{table.name} {column.name}", about, own)
            )
    return documents


def _document(table: str, column: str, name: str, about: str, name_words: list[str]) -> SchemaDocument:
    words = name_words + stems(about) * _COMMENT_WEIGHT
    return SchemaDocument(table, column, f"{name} {about}".strip(), tuple(words))


class SchemaIndex:
    """Hybrid search over the documents of one source.

    The search is by words; how near each document's vector is comes from outside, where there is one.
    """

    def __init__(self, documents: Sequence[SchemaDocument]) -> None:
        self._documents = documents
        postings: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, document in enumerate(documents):
            for word, times in Counter(document.words).items():
                postings[word].append((number, times))
        lengths = np.array([max(1, len(document.words)) for document in documents], dtype=np.float32)
        mean = float(lengths.mean()) if len(documents) else 1.0
        self._norm: NDArray[np.float32] = _K1 * (1 - _B + _B * lengths / mean)
        self._postings = {
            word: (
                np.array([number for number, _ in pairs], dtype=np.intp),
                np.array([times for _, times in pairs], dtype=np.float32),
            )
            for word, pairs in postings.items()
        }

    @property
    def documents(self) -> Sequence[SchemaDocument]:
        return self._documents

    def visible(self, may_read: Callable[[str, str], bool], tables: Iterable[str]) -> NDArray[np.bool_]:
        """Which documents a reader may find: columns they may read, and tables they may read any column of."""
        allowed = set(tables)
        return np.array(
            [
                may_read(document.table, document.column) if document.column else document.table in allowed
                for document in self._documents
            ],
            dtype=np.bool_,
        )

    def search(
        self,
        question: str,
        near: NDArray[np.float32] | None = None,
        visible: NDArray[np.bool_] | None = None,
    ) -> list[tuple[SchemaDocument, float, str]]:
        """Documents with a score in 0…1 and the reason, best first. What is not visible is never ranked.

        `near` holds the cosine of each document's vector with the question's.
        """
        lexical = self._lexical(question, visible)
        best = float(lexical.max()) if len(lexical) else 0.0
        scores = lexical / best if best > 0 else lexical
        if near is not None:
            scores = _LEXICAL_SHARE * scores + (1 - _LEXICAL_SHARE) * np.clip(near, 0.0, 1.0)
        if visible is not None:
            scores = np.where(visible, scores, 0.0)
        order = np.lexsort((np.arange(len(scores)), -scores))
        found = []
        for number in order[:400].tolist():
            if scores[number] < _LEAST:
                break
            reason = "words in common" if lexical[number] > 0 else "similar wording"
            found.append((self._documents[number], float(scores[number]), reason))
        return found

    def _lexical(self, question: str, visible: NDArray[np.bool_] | None) -> NDArray[np.float32]:
        scores = np.zeros(len(self._documents), dtype=np.float32)
        count = len(self._documents)
        for word in set(stems(question)) - FUNCTION_WORDS:
            posting = self._postings.get(word)
            if posting is None:
                continue
            numbers, times = posting
            if visible is not None:
                kept = visible[numbers]
                numbers, times = numbers[kept], times[kept]
            if len(numbers):
                rarity = log(1 + (count - len(numbers) + 0.5) / (len(numbers) + 0.5))
                scores[numbers] += rarity * times * (_K1 + 1) / (times + self._norm[numbers])
        return scores


def rank_schema(
    found: Sequence[tuple[SchemaDocument, float, str]],
    joins: JoinGraph,
    columns_of: Mapping[str, Sequence[str]],
    terms: Sequence[GlossaryTerm] = (),
    limit: int = 30,
) -> list[SchemaHit]:
    """Tables and columns for the reader: hits, tables of good columns, what the glossary names, and the tables between them."""
    columns: dict[ColumnKey, tuple[float, str]] = {}
    tables: dict[str, tuple[float, str]] = {}
    for document, score, reason in found:
        if document.column:
            columns[document.table, document.column] = (score, reason)
            lifted = score * _FROM_COLUMNS, f"its column {document.column}"
            tables[document.table] = max(tables.get(document.table, (0.0, "")), lifted)
        else:
            tables[document.table] = max(tables.get(document.table, (0.0, "")), (score, reason))
    _add_terms(terms, columns_of, tables, columns)
    _add_bridges(joins, tables)
    ranked = [SchemaHit(table, "", round(score, 4), reason) for table, (score, reason) in tables.items()]
    ranked += [
        SchemaHit(table, column, round(score, 4), reason)
        for (table, column), (score, reason) in columns.items()
    ]
    ranked.sort(key=lambda hit: (-hit.score, hit.table, hit.column))
    return ranked[:limit]


def _add_terms(
    terms: Sequence[GlossaryTerm],
    columns_of: Mapping[str, Sequence[str]],
    tables: dict[str, tuple[float, str]],
    columns: dict[ColumnKey, tuple[float, str]],
) -> None:
    spelled = {
        f"{table}.{name}".lower(): (table, name) for table, names in columns_of.items() for name in names
    }
    known = {table.lower(): table for table in columns_of}
    for term in terms:
        for target in term.targets:
            reason = f"the term “{term.term}”"
            if target.lower() in spelled:
                table, column = spelled[target.lower()]
                columns[table, column] = (1.0, reason)
                tables[table] = max(tables.get(table, (0.0, "")), (0.9, reason))
            elif target.lower() in known:
                tables[known[target.lower()]] = (1.0, reason)


def _add_bridges(joins: JoinGraph, tables: dict[str, tuple[float, str]]) -> None:
    """Tables that the best ones can only be joined through."""
    best = sorted(tables, key=lambda name: (-tables[name][0], name))[:_JOINED_TABLES]
    strong = [name for name in best if tables[name][0] >= 0.5 * tables[best[0]][0]]
    if len(strong) < 2:
        return
    for tree in joins.trees(strong, k=1):
        for name in tree.tables:
            if name not in strong:
                reason = "joins " + " and ".join(strong[:2])
                tables[name] = max(tables.get(name, (0.0, "")), (0.5 * tables[strong[-1]][0], reason))
