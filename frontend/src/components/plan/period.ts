/** Two filters that hold one column between two days, as the one span of time a person means by them. */
import type { Filter } from '@/api/types'

export interface Period {
  /** `>=` its first day. */
  from: Filter
  /** `<` the day after its last. */
  before: Filter
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

function day(filter: Filter, operator: '>=' | '<'): string | null {
  const [value] = filter.values
  const plain = filter.column !== null && filter.operator === operator && filter.values.length === 1 && !filter.other && !filter.query
  return plain && typeof value === 'string' && DAY.test(value) ? value : null
}

/** A filter and the one that closes its span, where there is exactly one of each on the column. */
export function periodOf(filter: Filter, filters: readonly Filter[]): Period | null {
  const same = filters.filter((other) => other.column && other.column.table === filter.column?.table && other.column.column === filter.column.column)
  const [from, before] = [same.find((other) => day(other, '>=')), same.find((other) => day(other, '<'))]
  if (same.length !== 2 || !from || !before || from === before) return null
  return String(from.values[0]) < String(before.values[0]) ? { from, before } : null
}

function utc(iso: string): Date {
  return new Date(`${iso}T00:00:00Z`)
}

export function shiftDay(iso: string, days: number): string {
  const date = utc(iso)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10)
}

function shiftMonths(iso: string, months: number): string {
  const date = utc(iso)
  date.setUTCMonth(date.getUTCMonth() + months)
  return date.toISOString().slice(0, 10)
}

const MONTH = new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' })

/** "in 2025", "in Q3 2025", "in March 2025", "on 2025-03-07", "from 2025-03-07 to 2025-04-01" (both days count). */
export function periodText(from: string, before: string): string {
  const year = from.slice(0, 4)
  const month = Number(from.slice(5, 7))
  if (from.endsWith('-01')) {
    if (month === 1 && before === shiftMonths(from, 12)) return `in ${year}`
    if (month % 3 === 1 && before === shiftMonths(from, 3)) return `in Q${(month + 2) / 3} ${year}`
    if (before === shiftMonths(from, 1)) return `in ${MONTH.format(utc(from))} ${year}`
  }
  const last = shiftDay(before, -1)
  return last === from ? `on ${from}` : `from ${from} to ${last}`
}

export interface Preset {
  name: string
  from: string
  before: string
}

/** Spans people ask for most, as of `today`. */
export function presets(today: string): Preset[] {
  const year = `${today.slice(0, 4)}-01-01`
  const month = `${today.slice(0, 7)}-01`
  const quarter = shiftMonths(year, Math.floor((Number(today.slice(5, 7)) - 1) / 3) * 3)
  const span = (name: string, from: string, months: number): Preset => ({ name, from, before: shiftMonths(from, months) })
  return [
    span('This year', year, 12),
    span('Last year', shiftMonths(year, -12), 12),
    span('This quarter', quarter, 3),
    span('Last quarter', shiftMonths(quarter, -3), 3),
    span('This month', month, 1),
    span('Last month', shiftMonths(month, -1), 1),
  ]
}
