-- What the reconciler looks for apart: scheduled events, and those that may expire. The pending ones of a flood, whose jobs
-- only wait, do not lie before them.
CREATE INDEX "events_on_time_idx" ON "events"("look_at") WHERE "look_at" IS NOT NULL AND "status" <> 'pending';
