import { expect, it } from 'vitest'
import type { ReceiptFacts } from '../api/receipt'
import { receiptFacts } from './receipt-facts'

const receipt: ReceiptFacts = {
  started: '2026-02-03T10:00:00+00:00',
  plan: { confirmed: 'as proposed', revision: 1, confirmed_by: 'someone' },
  steps: [
    {
      step: 's1', source_name: 'Shop', engine: 'SQLite', indexed_at: null, sql_sha256: 'a', as_shown: true, restricted: false, rows: 12, rows_digest: 'c21f4d9079b90aee', truncated: false,
      conformance: [{ verdict: 'kept' }, { verdict: 'kept' }],
      checks: [{ verdict: 'passed' }, { verdict: 'passed' }, { verdict: 'warning' }, { verdict: 'skipped' }],
    },
  ],
  models: [],
  usage: { llm_calls: 0, prompt_tokens: 0, completion_tokens: 0, statements: 14 },
  versions: { datachat: '0.1.0' },
  sha256: 'f',
}
const said = (more: Partial<ReceiptFacts> = {}) => receiptFacts({ ...receipt, ...more }).map((line) => line.join(': ')).join('\n')

it('tells of this answer: its source, rows, checks and what it ran with', () => {
  const text = said()
  expect(text).toContain('Plan: confirmed by a person, as proposed')
  expect(text).toContain('Read: Shop (SQLite), with the SQL that was shown')
  expect(text).toContain('Rows: 12 rows, digest c21f4d9079b9')
  expect(text).toContain('Checks: 2 passed, 1 remark; matches the plan 2/2')
  expect(text).toContain('Ran: 14 statements, probes included; no language model; DataChat 0.1.0')
})

it('tells of changes, of rights, and of a model', () => {
  const [step] = receipt.steps
  const text = said({
    plan: { confirmed: {}, revision: 3, confirmed_by: 'policy' },
    steps: [{ ...step!, restricted: true, as_shown: false, truncated: true }],
    models: ['big'],
    usage: { llm_calls: 2, prompt_tokens: 900, completion_tokens: 100, statements: 1 },
  })
  expect(text).toContain('ran without asking, as the project says, changed 2 times before')
  expect(text).toContain('limited to what the asker may see')
  expect(text).not.toContain('was shown')
  expect(text).toContain('cut at the limit')
  expect(text).toContain('1 statement, probes included; big, 1,000 tokens')
})
