CREATE TYPE "public"."owner_kind" AS ENUM('operator', 'tenant', 'browser');--> statement-breakpoint
ALTER TABLE "sessions" DROP CONSTRAINT "sessions_session_name_unique";--> statement-breakpoint
ALTER TABLE "sessions" DROP CONSTRAINT "sessions_telegram_user_id_unique";--> statement-breakpoint
ALTER TABLE "api_keys" DROP CONSTRAINT "api_keys_tenant_id_tenants_id_fk";--> statement-breakpoint
ALTER TABLE "sessions" DROP CONSTRAINT "sessions_tenant_id_tenants_id_fk";--> statement-breakpoint
ALTER TABLE "temp_sessions" DROP CONSTRAINT "temp_sessions_tenant_id_tenants_id_fk";--> statement-breakpoint
ALTER TABLE "sources" DROP CONSTRAINT "sources_tenant_id_tenants_id_fk";--> statement-breakpoint
DROP INDEX "audit_events_tenant_id_id";--> statement-breakpoint
DROP INDEX "api_keys_tenant_id";--> statement-breakpoint
DROP INDEX "sources_tenant_id_id";--> statement-breakpoint
DROP TRIGGER "sources_lane" ON "sources";--> statement-breakpoint
-- Who was a tenant stays one, and no tenant meant the operator. A column with a default is added without a rewrite.
ALTER TABLE "audit_events" RENAME COLUMN "tenant_id" TO "owner_id";--> statement-breakpoint
ALTER TABLE "audit_events" ADD COLUMN "owner_kind" "owner_kind" DEFAULT 'operator' NOT NULL;--> statement-breakpoint
UPDATE "audit_events" SET "owner_kind" = 'tenant' WHERE "owner_id" IS NOT NULL;--> statement-breakpoint
-- A row without an owner is refused.
ALTER TABLE "audit_events" ALTER COLUMN "owner_kind" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_owner_is_whole" CHECK (("audit_events"."owner_kind" = 'operator') = ("audit_events"."owner_id" is null));--> statement-breakpoint
ALTER TABLE "api_keys" RENAME COLUMN "tenant_id" TO "owner_id";--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "owner_kind" "owner_kind" DEFAULT 'operator' NOT NULL;--> statement-breakpoint
UPDATE "api_keys" SET "owner_kind" = 'tenant' WHERE "owner_id" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "api_keys" ALTER COLUMN "owner_kind" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_owner_is_whole" CHECK (("api_keys"."owner_kind" = 'operator') = ("api_keys"."owner_id" is null));--> statement-breakpoint
ALTER TABLE "sessions" RENAME COLUMN "tenant_id" TO "owner_id";--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "owner_kind" "owner_kind" DEFAULT 'operator' NOT NULL;--> statement-breakpoint
UPDATE "sessions" SET "owner_kind" = 'tenant' WHERE "owner_id" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ALTER COLUMN "owner_kind" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_owner_is_whole" CHECK (("sessions"."owner_kind" = 'operator') = ("sessions"."owner_id" is null));--> statement-breakpoint
ALTER TABLE "temp_sessions" RENAME COLUMN "tenant_id" TO "owner_id";--> statement-breakpoint
ALTER TABLE "temp_sessions" ADD COLUMN "owner_kind" "owner_kind" DEFAULT 'operator' NOT NULL;--> statement-breakpoint
UPDATE "temp_sessions" SET "owner_kind" = 'tenant' WHERE "owner_id" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "temp_sessions" ALTER COLUMN "owner_kind" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "temp_sessions" ADD CONSTRAINT "temp_sessions_owner_is_whole" CHECK (("temp_sessions"."owner_kind" = 'operator') = ("temp_sessions"."owner_id" is null));--> statement-breakpoint
ALTER TABLE "sources" RENAME COLUMN "tenant_id" TO "owner_id";--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "owner_kind" "owner_kind" DEFAULT 'operator' NOT NULL;--> statement-breakpoint
UPDATE "sources" SET "owner_kind" = 'tenant' WHERE "owner_id" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "sources" ALTER COLUMN "owner_kind" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "sources" ADD CONSTRAINT "sources_owner_is_whole" CHECK (("sources"."owner_kind" = 'operator') = ("sources"."owner_id" is null));--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "owner_tenant_id" uuid GENERATED ALWAYS AS (case when owner_kind = 'tenant' then owner_id end) STORED;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_owner_tenant_id_tenants_id_fk" FOREIGN KEY ("owner_tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "owner_tenant_id" uuid GENERATED ALWAYS AS (case when owner_kind = 'tenant' then owner_id end) STORED;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_owner_tenant_id_tenants_id_fk" FOREIGN KEY ("owner_tenant_id") REFERENCES "public"."tenants"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "temp_sessions" ADD COLUMN "owner_tenant_id" uuid GENERATED ALWAYS AS (case when owner_kind = 'tenant' then owner_id end) STORED;--> statement-breakpoint
ALTER TABLE "temp_sessions" ADD CONSTRAINT "temp_sessions_owner_tenant_id_tenants_id_fk" FOREIGN KEY ("owner_tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "owner_tenant_id" uuid GENERATED ALWAYS AS (case when owner_kind = 'tenant' then owner_id end) STORED;--> statement-breakpoint
ALTER TABLE "sources" ADD CONSTRAINT "sources_owner_tenant_id_tenants_id_fk" FOREIGN KEY ("owner_tenant_id") REFERENCES "public"."tenants"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_events_owner" ON "audit_events" USING btree ("owner_kind","owner_id","id");--> statement-breakpoint
CREATE INDEX "api_keys_owner" ON "api_keys" USING btree ("owner_kind","owner_id");--> statement-breakpoint
CREATE INDEX "sources_owner" ON "sources" USING btree ("owner_kind","owner_id","id");--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_session_name_unique" UNIQUE NULLS NOT DISTINCT("owner_kind","owner_id","session_name");--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_telegram_user_id_unique" UNIQUE NULLS NOT DISTINCT("owner_kind","owner_id","telegram_user_id");--> statement-breakpoint
-- Which runs wait for the same session; see runs.lane.
CREATE OR REPLACE FUNCTION "run_lane"("source" "sources") RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
		WHEN "source"."session_id" IS NOT NULL THEN 'session ' || "source"."session_id"
		WHEN "source"."access_level" = 'public' THEN 'public ' || "source"."owner_kind" || coalesce(' ' || "source"."owner_id", '')
		ELSE 'none' END
$$;--> statement-breakpoint
CREATE TRIGGER "sources_lane" AFTER UPDATE OF "session_id", "access_level", "owner_kind", "owner_id" ON "sources"
	FOR EACH ROW WHEN ("run_lane"(OLD) IS DISTINCT FROM "run_lane"(NEW))
	EXECUTE FUNCTION "move_run_to_lane"();--> statement-breakpoint
UPDATE "runs" SET "lane" = "run_lane"("sources") FROM "sources"
WHERE "sources"."id" = "runs"."source_id" AND "lane" IS DISTINCT FROM "run_lane"("sources")
	AND "state" IN ('PENDING', 'RUNNING', 'WAITING', 'RETRYING', 'CANCELLING');
