import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { keys } from '@/api/queries'
import type { Datasource, SchemaView, TestReport, UploadResult } from '@/api/types'
import { api, unwrap } from '@/lib/api-client'

export type Config = Record<string, unknown>

export function datasourceQuery(id: string) {
  return queryOptions({
    queryKey: [...keys.datasources, 'one', id],
    queryFn: () => unwrap(api.GET('/api/datasources/{datasource_id}', { params: { path: { datasource_id: id } } })),
  })
}

export function previewQuery(id: string, table: string) {
  return queryOptions({
    queryKey: ['preview', id, table],
    staleTime: 60_000,
    queryFn: () => unwrap(api.GET('/api/datasources/{datasource_id}/preview', { params: { path: { datasource_id: id }, query: { table, limit: 50 } } })),
  })
}

export function useTestSource() {
  return useMutation<TestReport, Error, { engine: string; config: Config; datasource_id: string | null }>({
    mutationFn: (body) => unwrap(api.POST('/api/datasources/test', { body })),
  })
}

/** What has to be read again after sources have changed. */
function useRefresh() {
  const client = useQueryClient()
  return () => {
    void client.invalidateQueries({ queryKey: keys.datasources })
    void client.invalidateQueries({ queryKey: keys.projects })
    void client.invalidateQueries({ queryKey: ['suggestions'] })
  }
}

export function useCreateSource() {
  const refresh = useRefresh()
  return useMutation<Datasource, Error, { name: string; engine: string; config: Config; description: string; project_id: string | null }>({
    mutationFn: (body) => unwrap(api.POST('/api/datasources', { body })),
    onSuccess: refresh,
  })
}

export function useUpdateSource(id: string) {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (body: { name?: string; config?: Config; description?: string }) => unwrap(api.PATCH('/api/datasources/{datasource_id}', { params: { path: { datasource_id: id } }, body })),
    onSuccess: refresh,
  })
}

export function useDeleteSource() {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/api/datasources/{datasource_id}', { params: { path: { datasource_id: id } } })),
    onSuccess: refresh,
  })
}

export function useIndexSource() {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST('/api/datasources/{datasource_id}/index', { params: { path: { datasource_id: id } } })),
    onSuccess: refresh,
  })
}

export function useDescribe(id: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { table: string; column: string; text: string }) =>
      unwrap(api.PUT('/api/datasources/{datasource_id}/descriptions', { params: { path: { datasource_id: id } }, body })),
    onSuccess: (_, { table, column, text }) => {
      client.setQueryData<SchemaView>(keys.schema(id), (schema) => schema && describe(schema, table, column, text))
    },
  })
}

function describe(schema: SchemaView, table: string, column: string, text: string): SchemaView {
  const tables = schema.tables.map((view) => {
    if (view.name !== table) return view
    if (!column) return { ...view, description: text }
    return { ...view, columns: view.columns.map((item) => (item.name === column ? { ...item, description: text } : item)) }
  })
  return { ...schema, tables }
}

export function useUpload() {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: ({ files, name, projectId }: { files: File[]; name: string; projectId: string }): Promise<UploadResult> =>
      unwrap(
        api.POST('/api/datasources/upload', {
          // The typed body becomes a form with one part per file.
          body: { files: [], name, project_id: projectId },
          bodySerializer: () => {
            const form = new FormData()
            for (const file of files) form.append('files', file)
            form.append('name', name)
            form.append('project_id', projectId)
            return form
          },
        }),
      ),
    onSuccess: refresh,
  })
}
