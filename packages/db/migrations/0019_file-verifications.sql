CREATE TYPE "public"."file_problem" AS ENUM('missing', 'different', 'unreadable');--> statement-breakpoint
CREATE TYPE "public"."verification_state" AS ENUM('PENDING', 'RUNNING', 'WAITING', 'COMPLETED', 'FAILED');--> statement-breakpoint
CREATE TABLE "file_findings" (
	"verification_id" uuid NOT NULL,
	"file_id" bigint NOT NULL,
	"message_id" integer NOT NULL,
	"problem" "file_problem" NOT NULL,
	"expected_size" bigint NOT NULL,
	"found_size" bigint,
	"found_sha256" text,
	CONSTRAINT "file_findings_pkey" PRIMARY KEY("verification_id","file_id")
);
--> statement-breakpoint
CREATE TABLE "file_verifications" (
	"id" uuid PRIMARY KEY NOT NULL,
	"source_id" integer NOT NULL,
	"by_hash" boolean NOT NULL,
	"is_background" boolean DEFAULT false NOT NULL,
	"state" "verification_state" DEFAULT 'PENDING' NOT NULL,
	"worker_id" uuid,
	"heartbeat_at" timestamp with time zone,
	"resume_at" timestamp with time zone,
	"after_message_id" integer DEFAULT 0 NOT NULL,
	"after_version" integer DEFAULT 0 NOT NULL,
	"files_checked" integer DEFAULT 0 NOT NULL,
	"bytes_checked" bigint DEFAULT 0 NOT NULL,
	"files_missing" integer DEFAULT 0 NOT NULL,
	"files_different" integer DEFAULT 0 NOT NULL,
	"error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "file_findings" ADD CONSTRAINT "file_findings_verification_id_file_verifications_id_fk" FOREIGN KEY ("verification_id") REFERENCES "public"."file_verifications"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "file_verifications" ADD CONSTRAINT "file_verifications_source_id_sources_id_fk" FOREIGN KEY ("source_id") REFERENCES "public"."sources"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "file_verifications_one_unfinished_per_source" ON "file_verifications" USING btree ("source_id") WHERE "file_verifications"."state" in ('PENDING', 'RUNNING', 'WAITING');--> statement-breakpoint
CREATE INDEX "file_verifications_source_id_created_at" ON "file_verifications" USING btree ("source_id","created_at");