/** Edits of a plan, as pure functions from query to query. */
import type { ColumnName, ColumnView, Dimension, Filter, Measure, Operator, Plan, PlanJoin, PlanQuery, PlanTable, Scalar, SchemaView, TableView } from '@/api/types'
import type { ComboOption } from '@/components/ui/combobox'
import { isNumeric } from '@/lib/format'

export function replaceQuery(plan: Plan, stepId: string, query: PlanQuery): Plan {
  return { ...plan, steps: plan.steps.map((step) => (step.id === stepId ? { ...step, query } : step)) }
}

function freshId(taken: readonly { id: string }[], prefix: string): string {
  let number = taken.length + 1
  while (taken.some((item) => item.id === `${prefix}${number}`)) number += 1
  return `${prefix}${number}`
}

function put<T extends { id: string }>(items: readonly T[], item: T): T[] {
  return items.some((other) => other.id === item.id) ? items.map((other) => (other.id === item.id ? item : other)) : [...items, item]
}

/** Where a plan says the order of its columns, a new one comes last. */
function withColumn(query: PlanQuery, id: string): PlanQuery {
  const { layout = [] } = query
  return layout.length === 0 || layout.includes(id) ? query : { ...query, layout: [...layout, id] }
}

export function putMeasure(query: PlanQuery, measure: Measure): PlanQuery {
  return withColumn({ ...query, measures: put(query.measures, measure) }, measure.id)
}

export function putDimension(query: PlanQuery, dimension: Dimension): PlanQuery {
  return withColumn({ ...query, dimensions: put(query.dimensions, dimension) }, dimension.id)
}

export function putFilter(query: PlanQuery, filter: Filter): PlanQuery {
  return { ...query, filters: put(query.filters, filter) }
}

/** Removes a measure, dimension or filter, and what refers to it. */
export function remove(query: PlanQuery, id: string): PlanQuery {
  return {
    ...query,
    measures: query.measures.filter((item) => item.id !== id),
    dimensions: query.dimensions.filter((item) => item.id !== id),
    filters: query.filters.filter((item) => item.id !== id),
    qualify: (query.qualify ?? []).filter((item) => item.id !== id),
    order: query.order.filter((item) => item.by !== id),
    layout: (query.layout ?? []).filter((item) => item !== id),
    distinct_on: (query.distinct_on ?? []).filter((item) => item !== id),
  }
}

export function canRemoveField(query: PlanQuery): boolean {
  return query.measures.length + query.dimensions.length > 1
}

export function newMeasure(query: PlanQuery): Measure {
  return { id: freshId([...query.measures, ...query.dimensions], 'm'), function: 'count', column: null, expression: null, label: '', shown: true }
}

export function newDimension(query: PlanQuery): Dimension {
  return { id: freshId([...query.dimensions, ...query.measures], 'd'), column: null, expression: null, grain: null, label: '', shown: true }
}

export function newFilter(query: PlanQuery): Filter {
  return {
    id: freshId([...query.filters, ...(query.qualify ?? [])], 'f'),
    column: null,
    measure: null,
    expression: null,
    operator: '=',
    values: [],
    other: null,
    query: null,
    parts: [],
    why: 'Added by you.',
  }
}

/** Whether the chip's form can show the whole filter; others are read and removed, or changed in words. */
export function isSimple(filter: Filter): boolean {
  return !filter.other && !filter.query && filter.parts.length === 0 && filter.operator !== 'expression' && filter.expression === null
}

export function findTable(schema: SchemaView | undefined, table: PlanTable): TableView | undefined {
  if (!schema || table.query) return undefined
  const full = table.schema_name ? `${table.schema_name}.${table.table}` : table.table
  return schema.tables.find((view) => view.name === full) ?? schema.tables.find((view) => view.name === table.table || view.name.endsWith(`.${table.table}`))
}

export function findColumn(schema: SchemaView | undefined, query: PlanQuery, name: ColumnName | null): ColumnView | undefined {
  const table = name && query.tables.find((item) => item.alias === name.table)
  return table ? findTable(schema, table)?.columns.find((column) => column.name === name.column) : undefined
}

function optionsOf(view: TableView, alias: string, prefix: string): ComboOption[] {
  return view.columns.map((column) => ({ value: `${prefix}${alias}.${column.name}`, label: column.name, group: alias, hint: column.type.toLowerCase() }))
}

