/** The one way to the server over HTTP: typed paths, the CSRF header, and every failure as an `ApiError`. */
import createClient, { type Middleware } from 'openapi-fetch'
import type { paths } from '@/api/schema.gen'
import type { Problem } from '@/api/types'

let csrfToken = ''

export function setCsrfToken(token: string): void {
  csrfToken = token
}

export class ApiError extends Error {
  readonly problem: Problem
  readonly status: number

  constructor(problem: Problem, status: number) {
    super(problem.message)
    this.name = 'ApiError'
    this.problem = problem
    this.status = status
  }
}

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value
}

/** The message to show for anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error && error.message ? error.message : 'Something went wrong. Try again.'
}

const csrf: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'GET' && csrfToken) request.headers.set('X-CSRF-Token', csrfToken)
    return request
  },
}

const relay: typeof fetch = async (input, init) => {
  try {
    return await globalThis.fetch(input, init)
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(
      { code: 'internal', message: 'The server cannot be reached. Check that it is running.', retryable: true, field: '' },
      0,
    )
  }
}

export const api = createClient<paths>({ baseUrl: globalThis.location?.origin ?? '', fetch: relay })
api.use(csrf)

interface Outcome<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Unwraps a call: the data, or an `ApiError` with the server's own words. */
export async function unwrap<T>(call: Promise<Outcome<T>>): Promise<T> {
  const { data, error, response } = await call
  if (response.ok) return data as T
  if (isProblem(error)) throw new ApiError(error, response.status)
  const message = `The server answered ${response.status}${response.statusText ? ` ${response.statusText}` : ''}.`
  throw new ApiError({ code: 'internal', message, retryable: response.status >= 500, field: '' }, response.status)
}
