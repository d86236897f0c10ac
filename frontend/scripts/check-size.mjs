// Fails when the first page would load more JavaScript than it may.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const MOST_KB = 250
const manifest = JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8'))
const first = new Set()
function collect(name) {
  const chunk = manifest[name]
  if (first.has(chunk.file)) return
  first.add(chunk.file)
  for (const imported of chunk.imports ?? []) collect(imported)
}
collect('index.html')
const bytes = [...first].reduce((sum, file) => sum + gzipSync(readFileSync(`dist/${file}`)).length, 0)
const kilobytes = Math.round(bytes / 1000)
console.log(`First load: ${kilobytes} kB of compressed JavaScript (at most ${MOST_KB}).`)
if (kilobytes > MOST_KB) process.exit(1)
