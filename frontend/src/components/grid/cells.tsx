import { ArrowDown, ArrowUp } from 'lucide-react'
import type { Cell } from '@/api/types'
import { Tip } from '@/components/ui/tooltip'
import { cn } from '@/lib/cn'
import { formatCell, isIdentifier, isNumeric } from '@/lib/format'
import type { GridColumn, SortBy } from './columns'

function alignment(column: GridColumn): string {
  return isNumeric(column.family) && !isIdentifier(column.name) ? 'text-right tnum' : isNumeric(column.family) ? 'tnum' : ''
}

export function HeaderCell({ column, sort, onSort }: { column: GridColumn; sort: SortBy | null; onSort: (() => void) | undefined }) {
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

interface BodyCellProps {
  id: string | undefined
  value: Cell
  digits: number | undefined
  loading: boolean
  column: GridColumn
  marked: boolean
  /** Where the arrow keys stand. */
  active: boolean
  onOpen: (() => void) | undefined
}

export function BodyCell({ id, value, digits, loading, column, marked, active, onOpen }: BodyCellProps) {
  const role = onOpen ? 'gridcell' : 'cell'
  if (loading) {
    return (
      <div id={id} role={role} className="px-3">
        <span className="block h-3 w-2/3 animate-pulse rounded bg-muted" />
      </div>
    )
  }
  const empty = value === null || value === undefined
  const text = formatCell(value, column.family, column.name, digits)
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions, jsx-a11y/click-events-have-key-events -- the grid has the focus and opens its active cell on Enter
    <div
      id={id}
      role={role}
      title={text.length > 24 ? text : undefined}
      onClick={onOpen && (() => document.getSelection()?.isCollapsed !== false && onOpen())}
      className={cn(
        'h-full truncate px-3 text-[13px] leading-[30px]',
        alignment(column),
        onOpen && 'cursor-pointer decoration-primary/50 decoration-dotted underline-offset-4 hover:underline',
        empty && 'italic text-muted-fg',
        marked && 'bg-accent font-medium text-accent-fg',
        active && 'group-focus-visible/grid:outline-2 group-focus-visible/grid:-outline-offset-2 group-focus-visible/grid:outline-ring',
      )}
    >
      {text}
    </div>
  )
}
