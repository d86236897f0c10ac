/** Who may ask in a project, and whom there is. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { keys, membersQuery } from '@/api/queries'
import type { Member, PersonLimits, Role } from '@/api/types'
import { api, unwrap } from '@/lib/api-client'

export const peopleQuery = queryOptions({
  queryKey: keys.people,
  queryFn: () => unwrap(api.GET('/api/people')),
})

export function useWriteMember(projectId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ userId, role }: { userId: string; role: Member['role'] }) =>
      unwrap(api.PUT('/api/projects/{project_id}/members/{user_id}', { params: { path: { project_id: projectId, user_id: userId } }, body: { role } })),
    onSuccess: () => client.invalidateQueries({ queryKey: membersQuery(projectId).queryKey }),
  })
}

export function useDeleteMember(projectId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (userId: string) => unwrap(api.DELETE('/api/projects/{project_id}/members/{user_id}', { params: { path: { project_id: projectId, user_id: userId } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: membersQuery(projectId).queryKey }),
  })
}

/** Makes a person; the link signs them in once. */
export function useCreatePerson() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { name: string; role: Role }) => unwrap(api.POST('/api/people', { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.people }),
  })
}

export function personQuery(id: string) {
  return queryOptions({
    queryKey: [...keys.people, id],
    queryFn: () => unwrap(api.GET('/api/people/{person_id}', { params: { path: { person_id: id } } })),
  })
}

export function useLimitPerson(id: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (limits: PersonLimits) => unwrap(api.PATCH('/api/people/{person_id}', { params: { path: { person_id: id } }, body: { limits } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.people }),
  })
}
