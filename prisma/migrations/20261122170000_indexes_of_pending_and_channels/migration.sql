-- Two more for lists that filter by what few have: deliveries that nobody has sent yet, and a channel's events. Pending ones
-- have an index of their own, since what looks for all that waits must not find one that holds the retrying too.
CREATE INDEX "deliveries_tenant_pending_idx" ON "deliveries"("tenant_id", "id") WHERE "status" = 'pending';
CREATE INDEX "events_channel_idx" ON "events"("tenant_id", "channel", "id") WHERE "channel" IS NOT NULL;
