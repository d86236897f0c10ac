import { lazy, Suspense, type ReactNode } from 'react'
import { ErrorBoundary } from 'react-error-boundary'
import { CopyButton } from '@/components/ui/copy-button'
import { cn } from '@/lib/cn'
import type { CodeMirrorProps } from './code-mirror'

const CodeMirror = lazy(() => import('./code-mirror'))

function Plain({ text }: { text: string }) {
  return <pre className="scroll-thin overflow-auto whitespace-pre-wrap px-3 py-2 font-mono text-[12.5px] leading-[1.6]">{text}</pre>
}

/** A statement in colour. Until the editor has loaded, and where it cannot, the same text plainly. */
export function SqlCode({ className, children, ...props }: CodeMirrorProps & { className?: string; children?: ReactNode }) {
  return (
    <div className={cn('group relative overflow-hidden rounded-md border bg-card focus-within:border-ring', className)}>
      <ErrorBoundary fallback={<Plain text={props.value} />}>
        <Suspense fallback={<Plain text={props.value} />}>
          <CodeMirror {...props} />
        </Suspense>
      </ErrorBoundary>
      {props.readOnly && <CopyButton text={props.value} label="Copy SQL" className="absolute right-1.5 top-1.5 bg-card" />}
      {children}
    </div>
  )
}
