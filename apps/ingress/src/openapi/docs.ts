import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Express, Response } from 'express'
import type { Door } from '../operations/door.ts'
import { exchangeOf } from '../http/exchange.ts'
import type { OpenApiDocument } from './document.ts'

/** Swagger UI, from our own disk: `/docs` works without the internet. */
const FILES = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')))
const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const

/** It sets inline styles, and its icons are data: URLs; everything else is ours. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Redrive API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"><link rel="icon" href="/docs/favicon-32x32.png">
</head><body><div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script>
</body></html>
`

/** `validatorUrl` would ask a site on the internet. */
const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  validatorUrl: null,
})
`

/** The API's description, for programs (`/openapi.json`) and for people (`/docs`): for whoever may call it, and the operator. */
export function mountDocs(app: Express, document: OpenApiDocument, door: Door): void {
  const json = JSON.stringify(document)
  for (const path of ['/openapi.json', '/docs']) {
    app.use(
      path,
      (request, _response, next) => {
        exchangeOf(request).route = path
        next()
      },
      door.admit('any'),
    )
  }
  app.get('/openapi.json', (_request, response) => {
    response.setHeader('content-type', 'application/json; charset=utf-8')
    response.end(json)
  })
  app.get('/docs', (_request, response) => {
    response.setHeader('content-security-policy', PAGE_POLICY)
    response.type('html').end(PAGE)
  })
  app.get('/docs/start.js', (_request, response) => {
    keep(response)
    response.type('js').end(START)
  })
  for (const file of ASSETS) {
    app.get(`/docs/${file}`, (_request, response) => {
      keep(response)
      response.sendFile(file, { root: FILES, cacheControl: false })
    })
  }
}

/** The same for everybody until the next release. */
function keep(response: Response): void {
  response.setHeader('cache-control', 'private, max-age=3600')
}
