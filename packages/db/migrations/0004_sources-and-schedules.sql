ALTER TABLE "runs" ADD COLUMN "scheduled_for" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "use_for_public" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "file_types" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "with_media" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "max_file_size" bigint;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "rescan_days" integer DEFAULT 2 NOT NULL;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "schedule" text;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "timezone" text DEFAULT 'UTC' NOT NULL;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "next_run_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "encrypted_bot_token" text;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "bot_api_id" integer;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "encrypted_bot_api_hash" text;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "deleted_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "purge" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "sources_next_run_at" ON "sources" USING btree ("next_run_at") WHERE "sources"."next_run_at" is not null;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_source_id_scheduled_for_unique" UNIQUE("source_id","scheduled_for");