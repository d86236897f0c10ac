import { expect, it } from 'vitest'
import { freshName, kindNames, typeWord } from './kinds'

it.each([
  ['VARCHAR', 'text'],
  ['BIGINT', 'whole number'],
  ['UINTEGER', 'whole number'],
  ['DECIMAL(18,2)', 'number'],
  ['double precision', 'number'],
  ['TIMESTAMP WITH TIME ZONE', 'date and time'],
  ['DATE', 'date'],
  ['BOOLEAN', 'yes or no'],
  ['INTERVAL', 'interval'],
  ['STRUCT(a INTEGER)', 'struct(a integer)'],
])('%s is %s', (type, word) => {
  expect(typeWord(type)).toBe(word)
})

it('names each kind of file once', () => {
  expect(kindNames(['.csv', '.json', '.jsonl', '.ndjson', '.parquet', '.xlsx'])).toBe('CSV, JSON, Parquet, Excel')
})

it('gives a name that no other source has', () => {
  expect(freshName('sales', ['stock'])).toBe('sales')
  expect(freshName('sales', ['sales', 'sales 2'])).toBe('sales 3')
})
