"""The plan contract: what a person confirms, and what the executed SQL is proven to keep.

A plan is plain data, small enough to read at a glance and editable field by field. It compiles to a
`Reading` (`agents.plans.reading`), so a confirmed plan always has a statement, with or without a model.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Whole = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""A larger one becomes a floating number, as in most engines; nothing here could keep it."""
Count = Annotated[int, Field(ge=0, lt=2**63)]
Scalar = str | Whole | float | bool | None
Grain = Literal["year", "quarter", "month", "week", "day", "hour"]
JoinKind = Literal["inner", "left", "right", "full", "semi", "anti"]
MeasureFunction = Literal["count", "count_distinct", "sum", "avg", "min", "max", "expression"]
Operator = Literal[
    "=", "!=", "<", "<=", ">", ">=",
    "in", "not in", "between", "not between", "like", "not like",
    "is null", "is not null", "exists", "not exists", "any of", "all of", "expression",
]  # fmt: skip


class PlanModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)


class ColumnName(PlanModel):
    """A column of one of the plan's tables."""

    table: str
    """Alias of a `PlanTable` of the same query; in a sub-query also of an enclosing one."""
    column: str


class PlanTable(PlanModel):
    alias: str
    """Unique within the query. The table's own name, unless it is used twice (then it names the role: `home_team`)."""
    table: str
    schema_name: str | None = None
    catalog: str | None = None
    """The database or project, where one source has several."""
    query: PlanQuery | None = None
    """Set when this is a derived table; `table` is then empty."""
    expression: str | None = None
    """SQL of a table function or another source with no form of its own, alias included; `table` is then empty."""
    lateral: bool = False
    """Whether `query` is made anew for each row of the tables before it."""


class PlanJoin(PlanModel):
    """`right` is attached on equal keys.

    Rows without a partner stay: `left` those of the tables before, `right` those of the new one, `full` both.
    `semi` keeps the rows that have a partner, `anti` those that have none; both show nothing of the new table.
    """

    left: ColumnName
    right: ColumnName
    kind: JoinKind = "inner"


class JoinCondition(PlanModel):
    """What a partner in `table` must fulfil beyond equal keys, where that differs from a filter on the rows."""

    table: str
    """Alias of the table that is attached."""
    kind: JoinKind
    filters: tuple[Filter, ...] = ()
    """All must hold; without any, and without keys, every row is a partner."""


class Dimension(PlanModel):
    """A column (or SQL expression) that is shown, and that rows are grouped by when there are measures."""

    id: str
    column: ColumnName | None = None
    expression: str | None = None
    """SQL in the source's dialect over the plan's aliases, when no single column says it."""
    grain: Grain | None = None
    """Cuts a date or timestamp down to its period."""
    label: str = ""
    shown: bool = True


class Measure(PlanModel):
    """A number computed over the rows of a group, or over all rows when there is no dimension."""

    id: str
    function: MeasureFunction
    column: ColumnName | None = None
    """None with `count` means rows."""
    expression: str | None = None
    """SQL over the plan's aliases: the argument of `function`, or with `function` "expression" the whole measure."""
    label: str = ""
    shown: bool = True


class Filter(PlanModel):
    """A condition on rows, or on groups when `measure` is set."""

    id: str
    column: ColumnName | None = None
    measure: Measure | None = None
    expression: str | None = None
    """SQL for the left side; with operator "expression", for the whole condition."""
    operator: Operator
    values: tuple[Scalar, ...] = ()
    """One for comparisons, two for between, any number for in."""
    other: ColumnName | None = None
    """A column on the right side instead of `values`."""
    query: PlanQuery | None = None
    """A sub-query on the right side: one value for comparisons, a column for in, any for exists."""
    parts: tuple[Filter, ...] = ()
    """Of "any of" (at least one holds) and "all of"."""
    why: str = ""
    """For a person: "'Germany' matched customers.country (412 rows)"."""


class Ordering(PlanModel):
    by: str
    """The id of a dimension or measure of the query."""
    descending: bool = False
    nulls: Literal["default", "first", "last"] = "default"


class Combination(PlanModel):
    """Another query whose rows are added, kept in common or taken away."""

    operator: Literal["union", "intersect", "except"]
    query: PlanQuery
    all: bool = False


class PlanQuery(PlanModel):
    """What one statement reads, joins, filters and computes."""

    tables: tuple[PlanTable, ...]
    joins: tuple[PlanJoin, ...] = ()
    conditions: tuple[JoinCondition, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    measures: tuple[Measure, ...] = ()
    filters: tuple[Filter, ...] = ()
    """All must hold."""
    qualify: tuple[Filter, ...] = ()
    """Conditions on computed columns such as a rank, after grouping. All must hold."""
    layout: tuple[str, ...] = ()
    """Ids in the order in which they are shown; when empty, dimensions and then measures."""
    order: tuple[Ordering, ...] = ()
    limit: Count | None = None
    offset: Count | None = None
    distinct: bool = False
    distinct_on: tuple[str, ...] = ()
    """Ids of dimensions: only the first row of each of their combinations is kept."""
    combine: tuple[Combination, ...] = ()
    groupings: tuple[str, ...] = ()
    """SQL of groupings with subtotals, such as ROLLUP (a, b), in place of one row for each of the dimensions."""
    ending: tuple[str, ...] = ()
    """SQL of an end that no count says, such as FETCH FIRST 2 ROWS WITH TIES."""

    @property
    def grouped(self) -> bool:
        """Whether rows are grouped by the dimensions."""
        measured = bool(self.measures) or any(f.measure for f in self.filters)
        return bool(self.groupings) or (measured and bool(self.dimensions))


class PlanStep(PlanModel):
    id: str
    source_id: str
    """The datasource the step reads; "steps" for the last step that joins the others' results."""
    source_name: str
    query: PlanQuery


class AssumptionOption(PlanModel):
    id: str
    label: str


class Assumption(PlanModel):
    """Something the question left open; shown as a switch. Choosing another option re-plans what depends on it."""

    id: str
    text: str
    options: tuple[AssumptionOption, ...] = ()
    chosen: str = ""


class WordLink(PlanModel):
    """What a stretch of the question was taken to mean."""

    words: str
    start: int
    """Character offset in the question."""
    kind: Literal["table", "column", "value", "number", "date", "operator", "knowledge", "ignored", "unknown"]
    target: str = ""
    reason: str = ""


class Estimate(PlanModel):
    rows: float | None = None
    bytes: float | None = None
    seconds: float | None = None


class Plan(PlanModel):
    question: str
    """The question restated so that it can be understood without the chat."""
    steps: Annotated[tuple[PlanStep, ...], Field(min_length=1)]
    assumptions: tuple[Assumption, ...] = ()
    links: tuple[WordLink, ...] = ()
    knowledge: tuple[str, ...] = ()
    """Ids of the verified patterns, terms and instructions it rests on."""
    estimate: Estimate = Estimate()
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.0
    reasoner: str = "embedded"


PlanTable.model_rebuild()
JoinCondition.model_rebuild()
Filter.model_rebuild()
