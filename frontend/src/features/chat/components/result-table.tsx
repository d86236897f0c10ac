import { Download } from 'lucide-react'
import { useMemo } from 'react'
import { toast } from 'sonner'
import type { Cell, ResultReady } from '@/api/types'
import { DataGrid } from '@/components/grid/data-grid'
import { Button } from '@/components/ui/button'
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from '@/components/ui/menu'
import { Tip } from '@/components/ui/tooltip'
import { count, formatNumber } from '@/lib/format'
import type { Place } from '../api/drill-down'
import { rowsAsText } from '../lib/markdown'
import { exportAddress, gridColumns, useResultRows, type ExportFormat } from '../api/results'

export interface Mark {
  row: number | null
  column: number | null
}

interface ResultTableProps {
  result: ResultReady
  label: string
  mark: Mark | null
  /** Follows a cell to where it comes from. */
  onFollow(place: Place, value: Cell | undefined): void
}

export function ResultTable({ result, label, mark, onFollow }: ResultTableProps) {
  const columns = useMemo(() => gridColumns(result), [result])
  const { rowAt, sort, onSort, onRange, placeOf, failed } = useResultRows(result)
  if (result.row_count === 0) {
    return <p className="rounded-md bg-muted px-3 py-4 text-center text-[13px] text-muted-fg">The query ran and found no rows. Loosen a filter of the plan to see more.</p>
  }
  return (
    <div className="grid gap-1.5">
      <DataGrid
        label={label}
        columns={columns}
        rowAt={rowAt}
        rowCount={result.row_count}
        sort={sort}
        onSort={onSort}
        onRange={onRange}
        onCell={(row, column) => onFollow({ ...placeOf(row), column }, rowAt(row)?.[column])}
        marked={sort ? null : mark}
      />
      <p className="flex flex-wrap gap-x-3 text-xs text-muted-fg">
        <span className="tnum">{rowsText(result)}</span>
        <span>Choose a cell to see where it comes from.</span>
        {failed && (
          <span role="alert" className="text-err">
            Some rows could not be fetched. Scroll to try again.
          </span>
        )}
      </p>
    </div>
  )
}

export function rowsText(result: ResultReady): string {
  if (!result.truncated) return count(result.row_count, 'row')
  return `The first ${formatNumber(result.row_count)} rows${result.cut_by ? `, cut by the ${result.cut_by} limit` : '; the source holds more'}`
}

const FORMATS: [ExportFormat, string][] = [
  ['csv', 'CSV'],
  ['xlsx', 'Excel'],
  ['parquet', 'Parquet'],
]

export function ExportMenu({ result }: { result: ResultReady }) {
  const copy = async () => {
    await navigator.clipboard.writeText(rowsAsText(result))
    toast.success(`${count(result.rows.length, 'row')} copied.`)
  }
  return (
    <Menu>
      <Tip label="Export">
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon-sm" aria-label="Export">
            <Download />
          </Button>
        </MenuTrigger>
      </Tip>
      <MenuContent align="end">
        <MenuItem onSelect={() => void copy()}>{result.rows.length < result.row_count ? `Copy the first ${formatNumber(result.rows.length)} rows` : 'Copy the rows'}</MenuItem>
        <MenuSeparator />
        {FORMATS.map(([format, name]) => (
          <MenuItem key={format} asChild>
            <a href={exportAddress(result.result_id, format)} download>
              {name}
            </a>
          </MenuItem>
        ))}
      </MenuContent>
    </Menu>
  )
}
