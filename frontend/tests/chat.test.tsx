import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Envelope } from '@/api/types'
import { TurnView } from '@/features/chat/components/turn-view'
import type { NewCommand } from '@/lib/live/socket'
import { recorded, replay } from './turns'
import { renderApp, violations } from './render'

const sent = vi.hoisted(() => [] as NewCommand[])

vi.mock('@/lib/live/live', () => ({
  live: {
    send: (command: NewCommand) => {
      sent.push(command)
      return Promise.resolve({ type: 'ack', client_id: 'x', turn_id: null, problem: null })
    },
  },
  listen: () => () => undefined,
  useLive: () => 'open',
}))

// No schema, no stored feedback: the server has nothing more to say about these turns.
vi.stubGlobal('fetch', () => Promise.resolve(Response.json(null)))

beforeEach(() => {
  sent.length = 0
})

function show(envelopes: readonly Envelope[], which = 0, onAsk = vi.fn<(question: string) => void>()) {
  const turn = replay(envelopes).turns[which]
  if (!turn) throw new Error('No such turn was recorded.')
  return { onAsk, ...renderApp(<TurnView turn={turn} last onAsk={onAsk} onEdit={vi.fn<(question: string) => void>()} />) }
}

function upTo(name: string, type: string): Envelope[] {
  const envelopes = recorded(name)
  return envelopes.slice(0, envelopes.findIndex((envelope) => envelope.event.type === type) + 1)
}

describe('the plan that waits', () => {
  it('runs the revision that is shown', async () => {
    show(upTo('answered', 'plan.proposed'))
    await userEvent.click(screen.getByRole('button', { name: 'Run plan' }))
    expect(sent).toMatchObject([{ type: 'confirm', revision: 1 }])
  })

  it('runs on the keyboard alone', async () => {
    show(upTo('answered', 'plan.proposed'))
    await userEvent.keyboard('{Control>}{Enter}{/Control}')
    expect(sent).toMatchObject([{ type: 'confirm' }])
  })

  it('sends a change in words, and nothing runs', async () => {
    show(upTo('answered', 'plan.proposed'))
    await userEvent.click(screen.getByRole('button', { name: 'Edit in words' }))
    await userEvent.type(screen.getByRole('textbox', { name: 'Change the plan in words' }), 'only web{Enter}')
    expect(sent).toMatchObject([{ type: 'revise', words: 'only web', plan: null }])
  })

  it('sends an edited field as a whole plan and holds Run back until the answer', async () => {
    show(upTo('answered', 'plan.proposed'))
    await userEvent.click(screen.getByRole('button', { name: /^Rows:\s*every row/ }))
    await userEvent.type(screen.getByRole('textbox', { name: 'At most' }), '10{Enter}')
    expect(sent).toMatchObject([{ type: 'revise', revision: 1, plan: { steps: [{ query: { limit: 10 } }] } }])
    expect(screen.getByRole('button', { name: 'Run plan' })).toBeDisabled()
    expect(screen.getByRole('button', { name: /^Rows:\s*first 10/ })).toBeVisible()
  })

  it('rejects without running', async () => {
    show(upTo('answered', 'plan.proposed'))
    await userEvent.click(screen.getByRole('button', { name: 'Reject' }))
    expect(sent).toMatchObject([{ type: 'reject' }])
  })

  it('is accessible', async () => {
    const { container } = show(upTo('answered', 'plan.proposed'))
    expect(await violations(container)).toEqual([])
  })

  it('shows what an edit changed, in words', () => {
    const envelopes = recorded('edited-declined-clarified').filter((envelope) => envelope.turn_id === recorded('edited-declined-clarified')[0]?.turn_id)
    const revised = envelopes.findIndex((envelope) => envelope.event.type === 'plan.proposed' && envelope.event.revision === 2)
    show(envelopes.slice(0, revised + 1))
    expect(within(screen.getByRole('status')).getByText('Filter:')).toBeVisible()
    expect(screen.getByRole('button', { name: 'Undo' })).toBeVisible()
  })
})

