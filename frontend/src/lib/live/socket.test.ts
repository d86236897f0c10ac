import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ClientCommand, ServerFrame } from '@/api/types'
import { backoff } from './backoff'
import { LiveSocket, type LiveStatus } from './socket'

class FakeSocket extends EventTarget {
  readyState: number = WebSocket.CONNECTING
  sent: ClientCommand[] = []

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientCommand)
  }
  close(): void {
    this.readyState = WebSocket.CLOSED
  }
  accept(): void {
    this.readyState = WebSocket.OPEN
    this.dispatchEvent(new Event('open'))
  }
  say(frame: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data: typeof frame === 'string' ? frame : JSON.stringify(frame) }))
  }
  drop(code = 1006): void {
    this.readyState = WebSocket.CLOSED
    this.dispatchEvent(new CloseEvent('close', { code }))
  }
}

const HEARTBEAT = 1000

function setUp() {
  const sockets: FakeSocket[] = []
  const frames: ServerFrame[] = []
  const statuses: LiveStatus[] = []
  const refused: string[] = []
  const live = new LiveSocket(
    { onFrame: (frame) => frames.push(frame), onStatus: (status) => statuses.push(status), onRefused: (chatId) => refused.push(chatId) },
    {
      url: 'ws://server/api/chat/ws',
      heartbeat: HEARTBEAT,
      open: () => {
        const socket = new FakeSocket()
        sockets.push(socket)
        return socket as unknown as WebSocket
      },
    },
  )
  return { live, sockets, frames, statuses, refused, last: () => sockets.at(-1)! }
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('LiveSocket', () => {
  it('asks for what came after the last event it has, again after every reconnect', () => {
    const { live, last } = setUp()
    let seq = 0
    live.start()
    live.follow('c1', () => seq)
    last().accept()
    expect(last().sent).toMatchObject([{ type: 'subscribe', chat_id: 'c1', after_seq: 0 }])
    seq = 7
    last().drop()
    vi.advanceTimersByTime(1000)
    last().accept()
    expect(last().sent).toMatchObject([{ type: 'subscribe', chat_id: 'c1', after_seq: 7 }])
    live.stop()
  })

  it('sends an unanswered command again under the same id, and an answered one never', async () => {
    const { live, last } = setUp()
    live.start()
    last().accept()
    const answer = live.send({ type: 'cancel', chat_id: 'c', turn_id: 't' })
    const first = last().sent[0]!
    last().drop()
    vi.advanceTimersByTime(1000)
    last().accept()
    expect(last().sent).toEqual([first])
    last().say({ type: 'ack', client_id: first.client_id, turn_id: 't', problem: null })
    await expect(answer).resolves.toMatchObject({ turn_id: 't' })
    last().drop()
    vi.advanceTimersByTime(1000)
    last().accept()
    expect(last().sent).toEqual([])
    live.stop()
  })

  it('keeps commands given while the line is down', () => {
    const { live, last } = setUp()
    live.start()
    void live.send({ type: 'ask', chat_id: 'c', question: 'How many?', source_ids: [] })
    last().accept()
    expect(last().sent).toMatchObject([{ type: 'ask', question: 'How many?' }])
    live.stop()
  })

  it('notices a line that is dead but not closed, and takes up a new one', () => {
    const { live, sockets, statuses, last } = setUp()
    live.start()
    last().accept()
    vi.advanceTimersByTime(HEARTBEAT * 3)
    expect(statuses.at(-1)).toBe('reconnecting')
    vi.advanceTimersByTime(1000)
    expect(sockets).toHaveLength(2)
    live.stop()
  })

  it('stays quiet while pings are answered', () => {
    const { live, sockets, last } = setUp()
    live.start()
    last().accept()
    for (let beat = 0; beat < 6; beat += 1) {
      vi.advanceTimersByTime(HEARTBEAT)
      last().say({ type: 'pong', client_id: 'x' })
    }
    expect(sockets).toHaveLength(1)
    live.stop()
  })

  it('gives up when the session has ended, and says so to whoever waits', async () => {
    const { live, sockets, statuses, last } = setUp()
    live.start()
    last().accept()
    const answer = live.send({ type: 'cancel', chat_id: 'c', turn_id: 't' })
    last().drop(4401)
    await expect(answer).resolves.toMatchObject({ problem: { code: 'not_signed_in' } })
    vi.advanceTimersByTime(60_000)
    expect(sockets).toHaveLength(1)
    expect(statuses.at(-1)).toBe('signed_out')
  })

  it('says which chat may not be followed', () => {
    const { live, refused, last } = setUp()
    live.start()
    live.follow('secret', () => 0)
    last().accept()
    last().say({ type: 'ack', client_id: last().sent[0]!.client_id, turn_id: null, problem: { code: 'not_found', message: 'No such chat.', retryable: false, field: '' } })
    expect(refused).toEqual(['secret'])
    live.stop()
  })

  it('lives through frames that are not frames', () => {
    const { live, frames, last } = setUp()
    live.start()
    last().accept()
    last().say('not json')
    last().say('null')
    expect(frames).toEqual([])
    live.stop()
  })
})

describe('backoff', () => {
  it('grows to ten seconds and stays there, spread by a quarter', () => {
    expect([0, 1, 2, 3, 4, 5, 50].map((attempt) => backoff(attempt, () => 0.5))).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000])
    expect(backoff(0, () => 0)).toBe(375)
    expect(backoff(0, () => 1)).toBe(625)
  })
})
