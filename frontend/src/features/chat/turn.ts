/** One turn as the page knows it: a pure fold over the stored envelopes, so history and live are one code path. */
import type {
  AnswerReady,
  ChartSpec,
  Envelope,
  EventOf,
  PlanProposed,
  Problem,
  ResultReady,
  ServerEvent,
  Stage,
  Understood,
  Usage,
} from '@/api/types'

export type TurnStatus = 'running' | 'waiting' | 'answered' | 'declined' | 'rejected' | 'cancelled' | 'failed'
export type WaitingFor = 'clarification' | 'confirmation' | 'review'

export interface StageRun {
  stage: Stage
  detail: string
  startedAt: number
  endedAt: number | null
}

export interface ClarificationRun {
  asked: EventOf<'clarification.asked'>
  answered: EventOf<'clarification.answered'> | null
}

/** What happened to one step of the plan, in the order of its attempts. */
export interface StepRun {
  id: string
  drafts: EventOf<'sql.drafted'>[]
  checks: EventOf<'checks.finished'>[]
  repairs: EventOf<'repair.started'>[]
  execution: EventOf<'execution.started'> | null
  rowsFetched: number
  result: ResultReady | null
  chart: ChartSpec | null
}

export interface Turn {
  id: string
  chatId: string
  clientId: string
  question: string
  author: string
  startedAt: number
  status: TurnStatus
  waitingFor: WaitingFor | null
  stages: StageRun[]
  understood: Understood | null
  clarifications: ClarificationRun[]
  plans: PlanProposed[]
  confirmed: EventOf<'plan.confirmed'> | null
  rejected: EventOf<'plan.rejected'> | null
  steps: StepRun[]
  /** Asked for before the answer, or decided about it afterwards without the turn having waited. */
  review: { requested: EventOf<'review.requested'> | null; decided: EventOf<'review.decided'> | null } | null
  answer: AnswerReady | null
  usage: Usage | null
  declined: EventOf<'question.declined'> | null
  problem: Problem | null
  seconds: number | null
}

export function newTurn(id: string, chatId: string, at: number): Turn {
  return {
    id,
    chatId,
    clientId: '',
    question: '',
    author: '',
    startedAt: at,
    status: 'running',
    waitingFor: null,
    stages: [],
    understood: null,
    clarifications: [],
    plans: [],
    confirmed: null,
    rejected: null,
    steps: [],
    review: null,
    answer: null,
    usage: null,
    declined: null,
    problem: null,
    seconds: null,
  }
}

export function isOver(turn: Turn): boolean {
  return turn.status !== 'running' && turn.status !== 'waiting'
}

export function latestPlan(turn: Turn): PlanProposed | null {
  return turn.plans.at(-1) ?? null
}

function closeStage(stages: StageRun[], at: number): StageRun[] {
  const last = stages.at(-1)
  return last && last.endedAt === null ? [...stages.slice(0, -1), { ...last, endedAt: at }] : stages
}

function waiting(turn: Turn, waitingFor: WaitingFor, at: number): Turn {
  return { ...turn, status: 'waiting', waitingFor, stages: closeStage(turn.stages, at) }
}

function goingOn(turn: Turn): Turn {
  return { ...turn, status: 'running', waitingFor: null }
}

const EMPTY_STEP: Omit<StepRun, 'id'> = {
  drafts: [],
  checks: [],
  repairs: [],
  execution: null,
  rowsFetched: 0,
  result: null,
  chart: null,
}

function withStep(turn: Turn, id: string, change: (step: StepRun) => Partial<StepRun>): Turn {
  const known = turn.steps.find((step) => step.id === id)
  const step = known ?? { id, ...EMPTY_STEP }
  const next = { ...step, ...change(step) }
  return { ...turn, steps: known ? turn.steps.map((other) => (other.id === id ? next : other)) : [...turn.steps, next] }
}

function answerClarification(turn: Turn, event: EventOf<'clarification.answered'>): Turn {
  const clarifications = turn.clarifications.map((run) =>
    run.asked.clarification_id === event.clarification_id ? { ...run, answered: event } : run,
  )
  return { ...goingOn(turn), clarifications }
}

function finish(turn: Turn, status: TurnStatus, seconds: number | null, at: number): Turn {
  return { ...turn, status, waitingFor: null, seconds, stages: closeStage(turn.stages, at) }
}

/** The turn after one more event. Unknown events, of a newer server, change nothing. */
export function reduceTurn(turn: Turn, envelope: Envelope): Turn {
  const at = Date.parse(envelope.at)
  const event: ServerEvent = envelope.event
  switch (event.type) {
    case 'turn.started':
      return { ...turn, question: event.question, author: event.author, clientId: event.client_id, startedAt: at }
    case 'stage.started': {
      const stage: StageRun = { stage: event.stage, detail: event.detail, startedAt: at, endedAt: null }
      return { ...goingOn(turn), stages: [...closeStage(turn.stages, at), stage] }
    }
    case 'question.understood':
      return { ...turn, understood: event }
    case 'clarification.asked':
      return waiting({ ...turn, clarifications: [...turn.clarifications, { asked: event, answered: null }] }, 'clarification', at)
    case 'clarification.answered':
      return answerClarification(turn, event)
    case 'plan.proposed': {
      // Events stored by an earlier version hold no checks.
      const next = { ...turn, plans: [...turn.plans.filter((plan) => plan.revision !== event.revision), { ...event, checks: event.checks ?? [], offers: event.offers ?? [] }] }
      return event.awaits_confirmation ? waiting(next, 'confirmation', at) : goingOn(next)
    }
    case 'plan.confirmed':
      return { ...goingOn(turn), confirmed: event }
    case 'plan.rejected':
      return { ...goingOn(turn), rejected: event }
    case 'sql.drafted':
      return withStep(turn, event.step, (step) => ({ drafts: [...step.drafts, event] }))
    case 'checks.finished':
      return withStep(turn, event.step, (step) => ({ checks: [...step.checks, event] }))
    case 'repair.started':
      return withStep(turn, event.step, (step) => ({ repairs: [...step.repairs, event] }))
    case 'review.requested':
      return waiting({ ...turn, review: { requested: event, decided: null } }, 'review', at)
    case 'review.decided':
      return { ...(isOver(turn) ? turn : goingOn(turn)), review: { requested: turn.review?.requested ?? null, decided: event } }
    case 'execution.started':
      return withStep(turn, event.step, () => ({ execution: event, rowsFetched: 0 }))
    case 'rows.fetched':
      return withStep(turn, event.step, () => ({ rowsFetched: event.rows }))
    case 'result.ready':
      return withStep(turn, event.step, () => ({ result: event, rowsFetched: event.row_count }))
    case 'chart.chosen':
      return withStep(turn, event.step, () => ({ chart: event.spec }))
    case 'answer.ready':
      return { ...turn, answer: { ...event, checks: event.checks ?? [] } }
    case 'usage.counted':
      return { ...turn, usage: event.usage }
    case 'question.declined':
      return { ...turn, declined: event }
    case 'turn.finished':
      return finish(turn, event.status, event.seconds, at)
    case 'turn.failed':
      return { ...finish(turn, 'failed', null, at), problem: event.problem }
    default: {
      const unknown: never = event
      void unknown
      return turn
    }
  }
}
