import type { NumberReference, ResultColumn } from '@/api/types'

/** Where a number comes from, in a few words. */
export function originOf(reference: NumberReference, columns: readonly ResultColumn[]): string {
  const column = reference.column === null ? undefined : columns[reference.column]
  const from = column && column.lineage.length > 0 ? `, from ${column.lineage.join(', ')}` : ''
  const name = column ? column.label || column.name : ''
  if (reference.row !== null && column) return `Row ${reference.row + 1}, ${name}${from}`
  if (reference.expression === 'rows') return 'The number of rows of the result'
  if (reference.expression) return `Computed from the rows: ${reference.expression}${column ? ` — ${name}${from}` : ''}`
  return column ? `${name}${from}` : 'From the rows of the result'
}
