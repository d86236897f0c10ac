import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useCallback, useEffect, useId, useMemo, useRef } from 'react'
import type { Cell } from '@/api/types'
import { cn } from '@/lib/cn'
import { formatCell, isNumeric } from '@/lib/format'
import { BodyCell, HeaderCell } from './cells'
import { columnWidth, digitsOf, type GridColumn, type SortBy } from './columns'
import { useActiveCell } from './active-cell'

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
  /** Follows a cell: a click, or Enter on the one the arrow keys stand on. */
  onCell?: ((row: number, column: number) => void) | undefined
  maxHeight?: number
  marked?: { row: number | null; column: number | null } | null
}

/** A table for any number of rows: only those in view are in the page. */
export function DataGrid({ label, columns, rowAt, rowCount, sort, onSort, onRange, onCell, maxHeight = 360, marked }: DataGridProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    // The header lies over the first row's height of the view.
    scrollPaddingEnd: ROW,
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
  // Wider than this, the eye loses the line between a name and its number.
  const widest = Math.max(shape.reduce((sum, { width }) => sum + width, 0) * 1.6, 360)
  const digits = useMemo(() => shape.map((column) => column.digits), [shape])
  const template = shape.map(({ width }) => `minmax(${width}px, ${width}fr)`).join(' ')
  const next = (column: number): SortBy | null => {
    if (sort?.column !== column) return { column, descending: isNumeric(columns[column]?.family ?? '') }
    const first = isNumeric(columns[column]?.family ?? '')
    return sort.descending === first ? { column, descending: !first } : null
  }
  const prefix = useId()
  const latest = useRef(onCell)
  useEffect(() => {
    latest.current = onCell
  })
  const open = useCallback((row: number, column: number) => latest.current?.(row, column), [])
  const cells = useActiveCell({ rows: rowCount, columns: columns.length, scrollTo: (row) => virtual.scrollToIndex(row), onCell })
  return (
    <div
      ref={scroller}
      role={onCell ? 'grid' : 'table'}
      {...cells.props}
      {...(cells.active ? { 'aria-activedescendant': cellId(prefix, cells.active.row, cells.active.column) } : {})}
      aria-label={label}
      aria-rowcount={rowCount + 1}
      aria-colcount={columns.length}
      tabIndex={0}
      className="group/grid scroll-thin overflow-auto rounded-md border"
      style={{ maxHeight, maxWidth: widest }}
    >
      <div role="rowgroup" className="sticky top-0 z-10 min-w-max border-b bg-muted">
        <div role="row" aria-rowindex={1} className="grid" style={{ gridTemplateColumns: template }}>
          {columns.map((column, index) => (
            <HeaderCell key={index} column={column} sort={sort?.column === index ? sort : null} onSort={onSort && (() => onSort(next(index)))} />
          ))}
        </div>
      </div>
      <div role="rowgroup" className="relative min-w-max" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => (
          <GridRow
            key={item.index}
            index={item.index}
            top={item.start}
            row={rowAt(item.index)}
            columns={columns}
            digits={digits}
            template={template}
            prefix={onCell ? prefix : null}
            marked={marked?.row === item.index}
            markedColumn={marked && (marked.row === null || marked.row === item.index) ? marked.column : null}
            activeColumn={cells.active?.row === item.index ? cells.active.column : null}
            onOpen={open}
          />
        ))}
      </div>
    </div>
  )
}

function cellId(prefix: string, row: number, column: number): string {
  return `${prefix}-${row}-${column}`
}

interface GridRowProps {
  index: number
  top: number
  row: readonly Cell[] | undefined
  columns: readonly GridColumn[]
  digits: readonly (number | undefined)[]
  template: string
  /** Of the cells' ids; null where cells lead nowhere. */
  prefix: string | null
  marked: boolean
  markedColumn: number | null
  activeColumn: number | null
  onOpen(row: number, column: number): void
}

/** One row. While the table scrolls, those that stay in view are not drawn again. */
const GridRow = memo(function GridRow({ index, top, row, columns, digits, template, prefix, marked, markedColumn, activeColumn, onOpen }: GridRowProps) {
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={cn('absolute inset-x-0 grid items-center border-b border-border/60 last:border-b-0 hover:bg-muted/50', marked && 'bg-accent')}
      style={{ height: ROW, transform: `translateY(${top}px)`, gridTemplateColumns: template }}
    >
      {columns.map((column, place) => (
        <BodyCell
          key={place}
          id={prefix === null ? undefined : cellId(prefix, index, place)}
          digits={digits[place]}
          value={row?.[place]}
          loading={!row}
          column={column}
          marked={markedColumn === place}
          active={activeColumn === place}
          onOpen={prefix === null || !row ? undefined : () => onOpen(index, place)}
        />
      ))}
    </div>
  )
})
