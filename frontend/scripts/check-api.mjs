// Fails when src/api/schema.gen.ts is not what openapi.json generates.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'datachat-api-'))
try {
  const fresh = join(folder, 'schema.gen.ts')
  execFileSync('node', ['node_modules/openapi-typescript/bin/cli.js', 'openapi.json', '--output', fresh, '--root-types', '--root-types-no-schema-prefix'], { stdio: 'pipe' })
  if (readFileSync(fresh, 'utf8') !== readFileSync('src/api/schema.gen.ts', 'utf8')) {
    console.error('src/api/schema.gen.ts is stale: run npm run api.')
    process.exitCode = 1
  }
} finally {
  rmSync(folder, { recursive: true })
}
