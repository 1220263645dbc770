-- The number of the delivery that a resent event came from, for receivers that know the violet contract.
ALTER TABLE "events" ADD COLUMN "source_number" BIGINT;
