import openapiTS, { astToString } from 'openapi-typescript'
import { nativeRoutes } from '../../../apps/ingress/src/native/index.ts'
import { describeApi } from '../../../apps/ingress/src/openapi/document.ts'

const HEADER = '/** Made by `npm run generate -w @redrive/client` from the OpenAPI document. Not to be edited. */\n\n'

/** The TypeScript types of the native API. */
export async function generateTypes(): Promise<string> {
  // only handlers use what routes are given, and none of them runs
  const routes = nativeRoutes({} as Parameters<typeof nativeRoutes>[0])
  const document = describeApi({ routes, contracts: [], version: '1' })
  return HEADER + astToString(await openapiTS(JSON.stringify(document), { alphabetize: true }))
}
