/** Names of engines' types, files and settings in words everybody knows. */

const TYPES: [pattern: RegExp, word: string][] = [
  [/^(u?(tiny|small|big|huge)?int(eger)?\d*|serial|bigserial)$/, 'whole number'],
  [/^(decimal|numeric|double( precision)?|real|float\d*|money)/, 'number'],
  [/^(timestamp|datetime)/, 'date and time'],
  [/^date$/, 'date'],
  [/^time/, 'time'],
  [/^bool(ean)?$/, 'yes or no'],
  [/^(var)?char|^text|^string/, 'text'],
]

/** `DECIMAL(18,2)` → "number"; a type without a word of its own keeps its name. */
export function typeWord(type: string): string {
  const plain = type.toLowerCase().trim()
  return TYPES.find(([pattern]) => pattern.test(plain))?.[1] ?? plain
}

const FILES: Record<string, string> = { '.parquet': 'Parquet', '.xlsx': 'Excel', '.jsonl': '', '.ndjson': '' }

/** "CSV, TSV, JSON, Parquet, Excel": kinds that differ for a person, each once. */
export function kindNames(suffixes: readonly string[]): string {
  return suffixes.map((suffix) => FILES[suffix] ?? suffix.slice(1).toUpperCase()).filter(Boolean).join(', ')
}

const CHOICES: Record<string, string> = {
  disable: 'Never',
  prefer: 'If the server offers it',
  require: 'Always',
  'verify-full': 'Always, and only to the named server',
}

/** A choice of an engine's form; what has no words of its own is shown as it is. */
export function choiceText(choice: string): string {
  return CHOICES[choice] ?? choice
}

/** The name, with a number where another source has it already. */
export function freshName(name: string, taken: readonly string[]): string {
  let number = 1
  let fresh = name
  while (taken.includes(fresh)) fresh = `${name} ${++number}`
  return fresh
}
