import { KeyRound } from 'lucide-react'
import type { ColumnView, TableView } from '@/api/types'
import { Badge } from '@/components/ui/badge'
import { Tip } from '@/components/ui/tooltip'
import { formatCell, formatCompact, formatNumber } from '@/lib/format'
import { typeWord } from '../lib/kinds'
import { Describe } from './describe'

/** Columns with their kind, their profile and what people say about them. */
export function ColumnList({ sourceId, table }: { sourceId: string; table: TableView }) {
  return (
    <ul aria-label={`Columns of ${table.name}`} className="divide-y">
      {table.columns.map((column) => (
        <li key={column.name} className="grid gap-x-4 gap-y-1 py-2 first:pt-0 last:pb-0 sm:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
          <div className="min-w-0">
            <p className="flex flex-wrap items-center gap-1.5 text-[13px]">
              <span className="min-w-0 break-all font-medium">{column.name}</span>
              {column.primary_key && <KeyRound className="size-3 text-warn" aria-label="primary key" />}
              {column.personal && (
                <Tip label="It looks like personal data. Its values are kept out of prompts and indexes.">
                  <span>
                    <Badge tone="warn">personal</Badge>
                  </span>
                </Tip>
              )}
            </p>
            <p className="text-xs text-muted-fg">
              <span title={column.type.toLowerCase()}>{typeWord(column.type)}</span>
              {column.kind && column.kind !== typeWord(column.type) && ` · ${column.kind}`}
              {!column.nullable && ' · never empty'}
            </p>
          </div>
          <div className="grid min-w-0 gap-1">
            <Describe sourceId={sourceId} table={table.name} column={column.name} text={column.description} fallback={column.comment} />
            <Profile column={column} />
          </div>
        </li>
      ))}
    </ul>
  )
}

function Profile({ column }: { column: ColumnView }) {
  const nulls = column.rows && column.nulls ? column.nulls / column.rows : 0
  const parts = [
    column.distinct !== null && `${formatNumber(column.distinct)} different`,
    nulls > 0 && `${nulls < 0.01 ? '<1' : Math.round(nulls * 100)} % empty`,
    column.min !== null && column.max !== null && column.top_values.length === 0 && `${formatCell(column.min, column.family, column.name)} – ${formatCell(column.max, column.family, column.name)}`,
  ].filter(Boolean)
  return (
    <>
      {parts.length > 0 && <p className="tnum text-xs text-muted-fg">{parts.join(' · ')}</p>}
      {column.top_values.length > 0 && (
        <ul aria-label={`Frequent values of ${column.name}`} className="flex flex-wrap gap-1">
          {column.top_values.slice(0, 6).map(([value, rows]) => (
            <li key={String(value)} className="inline-flex max-w-full items-center gap-1.5 rounded bg-muted px-1.5 text-xs leading-5">
              <span className="truncate">{formatCell(value, column.family, column.name)}</span>
              <span className="tnum text-muted-fg">{formatCompact(rows)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
