-- The system's own events and callbacks: made by the change of state that they tell of, in its transaction, whichever
-- statement makes it. So each is made once, however many workers race, and none is lost or made for what did not happen.

-- The receiver that an endpoint's `callback_url` stands for: a row of its own, so that trouble with it is none of the
-- endpoint's. It signs with the secrets of the endpoint that it belongs to, and nobody subscribes it to anything.
ALTER TABLE "endpoints" ADD COLUMN "callback_of" UUID;
CREATE UNIQUE INDEX "endpoints_callback_of_key" ON "endpoints"("callback_of");

ALTER TABLE "deliveries" ADD COLUMN "gave_up_at" TIMESTAMPTZ(3);
ALTER TABLE "deliveries" ADD COLUMN "callback" BOOLEAN NOT NULL DEFAULT false;

-- Writes an event of the system's own. With a recipient it goes to that endpoint alone; else to who subscribes, and
-- where nobody does it is kept, but not left for fan-out.
CREATE FUNCTION "redrive_publish_own"("tenant" uuid, "event_type" text, "content" json, "recipient" uuid DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    made_at timestamptz(3) := date_trunc('milliseconds', clock_timestamp());
    is_wanted boolean := recipient IS NOT NULL OR EXISTS (
        SELECT 1 FROM endpoints e
        WHERE e.tenant_id = tenant AND e.deleted_at IS NULL
          AND e.event_types && ARRAY[event_type, 'redrive.*', regexp_replace(event_type, '\.[^.]*$', '.*')]
    );
BEGIN
    INSERT INTO events (id, tenant_id, type, payload, endpoint_id, created_at, status, look_at, dispatched_at)
    VALUES (
        redrive_new_id(made_at), tenant, event_type, content::text, recipient, made_at,
        CASE WHEN is_wanted THEN 'pending' ELSE 'dispatched' END,
        CASE WHEN is_wanted THEN now() END,
        CASE WHEN NOT is_wanted THEN now() END
    );
END
$$;

-- A UUID version 7 of this moment.
CREATE FUNCTION "redrive_new_id"("moment" timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
    -- a version 4 with the milliseconds put over its first 48 bits, and its version changed from 0100 to 0111
    SELECT encode(set_bit(set_bit(
        overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send((extract(epoch FROM moment) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
        52, 1), 53, 1), 'hex')::uuid
$$;

CREATE FUNCTION "redrive_time"("moment" timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

CREATE FUNCTION "redrive_endpoint_switched"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'disabled' THEN
        PERFORM redrive_publish_own(NEW.tenant_id, 'redrive.endpoint.disabled', json_build_object(
            'endpointId', NEW.id, 'url', NEW.url, 'reason', NEW.disabled_reason, 'disabledAt', redrive_time(NEW.disabled_at)
        ));
    ELSE
        PERFORM redrive_publish_own(NEW.tenant_id, 'redrive.endpoint.enabled', json_build_object(
            'endpointId', NEW.id, 'url', NEW.url, 'enabledAt', redrive_time(NEW.updated_at)
        ));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER "redrive_endpoint_switched" AFTER UPDATE ON "endpoints" FOR EACH ROW
WHEN (
    OLD."status" <> NEW."status" AND 'disabled' IN (OLD."status", NEW."status")
    AND NEW."callback_of" IS NULL AND NEW."deleted_at" IS NULL
)
EXECUTE FUNCTION "redrive_endpoint_switched"();

CREATE FUNCTION "redrive_delivery_ended"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    content json := json_build_object(
        'deliveryId', NEW.id, 'eventId', NEW.event_id, 'eventType', NEW.event_type, 'endpointId', NEW.endpoint_id,
        'status', NEW.status, 'attemptCount', NEW.attempt_count, 'httpStatus', NEW.last_status,
        'failure', CASE WHEN NEW.failure_code IS NOT NULL
            THEN json_build_object('code', NEW.failure_code, 'message', NEW.failure_message) END,
        'completedAt', redrive_time(NEW.completed_at)
    );
    callback_id uuid;
BEGIN
    IF NEW.status <> 'succeeded' THEN
        PERFORM redrive_publish_own(NEW.tenant_id, 'redrive.delivery.failed', content);
    ELSIF OLD.gave_up_at IS NOT NULL THEN
        PERFORM redrive_publish_own(NEW.tenant_id, 'redrive.delivery.recovered', content);
    END IF;
    SELECT id INTO callback_id FROM endpoints WHERE callback_of = NEW.endpoint_id AND deleted_at IS NULL;
    IF FOUND THEN
        PERFORM redrive_publish_own(NEW.tenant_id, 'redrive.callback', content, callback_id);
    END IF;
    RETURN NULL;
END
$$;
-- The condition keeps what nearly all updates are free of the function. Deliveries of the system's own events cause
-- none: one would lead to the next without end. What its owner's deletion of an endpoint ends is no news to the owner.
CREATE TRIGGER "redrive_delivery_ended" AFTER UPDATE ON "deliveries" FOR EACH ROW
WHEN (
    OLD."status" <> NEW."status" AND NOT starts_with(NEW."event_type", 'redrive.')
    AND (
        NEW."status" = 'succeeded' AND (NEW."callback" OR OLD."gave_up_at" IS NOT NULL)
        OR NEW."status" = 'failed' AND NEW."failure_code" <> 'endpoint_deleted'
        OR NEW."status" = 'cancelled' AND NEW."failure_code" = 'expired'
    )
)
EXECUTE FUNCTION "redrive_delivery_ended"();
