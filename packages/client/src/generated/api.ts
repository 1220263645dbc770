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
            /** Format: date-time */
            createdAt: string;
            expiresAt: string | null;
            /** Format: uuid */
            id: string;
            lastUsedAt: string | null;
            name: string;
            revokedAt: string | null;
            scopes: ("events:write" | "events:read" | "endpoints:read" | "endpoints:write" | "secrets:read" | "deliveries:read" | "deliveries:retry" | "operator")[];
            /** Format: uuid */
            tenantId: string;
        };
        ApiKeyPage: {
            data: components["schemas"]["ApiKey"][];
            nextCursor: string | null;
            prevCursor: string | null;
        };
        Attempt: {
            decision: string;
            /** Format: uuid */
            deliveryId: string;
            durationMs: number;
            error: {
                code: components["schemas"]["AttemptErrorCode"];
                message: string;
            } | null;
            /** Format: uuid */
            id: string;
            nextAttemptAt: string | null;
            number: number;
            /** @enum {string} */
            outcome: "succeeded" | "failed";
            request: {
                headers: {
                    [key: string]: string;
                };
                method: string;
                url: string;
            };
            response: {
                body: string;
                bodyTruncated: boolean;
                headers: {
                    [key: string]: string;
                };
                status: number;
            } | null;
            /** Format: date-time */
            startedAt: string;
            timings: {
                connect: number | null;
                dns: number | null;
                firstByte: number | null;
                tls: number | null;
                total: number;
            };
            /** @enum {string} */
            trigger: "automatic" | "manual" | "bulk" | "recovery";
        };
        /** @enum {string} */
        AttemptErrorCode: "dns" | "connect" | "tls" | "timeout" | "reset" | "blocked_address" | "protocol" | "http_status" | "interrupted" | "internal";
        AttemptPage: {
            data: components["schemas"]["Attempt"][];
            nextCursor: string | null;
            prevCursor: string | null;
        };
        AttemptSummary: {
            durationMs: number;
            error: {
                code: components["schemas"]["AttemptErrorCode"];
                message: string;
            } | null;
            /** Format: uuid */
            id: string;
            number: number;
            /** Format: date-time */
            startedAt: string;
            status: number | null;
        };
        BulkRetry: {
            completedAt: string | null;
            /** Format: date-time */
            createdAt: string;
            filter: {
                endpointId: string | null;
                errorCode: ("dns" | "connect" | "tls" | "timeout" | "reset" | "blocked_address" | "protocol" | "http_status" | "interrupted" | "internal" | "expired" | "endpoint_disabled" | "endpoint_deleted") | null;
                eventType: string | null;
                since: string | null;
                status: ("failed" | "cancelled" | "succeeded" | "pending" | "retrying") | null;
                until: string | null;
            };
            /** Format: uuid */
            id: string;
            /** @description Counted when it was asked for, for a few seconds at most; of more than that it grows while it runs */
            matched: number;
            /** @enum {string} */
            mode: "policy" | "once";
            onlyMissing: boolean;
            queued: number;
            skipped: number;
            /** @enum {string} */
            status: "running" | "completed" | "cancelled";
        };
        BulkRetryPage: {
            data: components["schemas"]["BulkRetry"][];
            nextCursor: string | null;
            prevCursor: string | null;
        };
        CreateApiKey: {
            expiresAt?: (string) | null;
            name: string;
            scopes: ("events:write" | "events:read" | "endpoints:read" | "endpoints:write" | "secrets:read" | "deliveries:read" | "deliveries:retry" | "operator")[];
        };
        CreatedApiKey: {
            /** Format: date-time */
            createdAt: string;
            expiresAt: string | null;
            /** Format: uuid */
            id: string;
            key: string;
            lastUsedAt: string | null;
            name: string;
            revokedAt: string | null;
            scopes: ("events:write" | "events:read" | "endpoints:read" | "endpoints:write" | "secrets:read" | "deliveries:read" | "deliveries:retry" | "operator")[];
            /** Format: uuid */
            tenantId: string;
        };
        CreatedEndpoint: {
            /** @enum {string} */
            bodyFormat: "raw" | "standard" | "akinon" | "cloudevents";
            callbackUrl: string | null;
            channels: string[];
            /** Format: date-time */
            createdAt: string;
            description: string;
            disableAfterSeconds: number | null;
            disabledAt: string | null;
            disabledReason: string | null;
            eventTypes: string[];
            filter: {
                [key: string]: components["schemas"]["Json"];
            } | null;
            headers: {
                [key: string]: string | {
                    /** @constant */
                    sensitive: true;
                    value: null;
                };
            };
            health: {
                consecutiveFailures: number;
                nextProbeAt: string | null;
                since: string | null;
                /** @enum {string} */
                state: "ok" | "failing" | "open";
            };
            /** Format: uuid */
            id: string;
            maxConcurrency: number | null;
            metadata: {
                [key: string]: string;
            };
            number: number;
            /** @enum {string} */
            ordering: "none" | "fifo";
            rateLimit: {
                limit: number;
                perSeconds: number;
            } | null;
            retryPolicy: components["schemas"]["RetryPolicy"];
            secret: string;
            signature: {
                /** @constant */
                scheme: "standard";
            } | {
                /**
                 * @default sha256
                 * @enum {string}
                 */
                algorithm: "sha1" | "sha256" | "sha512";
                /**
                 * @default hex
                 * @enum {string}
                 */
                encoding: "hex" | "base64";
                header: string;
                /** @default false */
                includeTimestamp: boolean;
                /** @default  */
                prefix: string;
                /** @constant */
                scheme: "hmac";
            };
            /** @enum {string} */
            status: "active" | "paused" | "disabled";
            /** Format: uuid */
            tenantId: string;
            timeoutSeconds: number;
            /** Format: date-time */
            updatedAt: string;
            url: string;
        };
        CreateEndpoint: {
            /**
             * @default raw
             * @enum {string}
             */
            bodyFormat?: "raw" | "standard" | "akinon" | "cloudevents";
            /** @default null */
            callbackUrl?: string | null;
            /** @default [] */
            channels?: string[];
            /** @default  */
            description?: string;
            /** @default 432000 */
            disableAfterSeconds?: number | null;
            /**
             * @default [
             *       "*"
             *     ]
             */
            eventTypes?: string[];
            filter?: {
                [key: string]: components["schemas"]["Json"];
            } | null;
            headers?: {
                [key: string]: string | {
                    /** @default false */
                    sensitive?: boolean;
                    value: string;
                };
            };
            /** @default null */
            maxConcurrency?: number | null;
            metadata?: {
                [key: string]: string;
            };
            /**
             * @default none
             * @enum {string}
             */
            ordering?: "none" | "fifo";
            /** @default null */
            rateLimit?: {
                limit: number;
                perSeconds: number;
            } | null;
            /** @default null */
            retryPolicy?: components["schemas"]["RetryPolicyInput"] | null;
            secret?: components["schemas"]["SigningSecret"];
            /**
             * @default {
             *       "scheme": "standard"
             *     }
             */
            signature?: {
                /** @constant */
                scheme: "standard";
            } | {
                /**
                 * @default sha256
                 * @enum {string}
                 */
                algorithm?: "sha1" | "sha256" | "sha512";
                /**
                 * @default hex
                 * @enum {string}
                 */
                encoding?: "hex" | "base64";
                header: string;
                /** @default false */
                includeTimestamp?: boolean;
                /** @default  */
                prefix?: string;
                /** @constant */
                scheme: "hmac";
            };
            /**
             * @default active
             * @enum {string}
             */
            status?: "active" | "paused" | "disabled";
            timeoutSeconds?: number;
            url: string;
        };
        CreateTenant: {
            name: string;
            slug?: string;
        };
        Delivery: {
            attemptCount: number;
            completedAt: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: uuid */
            endpointId: string;
            /** Format: uuid */
            eventId: string;
            eventType: string;
            failure: {
                /** @enum {string} */
                code: "dns" | "connect" | "tls" | "timeout" | "reset" | "blocked_address" | "protocol" | "http_status" | "interrupted" | "internal" | "expired" | "endpoint_disabled" | "endpoint_deleted";
                message: string;
            } | null;
            /** Format: uuid */
            id: string;
            lastAttempt: components["schemas"]["AttemptSummary"] | null;
            maxAttempts: number;
            nextAttemptAt: string | null;
            number: number;
            /** @enum {string} */
            status: "pending" | "delivering" | "retrying" | "succeeded" | "failed" | "cancelled";
            /** Format: date-time */
            updatedAt: string;
            url: string;
        };
        DeliveryPage: {
            data: components["schemas"]["Delivery"][];
            nextCursor: string | null;
            prevCursor: string | null;
        };
        DisableEndpoint: {
            reason?: string;
        };
        Endpoint: {
            /** @enum {string} */
            bodyFormat: "raw" | "standard" | "akinon" | "cloudevents";
            callbackUrl: string | null;
            channels: string[];
            /** Format: date-time */
            createdAt: string;
            description: string;
            disableAfterSeconds: number | null;
            disabledAt: string | null;
            disabledReason: string | null;
            eventTypes: string[];
            filter: {
                [key: string]: components["schemas"]["Json"];
            } | null;
            headers: {
                [key: string]: string | {
                    /** @constant */
                    sensitive: true;
                    value: null;
                };
            };
            health: {
                consecutiveFailures: number;
                nextProbeAt: string | null;
                since: string | null;
                /** @enum {string} */
                state: "ok" | "failing" | "open";
            };
            /** Format: uuid */
            id: string;
            maxConcurrency: number | null;
            metadata: {
                [key: string]: string;
            };
            number: number;
            /** @enum {string} */
            ordering: "none" | "fifo";
            rateLimit: {
                limit: number;
                perSeconds: number;
            } | null;
            retryPolicy: components["schemas"]["RetryPolicy"];
            signature: {
                /** @constant */
                scheme: "standard";
            } | {
                /**
                 * @default sha256
                 * @enum {string}
                 */
                algorithm: "sha1" | "sha256" | "sha512";
                /**
                 * @default hex
                 * @enum {string}
                 */
                encoding: "hex" | "base64";
                header: string;
                /** @default false */
                includeTimestamp: boolean;
                /** @default  */
                prefix: string;
                /** @constant */
                scheme: "hmac";
            };
            /** @enum {string} */
            status: "active" | "paused" | "disabled";
            /** Format: uuid */
            tenantId: string;
            timeoutSeconds: number;
            /** Format: date-time */
            updatedAt: string;
            url: string;
        };
        EndpointPage: {
            data: components["schemas"]["Endpoint"][];
            nextCursor: string | null;
            prevCursor: string | null;
        };
        EndpointSecret: {
            secret: string;
        };
        EndpointStats: {
            attempts: number;
            /** @description the number of deliveries in each status that occurs */
            deliveries: {
                [key: string]: number;
            };
            latencyMs: {
                p50: number | null;
                p95: number | null;
                p99: number | null;
            };
            /** Format: date-time */
            since: string;
            successRate: number | null;
            /** Format: date-time */
            until: string;
        };
        Event: {
            channel: string | null;
            /** Format: date-time */
            createdAt: string;
            deliverAt: string | null;
            expiresAt: string | null;
            /** Format: uuid */
            id: string;
            idempotencyKey: string | null;
            metadata: {
                [key: string]: string;
            };
            sourceEventId: string | null;
            /** @enum {string} */
            status: "scheduled" | "pending" | "dispatched";
            subject: {
                id: string;
                type: string;
            } | null;
            /** Format: uuid */
            tenantId: string;
            type: string;
        };
        EventDetail: {
            channel: string | null;
            /** Format: date-time */
            createdAt: string;
            deliverAt: string | null;
            /** @description total, and each of pending, delivering, retrying, succeeded, failed, cancelled */
            deliveries: {
                total: number;
            } & {
                [key: string]: number;
            };
            expiresAt: string | null;
            /** Format: uuid */
            id: string;
            idempotencyKey: string | null;
            metadata: {
                [key: string]: string;
            };
            payload: unknown;
            sourceEventId: string | null;
            /** @enum {string} */
            status: "scheduled" | "pending" | "dispatched";
            subject: {
                id: string;
                type: string;
            } | null;
            /** Format: uuid */
            tenantId: string;
            type: string;
        };
        EventPage: {
            data: components["schemas"]["Event"][];
            nextCursor: string | null;
            prevCursor: string | null;
        };
        EventType: string;
        FieldProblem: {
            detail: string;
            pointer: string;
        };
        IdempotencyKey: string;
        Json: unknown;
        Problem: {
            detail: string;
            errors?: components["schemas"]["FieldProblem"][];
            requestId: string;
            status: number;
            title: string;
            type: string;
        };
        ProducedType: components["schemas"]["EventType"];
        PublishBatch: {
            events: unknown[];
        };
        PublishedBatch: {
            data: ({
                /** Format: uuid */
                id: string;
            } | {
                error: {
                    detail: string;
                    errors?: components["schemas"]["FieldProblem"][];
                    status: number;
                };
            })[];
        };
        PublishEvent: {
            /** @default null */
            channel?: string | null;
            deliverAt?: (string) | null;
            /** @default null */
            endpointId?: string | null;
            expiresAt?: (string) | null;
            /** @default null */
            idempotencyKey?: components["schemas"]["IdempotencyKey"] | null;
            metadata?: {
                [key: string]: string;
            };
            payload: unknown;
            /** @default null */
            subject?: {
                id: string;
                type: string;
            } | null;
            type: components["schemas"]["ProducedType"];
        };
        RecoverEndpoint: {
            since: string;
            until?: string;
        };
        ResendEvent: {
            /** Format: uuid */
            endpointId?: string;
        };
        RetriedEvent: {
            deliveries: components["schemas"]["Delivery"][];
            /** Format: uuid */
            eventId: string;
        };
        RetryDelivery: {
            /** @default false */
            force?: boolean;
            /**
             * @default policy
             * @enum {string}
             */
            mode?: "policy" | "once";
        };
        RetryEvent: {
            /** Format: uuid */
            endpointId?: string;
            /** @default false */
            onlyFailed?: boolean;
        };
        RetryPolicy: {
            delaysSeconds: number[];
            giveUpOn?: {
                statuses: string[];
            };
            /** @default 0.2 */
            jitter: number;
            retryOn?: {
                statuses: string[];
            };
            /** @constant */
            strategy: "schedule";
        } | {
            baseSeconds: number;
            factor: number;
            giveUpOn?: {
                statuses: string[];
            };
            /** @default 0.2 */
            jitter: number;
            maxDelaySeconds: number;
            maxRetries: number;
            retryOn?: {
                statuses: string[];
            };
            /** @constant */
            strategy: "exponential";
        } | {
            giveUpOn?: {
                statuses: string[];
            };
            /** @default 0.2 */
            jitter: number;
            maxDelaySeconds: number;
            maxRetries: number;
            retryOn?: {
                statuses: string[];
            };
            stepSeconds: number;
            /** @constant */
            strategy: "linear";
        } | {
            delaySeconds: number;
            giveUpOn?: {
                statuses: string[];
            };
            /** @default 0.2 */
            jitter: number;
            maxRetries: number;
            retryOn?: {
                statuses: string[];
            };
            /** @constant */
            strategy: "fixed";
        };
        RetryPolicyInput: {
            delaysSeconds: number[];
            giveUpOn?: {
                statuses: string[];
            };
            /** @default 0.2 */
            jitter?: number;
            retryOn?: {
                statuses: string[];
            };
            /** @constant */
            strategy: "schedule";
        } | {
            baseSeconds: number;
            factor: number;
            giveUpOn?: {
                statuses: string[];
            };
            /** @default 0.2 */
            jitter?: number;
            maxDelaySeconds: number;
            maxRetries: number;
            retryOn?: {
                statuses: string[];
            };
            /** @constant */
            strategy: "exponential";
        } | {
            giveUpOn?: {
                statuses: string[];
            };
            /** @default 0.2 */
            jitter?: number;
            maxDelaySeconds: number;
            maxRetries: number;
            retryOn?: {
                statuses: string[];
            };
            stepSeconds: number;
            /** @constant */
            strategy: "linear";
        } | {
            delaySeconds: number;
            giveUpOn?: {
                statuses: string[];
            };
            /** @default 0.2 */
            jitter?: number;
            maxRetries: number;
            retryOn?: {
                statuses: string[];
            };
            /** @constant */
            strategy: "fixed";
        };
        RotatedSecret: {
            /** Format: date-time */
            previousExpiresAt: string;
            secret: string;
        };
        RotateSecret: {
            /** @default 86400 */
            graceSeconds?: number;
            secret?: components["schemas"]["SigningSecret"];
        };
        SigningSecret: string;
        StartBulkRetry: {
            /** @default false */
            dryRun?: boolean;
            filter: {
                /** Format: uuid */
                endpointId?: string;
                /** @enum {string} */
                errorCode?: "dns" | "connect" | "tls" | "timeout" | "reset" | "blocked_address" | "protocol" | "http_status" | "interrupted" | "internal" | "expired" | "endpoint_disabled" | "endpoint_deleted";
                eventType?: components["schemas"]["EventType"];
                since?: string;
                /** @enum {string} */
                status?: "failed" | "cancelled" | "succeeded" | "pending" | "retrying";
                until?: string;
            };
            /**
             * @default policy
             * @enum {string}
             */
            mode?: "policy" | "once";
            /** @default false */
            onlyMissing?: boolean;
        };
        StartedBulkRetry: components["schemas"]["BulkRetry"] | {
            matched: number;
            /**
             * @description Counting stopped after a few seconds: at least so many match
             * @constant
             */
            more?: true;
        };
        Tenant: {
            /** Format: date-time */
            createdAt: string;
            /** Format: uuid */
            id: string;
            name: string;
            number: number;
            slug: string;
            /** Format: date-time */
            updatedAt: string;
        };
        TenantPage: {
            data: components["schemas"]["Tenant"][];
            nextCursor: string | null;
            prevCursor: string | null;
        };
        TestEndpoint: {
            payload?: unknown;
            type?: components["schemas"]["ProducedType"];
        };
        UpdateEndpoint: {
            /** @enum {string} */
            bodyFormat?: "raw" | "standard" | "akinon" | "cloudevents";
            callbackUrl?: string | null;
            channels?: string[];
            description?: string;
            disableAfterSeconds?: number | null;
            eventTypes?: string[];
            filter?: {
                [key: string]: components["schemas"]["Json"];
            } | null;
            headers?: {
                [key: string]: (string | {
                    /** @default false */
                    sensitive?: boolean;
                    value: string;
                }) | {
                    /** @constant */
                    sensitive: true;
                    value: null;
                };
            };
            maxConcurrency?: number | null;
            metadata?: {
                [key: string]: string;
            };
            /** @enum {string} */
            ordering?: "none" | "fifo";
            rateLimit?: {
                limit: number;
                perSeconds: number;
            } | null;
            retryPolicy?: components["schemas"]["RetryPolicyInput"] | null;
            signature?: {
                /** @constant */
                scheme: "standard";
            } | {
                /**
                 * @default sha256
                 * @enum {string}
                 */
                algorithm?: "sha1" | "sha256" | "sha512";
                /**
                 * @default hex
                 * @enum {string}
                 */
                encoding?: "hex" | "base64";
                header: string;
                /** @default false */
                includeTimestamp?: boolean;
                /** @default  */
                prefix?: string;
                /** @constant */
                scheme: "hmac";
            };
            /** @enum {string} */
            status?: "active" | "paused" | "disabled";
            timeoutSeconds?: number;
            url?: string;
        };
        UpdateTenant: {
            name?: string;
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
        /** @description The database is away, or too much is waiting: nothing was done; try again */
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
                        /** @constant */
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
                        database: {
                            detail?: string;
                            latencyMs: number;
                            /** @enum {string} */
                            state: "ok" | "unavailable";
                        };
                        queue: {
                            detail?: string;
                            latencyMs: number;
                            /** @enum {string} */
                            state: "ok" | "unavailable";
                        };
                        /** @enum {string} */
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
                        database: {
                            detail?: string;
                            latencyMs: number;
                            /** @enum {string} */
                            state: "ok" | "unavailable";
                        };
                        queue: {
                            detail?: string;
                            latencyMs: number;
                            /** @enum {string} */
                            state: "ok" | "unavailable";
                        };
                        /** @enum {string} */
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
                /** @description `nextCursor` or `prevCursor` of an earlier page */
                cursor?: string;
                endpointId?: string;
                errorCode?: components["schemas"]["AttemptErrorCode"];
                eventId?: string;
                eventType?: components["schemas"]["EventType"];
                httpStatus?: number;
                /** @description How many at most; 50 if it is not said */
                limit?: number;
                /** @description Created at this moment or later */
                since?: string;
                status?: "pending" | "delivering" | "retrying" | "succeeded" | "failed" | "cancelled";
                /** @description Created before this moment */
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
                /** @description `nextCursor` or `prevCursor` of an earlier page */
                cursor?: string;
                /** @description How many at most; 50 if it is not said */
                limit?: number;
            };
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
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
            /** @description It is being sent, has succeeded (and force is not true), or its endpoint is disabled or deleted */
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
                /** @description `nextCursor` or `prevCursor` of an earlier page */
                cursor?: string;
                /** @description How many at most; 50 if it is not said */
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
    postEndpointsByIdPause: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
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
                /** @description Created at this moment or later */
                since?: string;
                /** @description Created before this moment */
                until?: string;
            };
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
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
                channel?: string;
                /** @description `nextCursor` or `prevCursor` of an earlier page */
                cursor?: string;
                /** @description How many at most; 50 if it is not said */
                limit?: number;
                /** @description Created at this moment or later */
                since?: string;
                subjectId?: string;
                subjectType?: string;
                type?: string;
                /** @description Created before this moment */
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
                /** @description `nextCursor` or `prevCursor` of an earlier page */
                cursor?: string;
                /** @description How many at most; 50 if it is not said */
                limit?: number;
            };
            header?: {
                /** @description The tenant that the operator acts for; nobody else needs it */
                "redrive-tenant"?: string;
            };
            path: {
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
            /** @description An endpoint is disabled or deleted, the event has expired, or it is being sent */
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
                /** @description `nextCursor` or `prevCursor` of an earlier page */
                cursor?: string;
                /** @description How many at most; 50 if it is not said */
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
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getTenants: {
        parameters: {
            query?: {
                /** @description `nextCursor` or `prevCursor` of an earlier page */
                cursor?: string;
                /** @description How many at most; 50 if it is not said */
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
                /** @description `nextCursor` or `prevCursor` of an earlier page */
                cursor?: string;
                /** @description How many at most; 50 if it is not said */
                limit?: number;
            };
            header?: never;
            path: {
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
                id: string;
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
