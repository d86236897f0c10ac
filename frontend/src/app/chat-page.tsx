import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from 'react-router'
import { datasourcesQuery, useMe } from '@/api/queries'
import { Badge } from '@/components/ui/badge'
import { chatsQuery } from '@/features/chats/api/chats'
import { ChatView } from '@/features/chat/components/chat-view'
import { NewChat } from '@/features/chat/components/new-chat'
import { useChat } from '@/features/chat/store'
import { useLive } from '@/lib/live/live'
import { useProject } from '@/lib/project'
import { cn } from '@/lib/cn'
import { PageHeader } from './page-header'

export function NewChatPage() {
  const me = useMe()
  const project = useProject()
  const navigate = useNavigate()
  return (
    <>
      <PageHeader title="New chat">
        <SourceNames />
      </PageHeader>
      {project && <NewChat key={project.id} project={project} name={me?.name ?? ''} onStarted={(id) => void navigate(`/c/${id}`)} />}
    </>
  )
}

export function ChatPage() {
  const { chatId = '' } = useParams()
  const project = useProject()
  const { data: chats } = useQuery(chatsQuery(project?.id ?? ''))
  // A chat of another project is not in the list; its first question names it as well.
  const asked = useChat(chatId).turns[0]?.question
  const title = chats?.items.find((chat) => chat.id === chatId)?.title || asked || 'Chat'
  return (
    <>
      <PageHeader title={title}>
        <SourceNames />
      </PageHeader>
      <ChatView chatId={chatId} sourceIds={project?.source_ids ?? []} />
    </>
  )
}

/** What this project reads, and whether the line to the server stands. */
function SourceNames() {
  const project = useProject()
  const { data } = useQuery({ ...datasourcesQuery(project?.id), enabled: project !== null })
  const status = useLive((state) => state.status)
  const names = data?.map((source) => source.name) ?? []
  return (
    <>
      {names.length > 0 && (
        <Badge className="hidden min-w-0 shrink sm:inline-flex" title={names.join(', ')}>
          <span className="truncate">{names.length > 2 ? `${names.slice(0, 2).join(', ')} +${names.length - 2}` : names.join(', ')}</span>
        </Badge>
      )}
      <span className="ml-auto hidden items-center gap-1.5 text-xs text-muted-fg sm:flex">
        <span aria-hidden className={cn('size-1.5 rounded-full', status === 'open' ? 'bg-ok' : 'animate-pulse bg-warn')} />
        {status === 'open' ? 'Connected' : 'Connecting…'}
      </span>
    </>
  )
}
