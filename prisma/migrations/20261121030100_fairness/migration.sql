-- What holds an endpoint's deliveries back. Only endpoints that set a limit, or are in trouble, have rows here.

ALTER TABLE "endpoint_health"
    ADD COLUMN "not_before" TIMESTAMPTZ(3),
    ADD COLUMN "probe_delay_seconds" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "recovered_at" TIMESTAMPTZ(3);

-- The row whose lock makes admissions to an endpoint one at a time, and the pace at which its backlog drains.
CREATE TABLE "endpoint_gates" (
    "endpoint_id" UUID NOT NULL,
    "drain_size" INTEGER NOT NULL DEFAULT 0,
    "drained_at" TIMESTAMPTZ(3),

    CONSTRAINT "endpoint_gates_pkey" PRIMARY KEY ("endpoint_id")
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- An admission: a delivery may go, or has gone, past its endpoint's gate. `fence` is the delivery's before its claim.
CREATE TABLE "endpoint_tickets" (
    "delivery_id" UUID NOT NULL,
    "fence" INTEGER NOT NULL,
    "endpoint_id" UUID NOT NULL,
    "admitted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "endpoint_tickets_pkey" PRIMARY KEY ("delivery_id", "fence")
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX "endpoint_tickets_endpoint_id_admitted_at_idx" ON "endpoint_tickets"("endpoint_id", "admitted_at");

-- The smallest id of a moment; of no moment, the smallest of all.
CREATE FUNCTION "redrive_first_id"("at" timestamptz) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM coalesce("at", 'epoch'::timestamptz)) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
