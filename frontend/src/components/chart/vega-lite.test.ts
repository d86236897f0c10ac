import { parse, View } from 'vega'
import { expressionInterpreter } from 'vega-interpreter'
import { compile, type TopLevelSpec } from 'vega-lite'
import { describe, expect, it } from 'vitest'
import type { ChartKind, ChartSpec } from '@/api/types'
import type { GridColumn } from '@/components/grid/columns'
import { fittingKinds, withKind } from './kinds'
import { MAX_MARKS, marksUnfinished, toVegaLite } from './vega-lite'

const columns: GridColumn[] = [
  { name: 'month', label: 'Month', family: 'date', lineage: [] },
  { name: 'region', label: "Region's “name”\\", family: 'text', lineage: [] },
  { name: 'revenue', label: 'Revenue', family: 'decimal', lineage: [] },
  { name: 'n', label: 'Number', family: 'integer', lineage: [] },
]
const rows = [
  ['2025-01-01', 'North', 10.5, 3],
  ['2025-02-01', 'South', null, 4],
  ['2025-03-01', "O'Neil", 7, 5],
]

function spec(kind: ChartKind, more: Partial<ChartSpec> = {}): ChartSpec {
  return { kind, title: 'Revenue', x: 0, y: [2], color: 1, x_grain: 'month', sort: 'x', names: [], x_title: 'month', y_title: 'revenue', why: '', alt: '', unfinished: '', ...more }
}

async function drawn(chart: ChartSpec, of: GridColumn[], cells: Parameters<typeof toVegaLite>[2]): Promise<string> {
  const view = new View(parse(compile(toVegaLite(chart, of, cells) as unknown as TopLevelSpec).spec, {}, { ast: true }), { expr: expressionInterpreter, renderer: 'none' })
  view.width(600)
  const svg = await view.toSVG()
  view.finalize()
  return svg
}

const DRAWN: ChartKind[] = ['line', 'multi_line', 'bar', 'horizontal_bar', 'grouped_bar', 'stacked_bar', 'heatmap', 'scatter', 'histogram']

describe('toVegaLite', () => {
  it.each(DRAWN)('draws %s where evaluating text is forbidden', async (kind) => {
    const compiled = toVegaLite(spec(kind, kind === 'scatter' ? { x: 3 } : {}), columns, rows)
    const vega = compile(compiled as unknown as TopLevelSpec).spec
    const view = new View(parse(vega, {}, { ast: true }), { expr: expressionInterpreter, renderer: 'none' })
    view.width(400)
    const svg = await view.toSVG()
    expect(svg).toContain('<svg')
    view.finalize()
  })

  it('draws several numbers over time as lines named by their columns', async () => {
    const compiled = toVegaLite(spec('multi_line', { y: [2, 3], color: null }), columns, rows)
    const vega = compile(compiled as unknown as TopLevelSpec).spec
    const view = new View(parse(vega, {}, { ast: true }), { expr: expressionInterpreter, renderer: 'none' })
    const svg = await view.toSVG()
    expect(svg).toContain('Revenue')
    expect(svg).toContain('Number')
    view.finalize()
  })

  it.each([
    ['line', 'stroke-dasharray="4,4"'],
    ['multi_line', 'stroke-dasharray="4,4"'],
    ['bar', 'opacity="0.45"'],
    ['horizontal_bar', 'opacity="0.45"'],
    ['grouped_bar', 'opacity="0.45"'],
  ] as const)('marks in a %s the period that still runs', async (kind, mark) => {
    const compiled = toVegaLite(spec(kind, { unfinished: '2025-03-01', color: null }), columns, rows)
    const view = new View(parse(compile(compiled as unknown as TopLevelSpec).spec, {}, { ast: true }), { expr: expressionInterpreter, renderer: 'none' })
    view.width(400)
    expect((await view.toSVG()).split(mark)).toHaveLength(2)
    view.finalize()
  })

  it('leads the dashed line on from the last period that is over, in each series', () => {
    const series = [['2025-01-01', 'North', 1, 1], ['2025-02-01', 'North', 2, 1], ['2025-01-01', 'South', 3, 1], ['2025-03-01', 'North', 4, 1]]
    const data = toVegaLite(spec('line', { unfinished: '2025-03-01' }), columns, series)?.data as { values: { part: string }[] }
    expect(data.values.map((value) => value.part)).toEqual(['over', 'joint', 'over', 'running'])
    expect(marksUnfinished(spec('line', { unfinished: '2031-01-01' }), series)).toBe(false)
  })

  it.each(['bar', 'horizontal_bar', 'line', 'grouped_bar'] as const)('ticks a %s of small counts at whole numbers only', async (kind) => {
    const svg = await drawn(spec(kind, { x: 1, y: [3], color: null, x_grain: null }), columns, [[null, 'North', 1, 1], [null, 'South', 1, 2]])
    expect(svg).not.toMatch(/>[0-9]*[.][0-9]+</)
  })

  it('says yes, no and no value as the table does', async () => {
    const flags: GridColumn[] = [{ name: 'active', label: 'Active', family: 'boolean', lineage: [] }, { name: 'n', label: 'Number', family: 'integer', lineage: [] }]
    const svg = await drawn(spec('bar', { x: 0, y: [1], color: null, x_grain: null }), flags, [[true, 4], [false, 3], [null, 2]])
    for (const name of ['yes', 'no', 'no value']) expect(svg).toContain(`>${name}<`)
    expect(svg).not.toMatch(/>(true|false|null)</)
  })

  it('names a bar by all the columns that name it', async () => {
    const people: GridColumn[] = [{ name: 'first', label: 'First', family: 'text', lineage: [] }, { name: 'last', label: 'Last', family: 'text', lineage: [] }, { name: 'n', label: 'Number', family: 'integer', lineage: [] }]
    const svg = await drawn(spec('horizontal_bar', { x: 0, y: [2], names: [0, 1], color: null, x_grain: null }), people, [['Sara', 'Berg', 4], ['Sara', 'Holm', 3]])
    expect(svg).toContain('>Sara Berg<')
    expect(svg).toContain('>Sara Holm<')
  })

  it('leaves tables and numbers to the page', () => {
    expect(toVegaLite(spec('table'), columns, rows)).toBeNull()
    expect(toVegaLite(spec('number'), columns, rows)).toBeNull()
  })

  it('never hands over more marks than can be drawn', () => {
    const many = Array.from({ length: MAX_MARKS + 10 }, (_, index) => ['2025-01-01', 'North', index, 1])
    const data = toVegaLite(spec('scatter', { x: 3 }), columns, many)?.data as { values: unknown[] }
    expect(data.values).toHaveLength(MAX_MARKS)
  })
})

describe('fittingKinds', () => {
  it('keeps the chosen kind first and offers no duplicates', () => {
    for (const kind of DRAWN) {
      const kinds = fittingKinds(spec(kind), columns)
      expect(kinds[0]).toBe(kind)
      expect(new Set(kinds).size).toBe(kinds.length)
    }
  })

  it('turns any chart into points of the first two numbers', () => {
    expect(withKind(spec('line'), 'scatter', columns)).toMatchObject({ kind: 'scatter', x: 2, y: [3] })
  })
})
