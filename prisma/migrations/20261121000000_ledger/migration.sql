-- Tables as schema.prisma says, and what it can't say: partitions, partial indexes, checks, storage settings.

CREATE TABLE "tenants" (
    "id" UUID NOT NULL,
    "number" BIGSERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "tenants_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "tenants_number_key" ON "tenants"("number");
CREATE UNIQUE INDEX "tenants_slug_live_key" ON "tenants"("slug") WHERE "deleted_at" IS NULL;

CREATE TABLE "api_keys" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "scopes" TEXT[],
    "hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "api_keys_tenant_id_id_idx" ON "api_keys"("tenant_id", "id");

CREATE TABLE "endpoints" (
    "id" UUID NOT NULL,
    "number" BIGSERIAL NOT NULL,
    "tenant_id" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "event_types" TEXT[] DEFAULT ARRAY['*']::TEXT[],
    "channels" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "filter" JSONB,
    "status" TEXT NOT NULL DEFAULT 'active',
    "disabled_reason" TEXT,
    "disabled_at" TIMESTAMPTZ(3),
    "signature" JSONB NOT NULL DEFAULT '{"scheme": "standard"}',
    "body_format" TEXT NOT NULL DEFAULT 'raw',
    "headers" JSONB NOT NULL DEFAULT '{}',
    "retry_policy" JSONB,
    "timeout_seconds" INTEGER NOT NULL DEFAULT 15,
    "rate_limit" JSONB,
    "max_concurrency" INTEGER,
    "ordering" TEXT NOT NULL DEFAULT 'none',
    "disable_after_seconds" INTEGER DEFAULT 432000,
    "callback_url" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "endpoints_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "endpoints_status_check" CHECK ("status" IN ('active', 'paused', 'disabled')),
    CONSTRAINT "endpoints_ordering_check" CHECK ("ordering" IN ('none', 'fifo'))
);
CREATE UNIQUE INDEX "endpoints_number_key" ON "endpoints"("number");
CREATE INDEX "endpoints_tenant_id_id_idx" ON "endpoints"("tenant_id", "id");
CREATE INDEX "endpoints_event_types_idx" ON "endpoints" USING GIN ("event_types");

CREATE TABLE "endpoint_secrets" (
    "id" UUID NOT NULL,
    "endpoint_id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "sealed" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "endpoint_secrets_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "endpoint_secrets_endpoint_id_id_idx" ON "endpoint_secrets"("endpoint_id", "id");

CREATE TABLE "endpoint_health" (
    "endpoint_id" UUID NOT NULL,
    "failing_since" TIMESTAMPTZ(3),
    "consecutive_failures" INTEGER NOT NULL DEFAULT 0,
    "last_success_at" TIMESTAMPTZ(3),
    "breaker_state" TEXT NOT NULL DEFAULT 'closed',
    "opened_at" TIMESTAMPTZ(3),
    "next_probe_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "endpoint_health_pkey" PRIMARY KEY ("endpoint_id"),
    CONSTRAINT "endpoint_health_breaker_state_check" CHECK ("breaker_state" IN ('closed', 'open', 'half_open'))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE TABLE "idempotency_keys" (
    "tenant_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "event_id" UUID NOT NULL,
    "content_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("tenant_id", "key")
);

-- Partitioned by time through the ids. No foreign keys here: a day is dropped as a whole, and what belongs together
-- shares the first 64 bits of its ids.
CREATE TABLE "events" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "payload" TEXT NOT NULL,
    "channel" TEXT,
    "subject_type" TEXT,
    "subject_id" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "idempotency_key" TEXT,
    "source_event_id" UUID,
    "endpoint_id" UUID,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "look_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deliver_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),
    "dispatched_at" TIMESTAMPTZ(3),

    CONSTRAINT "events_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "events_status_check" CHECK ("status" IN ('scheduled', 'pending', 'dispatched'))
) PARTITION BY RANGE ("id");
CREATE INDEX "events_tenant_id_id_idx" ON "events"("tenant_id", "id");
CREATE INDEX "events_tenant_id_type_id_idx" ON "events"("tenant_id", "type", "id");
CREATE INDEX "events_subject_idx" ON "events"("tenant_id", "subject_type", "subject_id", "id") WHERE "subject_id" IS NOT NULL;
CREATE INDEX "events_look_at_idx" ON "events"("look_at") WHERE "look_at" IS NOT NULL;

CREATE TABLE "deliveries" (
    "id" UUID NOT NULL,
    "number" BIGSERIAL NOT NULL,
    "tenant_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "endpoint_id" UUID NOT NULL,
    "event_type" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "round" INTEGER NOT NULL DEFAULT 0,
    "fence" INTEGER NOT NULL DEFAULT 0,
    "attempt_count" INTEGER NOT NULL DEFAULT 0,
    "policy_attempts" INTEGER NOT NULL DEFAULT 0,
    "faults" INTEGER NOT NULL DEFAULT 0,
    "mode" TEXT NOT NULL DEFAULT 'policy',
    "trigger" TEXT NOT NULL DEFAULT 'automatic',
    "next_attempt_at" TIMESTAMPTZ(3),
    "look_at" TIMESTAMPTZ(3),
    "claimed_at" TIMESTAMPTZ(3),
    "retried_at" TIMESTAMPTZ(3),
    "failure_code" TEXT,
    "failure_message" TEXT,
    "last_started_at" TIMESTAMPTZ(3),
    "last_duration_ms" INTEGER,
    "last_status" INTEGER,
    "last_error_code" TEXT,
    "last_error_message" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "deliveries_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "deliveries_status_check" CHECK ("status" IN ('pending', 'delivering', 'retrying', 'succeeded', 'failed', 'cancelled')),
    CONSTRAINT "deliveries_mode_check" CHECK ("mode" IN ('policy', 'once')),
    CONSTRAINT "deliveries_trigger_check" CHECK ("trigger" IN ('automatic', 'manual', 'bulk', 'recovery'))
) PARTITION BY RANGE ("id");
CREATE INDEX "deliveries_tenant_id_id_idx" ON "deliveries"("tenant_id", "id");
CREATE INDEX "deliveries_endpoint_id_id_idx" ON "deliveries"("endpoint_id", "id");
CREATE INDEX "deliveries_number_idx" ON "deliveries"("number");
CREATE INDEX "deliveries_look_at_idx" ON "deliveries"("look_at") WHERE "look_at" IS NOT NULL;
CREATE INDEX "deliveries_tenant_failed_idx" ON "deliveries"("tenant_id", "id") WHERE "status" = 'failed';
CREATE INDEX "deliveries_endpoint_failed_idx" ON "deliveries"("endpoint_id", "id") WHERE "status" = 'failed';
CREATE INDEX "deliveries_parked_idx" ON "deliveries"("endpoint_id", "id") WHERE "look_at" IS NULL AND "status" IN ('pending', 'retrying');

CREATE TABLE "attempts" (
    "id" UUID NOT NULL,
    "delivery_id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "endpoint_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "trigger" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "duration_ms" INTEGER NOT NULL,
    "timings" JSONB NOT NULL,
    "request" JSONB NOT NULL,
    "response_status" INTEGER,
    "response_headers" JSONB,
    "response_body" TEXT,
    "body_truncated" BOOLEAN NOT NULL DEFAULT false,
    "outcome" TEXT NOT NULL,
    "error_code" TEXT,
    "error_message" TEXT,
    "decision" TEXT NOT NULL,
    "next_attempt_at" TIMESTAMPTZ(3),

    CONSTRAINT "attempts_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "attempts_outcome_check" CHECK ("outcome" IN ('succeeded', 'failed'))
) PARTITION BY RANGE ("id");

-- A row for which no day was made ahead goes to the default partition; nothing depends on the days being there.
CREATE TABLE "events_default" PARTITION OF "events" DEFAULT;
CREATE TABLE "deliveries_default" PARTITION OF "deliveries" DEFAULT WITH (fillfactor = 70);
CREATE TABLE "attempts_default" PARTITION OF "attempts" DEFAULT;

-- Makes the partitions of today and of so many days ahead, and returns how many it made. Safe when many call it at
-- once. Built aside and then attached, which does not stop traffic on the parent as CREATE ... PARTITION OF would. A
-- day of which the default partition holds rows already stays there; one whose locks can't be had at once is left for
-- the next call.
CREATE FUNCTION "redrive_ensure_partitions"("days_ahead" integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    parent text;
    partition text;
    settings text;
    day date;
    made integer := 0;
    today date := (now() AT TIME ZONE 'UTC')::date;
    lock_timeout_before text := current_setting('lock_timeout');
BEGIN
    PERFORM pg_advisory_xact_lock(72707369, 2);
    PERFORM set_config('lock_timeout', '2s', true);
    FOR offset_days IN 0..days_ahead LOOP
        day := today + offset_days;
        FOREACH parent IN ARRAY ARRAY['events', 'deliveries', 'attempts'] LOOP
            partition := parent || '_' || to_char(day, 'YYYYMMDD');
            CONTINUE WHEN to_regclass(quote_ident(partition)) IS NOT NULL;
            -- events and deliveries change a few times soon after they are made, attempts never
            settings := CASE parent
                WHEN 'deliveries' THEN 'fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.02'
                WHEN 'events' THEN 'fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05'
                ELSE 'autovacuum_analyze_scale_factor = 0.05'
            END;
            BEGIN
                EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL) WITH (%s)', partition, parent, settings);
                EXECUTE format(
                    'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                    parent, partition, redrive_day_start(day), redrive_day_start(day + 1)
                );
                made := made + 1;
            EXCEPTION
                WHEN check_violation OR lock_not_available THEN NULL;
            END;
        END LOOP;
    END LOOP;
    PERFORM set_config('lock_timeout', lock_timeout_before, true);
    RETURN made;
END
$$;

-- The smallest id of a UTC day: 48 bits of milliseconds, and zeros.
CREATE FUNCTION "redrive_day_start"("day" date) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM day) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
