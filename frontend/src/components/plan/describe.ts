/** A plan's parts in plain words. */
import type { ColumnName, Dimension, Filter, Grain, JoinCondition, Measure, MeasureFunction, Operator, Ordering, PlanJoin, PlanQuery, PlanTable, Scalar } from '@/api/types'
import { formatNumber } from '@/lib/format'

export const GRAINS: readonly Grain[] = ['year', 'quarter', 'month', 'week', 'day', 'hour']

export const FUNCTIONS: Record<MeasureFunction, string> = {
  count: 'Number of',
  count_distinct: 'Number of different',
  sum: 'Sum of',
  avg: 'Average of',
  min: 'Lowest',
  max: 'Highest',
  expression: 'Formula',
}

export const OPERATORS: Record<Operator, string> = {
  '=': 'is',
  '!=': 'is not',
  '<': 'is below',
  '<=': 'is at most',
  '>': 'is above',
  '>=': 'is at least',
  in: 'is one of',
  'not in': 'is none of',
  between: 'is between',
  'not between': 'is not between',
  like: 'is like',
  'not like': 'is not like',
  'is null': 'is empty',
  'is not null': 'is not empty',
  exists: 'exists',
  'not exists': 'does not exist',
  'any of': 'any of',
  'all of': 'all of',
  expression: '',
}

const SIGNS: Partial<Record<Operator, string>> = { '=': '=', '!=': '≠', '<': '<', '<=': '≤', '>': '>', '>=': '≥' }

/** A name as it is spoken: `ordered_at` → "ordered at". The SQL keeps the name itself. */
function spoken(name: string): string {
  return name.replace(/_+/g, ' ').trim() || name
}

export function columnText(column: ColumnName, tables: readonly PlanTable[]): string {
  return tables.length > 1 ? `${spoken(column.column)} (${spoken(column.table)})` : spoken(column.column)
}

export function dimensionText(dimension: Dimension, tables: readonly PlanTable[]): string {
  const what = dimension.column ? columnText(dimension.column, tables) : (dimension.expression ?? '')
  return dimension.grain ? `${dimension.grain} of ${what}` : what
}

export function measureText(measure: Measure, tables: readonly PlanTable[]): string {
  const what = measure.column ? columnText(measure.column, tables) : measure.expression
  if (measure.function === 'expression') return what ?? ''
  if (measure.function === 'count' && !what) return 'Number of rows'
  return `${FUNCTIONS[measure.function]} ${what ?? 'rows'}`
}

export function scalarText(value: Scalar): string {
  if (value === null) return 'empty'
  if (typeof value === 'number') return Number.isInteger(value) && value >= 1900 && value <= 2100 ? String(value) : formatNumber(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return value
}

/** What a filter asks of its left side, in the shortest words. */
export function conditionText(filter: Filter, tables: readonly PlanTable[]): string {
  const values = filter.values.map(scalarText)
  const right = filter.other ? columnText(filter.other, tables) : filter.query ? `(${queryText(filter.query)})` : ''
  switch (filter.operator) {
    case 'between':
    case 'not between':
      return `${filter.operator === 'between' ? 'from' : 'not from'} ${values[0] ?? '…'} to ${values[1] ?? '…'}`
    case 'in':
    case 'not in':
      return `${OPERATORS[filter.operator]} ${right || listText(values)}`
    case 'is null':
    case 'is not null':
      return OPERATORS[filter.operator]
    case 'exists':
    case 'not exists':
      return `${OPERATORS[filter.operator]} ${right}`
    case 'expression':
      return ''
    default:
      return `${SIGNS[filter.operator] ?? OPERATORS[filter.operator]} ${right || values.join(', ')}`
  }
}

export function filterSubject(filter: Filter, tables: readonly PlanTable[]): string {
  if (filter.measure) return measureText(filter.measure, tables)
  if (filter.column) return columnText(filter.column, tables)
  return filter.expression ?? ''
}

export function filterText(filter: Filter, tables: readonly PlanTable[]): string {
  if (filter.operator === 'any of' || filter.operator === 'all of') {
    return filter.parts.map((part) => filterText(part, tables)).join(filter.operator === 'any of' ? ' or ' : ' and ')
  }
  return `${filterSubject(filter, tables)} ${conditionText(filter, tables)}`.trim()
}

export function listText(values: readonly string[], shown = 4): string {
  const head = values.slice(0, shown).join(', ')
  return values.length > shown ? `${head} and ${values.length - shown} more` : head
}

export function orderText(ordering: Ordering, query: PlanQuery): string {
  const empty = ordering.nulls === 'first' || ordering.nulls === 'last' ? `, empty ${ordering.nulls}` : ''
  return `${fieldName(ordering.by, query)}, ${directionText(ordering, query)}${empty}`
}

function directionText({ by, descending }: Ordering, query: PlanQuery): string {
  const dimension = query.dimensions.find((item) => item.id === by)
  if (!dimension) return descending ? 'highest first' : 'lowest first'
  if (dimension.grain) return descending ? 'newest first' : 'oldest first'
  return descending ? 'descending' : 'ascending'
}

/** The name of a dimension or measure by its id. */
export function fieldName(id: string, query: PlanQuery): string {
  const measure = query.measures.find((item) => item.id === id)
  if (measure) return measure.label || measureText(measure, query.tables)
  const dimension = query.dimensions.find((item) => item.id === id)
  return dimension ? dimension.label || dimensionText(dimension, query.tables) : id
}

export function tableText(table: PlanTable): string {
  if (table.expression) return table.expression
  if (table.query) return `${table.alias} (${table.lateral ? 'for each row: ' : ''}${queryText(table.query)})`
  const full = table.schema_name ? `${table.schema_name}.${table.table}` : table.table
  return table.alias === table.table ? full : `${full} as ${table.alias}`
}

export function joinText(join: PlanJoin): string {
  return `${join.left.table}.${join.left.column} = ${join.right.table}.${join.right.column}`
}

const KINDS: Record<PlanJoin['kind'], (left: string, right: string) => string> = {
  inner: () => '',
  left: () => 'keeps rows without a partner',
  right: (_, right) => `keeps rows of ${right} without a partner`,
  full: () => 'keeps rows of both without a partner',
  semi: (_, right) => `only rows with a partner in ${right}`,
  anti: (_, right) => `only rows without a partner in ${right}`,
}

/** What becomes of rows without a partner; empty for the ordinary join. */
export function joinKindText(join: PlanJoin): string {
  return KINDS[join.kind](join.left.table, join.right.table)
}

/** What a partner must fulfil beyond equal keys. */
export function joinConditionText(condition: JoinCondition, tables: readonly PlanTable[]): string {
  const filters = condition.filters.map((filter) => filterText(filter, tables)).join(' and ')
  return filters ? `a partner in ${condition.table} only where ${filters}` : `every row of ${condition.table} is a partner`
}

export function queryText(query: PlanQuery): string {
  const shown = [
    ...query.measures.map((measure) => measureText(measure, query.tables)),
    ...query.dimensions.filter((dimension) => dimension.shown).map((dimension) => dimensionText(dimension, query.tables)),
  ]
  const filters = query.filters.map((filter) => filterText(filter, query.tables))
  const from = query.tables.map((table) => table.table || table.alias).join(', ')
  return `${listText(shown)} from ${from}${filters.length > 0 ? ` where ${filters.join(' and ')}` : ''}`
}
