import { WifiOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Spinner } from '@/components/ui/feedback'
import { useLive } from '@/lib/live/live'

const QUIET_MS = 2000

/** Says that the line is down, once it has been down for two seconds. What was written is kept and sent later. */
export function ConnectionBanner() {
  const lostAt = useLive((state) => state.lostAt)
  const [shownFor, setShownFor] = useState<number | null>(null)
  useEffect(() => {
    if (lostAt === null) return
    const timer = setTimeout(() => setShownFor(lostAt), Math.max(0, lostAt + QUIET_MS - Date.now()))
    return () => clearTimeout(timer)
  }, [lostAt])
  const shown = lostAt !== null && shownFor === lostAt
  return (
    <div role="status">
      {shown && (
        <p className="flex items-center gap-2 border-b bg-warn-bg px-5 py-1.5 text-[13px] text-warn">
          <WifiOff className="size-4 shrink-0" aria-hidden />
          The connection to the server is lost. You can go on writing; it is sent when the server is back.
          <Spinner className="ml-auto size-3.5 text-warn" />
        </p>
      )}
    </div>
  )
}
