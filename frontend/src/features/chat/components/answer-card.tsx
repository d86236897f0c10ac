import { ChartColumn, Code, ListChecks, Table2, TriangleAlert } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import type { Cell, NumberReference } from '@/api/types'
import { conformanceText } from '@/components/evidence/checks'
import { loadChart } from '@/components/chart/chart-view'
import { ConfidenceBadge } from '@/components/evidence/confidence-badge'
import { OpenReasons } from '@/components/evidence/open-reasons'
import { Button } from '@/components/ui/button'
import { CopyButton } from '@/components/ui/copy-button'
import { Tabs, TabsContent, TabsList, TabsTrigger } from '@/components/ui/tabs'
import { useHotkeys } from '@/lib/keyboard'
import type { Place } from '../api/drill-down'
import { withChoices } from '../lib/taken-for-granted'
import { latestPlan, type StepRun, type Turn } from '../turn'
import { answerAsMarkdown } from '../lib/markdown'
import { FeedbackBar } from './feedback-bar'
import { ChartPane, useChartChoice } from './chart-pane'
import { Receipt } from './receipt'
import { ExportMenu, ResultTable, type Mark } from './result-table'
import { StepEvidence, StepSql } from './step-evidence'
import { UsageLine } from './usage-line'

const DrillPanel = lazy(() => import('./drill-panel'))
const loadText = () => import('./answer-text')
const AnswerText = lazy(loadText)

/** Fetches what an answer is shown with while its plan is still being read. */
export function prepareAnswer(): void {
  void Promise.all([loadText(), loadChart()])
}

/** A cell, or a whole column, whose origin is being shown. */
interface Followed {
  place: Place
  value: Cell | undefined
}

type Pane = 'chart' | 'table' | 'sql' | 'checks'

/** The answer with everything it rests on: text, chart, rows, SQL and checks. */
export function AnswerCard({ turn, step, last, onAsk }: { turn: Turn; step: StepRun; last: boolean; onAsk(question: string): void }) {
  const { answer } = turn
  const result = step.result
  const chart = useChartChoice(step)
  const [chosen, setChosen] = useState<Pane | null>(null)
  const [mark, setMark] = useState<Mark | null>(null)
  const pane: Pane = chosen ?? (chart.current ? 'chart' : 'table')
  const [followed, setFollowed] = useState<Followed | null>(null)
  const checks = step.checks.at(-1)
  const follow = (row: number, column: number) => setFollowed({ place: { row, column }, value: result?.rows[row]?.[column] })
  const show = ({ row, column }: NumberReference) => {
    setMark({ row, column })
    setChosen('table')
    if (column === null) return
    if (row === null) setFollowed({ place: { column }, value: undefined })
    else follow(row, column)
  }
  const followedColumn = followed && result?.columns[followed.place.column]
  useHotkeys(
    {
      t: () => setChosen('table'),
      c: () => chart.current && setChosen('chart'),
      q: () => setChosen('sql'),
      l: () => setChosen('checks'),
    },
    last,
  )
  return (
    <article aria-label="Answer" className="rounded-lg border bg-card shadow-card">
      <div className="grid gap-3 px-4 pb-4 pt-3.5">
        {answer && (
          <Suspense fallback={<p className="whitespace-pre-wrap text-[14.5px] leading-relaxed">{answer.text.replace(/[*_`]/g, '')}</p>}>
            <AnswerText text={answer.text} references={answer.references} columns={result?.columns ?? []} onShow={show} />
          </Suspense>
        )}
        {answer && answer.warnings.length > 0 && (
          <ul aria-label="Warnings" className="grid gap-1">
            {answer.warnings.map((warning) => (
              <li key={warning} className="flex items-start gap-2 text-[13px] text-warn">
                <TriangleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden />
                {warning}
              </li>
            ))}
          </ul>
        )}
        {answer && <OpenReasons label={answer.confidence_label} reasons={withChoices(answer.reasons, latestPlan(turn)?.plan.assumptions ?? [])} said={answer.warnings} />}
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          {answer && <ConfidenceBadge label={answer.confidence_label} reasons={answer.reasons} />}
          {checks && checks.conformance.length > 0 && (
            <Button variant="ghost" size="xs" onClick={() => setChosen('checks')}>
              <ListChecks />
              {conformanceText(checks.conformance)}
            </Button>
          )}
          <UsageLine turn={turn} result={result} />
        </div>
        {result && (
          <Tabs value={pane} onValueChange={(value) => setChosen(value as Pane)} className="grid min-w-0 gap-2.5">
            <div className="flex flex-wrap items-center gap-x-2 gap-y-1.5">
              <TabsList aria-label="Ways to look at the result">
                {chart.current && (
                  <TabsTrigger value="chart">
                    <ChartColumn aria-hidden />
                    {chart.current.kind === 'number' ? 'Number' : 'Chart'}
                  </TabsTrigger>
                )}
                <TabsTrigger value="table">
                  <Table2 aria-hidden />
                  Table
                </TabsTrigger>
                <TabsTrigger value="sql">
                  <Code aria-hidden />
                  SQL
                </TabsTrigger>
                <TabsTrigger value="checks">
                  <ListChecks aria-hidden />
                  Checks
                </TabsTrigger>
              </TabsList>
              <span className="ml-auto flex items-center">
                <CopyButton text={() => answerAsMarkdown(turn, step)} label="Copy as Markdown" />
                <ExportMenu result={result} />
                {answer?.receipt_id && <Receipt receiptId={answer.receipt_id} />}
              </span>
            </div>
            {chart.current && (
              <TabsContent value="chart" className="min-w-0">
                <ChartPane choice={chart} question={turn.question} result={result} onTable={() => setChosen('table')} onFollow={follow} />
              </TabsContent>
            )}
            <TabsContent value="table" className="min-w-0">
              <ResultTable result={result} label={`Rows: ${turn.question}`} mark={mark} onFollow={(place, value) => setFollowed({ place, value })} />
            </TabsContent>
            <TabsContent value="sql" className="min-w-0">
              <StepSql step={step} />
            </TabsContent>
            <TabsContent value="checks" className="min-w-0">
              <StepEvidence step={step} answer={answer} />
            </TabsContent>
          </Tabs>
        )}
      </div>
      {result && followed && followedColumn && (
        <Suspense fallback={null}>
          <DrillPanel resultId={result.result_id} place={followed.place} column={followedColumn} value={followed.value} dialect={step.drafts.at(-1)?.dialect ?? ''} onClose={() => setFollowed(null)} />
        </Suspense>
      )}
      {answer && <FeedbackBar turn={turn} step={step} followUps={last ? answer.follow_ups : []} last={last} onAsk={onAsk} />}
    </article>
  )
}
