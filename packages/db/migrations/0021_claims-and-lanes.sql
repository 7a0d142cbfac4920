ALTER TABLE "outbox" ADD COLUMN "claimed_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "lane" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "dead_after_ms" integer DEFAULT 25000 NOT NULL;--> statement-breakpoint
ALTER TABLE "scrapers" ADD COLUMN "dead_after_ms" integer DEFAULT 25000 NOT NULL;--> statement-breakpoint
CREATE INDEX "runs_session_id" ON "runs" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "runs_pending" ON "runs" USING btree ("lane","created_at") WHERE "runs"."state" = 'PENDING';--> statement-breakpoint
CREATE INDEX "runs_resuming" ON "runs" USING btree ("lane","resume_at") WHERE "runs"."state" in ('WAITING', 'RETRYING');--> statement-breakpoint
-- Which runs wait for the same session; see runs.lane. Names the columns of the source's owner.
CREATE FUNCTION "run_lane"("source" "sources") RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
		WHEN "source"."session_id" IS NOT NULL THEN 'session ' || "source"."session_id"
		WHEN "source"."access_level" = 'public' THEN 'public ' || coalesce("source"."tenant_id"::text, 'operator')
		ELSE 'none' END
$$;--> statement-breakpoint
CREATE FUNCTION "put_run_in_lane"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	SELECT "run_lane"("sources") INTO NEW."lane" FROM "sources" WHERE "id" = NEW."source_id";
	NEW."lane" := coalesce(NEW."lane", '');
	RETURN NEW;
END $$;--> statement-breakpoint
CREATE FUNCTION "move_run_to_lane"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE "runs" SET "lane" = "run_lane"(NEW)
	WHERE "source_id" = NEW."id"
		AND "state" IN ('PENDING', 'RUNNING', 'WAITING', 'RETRYING', 'CANCELLING');
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "runs_lane" BEFORE INSERT ON "runs"
	FOR EACH ROW EXECUTE FUNCTION "put_run_in_lane"();--> statement-breakpoint
CREATE TRIGGER "sources_lane" AFTER UPDATE OF "session_id", "access_level", "tenant_id" ON "sources"
	FOR EACH ROW WHEN ("run_lane"(OLD) IS DISTINCT FROM "run_lane"(NEW))
	EXECUTE FUNCTION "move_run_to_lane"();--> statement-breakpoint
UPDATE "runs" SET "lane" = "run_lane"("sources") FROM "sources"
WHERE "sources"."id" = "runs"."source_id"
	AND "state" IN ('PENDING', 'RUNNING', 'WAITING', 'RETRYING', 'CANCELLING');
