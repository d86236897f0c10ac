import { QueryClientProvider, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, type ReactNode } from 'react'
import { BrowserRouter } from 'react-router'
import { Toaster } from 'sonner'
import { keys, meQuery } from '@/api/queries'
import { ErrorState, Spinner } from '@/components/ui/feedback'
import { Region } from '@/components/ui/region'
import { TooltipProvider } from '@/components/ui/tooltip'
import { ApiError } from '@/lib/api-client'
import { listen, live, onSourceProgress, useLive } from '@/lib/live/live'
import { createQueryClient } from '@/lib/query-client'
import { useDark } from '@/lib/theme'
import { Pages } from './pages'
import { SignIn } from './sign-in'

const client = createQueryClient()

export function App() {
  return (
    <QueryClientProvider client={client}>
      <TooltipProvider delayDuration={350} skipDelayDuration={200}>
        <BrowserRouter>
          <Region title="The page failed">
            <SignedIn>
              <Pages />
            </SignedIn>
          </Region>
        </BrowserRouter>
        <Toasts />
      </TooltipProvider>
    </QueryClientProvider>
  )
}

function Toasts() {
  const dark = useDark()
  return <Toaster theme={dark ? 'dark' : 'light'} position="bottom-right" closeButton toastOptions={{ style: { fontFamily: 'inherit', background: 'var(--card)', color: 'var(--fg)', borderColor: 'var(--border)' } }} />
}

/** Events that change a chat's line in the side list: its state, its place, its title. */
const SHOWN_IN_LIST: ReadonlySet<string> = new Set(['turn.started', 'clarification.asked', 'plan.proposed', 'plan.confirmed', 'review.requested', 'turn.finished', 'turn.failed'])

/** Shows the pages to a person, and the way in to everybody else. */
function SignedIn({ children }: { children: ReactNode }) {
  const me = useQuery(meQuery)
  const status = useLive((state) => state.status)
  const queries = useQueryClient()
  const signedIn = me.isSuccess
  useEffect(() => {
    if (!signedIn) return
    live.start()
    return () => live.stop()
  }, [signedIn])
  useEffect(
    () =>
      onSourceProgress((progress) => {
        if (progress.phase !== 'done' && progress.phase !== 'failed') return
        void queries.invalidateQueries({ queryKey: keys.datasources })
        void queries.invalidateQueries({ queryKey: keys.schema(progress.source_id) })
        void queries.invalidateQueries({ queryKey: ['suggestions'] })
      }),
    [queries],
  )
  useEffect(
    () =>
      listen({
        onEnvelope: ({ event }) => {
          if (SHOWN_IN_LIST.has(event.type)) void queries.invalidateQueries({ queryKey: keys.chats })
          if (event.type === 'review.requested' || event.type === 'review.decided') void queries.invalidateQueries({ queryKey: keys.reviews })
        },
        onReplayed: () => undefined,
        onRefused: () => undefined,
      }),
    [queries],
  )
  const retry = () => void me.refetch()
  if (status === 'signed_out' || (me.error instanceof ApiError && me.error.status === 401)) return <SignIn onRetry={status === 'signed_out' ? () => globalThis.location.reload() : retry} />
  if (me.isError) {
    return (
      <main className="mx-auto max-w-lg px-6 py-24">
        <ErrorState title="The server does not answer" error={me.error} onRetry={retry} />
      </main>
    )
  }
  if (!signedIn) {
    return (
      <main className="late grid h-dvh place-items-center">
        <Spinner label="Loading" />
      </main>
    )
  }
  return children
}
