-- When the gate was last looked at, whether anything went through or not: the reconciler takes the longest unseen first.
ALTER TABLE "endpoint_gates" ADD COLUMN "looked_at" TIMESTAMPTZ(3);
