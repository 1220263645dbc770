import { isDeepStrictEqual } from 'node:util'
import { validate } from '@redrive/contracts'
import { type Delivery, isSystemType, memberText } from '@redrive/core'
import { hasScope, type Principal } from '../../auth/principal.ts'
import { invalid, Problem } from '../../http/problem.ts'
import { defineRoute, type Route } from '../../http/route.ts'
import type { ContractDeps } from '../contract.ts'
import { retriggerBody, retriggered, siteContext } from './schemas.ts'

/** What a request may have around its payload. */
const ENVELOPE_BYTES = 16 * 1024

export function fabricRetry(path: string, deps: ContractDeps): Route {
  const { store, publisher, replay, dispatcher, payloadMaxBytes } = deps

  /** The tenant that the body names, by id or slug: the credential's own, unless it is an operator's. */
  async function tenantNamed(reference: string, principal: Principal): Promise<string> {
    const tenant = await store.tenants.find(reference)
    if (tenant !== null && (tenant.id === principal.tenantId || hasScope(principal, 'operator'))) return tenant.id
    throw new Problem(403, 'The tenant is not this credential’s')
  }

  return defineRoute({
    method: 'post',
    path,
    access: 'deliveries:retry',
    body: retriggerBody,
    // a text's quotes and escapes may double it
    bodyLimit: 2 * payloadMaxBytes + ENVELOPE_BYTES,
    status: 200,
    response: retriggered,
    summary: 'Re-trigger an event by its content',
    tag: 'fabric',
    async handle({ body, bodyText, header }, { principal, log, note }) {
      const context = readSiteContext(header('x-site-context'))
      if (context.channel !== undefined && String(context.channel) !== body.channel) {
        throw fault('channel', 'x-site-context names another channel than the body')
      }
      log.debug('fabric site context', { account: context.account, stage: context.stage })
      const tenantId = await tenantNamed(body.tenant, principal)
      const payload = typeof body.payload === 'string' ? body.payload : textOf(bodyText)
      if (Buffer.byteLength(payload) > payloadMaxBytes) {
        throw fault('payload', `must not be larger than ${String(payloadMaxBytes)} bytes`)
      }
      const found = await store.events.findByKey(tenantId, body.eventRequestId)
      if (found !== null) {
        note({ eventId: found.event.id })
        if (found.event.type !== body.event) {
          throw fault('event', `is not the type of the event with this eventRequestId`)
        }
        if (!isDeepStrictEqual(JSON.parse(found.payload), JSON.parse(payload))) {
          throw fault('payload', 'differs from the stored payload of the event with this eventRequestId')
        }
        return { body: render(await retry(tenantId, found.event.id, body.channel)) }
      }
      if (!hasScope(principal, 'events:write')) throw new Problem(403, 'This needs the scope events:write')
      if (isSystemType(body.event)) throw fault('event', 'types that begin with redrive. are the system’s own')
      const answer = await publisher.publish(tenantId, {
        type: body.event,
        payload,
        channel: body.channel,
        subject: body.orderNumber === undefined ? null : { type: 'order', id: body.orderNumber },
        metadata: body.apiVersion === undefined ? {} : { apiVersion: body.apiVersion },
        idempotencyKey: body.eventRequestId,
        endpointId: null,
        deliverAt: null,
        expiresAt: null,
      })
      switch (answer.kind) {
        case 'created':
        case 'replayed':
          note({ eventId: answer.event.id })
          return { body: render(await dispatcher.dispatch(tenantId, answer.event.id)) }
        case 'conflict':
          throw fault('payload', 'differs from the stored payload of the event with this eventRequestId')
        case 'refused':
          throw new Problem(400, answer.detail)
        case 'unknown_endpoint':
        case 'endpoint_disabled':
        case 'endpoint_deleted':
        case 'expired':
          throw new Error(`an event for no single endpoint and without an expiry was refused: ${answer.kind}`)
      }
    },
  })

  async function retry(tenantId: string, eventId: string, channel: string): Promise<readonly Delivery[]> {
    const answer = await replay.retryEvent(tenantId, eventId, { channel })
    switch (answer.kind) {
      case 'queued':
        return answer.deliveries
      case 'conflict':
        throw fault('eventRequestId', CONFLICTS[answer.reason])
      case 'unknown':
      case 'unknown_endpoint':
        throw new Error('the event that was just found is gone')
    }
  }
}

const CONFLICTS = {
  scheduled: 'the event waits for its time; it is delivered then',
  expired: 'the event has expired',
  endpoint_disabled: 'the event’s webhook is disabled',
  endpoint_deleted: 'the event’s webhook has been deleted',
}

function render(deliveries: readonly Delivery[]) {
  return deliveries.map((delivery) => ({
    statusCodeValue: 200,
    statusCode: 'OK',
    webhookId: delivery.endpointId,
    deliveryId: delivery.id,
  }))
}

function readSiteContext(header: string | undefined) {
  if (header === undefined) throw fault('x-site-context', 'is required')
  let parsed: unknown
  try {
    parsed = JSON.parse(header)
  } catch {
    throw fault('x-site-context', 'must be a JSON object')
  }
  const checked = validate(siteContext, parsed)
  if (checked.ok) return checked.value
  throw invalid(checked.errors.map(({ pointer, detail }) => ({ pointer: `/x-site-context${pointer}`, detail })))
}

/** The payload's bytes as they stand in the body. */
function textOf(bodyText: string): string {
  const found = memberText(bodyText, ['payload'])
  if (found.kind !== 'found') throw new Error('the schema has accepted a body without a payload')
  return found.text
}

function fault(field: string, detail: string): Problem {
  return invalid([{ pointer: `/${field}`, detail }])
}
