/** The turns of every chat that was opened in this tab, fed by the live connection. */
import { create } from 'zustand'
import type { Envelope, Problem } from '@/api/types'
import { listen, live } from '@/lib/live/live'
import { newTurn, reduceTurn, type Turn } from './turn'

/** A question that was sent and is not yet in the stream. */
export interface PendingQuestion {
  clientId: string
  question: string
  problem: Problem | null
}

export interface ChatState {
  turns: Turn[]
  lastSeq: number
  /** Whether the stored events have all arrived. */
  replayed: boolean
  pending: PendingQuestion[]
  /** Why the chat cannot be shown: it does not exist, or is somebody else's. */
  problem: Problem | null
}

export const EMPTY_CHAT: ChatState = { turns: [], lastSeq: 0, replayed: false, pending: [], problem: null }

export type Applied = 'applied' | 'known' | 'gap'

/** Adds one envelope: again the same is ignored, and one after a gap waits until the gap is filled. */
export function applyEnvelope(chat: ChatState, envelope: Envelope): { chat: ChatState; outcome: Applied } {
  if (envelope.seq <= chat.lastSeq) return { chat, outcome: 'known' }
  if (envelope.seq > chat.lastSeq + 1) return { chat, outcome: 'gap' }
  const known = chat.turns.find((turn) => turn.id === envelope.turn_id)
  const next = reduceTurn(known ?? newTurn(envelope.turn_id, envelope.chat_id, Date.parse(envelope.at)), envelope)
  const turns = known ? chat.turns.map((turn) => (turn === known ? next : turn)) : [...chat.turns, next]
  const pending = chat.pending.filter((question) => question.clientId !== next.clientId)
  return { chat: { ...chat, turns, pending, lastSeq: envelope.seq }, outcome: 'applied' }
}

interface Chats {
  chats: Record<string, ChatState>
}

export const useChats = create<Chats>(() => ({ chats: {} }))

function change(chatId: string, update: (chat: ChatState) => ChatState): void {
  useChats.setState(({ chats }) => ({ chats: { ...chats, [chatId]: update(chats[chatId] ?? EMPTY_CHAT) } }))
}

export function lastSeq(chatId: string): number {
  return useChats.getState().chats[chatId]?.lastSeq ?? 0
}

const waitingForGap = new Set<string>()
/** The stored events of a chat that is being opened: applied together, so that the page renders once. */
const replaying = new Map<string, Envelope[]>()

const arrived: Envelope[] = []
let scheduled = false

/** Takes what arrives within one frame together: a burst of events is drawn once, not once an event. */
export function receive(envelope: Envelope): void {
  arrived.push(envelope)
  if (scheduled) return
  scheduled = true
  requestAnimationFrame(flush)
  // A tab in the background draws no frames, and must not fall behind.
  setTimeout(flush, 100)
}

function flush(): void {
  if (!scheduled) return
  scheduled = false
  const changed = new Map<string, ChatState>()
  const chatOf = (chatId: string) => changed.get(chatId) ?? useChats.getState().chats[chatId] ?? EMPTY_CHAT
  for (const envelope of arrived.splice(0)) {
    const next = take(chatOf(envelope.chat_id), envelope)
    if (next) changed.set(envelope.chat_id, next)
  }
  if (changed.size > 0) useChats.setState(({ chats }) => ({ chats: { ...chats, ...Object.fromEntries(changed) } }))
}

/** The chat after one more envelope; null when it is held back or brings nothing new. */
function take(chat: ChatState, envelope: Envelope): ChatState | null {
  const chatId = envelope.chat_id
  if (!chat.replayed) {
    const held = replaying.get(chatId)
    if (held) held.push(envelope)
    else replaying.set(chatId, [envelope])
    return null
  }
  const { chat: next, outcome } = applyEnvelope(chat, envelope)
  if (outcome === 'gap' && !waitingForGap.has(chatId)) {
    waitingForGap.add(chatId)
    live.catchUp(chatId)
  }
  return outcome === 'applied' ? next : null
}

function replayed(chatId: string): void {
  flush()
  waitingForGap.delete(chatId)
  const stored = replaying.get(chatId) ?? []
  replaying.delete(chatId)
  change(chatId, (chat) => ({
    ...stored.reduce((state, envelope) => applyEnvelope(state, envelope).chat, chat),
    replayed: true,
    problem: null,
  }))
}

listen({
  onEnvelope: receive,
  onReplayed: replayed,
  onRefused: (chatId, problem) => change(chatId, (chat) => ({ ...chat, problem })),
})

export function addPending(chatId: string, question: PendingQuestion): void {
  change(chatId, (chat) => ({ ...chat, pending: [...chat.pending, question] }))
}

export function failPending(chatId: string, clientId: string, problem: Problem): void {
  change(chatId, (chat) => ({
    ...chat,
    pending: chat.pending.map((question) => (question.clientId === clientId ? { ...question, problem } : question)),
  }))
}

export function dropPending(chatId: string, clientId: string): void {
  change(chatId, (chat) => ({ ...chat, pending: chat.pending.filter((question) => question.clientId !== clientId) }))
}

export function useChat(chatId: string): ChatState {
  return useChats((state) => state.chats[chatId] ?? EMPTY_CHAT)
}
