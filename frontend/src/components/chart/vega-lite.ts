/** Compiles our small typed chart into Vega-Lite. Data is inline, nothing is fetched, no expression comes from outside. */
import type { Cell, ChartSpec } from '@/api/types'
import type { GridColumn } from '@/components/grid/columns'
import { humanise } from '@/lib/format'

/** More marks than this cannot be told apart and make the page slow. */
export const MAX_MARKS = 5000

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
export type VegaLiteSpec = { [key: string]: Json }

const FORMATS: Record<string, string> = { year: '%Y', quarter: 'Q%q %Y', month: '%b %Y', week: '%d %b', day: '%d %b', hour: '%d %b %H:%M' }

// Short numbers on the axis; below a thousand in full, where the short form would write a half as "500m".
const NUMBER_AXIS: VegaLiteSpec = { grid: true, tickCount: 5, labelExpr: "abs(datum.value) < 1000 ? format(datum.value, ',.12~g') : format(datum.value, '~s')" }

const f = (index: number) => `c${index}`

type Rows = readonly (readonly Cell[])[]

function values(spec: ChartSpec, columns: readonly GridColumn[], rows: Rows, moment: number): Json[] {
  const shown = rows.slice(0, MAX_MARKS)
  const parts = partsOf(spec, shown)
  return shown.map((row, index) => ({
    row: index,
    ...Object.fromEntries(columns.map((_, column) => [f(column), column === moment ? localTime(row[column]) : named(row[column], spec.y.includes(column))])),
    ...(namesOf(spec).length > 0 && { name: namesOf(spec).map((column) => named(row[column], false)).join(' ') }),
    ...(parts && { part: parts[index] ?? 'over' }),
  }))
}

/** Columns that name a bar together; none in charts stored by an earlier version, which know only x. */
function namesOf(spec: ChartSpec): readonly number[] {
  return spec.names ?? []
}

/** A value as the page writes it everywhere: yes and no, and a group without a value says so. */
function named(value: Cell | undefined, measure: boolean): Json {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return (value ?? (measure ? null : 'no value')) as Json
}

/**
 * Of each row, whether its period is over, still running, or the last one before that ("joint"), from which a
 * dashed line leads on. Null when every period is over.
 */
function partsOf(spec: ChartSpec, rows: Rows): ('over' | 'joint' | 'running')[] | null {
  if (!spec.unfinished) return null
  const x = (row: readonly Cell[]) => String(row[spec.x ?? -1] as string | number | null)
  const series = (row: readonly Cell[]) => (spec.color == null ? '' : JSON.stringify(row[spec.color]))
  const running = new Set(rows.filter((row) => x(row) === spec.unfinished).map(series))
  if (running.size === 0) return null
  const last = new Map<string, string>()
  for (const row of rows) {
    const of = series(row)
    if (running.has(of) && x(row) < spec.unfinished && x(row) > (last.get(of) ?? '')) last.set(of, x(row))
  }
  return rows.map((row) => (x(row) === spec.unfinished ? 'running' : last.get(series(row)) === x(row) ? 'joint' : 'over'))
}

const RUNNING: VegaLiteSpec = { field: 'part', equal: 'running' }

/** A line whose way into the running period is dashed. */
function lineLayers(mark: VegaLiteSpec): Json {
  return [
    { mark, transform: [{ filter: { not: RUNNING } }] },
    { mark: { ...mark, point: false, strokeDash: [4, 4] }, transform: [{ filter: { field: 'part', oneOf: ['joint', 'running'] } }] },
    { mark: { type: 'point', size: 50, filled: false, strokeWidth: 2 }, transform: [{ filter: RUNNING }] },
  ]
}

/** Whether the chart marks a period that is not over. */
export function marksUnfinished(spec: ChartSpec, rows: Rows): boolean {
  return ['line', 'multi_line', 'bar', 'horizontal_bar', 'grouped_bar', 'stacked_bar'].includes(spec.kind) && partsOf(spec, rows) !== null
}

/** A date without a time would be read as midnight in Greenwich and shown as the day before further west. */
function localTime(value: Cell): Json {
  if (typeof value !== 'string') return null
  if (/^\d{4}-\d{2}$/.test(value)) return `${value}-01T00:00:00`
  return value.length === 10 ? `${value}T00:00:00` : value.replace(' ', 'T')
}

