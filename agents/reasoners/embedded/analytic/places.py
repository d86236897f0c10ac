"""Which table, column or value the words of a business question mean, by what else it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from agents.reasoners.embedded.analytic.roles import Roles
from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.draft import Col
from knowledge.lexicon import Gradable
from knowledge.linking import Mention

_UNRELATED = 9
_PER_STEP = 0.04
_OTHER_WAY = 0.25
"""What speaks against a column that one row of the question's table has several of."""
_WEAK = 0.6
_NEARLY = 0.05


class Places:
    """Looks words up near the tables that are already settled."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles

    def table(self, chunk: Chunk | None) -> str:
        if chunk is None or chunk.kind != "T":
            return ""
        return chunk.mentions[0].table

    def distance(self, table: str, near: str) -> float:
        """What it costs to go from a row of `near` to `table`; nothing for itself."""
        if not near or table == near:
            return 0.0
        steps = self.roles.steps(near, table)
        if steps is not None:
            return _PER_STEP * steps
        back = self.roles.steps(table, near)
        if back is not None:
            return _OTHER_WAY + _PER_STEP * back
        return 2 * _OTHER_WAY if self.roles.related(table, near) else _UNRELATED

    def best(
        self,
        mentions: Sequence[Mention],
        near: Sequence[str],
        wanted: Callable[[Mention], bool] | None = None,
    ) -> Mention | None:
        """The meaning that is said best and lies nearest."""
        scored = []
        for mention in mentions:
            if wanted is not None and not wanted(mention):
                continue
            far = min(
                (self.distance(mention.table, table) + 0.02 * i for i, table in enumerate(near)), default=0.0
            )
            if far < 1.5:
                view = 0.3 if self.roles.is_view(mention.table) else 0.0
                scored.append((mention.score - far - view, mention))
        scored.sort(key=lambda item: (-item[0], item[1].table, item[1].column, item[1].value))
        return scored[0][1] if scored else None

    def column(
        self, chunk: Chunk | None, near: Sequence[str], wanted: Callable[[Col], bool] | None = None
    ) -> Col | None:
        if chunk is None:
            return None
        if chunk.kind == "word":
            found = (self.roles.hinted((chunk.text.lower(),), table, numeric=False) for table in near)
            return next((c for c in found if c is not None and (wanted is None or wanted(c))), None)
        mention = self.best(
            [m for m in chunk.mentions if m.kind == "column"],
            near,
            (lambda m: wanted(Col(m.table, m.column))) if wanted is not None else None,
        )
        return Col(mention.table, mention.column) if mention is not None else None

    def number(self, chunk: Chunk | None, near: Sequence[str]) -> Col | None:
        return self.column(chunk, near, self.roles.is_number)

    def value(
        self, chunk: Chunk, near: Sequence[str], hint: Chunk | None, own: Collection[Col] = ()
    ) -> Mention | None:
        """The stored value that is meant: in the column said beside it, else in the nearest one.

        `own` name the things that are asked for: "rivers through Colorado" asks for no river of that name, if there is
        another Colorado.
        """
        mentions = [m for m in chunk.mentions if m.score >= _WEAK]
        if hint is not None and hint.kind == "C":
            columns = {(m.table, m.column) for m in hint.mentions}
            hinted = self.best(mentions, near, lambda m: (m.table, m.column) in columns)
            return hinted or self._stored(chunk, hint)
        if hint is not None and hint.kind == "T":
            tables = {m.table for m in hint.mentions}
            hinted = self.best(mentions, near, lambda m: m.table in tables)
            if hinted is not None:
                return hinted
        most = max((m.score for m in mentions), default=0.0)
        others = [m for m in mentions if Col(m.table, m.column) not in own and m.score >= most - _NEARLY]
        return self.best(others, near) or self.best(mentions, near)

    def _stored(self, chunk: Chunk, hint: Chunk) -> Mention | None:
        """The value as a column holds it that was said beside it, though the words are better known elsewhere."""
        for column in hint.mentions:
            for match in self.roles.knowledge.values.nearest(column.table, column.column, chunk.text, 1):
                if match.how in ("exact", "case"):
                    return Mention(
                        chunk.first,
                        chunk.last,
                        "value",
                        1.0,
                        match.how,
                        match.table,
                        match.column,
                        match.value,
                    )
        return None

    def graded(self, gradables: Sequence[Gradable], table: str) -> tuple[Col, bool] | None:
        """The column of `table` that an adjective is said of, and whether small values mean much of it."""
        for gradable in gradables:
            if gradable.temporal and self.roles.dates(table):
                return self.roles.dates(table)[0], False
            column = self.roles.hinted(gradable.of, table) if gradable.of else None
            if column is not None and not (self.roles.is_date(column) and not gradable.temporal):
                return column, self.roles.is_birth(column)
            flipped = self.roles.hinted(gradable.flip, table) if gradable.flip else None
            if flipped is not None:
                return flipped, True
        return None
