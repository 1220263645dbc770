-- As for partitions: each vacuum and each analyze of a table makes every session plan anew what it knows of it. These are
-- small and change with every failure, limit or publish, so by the defaults that came once a minute just when there was
-- trouble. Their statements find rows by keys, whatever the statistics say, and what is updated in place needs no vacuum.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['endpoint_health', 'endpoint_gates', 'endpoint_tickets', 'ingest_buckets', 'idempotency_keys'] LOOP
        EXECUTE format(
            'ALTER TABLE %I SET (autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_insert_threshold = 100000, '
            'autovacuum_analyze_threshold = 100000)',
            name
        );
    END LOOP;
END
$$;
