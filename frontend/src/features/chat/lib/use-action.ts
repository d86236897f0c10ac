import { useState } from 'react'
import { messageOf } from '@/lib/api-client'

export interface Action {
  busy: boolean
  error: string | null
  run(work: () => Promise<void>): void
  clear(): void
}

/** Runs one command at a time and keeps the server's refusal to show beside the control. */
export function useAction(): Action {
  const [state, setState] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null })
  const run = (work: () => Promise<void>) => {
    if (state.busy) return
    setState({ busy: true, error: null })
    work().then(
      () => setState({ busy: false, error: null }),
      (error: unknown) => setState({ busy: false, error: messageOf(error) }),
    )
  }
  return { ...state, run, clear: () => setState({ busy: false, error: null }) }
}
