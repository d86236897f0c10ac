/** Numbers, dates and sizes for people, through `Intl` and in the browser's own language. */
import type { Cell } from '@/api/types'

const LOCALE = typeof navigator === 'undefined' ? 'en' : navigator.language
const NUMBER = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 })
const FIXED = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const PRECISE = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 6 })
const COMPACT = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 })
const DAY = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium' })
const MOMENT = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short' })

export const NUMERIC_FAMILIES: ReadonlySet<string> = new Set(['integer', 'decimal', 'float', 'number', 'numeric'])

export function isNumeric(family: string): boolean {
  return NUMERIC_FAMILIES.has(family)
}

/** Ids and years are numbers that nobody adds up: no grouping, no right alignment of magnitudes. */
export function isIdentifier(name: string): boolean {
  return /(^|_)(id|year|no|nr|code|zip|postcode)$/i.test(name)
}

export function formatNumber(value: number, digits?: number): string {
  if (digits === 2) return FIXED.format(value)
  return value !== 0 && Math.abs(value) < 0.01 ? PRECISE.format(value) : NUMBER.format(value)
}

export function formatCompact(value: number): string {
  return Math.abs(value) < 10_000 ? formatNumber(value) : COMPACT.format(value)
}

export function formatSeconds(seconds: number): string {
  if (seconds < 0.0095) return '<0.01 s'
  if (seconds < 10) return `${seconds.toFixed(2)} s`
  if (seconds < 100) return `${seconds.toFixed(0)} s`
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${NUMBER.format(unit === 0 ? Math.round(value) : Math.round(value * 10) / 10)} ${units[unit]}`
}

/** "1 row", "48 rows". */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${formatNumber(amount)} ${amount === 1 ? one : many}`
}

export function formatDay(iso: string): string {
  return DAY.format(new Date(iso))
}

export function formatMoment(iso: string): string {
  return MOMENT.format(new Date(iso))
}

const RELATIVE = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' })

/** "2 hours ago"; from a week on, the day itself. */
export function formatAgo(iso: string, now = Date.now()): string {
  const minutes = Math.round((now - new Date(iso).getTime()) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return RELATIVE.format(-minutes, 'minute')
  if (minutes < 60 * 24) return RELATIVE.format(-Math.round(minutes / 60), 'hour')
  if (minutes < 60 * 24 * 7) return RELATIVE.format(-Math.round(minutes / 1440), 'day')
  return formatDay(iso)
}

/** A cell as the table shows it. Times lose a midnight that says nothing. */
export function formatCell(value: Cell, family: string, name = '', digits?: number): string {
  if (value === null || value === undefined) return 'null'
  if (isNumeric(family) && !isIdentifier(name)) {
    const number = Number(value)
    if (Number.isFinite(number) && (typeof value === 'number' || Math.abs(number) < Number.MAX_SAFE_INTEGER)) return formatNumber(number, digits)
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'object') return JSON.stringify(value)
  const text = String(value as string | number)
  return family === 'timestamp' || family === 'datetime' ? text.replace('T', ' ').replace(/ 00:00:00(\.0+)?(Z|\+00:00)?$/, '') : text
}

/** `order_items` → "Order items". */
export function humanise(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[_\s]+/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
