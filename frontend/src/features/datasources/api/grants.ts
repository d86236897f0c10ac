/** Who may read what of a source. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { keys } from '@/api/queries'
import type { Grant, TableGrant } from '@/api/types'
import { api, unwrap } from '@/lib/api-client'

/** By table; null means every table, as it is. */
export type Tables = Record<string, TableGrant> | null

export function grantsQuery(sourceId: string) {
  return queryOptions({
    queryKey: [...keys.datasources, 'grants', sourceId],
    queryFn: () => unwrap<Grant[]>(api.GET('/api/datasources/{datasource_id}/grants', { params: { path: { datasource_id: sourceId } } })),
  })
}

export function useWriteGrant(sourceId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ subject, tables }: { subject: string; tables: Tables }) =>
      unwrap(api.PUT('/api/datasources/{datasource_id}/grants/{subject}', { params: { path: { datasource_id: sourceId, subject } }, body: { tables } })),
    onSuccess: () => client.invalidateQueries({ queryKey: grantsQuery(sourceId).queryKey }),
  })
}

export function useDeleteGrant(sourceId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (subject: string) => unwrap(api.DELETE('/api/datasources/{datasource_id}/grants/{subject}', { params: { path: { datasource_id: sourceId, subject } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: grantsQuery(sourceId).queryKey }),
  })
}

function several(number: number, one: string, many = one): string {
  return number === 0 ? '' : `${number} ${number === 1 ? one : many}`
}

/** "All tables", or "3 tables · 1 with a row filter · 2 masked columns". */
export function summaryOf(tables: Grant['tables']): string {
  if (tables === null) return 'All tables, as they are'
  const grants = Object.values(tables)
  return [
    grants.length === 0 ? 'No table' : several(grants.length, 'table', 'tables'),
    several(grants.filter((grant) => grant.columns !== null).length, 'with some columns only'),
    several(grants.filter((grant) => grant.filter !== '').length, 'with a row filter', 'with row filters'),
    several(grants.reduce((sum, grant) => sum + Object.keys(grant.masks).length, 0), 'masked column', 'masked columns'),
  ]
    .filter(Boolean)
    .join(' · ')
}