/** The axis of some columns: between whole numbers there is nothing to tick. */
function numberAxis(measures: readonly number[], rows: Rows): VegaLiteSpec {
  const whole = measures.every((index) => rows.every((row) => row[index] == null || Number.isInteger(Number(row[index]))))
  return whole ? { ...NUMBER_AXIS, tickMinStep: 1 } : NUMBER_AXIS
}

function quantitative(index: number, title: string, rows: Rows): VegaLiteSpec {
  return { field: f(index), type: 'quantitative', title: humanise(title), axis: numberAxis([index], rows) }
}

/** Whether the x column holds moments, and holds them in a form that can be read. */
function isTemporal(spec: ChartSpec, columns: readonly GridColumn[], rows: Rows): boolean {
  const x = spec.x ?? -1
  if (spec.kind === 'scatter' || spec.kind === 'histogram') return false
  if (!['date', 'timestamp', 'datetime'].includes(columns[x]?.family ?? '') && spec.x_grain === null) return false
  return rows.slice(0, 20).every((row) => row[x] === null || (typeof row[x] === 'string' && /^\d{4}-\d{2}(-\d{2}([T ]|$)|$)/.test(row[x])))
}

function momentFormat(spec: ChartSpec): string {
  return FORMATS[spec.x_grain ?? ''] ?? '%d %b %Y'
}

function alongX(spec: ChartSpec, temporal: boolean, discrete: boolean): VegaLiteSpec {
  const field = namesOf(spec).length > 0 ? 'name' : f(spec.x ?? 0)
  const sort: Json = spec.sort === '-y' ? '-y' : spec.sort === 'x' ? 'ascending' : null
  const title = spec.x_title ? humanise(spec.x_title) : null
  if (temporal && !discrete) return { field, type: 'temporal', title: null, axis: { grid: false, format: momentFormat(spec), labelOverlap: true, tickCount: 12 } }
  const label: VegaLiteSpec = temporal ? { labelExpr: `timeFormat(toDate(datum.value), '${momentFormat(spec)}')` } : {}
  return { field, type: 'nominal', sort, title: temporal ? null : title, axis: { labelAngle: 0, labelLimit: 130, labelOverlap: true, ...label } }
}

