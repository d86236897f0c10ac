import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { keys } from '@/api/queries'
import type { ChatSummary } from '@/api/types'
import { api, unwrap } from '@/lib/api-client'

export function chatsQuery(projectId: string, search = '') {
  return queryOptions({
    queryKey: [...keys.chats, projectId, search],
    enabled: projectId !== '',
    placeholderData: (previous: { items: ChatSummary[] } | undefined) => previous as never,
    queryFn: () => unwrap(api.GET('/api/chats', { params: { query: { project_id: projectId, ...(search ? { q: search } : {}) } } })),
  })
}

export function useUpdateChat() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...body }: { id: string; title?: string; pinned?: boolean }) => unwrap(api.PATCH('/api/chats/{chat_id}', { params: { path: { chat_id: id } }, body })),
    onSettled: () => client.invalidateQueries({ queryKey: keys.chats }),
  })
}

export function useDeleteChat() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/api/chats/{chat_id}', { params: { path: { chat_id: id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: keys.chats }),
  })
}

export function useRestoreChat() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST('/api/chats/{chat_id}/restore', { params: { path: { chat_id: id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: keys.chats }),
  })
}

export interface ChatGroup {
  name: string
  chats: ChatSummary[]
}

const DAY = 86_400_000

/** Pinned first, then by when they were last used. */
export function groupChats(chats: readonly ChatSummary[], now: Date): ChatGroup[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  const groups: [string, (chat: ChatSummary) => boolean][] = [
    ['Pinned', (chat) => chat.pinned],
    ['Today', (chat) => Date.parse(chat.updated_at) >= midnight],
    ['Yesterday', (chat) => Date.parse(chat.updated_at) >= midnight - DAY],
    ['Last 7 days', (chat) => Date.parse(chat.updated_at) >= midnight - 7 * DAY],
    ['Last 30 days', (chat) => Date.parse(chat.updated_at) >= midnight - 30 * DAY],
    ['Older', () => true],
  ]
  const left = new Set(chats)
  return groups.flatMap(([name, belongs]) => {
    const members = [...left].filter(belongs)
    for (const chat of members) left.delete(chat)
    return members.length > 0 ? [{ name, chats: members }] : []
  })
}
