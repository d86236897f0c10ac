import { describe, expect, it } from 'vitest'
import type { Filter } from '@/api/types'
import { periodOf, periodText, presets, shiftDay } from './period'

function filter(id: string, operator: Filter['operator'], value: string, column = 'ordered_at'): Filter {
  return { id, column: { table: 'orders', column }, measure: null, expression: null, operator, values: [value], other: null, query: null, parts: [], why: '' }
}

describe('periodText', () => {
  it.each([
    ['2025-01-01', '2026-01-01', 'in 2025'],
    ['2025-07-01', '2025-10-01', 'in Q3 2025'],
    ['2025-12-01', '2026-01-01', 'in December 2025'],
    ['2024-02-01', '2024-03-01', 'in February 2024'],
    ['2025-03-07', '2025-03-08', 'on 2025-03-07'],
    ['2025-02-01', '2025-05-01', 'from 2025-02-01 to 2025-04-30'],
    ['2025-01-01', '2027-01-01', 'from 2025-01-01 to 2026-12-31'],
    ['2025-01-15', '2026-01-15', 'from 2025-01-15 to 2026-01-14'],
  ])('%s up to %s is %s', (from, before, text) => {
    expect(periodText(from, before)).toBe(text)
  })
})

describe('periodOf', () => {
  const from = filter('f1', '>=', '2025-01-01')
  const before = filter('f2', '<', '2026-01-01')

  it('joins the two filters of a span, whichever comes first', () => {
    expect(periodOf(from, [from, before])).toEqual({ from, before })
    expect(periodOf(before, [before, from])).toEqual({ from, before })
  })

  it('leaves alone what means something else', () => {
    const refused: Filter[][] = [
      [from],
      [from, filter('f2', '<', '2026-01-01', 'shipped_at')],
      [from, filter('f2', '<=', '2025-12-31')],
      [from, before, filter('f3', '!=', '2025-06-01')],
      [from, filter('f2', '<', '2024-01-01')],
      [filter('f1', '>=', '10'), filter('f2', '<', '20')],
      [from, { ...before, other: { table: 'orders', column: 'due_at' }, values: [] }],
    ]
    for (const filters of refused) expect(periodOf(from, filters)).toBeNull()
  })
})

it('offers spans that hold today or end just before it', () => {
  const offered = Object.fromEntries(presets('2026-01-31').map(({ name, from, before }) => [name, `${from} ${before}`]))
  expect(offered).toEqual({
    'This year': '2026-01-01 2027-01-01',
    'Last year': '2025-01-01 2026-01-01',
    'This quarter': '2026-01-01 2026-04-01',
    'Last quarter': '2025-10-01 2026-01-01',
    'This month': '2026-01-01 2026-02-01',
    'Last month': '2025-12-01 2026-01-01',
  })
  expect(shiftDay('2024-03-01', -1)).toBe('2024-02-29')
})
