import type { ServerResponse } from 'node:http'

/** For answers that are data: never rendered, framed, sniffed or cached. The pages for people set their own policy. */
export function setSafeHeaders(response: ServerResponse): void {
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('x-frame-options', 'DENY')
  response.setHeader('referrer-policy', 'no-referrer')
  response.setHeader('cross-origin-resource-policy', 'same-origin')
  response.setHeader('strict-transport-security', 'max-age=31536000')
  response.setHeader('cache-control', 'no-store')
}
