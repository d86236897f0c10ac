/** A receipt in a few lines a person reads: when, by whom, from where, how checked, with what. */
import { conformanceText } from '@/components/evidence/checks'
import { count, formatMoment } from '@/lib/format'
import type { ReceiptFacts, ReceiptStep } from '../api/receipt'

export function receiptFacts(receipt: ReceiptFacts): [name: string, text: string][] {
  const { models, plan, steps, usage, versions } = receipt
  const who = plan.confirmed_by === 'policy' ? 'ran without asking, as the project says' : 'confirmed by a person'
  return [
    ['Asked', formatMoment(receipt.started)],
    ['Plan', `${who}, ${plan.confirmed === 'as proposed' ? 'as proposed' : `changed ${count(plan.revision - 1, 'time')} before`}`],
    ...steps.flatMap((step): [string, string][] => [
      ['Read', readText(step)],
      ['Rows', `${count(step.rows, 'row')}${step.truncated ? ', cut at the limit' : ''}, digest ${step.rows_digest.slice(0, 12)}`],
      ['Checks', checksText(step)],
    ]),
    ['Ran', `${count(usage.statements, 'statement')}, probes included; ${models.length > 0 ? `${models.join(', ')}, ${count(usage.prompt_tokens + usage.completion_tokens, 'token')}` : 'no language model'}; DataChat ${versions.datachat}`],
  ]
}

function readText({ source_name, engine, indexed_at, as_shown, restricted }: ReceiptStep): string {
  const parts = [`${source_name} (${engine})`]
  if (indexed_at) parts.push(`as indexed ${formatMoment(indexed_at)}`)
  if (as_shown) parts.push('with the SQL that was shown')
  if (restricted) parts.push('limited to what the asker may see')
  return parts.join(', ')
}

function checksText({ checks, conformance }: ReceiptStep): string {
  const told = (verdict: string) => checks.filter((check) => check.verdict === verdict).length
  const [passed, remarks, failed] = [told('passed'), told('warning'), told('failed')]
  const parts = [`${passed} passed`, remarks > 0 && `${count(remarks, 'remark')}`, failed > 0 && `${failed} failed`].filter(Boolean)
  return `${parts.join(', ')}; ${conformanceText(conformance).toLowerCase()}`
}
