import { useMutation, useQueryClient } from '@tanstack/react-query'
import { keys } from '@/api/queries'
import type { Project, ProjectUpdate } from '@/api/types'
import { api, unwrap } from '@/lib/api-client'

export function useCreateProject() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { name: string; description: string }) => unwrap(api.POST('/api/projects', { body })),
    onSuccess: (project) => {
      client.setQueryData<Project[]>(keys.projects, (projects) => [...(projects ?? []), project])
    },
  })
}

export function useUpdateProject(id: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: ProjectUpdate) => unwrap(api.PATCH('/api/projects/{project_id}', { params: { path: { project_id: id } }, body })),
    onSuccess: (project) => {
      client.setQueryData<Project[]>(keys.projects, (projects) => projects?.map((other) => (other.id === id ? project : other)))
      void client.invalidateQueries({ queryKey: keys.datasources })
      void client.invalidateQueries({ queryKey: keys.suggestions(id) })
    },
  })
}

export function useDeleteProject() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/api/projects/{project_id}', { params: { path: { project_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.projects }),
  })
}
