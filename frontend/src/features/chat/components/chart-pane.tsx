import { ChevronDown, ImageDown } from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import { toast } from 'sonner'
import type { ChartKind, ChartSpec, ResultReady } from '@/api/types'
import { ChartView } from '@/components/chart/chart-view'
import type { ChartPicture } from '@/components/chart/vega-chart'
import { drawable, fittingKinds, KIND_NAMES, withKind } from '@/components/chart/kinds'
import type { GridColumn } from '@/components/grid/columns'
import { Button } from '@/components/ui/button'
import { Menu, MenuContent, MenuRadioGroup, MenuRadioItem, MenuTrigger } from '@/components/ui/menu'
import { Tip } from '@/components/ui/tooltip'
import { gridColumns } from '../api/results'
import { saveAs, slug } from '../lib/save'
import type { StepRun } from '../turn'

export interface ChartChoice {
  /** The chart that is shown; null when the result reads best as a table. */
  current: ChartSpec | null
  kinds: ChartKind[]
  columns: GridColumn[]
  choose(kind: ChartKind): void
}

/** The server's chart, or the same as the kind the person chose. */
export function useChartChoice(step: StepRun): ChartChoice {
  const [kind, setKind] = useState<ChartKind | null>(null)
  const { chart, result } = step
  return useMemo(() => {
    const columns = result ? gridColumns(result) : []
    const usable = chart && result && result.row_count > 0 && chart.kind !== 'table' ? drawable(chart, columns) : null
    const current = usable && (kind ? withKind(usable, kind, columns) : usable)
    return { current, kinds: usable ? fittingKinds(usable, columns) : [], columns, choose: setKind }
  }, [chart, result, kind])
}

interface ChartPaneProps {
  choice: ChartChoice
  question: string
  result: ResultReady
  onTable(): void
  /** Follows a mark to where its number comes from. */
  onFollow(row: number, column: number): void
}

export function ChartPane({ choice, question, result, onTable, onFollow }: ChartPaneProps) {
  const { current, kinds, columns, choose } = choice
  const picture = useRef<ChartPicture>(null)
  if (!current) return null
  const save = async () => {
    const address = await picture.current?.toPng().catch(() => null)
    if (address) saveAs(address, `${slug(question)}.png`)
    else toast.error('The picture could not be made.')
  }
  return (
    <div className="grid min-w-0 gap-2">
      {current.kind !== 'number' && (
        <div className="flex flex-wrap items-center gap-2">
          {/* The question itself stands right above. */}
          <h3 className={current.title === question ? 'sr-only' : 'font-medium'}>{current.title}</h3>
          <span className="text-xs text-muted-fg">{current.why}</span>
          <span className="ml-auto flex items-center gap-1">
            {kinds.length > 1 && (
              <Menu>
                <MenuTrigger asChild>
                  <Button variant="ghost" size="xs">
                    {KIND_NAMES[current.kind]}
                    <ChevronDown />
                  </Button>
                </MenuTrigger>
                <MenuContent align="end">
                  <MenuRadioGroup value={current.kind} onValueChange={(kind) => choose(kind as ChartKind)}>
                    {kinds.map((kind) => (
                      <MenuRadioItem key={kind} value={kind}>
                        {KIND_NAMES[kind]}
                      </MenuRadioItem>
                    ))}
                  </MenuRadioGroup>
                </MenuContent>
              </Menu>
            )}
            <Tip label="Save as a PNG picture">
              <Button variant="ghost" size="icon-xs" aria-label="Save as a PNG picture" onClick={() => void save()}>
                <ImageDown />
              </Button>
            </Tip>
            <Button variant="ghost" size="xs" onClick={onTable}>
              View as table
            </Button>
          </span>
        </div>
      )}
      <ChartView ref={picture} spec={current} columns={columns} rows={result.rows} rowCount={result.row_count} onFollow={onFollow} />
    </div>
  )
}
