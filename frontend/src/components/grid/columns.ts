/** Rows as columns, and the order they are shown in: sorting moves numbers, not rows. */
import type { Cell } from '@/api/types'
import { isIdentifier, isNumeric } from '@/lib/format'

export interface GridColumn {
  name: string
  label: string
  family: string
  /** `table.column` names that make it. */
  lineage: readonly string[]
}

export interface SortBy {
  column: number
  descending: boolean
}

const collator = new Intl.Collator(undefined, { numeric: true })

/** Stable; empty cells come last in both directions. */
export function orderRows(rows: readonly (readonly Cell[])[], sort: SortBy, family: string): Uint32Array {
  const order = Uint32Array.from(rows, (_, index) => index)
  const sign = sort.descending ? -1 : 1
  const numeric = isNumeric(family)
  const keys = rows.map((row) => sortKey(row[sort.column], numeric))
  return order.toSorted((a, b) => {
    const x = keys[a] ?? null
    const y = keys[b] ?? null
    if (x === null || y === null) return x === y ? a - b : x === null ? 1 : -1
    const by = typeof x === 'number' && typeof y === 'number' ? x - y : collator.compare(String(x), String(y))
    return by === 0 ? a - b : sign * by
  })
}

function sortKey(value: Cell, numeric: boolean): number | string | null {
  if (value === null || value === undefined) return null
  if (numeric) return Number(value)
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean)
}

/** Digits after the point that every cell of a column shows, so that the points stand in one line. */
export function digitsOf(column: GridColumn, cells: readonly Cell[]): number | undefined {
  if (!isNumeric(column.family) || isIdentifier(column.name)) return undefined
  const numbers = cells.filter((cell) => cell !== null && cell !== undefined).map(Number)
  return numbers.some((value) => !Number.isInteger(value)) && numbers.every((value) => value === 0 || Math.abs(value) >= 0.01) ? 2 : undefined
}

/** A width that fits the longest of the first cells, in characters. */
export function columnWidth(label: string, cells: readonly string[]): number {
  const longest = cells.reduce((most, text) => Math.max(most, text.length), label.length + 3)
  return Math.min(Math.max(longest * 6.9 + 26, 84), 340)
}
