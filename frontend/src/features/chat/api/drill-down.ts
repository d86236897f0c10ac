/** From a number to what it was made of. */
import { keepPreviousData, queryOptions, useInfiniteQuery } from '@tanstack/react-query'
import type { Cell, RowsBehind } from '@/api/types'
import { api, unwrap } from '@/lib/api-client'

const PAGE = 200

/** A cell of a result; without a row, the whole column. `sort` says in which order the row was counted. */
export interface Place {
  column: number
  row?: number
  sort?: number
  descending?: boolean
}

export function lineageQuery(resultId: string, place: Place) {
  return queryOptions({
    queryKey: ['result', resultId, 'lineage', place],
    staleTime: Infinity,
    queryFn: () => unwrap(api.GET('/api/results/{result_id}/lineage', { params: { path: { result_id: resultId }, query: place } })),
  })
}

/** The rows that a cell was made from, a page at a time. Asking for them runs a statement. */
export function useRowsBehind(resultId: string, place: Place, enabled: boolean) {
  const query = useInfiniteQuery({
    queryKey: ['result', resultId, 'behind', place],
    enabled,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
    initialPageParam: 0,
    queryFn: ({ pageParam }) =>
      unwrap<RowsBehind>(
        api.GET('/api/results/{result_id}/rows-behind', { params: { path: { result_id: resultId }, query: { ...place, offset: pageParam, limit: PAGE } } }),
      ),
    getNextPageParam: (page) => (page.more ? page.offset + page.rows.length : undefined),
  })
  const pages = query.data?.pages ?? []
  const rows: Cell[][] = pages.flatMap((page) => page.rows)
  return { ...query, first: pages[0] ?? null, rows }
}
