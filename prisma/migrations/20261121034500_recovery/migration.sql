-- What the reconciler looks for apart, so that a backlog whose jobs only wait does not lie before it: leases, and
-- deliveries that the ledger kept because no job brings them. Both are small at any time.
CREATE INDEX "deliveries_lease_idx" ON "deliveries"("look_at") WHERE "status" = 'delivering';
CREATE INDEX "deliveries_kept_idx" ON "deliveries"("look_at") WHERE "look_at" = "next_attempt_at" AND "status" IN ('pending', 'retrying');

-- Leases that ran out in a row: a delivery that takes its worker down with it is set aside.
ALTER TABLE "deliveries" ADD COLUMN "interruptions" INTEGER NOT NULL DEFAULT 0;
