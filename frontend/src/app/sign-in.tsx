import { KeyRound, RotateCcw } from 'lucide-react'
import { Button } from '@/components/ui/button'

/** Shown to a browser that has no session. The server prints a one-time link where it was started. */
export function SignIn({ onRetry }: { onRetry(): void }) {
  return (
    <main className="grid min-h-dvh place-items-center p-6">
      <div className="grid max-w-sm justify-items-start gap-3">
        <img src="/favicon.svg" alt="" className="size-10" />
        <h1 className="text-xl font-semibold tracking-tight">Sign in to DataChat</h1>
        <p className="text-muted-fg">
          Open the link that was printed in the terminal where the server was started. It looks like
        </p>
        <p className="flex w-full items-center gap-2 rounded-md border bg-card px-3 py-2 font-mono text-xs">
          <KeyRound className="size-3.5 shrink-0 text-muted-fg" aria-hidden />
          <span className="truncate">{globalThis.location.origin}/auth/link?token=…</span>
        </p>
        <p className="text-muted-fg">It works once, in this browser. A restart of the server prints a new one.</p>
        <Button onClick={onRetry} className="mt-1">
          <RotateCcw />
          I have opened it
        </Button>
      </div>
    </main>
  )
}
