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
