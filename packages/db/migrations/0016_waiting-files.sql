CREATE TYPE "public"."file_wait" AS ENUM('telegram', 'target');--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "located_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "waits_for" "file_wait";--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "waiting_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "resume_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "files_waiting" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "waiting_files" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
CREATE INDEX "files_waiting" ON "files" USING btree ("source_id","message_id") WHERE "files"."waits_for" is not null;