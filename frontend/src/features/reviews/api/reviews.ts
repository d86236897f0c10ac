import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { keys } from '@/api/queries'
import type { Review, ReviewDecision, ReviewSummary } from '@/api/types'
import { api, unwrap } from '@/lib/api-client'

export function reviewsQuery(status: ReviewSummary['status']) {
  return queryOptions({
    queryKey: [...keys.reviews, status],
    queryFn: () => unwrap(api.GET('/api/reviews', { params: { query: { status } } })),
  })
}

export function reviewQuery(id: string) {
  return queryOptions({
    queryKey: [...keys.reviews, 'one', id],
    queryFn: async () => (await unwrap(api.GET('/api/reviews/{review_id}', { params: { path: { review_id: id } } }))) as Review,
  })
}

/** The first rows of the statement, as its asker would get them. Reading them runs it. */
export function reviewPreviewQuery(id: string) {
  return queryOptions({
    queryKey: [...keys.reviews, 'preview', id],
    staleTime: 5 * 60_000,
    retry: false,
    queryFn: () => unwrap(api.GET('/api/reviews/{review_id}/preview', { params: { path: { review_id: id } } })),
  })
}

export function useDecide(id: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: ReviewDecision) => unwrap(api.POST('/api/reviews/{review_id}/decision', { params: { path: { review_id: id } }, body })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.reviews })
      void client.invalidateQueries({ queryKey: ['patterns'] })
    },
  })
}

export function useTryReviewSql(id: string) {
  return useMutation({
    mutationFn: (sql: string) => unwrap(api.POST('/api/reviews/{review_id}/try', { params: { path: { review_id: id } }, body: { sql } })),
  })
}
