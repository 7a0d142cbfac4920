CREATE TYPE "public"."log_level" AS ENUM('info', 'warning', 'error');--> statement-breakpoint
ALTER TYPE "public"."file_state" ADD VALUE 'skipped';--> statement-breakpoint
CREATE TABLE "run_logs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "run_logs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"run_id" uuid NOT NULL,
	"level" "log_level" NOT NULL,
	"message" text NOT NULL,
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "scrapers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"heartbeat_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
DROP INDEX "files_pending";--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "session_id" integer;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "applied_filter" jsonb;--> statement-breakpoint
ALTER TABLE "run_logs" ADD CONSTRAINT "run_logs_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "run_logs_run_id_id" ON "run_logs" USING btree ("run_id","id");--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "files_to_store" ON "files" USING btree ("source_id","message_id") WHERE "files"."state" in ('pending', 'failed');--> statement-breakpoint
CREATE UNIQUE INDEX "runs_one_executed_per_session" ON "runs" USING btree ("session_id") WHERE "runs"."state" in ('RUNNING', 'CANCELLING');