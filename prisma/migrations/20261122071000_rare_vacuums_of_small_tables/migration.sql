-- As for partitions: each vacuum and each analyze of a table makes every session plan anew what it knows of it. These change
-- with every failure, limit or keyed publish, so by the old settings that came once a minute just when there was trouble.
-- Their statements find rows by keys, whatever the statistics say.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['endpoint_health', 'endpoint_gates', 'endpoint_tickets', 'ingest_buckets', 'idempotency_keys'] LOOP
        EXECUTE format('ALTER TABLE %I SET (autovacuum_analyze_threshold = 100000)', name);
    END LOOP;
    -- updated in place, by one key: what is dead is taken away on the page
    FOREACH name IN ARRAY ARRAY['endpoint_health', 'endpoint_gates', 'ingest_buckets'] LOOP
        EXECUTE format('ALTER TABLE %I SET (autovacuum_vacuum_threshold = 20000)', name);
    END LOOP;
    -- they come and go, and are counted: what is dead must not be much
    ALTER TABLE "endpoint_tickets" SET (autovacuum_vacuum_threshold = 5000);
END
$$;
