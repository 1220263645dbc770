-- How much a tenant may publish at the moment, over all ingresses. Has rows only where an ingest limit is set. Losing it
-- in a crash means full buckets, so it need not be logged.
CREATE UNLOGGED TABLE "ingest_buckets" (
    "tenant_id" UUID NOT NULL,
    "tokens" DOUBLE PRECISION NOT NULL,
    "granted" INTEGER NOT NULL,
    "filled_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "ingest_buckets_pkey" PRIMARY KEY ("tenant_id")
) WITH (fillfactor = 50);
