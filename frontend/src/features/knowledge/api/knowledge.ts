import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { PatternStatus, TermWrite } from '@/api/types'
import { api, unwrap } from '@/lib/api-client'

const PATTERNS = ['patterns'] as const
const TERMS = ['terms'] as const

export function patternsQuery(projectId: string, status: PatternStatus | null) {
  return queryOptions({
    queryKey: [...PATTERNS, projectId, status],
    enabled: projectId !== '',
    queryFn: () => unwrap(api.GET('/api/knowledge/patterns', { params: { query: { project_id: projectId, ...(status ? { status } : {}) } } })),
  })
}

export function termsQuery(projectId: string) {
  return queryOptions({
    queryKey: [...TERMS, projectId],
    enabled: projectId !== '',
    queryFn: () => unwrap(api.GET('/api/knowledge/terms', { params: { query: { project_id: projectId } } })),
  })
}

export interface PatternDraft {
  question: string
  sql: string
  note: string
  source_id: string
}

export function useSavePattern(projectId: string, id: string | null) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ source_id, ...body }: PatternDraft) =>
      id
        ? unwrap(api.PATCH('/api/knowledge/patterns/{pattern_id}', { params: { path: { pattern_id: id } }, body }))
        : unwrap(api.POST('/api/knowledge/patterns', { body: { ...body, source_id, project_id: projectId } })),
    onSuccess: () => client.invalidateQueries({ queryKey: PATTERNS }),
  })
}

export function useSetPatternStatus() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, status }: { id: string; status: PatternStatus }) => unwrap(api.PATCH('/api/knowledge/patterns/{pattern_id}', { params: { path: { pattern_id: id } }, body: { status } })),
    onSuccess: () => client.invalidateQueries({ queryKey: PATTERNS }),
  })
}

export function useDeletePattern() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/api/knowledge/patterns/{pattern_id}', { params: { path: { pattern_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: PATTERNS }),
  })
}

export function useSaveTerm(id: string | null) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: TermWrite) =>
      id ? unwrap(api.PUT('/api/knowledge/terms/{term_id}', { params: { path: { term_id: id } }, body })) : unwrap(api.POST('/api/knowledge/terms', { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: TERMS }),
  })
}

export function useDeleteTerm() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/api/knowledge/terms/{term_id}', { params: { path: { term_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: TERMS }),
  })
}
