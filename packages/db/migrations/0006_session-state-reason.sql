ALTER TABLE "sessions" ADD COLUMN "state_reason" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "flood_waits" jsonb DEFAULT '{}'::jsonb NOT NULL;