/** Vega-Lite writes tooltip titles into an expression as they are: what would end or escape its string is replaced. */
function quoted(label: string): string {
  return label.replace(/["\\]/g, "'").replace(/[\r\n\u2028\u2029]+/g, ' ')
}

function tooltip(columns: readonly GridColumn[], used: readonly number[], moment: number, format: string): Json {
  return used.map((index) => {
    const column = columns[index]
    if (index === moment) return { field: f(index), title: quoted(column?.label ?? ''), type: 'temporal', format }
    const numeric = ['integer', 'decimal', 'float'].includes(column?.family ?? '')
    return { field: f(index), title: quoted(column?.label ?? ''), type: numeric ? 'quantitative' : 'nominal', ...(numeric ? { format: ',.2~f' } : {}) }
  })
}

/** Several numbers over one axis become one long column, with the number's name as colour. */
function folded(spec: ChartSpec, columns: readonly GridColumn[], rows: Rows): VegaLiteSpec {
  const named = spec.y.map((index) => ({ index, label: columns[index]?.label ?? '' }))
  return {
    transform: [{ fold: named.map(({ index }) => f(index)), as: ['series', 'value'] }],
    y: { field: 'value', type: 'quantitative', title: spec.y_title ? humanise(spec.y_title) : null, axis: numberAxis(spec.y, rows) },
    color: {
      field: 'series',
      type: 'nominal',
      title: null,
      scale: { domain: named.map(({ index }) => f(index)) },
      legend: { orient: 'top', labelExpr: named.map(({ index, label }) => `datum.value === '${f(index)}' ? ${JSON.stringify(label)} : `).join('') + "''" },
    },
  }
}

function colourOf(spec: ChartSpec): VegaLiteSpec {
  return spec.color === null || spec.color === undefined ? {} : { color: { field: f(spec.color), type: 'nominal', title: null, legend: { orient: 'top' } } }
}

/** Few bars stay slim instead of filling the width. */
function bandOf(bars: number): number {
  return bars <= 2 ? 0.22 : bars <= 5 ? 0.4 : 0.68
}

/** The Vega-Lite form of a chart, or null when its kind has none (a table, a number). */
export function toVegaLite(spec: ChartSpec, columns: readonly GridColumn[], rows: Rows): VegaLiteSpec | null {
  const x = spec.x ?? -1
  const y = spec.y[0] ?? -1
  const temporal = isTemporal(spec, columns, rows)
  const base: VegaLiteSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    data: { values: values(spec, columns, rows, temporal ? x : -1) },
    width: 'container',
    height: 280,
    autosize: { type: 'fit', contains: 'padding' },
  }
  const used = [...(namesOf(spec).length > 0 ? namesOf(spec) : [x]), spec.color ?? -1, ...spec.y].filter((index) => index >= 0)
  const tip = tooltip(columns, used, temporal ? x : -1, momentFormat(spec))
  const running = partsOf(spec, rows) !== null
  const lighter: VegaLiteSpec = running ? { opacity: { condition: { test: RUNNING, value: 0.45 }, value: 1 } } : {}
  const yTitle = spec.y_title || columns[y]?.label || ''
  switch (spec.kind) {
    case 'table':
    case 'number':
      return null
    case 'line':
    case 'multi_line': {
      const mark: VegaLiteSpec = { type: 'line', point: rows.length <= 120, strokeWidth: 2 }
      const horizontal = alongX(spec, temporal, false)
      if (spec.y.length > 1 && spec.color === null) {
        const { transform = [], y: vertical = null, color = null } = folded(spec, columns, rows)
        return { ...base, transform, ...(running ? { layer: lineLayers(mark) } : { mark }), encoding: { x: horizontal, y: vertical, color, tooltip: tip } }
      }
      return { ...base, ...(running ? { layer: lineLayers(mark) } : { mark }), encoding: { x: horizontal, y: quantitative(y, yTitle, rows), ...colourOf(spec), tooltip: tip } }
    }
    case 'bar':
      return { ...base, mark: { type: 'bar', cornerRadiusEnd: 3, width: { band: bandOf(rows.length) } }, encoding: { x: alongX(spec, temporal, true), y: quantitative(y, yTitle, rows), ...lighter, tooltip: tip } }
    case 'horizontal_bar':
      return {
        ...base,
        height: { step: 24 },
        autosize: { type: 'fit-x', contains: 'padding' },
        mark: { type: 'bar', cornerRadiusEnd: 3, height: { band: 0.7 } },
        encoding: { y: { ...alongX(spec, temporal, true), sort: temporal ? 'ascending' : '-x', title: null }, x: quantitative(y, yTitle, rows), ...lighter, tooltip: tip },
      }
    case 'grouped_bar':
    case 'stacked_bar': {
      const offset: VegaLiteSpec = spec.kind === 'grouped_bar' && spec.color !== null ? { xOffset: { field: f(spec.color) } } : {}
      return { ...base, mark: { type: 'bar', cornerRadiusEnd: 2 }, encoding: { x: alongX(spec, temporal, true), y: quantitative(y, yTitle, rows), ...offset, ...colourOf(spec), ...lighter, tooltip: tip } }
    }
    case 'heatmap':
      return {
        ...base,
        mark: 'rect',
        encoding: {
          x: alongX(spec, temporal, true),
          y: { field: f(spec.color ?? x), type: 'nominal', title: null },
          color: { field: f(y), type: 'quantitative', title: yTitle, legend: { orient: 'top', format: '~s' } },
          tooltip: tip,
        },
      }
    case 'scatter':
      return { ...base, mark: { type: 'circle', opacity: 0.65, size: 48 }, encoding: { x: quantitative(x, spec.x_title || columns[x]?.label || '', rows), y: quantitative(y, yTitle, rows), ...colourOf(spec), tooltip: tip } }
    case 'histogram':
      return { ...base, mark: { type: 'bar' }, encoding: { x: { field: f(y >= 0 ? y : x), bin: { maxbins: 30 }, type: 'quantitative', title: spec.x_title || yTitle }, y: { aggregate: 'count', type: 'quantitative', title: 'Rows', axis: { ...NUMBER_AXIS, tickMinStep: 1 } } } }
    default: {
      const unknown: never = spec.kind
      void unknown
      return null
    }
  }
}
