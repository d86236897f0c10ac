import { useMemo, useState } from 'react'
import type { Cell } from '@/api/types'
import { orderRows, type GridColumn, type SortBy } from './columns'
import { DataGrid } from './data-grid'

interface SimpleTableProps {
  label: string
  columns: readonly string[]
  rows: readonly (readonly Cell[])[]
  maxHeight?: number
}

function familyOf(rows: readonly (readonly Cell[])[], index: number): string {
  const sample = rows.slice(0, 50).map((row) => row[index]).filter((value) => value !== null && value !== undefined)
  return sample.length > 0 && sample.every((value) => typeof value === 'number') ? 'decimal' : 'text'
}

/** Rows that are all here: previews and trials. The kind of a column is read from its values. */
export function SimpleTable({ label, columns, rows, maxHeight = 300 }: SimpleTableProps) {
  const [sort, setSort] = useState<SortBy | null>(null)
  const grid = useMemo<GridColumn[]>(
    () => columns.map((name, index) => ({ name, label: name, family: familyOf(rows, index), lineage: [] })),
    [columns, rows],
  )
  const order = useMemo(() => (sort ? orderRows(rows, sort, grid[sort.column]?.family ?? 'text') : null), [rows, sort, grid])
  return (
    <DataGrid
      label={label}
      columns={grid}
      rowCount={rows.length}
      rowAt={(index) => rows[order ? (order[index] ?? 0) : index]}
      sort={sort}
      onSort={setSort}
      maxHeight={maxHeight}
    />
  )
}
