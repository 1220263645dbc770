-- Old idempotency keys are found by their age.
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- Drops the partitions of the days before the last `days_kept`, and answers how many days went. A day with anything
-- owed in it (an event not dispatched, a delivery not finished) stays until that is over. One caller at a time; who
-- finds a table busy leaves it for the next time.
CREATE FUNCTION "redrive_drop_days"("days_kept" integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    last_kept date := (now() AT TIME ZONE 'UTC')::date - days_kept;
    day text;
    owed boolean;
    dropped integer := 0;
    lock_timeout_before text := current_setting('lock_timeout');
BEGIN
    IF NOT pg_try_advisory_xact_lock(72707369, 3) THEN
        RETURN 0;
    END IF;
    PERFORM set_config('lock_timeout', '500ms', true);
    FOR day IN
        SELECT right(c.relname, 8) FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'events'::regclass AND c.relname ~ '^events_[0-9]{8}$'
          AND right(c.relname, 8) < to_char(last_kept, 'YYYYMMDD')
        ORDER BY 1
    LOOP
        BEGIN
            -- the lock first: nobody can make something owed between the look and the drop
            EXECUTE format('LOCK TABLE %I, %I, %I IN ACCESS EXCLUSIVE MODE', 'events_' || day, 'deliveries_' || day, 'attempts_' || day);
            EXECUTE format(
                'SELECT EXISTS (SELECT FROM %I WHERE status <> ''dispatched'')'
                ' OR EXISTS (SELECT FROM %I WHERE status IN (''pending'', ''delivering'', ''retrying''))',
                'events_' || day, 'deliveries_' || day
            ) INTO owed;
            IF NOT owed THEN
                EXECUTE format('DROP TABLE %I, %I, %I', 'attempts_' || day, 'deliveries_' || day, 'events_' || day);
                dropped := dropped + 1;
            END IF;
        EXCEPTION
            WHEN lock_not_available OR undefined_table THEN NULL;
        END;
    END LOOP;
    PERFORM set_config('lock_timeout', lock_timeout_before, true);
    RETURN dropped;
END
$$;
