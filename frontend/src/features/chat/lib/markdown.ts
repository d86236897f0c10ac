import type { Cell, ResultReady } from '@/api/types'
import { formatCell } from '@/lib/format'
import type { StepRun, Turn } from '../turn'

const ROWS = 50

function escape(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

/** Question, answer, rows and SQL as Markdown, for pasting elsewhere. */
export function answerAsMarkdown(turn: Turn, step: StepRun): string {
  const parts = [`**${turn.question}**`]
  if (turn.answer) parts.push(turn.answer.text)
  const { result } = step
  if (result && result.rows.length > 0) {
    const head = result.columns.map((column) => escape(column.label || column.name))
    const rows = result.rows.slice(0, ROWS).map((row) => result.columns.map((column, index) => escape(formatCell(row[index], column.family, column.name))))
    const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
    if (result.row_count > ROWS) lines.push('', `(first ${ROWS} of ${result.row_count} rows)`)
    parts.push(lines.join('\n'))
  }
  const sql = step.drafts.at(-1)?.sql
  if (sql) parts.push(`\`\`\`sql\n${sql}\n\`\`\``)
  return parts.join('\n\n')
}

/** One cell of it. A text that a spreadsheet would take for a formula is marked as text. */
function plain(value: Cell | undefined): string {
  if (value === null || value === undefined) return ''
  const text = (typeof value === 'object' ? JSON.stringify(value) : String(value)).replace(/[\t\r\n]+/g, ' ')
  return typeof value === 'string' && /^[=+@-]/.test(text) && !Number.isFinite(Number(text)) ? `'${text}` : text
}

/** The rows at hand as a spreadsheet takes them from the clipboard: tabs between cells, values unformatted. */
export function rowsAsText({ columns, rows }: Pick<ResultReady, 'columns' | 'rows'>): string {
  return [columns.map((column) => plain(column.label || column.name)), ...rows.map((row) => columns.map((_, index) => plain(row[index])))].map((cells) => cells.join('\t')).join('\n')
}
