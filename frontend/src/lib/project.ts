/** The project that is being looked at; remembered between visits. */
import { create } from 'zustand'
import { useQuery } from '@tanstack/react-query'
import { projectsQuery, useMe } from '@/api/queries'
import type { Project } from '@/api/types'
import { recall, remember } from './storage'

const useChoice = create<{ id: string | null }>(() => ({ id: recall('project') }))

export function chooseProject(id: string): void {
  remember('project', id)
  useChoice.setState({ id })
}

/** The chosen project, else the person's own default, else the first. Null until it is known. */
export function useProject(): Project | null {
  const me = useMe()
  const chosen = useChoice((state) => state.id)
  const { data: projects } = useQuery(projectsQuery)
  if (!projects) return null
  return projects.find((project) => project.id === chosen) ?? projects.find((project) => project.id === me?.default_project_id) ?? projects[0] ?? null
}
