/** Queries that several features read. Those of one feature live in its own `api` folder. */
import { queryOptions, useQuery } from '@tanstack/react-query'
import type { SchemaView } from './types'
import { api, setCsrfToken, unwrap } from '@/lib/api-client'

export const keys = {
  me: ['me'] as const,
  people: ['people'] as const,
  projects: ['projects'] as const,
  datasources: ['datasources'] as const,
  schema: (id: string) => ['schema', id] as const,
  providers: ['providers'] as const,
  reviews: ['reviews'] as const,
  chats: ['chats'] as const,
  suggestions: (projectId: string) => ['suggestions', projectId] as const,
}

export const meQuery = queryOptions({
  queryKey: keys.me,
  staleTime: Infinity,
  queryFn: async () => {
    const me = await unwrap(api.GET('/api/me'))
    setCsrfToken(me.csrf_token)
    return me
  },
})

export const projectsQuery = queryOptions({
  queryKey: keys.projects,
  staleTime: 60_000,
  queryFn: () => unwrap(api.GET('/api/projects')),
})

export function datasourcesQuery(projectId?: string) {
  return queryOptions({
    queryKey: [...keys.datasources, projectId ?? 'all'],
    queryFn: () => unwrap(api.GET('/api/datasources', { params: { query: projectId ? { project_id: projectId } : {} } })),
  })
}

export const enginesQuery = queryOptions({
  queryKey: ['engines'],
  staleTime: Infinity,
  queryFn: () => unwrap(api.GET('/api/engines')),
})

export function schemaQuery(datasourceId: string) {
  return queryOptions({
    queryKey: keys.schema(datasourceId),
    staleTime: 5 * 60_000,
    queryFn: async () => {
      const schema = await unwrap(api.GET('/api/datasources/{datasource_id}/schema', { params: { path: { datasource_id: datasourceId } } }))
      // The client's types lose that `top_values` holds pairs.
      return schema as SchemaView
    },
  })
}

export function membersQuery(projectId: string) {
  return queryOptions({
    queryKey: [...keys.projects, 'members', projectId],
    queryFn: () => unwrap(api.GET('/api/projects/{project_id}/members', { params: { path: { project_id: projectId } } })),
  })
}

export const providersQuery = queryOptions({
  queryKey: keys.providers,
  staleTime: 30_000,
  queryFn: () => unwrap(api.GET('/api/providers/status')),
})

export function openReviewsQuery() {
  return queryOptions({
    queryKey: [...keys.reviews, 'open'],
    refetchInterval: 60_000,
    queryFn: () => unwrap(api.GET('/api/reviews', { params: { query: { status: 'open' } } })),
  })
}

export function useMe() {
  return useQuery(meQuery).data ?? null
}
