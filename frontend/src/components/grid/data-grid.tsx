import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { useMemo, useRef } from 'react'
import type { Cell } from '@/api/types'
import { cn } from '@/lib/cn'
import { formatCell, isIdentifier, isNumeric } from '@/lib/format'
import { Tip } from '@/components/ui/tooltip'
import { columnWidth, digitsOf, type GridColumn, type SortBy } from './columns'

const ROW = 30
const MEASURED = 60

export interface DataGridProps {
  label: string
  columns: readonly GridColumn[]
  /** The row at a place in the shown order; undefined while it is being fetched. */
  rowAt(index: number): readonly Cell[] | undefined
  rowCount: number
  sort: SortBy | null
  onSort?(sort: SortBy | null): void
  /** Tells which rows are in view, so that missing ones can be fetched. */
  onRange?(first: number, last: number): void
  maxHeight?: number
  marked?: { row: number | null; column: number | null } | null
}

/** A table for any number of rows: only those in view are in the page. */
export function DataGrid({ label, columns, rowAt, rowCount, sort, onSort, onRange, maxHeight = 360, marked }: DataGridProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    initialRect: { width: 800, height: maxHeight },
    onChange: (instance) => {
      const { startIndex, endIndex } = instance.range ?? { startIndex: 0, endIndex: 0 }
      onRange?.(startIndex, endIndex)
    },
  })
  const shape = useMemo(() => {
    const sample = Array.from({ length: Math.min(rowCount, MEASURED) }, (_, index) => rowAt(index) ?? [])
    return columns.map((column, index) => {
      const digits = digitsOf(column, sample.map((row) => row[index]))
      return { digits, width: columnWidth(column.label, sample.map((row) => formatCell(row[index], column.family, column.name, digits))) }
    })
    // The shape is settled by the first rows; sorting or paging must not make columns jump.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [columns, rowCount > 0])
  const template = shape.map(({ width }) => `minmax(${width}px, ${width}fr)`).join(' ')
  const next = (column: number): SortBy | null => {
    if (sort?.column !== column) return { column, descending: isNumeric(columns[column]?.family ?? '') }
    const first = isNumeric(columns[column]?.family ?? '')
    return sort.descending === first ? { column, descending: !first } : null
  }
  return (
    <div
      ref={scroller}
      role="table"
      aria-label={label}
      aria-rowcount={rowCount + 1}
      aria-colcount={columns.length}
      tabIndex={0}
      className="scroll-thin overflow-auto rounded-md border"
      style={{ maxHeight }}
    >
      <div role="rowgroup" className="sticky top-0 z-10 min-w-max border-b bg-muted">
        <div role="row" aria-rowindex={1} className="grid" style={{ gridTemplateColumns: template }}>
          {columns.map((column, index) => (
            <HeaderCell key={index} column={column} sort={sort?.column === index ? sort : null} onSort={onSort && (() => onSort(next(index)))} />
          ))}
        </div>
      </div>
      <div role="rowgroup" className="relative min-w-max" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rowAt(item.index)
          return (
            <div
              key={item.index}
              role="row"
              aria-rowindex={item.index + 2}
              className={cn('absolute inset-x-0 grid items-center border-b border-border/60 last:border-b-0 hover:bg-muted/50', marked?.row === item.index && 'bg-accent')}
              style={{ height: ROW, transform: `translateY(${item.start}px)`, gridTemplateColumns: template }}
            >
              {columns.map((column, index) => (
                <BodyCell key={index} digits={shape[index]?.digits} value={row?.[index]} loading={!row} column={column} marked={marked?.column === index && (marked.row === null || marked.row === item.index)} />
              ))}
            </div>
          )
        })}
      </div>
    </div>
  )
}

function alignment(column: GridColumn): string {
  return isNumeric(column.family) && !isIdentifier(column.name) ? 'text-right tnum' : isNumeric(column.family) ? 'tnum' : ''
}

function HeaderCell({ column, sort, onSort }: { column: GridColumn; sort: SortBy | null; onSort: (() => void) | undefined }) {
  const Arrow = sort?.descending ? ArrowDown : ArrowUp
  const right = isNumeric(column.family) && !isIdentifier(column.name)
  const content = (
    <>
      <span className="truncate">{column.label}</span>
      <Arrow className={cn('size-3 shrink-0', !sort && 'invisible group-hover:visible group-hover:opacity-40')} aria-hidden />
    </>
  )
  const classes = cn('group flex h-7.5 w-full items-center gap-1 px-3 text-xs font-medium text-muted-fg', right && 'flex-row-reverse text-right')
  const cell = onSort ? (
    <button type="button" className={cn(classes, '-outline-offset-2 hover:text-fg')} onClick={onSort}>
      {content}
    </button>
  ) : (
    <span className={classes}>{content}</span>
  )
  return (
    <div role="columnheader" aria-sort={sort ? (sort.descending ? 'descending' : 'ascending') : 'none'} className="min-w-0">
      {column.lineage.length > 0 && onSort ? <Tip label={`From ${column.lineage.join(', ')}`}>{cell}</Tip> : cell}
    </div>
  )
}

function BodyCell({ value, digits, loading, column, marked }: { value: Cell; digits: number | undefined; loading: boolean; column: GridColumn; marked: boolean }) {
  if (loading) {
    return (
      <div role="cell" className="px-3">
        <span className="block h-3 w-2/3 animate-pulse rounded bg-muted" />
      </div>
    )
  }
  const empty = value === null || value === undefined
  const text = formatCell(value, column.family, column.name, digits)
  return (
    <div
      role="cell"
      title={text.length > 24 ? text : undefined}
      className={cn('h-full truncate px-3 text-[13px] leading-[30px]', alignment(column), empty && 'italic text-muted-fg', marked && 'bg-accent font-medium text-accent-fg')}
    >
      {text}
    </div>
  )
}
