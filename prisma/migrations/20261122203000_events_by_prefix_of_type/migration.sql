-- By this operator class the index finds a prefix too (`type=order.*`), whatever the database's collation; a type as before.
-- The old one goes last: lists are read while the new one is made.
CREATE INDEX "events_type_idx" ON "events"("tenant_id", "type" text_pattern_ops, "id");
DROP INDEX "events_tenant_id_type_id_idx";
ALTER INDEX "events_type_idx" RENAME TO "events_tenant_id_type_id_idx";
