import { describe, expect, it } from 'vitest'
import type { Envelope } from '@/api/types'
import { recorded, replay } from '../../../tests/turns'
import { applyEnvelope, EMPTY_CHAT } from './store'
import { latestPlan, newTurn, reduceTurn } from './turn'

describe('reduceTurn', () => {
  it('folds an answered turn into everything the page shows', () => {
    const [turn] = replay(recorded('answered')).turns
    expect(turn).toMatchObject({ status: 'answered', waitingFor: null, question: 'How many orders per channel?' })
    expect(turn?.answer?.references.length).toBeGreaterThan(0)
    expect(turn?.steps[0]?.result?.row_count).toBe(3)
    expect(turn?.steps[0]?.checks[0]?.passed).toBe(true)
    expect(turn?.stages.every((stage) => stage.endedAt !== null)).toBe(true)
    expect(turn?.seconds).toBeGreaterThan(0)
  })

  it('waits for the person exactly while a plan is open', () => {
    const envelopes = recorded('answered')
    const proposed = envelopes.findIndex((envelope) => envelope.event.type === 'plan.proposed')
    const confirmed = envelopes.findIndex((envelope) => envelope.event.type === 'plan.confirmed')
    expect(replay(envelopes.slice(0, proposed + 1)).turns[0]).toMatchObject({ status: 'waiting', waitingFor: 'confirmation' })
    expect(replay(envelopes.slice(0, confirmed + 1)).turns[0]).toMatchObject({ status: 'running', waitingFor: null })
  })

  it('notes a decision that comes after the answer, and the turn stays answered', () => {
    const envelopes = recorded('answered')
    const last = envelopes.at(-1)!
    const decided: Envelope = { ...last, seq: last.seq + 1, event: { type: 'review.decided', review_id: 'r1', decision: 'rejected', by: 'Ada', note: 'no' } }
    expect(replay([...envelopes, decided]).turns[0]).toMatchObject({ status: 'answered', waitingFor: null, review: { requested: null, decided: { by: 'Ada' } } })
  })

  it('keeps every revision of an edited plan, the newest last', () => {
    const [turn] = replay(recorded('edited-declined-clarified')).turns
    const latest = turn && latestPlan(turn)
    expect(turn?.plans.map((plan) => plan.revision)).toEqual([1, 2])
    expect(latest?.changes.length).toBeGreaterThan(0)
    expect(latest?.plan.steps[0]?.query.filters[0]).toMatchObject({ operator: '=', values: ['completed'] })
  })

  it('tells the turns of a chat apart', () => {
    const { turns } = replay(recorded('edited-declined-clarified'))
    expect(turns.map((turn) => turn.status)).toEqual(['declined', 'waiting'])
    expect(turns[1]?.waitingFor).toBe('clarification')
    expect(turns[1]?.clarifications[0]?.asked.options.length).toBeGreaterThan(1)
  })

  it('leaves a turn as it is on an event it does not know', () => {
    const turn = newTurn('t', 'c', 0)
    const unknown = { type: 'event', chat_id: 'c', turn_id: 't', seq: 1, at: '2026-01-01T00:00:00Z', event: { type: 'future.thing' } } as unknown as Envelope
    expect(reduceTurn(turn, unknown)).toEqual(turn)
  })
})

describe('applyEnvelope', () => {
  const envelopes = recorded('answered')

  it('ignores what it has seen: replay after a reconnect changes nothing', () => {
    const chat = replay(envelopes)
    const again = envelopes.reduce((state, envelope) => applyEnvelope(state, envelope).chat, chat)
    expect(again).toBe(chat)
  })

  it('refuses to skip an event', () => {
    const [first, , third] = envelopes
    const { chat } = applyEnvelope(EMPTY_CHAT, first!)
    expect(applyEnvelope(chat, third!)).toEqual({ chat, outcome: 'gap' })
  })

  it('replaces the question that was shown at once by the turn it became', () => {
    const started = envelopes[0]!
    const clientId = started.event.type === 'turn.started' ? started.event.client_id : ''
    const waiting = { ...EMPTY_CHAT, pending: [{ clientId, question: 'How many orders per channel?', problem: null }] }
    expect(applyEnvelope(waiting, started).chat.pending).toEqual([])
  })
})
