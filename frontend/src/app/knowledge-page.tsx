import { useNavigate, useParams } from 'react-router'
import { Tabs, TabsContent, TabsList, TabsTrigger } from '@/components/ui/tabs'
import { PatternList } from '@/features/knowledge/components/pattern-list'
import { TermList } from '@/features/knowledge/components/term-list'
import { useProject } from '@/lib/project'
import { PageBody } from './page-body'
import { PageHeader } from './page-header'

export function KnowledgePage() {
  const { kind = 'patterns' } = useParams()
  const navigate = useNavigate()
  const project = useProject()
  return (
    <Tabs value={kind === 'terms' ? 'terms' : 'patterns'} onValueChange={(value) => void navigate(`/knowledge/${value}`)} className="contents">
      <PageHeader title="Knowledge">
        <TabsList aria-label="Kinds of knowledge">
          <TabsTrigger value="patterns">Patterns</TabsTrigger>
          <TabsTrigger value="terms">Terms</TabsTrigger>
        </TabsList>
      </PageHeader>
      <PageBody wide>
        <TabsContent value="patterns">
          <PatternList projectId={project?.id ?? ''} />
        </TabsContent>
        <TabsContent value="terms">
          <TermList projectId={project?.id ?? ''} />
        </TabsContent>
      </PageBody>
    </Tabs>
  )
}
