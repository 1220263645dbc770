/** Makes the clone ready and no more: installs and builds what is missing. */
import { prepare } from './bootstrap.mjs'

await prepare()
