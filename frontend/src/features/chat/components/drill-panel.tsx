import { useQuery } from '@tanstack/react-query'
import { ChevronRight, Rows3 } from 'lucide-react'
import { useMemo, useState, type ReactNode } from 'react'
import type { Cell, Lineage, ResultColumn, RowsBehind } from '@/api/types'
import { DataGrid } from '@/components/grid/data-grid'
import { SqlCode } from '@/components/sql/sql-code'
import { Button } from '@/components/ui/button'
import { ErrorState, Skeleton, SkeletonLines } from '@/components/ui/feedback'
import { SidePanel } from '@/components/ui/dialog'
import { count, formatCell, humanise } from '@/lib/format'
import { measuredFirst } from '../lib/measured-first'
import { lineageQuery, useRowsBehind, type Place } from '../api/drill-down'

interface DrillPanelProps {
  resultId: string
  place: Place
  column: ResultColumn
  /** What the cell shows; undefined when a whole column is followed. */
  value: Cell | undefined
  dialect: string
  onClose(): void
}

/** Follows a number: how it was worked out, from which columns, and the rows behind it. */
export default function DrillPanel({ resultId, place, column, value, dialect, onClose }: DrillPanelProps) {
  const lineage = useQuery(lineageQuery(resultId, place))
  const label = humanise(column.label || column.name)
  return (
    <SidePanel title="Where this comes from" description={place.row === undefined ? `Every row of “${label}”` : undefined} onClose={onClose}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
        {place.row !== undefined && (
          <div>
            <p className="text-[13px] text-muted-fg">{label}</p>
            <p className="tnum mt-0.5 break-words text-2xl font-semibold leading-tight">{formatCell(value, column.family, column.name)}</p>
          </div>
        )}
        {lineage.isError && <ErrorState error={lineage.error} title="This could not be followed" onRetry={() => void lineage.refetch()} />}
        {lineage.isPending && <SkeletonLines lines={5} />}
        {lineage.data && (
          <>
            <Origin lineage={lineage.data} />
            {lineage.data.drillable ? (
              <Behind resultId={resultId} place={place} dialect={dialect} sources={lineage.data.sources} />
            ) : (
              <p className="rounded-md bg-muted px-3 py-2.5 text-[13px] text-muted-fg">{lineage.data.why_not}</p>
            )}
          </>
        )}
      </div>
    </SidePanel>
  )
}

function Origin({ lineage }: { lineage: Lineage }) {
  return (
    <dl className="grid grid-cols-[minmax(0,1fr)] gap-3.5 text-[13px] sm:grid-cols-[92px_minmax(0,1fr)] sm:gap-y-2.5">
      {lineage.expression && <Term name="Worked out as">{lineage.expression}</Term>}
      {lineage.keys.length > 0 && (
        <Term name="For">
          {lineage.keys.map((key) => (
            <span key={key.name} className="mr-2 inline-block">
              <span className="text-muted-fg">{humanise(key.name)}</span> <span className="font-medium">{formatCell(key.value, 'text')}</span>
            </span>
          ))}
        </Term>
      )}
      {lineage.filters.length > 0 && (
        <Term name="Only where">
          {lineage.filters.map((filter) => (
            <span key={filter} className="block">
              {filter}
            </span>
          ))}
        </Term>
      )}
      {lineage.sources.length > 0 && (
        <Term name="From">
          <ul className="grid gap-1">
            {lineage.sources.map((source) => (
              <li key={`${source.table}.${source.column}`} className="min-w-0">
                <code className="break-words text-[12.5px]">{source.column === '*' ? source.table : `${source.table}.${source.column}`}</code>
                {source.column === '*' && <span className="ml-2 text-xs text-muted-fg">each row counts</span>}
                {source.type && <span className="ml-2 text-xs text-muted-fg">{source.type}</span>}
                {source.comment && <span className="block text-xs text-muted-fg">{source.comment}</span>}
              </li>
            ))}
          </ul>
        </Term>
      )}
    </dl>
  )
}

function Term({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid gap-0.5 sm:contents">
      <dt className="text-muted-fg">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  )
}

interface BehindProps {
  resultId: string
  place: Place
  dialect: string
  /** The columns that the number is made of; they stand first. */
  sources: Lineage['sources']
}

function Behind({ resultId, place, dialect, sources }: BehindProps) {
  const [wanted, setWanted] = useState(false)
  const behind = useRowsBehind(resultId, place, wanted)
  if (!wanted) {
    return (
      <Button className="w-fit" onClick={() => setWanted(true)}>
        <Rows3 />
        Show the rows behind this
      </Button>
    )
  }
  if (behind.isError) return <ErrorState error={behind.error} title="The rows could not be read" onRetry={() => void behind.refetch()} />
  if (!behind.first) return <Skeleton className="h-60" />
  return (
    <section aria-label="The rows behind this" className="grid grid-cols-[minmax(0,1fr)] gap-2">
      <h3 className="text-[13px] font-medium">
        {behind.first.text}
      </h3>
      <BehindGrid first={behind.first} rows={behind.rows} sources={sources} onEnd={() => behind.hasNextPage && !behind.isFetchingNextPage && void behind.fetchNextPage()} />
      <details className="group text-[13px]">
        <summary className="flex w-fit cursor-pointer list-none items-center gap-1 text-muted-fg hover:text-fg">
          <ChevronRight className="size-3.5 transition-transform group-open:rotate-90" aria-hidden />
          The statement that found them
        </summary>
        <SqlCode value={behind.first.sql} dialect={dialect} label="SQL of the rows" readOnly className="mt-2" />
      </details>
    </section>
  )
}

interface BehindGridProps extends Pick<BehindProps, 'sources'> {
  first: RowsBehind
  rows: readonly (readonly Cell[])[]
  onEnd(): void
}

function BehindGrid({ first, rows, sources, onEnd }: BehindGridProps) {
  const { order, measured } = useMemo(() => measuredFirst(first.columns.map(({ name }) => name), sources), [first, sources])
  const columns = useMemo(() => order.flatMap((place) => first.columns[place] ?? []).map(({ name, family }) => ({ name, label: name, family, lineage: [] })), [first, order])
  const rowAt = (index: number) => rows[index] && order.map((place) => rows[index]?.[place] ?? null)
  return (
    <>
      <DataGrid
        label="Rows behind the number"
        columns={columns}
        rowAt={rowAt}
        rowCount={rows.length}
        sort={null}
        onRange={(_, last) => last >= rows.length - 20 && onEnd()}
        marked={measured === 1 ? { row: null, column: 0 } : null}
        maxHeight={420}
      />
      {first.row_count === null && <p className="text-xs text-muted-fg">There are more than are kept here. {count(rows.length, 'row')} shown so far.</p>}
    </>
  )
}
