import react from '@vitejs/plugin-react'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vitest/config'

const server = process.env.DATACHAT_SERVER ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '@': new URL('./src', import.meta.url).pathname } },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: server, ws: true }, '/auth': server },
  },
  build: {
    // A font inlined as a data: address would be blocked by the server's content security policy.
    assetsInlineLimit: 0,
    target: 'es2022',
    manifest: true,
    chunkSizeWarningLimit: 900,
  },
  test: {
    testTimeout: 20_000,
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}', 'tests/**/*.test.{ts,tsx}'],
    setupFiles: ['./tests/setup.ts'],
    css: false,
  },
})
