import { lazy, Suspense, useCallback, useMemo, useState, type Ref } from 'react'
import type { Cell, ChartSpec } from '@/api/types'
import type { GridColumn } from '@/components/grid/columns'
import { Skeleton } from '@/components/ui/feedback'
import { count, formatNumber } from '@/lib/format'
import { useDark } from '@/lib/theme'
import type { ChartPicture } from './vega-chart'
import { MAX_MARKS, marksUnfinished, toVegaLite } from './vega-lite'

export const loadChart = () => import('./vega-chart')
const VegaChart = lazy(loadChart)

interface ChartViewProps {
  spec: ChartSpec
  columns: readonly GridColumn[]
  rows: readonly (readonly Cell[])[]
  /** Rows of the whole result; the chart says so when it draws fewer. */
  rowCount: number
  /** To take a picture of what is drawn. */
  ref?: Ref<ChartPicture> | undefined
  /** Follows a number to where it comes from. */
  onFollow?: ((row: number, column: number) => void) | undefined
}

export function ChartView({ spec, columns, rows, rowCount, ref, onFollow }: ChartViewProps) {
  const dark = useDark()
  const [failed, setFailed] = useState<ChartSpec | null>(null)
  const compiled = useMemo(() => toVegaLite(spec, columns, rows), [spec, columns, rows])
  const onError = useCallback(() => setFailed(spec), [spec])
  if (spec.kind === 'number') return <NumberCards spec={spec} columns={columns} row={rows[0] ?? []} onFollow={onFollow} />
  if (!compiled || failed === spec) {
    return (
      <p role="status" className="rounded-md bg-muted px-3 py-2 text-[13px] text-muted-fg">
        This chart could not be drawn. The table holds the same rows.
      </p>
    )
  }
  const unfinished = marksUnfinished(spec, rows)
  const drawn = Math.min(rows.length, MAX_MARKS)
  return (
    <figure className="grid gap-1">
      <Suspense fallback={<Skeleton className="w-full" style={{ height: heightOf(spec, drawn) }} />}>
        <div style={{ minHeight: heightOf(spec, drawn) }}>
          <VegaChart ref={ref} spec={compiled} description={spec.alt || spec.title} dark={dark} onError={onError} onMark={onFollow && ((row, column) => onFollow(row, column ?? spec.y[0] ?? 0))} />
        </div>
      </Suspense>
      {(drawn < rowCount || unfinished) && (
        <figcaption className="grid gap-0.5 text-xs text-muted-fg">
          {unfinished && <span>{spec.kind.includes('line') ? 'Dashed' : 'Lighter'}: this period is not over yet, so it will still grow.</span>}
          {drawn < rowCount && (
            <span>
              Drawn from the first {formatNumber(drawn)} of {count(rowCount, 'row')}.
            </span>
          )}
        </figcaption>
      )}
    </figure>
  )
}

/** The room a chart will take, held from the start so that nothing jumps when it is drawn. */
function heightOf(spec: ChartSpec, marks: number): number {
  return spec.kind === 'horizontal_bar' ? marks * 24 + 48 : 280
}

interface NumberCardsProps extends Pick<ChartViewProps, 'spec' | 'columns' | 'onFollow'> {
  row: readonly Cell[]
}

function NumberCards({ spec, columns, row, onFollow }: NumberCardsProps) {
  return (
    <dl className="flex flex-wrap gap-x-10 gap-y-4 py-2">
      {spec.y.map((index) => {
        const value = row[index]
        const number = value === null || value === undefined ? Number.NaN : Number(value)
        return (
          <div key={index}>
            <dt className="text-xs text-muted-fg">{columns[index]?.label}</dt>
            <dd className="tnum text-3xl font-semibold tracking-tight">
              <button
                type="button"
                title="Where this comes from"
                className="rounded decoration-primary/50 decoration-dotted decoration-2 underline-offset-8 hover:underline"
                onClick={() => onFollow?.(0, index)}
              >
                {Number.isFinite(number) ? formatNumber(number) : String((value as string | null) ?? 'none')}
              </button>
            </dd>
          </div>
        )
      })}
    </dl>
  )
}
