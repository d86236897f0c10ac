import { useQuery } from '@tanstack/react-query'
import { SimpleTable } from '@/components/grid/simple-table'
import { ErrorState, Skeleton } from '@/components/ui/feedback'
import { previewQuery } from '../api/datasources'

export function TablePreview({ sourceId, table }: { sourceId: string; table: string }) {
  const preview = useQuery(previewQuery(sourceId, table))
  if (preview.isError) return <ErrorState error={preview.error} title="The rows could not be read" onRetry={() => void preview.refetch()} />
  if (!preview.data) return <Skeleton className="h-48" />
  if (preview.data.rows.length === 0) return <p className="text-[13px] text-muted-fg">The table is empty.</p>
  return <SimpleTable label={`First rows of ${table}`} columns={preview.data.columns} rows={preview.data.rows} maxHeight={420} />
}
