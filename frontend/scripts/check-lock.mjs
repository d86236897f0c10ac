// Fails when the lock file names a registry host, or lacks a platform part that a package lists as optional:
// npm drops such parts without a word when they are missing at the time of locking, and `npm ci` fails elsewhere.
import { readFileSync } from 'node:fs'

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))
const problems = []
for (const [path, entry] of Object.entries(packages)) {
  if ('resolved' in entry && !entry.link) problems.push(`${path} has a "resolved" address`)
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    const places = [`${path}/node_modules/${name}`, `node_modules/${name}`]
    if (!places.some((place) => place.replace(/^\//, '') in packages)) problems.push(`${path} lists ${name}, which is not locked`)
  }
}
if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exit(1)
}
