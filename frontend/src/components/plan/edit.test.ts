import { describe, expect, it } from 'vitest'
import type { Filter, PlanQuery, SchemaView, TableView } from '@/api/types'
import { filterText, measureText, orderText } from './describe'
import { columnOptions, isSimple, newFilter, newMeasure, operatorsFor, parseScalar, pickColumn, putFilter, putMeasure, remove } from './edit'

function column(name: string): TableView['columns'][number] {
  return {
    name,
    type: 'TEXT',
    family: 'text',
    kind: 'text',
    nullable: true,
    primary_key: false,
    comment: '',
    description: '',
    rows: null,
    distinct: null,
    nulls: null,
    min: null,
    max: null,
    top_values: [],
    personal: false,
  }
}

function table(name: string, columns: string[], keys: TableView['keys'] = []): TableView {
  return { name, is_view: false, comment: '', description: '', rows: null, columns: columns.map(column), keys }
}

const schema: SchemaView = {
  fingerprint: 'f',
  tables: [
    table('orders', ['id', 'customer_id', 'channel'], [{ columns: ['customer_id'], ref_table: 'customers', ref_columns: ['id'], declared: true }]),
    table('customers', ['id', 'country']),
    table('lines', ['order_id', 'amount'], [{ columns: ['order_id'], ref_table: 'orders', ref_columns: ['id'], declared: true }]),
    table('weather', ['day']),
  ],
}

const query: PlanQuery = {
  tables: [{ alias: 'orders', table: 'orders', schema_name: null, catalog: null, query: null, expression: null, lateral: false }],
  joins: [],
  dimensions: [{ id: 'd1', column: { table: 'orders', column: 'channel' }, expression: null, grain: null, label: '', shown: true }],
  measures: [{ id: 'm1', function: 'count', column: null, expression: null, label: 'orders', shown: true }],
  filters: [],
  order: [{ by: 'm1', descending: true, nulls: 'default' }],
  limit: null,
  offset: null,
  distinct: false,
  distinct_on: [],
  conditions: [],
  qualify: [],
  layout: [],
  combine: [],
  groupings: [],
  ending: [],
}

describe('editing a plan', () => {
  it('keeps the order of the columns that the plan says', () => {
    const laid = { ...query, layout: ['m1', 'd1'] }
    expect(putMeasure(laid, newMeasure(laid)).layout).toEqual(['m1', 'd1', 'm3'])
    expect(remove(laid, 'm1').layout).toEqual(['d1'])
    expect(putMeasure(query, newMeasure(query)).layout).toEqual([])
  })

  it('offers own columns first, then those one key away, and no others', () => {
    expect(columnOptions(schema, query).map((option) => option.value)).toEqual([
      'orders.id',
      'orders.customer_id',
      'orders.channel',
      '+customers.id',
      '+customers.country',
      '+lines.order_id',
      '+lines.amount',
    ])
  })

  it('brings the table and its key along with a neighbour’s column', () => {
    const picked = pickColumn(schema, query, '+customers.country')
    expect(picked.column).toEqual({ table: 'customers', column: 'country' })
    expect(picked.query.tables.map((item) => item.table)).toEqual(['orders', 'customers'])
    expect(picked.query.joins).toEqual([{ left: { table: 'orders', column: 'customer_id' }, right: { table: 'customers', column: 'id' }, kind: 'inner' }])
    expect(pickColumn(schema, query, '+lines.amount').query.joins[0]).toMatchObject({ left: { table: 'orders', column: 'id' }, right: { table: 'lines', column: 'order_id' } })
  })

  it('removes a measure together with the order by it', () => {
    const next = remove(query, 'm1')
    expect(next.measures).toEqual([])
    expect(next.order).toEqual([])
    expect(next.dimensions).toHaveLength(1)
  })

  it('changes a filter in place and adds a new one at the end', () => {
    const first: Filter = { ...newFilter(query), column: { table: 'orders', column: 'channel' }, values: ['web'] }
    const once = putFilter(query, first)
    const twice = putFilter(once, { ...newFilter(once), column: { table: 'orders', column: 'id' }, values: [1] })
    const changed = putFilter(twice, { ...first, operator: '!=' })
    expect(changed.filters.map((filter) => `${filter.id} ${filter.operator}`)).toEqual(['f1 !=', 'f2 ='])
  })

  it('never reuses an id of a dimension for a measure', () => {
    const taken = { ...query, measures: [], dimensions: [{ ...query.dimensions[0]!, id: 'm2' }, { ...query.dimensions[0]!, id: 'd2' }] }
    expect(['m2', 'd2']).not.toContain(newMeasure(taken).id)
  })

  it('reads typed values as the column’s kind', () => {
    expect(parseScalar(' 12.5 ', 'decimal')).toBe(12.5)
    expect(parseScalar('0123', 'text')).toBe('0123')
    expect(parseScalar('abc', 'integer')).toBe('abc')
    expect(parseScalar('Yes', 'boolean')).toBe(true)
  })

  it('keeps an operator that the column’s kind would not offer', () => {
    expect(operatorsFor('text', '>=')[0]).toBe('>=')
    expect(operatorsFor('integer', '=')).toContain('between')
  })

  it('only opens the form for filters it can show whole', () => {
    expect(isSimple(newFilter(query))).toBe(true)
    expect(isSimple({ ...newFilter(query), query })).toBe(false)
    expect(isSimple({ ...newFilter(query), operator: 'any of', parts: [newFilter(query)] })).toBe(false)
  })
})

describe('a plan in words', () => {
  it('says measures, filters and orders plainly', () => {
    expect(measureText({ ...query.measures[0]!, function: 'avg', column: { table: 'orders', column: 'id' } }, query.tables)).toBe('Average of id')
    const between: Filter = { ...newFilter(query), column: { table: 'orders', column: 'day' }, operator: 'between', values: ['2025-01-01', '2025-12-31'] }
    expect(filterText(between, query.tables)).toBe('day from 2025-01-01 to 2025-12-31')
    const many: Filter = { ...newFilter(query), column: { table: 'orders', column: 'channel' }, operator: 'in', values: ['a', 'b', 'c', 'd', 'e'] }
    expect(filterText({ ...newFilter(query), operator: 'any of', parts: [between, many] }, query.tables)).toBe('day from 2025-01-01 to 2025-12-31 or channel is one of a, b, c, d and 1 more')
    expect(orderText(query.order[0]!, query)).toBe('orders, highest first')
  })
})
