export { createAddressPolicy } from './address-policy.ts'
export type { AddressPolicyOptions } from './address-policy.ts'
export { createSender } from './sender.ts'
export type * from './types.ts'
