/** One socket for the whole browser tab: commands up, frames down, and nothing lost in between. Knows nothing of React. */
import type { Ack, ClientCommand, CommandOf, Problem, ServerFrame } from '@/api/types'
import { newId } from '@/lib/ids'
import { backoff } from './backoff'

export type LiveStatus = 'connecting' | 'open' | 'reconnecting' | 'signed_out' | 'forbidden'

type Unsent<T> = T extends ClientCommand ? Omit<T, 'client_id'> & { client_id?: string } : never
export type NewCommand = Unsent<Exclude<ClientCommand, { type: 'ping' | 'subscribe' | 'unsubscribe' }>>

export interface LiveHandlers {
  onFrame(frame: ServerFrame): void
  onStatus(status: LiveStatus): void
  /** The server refused to let a chat be followed. */
  onRefused(chatId: string, problem: Problem): void
}

export interface LiveOptions {
  url: string
  /** Milliseconds between pings; two unanswered ones mean that the line is dead. */
  heartbeat?: number
  open?: (url: string) => WebSocket
}

interface Waiting {
  command: ClientCommand
  settle(ack: Ack): void
}

const CLOSED_FOR_GOOD: Record<number, LiveStatus> = { 4401: 'signed_out', 4403: 'forbidden' }

export class LiveSocket {
  readonly #handlers: LiveHandlers
  readonly #options: Required<LiveOptions>
  readonly #waiting = new Map<string, Waiting>()
  readonly #followed = new Map<string, () => number>()
  readonly #subscribing = new Map<string, string>()
  #socket: WebSocket | null = null
  #attempt = 0
  #unanswered = 0
  #stopped = true
  #pulse: ReturnType<typeof setInterval> | undefined
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor(handlers: LiveHandlers, options: LiveOptions) {
    this.#handlers = handlers
    this.#options = { heartbeat: 15_000, open: (url) => new WebSocket(url), ...options }
  }

  start(): void {
    if (!this.#stopped) return
    this.#stopped = false
    window.addEventListener('online', this.#hurry)
    window.addEventListener('focus', this.#hurry)
    this.#connect()
  }

  stop(): void {
    this.#stopped = true
    window.removeEventListener('online', this.#hurry)
    window.removeEventListener('focus', this.#hurry)
    clearTimeout(this.#retry)
    this.#drop()
  }

  /** Follows a chat from the event after `lastSeq()`, now and after every reconnect. */
  follow(chatId: string, lastSeq: () => number): void {
    this.#followed.set(chatId, lastSeq)
    if (this.#isOpen()) this.#subscribe(chatId, lastSeq())
  }

  unfollow(chatId: string): void {
    if (this.#followed.delete(chatId) && this.#isOpen()) {
      this.#transmit({ type: 'unsubscribe', chat_id: chatId, client_id: newId() })
    }
  }

  /** Asks for the missing events again, after a gap was seen. */
  catchUp(chatId: string): void {
    const lastSeq = this.#followed.get(chatId)
    if (lastSeq && this.#isOpen()) this.#subscribe(chatId, lastSeq())
  }

  /** Resolves with the server's word on the command; it is sent again after a reconnect until then. */
  send(command: NewCommand): Promise<Ack> {
    const complete = { ...command, client_id: command.client_id ?? newId() } as ClientCommand
    return new Promise((settle) => {
      this.#waiting.set(complete.client_id, { command: complete, settle })
      if (this.#isOpen()) this.#transmit(complete)
    })
  }

  #isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN
  }

  #connect(): void {
    if (this.#stopped) return
    this.#handlers.onStatus(this.#attempt === 0 ? 'connecting' : 'reconnecting')
    const socket = this.#options.open(this.#options.url)
    this.#socket = socket
    socket.addEventListener('open', () => this.#opened(socket))
    socket.addEventListener('message', (message) => this.#received(socket, message))
    socket.addEventListener('close', (event) => this.#closed(socket, event.code))
  }

  #opened(socket: WebSocket): void {
    if (socket !== this.#socket) return
    this.#attempt = 0
    this.#unanswered = 0
    this.#handlers.onStatus('open')
    for (const [chatId, lastSeq] of this.#followed) this.#subscribe(chatId, lastSeq())
    for (const { command } of this.#waiting.values()) this.#transmit(command)
    clearInterval(this.#pulse)
    this.#pulse = setInterval(this.#beat, this.#options.heartbeat)
  }

  readonly #beat = (): void => {
    if (this.#unanswered >= 2) {
      this.#drop()
      this.#later()
      return
    }
    this.#unanswered += 1
    if (this.#isOpen()) this.#transmit({ type: 'ping', client_id: newId() })
  }

  #received(socket: WebSocket, message: MessageEvent): void {
    if (socket !== this.#socket || typeof message.data !== 'string') return
    this.#unanswered = 0
    const frame = parseFrame(message.data)
    if (!frame || frame.type === 'pong') return
    if (frame.type === 'ack') this.#settle(frame)
    this.#handlers.onFrame(frame)
  }

  #settle(ack: Ack): void {
    const waiting = this.#waiting.get(ack.client_id)
    this.#waiting.delete(ack.client_id)
    waiting?.settle(ack)
    const chatId = this.#subscribing.get(ack.client_id)
    if (chatId && ack.problem) this.#handlers.onRefused(chatId, ack.problem)
    this.#subscribing.delete(ack.client_id)
  }

  #closed(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return
    this.#drop()
    const final = CLOSED_FOR_GOOD[code]
    if (final) {
      this.#stopped = true
      this.#handlers.onStatus(final)
      this.#refuseAll({ code: 'not_signed_in', message: 'The session has ended. Sign in again.', retryable: false, field: '' })
      return
    }
    this.#later()
  }

  #refuseAll(problem: Problem): void {
    for (const [id, { settle }] of this.#waiting) settle({ type: 'ack', client_id: id, turn_id: null, problem })
    this.#waiting.clear()
  }

  #later(): void {
    if (this.#stopped) return
    this.#handlers.onStatus('reconnecting')
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#connect(), backoff(this.#attempt))
    this.#attempt += 1
  }

  readonly #hurry = (): void => {
    if (this.#stopped || this.#socket !== null) return
    clearTimeout(this.#retry)
    this.#connect()
  }

  #drop(): void {
    clearInterval(this.#pulse)
    const socket = this.#socket
    this.#socket = null
    socket?.close()
  }

  #subscribe(chatId: string, afterSeq: number): void {
    const command: CommandOf<'subscribe'> = { type: 'subscribe', chat_id: chatId, after_seq: afterSeq, client_id: newId() }
    this.#subscribing.set(command.client_id, chatId)
    this.#transmit(command)
  }

  #transmit(command: ClientCommand): void {
    this.#socket?.send(JSON.stringify(command))
  }
}

function parseFrame(text: string): ServerFrame | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'type' in value ? (value as ServerFrame) : null
  } catch {
    return null
  }
}
