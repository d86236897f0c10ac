import { useCallback, useEffect, useMemo, useRef } from 'react'
import { useQueries } from '@tanstack/react-query'
import { CircleSlash } from 'lucide-react'
import { Link } from 'react-router'
import { toast } from 'sonner'
import { schemaQuery } from '@/api/queries'
import { EmptyState } from '@/components/ui/feedback'
import { Button } from '@/components/ui/button'
import { useHotkeys } from '@/lib/keyboard'
import { whenIdle } from '@/lib/idle'
import { live, useLive } from '@/lib/live/live'
import { messageOf } from '@/lib/api-client'
import { ask, clarify, revisePlan, stopTurn } from '../commands'
import { lastSeq, useChat } from '../store'
import { isOver, latestPlan, type Turn } from '../turn'
import { prepareAnswer } from './answer-card'
import { Announcer } from './announcer'
import { Composer, type ComposerHandle } from './composer'
import { Conversation } from './conversation'

interface ChatViewProps {
  chatId: string
  /** Sources of the project, for naming tables with @. */
  sourceIds: readonly string[]
}

export function ChatView({ chatId, sourceIds }: ChatViewProps) {
  const chat = useChat(chatId)
  const offline = useLive((state) => state.status !== 'open')
  const composer = useRef<ComposerHandle>(null)
  const tables = useTables(sourceIds)
  useEffect(() => {
    live.follow(chatId, () => lastSeq(chatId))
    return () => live.unfollow(chatId)
  }, [chatId])

  useEffect(() => whenIdle(prepareAnswer), [])

  const turn = chat.turns.at(-1)
  const running = turn !== undefined && !isOver(turn)
  const send = useCallback((question: string) => void ask(chatId, question), [chatId])
  const edit = useCallback((question: string) => composer.current?.set(question), [])
  const say = (text: string) => {
    if (!turn?.waitingFor || turn.waitingFor === 'review') return send(text)
    answerWith(turn, text).catch((error: unknown) => {
      toast.error(messageOf(error))
      edit(text)
    })
  }
  const stop = () => {
    if (turn && running) stopTurn(turn).catch((error: unknown) => toast.error(messageOf(error)))
  }
  useHotkeys({
    escape: () => {
      if (turn?.status === 'running') stop()
    },
    '/': (event) => {
      event.preventDefault()
      composer.current?.focus()
    },
    f6: () => document.getElementById(`plan-${turn?.id ?? ''}`)?.focus(),
  })

  if (chat.problem) {
    return (
      <EmptyState
        icon={<CircleSlash />}
        title="This chat cannot be shown"
        actions={
          <Button asChild>
            <Link to="/">New chat</Link>
          </Button>
        }
      >
        {chat.problem.message}
      </EmptyState>
    )
  }
  return (
    <>
      <Conversation key={chatId} chatId={chatId} chat={chat} onAsk={send} onEdit={edit} />
      <Announcer turn={turn} />
      <div className="mx-auto w-full max-w-4xl px-4 pb-4 sm:px-6">
        <Composer
          key={chatId}
          ref={composer}
          draftKey={chatId}
          tables={tables}
          lastQuestion={turn?.question ?? ''}
          placeholder={PLACEHOLDERS[turn?.waitingFor ?? 'nothing']}
          stoppable={running}
          busy={turn?.status === 'running'}
          offline={offline}
          onAsk={say}
          onStop={stop}
        />
      </div>
    </>
  )
}

const PLACEHOLDERS = {
  nothing: 'Ask a question, or type @ to name a table',
  confirmation: 'Say what to change in the plan, or run it',
  clarification: 'Choose above, or say what you mean',
  review: 'Ask another question',
}

/** What is typed while a turn waits is meant for that turn. */
function answerWith(turn: Turn, text: string): Promise<void> {
  const open = turn.clarifications.find((run) => !run.answered)
  if (turn.waitingFor === 'clarification' && open) return clarify(turn, open.asked.clarification_id, { text })
  return revisePlan(turn, latestPlan(turn)?.revision ?? 1, { words: text })
}

/** Names of all tables of some sources. */
export function useTables(sourceIds: readonly string[]): string[] {
  const schemas = useQueries({ queries: sourceIds.map((id) => schemaQuery(id)) })
  const names = schemas.flatMap((schema) => schema.data?.tables.map((table) => table.name) ?? []).join('\n')
  return useMemo(() => [...new Set(names.split('\n').filter(Boolean))].toSorted(), [names])
}
