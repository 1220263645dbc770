/** Made by `npm run generate:types -w @redrive/client` from the OpenAPI document. Not to be edited. */

export interface paths {
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process is alive */
        get: operations["getLivez"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics for Prometheus */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["getOpenapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether events can be taken
         * @description `degraded` still takes events: they wait in the ledger until the queue is back.
         */
        get: operations["getReadyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/attempts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an attempt: what was sent, what came back, what was decided */
        get: operations["getAttemptsById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List deliveries */
        get: operations["getDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a delivery */
        get: operations["getDeliveriesById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries/{id}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the attempts of a delivery */
        get: operations["getDeliveriesByIdAttempts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel a delivery: no further attempts; one that is under way is not cut short */
        post: operations["postDeliveriesByIdCancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a delivery again
         * @description Attempts keep counting up. However many identical calls come at once, one attempt is made. With mode "once" no automatic retries follow.
         */
        post: operations["postDeliveriesByIdRetry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List endpoints */
        get: operations["getEndpoints"];
        put?: never;
        /** Create an endpoint; the answer shows its signing secret */
        post: operations["postEndpoints"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/endpoints/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an endpoint */
        get: operations["getEndpointsById"];
        put?: never;
        post?: never;
        /** Delete an endpoint; what waits for it fails */
        delete: operations["deleteEndpointsById"];
        options?: never;
        head?: never;
        /** Change an endpoint; what is left out stays as it is */
        patch: operations["patchEndpointsById"];
        trace?: never;
    };
    "/v1/endpoints/{id}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Disable an endpoint: it gets no events until it is enabled, and what waits for it fails */
        post: operations["postEndpointsByIdDisable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/endpoints/{id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Enable a disabled endpoint; its failures so far are forgotten */
        post: operations["postEndpointsByIdEnable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/endpoints/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause an endpoint: its deliveries are kept until it is resumed */
        post: operations["postEndpointsByIdPause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/endpoints/{id}/recover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send everything again that failed at an endpoint in a period: a bulk retry in short */
        post: operations["postEndpointsByIdRecover"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/endpoints/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resume a paused endpoint: what was kept goes out, the oldest first */
        post: operations["postEndpointsByIdResume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/endpoints/{id}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the newest signing secret */
        get: operations["getEndpointsByIdSecret"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/endpoints/{id}/secret/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give an endpoint a new signing secret; both sign until the grace ends */
        post: operations["postEndpointsByIdSecretRotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/endpoints/{id}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Count the deliveries of a period (by default the last 24 hours), with success rate and latencies */
        get: operations["getEndpointsByIdStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/endpoints/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a sample event to an endpoint, once, and show the attempt */
        post: operations["postEndpointsByIdTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List events */
        get: operations["getEvents"];
        put?: never;
        /**
         * Publish an event; it is committed when this answers
         * @description The payload’s bytes are kept as they came, and are what is signed and sent. The same idempotency key with the same content is answered with the first event; with other content, 422.
         */
        post: operations["postEvents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an event with its payload and the number of its deliveries by status */
        get: operations["getEventsById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the deliveries of an event */
        get: operations["getEventsByIdDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/{id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Publish an event anew, with a new id and the first one as its source */
        post: operations["postEventsByIdResend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send an event again to all endpoints that subscribe to it, or to one; makes deliveries that are missing */
        post: operations["postEventsByIdRetry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Publish up to 1,000 events; one result for each, in order */
        post: operations["postEventsBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/retries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List bulk retries */
        get: operations["getRetries"];
        put?: never;
        /** Send all deliveries again that a filter matches; answers 200 with their number if it is a dry run */
        post: operations["postRetries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/retries/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show how far a bulk retry is */
        get: operations["getRetriesById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/retries/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a bulk retry; what it has queued goes out */
        post: operations["postRetriesByIdCancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List tenants */
        get: operations["getTenants"];
        put?: never;
        /** Create a tenant */
        post: operations["postTenants"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a tenant */
        get: operations["getTenantsById"];
        put?: never;
        post?: never;
        /** Delete a tenant with its keys and endpoints */
        delete: operations["deleteTenantsById"];
        options?: never;
        head?: never;
        /** Rename a tenant */
        patch: operations["patchTenantsById"];
        trace?: never;
    };
    "/v1/tenants/{id}/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List API keys, revoked ones included */
        get: operations["getTenantsByIdApiKeys"];
        put?: never;
        /** Create an API key; the only answer that shows it */
        post: operations["postTenantsByIdApiKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{id}/api-keys/{keyId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an API key; it stops working within seconds */
        delete: operations["deleteTenantsByIdApiKeysByKeyId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ApiKey: {
            /**
             * Format: date-time
             * @description When it was created
             */
            createdAt: string;
            /** @description When it stops working; null: never */
            expiresAt: string | null;
            /**
             * Format: uuid
             * @description The key’s id, which is no secret
             */
            id: string;
            /** @description When it was last used; null: never */
            lastUsedAt: string | null;
            /** @description For people */
            name: string;
            /** @description When it was revoked; null: it was not */
            revokedAt: string | null;
            /** @description What it may do */
            scopes: ("events:write" | "events:read" | "endpoints:read" | "endpoints:write" | "secrets:read" | "deliveries:read" | "deliveries:retry" | "operator")[];
            /**
             * Format: uuid
             * @description The tenant that it belongs to
             */
            tenantId: string;
        };
        ApiKeyPage: {
            /** @description Newest first */
            data: components["schemas"]["ApiKey"][];
            /** @description For the next page, with older ones; null on the last */
            nextCursor: string | null;
            /** @description For the page before, with newer ones; null on the first */
            prevCursor: string | null;
        };
        Attempt: {
            /** @description What was decided next and why, in a sentence */
            decision: string;
            /**
             * Format: uuid
             * @description The delivery that this was an attempt of
             */
            deliveryId: string;
            /** @description Milliseconds from the start to the end of the answer, or to the failure */
            durationMs: number;
            /** @description What went wrong; null if nothing did */
            error: {
                code: components["schemas"]["AttemptErrorCode"];
                /** @description The same in a sentence */
                message: string;
            } | null;
            /**
             * Format: uuid
             * @description The attempt’s id
             */
            id: string;
            /** @description When the next attempt was planned for; null if none was */
            nextAttemptAt: string | null;
            /** @description Which of its delivery’s attempts this is, from 1 */
            number: number;
            /**
             * @description Whether the receiver has the event
             * @enum {string}
             */
            outcome: "succeeded" | "failed";
            /** @description The request; its body is the event’s payload in the endpoint’s `bodyFormat` */
            request: {
                /** @description What was sent, by lower-case name; secrets and sensitive values redacted */
                headers: {
                    [key: string]: string;
                };
                /** @description Always `POST` */
                method: string;
                /** @description Where it was sent */
                url: string;
            };
            /** @description What came back; null without an answer */
            response: {
                /** @description As text, up to 16 KiB */
                body: string;
                /** @description Whether the body went on beyond what is shown, or was cut off */
                bodyTruncated: boolean;
                /** @description By lower-case name; secrets of yours that it echoes are redacted */
                headers: {
                    [key: string]: string;
                };
                /** @description The HTTP status; 200 to 299 is success, and nothing else is */
                status: number;
            } | null;
            /**
             * Format: date-time
             * @description When the request was begun
             */
            startedAt: string;
            /** @description Milliseconds that each phase took; null where the request did not get that far */
            timings: {
                /** @description Connecting; null on a connection that was reused */
                connect: number | null;
                /** @description Looking the name up; null on a connection that was reused */
                dns: number | null;
                /** @description From the request to the answer’s first byte; null without an answer */
                firstByte: number | null;
                /** @description The TLS handshake; null without one */
                tls: number | null;
                /** @description The whole request */
                total: number;
            };
            /**
             * @description What it was made for: the policy, a person’s retry, a bulk retry, or recovery after a crash
             * @enum {string}
             */
            trigger: "automatic" | "manual" | "bulk" | "recovery";
        };
        /**
         * @description `http_status`: it was answered, but not with a 2xx. `interrupted`, `internal`: trouble of Redrive’s own
         * @enum {string}
         */
        AttemptErrorCode: "dns" | "connect" | "tls" | "timeout" | "reset" | "blocked_address" | "protocol" | "http_status" | "interrupted" | "internal";
        AttemptPage: {
            /** @description Newest first */
            data: components["schemas"]["Attempt"][];
            /** @description For the next page, with older ones; null on the last */
            nextCursor: string | null;
            /** @description For the page before, with newer ones; null on the first */
            prevCursor: string | null;
        };
        AttemptSummary: {
            /** @description Milliseconds from the start to the end of the answer, or to the failure */
            durationMs: number;
            /** @description What went wrong; null if nothing did */
            error: {
                code: components["schemas"]["AttemptErrorCode"];
                /** @description The same in a sentence */
                message: string;
            } | null;
            /**
             * Format: uuid
             * @description The attempt’s id
             */
            id: string;
            /** @description Which of its delivery’s attempts this is, from 1 */
            number: number;
            /**
             * Format: date-time
             * @description When the request was begun
             */
            startedAt: string;
            /** @description The HTTP status that came back; null without an answer */
            status: number | null;
        };
        BulkRetry: {
            /** @description When it completed or was cancelled; null while it runs */
            completedAt: string | null;
            /**
             * Format: date-time
             * @description When it was asked for
             */
            createdAt: string;
            /** @description What was asked for */
            filter: {
                /** @description Null: to any endpoint */
                endpointId: string | null;
                /** @description Null: whatever the error */
                errorCode: ("dns" | "connect" | "tls" | "timeout" | "reset" | "blocked_address" | "protocol" | "http_status" | "interrupted" | "internal" | "expired" | "endpoint_disabled" | "endpoint_deleted") | null;
                /** @description Null: of any type */
                eventType: string | null;
                /** @description Inclusive; null: from the beginning */
                since: string | null;
                /** @description Null with `onlyMissing`: what is missing has no status */
                status: ("failed" | "cancelled" | "succeeded" | "pending" | "retrying") | null;
                /** @description Exclusive; null: up to when it was asked for */
                until: string | null;
            };
            /**
             * Format: uuid
             * @description The bulk retry’s id
             */
            id: string;
            /** @description Counted when it was asked for, for a few seconds at most; of more than that it grows while it runs */
            matched: number;
            /**
             * @description What a further failure leads to. `policy`: the retry policy starts anew; `once`: nothing more
             * @enum {string}
             */
            mode: "policy" | "once";
            /** @description Makes deliveries for past events that the endpoint never got, instead of queueing those that are there */
            onlyMissing: boolean;
            /** @description So many have been queued so far */
            queued: number;
            /** @description Could not be queued any more: retried by others, expired, or their endpoint is disabled or deleted */
            skipped: number;
            /**
             * @description `running` until everything that matched is queued or skipped, or somebody cancels it
             * @enum {string}
             */
            status: "running" | "completed" | "cancelled";
        };
        BulkRetryPage: {
            /** @description Newest first */
            data: components["schemas"]["BulkRetry"][];
            /** @description For the next page, with older ones; null on the last */
            nextCursor: string | null;
            /** @description For the page before, with newer ones; null on the first */
            prevCursor: string | null;
        };
        CreateApiKey: {
            /** @description It stops working then; must lie ahead. Null: never */
            expiresAt?: (string) | null;
            /** @description For people; 1 to 200 characters */
            name: string;
            /** @description What it may do; `operator` is everything, in every tenant */
            scopes: ("events:write" | "events:read" | "endpoints:read" | "endpoints:write" | "secrets:read" | "deliveries:read" | "deliveries:retry" | "operator")[];
        };
        CreatedApiKey: {
            /**
             * Format: date-time
             * @description When it was created
             */
            createdAt: string;
            /** @description When it stops working; null: never */
            expiresAt: string | null;
            /**
             * Format: uuid
             * @description The key’s id, which is no secret
             */
            id: string;
            /** @description The key itself, `rdk_<id>_<secret>`: only its hash is stored, so keep it */
            key: string;
            /** @description When it was last used; null: never */
            lastUsedAt: string | null;
            /** @description For people */
            name: string;
            /** @description When it was revoked; null: it was not */
            revokedAt: string | null;
            /** @description What it may do */
            scopes: ("events:write" | "events:read" | "endpoints:read" | "endpoints:write" | "secrets:read" | "deliveries:read" | "deliveries:retry" | "operator")[];
            /**
             * Format: uuid
             * @description The tenant that it belongs to
             */
            tenantId: string;
        };
        CreatedEndpoint: {
            /**
             * @description What a request’s body is. `raw`: the payload’s bytes; `standard`: `{type, timestamp, data}`; `akinon`: `{event: {type, uuid}, payload}`; `cloudevents`: CloudEvents 1.0, structured mode
             * @enum {string}
             */
            bodyFormat: "raw" | "standard" | "akinon" | "cloudevents";
            /** @description Told, signed with the endpoint’s secrets, when a delivery succeeds or finally fails; null: nobody is */
            callbackUrl: string | null;
            /** @description Only events of one of these channels; empty: no restriction */
            channels: string[];
            /**
             * Format: date-time
             * @description When it was created
             */
            createdAt: string;
            /** @description For people; up to 1,000 characters */
            description: string;
            /** @description Failing for so long without one success disables it; up to 30 days, null: never */
            disableAfterSeconds: number | null;
            /** @description When it was disabled; null unless it is */
            disabledAt: string | null;
            /** @description Why it was disabled, in words; null unless it is */
            disabledReason: string | null;
            /** @description Which events it gets: exact types, prefixes with a final `.*`, or `*` for all but Redrive’s own (`redrive.*`) */
            eventTypes: string[];
            /** @description Conditions on the payload, by dot paths from its root: `{"data.total": {"$gte": 100}}`. `$eq $ne $in $nin $gt $gte $lt $lte $exists $and $or $not`. Null: any payload */
            filter: {
                [key: string]: components["schemas"]["Json"];
            } | null;
            /** @description Added to each request, by lower-case name; of a sensitive one only that it is there */
            headers: {
                [key: string]: string | {
                    /**
                     * @description Which is why its value is not shown
                     * @constant
                     */
                    sensitive: true;
                    /** @description The value that is there, which is never shown again */
                    value: null;
                };
            };
            /** @description How its attempts have gone; made anew when it is made active again */
            health: {
                /** @description Failures since the last success */
                consecutiveFailures: number;
                /** @description When it is tried next; null unless it is `open` */
                nextProbeAt: string | null;
                /** @description Failing since; null while it is `ok` */
                since: string | null;
                /**
                 * @description `failing`: its last attempt failed. `open`: so many have that only probes are sent
                 * @enum {string}
                 */
                state: "ok" | "failing" | "open";
            };
            /**
             * Format: uuid
             * @description The endpoint’s id
             */
            id: string;
            /** @description Requests in flight to it at a time, over all workers; null: as many as fairness to other endpoints allows */
            maxConcurrency: number | null;
            /** @description Labels of your own: at most 50, names of up to 64 characters, values of up to 1,024 */
            metadata: {
                [key: string]: string;
            };
            /** @description The same as a number, unique in the installation, for APIs that know endpoints by one */
            number: number;
            /**
             * @description `fifo`: one at a time in the order of publishing; one that fails holds the rest until it has ended
             * @enum {string}
             */
            ordering: "none" | "fifo";
            /** @description What exceeds it waits, which is no attempt; null: no limit */
            rateLimit: {
                /** @description Requests at most */
                limit: number;
                /** @description In any span of so many seconds */
                perSeconds: number;
            } | null;
            /** @description The policy that applies: its own, or the installation’s default */
            retryPolicy: components["schemas"]["RetryPolicy"];
            /** @description What signs its requests: `whsec_…` (HMAC-SHA256) or `whsk_…` (ed25519, whose public half verifies) */
            secret: string;
            /** @description How requests are signed */
            signature: {
                /**
                 * @description Standard Webhooks: `webhook-signature` with v1 (HMAC-SHA256) or v1a (ed25519), by the kind of secret
                 * @constant
                 */
                scheme: "standard";
            } | {
                /**
                 * @description The hash
                 * @default sha256
                 * @enum {string}
                 */
                algorithm: "sha1" | "sha256" | "sha512";
                /**
                 * @description How the signature is written
                 * @default hex
                 * @enum {string}
                 */
                encoding: "hex" | "base64";
                /** @description The name of the header that carries it; made lower case */
                header: string;
                /**
                 * @description Signs `<unix seconds>.<body>` instead, in the form `t=<unix seconds>,v1=<signature>`
                 * @default false
                 */
                includeTimestamp: boolean;
                /**
                 * @description Put before the signature, like `sha256=`; up to 64 visible ASCII characters
                 * @default
                 */
                prefix: string;
                /**
                 * @description For receivers of the older sort: an HMAC of the body, keyed by the secret’s text in UTF-8
                 * @constant
                 */
                scheme: "hmac";
            };
            /**
             * @description `paused`: deliveries are kept and go out on resume. `disabled`: it gets no events, and what waits fails
             * @enum {string}
             */
            status: "active" | "paused" | "disabled";
            /**
             * Format: uuid
             * @description The tenant that it belongs to
             */
            tenantId: string;
            /** @description Deadline of a request, over everything from the lookup of the name to the end of the answer */
            timeoutSeconds: number;
            /**
             * Format: date-time
             * @description When its settings or its status last changed
             */
            updatedAt: string;
            /** @description Where requests go: http or https, without user and password. The address policy is applied now and at each connection */
            url: string;
        };
        CreateEndpoint: {
            /**
             * @description What a request’s body is. `raw`: the payload’s bytes; `standard`: `{type, timestamp, data}`; `akinon`: `{event: {type, uuid}, payload}`; `cloudevents`: CloudEvents 1.0, structured mode
             * @default raw
             * @enum {string}
             */
            bodyFormat?: "raw" | "standard" | "akinon" | "cloudevents";
            /**
             * @description Told, signed with the endpoint’s secrets, when a delivery succeeds or finally fails; null: nobody is
             * @default null
             */
            callbackUrl?: string | null;
            /**
             * @description Only events of one of these channels; empty: no restriction
             * @default []
             */
            channels?: string[];
            /**
             * @description For people; up to 1,000 characters
             * @default
             */
            description?: string;
            /**
             * @description Failing for so long without one success disables it; up to 30 days, null: never
             * @default 432000
             */
            disableAfterSeconds?: number | null;
            /**
             * @description Which events it gets: exact types, prefixes with a final `.*`, or `*` for all but Redrive’s own (`redrive.*`)
             * @default [
             *       "*"
             *     ]
             */
            eventTypes?: string[];
            /** @description Conditions on the payload, by dot paths from its root: `{"data.total": {"$gte": 100}}`. `$eq $ne $in $nin $gt $gte $lt $lte $exists $and $or $not`. Null: any payload */
            filter?: {
                [key: string]: components["schemas"]["Json"];
            } | null;
            /** @description Added to each request: at most 50. A text, or `{value, sensitive: true}` for what is never to be shown again. Names that HTTP or Redrive sets are refused */
            headers?: {
                [key: string]: string | {
                    /**
                     * @description Sealed at rest and never shown again
                     * @default false
                     */
                    sensitive?: boolean;
                    /** @description Visible ASCII characters, spaces and tabs; up to 4,096 */
                    value: string;
                };
            };
            /**
             * @description Requests in flight to it at a time, over all workers; null: as many as fairness to other endpoints allows
             * @default null
             */
            maxConcurrency?: number | null;
            /** @description Labels of your own: at most 50, names of up to 64 characters, values of up to 1,024 */
            metadata?: {
                [key: string]: string;
            };
            /**
             * @description `fifo`: one at a time in the order of publishing; one that fails holds the rest until it has ended
             * @default none
             * @enum {string}
             */
            ordering?: "none" | "fifo";
            /**
             * @description What exceeds it waits, which is no attempt; null: no limit
             * @default null
             */
            rateLimit?: {
                /** @description Requests at most */
                limit: number;
                /** @description In any span of so many seconds */
                perSeconds: number;
            } | null;
            /**
             * @description When failures are tried again; null: by the installation’s default
             * @default null
             */
            retryPolicy?: components["schemas"]["RetryPolicyInput"] | null;
            /** @description What signs its requests: `whsec_` and the base64 of 24 to 64 bytes (HMAC-SHA256), or `whsk_` and that of an ed25519 key of 32 or 64 bytes. Absent: a `whsec_` is generated, and shown in the answer */
            secret?: components["schemas"]["SigningSecret"];
            /**
             * @description How requests are signed
             * @default {
             *       "scheme": "standard"
             *     }
             */
            signature?: {
                /**
                 * @description Standard Webhooks: `webhook-signature` with v1 (HMAC-SHA256) or v1a (ed25519), by the kind of secret
                 * @constant
                 */
                scheme: "standard";
            } | {
                /**
                 * @description The hash
                 * @default sha256
                 * @enum {string}
                 */
                algorithm?: "sha1" | "sha256" | "sha512";
                /**
                 * @description How the signature is written
                 * @default hex
                 * @enum {string}
                 */
                encoding?: "hex" | "base64";
                /** @description The name of the header that carries it; made lower case */
                header: string;
                /**
                 * @description Signs `<unix seconds>.<body>` instead, in the form `t=<unix seconds>,v1=<signature>`
                 * @default false
                 */
                includeTimestamp?: boolean;
                /**
                 * @description Put before the signature, like `sha256=`; up to 64 visible ASCII characters
                 * @default
                 */
                prefix?: string;
                /**
                 * @description For receivers of the older sort: an HMAC of the body, keyed by the secret’s text in UTF-8
                 * @constant
                 */
                scheme: "hmac";
            };
            /**
             * @description `paused`: deliveries are kept and go out on resume. `disabled`: it gets no events, and what waits fails
             * @default active
             * @enum {string}
             */
            status?: "active" | "paused" | "disabled";
            /** @description Deadline of a request, over everything; absent: the installation’s default, 15 unless it is configured */
            timeoutSeconds?: number;
            /** @description Where requests go: http or https, without user and password. The address policy is applied now and at each connection */
            url: string;
        };
        CreateTenant: {
            /** @description For people; 1 to 200 characters */
            name: string;
            /** @description Unique; lower-case letters, digits and single hyphens. Absent: made of the name */
            slug?: string;
        };
        Delivery: {
            /** @description Attempts that were made; a retry does not start it anew */
            attemptCount: number;
            /** @description When it succeeded, failed or was cancelled; null while it is under way */
            completedAt: string | null;
            /**
             * Format: date-time
             * @description When the event was fanned out to the endpoint
             */
            createdAt: string;
            /**
             * Format: uuid
             * @description The endpoint that it is delivered to
             */
            endpointId: string;
            /**
             * Format: uuid
             * @description The event that is delivered; receivers get it as `webhook-id`
             */
            eventId: string;
            /** @description The event’s type */
            eventType: string;
            /** @description Why it ended without success; null otherwise, also for what somebody has cancelled */
            failure: {
                /**
                 * @description The last attempt’s error, or what ended the delivery without one
                 * @enum {string}
                 */
                code: "dns" | "connect" | "tls" | "timeout" | "reset" | "blocked_address" | "protocol" | "http_status" | "interrupted" | "internal" | "expired" | "endpoint_disabled" | "endpoint_deleted";
                /** @description The same in a sentence */
                message: string;
            } | null;
            /**
             * Format: uuid
             * @description The delivery’s id; receivers get it as `redrive-delivery-id`
             */
            id: string;
            /** @description Its newest attempt, in short; null before the first */
            lastAttempt: components["schemas"]["AttemptSummary"] | null;
            /** @description How many there will be if every one fails, by the policy as it is now */
            maxAttempts: number;
            /** @description When the next attempt is due; null if none is planned */
            nextAttemptAt: string | null;
            /** @description The same as a number, for APIs that know deliveries by one */
            number: number;
            /**
             * @description `pending`: not tried yet, or kept for a paused endpoint; `delivering`: being sent now; `retrying`: waits for its next attempt; the others are ends
             * @enum {string}
             */
            status: "pending" | "delivering" | "retrying" | "succeeded" | "failed" | "cancelled";
            /**
             * Format: date-time
             * @description When it last changed
             */
            updatedAt: string;
            /** @description The endpoint’s URL as it is now */
            url: string;
        };
        DeliveryPage: {
            /** @description Newest first */
            data: components["schemas"]["Delivery"][];
            /** @description For the next page, with older ones; null on the last */
            nextCursor: string | null;
            /** @description For the page before, with newer ones; null on the first */
            prevCursor: string | null;
        };
        DisableEndpoint: {
            /** @description Why, for people: shown as `disabledReason`; 1 to 500 characters */
            reason?: string;
        };
        Endpoint: {
            /**
             * @description What a request’s body is. `raw`: the payload’s bytes; `standard`: `{type, timestamp, data}`; `akinon`: `{event: {type, uuid}, payload}`; `cloudevents`: CloudEvents 1.0, structured mode
             * @enum {string}
             */
            bodyFormat: "raw" | "standard" | "akinon" | "cloudevents";
            /** @description Told, signed with the endpoint’s secrets, when a delivery succeeds or finally fails; null: nobody is */
            callbackUrl: string | null;
            /** @description Only events of one of these channels; empty: no restriction */
            channels: string[];
            /**
             * Format: date-time
             * @description When it was created
             */
            createdAt: string;
            /** @description For people; up to 1,000 characters */
            description: string;
            /** @description Failing for so long without one success disables it; up to 30 days, null: never */
            disableAfterSeconds: number | null;
            /** @description When it was disabled; null unless it is */
            disabledAt: string | null;
            /** @description Why it was disabled, in words; null unless it is */
            disabledReason: string | null;
            /** @description Which events it gets: exact types, prefixes with a final `.*`, or `*` for all but Redrive’s own (`redrive.*`) */
            eventTypes: string[];
            /** @description Conditions on the payload, by dot paths from its root: `{"data.total": {"$gte": 100}}`. `$eq $ne $in $nin $gt $gte $lt $lte $exists $and $or $not`. Null: any payload */
            filter: {
                [key: string]: components["schemas"]["Json"];
            } | null;
            /** @description Added to each request, by lower-case name; of a sensitive one only that it is there */
            headers: {
                [key: string]: string | {
                    /**
                     * @description Which is why its value is not shown
                     * @constant
                     */
                    sensitive: true;
                    /** @description The value that is there, which is never shown again */
                    value: null;
                };
            };
            /** @description How its attempts have gone; made anew when it is made active again */
            health: {
                /** @description Failures since the last success */
                consecutiveFailures: number;
                /** @description When it is tried next; null unless it is `open` */
                nextProbeAt: string | null;
                /** @description Failing since; null while it is `ok` */
                since: string | null;
                /**
                 * @description `failing`: its last attempt failed. `open`: so many have that only probes are sent
                 * @enum {string}
                 */
                state: "ok" | "failing" | "open";
            };
            /**
             * Format: uuid
             * @description The endpoint’s id
             */
            id: string;
            /** @description Requests in flight to it at a time, over all workers; null: as many as fairness to other endpoints allows */
            maxConcurrency: number | null;
            /** @description Labels of your own: at most 50, names of up to 64 characters, values of up to 1,024 */
            metadata: {
                [key: string]: string;
            };
            /** @description The same as a number, unique in the installation, for APIs that know endpoints by one */
            number: number;
            /**
             * @description `fifo`: one at a time in the order of publishing; one that fails holds the rest until it has ended
             * @enum {string}
             */
            ordering: "none" | "fifo";
            /** @description What exceeds it waits, which is no attempt; null: no limit */
            rateLimit: {
                /** @description Requests at most */
                limit: number;
                /** @description In any span of so many seconds */
                perSeconds: number;
            } | null;
            /** @description The policy that applies: its own, or the installation’s default */
            retryPolicy: components["schemas"]["RetryPolicy"];
            /** @description How requests are signed */
            signature: {
                /**
                 * @description Standard Webhooks: `webhook-signature` with v1 (HMAC-SHA256) or v1a (ed25519), by the kind of secret
                 * @constant
                 */
                scheme: "standard";
            } | {
                /**
                 * @description The hash
                 * @default sha256
                 * @enum {string}
                 */
                algorithm: "sha1" | "sha256" | "sha512";
                /**
                 * @description How the signature is written
                 * @default hex
                 * @enum {string}
                 */
                encoding: "hex" | "base64";
                /** @description The name of the header that carries it; made lower case */
                header: string;
                /**
                 * @description Signs `<unix seconds>.<body>` instead, in the form `t=<unix seconds>,v1=<signature>`
                 * @default false
                 */
                includeTimestamp: boolean;
                /**
                 * @description Put before the signature, like `sha256=`; up to 64 visible ASCII characters
                 * @default
                 */
                prefix: string;
                /**
                 * @description For receivers of the older sort: an HMAC of the body, keyed by the secret’s text in UTF-8
                 * @constant
                 */
                scheme: "hmac";
            };
            /**
             * @description `paused`: deliveries are kept and go out on resume. `disabled`: it gets no events, and what waits fails
             * @enum {string}
             */
            status: "active" | "paused" | "disabled";
            /**
             * Format: uuid
             * @description The tenant that it belongs to
             */
            tenantId: string;
            /** @description Deadline of a request, over everything from the lookup of the name to the end of the answer */
            timeoutSeconds: number;
            /**
             * Format: date-time
             * @description When its settings or its status last changed
             */
            updatedAt: string;
            /** @description Where requests go: http or https, without user and password. The address policy is applied now and at each connection */
            url: string;
        };
        EndpointPage: {
            /** @description Newest first */
            data: components["schemas"]["Endpoint"][];
            /** @description For the next page, with older ones; null on the last */
            nextCursor: string | null;
            /** @description For the page before, with newer ones; null on the first */
            prevCursor: string | null;
        };
        EndpointSecret: {
            /** @description What signs its requests: `whsec_…` (HMAC-SHA256) or `whsk_…` (ed25519, whose public half verifies) */
            secret: string;
        };
        EndpointStats: {
            /** @description How many attempts these deliveries took */
            attempts: number;
            /** @description How many deliveries made in the period are in each status now; a status without any is left out */
            deliveries: {
                [key: string]: number;
            };
            /** @description Milliseconds that each delivery’s last answered attempt took; null if none was answered */
            latencyMs: {
                /** @description Half of them took no longer */
                p50: number | null;
                /** @description 95 of 100 took no longer */
                p95: number | null;
                /** @description 99 of 100 took no longer */
                p99: number | null;
            };
            /**
             * Format: date-time
             * @description The period’s beginning, inclusive
             */
            since: string;
            /** @description Succeeded / (succeeded + failed); null before any has ended */
            successRate: number | null;
            /**
             * Format: date-time
             * @description The period’s end, exclusive
             */
            until: string;
        };
        Event: {
            /** @description The channel that it was published to; null: none */
            channel: string | null;
            /**
             * Format: date-time
             * @description When it was published
             */
            createdAt: string;
            /** @description Deliveries are made at this moment; null: at once */
            deliverAt: string | null;
            /** @description What has not been delivered by then is cancelled; null: never */
            expiresAt: string | null;
            /**
             * Format: uuid
             * @description The event’s id; receivers get it as `webhook-id`, the same on every attempt
             */
            id: string;
            /** @description The key that it was published with; null: none */
            idempotencyKey: string | null;
            /** @description Its publisher’s own labels */
            metadata: {
                [key: string]: string;
            };
            /** @description The first event, where this one was made by resending; null for one that was published */
            sourceEventId: string | null;
            /**
             * @description `scheduled`: its `deliverAt` lies ahead; `pending`: not fanned out yet; `dispatched`: it has its deliveries, if anybody subscribed
             * @enum {string}
             */
            status: "scheduled" | "pending" | "dispatched";
            /** @description What it is about; null if that was not said */
            subject: {
                /** @description Which one */
                id: string;
                /** @description What sort of thing */
                type: string;
            } | null;
            /**
             * Format: uuid
             * @description The tenant that it belongs to
             */
            tenantId: string;
            /** @description What happened */
            type: string;
        };
        EventDetail: {
            /** @description The channel that it was published to; null: none */
            channel: string | null;
            /**
             * Format: date-time
             * @description When it was published
             */
            createdAt: string;
            /** @description Deliveries are made at this moment; null: at once */
            deliverAt: string | null;
            /** @description How many deliveries it has: in total, and in each of pending, delivering, retrying, succeeded, failed, cancelled */
            deliveries: {
                /** @description All of its deliveries */
                total: number;
            } & {
                [key: string]: number;
            };
            /** @description What has not been delivered by then is cancelled; null: never */
            expiresAt: string | null;
            /**
             * Format: uuid
             * @description The event’s id; receivers get it as `webhook-id`, the same on every attempt
             */
            id: string;
            /** @description The key that it was published with; null: none */
            idempotencyKey: string | null;
            /** @description Its publisher’s own labels */
            metadata: {
                [key: string]: string;
            };
            /** @description As it was published, byte for byte */
            payload: unknown;
            /** @description The first event, where this one was made by resending; null for one that was published */
            sourceEventId: string | null;
            /**
             * @description `scheduled`: its `deliverAt` lies ahead; `pending`: not fanned out yet; `dispatched`: it has its deliveries, if anybody subscribed
             * @enum {string}
             */
            status: "scheduled" | "pending" | "dispatched";
            /** @description What it is about; null if that was not said */
            subject: {
                /** @description Which one */
                id: string;
                /** @description What sort of thing */
                type: string;
            } | null;
            /**
             * Format: uuid
             * @description The tenant that it belongs to
             */
            tenantId: string;
            /** @description What happened */
            type: string;
        };
        EventPage: {
            /** @description Newest first */
            data: components["schemas"]["Event"][];
            /** @description For the next page, with older ones; null on the last */
            nextCursor: string | null;
            /** @description For the page before, with newer ones; null on the first */
            prevCursor: string | null;
        };
        EventType: string;
        FieldProblem: {
            /** @description What is wrong with it, in a sentence that does not repeat the value */
            detail: string;
            /** @description JSON pointer into the body, or `/` and the name of a query parameter */
            pointer: string;
        };
        IdempotencyKey: string;
        Json: unknown;
        Problem: {
            /** @description What is wrong here, in a sentence */
            detail: string;
            /** @description What is wrong, field by field; at most 50 */
            errors?: components["schemas"]["FieldProblem"][];
            /** @description Finds the request in the log; also in `x-request-id` */
            requestId: string;
            /** @description The HTTP status */
            status: number;
            /** @description The status in words */
            title: string;
            /** @description `about:blank`: the status says what sort of problem it is */
            type: string;
        };
        ProducedType: components["schemas"]["EventType"];
        PublishBatch: {
            /** @description 1 to 1,000 events, each as for `POST /v1/events`; a bad one is answered at its place and hinders no other */
            events: unknown[];
        };
        PublishedBatch: {
            /** @description One result for each event, in their order */
            data: ({
                /**
                 * Format: uuid
                 * @description The event’s id: it is committed
                 */
                id: string;
            } | {
                /** @description Why this one was not taken */
                error: {
                    /** @description What is wrong, in a sentence */
                    detail: string;
                    /** @description What is wrong, field by field */
                    errors?: components["schemas"]["FieldProblem"][];
                    /** @description The HTTP status that it would have had by itself */
                    status: number;
                };
            })[];
        };
        PublishEvent: {
            /**
             * @description Endpoints that name channels get it only if they name this one; up to 128 characters
             * @default null
             */
            channel?: string | null;
            /** @description Not before this moment, to who subscribes then; null: at once */
            deliverAt?: (string) | null;
            /**
             * @description To this endpoint only, subscribed or not; null: to all that subscribe
             * @default null
             */
            endpointId?: string | null;
            /** @description What has not been delivered by then is cancelled; must lie ahead, after `deliverAt`. Null: never */
            expiresAt?: (string) | null;
            /**
             * @description Makes the call safe to repeat: the same key with the same content is answered with the first event, for 24 hours at least. 1 to 255 visible ASCII characters, without spaces
             * @default null
             */
            idempotencyKey?: components["schemas"]["IdempotencyKey"] | null;
            /** @description Labels of your own: at most 50, names of up to 64 characters, values of up to 1,024 */
            metadata?: {
                [key: string]: string;
            };
            /** @description Any JSON value, up to 256 KiB unless it is configured; its bytes are kept as they come */
            payload: unknown;
            /**
             * @description What it is about, for finding it again
             * @default null
             */
            subject?: {
                /** @description Which one, in your own terms; up to 256 characters */
                id: string;
                /** @description What sort of thing, like `order`; up to 128 characters */
                type: string;
            } | null;
            /** @description What happened, like `order.shipped`: letters, digits, `_` and `-`, in parts separated by single dots; up to 128 characters. `redrive.…` is Redrive’s own */
            type: components["schemas"]["ProducedType"];
        };
        RecoverEndpoint: {
            /** @description Deliveries of events published at this moment or later */
            since: string;
            /** @description Deliveries of events published before this moment; absent: up to now */
            until?: string;
        };
        ResendEvent: {
            /**
             * Format: uuid
             * @description To this endpoint only, subscribed or not; absent: to all that subscribe now
             */
            endpointId?: string;
        };
        RetriedEvent: {
            /** @description Its deliveries, those made just now included; with `onlyFailed`, without those that have succeeded */
            deliveries: components["schemas"]["Delivery"][];
            /**
             * Format: uuid
             * @description The event that is sent again
             */
            eventId: string;
        };
        RetryDelivery: {
            /**
             * @description Sends again what has succeeded, which else is a 409
             * @default false
             */
            force?: boolean;
            /**
             * @description What a further failure leads to, if the delivery had ended. `policy`: the retry policy starts anew; `once`: nothing more
             * @default policy
             * @enum {string}
             */
            mode?: "policy" | "once";
        };
        RetryEvent: {
            /**
             * Format: uuid
             * @description To this endpoint only, subscribed or not; absent: to all that subscribe now
             */
            endpointId?: string;
            /**
             * @description Spares endpoints that have the event already
             * @default false
             */
            onlyFailed?: boolean;
        };
        RetryPolicy: {
            /** @description The wait before each retry, so there are as many retries: up to 50, each 1 to 604,800 seconds (7 days) */
            delaysSeconds: number[];
            /** @description Answers after which no retry follows */
            giveUpOn?: {
                /** @description Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100 */
                statuses: string[];
            };
            /**
             * @description Each wait is multiplied by something between 1 - jitter and 1 + jitter, so that retries spread out
             * @default 0.2
             */
            jitter: number;
            /** @description Answers that are worth a retry; absent: all but success */
            retryOn?: {
                /** @description Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100 */
                statuses: string[];
            };
            /**
             * @description A wait for each retry
             * @constant
             */
            strategy: "schedule";
        } | {
            /** @description The wait before the first retry: seconds, 1 to 604,800 (7 days) */
            baseSeconds: number;
            /** @description Each wait is so many times the one before: 1 to 100 */
            factor: number;
            /** @description Answers after which no retry follows */
            giveUpOn?: {
                /** @description Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100 */
                statuses: string[];
            };
            /**
             * @description Each wait is multiplied by something between 1 - jitter and 1 + jitter, so that retries spread out
             * @default 0.2
             */
            jitter: number;
            /** @description No wait is longer, before jitter: seconds, 1 to 604,800 (7 days) */
            maxDelaySeconds: number;
            /** @description How many attempts may follow the first: 0 to 50 */
            maxRetries: number;
            /** @description Answers that are worth a retry; absent: all but success */
            retryOn?: {
                /** @description Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100 */
                statuses: string[];
            };
            /**
             * @description Retry n (from 1) waits `baseSeconds` · `factor`^(n-1)
             * @constant
             */
            strategy: "exponential";
        } | {
            /** @description Answers after which no retry follows */
            giveUpOn?: {
                /** @description Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100 */
                statuses: string[];
            };
            /**
             * @description Each wait is multiplied by something between 1 - jitter and 1 + jitter, so that retries spread out
             * @default 0.2
             */
            jitter: number;
            /** @description No wait is longer, before jitter: seconds, 1 to 604,800 (7 days) */
            maxDelaySeconds: number;
            /** @description How many attempts may follow the first: 0 to 50 */
            maxRetries: number;
            /** @description Answers that are worth a retry; absent: all but success */
            retryOn?: {
                /** @description Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100 */
                statuses: string[];
            };
            /** @description So much longer from retry to retry: seconds, 1 to 604,800 (7 days) */
            stepSeconds: number;
            /**
             * @description Retry n (from 1) waits `stepSeconds` · n
             * @constant
             */
            strategy: "linear";
        } | {
            /** @description The wait before each retry: seconds, 1 to 604,800 (7 days) */
            delaySeconds: number;
            /** @description Answers after which no retry follows */
            giveUpOn?: {
                /** @description Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100 */
                statuses: string[];
            };
            /**
             * @description Each wait is multiplied by something between 1 - jitter and 1 + jitter, so that retries spread out
             * @default 0.2
             */
            jitter: number;
            /** @description How many attempts may follow the first: 0 to 50 */
            maxRetries: number;
            /** @description Answers that are worth a retry; absent: all but success */
            retryOn?: {
                /** @description Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100 */
                statuses: string[];
            };
            /**
             * @description Every retry waits as long
             * @constant
             */
            strategy: "fixed";
        };
        RetryPolicyInput: {
            /** @description The wait before each retry, so there are as many retries: up to 50, each 1 to 604,800 seconds (7 days) */
            delaysSeconds: number[];
            /** @description Answers after which no retry follows */
            giveUpOn?: {
                /** @description Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100 */
                statuses: string[];
            };
            /**
             * @description Each wait is multiplied by something between 1 - jitter and 1 + jitter, so that retries spread out
             * @default 0.2
             */
            jitter?: number;
            /** @description Answers that are worth a retry; absent: all but success */
            retryOn?: {
                /** @description Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100 */
                statuses: string[];
            };
            /**
             * @description A wait for each retry
             * @constant
             */
            strategy: "schedule";
        } | {
            /** @description The wait before the first retry: seconds, 1 to 604,800 (7 days) */
            baseSeconds: number;
            /** @description Each wait is so many times the one before: 1 to 100 */
            factor: number;
            /** @description Answers after which no retry follows */
            giveUpOn?: {
                /** @description Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100 */
                statuses: string[];
            };
            /**
             * @description Each wait is multiplied by something between 1 - jitter and 1 + jitter, so that retries spread out
             * @default 0.2
             */
            jitter?: number;
            /** @description No wait is longer, before jitter: seconds, 1 to 604,800 (7 days) */
            maxDelaySeconds: number;
            /** @description How many attempts may follow the first: 0 to 50 */
            maxRetries: number;
            /** @description Answers that are worth a retry; absent: all but success */
            retryOn?: {
                /** @description Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100 */
                statuses: string[];
            };
            /**
             * @description Retry n (from 1) waits `baseSeconds` · `factor`^(n-1)
             * @constant
             */
            strategy: "exponential";
        } | {
            /** @description Answers after which no retry follows */
            giveUpOn?: {
                /** @description Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100 */
                statuses: string[];
            };
            /**
             * @description Each wait is multiplied by something between 1 - jitter and 1 + jitter, so that retries spread out
             * @default 0.2
             */
            jitter?: number;
            /** @description No wait is longer, before jitter: seconds, 1 to 604,800 (7 days) */
            maxDelaySeconds: number;
            /** @description How many attempts may follow the first: 0 to 50 */
            maxRetries: number;
            /** @description Answers that are worth a retry; absent: all but success */
            retryOn?: {
                /** @description Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100 */
                statuses: string[];
            };
            /** @description So much longer from retry to retry: seconds, 1 to 604,800 (7 days) */
            stepSeconds: number;
            /**
             * @description Retry n (from 1) waits `stepSeconds` · n
             * @constant
             */
            strategy: "linear";
        } | {
            /** @description The wait before each retry: seconds, 1 to 604,800 (7 days) */
            delaySeconds: number;
            /** @description Answers after which no retry follows */
            giveUpOn?: {
                /** @description Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100 */
                statuses: string[];
            };
            /**
             * @description Each wait is multiplied by something between 1 - jitter and 1 + jitter, so that retries spread out
             * @default 0.2
             */
            jitter?: number;
            /** @description How many attempts may follow the first: 0 to 50 */
            maxRetries: number;
            /** @description Answers that are worth a retry; absent: all but success */
            retryOn?: {
                /** @description Statuses (`"429"`) or classes (`"5xx"`), from 3xx to 5xx; at most 100 */
                statuses: string[];
            };
            /**
             * @description Every retry waits as long
             * @constant
             */
            strategy: "fixed";
        };
        RotatedSecret: {
            /**
             * Format: date-time
             * @description When the secret so far stops signing
             */
            previousExpiresAt: string;
            /** @description The new signing secret */
            secret: string;
        };
        RotateSecret: {
            /**
             * @description So long the secret so far goes on signing beside the new one: up to a week, a day unless it is said
             * @default 86400
             */
            graceSeconds?: number;
            /** @description The new secret, as on creating an endpoint; absent: a `whsec_` is generated */
            secret?: components["schemas"]["SigningSecret"];
        };
        SigningSecret: string;
        StartBulkRetry: {
            /**
             * @description Only counts: answered 200 with `matched`, and nothing is sent
             * @default false
             */
            dryRun?: boolean;
            /** @description Which deliveries; all conditions must hold. `{}` is everything that failed */
            filter: {
                /**
                 * Format: uuid
                 * @description Only to this endpoint; required with `onlyMissing`
                 */
                endpointId?: string;
                /**
                 * @description Only with this error in the last attempt, or ended by this without one. Not with `onlyMissing`
                 * @enum {string}
                 */
                errorCode?: "dns" | "connect" | "tls" | "timeout" | "reset" | "blocked_address" | "protocol" | "http_status" | "interrupted" | "internal" | "expired" | "endpoint_disabled" | "endpoint_deleted";
                /** @description Only of events of exactly this type */
                eventType?: components["schemas"]["EventType"];
                /** @description Only events published at this moment or later, and deliveries of these */
                since?: string;
                /**
                 * @description Only deliveries in this status; `failed` unless it is said. Not with `onlyMissing`
                 * @enum {string}
                 */
                status?: "failed" | "cancelled" | "succeeded" | "pending" | "retrying";
                /** @description Only events published before this moment, and deliveries of these */
                until?: string;
            };
            /**
             * @description What a further failure leads to. `policy`: the retry policy starts anew; `once`: nothing more
             * @default policy
             * @enum {string}
             */
            mode?: "policy" | "once";
            /**
             * @description Makes deliveries for past events that the endpoint never got, instead of queueing those that are there
             * @default false
             */
            onlyMissing?: boolean;
        };
        StartedBulkRetry: components["schemas"]["BulkRetry"] | {
            /** @description So many deliveries (with `onlyMissing`, events) match */
            matched: number;
            /**
             * @description Counting stopped after a few seconds: at least so many match
             * @constant
             */
            more?: true;
        };
        Tenant: {
            /**
             * Format: date-time
             * @description When it was created
             */
            createdAt: string;
            /**
             * Format: uuid
             * @description The tenant’s id
             */
            id: string;
            /** @description For people */
            name: string;
            /** @description The same as a number, for APIs that know tenants by one */
            number: number;
            /** @description Names it in other APIs, as its id does */
            slug: string;
            /**
             * Format: date-time
             * @description When it last changed
             */
            updatedAt: string;
        };
        TenantPage: {
            /** @description Newest first */
            data: components["schemas"]["Tenant"][];
            /** @description For the next page, with older ones; null on the last */
            nextCursor: string | null;
            /** @description For the page before, with newer ones; null on the first */
            prevCursor: string | null;
        };
        TestEndpoint: {
            /** @description Any JSON value; absent: a sample that says what it is */
            payload?: unknown;
            /** @description Absent: `redrive.test` */
            type?: components["schemas"]["ProducedType"];
        };
        UpdateEndpoint: {
            /**
             * @description What a request’s body is. `raw`: the payload’s bytes; `standard`: `{type, timestamp, data}`; `akinon`: `{event: {type, uuid}, payload}`; `cloudevents`: CloudEvents 1.0, structured mode
             * @enum {string}
             */
            bodyFormat?: "raw" | "standard" | "akinon" | "cloudevents";
            /** @description Told, signed with the endpoint’s secrets, when a delivery succeeds or finally fails; null: nobody is */
            callbackUrl?: string | null;
            /** @description Only events of one of these channels; empty: no restriction */
            channels?: string[];
            /** @description For people; up to 1,000 characters */
            description?: string;
            /** @description Failing for so long without one success disables it; up to 30 days, null: never */
            disableAfterSeconds?: number | null;
            /** @description Which events it gets: exact types, prefixes with a final `.*`, or `*` for all but Redrive’s own (`redrive.*`) */
            eventTypes?: string[];
            /** @description Conditions on the payload, by dot paths from its root: `{"data.total": {"$gte": 100}}`. `$eq $ne $in $nin $gt $gte $lt $lte $exists $and $or $not`. Null: any payload */
            filter?: {
                [key: string]: components["schemas"]["Json"];
            } | null;
            /** @description All that are to be added from now on. `{"value": null, "sensitive": true}`, as it is shown, keeps the value that is there */
            headers?: {
                [key: string]: (string | {
                    /**
                     * @description Sealed at rest and never shown again
                     * @default false
                     */
                    sensitive?: boolean;
                    /** @description Visible ASCII characters, spaces and tabs; up to 4,096 */
                    value: string;
                }) | {
                    /**
                     * @description Which is why its value is not shown
                     * @constant
                     */
                    sensitive: true;
                    /** @description The value that is there, which is never shown again */
                    value: null;
                };
            };
            /** @description Requests in flight to it at a time, over all workers; null: as many as fairness to other endpoints allows */
            maxConcurrency?: number | null;
            /** @description Labels of your own: at most 50, names of up to 64 characters, values of up to 1,024 */
            metadata?: {
                [key: string]: string;
            };
            /**
             * @description `fifo`: one at a time in the order of publishing; one that fails holds the rest until it has ended
             * @enum {string}
             */
            ordering?: "none" | "fifo";
            /** @description What exceeds it waits, which is no attempt; null: no limit */
            rateLimit?: {
                /** @description Requests at most */
                limit: number;
                /** @description In any span of so many seconds */
                perSeconds: number;
            } | null;
            /** @description When failures are tried again; null: by the installation’s default */
            retryPolicy?: components["schemas"]["RetryPolicyInput"] | null;
            /** @description How requests are signed */
            signature?: {
                /**
                 * @description Standard Webhooks: `webhook-signature` with v1 (HMAC-SHA256) or v1a (ed25519), by the kind of secret
                 * @constant
                 */
                scheme: "standard";
            } | {
                /**
                 * @description The hash
                 * @default sha256
                 * @enum {string}
                 */
                algorithm?: "sha1" | "sha256" | "sha512";
                /**
                 * @description How the signature is written
                 * @default hex
                 * @enum {string}
                 */
                encoding?: "hex" | "base64";
                /** @description The name of the header that carries it; made lower case */
                header: string;
                /**
                 * @description Signs `<unix seconds>.<body>` instead, in the form `t=<unix seconds>,v1=<signature>`
                 * @default false
                 */
                includeTimestamp?: boolean;
                /**
                 * @description Put before the signature, like `sha256=`; up to 64 visible ASCII characters
                 * @default
                 */
                prefix?: string;
                /**
                 * @description For receivers of the older sort: an HMAC of the body, keyed by the secret’s text in UTF-8
                 * @constant
                 */
                scheme: "hmac";
            };
            /**
             * @description `paused`: deliveries are kept and go out on resume. `disabled`: it gets no events, and what waits fails
             * @enum {string}
             */
            status?: "active" | "paused" | "disabled";
            /** @description Deadline of a request, over everything from the lookup of the name to the end of the answer */
            timeoutSeconds?: number;
            /** @description Where requests go: http or https, without user and password. The address policy is applied now and at each connection */
            url?: string;
        };
        UpdateTenant: {
            /** @description For people; 1 to 200 characters */
            name?: string;
            /** @description Unique: lower-case letters and digits with single hyphens between, up to 63; not like a number or a UUID */
            slug?: string;
        };
    };
    responses: {
        /** @description The request can’t be read, or the operator has not named a tenant */
        400: {
            headers: {
                /** @description Finds the request in the log; taken over from the request if it is well formed */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No valid key was given */
        401: {
            headers: {
                /** @description How to authenticate */
                "www-authenticate"?: string;
                /** @description Finds the request in the log; taken over from the request if it is well formed */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The key has not the scope that this needs, or belongs to another tenant */
        403: {
            headers: {
                /** @description Finds the request in the log; taken over from the request if it is well formed */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such thing, or it is another tenant’s */
        404: {
            headers: {
                /** @description Finds the request in the log; taken over from the request if it is well formed */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is too large */
        413: {
            headers: {
                /** @description Finds the request in the log; taken over from the request if it is well formed */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is not JSON in UTF-8 */
        415: {
            headers: {
                /** @description Finds the request in the log; taken over from the request if it is well formed */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Something in the request is not as described; `errors` says what */
        422: {
            headers: {
                /** @description Finds the request in the log; taken over from the request if it is well formed */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too many requests; `retry-after` says when to go on */
        429: {
            headers: {
                /** @description Seconds after which to try again */
                "retry-after"?: number;
                /** @description Finds the request in the log; taken over from the request if it is well formed */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A fault of ours; `requestId` finds it in the log */
        500: {
            headers: {
                /** @description Finds the request in the log; taken over from the request if it is well formed */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The database is away, or too much is waiting: nothing is half done; try again */
        503: {
            headers: {
                /** @description Seconds after which to try again */
                "retry-after"?: number;
                /** @description Finds the request in the log; taken over from the request if it is well formed */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getLivez: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description It answers, so it is
                         * @constant
                         */
                        status: "ok";
                    };
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Prometheus’ text format */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    getOpenapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            401: components["responses"]["401"];
        };
    };
    getReadyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They can */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description PostgreSQL, without which nothing is taken */
                        database: {
                            /** @description What is the matter with it, where there is something to say */
                            detail?: string;
                            /** @description Milliseconds that asking it took */
                            latencyMs: number;
                            /**
                             * @description Whether it does its work
                             * @enum {string}
                             */
                            state: "ok" | "unavailable";
                        };
                        /** @description What brings jobs to workers */
                        queue: {
                            /** @description What is the matter with it, where there is something to say */
                            detail?: string;
                            /** @description Milliseconds that asking it took */
                            latencyMs: number;
                            /**
                             * @description Whether it does its work
                             * @enum {string}
                             */
                            state: "ok" | "unavailable";
                        };
                        /**
                         * @description `degraded`: events are taken, and wait in the ledger; `unavailable`: none are
                         * @enum {string}
                         */
                        status: "ok" | "degraded" | "unavailable";
                    };
                };
            };
            /** @description They can’t: the database is away */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description PostgreSQL, without which nothing is taken */
                        database: {
                            /** @description What is the matter with it, where there is something to say */
                            detail?: string;
                            /** @description Milliseconds that asking it took */
                            latencyMs: number;
                            /**
                             * @description Whether it does its work
                             * @enum {string}
                             */
                            state: "ok" | "unavailable";
                        };
                        /** @description What brings jobs to workers */
                        queue: {
                            /** @description What is the matter with it, where there is something to say */
                            detail?: string;
                            /** @description Milliseconds that asking it took */
                            latencyMs: number;
                            /**
                             * @description Whether it does its work
                             * @enum {string}
                             */
                            state: "ok" | "unavailable";
                        };
                        /**
                         * @description `degraded`: events are taken, and wait in the ledger; `unavailable`: none are
                         * @enum {string}
                         */
                        status: "ok" | "degraded" | "unavailable";
                    };
                };
            };
        };
    };
    getAttemptsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The attempt’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Attempt"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getDeliveries: {
        parameters: {
            query?: {
                /** @description `nextCursor` or `prevCursor` of an earlier page; opaque */
                cursor?: string;
                /** @description Only to this endpoint */
                endpointId?: string;
                /** @description Only if the last attempt failed with this error */
                errorCode?: components["schemas"]["AttemptErrorCode"];
                /** @description Only of this event */
                eventId?: string;
                /** @description Only of events of exactly this type */
                eventType?: components["schemas"]["EventType"];
                /** @description Only if the last attempt was answered with this status */
                httpStatus?: number;
                /** @description How many at most: 1 to 250, 50 if it is not said */
                limit?: number;
                /** @description Only events published at this moment or later, or deliveries of these */
                since?: string;
                /** @description Only deliveries in this status */
                status?: "pending" | "delivering" | "retrying" | "succeeded" | "failed" | "cancelled";
                /** @description Only events published before this moment, or deliveries of these */
                until?: string;
            };
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryPage"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getDeliveriesById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The delivery’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getDeliveriesByIdAttempts: {
        parameters: {
            query?: {
                /** @description `nextCursor` or `prevCursor` of an earlier page; opaque */
                cursor?: string;
                /** @description How many at most: 1 to 250, 50 if it is not said */
                limit?: number;
            };
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The delivery’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttemptPage"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postDeliveriesByIdCancel: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The delivery’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description It is finished already */
            409: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postDeliveriesByIdRetry: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The delivery’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RetryDelivery"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description It is being sent, has succeeded (and force is not true), its event has expired, or its endpoint is disabled or deleted */
            409: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getEndpoints: {
        parameters: {
            query?: {
                /** @description `nextCursor` or `prevCursor` of an earlier page; opaque */
                cursor?: string;
                /** @description How many at most: 1 to 250, 50 if it is not said */
                limit?: number;
            };
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointPage"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postEndpoints: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateEndpoint"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    /** @description Where the new thing is */
                    location?: string;
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedEndpoint"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getEndpointsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The endpoint’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteEndpointsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The endpoint’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    patchEndpointsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The endpoint’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UpdateEndpoint"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postEndpointsByIdDisable: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The endpoint’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DisableEndpoint"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postEndpointsByIdEnable: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The endpoint’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description The endpoint is paused */
            409: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postEndpointsByIdPause: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The endpoint’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description The endpoint is disabled */
            409: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postEndpointsByIdRecover: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The endpoint’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecoverEndpoint"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkRetry"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description A bulk retry with this filter is running already */
            409: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postEndpointsByIdResume: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The endpoint’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description The endpoint is disabled */
            409: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getEndpointsByIdSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The endpoint’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointSecret"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postEndpointsByIdSecretRotate: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The endpoint’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RotateSecret"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RotatedSecret"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description Too many secrets sign already */
            409: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getEndpointsByIdStats: {
        parameters: {
            query?: {
                /** @description Deliveries of events published at this moment or later; absent: 24 hours before `until` */
                since?: string;
                /** @description Deliveries of events published before this moment; absent: now */
                until?: string;
            };
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The endpoint’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointStats"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postEndpointsByIdTest: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The endpoint’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TestEndpoint"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Attempt"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description The endpoint is disabled, or is being sent to at this moment */
            409: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getEvents: {
        parameters: {
            query?: {
                /** @description Only of this channel */
                channel?: string;
                /** @description `nextCursor` or `prevCursor` of an earlier page; opaque */
                cursor?: string;
                /** @description How many at most: 1 to 250, 50 if it is not said */
                limit?: number;
                /** @description Only events published at this moment or later, or deliveries of these */
                since?: string;
                /** @description Only about the thing with this id */
                subjectId?: string;
                /** @description Only about things of this sort */
                subjectType?: string;
                /** @description Only of this type, or of types with this prefix (`order.*`). Redrive’s own are listed by `redrive.*` only */
                type?: string;
                /** @description Only events published before this moment, or deliveries of these */
                until?: string;
            };
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postEvents: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the call safe to repeat; the same as `idempotencyKey` in the body. Kept for 24 hours at least */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"];
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PublishEvent"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    /** @description `true` when this is the answer to an earlier call with the same key */
                    "idempotent-replayed"?: "true";
                    /** @description Where the new thing is */
                    location?: string;
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Event"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description The endpoint that endpointId names is disabled or deleted */
            409: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getEventsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The event’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventDetail"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getEventsByIdDeliveries: {
        parameters: {
            query?: {
                /** @description `nextCursor` or `prevCursor` of an earlier page; opaque */
                cursor?: string;
                /** @description How many at most: 1 to 250, 50 if it is not said */
                limit?: number;
            };
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The event’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryPage"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postEventsByIdResend: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The event’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ResendEvent"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Event"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description The event can’t be sent again, for example because its endpoint is disabled */
            409: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postEventsByIdRetry: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The event’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RetryEvent"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetriedEvent"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description An endpoint is disabled or deleted, or the event has expired or is scheduled */
            409: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postEventsBatch: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PublishBatch"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublishedBatch"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getRetries: {
        parameters: {
            query?: {
                /** @description `nextCursor` or `prevCursor` of an earlier page; opaque */
                cursor?: string;
                /** @description How many at most: 1 to 250, 50 if it is not said */
                limit?: number;
            };
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkRetryPage"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postRetries: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StartBulkRetry"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedBulkRetry"];
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedBulkRetry"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description A bulk retry with this filter is running already */
            409: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getRetriesById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The bulk retry’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkRetry"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postRetriesByIdCancel: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
                /** @description The bulk retry’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkRetry"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description It is finished already */
            409: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getTenants: {
        parameters: {
            query?: {
                /** @description `nextCursor` or `prevCursor` of an earlier page; opaque */
                cursor?: string;
                /** @description How many at most: 1 to 250, 50 if it is not said */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantPage"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postTenants: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateTenant"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    /** @description Where the new thing is */
                    location?: string;
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            /** @description Another tenant has this slug */
            409: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getTenantsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteTenantsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    patchTenantsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UpdateTenant"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description Another tenant has this slug */
            409: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getTenantsByIdApiKeys: {
        parameters: {
            query?: {
                /** @description `nextCursor` or `prevCursor` of an earlier page; opaque */
                cursor?: string;
                /** @description How many at most: 1 to 250, 50 if it is not said */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The tenant’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyPage"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    postTenantsByIdApiKeys: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateApiKey"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedApiKey"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            413: components["responses"]["413"];
            415: components["responses"]["415"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteTenantsByIdApiKeysByKeyId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s id */
                id: string;
                /** @description The API key’s id */
                keyId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    /** @description Finds the request in the log; taken over from the request if it is well formed */
                    "x-request-id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
}
