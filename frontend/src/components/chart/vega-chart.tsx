import { useEffect, useImperativeHandle, useRef, type Ref } from 'react'
import { loader, type Item, type View } from 'vega'
import embed from 'vega-embed'
import { expressionInterpreter } from 'vega-interpreter'
import type { VegaLiteSpec } from './vega-lite'

const PALETTE = ['#4c5fd5', '#d9822b', '#2f9e6e', '#b0467f', '#1f9bb5', '#8a6d3b', '#7a5cc7', '#6b7280']
const PALETTE_DARK = ['#8ea2ff', '#f0a35e', '#5cc99b', '#dd7fb0', '#5cc3da', '#c2a26b', '#a98ff0', '#9aa1ad']

/** Room for one name of a legend, in pixels; what does not fit goes to the next line. */
const LEGEND_NAME = 110

function refuse(): Promise<never> {
  return Promise.reject(new Error('Charts load nothing from outside.'))
}

function themed(dark: boolean, clickable: boolean, width: number) {
  const ink = dark ? '#b9bec9' : '#5b6270'
  const grid = dark ? '#2f323c' : '#eaecf0'
  return {
    background: 'transparent',
    font: 'Inter Variable',
    view: { stroke: null },
    axis: { labelColor: ink, titleColor: ink, gridColor: grid, domain: false, ticks: false, labelFontSize: 12, labelPadding: 8, titleFontSize: 12, titleFontWeight: 500, titlePadding: 10 },
    legend: { labelColor: ink, titleColor: ink, labelFontSize: 12, symbolType: 'circle', symbolSize: 70, columns: Math.max(1, Math.floor(width / LEGEND_NAME)) },
    mark: { color: dark ? PALETTE_DARK[0] : PALETTE[0], ...(clickable && { cursor: 'pointer' }) },
    range: { category: dark ? PALETTE_DARK : PALETTE, ramp: { scheme: dark ? 'darkblue' : 'blues' }, heatmap: { scheme: dark ? 'darkblue' : 'blues' } },
  }
}

export interface ChartPicture {
  /** The chart as it stands, as the address of a PNG picture; null before it is drawn. */
  toPng(): Promise<string | null>
}

interface VegaChartProps {
  spec: VegaLiteSpec
  description: string
  dark: boolean
  onError(error: unknown): void
  ref?: Ref<ChartPicture> | undefined
  /** A mark was clicked: its row, and its column where one chart draws several. */
  onMark?: ((row: number, column: number | null) => void) | undefined
}

/** What a drawn mark says about itself; marks that stand for several rows name none. */
function placeOf(item: Item | null | undefined): { row: number; column: number | null } | null {
  const datum: unknown = item?.datum
  if (typeof datum !== 'object' || datum === null || !('row' in datum) || typeof datum.row !== 'number') return null
  const series = 'series' in datum && typeof datum.series === 'string' ? /^c(\d+)$/.exec(datum.series) : null
  return { row: datum.row, column: series ? Number(series[1]) : null }
}

/** Draws with the expression interpreter, so that it works where `eval` is forbidden. */
export default function VegaChart({ spec, description, dark, ref, onError, onMark }: VegaChartProps) {
  const host = useRef<HTMLDivElement>(null)
  const drawn = useRef<View | null>(null)
  useImperativeHandle(
    ref,
    () => ({
      toPng: async () => {
        const view = drawn.current
        if (!view) return null
        view.background(dark ? '#1b1d23' : '#ffffff')
        try {
          return await view.toImageURL('png', 2)
        } finally {
          view.background('transparent')
        }
      },
    }),
    [dark],
  )
  const clickable = onMark !== undefined
  const latest = useRef(onMark)
  useEffect(() => {
    latest.current = onMark
  })
  useEffect(() => {
    const node = host.current
    if (!node) return
    let gone = false
    let finalize: (() => void) | undefined
    const closed = loader()
    closed.load = refuse
    closed.sanitize = refuse
    const options = { actions: false, renderer: 'svg', ast: true, expr: expressionInterpreter, loader: closed, config: themed(dark, clickable, node.clientWidth), tooltip: { theme: dark ? 'dark' : 'light' } }
    embed(node, { ...spec, description } as never, options as never)
      .then((result) => {
        if (gone) {
          result.finalize()
          return
        }
        finalize = () => result.finalize()
        drawn.current = result.view
        result.view.addEventListener('click', (_, item) => {
          const place = placeOf(item)
          if (place) latest.current?.(place.row, place.column)
        })
      })
      .catch((error: unknown) => {
        if (!gone) onError(error)
      })
    return () => {
      gone = true
      drawn.current = null
      finalize?.()
    }
  }, [spec, description, dark, clickable, onError])
  return <div ref={host} className="w-full" />
}
