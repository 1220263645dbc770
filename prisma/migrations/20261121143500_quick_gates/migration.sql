-- When the attempt that a ticket was for was recorded: from then on it holds no place, and what a rate limit counts has
-- arrived. Rewritten in place, so its pages need room.
ALTER TABLE "endpoint_tickets" ADD COLUMN "done_at" TIMESTAMPTZ(3);
ALTER TABLE "endpoint_tickets" SET (fillfactor = 70);

-- Whether so many more deliveries may go to an endpoint with limits that is in no trouble, and keeps no order. Locks its
-- gate until the end of the transaction, and counts after that, as the statement that calls it could not: its snapshot is
-- from before. No is the answer where somebody else has the gate for longer than `patience` (in seconds, from the start
-- of the statement), somebody waits there, there is no room for all of them, or something is wrong: then who asks has to
-- ask again, apart from others. `look_back`: how far, in seconds, the rate limit counts
-- admissions that may still be on their way.
CREATE FUNCTION "redrive_admits"(
    "at_endpoint" uuid, "wanted" integer, "places" integer, "most" integer, "per_seconds" float8, "look_back" float8,
    "patience" float8
) RETURNS boolean LANGUAGE plpgsql VOLATILE SET lock_timeout = 0 AS $$
DECLARE
    left_ms float8;
    held integer;
    recent integer;
    spent integer;
BEGIN
    left_ms := extract(epoch FROM statement_timestamp() - clock_timestamp()) * 1000 + patience * 1000;
    PERFORM set_config('lock_timeout', greatest(1, left_ms)::int::text, true);
    PERFORM 1 FROM endpoint_gates WHERE endpoint_id = at_endpoint FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO endpoint_gates (endpoint_id) VALUES (at_endpoint) ON CONFLICT DO NOTHING;
        PERFORM 1 FROM endpoint_gates WHERE endpoint_id = at_endpoint FOR UPDATE;
    END IF;
    PERFORM 1 FROM deliveries
    WHERE endpoint_id = at_endpoint AND look_at IS NULL AND status IN ('pending', 'retrying') LIMIT 1;
    IF FOUND THEN RETURN false; END IF;
    SELECT count(*) FILTER (WHERE k.done_at IS NULL AND (
               d.status = 'delivering' AND d.fence = k.fence + 1
               OR d.status IN ('pending', 'retrying') AND d.look_at IS NOT NULL AND d.fence = k.fence
           )),
           count(*) FILTER (WHERE k.admitted_at > clock_timestamp() - make_interval(secs => look_back)
               AND (k.done_at IS NULL OR k.done_at > clock_timestamp() - make_interval(secs => per_seconds))
               OR k.done_at IS NULL
               AND d.status IN ('pending', 'retrying') AND d.look_at IS NOT NULL AND d.fence = k.fence),
           count(*) FILTER (WHERE k.done_at IS NOT NULL
               AND k.admitted_at <= clock_timestamp() - make_interval(secs => look_back))
    INTO held, recent, spent
    FROM endpoint_tickets k
    LEFT JOIN LATERAL (
        SELECT status, fence, look_at FROM deliveries WHERE id = k.delivery_id AND k.done_at IS NULL LIMIT 1
    ) d ON true
    WHERE k.endpoint_id = at_endpoint;
    IF spent > 50 THEN
        DELETE FROM endpoint_tickets k
        WHERE k.endpoint_id = at_endpoint AND k.done_at IS NOT NULL
          AND k.admitted_at <= clock_timestamp() - make_interval(secs => look_back);
    END IF;
    RETURN (places IS NULL OR held + wanted <= places) AND (most IS NULL OR recent + wanted <= most);
EXCEPTION WHEN OTHERS THEN
    RETURN false;
END
$$;
