import '@testing-library/jest-dom/vitest'
import { cleanup, configure } from '@testing-library/react'
import { afterEach } from 'vitest'

// Parts that load late take a moment on a busy machine.
configure({ asyncUtilTimeout: 8000 })

afterEach(cleanup)

// jsdom has no layout: every element gets a fixed size, and what watches sizes or draws is quiet.
class Observer {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
globalThis.ResizeObserver ??= Observer
for (const [side, pixels] of Object.entries({ offsetWidth: 800, offsetHeight: 400 })) {
  Object.defineProperty(HTMLElement.prototype, side, { configurable: true, get: () => pixels })
}
Element.prototype.scrollIntoView ??= () => undefined
Element.prototype.hasPointerCapture ??= () => false
HTMLCanvasElement.prototype.getContext = () => null
