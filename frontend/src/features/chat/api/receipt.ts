/** One answer's receipt, in the parts that the page tells about. The file holds more. */
import { queryOptions } from '@tanstack/react-query'
import type { CheckResult, ConformancePoint } from '@/api/types'
import { api, unwrap } from '@/lib/api-client'

export interface ReceiptStep {
  step: string
  source_name: string
  engine: string
  indexed_at: string | null
  sql_sha256: string
  as_shown: boolean
  restricted: boolean
  conformance: Pick<ConformancePoint, 'verdict'>[]
  checks: Pick<CheckResult, 'verdict'>[]
  rows: number
  rows_digest: string
  truncated: boolean
}

export interface ReceiptFacts {
  started: string
  plan: { confirmed: unknown; revision: number; confirmed_by: string }
  steps: ReceiptStep[]
  models: string[]
  usage: { llm_calls: number; prompt_tokens: number; completion_tokens: number; statements: number }
  versions: { datachat: string }
  sha256: string
  /** Receipts of an earlier version have none. */
  signature?: { algorithm: string; key: string; value: string }
}

export function receiptQuery(receiptId: string) {
  return queryOptions({
    queryKey: ['receipt', receiptId],
    staleTime: Infinity,
    queryFn: async () => {
      const held: unknown = await unwrap(api.GET('/api/receipts/{receipt_id}', { params: { path: { receipt_id: receiptId } } }))
      return held as ReceiptFacts
    },
  })
}
