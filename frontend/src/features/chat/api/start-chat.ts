import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { keys } from '@/api/queries'
import { api, unwrap } from '@/lib/api-client'
import { ask } from '../commands'

/** Makes a chat and asks its first question. */
export function useStartChat(projectId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (question: string) => {
      const title = question.length > 60 ? `${question.slice(0, 57).trimEnd()}…` : question
      return unwrap(api.POST('/api/chats', { body: { project_id: projectId, title } }))
    },
    onSuccess: (chat, question) => {
      void client.invalidateQueries({ queryKey: keys.chats })
      void ask(chat.id, question)
    },
  })
}

export function useSuggestions(projectId: string) {
  return useQuery({
    queryKey: keys.suggestions(projectId),
    staleTime: 60_000,
    queryFn: () => unwrap(api.GET('/api/projects/{project_id}/suggestions', { params: { path: { project_id: projectId } } })),
  })
}
