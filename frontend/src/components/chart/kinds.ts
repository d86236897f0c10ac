/** Which charts fit a result, and the same chart as another kind. The server's rules choose; the person may change. */
import type { ChartKind, ChartSpec } from '@/api/types'
import type { GridColumn } from '@/components/grid/columns'
import { isIdentifier, isNumeric } from '@/lib/format'

export const KIND_NAMES: Record<ChartKind, string> = {
  table: 'Table',
  number: 'Number',
  line: 'Line',
  multi_line: 'Lines',
  bar: 'Bars',
  horizontal_bar: 'Horizontal bars',
  grouped_bar: 'Grouped bars',
  stacked_bar: 'Stacked bars',
  heatmap: 'Heat map',
  scatter: 'Points',
  histogram: 'Distribution',
}

export function measuresOf(columns: readonly GridColumn[]): number[] {
  return columns.flatMap((column, index) => (isNumeric(column.family) && !isIdentifier(column.name) ? [index] : []))
}

export function isMoment(column: GridColumn | undefined): boolean {
  return column !== undefined && ['date', 'timestamp', 'datetime'].includes(column.family)
}

/** Kinds that can show this result, the chosen one first. */
export function fittingKinds(spec: ChartSpec, columns: readonly GridColumn[]): ChartKind[] {
  const measures = measuresOf(columns)
  const others = columns.length - measures.length
  const kinds: ChartKind[] = []
  if (measures.length > 0 && others >= 1) {
    if (isMoment(columns[spec.x ?? -1]) || spec.x_grain) kinds.push(spec.color === null ? 'line' : 'multi_line')
    if (spec.color === null || spec.color === undefined) kinds.push('bar', 'horizontal_bar')
    else kinds.push('grouped_bar', 'stacked_bar', 'heatmap')
  }
  if (measures.length >= 2) kinds.push('scatter')
  if (measures.length === 1 && others === 0) kinds.push('histogram')
  return [spec.kind, ...kinds.filter((kind) => kind !== spec.kind)].filter((kind) => kind !== 'table' && kind !== 'number')
}

/** A chart where the rules chose the table: the first category or moment against the first number. */
export function drawable(spec: ChartSpec, columns: readonly GridColumn[]): ChartSpec | null {
  if (spec.kind !== 'table') return spec
  const measures = measuresOf(columns)
  const y = measures[0]
  const x = columns.findIndex((_, index) => !measures.includes(index))
  if (y === undefined || x < 0) return null
  return { ...spec, kind: isMoment(columns[x]) ? 'line' : 'horizontal_bar', x, y: [y], color: null, x_title: columns[x]?.label ?? '', y_title: columns[y]?.label ?? '' }
}

export function withKind(spec: ChartSpec, kind: ChartKind, columns: readonly GridColumn[]): ChartSpec {
  if (kind === spec.kind) return spec
  if (kind !== 'scatter') return { ...spec, kind }
  const [first, second] = measuresOf(columns)
  if (first === undefined || second === undefined) return spec
  return { ...spec, kind, x: first, y: [second], x_title: columns[first]?.label ?? '', y_title: columns[second]?.label ?? '' }
}
