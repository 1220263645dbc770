-- Retries of many deliveries by a filter, carried out in the background: a row is the work that is left (its cursor).

CREATE TABLE "bulk_retries" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "filter" JSONB NOT NULL,
    "filter_hash" BYTEA NOT NULL,
    "mode" TEXT NOT NULL,
    "only_missing" BOOLEAN NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'running',
    "cursor" UUID,
    "matched" INTEGER NOT NULL,
    "queued" INTEGER NOT NULL DEFAULT 0,
    "skipped" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "bulk_retries_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "bulk_retries_status_check" CHECK ("status" IN ('running', 'completed', 'cancelled')),
    CONSTRAINT "bulk_retries_mode_check" CHECK ("mode" IN ('policy', 'once'))
);
CREATE INDEX "bulk_retries_tenant_id_id_idx" ON "bulk_retries"("tenant_id", "id");
-- one at a time for a filter
CREATE UNIQUE INDEX "bulk_retries_running_key" ON "bulk_retries"("tenant_id", "filter_hash") WHERE "status" = 'running';
-- whose turn it is
CREATE INDEX "bulk_retries_running_idx" ON "bulk_retries"("updated_at") WHERE "status" = 'running';

-- Cancelled while it was being sent: no attempt follows the one in flight.
ALTER TABLE "deliveries" ADD COLUMN "cancel_asked" BOOLEAN NOT NULL DEFAULT false;

CREATE FUNCTION "redrive_bulk_retry_completed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM redrive_publish_own(NEW.tenant_id, 'redrive.retry.completed', json_build_object(
        'retryId', NEW.id, 'status', NEW.status, 'matched', NEW.matched, 'queued', NEW.queued, 'skipped', NEW.skipped,
        'createdAt', redrive_time(NEW.created_at), 'completedAt', redrive_time(NEW.completed_at)
    ));
    RETURN NULL;
END
$$;
CREATE TRIGGER "redrive_bulk_retry_completed" AFTER UPDATE ON "bulk_retries" FOR EACH ROW
WHEN (OLD."status" <> NEW."status" AND NEW."status" = 'completed')
EXECUTE FUNCTION "redrive_bulk_retry_completed"();
