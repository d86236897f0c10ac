import { describe, expect, it } from 'vitest'
import type { NumberReference, WordLink } from '@/api/types'
import { pieces } from '../components/understood'
import { rowsAsText } from './markdown'
import { measuredFirst } from './measured-first'
import { complete, mentionAt, tablesLike } from './mentions'
import { cut } from './number-marks'
import { slug } from './save'
import { withChoices } from './taken-for-granted'

function reference(text: string, key = text): NumberReference {
  return { key, text, row: 0, column: 0, expression: '' }
}

function link(words: string, start: number): WordLink {
  return { words, start, kind: 'column', target: '', reason: '' }
}

describe('numbers of an answer', () => {
  it('marks each reference where it stands and leaves the rest', () => {
    expect(cut('Of 48 rows, 4 are new.', [reference('48'), reference('4')], new Set())).toEqual([
      { text: 'Of ', reference: null },
      { text: '48', reference: 0 },
      { text: ' rows, ', reference: null },
      { text: '4', reference: 1 },
      { text: ' are new.', reference: null },
    ])
  })

  it('never marks a part of a longer number or word', () => {
    const found = cut('In 2048 and 1.48 and 48a, but 48.', [reference('48')], new Set())
    expect(found.filter((piece) => piece.reference !== null)).toHaveLength(1)
    expect(found.at(-2)).toEqual({ text: '48', reference: 0 })
  })

  it('uses references with the same text one after the other', () => {
    const found = cut('3 shops and 3 cities', [reference('3', 'a'), reference('3', 'b')], new Set())
    expect(found.flatMap((piece) => (piece.reference === null ? [] : [piece.reference]))).toEqual([0, 1])
  })
})

describe('the linked question', () => {
  it('puts the question together again, whatever the links are', () => {
    const question = 'Revenue by month'
    const cases = [[], [link('Revenue', 0), link('month', 11)], [link('month', 11), link('by month', 8)], [link('far away', 90)]]
    for (const links of cases) expect(pieces(question, links).map((piece) => piece.text + piece.tail).join('')).toBe(question)
    expect(pieces(question, cases[1]!).filter((piece) => piece.link)).toHaveLength(2)
  })
})

describe('naming a table with @', () => {
  it('starts at the beginning of a word only', () => {
    expect(mentionAt('sum of @ord', 11)).toEqual({ start: 7, text: 'ord' })
    expect(mentionAt('me@home', 7)).toBeNull()
    expect(mentionAt('@orders by', 10)).toBeNull()
  })

  it('replaces what was typed and puts the caret behind it', () => {
    expect(complete('sum of @ord by day', { start: 7, text: 'ord' }, 'orders')).toEqual({ value: 'sum of orders by day', caret: 14 })
  })

  it('lists names that start with it before those that contain it', () => {
    expect(tablesLike(['order_items', 'orders', 'reorders'], 'order')).toEqual(['order_items', 'orders', 'reorders'])
    expect(tablesLike(['returns', 'turns'], 'tur')).toEqual(['turns', 'returns'])
  })
})

describe('measuredFirst', () => {
  const sources = [{ table: 'lines', column: 'amount', type: 'decimal', comment: '' }]

  it('puts what a number is made of before the rest, of the right table only', () => {
    expect(measuredFirst(['orders.amount', 'orders.id', 'lines.amount'], sources)).toEqual({ order: [2, 0, 1], measured: 1 })
    expect(measuredFirst(['id', 'amount'], sources)).toEqual({ order: [1, 0], measured: 1 })
    expect(measuredFirst(['id', 'name'], [{ table: 'lines', column: '*', type: '', comment: '' }])).toEqual({ order: [0, 1], measured: 0 })
  })
})

describe('words of the question', () => {
  it('links only words that stand where they are said to', () => {
    const found = pieces('How many customers are there?', [link('customers', 9), link('many custo', 11), link('segment', 25)])
    expect(found.filter((piece) => piece.link).map((piece) => piece.text)).toEqual(['customers'])
    expect(found.map((piece) => piece.text + piece.tail).join('')).toBe('How many customers are there?')
  })
})

describe('what is copied and saved', () => {
  it('gives a spreadsheet plain values, one row a line', () => {
    const column = { type: 'text', family: 'text' as const, lineage: [] }
    const text = rowsAsText({ columns: [{ ...column, name: 'a', label: 'Name' }, { ...column, name: 'n', label: '' }], rows: [['x\ty\nz', 1234.5], [null, true], ['=1+1', '-2.5'], ['-x', -3]] })
    expect(text).toBe('Name\tn\nx y z\t1234.5\n\ttrue\n\'=1+1\t-2.5\n\'-x\t-3')
  })

  it('names a file by the question', () => {
    expect(slug('Umsätze je Land, 2025?')).toBe('umsätze-je-land-2025')
    expect(slug('???')).toBe('chart')
  })
})

it('says what was taken for an open assumption', () => {
  const assumption = { id: 'a1', text: 'The date that counts', chosen: 'o2', options: [{ id: 'o1', label: 'Ordered on' }, { id: 'o2', label: 'Paid on' }] }
  expect(withChoices(['The date that counts', 'Not understood: “late”.'], [assumption as never])).toEqual(['Taken for granted. The date that counts: Paid on.', 'Not understood: “late”.'])
})
