import { useQuery } from '@tanstack/react-query'
import { Ellipsis, Pencil, Pin, PinOff, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { NavLink, useNavigate, useParams } from 'react-router'
import { toast } from 'sonner'
import type { ChatSummary } from '@/api/types'
import { Button } from '@/components/ui/button'
import { ErrorState, Skeleton } from '@/components/ui/feedback'
import { Input } from '@/components/ui/field'
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu'
import { messageOf } from '@/lib/api-client'
import { cn } from '@/lib/cn'
import { offerUndo } from '@/lib/undo'
import { chatsQuery, groupChats, useDeleteChat, useRestoreChat, useUpdateChat } from '../api/chats'

export function ChatList({ projectId, search, onOpen }: { projectId: string; search: string; onOpen(): void }) {
  const chats = useQuery(chatsQuery(projectId, search))
  if (chats.isError) return <ErrorState error={chats.error} title="Chats could not be loaded" onRetry={() => void chats.refetch()} className="m-2" />
  if (!chats.data) {
    return (
      <div className="grid gap-2 p-2">
        {Array.from({ length: 5 }, (_, index) => (
          <Skeleton key={index} className="h-6" />
        ))}
      </div>
    )
  }
  if (chats.data.items.length === 0) {
    return <p className="px-3 py-2 text-[13px] text-muted-fg">{search ? `No chat about “${search}”.` : 'Your chats will be listed here.'}</p>
  }
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      {groupChats(chats.data.items, new Date(chats.dataUpdatedAt)).map((group) => (
        <section key={group.name} aria-label={group.name}>
          <h3 className="px-3 pb-1 text-xs font-medium text-muted-fg">{group.name}</h3>
          <ul>
            {group.chats.map((chat) => (
              <ChatRow key={chat.id} chat={chat} onOpen={onOpen} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  )
}

function ChatRow({ chat, onOpen }: { chat: ChatSummary; onOpen(): void }) {
  const [renaming, setRenaming] = useState(false)
  const update = useUpdateChat()
  const remove = useRemoval(chat)
  if (renaming) {
    return (
      <li className="px-1">
        <RenameForm
          title={chat.title}
          onDone={(title) => {
            setRenaming(false)
            if (title && title !== chat.title) update.mutate({ id: chat.id, title }, { onError: (error) => toast.error(messageOf(error)) })
          }}
        />
      </li>
    )
  }
  return (
    <li className="group relative">
      <NavLink
        to={`/c/${chat.id}`}
        onClick={onOpen}
        className={({ isActive }) =>
          cn('flex h-8 items-center gap-2 rounded-md pl-3 pr-8 text-[13px] transition-colors hover:bg-muted', isActive ? 'bg-accent font-medium text-accent-fg hover:bg-accent' : 'text-fg/85')
        }
      >
        {chat.status !== 'idle' && <StatusDot status={chat.status} />}
        <span className="truncate">{chat.title || 'New chat'}</span>
      </NavLink>
      <Menu>
        <MenuTrigger asChild>
          <Button
            variant="ghost"
            size="icon-xs"
            aria-label={`Options of ${chat.title || 'New chat'}`}
            className="absolute right-1 top-1 opacity-0 focus-visible:opacity-100 group-hover:opacity-100 data-[state=open]:opacity-100 max-lg:opacity-100"
          >
            <Ellipsis />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem onSelect={() => setTimeout(() => setRenaming(true))}>
            <Pencil />
            Rename
          </MenuItem>
          <MenuItem onSelect={() => update.mutate({ id: chat.id, pinned: !chat.pinned }, { onError: (error) => toast.error(messageOf(error)) })}>
            {chat.pinned ? <PinOff /> : <Pin />}
            {chat.pinned ? 'Unpin' : 'Pin'}
          </MenuItem>
          <MenuItem danger onSelect={remove}>
            <Trash2 />
            Delete
          </MenuItem>
        </MenuContent>
      </Menu>
    </li>
  )
}

function StatusDot({ status }: { status: 'running' | 'waiting' }) {
  return (
    <span
      role="img"
      aria-label={status === 'running' ? 'running' : 'waits for you'}
      title={status === 'running' ? 'Running' : 'Waits for you'}
      className={cn('size-1.5 shrink-0 rounded-full', status === 'running' ? 'animate-pulse bg-primary' : 'bg-warn')}
    />
  )
}

function useRemoval(chat: ChatSummary): () => void {
  const remove = useDeleteChat()
  const restore = useRestoreChat()
  const navigate = useNavigate()
  const { chatId } = useParams()
  return () =>
    remove.mutate(chat.id, {
      onError: (error) => toast.error(messageOf(error)),
      onSuccess: () => {
        if (chatId === chat.id) void navigate('/')
        offerUndo(`“${chat.title || 'New chat'}” was deleted.`, () => restore.mutateAsync(chat.id))
      },
    })
}

function RenameForm({ title, onDone }: { title: string; onDone(title: string | null): void }) {
  const [text, setText] = useState(title)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onDone(text.trim())
      }}
    >
      <Input
        autoFocus
        aria-label="Name of the chat"
        value={text}
        maxLength={200}
        onChange={(event) => setText(event.target.value)}
        onFocus={(event) => event.target.select()}
        onBlur={() => onDone(text.trim())}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onDone(null)
        }}
      />
    </form>
  )
}
