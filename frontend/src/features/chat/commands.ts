/** What a person can do in a chat, as commands on the live connection. */
import type { Plan, Problem } from '@/api/types'
import { newId } from '@/lib/ids'
import { live } from '@/lib/live/live'
import type { NewCommand } from '@/lib/live/socket'
import { addPending, failPending } from './store'

/** Thrown when the server refuses a command. */
export class CommandRefused extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.name = 'CommandRefused'
    this.problem = problem
  }
}

async function send(command: NewCommand): Promise<void> {
  const { problem } = await live.send(command)
  if (problem) throw new CommandRefused(problem)
}

/** Shows the question at once; a refusal stays beside it so that it can be changed and sent again. */
export async function ask(chatId: string, question: string, sourceIds: string[] = []): Promise<void> {
  const clientId = newId()
  addPending(chatId, { clientId, question, problem: null })
  const { problem } = await live.send({ type: 'ask', client_id: clientId, chat_id: chatId, question, source_ids: sourceIds })
  if (problem) failPending(chatId, clientId, problem)
}

interface TurnRef {
  chatId: string
  id: string
}

export function confirmPlan({ chatId, id }: TurnRef, revision: number): Promise<void> {
  return send({ type: 'confirm', chat_id: chatId, turn_id: id, revision })
}

export type Revision = { plan: Plan } | { words: string } | { assumptionId: string; optionId: string }

export function revisePlan({ chatId, id }: TurnRef, revision: number, change: Revision): Promise<void> {
  return send({
    type: 'revise',
    chat_id: chatId,
    turn_id: id,
    revision,
    plan: 'plan' in change ? change.plan : null,
    words: 'words' in change ? change.words : '',
    assumption_id: 'assumptionId' in change ? change.assumptionId : '',
    option_id: 'optionId' in change ? change.optionId : '',
  })
}

export function rejectPlan({ chatId, id }: TurnRef, reason = ''): Promise<void> {
  return send({ type: 'reject', chat_id: chatId, turn_id: id, reason })
}

export function clarify({ chatId, id }: TurnRef, clarificationId: string, answer: { optionId: string } | { text: string }): Promise<void> {
  return send({
    type: 'clarify',
    chat_id: chatId,
    turn_id: id,
    clarification_id: clarificationId,
    option_id: 'optionId' in answer ? answer.optionId : null,
    text: 'text' in answer ? answer.text : '',
  })
}

export function stopTurn({ chatId, id }: TurnRef): Promise<void> {
  return send({ type: 'cancel', chat_id: chatId, turn_id: id })
}
