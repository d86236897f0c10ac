import { Compass } from 'lucide-react'
import { Link } from 'react-router'
import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/feedback'
import { PageHeader } from './page-header'

export function NotFound() {
  return (
    <>
      <PageHeader title="Not found" />
      <EmptyState
        icon={<Compass />}
        title="There is no such page"
        actions={
          <Button asChild>
            <Link to="/">New chat</Link>
          </Button>
        }
      />
    </>
  )
}
