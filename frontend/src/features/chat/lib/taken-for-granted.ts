import type { Assumption } from '@/api/types'

/** Reasons as a person reads them beside an answer: an assumption says what was taken for it. */
export function withChoices(reasons: readonly string[], assumptions: readonly Assumption[]): string[] {
  return reasons.map((reason) => {
    const assumption = assumptions.find((item) => item.text === reason)
    const chosen = assumption?.options.find((option) => option.id === assumption.chosen)?.label
    return chosen ? `Taken for granted. ${reason}: ${chosen}.` : reason
  })
}
