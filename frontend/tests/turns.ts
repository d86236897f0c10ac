/** Recorded envelopes of the real server, one per line. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Envelope } from '@/api/types'
import { applyEnvelope, EMPTY_CHAT, type ChatState } from '@/features/chat/store'

export function recorded(name: string): Envelope[] {
  const text = readFileSync(join(import.meta.dirname, 'fixtures', 'turns', `${name}.jsonl`), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Envelope)
}

export function replay(envelopes: readonly Envelope[]): ChatState {
  return envelopes.reduce((chat, envelope) => applyEnvelope(chat, envelope).chat, EMPTY_CHAT)
}
