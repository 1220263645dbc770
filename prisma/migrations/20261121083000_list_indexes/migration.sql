-- For lists that filter by what few deliveries have. What most have (succeeded, 200, no error) is in none of them, so
-- that a delivery that succeeds at once pays for its event type alone.
CREATE INDEX "deliveries_tenant_id_event_type_id_idx" ON "deliveries"("tenant_id", "event_type", "id");
-- Without 'pending': what looks for all that waits among a few ids must not find this index cheaper than the ids.
CREATE INDEX "deliveries_tenant_status_idx" ON "deliveries"("tenant_id", "status", "id") WHERE "status" IN ('retrying', 'cancelled');
CREATE INDEX "deliveries_last_status_idx" ON "deliveries"("tenant_id", "last_status", "id") WHERE "last_status" <> 200;
CREATE INDEX "deliveries_last_error_code_idx" ON "deliveries"("tenant_id", "last_error_code", "id") WHERE "last_error_code" IS NOT NULL;
