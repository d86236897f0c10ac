import { act } from '@testing-library/react'
import { Profiler } from 'react'
import { expect, it, vi } from 'vitest'
import type { Envelope } from '@/api/types'
import { TurnView } from '@/features/chat/components/turn-view'
import { EMPTY_CHAT, lastSeq, receive, useChat, useChats } from '@/features/chat/store'
import { renderApp } from './render'
import { recorded } from './turns'

const EVENTS = 1000

const nothing = () => undefined

function Chat({ chatId }: { chatId: string }) {
  return useChat(chatId).turns.map((turn) => <TurnView key={turn.id} turn={turn} last onAsk={nothing} onEdit={nothing} />)
}

vi.stubGlobal('fetch', () => Promise.resolve(Response.json(null)))

it('draws a thousand events of a running turn in a few renders, and loses none', async () => {
  const stored = recorded('answered')
  const running = stored.findIndex((envelope) => envelope.event.type === 'rows.fetched' || envelope.event.type === 'result.ready')
  const before = stored.slice(0, running)
  const chatId = before[0]!.chat_id
  useChats.setState({ chats: { [chatId]: { ...EMPTY_CHAT, replayed: true } } })
  let commits = 0
  const onRender = () => {
    commits += 1
  }
  const view = renderApp(
    <Profiler id="chat" onRender={onRender}>
      <Chat chatId={chatId} />
    </Profiler>,
  )
  await act(async () => {
    for (const envelope of before) receive(envelope)
    await new Promise((done) => setTimeout(done, 150))
  })
  commits = 0
  const step = before.findLast((envelope) => envelope.event.type === 'sql.drafted')!.event as { step: string }
  await act(async () => {
    for (let number = 1; number <= EVENTS; number += 1) {
      const seq = before.length + number
      receive({ ...before[0]!, seq, event: { type: 'rows.fetched', step: step.step, rows: number * 100 } } as Envelope)
      // Not all in one task: messages of a socket come one by one.
      if (number % 50 === 0) await new Promise((done) => setTimeout(done, 0))
      else await Promise.resolve()
    }
    await new Promise((done) => setTimeout(done, 150))
  })
  expect(lastSeq(chatId)).toBe(before.length + EVENTS)
  expect(view.container.textContent).toContain('100000 rows so far')
  expect(commits).toBeLessThan(EVENTS / 20)
})
