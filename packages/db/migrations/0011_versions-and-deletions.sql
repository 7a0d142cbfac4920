CREATE TABLE "message_versions" (
	"source_id" integer NOT NULL,
	"message_id" integer NOT NULL,
	"version" integer NOT NULL,
	"kind" text NOT NULL,
	"text" text NOT NULL,
	"entities" jsonb NOT NULL,
	"edit_date" timestamp with time zone,
	"file_version" integer,
	"replaced_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "message_versions_pkey" PRIMARY KEY("source_id","message_id","version")
);
--> statement-breakpoint
ALTER TABLE "files" DROP CONSTRAINT "files_source_id_message_id_unique";--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "replaced_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "missing_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "deleted_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "rescanned_to" integer;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "deletions_to_accept" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "message_versions" ADD CONSTRAINT "message_versions_message_fkey" FOREIGN KEY ("source_id","message_id") REFERENCES "public"."messages"("source_id","message_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "files_one_current_per_message" ON "files" USING btree ("source_id","message_id") WHERE "files"."replaced_at" is null;--> statement-breakpoint
CREATE INDEX "messages_missing" ON "messages" USING btree ("source_id","message_id") WHERE "messages"."missing_at" is not null and "messages"."deleted_at" is null;--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_version_unique" UNIQUE("source_id","message_id","version");