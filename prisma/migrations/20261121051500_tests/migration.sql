-- A test of an endpoint is known as one whatever type its event has: it is no news, counts for nobody's health or
-- statistics, and is not sent again in bulk.
ALTER TABLE "deliveries" ADD COLUMN "test" BOOLEAN NOT NULL DEFAULT false;

DROP TRIGGER "redrive_delivery_ended" ON "deliveries";
CREATE TRIGGER "redrive_delivery_ended" AFTER UPDATE ON "deliveries" FOR EACH ROW
WHEN (
    OLD."status" <> NEW."status" AND NOT starts_with(NEW."event_type", 'redrive.') AND NOT NEW."test"
    AND (
        NEW."status" = 'succeeded' AND (NEW."callback" OR OLD."gave_up_at" IS NOT NULL)
        OR NEW."status" = 'failed' AND NEW."failure_code" <> 'endpoint_deleted'
        OR NEW."status" = 'cancelled' AND NEW."failure_code" = 'expired'
    )
)
EXECUTE FUNCTION "redrive_delivery_ended"();