describe('an answered turn', () => {
  it('folds the plan and shows label, promises kept, and the way to the rows', async () => {
    show(recorded('answered'))
    expect(screen.getByRole('button', { name: /^Plan/ })).toHaveAttribute('aria-expanded', 'false')
    expect(screen.getByRole('button', { name: /Show the reasons/ })).toHaveTextContent(/Verified|Checked|Check this/)
    expect(screen.getByRole('button', { name: /Matches the plan \d\/\d/ })).toBeVisible()
    expect(screen.queryByText(/\d\s?%/)).not.toBeInTheDocument()
    await userEvent.click(screen.getByRole('tab', { name: 'Table' }))
    const table = screen.getByRole('grid')
    expect(table).toHaveAttribute('aria-rowcount', '4')
    expect(within(table).getAllByRole('columnheader')).toHaveLength(2)
  })

  it('sorts on a click and says so', async () => {
    show(recorded('answered'))
    await userEvent.click(screen.getByRole('tab', { name: 'Table' }))
    const header = screen.getAllByRole('columnheader')[0]!
    await userEvent.click(within(header).getByRole('button'))
    expect(header).toHaveAttribute('aria-sort', 'ascending')
    await userEvent.click(within(header).getByRole('button'))
    expect(header).toHaveAttribute('aria-sort', 'descending')
  })

  it('leads from a number of the answer to where it comes from, and back', async () => {
    show(recorded('answered'))
    const number = await screen.findByRole('button', { name: '9,765' })
    await userEvent.click(number)
    const panel = await screen.findByRole('dialog', { name: 'Where this comes from' })
    expect(within(panel).getByText('9,765')).toBeVisible()
    await userEvent.keyboard('{Escape}')
    expect(screen.getByRole('tab', { name: 'Table' })).toHaveAttribute('aria-selected', 'true')
  })

  it('shows the statement that ran, and reads it back', async () => {
    show(recorded('answered'))
    await userEvent.click(screen.getByRole('tab', { name: 'SQL' }))
    await waitFor(() => expect(screen.getByText(/GROUP BY orders.channel|orders.channel/)).toBeInTheDocument())
    expect(screen.getByText('The SQL read back')).toBeVisible()
  })

  it('asks a follow-up', async () => {
    const { onAsk } = show(recorded('answered'))
    const chips = within(screen.getByRole('list', { name: 'Questions to go on with' })).getAllByRole('button')
    await userEvent.click(chips[0]!)
    expect(onAsk).toHaveBeenCalledWith(chips[0]!.textContent)
  })

  it('is accessible', async () => {
    const { container } = show(recorded('answered'))
    await userEvent.click(screen.getByRole('tab', { name: 'Table' }))
    await screen.findByRole('button', { name: '9,765' })
    expect(await violations(container)).toEqual([])
  })
})

describe('turns that end otherwise', () => {
  it('asks back, and a key answers', async () => {
    const { container } = show(recorded('edited-declined-clarified'), 1)
    expect(await violations(container)).toEqual([])
    await userEvent.keyboard('2')
    const asked = replay(recorded('edited-declined-clarified')).turns[1]?.clarifications[0]?.asked
    expect(sent).toMatchObject([{ type: 'clarify', option_id: asked?.options[1]?.id, text: '' }])
  })

  it('says what it did not understand and what can be asked instead', async () => {
    const { container, onAsk } = show(recorded('declined'))
    const card = screen.getByRole('region', { name: 'No answer' })
    expect(card).toBeVisible()
    await userEvent.click(within(card).getAllByRole('button')[0]!)
    expect(onAsk).toHaveBeenCalledOnce()
    expect(await violations(container)).toEqual([])
  })

  it('shows a failure as a message with a way on', async () => {
    const started = recorded('answered')[0]!
    const problem = { code: 'engine_unavailable', message: 'The source does not answer.', retryable: true, field: '' } as const
    const { onAsk } = show([started, { ...started, seq: 2, event: { type: 'turn.failed', problem } }])
    expect(screen.getByRole('alert')).toHaveTextContent('The source does not answer.')
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
    expect(onAsk).toHaveBeenCalledWith('How many orders per channel?')
  })
})
