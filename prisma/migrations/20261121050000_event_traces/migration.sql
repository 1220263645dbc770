-- Where an event stands in the trace that it was published in (W3C traceparent); null where nothing is traced.
ALTER TABLE "events" ADD COLUMN "trace" TEXT;
