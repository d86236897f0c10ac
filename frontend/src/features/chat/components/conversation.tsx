import { ArrowDown } from 'lucide-react'
import { useStickToBottom } from 'use-stick-to-bottom'
import { Button } from '@/components/ui/button'
import { ErrorState, SkeletonLines } from '@/components/ui/feedback'
import { Region } from '@/components/ui/region'
import { ask } from '../commands'
import { dropPending, type ChatState } from '../store'
import { Question, TurnView } from './turn-view'

interface ConversationProps {
  chatId: string
  chat: ChatState
  onAsk(question: string): void
  onEdit(question: string): void
}

/** All turns of a chat. It follows what is new, unless the person has scrolled up to read. */
export function Conversation({ chatId, chat, onAsk, onEdit }: ConversationProps) {
  const { scrollRef, contentRef, isAtBottom, scrollToBottom } = useStickToBottom({ initial: 'instant', resize: 'smooth' })
  const loading = !chat.replayed && chat.pending.length === 0
  return (
    <div className="relative min-h-0 flex-1">
      <div ref={scrollRef} className="scroll-thin h-full overflow-y-auto overflow-x-hidden" role="log" aria-label="Conversation" aria-live="off" tabIndex={0}>
        <div ref={contentRef} className="mx-auto grid max-w-4xl grid-cols-[minmax(0,1fr)] gap-8 px-4 pb-10 pt-6 sm:px-6">
          {loading && (
            <div className="grid gap-8">
              <SkeletonLines lines={3} label="Loading the chat" />
              <SkeletonLines lines={5} label="Loading the chat" />
            </div>
          )}
          {chat.turns.map((turn, index) => (
            <Region key={turn.id} title="This turn could not be shown" resetKeys={[turn]}>
              <TurnView turn={turn} last={index === chat.turns.length - 1 && chat.pending.length === 0} onAsk={onAsk} onEdit={onEdit} />
            </Region>
          ))}
          {chat.pending.map((question) => (
            <div key={question.clientId} className="grid gap-2">
              <Question muted={!question.problem}>{question.question}</Question>
              {question.problem && (
                <ErrorState
                  title="The question was not taken"
                  error={new Error(question.problem.message)}
                  onRetry={() => {
                    dropPending(chatId, question.clientId)
                    void ask(chatId, question.question)
                  }}
                />
              )}
            </div>
          ))}
        </div>
      </div>
      {!isAtBottom && (
        <Button size="sm" className="absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full shadow-pop" onClick={() => void scrollToBottom()}>
          <ArrowDown />
          Newest
        </Button>
      )}
    </div>
  )
}
