import { useEffect, useRef } from 'react'
import { loader } from 'vega'
import embed from 'vega-embed'
import { expressionInterpreter } from 'vega-interpreter'
import type { VegaLiteSpec } from './vega-lite'

const PALETTE = ['#4c5fd5', '#d9822b', '#2f9e6e', '#b0467f', '#1f9bb5', '#8a6d3b', '#7a5cc7', '#6b7280']
const PALETTE_DARK = ['#8ea2ff', '#f0a35e', '#5cc99b', '#dd7fb0', '#5cc3da', '#c2a26b', '#a98ff0', '#9aa1ad']

function refuse(): Promise<never> {
  return Promise.reject(new Error('Charts load nothing from outside.'))
}

function themed(dark: boolean) {
  const ink = dark ? '#b9bec9' : '#5b6270'
  const grid = dark ? '#2f323c' : '#eaecf0'
  return {
    background: 'transparent',
    font: 'Inter Variable',
    view: { stroke: null },
    axis: { labelColor: ink, titleColor: ink, gridColor: grid, domain: false, ticks: false, labelFontSize: 12, labelPadding: 8, titleFontSize: 12, titleFontWeight: 500, titlePadding: 10 },
    legend: { labelColor: ink, titleColor: ink, labelFontSize: 12, symbolType: 'circle', symbolSize: 70 },
    mark: { color: dark ? PALETTE_DARK[0] : PALETTE[0] },
    range: { category: dark ? PALETTE_DARK : PALETTE, ramp: { scheme: dark ? 'darkblue' : 'blues' }, heatmap: { scheme: dark ? 'darkblue' : 'blues' } },
  }
}

interface VegaChartProps {
  spec: VegaLiteSpec
  description: string
  dark: boolean
  onError(error: unknown): void
}

/** Draws with the expression interpreter, so that it works where `eval` is forbidden. */
export default function VegaChart({ spec, description, dark, onError }: VegaChartProps) {
  const host = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const node = host.current
    if (!node) return
    let gone = false
    let finalize: (() => void) | undefined
    const closed = loader()
    closed.load = refuse
    closed.sanitize = refuse
    const options = { actions: false, renderer: 'svg', ast: true, expr: expressionInterpreter, loader: closed, config: themed(dark), tooltip: { theme: dark ? 'dark' : 'light' } }
    embed(node, { ...spec, description } as never, options as never)
      .then((result) => {
        if (gone) result.finalize()
        else finalize = () => result.finalize()
      })
      .catch((error: unknown) => {
        if (!gone) onError(error)
      })
    return () => {
      gone = true
      finalize?.()
    }
  }, [spec, description, dark, onError])
  return <div ref={host} className="w-full" />
}
