import { createHash } from 'node:crypto'

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;background:#151a21;color:#dfe5ec;display:grid;place-items:center;min-height:100vh;margin:0}
form{display:grid;gap:.75rem;width:min(24rem,90vw)}h1{font-size:1.25rem;margin:0}
input,button{font:inherit;padding:.6rem .75rem;border-radius:.4rem;border:1px solid #465364;background:#1d242d;color:inherit}
button{background:#2f6feb;border-color:#2f6feb;color:#fff;cursor:pointer}p{margin:0;color:#ff9d9d}`

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** The page has no script, and says so. */
export const LOGIN_PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`

/** Where a person hands in the operator's key. `page`: one of our own, to go on to. */
export function loginPage(problem: 'none' | 'wrong key', page: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Redrive: log in</title><style>${STYLE}</style></head>
<body><form method="post" action="/admin/login">
<h1>Redrive operator</h1>
${problem === 'wrong key' ? '<p role="alert">This is not the operator’s key.</p>' : ''}
<label for="key">Operator key</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus>
<input type="hidden" name="page" value="${page}">
<button>Log in</button>
</form></body></html>
`
}
