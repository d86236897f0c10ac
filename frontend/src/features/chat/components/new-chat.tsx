import { useQuery } from '@tanstack/react-query'
import { CornerDownRight, Database, FileUp } from 'lucide-react'
import { useRef } from 'react'
import { Link } from 'react-router'
import type { Project } from '@/api/types'
import { datasourcesQuery } from '@/api/queries'
import { Button } from '@/components/ui/button'
import { ErrorState, Skeleton } from '@/components/ui/feedback'
import { useHotkeys } from '@/lib/keyboard'
import { useLive } from '@/lib/live/live'
import { useStartChat, useSuggestions } from '../api/start-chat'
import { useTables } from './chat-view'
import { Composer, type ComposerHandle } from './composer'

interface NewChatProps {
  project: Project
  name: string
  onStarted(chatId: string): void
}

/** The empty chat: what can be asked here, and the box to ask it. */
export function NewChat({ project, name, onStarted }: NewChatProps) {
  const offline = useLive((state) => state.status !== 'open')
  const start = useStartChat(project.id)
  const suggestions = useSuggestions(project.id)
  const { data: sources } = useQuery(datasourcesQuery(project.id))
  const tables = useTables(project.source_ids)
  const composer = useRef<ComposerHandle>(null)
  const send = (question: string) => start.mutate(question, { onSuccess: (chat) => onStarted(chat.id), onError: () => composer.current?.set(question) })
  useHotkeys({
    '/': (event) => {
      event.preventDefault()
      composer.current?.focus()
    },
  })
  const indexing = sources?.find((source) => source.index_state === 'running' || source.index_state === 'queued')
  return (
    <div className="scroll-thin flex min-h-0 flex-1 flex-col overflow-y-auto">
      <div className="mx-auto flex w-full max-w-2xl flex-1 flex-col justify-center gap-6 px-4 py-10 sm:px-6">
        <div>
          <h2 className="text-2xl font-semibold tracking-tight">{greeting(name)}</h2>
          <p className="mt-1 text-muted-fg">Ask {project.name} a question. You see the plan before anything runs.</p>
        </div>
        {sources?.length === 0 ? (
          <NoSources />
        ) : (
          <>
            <Composer
              ref={composer}
              draftKey={`new.${project.id}`}
              tables={tables}
              lastQuestion=""
              placeholder="Ask a question, or type @ to name a table"
              stoppable={false}
              busy={start.isPending}
              offline={offline}
              onAsk={send}
              onStop={() => undefined}
            />
            {start.isError && <ErrorState title="The chat could not be started" error={start.error} />}
            {indexing && (
              <p role="status" className="text-[13px] text-muted-fg">
                {indexing.indexed_at === null ? `${indexing.name} is being indexed. It can be asked in a moment.` : `${indexing.name} is being indexed again. It can be asked meanwhile.`}
              </p>
            )}
            <section aria-label="Suggestions" className="grid gap-1">
              <h3 className="px-2 text-xs font-medium text-muted-fg">Questions that can be answered now</h3>
              {suggestions.isPending && Array.from({ length: 4 }, (_, index) => <Skeleton key={index} className="mx-2 my-1 h-5" />)}
              {suggestions.data?.questions.slice(0, 5).map((question) => (
                <button key={question} type="button" disabled={start.isPending} onClick={() => send(question)} className="flex min-h-8 items-center gap-2.5 rounded-md px-2 py-1 text-left transition-colors hover:bg-muted disabled:opacity-50">
                  <CornerDownRight className="size-3.5 shrink-0 text-muted-fg" aria-hidden />
                  {question}
                </button>
              ))}
              {suggestions.data?.questions.length === 0 && <p className="px-2 text-[13px] text-muted-fg">Suggestions appear when a source has been indexed.</p>}
            </section>
          </>
        )}
      </div>
    </div>
  )
}

function greeting(name: string): string {
  const hour = new Date().getHours()
  const time = hour < 5 ? 'Hello' : hour < 12 ? 'Good morning' : hour < 18 ? 'Good afternoon' : 'Good evening'
  // "owner" is what the server calls the only person of a machine, not a name.
  return name && name !== 'owner' ? `${time}, ${name}` : time
}

function NoSources() {
  return (
    <div className="grid gap-3 rounded-lg border bg-card p-5">
      <p>This project has no source yet. Connect a database, or drop a file and ask about it at once.</p>
      <div className="flex flex-wrap gap-2">
        <Button variant="primary" asChild>
          <Link to="/data/new">
            <Database />
            Connect a database
          </Link>
        </Button>
        <Button asChild>
          <Link to="/data/upload">
            <FileUp />
            Upload files
          </Link>
        </Button>
      </div>
    </div>
  )
}
