-- Each vacuum and each analyze of a partition makes every session plan its statements anew, over all partitions: once a
-- minute, as the old settings had it, that held up everybody for some tenths of a second, longer the more sessions and
-- days there are. Now a partition is left alone until it has changed by a good part, and by very many rows. Until then its
-- statistics are guesses, of a partition so small that no plan is bad.
CREATE FUNCTION "redrive_partition_settings"("parent" text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT concat_ws(', ',
        -- events and deliveries change a few times soon after they are made, attempts never
        CASE parent
            WHEN 'deliveries' THEN 'fillfactor = 70, autovacuum_vacuum_cost_delay = 0'
            WHEN 'events' THEN 'fillfactor = 85, autovacuum_vacuum_cost_delay = 0'
        END,
        'autovacuum_vacuum_threshold = 100000, autovacuum_vacuum_scale_factor = 0.1',
        'autovacuum_vacuum_insert_threshold = 100000, autovacuum_vacuum_insert_scale_factor = 0.2',
        'autovacuum_analyze_threshold = 100000, autovacuum_analyze_scale_factor = 0.1'
    )
$$;

-- Makes the partitions of today and of so many days ahead, and returns how many it made. Safe when many call it at
-- once. Built aside and then attached, which does not stop traffic on the parent as CREATE ... PARTITION OF would. A
-- day of which the default partition holds rows already stays there; one whose locks can't be had at once is left for
-- the next call.
CREATE OR REPLACE FUNCTION "redrive_ensure_partitions"("days_ahead" integer) RETURNS integer LANGUAGE plpgsql AS $$
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
            settings := redrive_partition_settings(parent);
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

-- Those that are still written to.
DO $$
DECLARE
    partition record;
BEGIN
    FOR partition IN
        SELECT i.inhrelid::regclass AS name, p.relname AS parent
        FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
        WHERE p.relname IN ('events', 'deliveries', 'attempts') AND p.relnamespace = current_schema()::regnamespace
    LOOP
        EXECUTE format('ALTER TABLE %s SET (%s)', partition.name, redrive_partition_settings(partition.parent));
    END LOOP;
END
$$;
