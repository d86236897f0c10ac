import { useEffect, useState } from 'react'
import { latestPlan, type Turn } from '../turn'
import { stageName } from './stages'

function plain(markdown: string): string {
  return markdown.replace(/[*_`#>]/g, '').split('\n')[0] ?? ''
}

/** What a screen reader should hear of a turn: its stage, a decision that waits, the answer's first sentence. */
export function sayTurn(turn: Turn | undefined): string {
  if (!turn) return ''
  if (turn.status === 'answered' && turn.answer) return plain(turn.answer.text)
  if (turn.status === 'failed' && turn.problem) return turn.problem.message
  if (turn.status === 'declined' && turn.declined) return turn.declined.message
  if (turn.waitingFor === 'confirmation') return `The plan waits for you. ${latestPlan(turn)?.summary ?? ''}`
  if (turn.waitingFor === 'clarification') return turn.clarifications.at(-1)?.asked.question ?? ''
  if (turn.waitingFor === 'review') return 'A reviewer looks at this first.'
  const stage = turn.stages.at(-1)
  return turn.status === 'running' && stage ? stageName(stage.stage) : ''
}

const PAUSE = 1500

/** One polite status region, there from the start; stages that pass quickly are not read out. */
export function Announcer({ turn }: { turn: Turn | undefined }) {
  const wanted = sayTurn(turn)
  const [said, setSaid] = useState('')
  const hurry = turn?.status !== 'running'
  useEffect(() => {
    const timer = setTimeout(() => setSaid(wanted), hurry ? 100 : PAUSE)
    return () => clearTimeout(timer)
  }, [wanted, hurry])
  return (
    <p role="status" className="sr-only">
      {said}
    </p>
  )
}
