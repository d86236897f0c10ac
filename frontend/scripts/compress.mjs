// Compresses scripts and styles once, at build time: the server hands out what lies beside them.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const FOLDER = 'dist/assets'
for (const name of readdirSync(FOLDER).filter((file) => /\.(js|css)$/.test(file))) {
  writeFileSync(`${FOLDER}/${name}.gz`, gzipSync(readFileSync(`${FOLDER}/${name}`), { level: 9 }))
}
