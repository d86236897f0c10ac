import { createContext, use, type ReactNode } from 'react'
import { ErrorBoundary, type FallbackProps } from 'react-error-boundary'
import { ErrorState } from './feedback'

const Title = createContext('This part of the page failed')

function Fallback({ error, resetErrorBoundary }: FallbackProps) {
  return <ErrorState title={use(Title)} error={error} onRetry={resetErrorBoundary} className="m-4" />
}

/** A part of the page that can fail alone: the rest goes on. */
export function Region({ title, children, resetKeys }: { title: string; children: ReactNode; resetKeys?: unknown[] }) {
  return (
    <Title value={title}>
      <ErrorBoundary FallbackComponent={Fallback} {...(resetKeys ? { resetKeys } : {})}>
        {children}
      </ErrorBoundary>
    </Title>
  )
}
