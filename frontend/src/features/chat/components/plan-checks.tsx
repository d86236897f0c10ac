import { ChevronRight, Wand2 } from 'lucide-react'
import type { PlanOffer, PlanProposed } from '@/api/types'
import { ChecksList } from '@/components/evidence/checks'
import { Button } from '@/components/ui/button'
import { count } from '@/lib/format'

interface PlanChecksProps {
  proposed: PlanProposed
  disabled: boolean
  /** Takes an offer: the plan changes, and nothing runs. Absent once the plan is settled. */
  onTake: ((offer: PlanOffer) => void) | undefined
}

/** What was found before anything runs: doubts open, each with its remedies; the rest folded. */
export function PlanChecks({ proposed, disabled, onTake }: PlanChecksProps) {
  const doubts = proposed.checks.filter((check) => check.verdict === 'warning' || check.verdict === 'failed')
  const passed = proposed.checks.filter((check) => check.verdict === 'passed')
  if (proposed.checks.length === 0) return null
  return (
    <div className="grid gap-2">
      {doubts.length > 0 && (
        <div className="grid gap-2 rounded-md border border-warn/30 bg-warn-bg/50 px-3 py-2.5">
          <h3 className="sr-only">Worth a look before it runs</h3>
          <ChecksList
            label="Worth a look before it runs"
            checks={doubts}
            renderRemedy={(check) => <Offers offers={proposed.offers.filter((offer) => offer.check === check.name)} disabled={disabled} onTake={onTake} />}
          />
        </div>
      )}
      {passed.length > 0 && (
        <details className="group text-[13px]">
          <summary className="flex w-fit cursor-pointer list-none items-center gap-1 text-xs text-muted-fg hover:text-fg">
            <ChevronRight className="size-3.5 transition-transform group-open:rotate-90" aria-hidden />
            {count(passed.length, 'check')} passed
          </summary>
          <div className="mt-2">
            <ChecksList label="Passed checks" checks={passed} />
          </div>
        </details>
      )}
    </div>
  )
}

function Offers({ offers, disabled, onTake }: { offers: readonly PlanOffer[]; disabled: boolean; onTake: ((offer: PlanOffer) => void) | undefined }) {
  if (offers.length === 0 || !onTake) return null
  return (
    <span className="mt-1.5 grid justify-items-start gap-1.5">
      {offers.map((offer) => (
        <span key={offer.id} className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <Button size="xs" disabled={disabled} onClick={() => onTake(offer)} className="h-auto min-h-6 whitespace-normal text-left">
            <Wand2 />
            {offer.label}
          </Button>
          {offer.detail && <span className="text-xs text-muted-fg">{offer.detail}</span>}
        </span>
      ))}
    </span>
  )
}
