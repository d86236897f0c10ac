/** Rows of a stored result beyond the first ones that came with the answer. */
import { keepPreviousData, useQueries } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import type { Cell, ResultReady } from '@/api/types'
import { orderRows, type GridColumn, type SortBy } from '@/components/grid/columns'
import { api, unwrap } from '@/lib/api-client'
import { humanise } from '@/lib/format'
import type { Place } from './drill-down'

const PAGE = 500

export function gridColumns(result: ResultReady): GridColumn[] {
  return result.columns.map((column) => ({ name: column.name, label: humanise(column.label || column.name), family: column.family, lineage: column.lineage }))
}

export interface ResultRows {
  rowAt(index: number): readonly Cell[] | undefined
  sort: SortBy | null
  onSort(sort: SortBy | null): void
  onRange(first: number, last: number): void
  /** Where a shown row stands for the server. */
  placeOf(index: number): Pick<Place, 'row' | 'sort' | 'descending'>
  failed: boolean
}

/** All rows of a result: sorted here while they are all here, else page by page on the server. */
export function useResultRows(result: ResultReady): ResultRows {
  const [sort, setSort] = useState<SortBy | null>(null)
  const [pages, setPages] = useState<number[]>([])
  const local = result.rows.length >= result.row_count
  const family = sort ? (result.columns[sort.column]?.family ?? '') : ''
  const order = useMemo(() => (local && sort ? orderRows(result.rows, sort, family) : null), [local, sort, family, result.rows])
  const wanted = local ? [] : pages
  const queries = useQueries({
    queries: wanted.map((page) => ({
      queryKey: ['result', result.result_id, page, sort?.column ?? null, sort?.descending ?? false],
      staleTime: Infinity,
      placeholderData: keepPreviousData,
      queryFn: () =>
        unwrap(
          api.GET('/api/results/{result_id}', {
            params: {
              path: { result_id: result.result_id },
              query: { offset: page * PAGE, limit: PAGE, ...(sort ? { sort: sort.column, descending: sort.descending } : {}) },
            },
          }),
        ),
    })),
  })
  const onRange = useCallback(
    (first: number, last: number) => {
      if (local) return
      const needed = [...new Set([Math.floor(first / PAGE), Math.floor(last / PAGE)])]
      setPages((present) => (needed.every((page) => present.includes(page)) ? present : [...new Set([...present.slice(-6), ...needed])]))
    },
    [local],
  )
  const rowAt = (index: number) => {
    if (local) return result.rows[order ? (order[index] ?? 0) : index]
    if (!sort && index < result.rows.length) return result.rows[index]
    const page = wanted.indexOf(Math.floor(index / PAGE))
    return page < 0 ? undefined : queries[page]?.data?.rows[index % PAGE]
  }
  const placeOf = (index: number) => {
    if (local || !sort) return { row: order ? (order[index] ?? index) : index }
    return { row: index, sort: sort.column, descending: sort.descending }
  }
  return { rowAt, sort, onSort: setSort, onRange, placeOf, failed: queries.some((query) => query.isError) }
}

export type ExportFormat = 'csv' | 'xlsx' | 'parquet'

export function exportAddress(resultId: string, format: ExportFormat): string {
  return `/api/results/${encodeURIComponent(resultId)}/export?format=${format}`
}
