-- Drops the oldest day before the last `days_kept` in whose partitions nothing is owed (an event not dispatched, a delivery
-- not finished), and answers whether there was one. One day a transaction, one caller at a time; who finds a table busy
-- leaves it for the next time. What is owed is found by indexes, and before anything is locked: everybody who
-- plans for all days waits for the lock. The parents are locked first, as by everybody else.
CREATE FUNCTION "redrive_drop_day"("days_kept" integer) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    last_kept date := (now() AT TIME ZONE 'UTC')::date - days_kept;
    day text;
    is_owed text;
    owed boolean;
    dropped boolean := false;
    lock_timeout_before text := current_setting('lock_timeout');
BEGIN
    IF NOT pg_try_advisory_xact_lock(72707369, 3) THEN
        RETURN false;
    END IF;
    PERFORM set_config('lock_timeout', '500ms', true);
    FOR day IN
        SELECT right(c.relname, 8) FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'events'::regclass AND c.relname ~ '^events_[0-9]{8}$'
          AND right(c.relname, 8) < to_char(last_kept, 'YYYYMMDD')
        ORDER BY 1
    LOOP
        -- whatever is owed has a time to be looked at, but for what is parked at its endpoint
        is_owed := format(
            'SELECT EXISTS (SELECT FROM %1$I WHERE look_at IS NOT NULL AND status <> ''dispatched'')'
            ' OR EXISTS (SELECT FROM %2$I WHERE look_at IS NOT NULL)'
            ' OR EXISTS (SELECT FROM %2$I WHERE look_at IS NULL AND status IN (''pending'', ''retrying''))',
            'events_' || day, 'deliveries_' || day
        );
        BEGIN
            EXECUTE is_owed INTO owed;
            CONTINUE WHEN owed;
            LOCK TABLE ONLY events, ONLY deliveries, ONLY attempts IN ACCESS EXCLUSIVE MODE;
            EXECUTE format('LOCK TABLE %I, %I, %I IN ACCESS EXCLUSIVE MODE', 'events_' || day, 'deliveries_' || day, 'attempts_' || day);
            -- again: something may have been made owed before the lock, which is then given back at once
            EXECUTE is_owed INTO owed;
            EXIT WHEN owed;
            EXECUTE format('DROP TABLE %I, %I, %I', 'attempts_' || day, 'deliveries_' || day, 'events_' || day);
            dropped := true;
        EXCEPTION
            -- whoever plans for all days has waited meanwhile
            WHEN lock_not_available THEN EXIT;
            WHEN undefined_table THEN NULL;
        END;
        EXIT WHEN dropped;
    END LOOP;
    PERFORM set_config('lock_timeout', lock_timeout_before, true);
    RETURN dropped;
END
$$;

DROP FUNCTION "redrive_drop_days"(integer);
