import type { ResultReady } from '@/api/types'
import { Tip } from '@/components/ui/tooltip'
import { count, formatNumber, formatSeconds } from '@/lib/format'
import type { Turn } from '../turn'
import { rowsText } from './result-table'

/** Rows · time · tokens, with the details on hover. */
export function UsageLine({ turn, result }: { turn: Turn; result: ResultReady | null }) {
  const { usage } = turn
  const tokens = usage ? usage.prompt_tokens + usage.completion_tokens : 0
  const parts = [
    result && rowsText(result),
    usage && formatSeconds(usage.seconds),
    usage && (usage.llm_calls > 0 ? count(tokens, 'token') : 'no model used'),
    usage?.cost_usd != null && `$${usage.cost_usd.toFixed(3)}`,
  ].filter(Boolean)
  if (parts.length === 0) return null
  return (
    <Tip
      label={
        <>
          {result && <span className="block">The source took {formatSeconds(result.seconds)}.</span>}
          {usage && <span className="block">{count(usage.statements, 'statement')} ran, probes included.</span>}
          {usage && usage.llm_calls > 0 && (
            <span className="block">
              {count(usage.llm_calls, 'model call')}: {formatNumber(usage.prompt_tokens)} tokens in, {formatNumber(usage.completion_tokens)} out.
            </span>
          )}
        </>
      }
    >
      <button type="button" className="tnum min-h-6 sm:ml-auto cursor-help rounded text-xs text-muted-fg">
        {parts.join(' · ')}
      </button>
    </Tip>
  )
}
