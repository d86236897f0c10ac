/** The tab's one live connection, and what every page may know of it. */
import { create } from 'zustand'
import type { Envelope, Problem, ServerFrame, SourceProgress } from '@/api/types'
import { LiveSocket, type LiveStatus } from './socket'

interface LiveState {
  status: LiveStatus
  /** When the connection was lost; null while it stands. */
  lostAt: number | null
  progress: Record<string, SourceProgress>
}

export const useLive = create<LiveState>(() => ({ status: 'connecting', lostAt: null, progress: {} }))

interface Listener {
  onEnvelope(envelope: Envelope): void
  onReplayed(chatId: string): void
  onRefused(chatId: string, problem: Problem): void
}

const listeners = new Set<Listener>()
const progressListeners = new Set<(progress: SourceProgress) => void>()

/** Hears every envelope of the chats that are followed. */
export function listen(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function onSourceProgress(listener: (progress: SourceProgress) => void): () => void {
  progressListeners.add(listener)
  return () => progressListeners.delete(listener)
}

function onFrame(frame: ServerFrame): void {
  switch (frame.type) {
    case 'event':
      for (const listener of listeners) listener.onEnvelope(frame)
      return
    case 'replayed':
      for (const listener of listeners) listener.onReplayed(frame.chat_id)
      return
    case 'source.progress':
      useLive.setState((state) => ({ progress: { ...state.progress, [frame.source_id]: frame } }))
      for (const listener of progressListeners) listener(frame)
      return
    case 'ack':
    case 'pong':
      return
    default: {
      // A newer server may send frames that this page does not know; they are left out.
      const unknown: never = frame
      void unknown
    }
  }
}

function onStatus(status: LiveStatus): void {
  useLive.setState((state) => ({ status, lostAt: status === 'reconnecting' ? (state.lostAt ?? Date.now()) : null }))
}

function onRefused(chatId: string, problem: Problem): void {
  for (const listener of listeners) listener.onRefused(chatId, problem)
}

function address(): string {
  const { protocol, host } = globalThis.location
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/api/chat/ws`
}

export const live = new LiveSocket({ onFrame, onStatus, onRefused }, { url: address() })