const NEIGHBOUR = '+'

/** Columns to choose from: of the plan's tables first, then of tables that one known key away. */
export function columnOptions(schema: SchemaView | undefined, query: PlanQuery): ComboOption[] {
  const own = query.tables.flatMap((table) => {
    const view = findTable(schema, table)
    return view ? optionsOf(view, table.alias, '') : []
  })
  const near = neighbours(schema, query).flatMap(({ view }) => optionsOf(view, view.name, NEIGHBOUR))
  return [...own, ...near]
}

interface Neighbour {
  view: TableView
  join: PlanJoin
}

function neighbours(schema: SchemaView | undefined, query: PlanQuery): Neighbour[] {
  if (!schema) return []
  const found = new Map<string, Neighbour>()
  const inside = query.tables.flatMap((table) => {
    const view = findTable(schema, table)
    return view ? [{ table, view }] : []
  })
  const offer = (view: TableView, left: ColumnName, rightColumn: string) => {
    if (found.has(view.name) || inside.some((item) => item.view === view)) return
    found.set(view.name, { view, join: { left, right: { table: view.name, column: rightColumn }, kind: 'inner' } })
  }
  for (const { table, view } of inside) {
    for (const key of view.keys) {
      const target = schema.tables.find((other) => other.name === key.ref_table)
      if (target && key.columns.length === 1) offer(target, { table: table.alias, column: key.columns[0] ?? '' }, key.ref_columns[0] ?? '')
    }
    for (const other of schema.tables) {
      const key = other.keys.find((item) => item.ref_table === view.name && item.columns.length === 1)
      if (key) offer(other, { table: table.alias, column: key.ref_columns[0] ?? '' }, key.columns[0] ?? '')
    }
  }
  return [...found.values()]
}

/** Reads a picked option; a column of a neighbour brings its table and key with it. */
export function pickColumn(schema: SchemaView | undefined, query: PlanQuery, value: string): { query: PlanQuery; column: ColumnName } {
  const added = value.startsWith(NEIGHBOUR)
  const path = added ? value.slice(NEIGHBOUR.length) : value
  const cut = path.lastIndexOf('.')
  const column = { table: path.slice(0, cut), column: path.slice(cut + 1) }
  if (!added) return { query, column }
  const neighbour = neighbours(schema, query).find(({ view }) => view.name === column.table)
  if (!neighbour) return { query, column }
  const dot = column.table.lastIndexOf('.')
  const table: PlanTable = { alias: column.table.slice(dot + 1), table: column.table.slice(dot + 1), schema_name: dot > 0 ? column.table.slice(0, dot) : null, catalog: null, query: null, expression: null, lateral: false }
  const join: PlanJoin = { ...neighbour.join, right: { ...neighbour.join.right, table: table.alias } }
  return { query: { ...query, tables: [...query.tables, table], joins: [...query.joins, join] }, column: { ...column, table: table.alias } }
}

const COMPARE: readonly Operator[] = ['=', '!=', '>', '>=', '<', '<=', 'between', 'not between', 'is null', 'is not null']
const TEXT: readonly Operator[] = ['=', '!=', 'in', 'not in', 'like', 'not like', 'is null', 'is not null']

export function operatorsFor(family: string, current: Operator): Operator[] {
  const fitting = family === 'text' || family === 'string' || family === 'boolean' ? TEXT : [...COMPARE, 'in' as const, 'not in' as const]
  return fitting.includes(current) ? [...fitting] : [current, ...fitting]
}

/** Turns typed text into a value of the column's kind. */
export function parseScalar(text: string, family: string): Scalar {
  const trimmed = text.trim()
  if (isNumeric(family) && trimmed !== '' && Number.isFinite(Number(trimmed))) return Number(trimmed)
  if (family === 'boolean' && /^(true|yes|1)$/i.test(trimmed)) return true
  if (family === 'boolean' && /^(false|no|0)$/i.test(trimmed)) return false
  return trimmed
}

export function valuesWanted(operator: Operator): 'none' | 'one' | 'two' | 'many' {
  if (operator === 'is null' || operator === 'is not null') return 'none'
  if (operator === 'between' || operator === 'not between') return 'two'
  return operator === 'in' || operator === 'not in' ? 'many' : 'one'
}
