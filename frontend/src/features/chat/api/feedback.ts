import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Feedback, FeedbackReason, FeedbackWrite } from '@/api/types'
import { api, unwrap } from '@/lib/api-client'

export const REASONS: readonly [FeedbackReason, string][] = [
  ['wrong_tables', 'Wrong tables or joins'],
  ['wrong_filter', 'Wrong filter or dates'],
  ['wrong_term', 'Wrong meaning of a word'],
  ['wrong_numbers', 'Wrong numbers'],
  ['wrong_chart', 'Wrong chart'],
  ['misleading_summary', 'Misleading summary'],
  ['no_answer', 'Did not answer'],
  ['too_slow', 'Too slow'],
  ['other', 'Something else'],
]

const key = (turnId: string) => ['feedback', turnId]

export function useFeedback(turnId: string) {
  return useQuery({
    queryKey: key(turnId),
    staleTime: Infinity,
    queryFn: () => unwrap<Feedback | null>(api.GET('/api/feedback', { params: { query: { turn_id: turnId } } })),
  })
}

export function useWriteFeedback(turnId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: Omit<FeedbackWrite, 'turn_id'>) => unwrap(api.POST('/api/feedback', { body: { ...body, turn_id: turnId } })),
    onSuccess: (feedback) => {
      client.setQueryData(key(turnId), feedback)
      void client.invalidateQueries({ queryKey: ['reviews'] })
    },
  })
}

export function useTrySql(turnId: string) {
  return useMutation({
    mutationFn: (sql: string) => unwrap(api.POST('/api/feedback/try', { body: { turn_id: turnId, sql } })),
  })
}
