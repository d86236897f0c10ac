const STEPS = [0.5, 1, 2, 4, 8, 10]

/** Milliseconds to wait before the n-th try to reconnect, spread by up to a quarter. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const seconds = STEPS[Math.min(attempt, STEPS.length - 1)] ?? 10
  return Math.round(seconds * 1000 * (0.75 + 0.5 * random()))
}
