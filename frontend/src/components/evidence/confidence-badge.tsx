import { BadgeCheck, CircleAlert, ShieldCheck } from 'lucide-react'
import type { ConfidenceLabel } from '@/api/types'
import { Badge, type Tone } from '@/components/ui/badge'
import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover'

export const LABELS: Record<ConfidenceLabel, { word: string; tone: Tone; icon: typeof BadgeCheck; meaning: string }> = {
  verified: { word: 'Verified', tone: 'ok', icon: BadgeCheck, meaning: 'It follows a pattern that a person has approved.' },
  checked: { word: 'Checked', tone: 'accent', icon: ShieldCheck, meaning: 'All checks passed and every word of the question has a meaning.' },
  check_this: { word: 'Check this', tone: 'warn', icon: CircleAlert, meaning: 'Something is open or unusual. Look at the reasons before you rely on it.' },
}

interface ConfidenceBadgeProps {
  label: ConfidenceLabel
  reasons: readonly string[]
}

/** One of three words, never a bare percentage; a click lists why. */
export function ConfidenceBadge({ label, reasons }: ConfidenceBadgeProps) {
  const { word, tone, icon: Icon, meaning } = LABELS[label]
  return (
    <Popover>
      <PopoverTrigger className="rounded-full" aria-label={`${word}. Show the reasons`}>
        <Badge tone={tone} className="h-6 transition-[filter] hover:brightness-95 dark:hover:brightness-110">
          <Icon aria-hidden />
          {word}
        </Badge>
      </PopoverTrigger>
      <PopoverContent aria-label={`Why “${word}”`}>
        <p className="font-medium">{meaning}</p>
        {reasons.length > 0 && (
          <ul className="mt-2 grid list-disc gap-1 pl-4 text-muted-fg">
            {reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        )}
      </PopoverContent>
    </Popover>
  )
}
