import { useSyncExternalStore } from 'react'
import { recall, remember } from './storage'

export type ThemeChoice = 'system' | 'light' | 'dark'

const listeners = new Set<() => void>()

function preferred(): MediaQueryList | null {
  return typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: dark)') : null
}

export function themeChoice(): ThemeChoice {
  const stored = recall('theme')
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

function isDark(): boolean {
  return document.documentElement.classList.contains('dark')
}

function apply(): void {
  const choice = themeChoice()
  const dark = choice === 'dark' || (choice === 'system' && (preferred()?.matches ?? false))
  document.documentElement.classList.toggle('dark', dark)
  for (const listener of listeners) listener()
}

export function chooseTheme(choice: ThemeChoice): void {
  remember('theme', choice === 'system' ? null : choice)
  apply()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  const media = preferred()
  media?.addEventListener('change', apply)
  return () => {
    listeners.delete(listener)
    media?.removeEventListener('change', apply)
  }
}

export function useDark(): boolean {
  return useSyncExternalStore(subscribe, isDark)
}

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, themeChoice)
}
