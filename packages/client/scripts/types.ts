import openapiTS, { astToString } from 'openapi-typescript'
import { nativeRoutes } from '../../../apps/ingress/src/native/index.ts'
import { describeApi } from '../../../apps/ingress/src/openapi/document.ts'

const HEADER =
  '/** Made by `npm run generate:types -w @redrive/client` from the OpenAPI document. Not to be edited. */\n\n'

/** The TypeScript types of the native API. */
export async function generateTypes(): Promise<string> {
  // only handlers use what routes are given, and none of them runs
  const routes = nativeRoutes({} as Parameters<typeof nativeRoutes>[0])
  const document = describeApi({ routes, contracts: [], version: '1' })
  // a type alias can't refer to itself in the way that a schema can
  document.components.schemas['Json'] = {}
  const slim = JSON.stringify(document, (name, value: unknown) => (name === 'example' ? undefined : value))
  // what has a default may be left out
  return HEADER + astToString(await openapiTS(slim, { alphabetize: true, defaultNonNullable: false }))
}
