-- All words are made anew, with those of the scope.
TRUNCATE "message_words";--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "has_file" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "message_words" ADD COLUMN "source_id" integer NOT NULL;--> statement-breakpoint
ALTER TABLE "message_words" ADD COLUMN "date" timestamp with time zone NOT NULL;--> statement-breakpoint
-- The triggers on messages compare these as well: the words of a message name its kind, whether it has a file, and its month.
CREATE OR REPLACE FUNCTION "queue_changed_for_search"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('telegather.makes_words', true) = 'on' THEN
		RETURN NULL;
	END IF;
	INSERT INTO "search_queue" ("source_id", "first_message_id", "last_message_id")
	SELECT "stored"."source_id", min("stored"."message_id"), max("stored"."message_id")
	FROM "stored" JOIN "before" USING ("id")
	WHERE ("stored"."text", "stored"."entities", "stored"."content", "stored"."raw" #> '{media,document,id}',
			"stored"."kind", "stored"."has_file", "stored"."date")
		IS DISTINCT FROM
		("before"."text", "before"."entities", "before"."content", "before"."raw" #> '{media,document,id}',
			"before"."kind", "before"."has_file", "before"."date")
	GROUP BY "stored"."source_id";
	RETURN NULL;
END $$;--> statement-breakpoint
ALTER TABLE "messages" DISABLE TRIGGER "messages_changed_for_search";--> statement-breakpoint
UPDATE "messages" SET "has_file" = true FROM "files"
WHERE "files"."source_id" = "messages"."source_id" AND "files"."message_id" = "messages"."message_id" AND "files"."replaced_at" IS NULL;--> statement-breakpoint
ALTER TABLE "messages" ENABLE TRIGGER "messages_changed_for_search";--> statement-breakpoint
INSERT INTO "search_queue" ("source_id", "first_message_id", "last_message_id")
SELECT "source_id", min("message_id"), max("message_id") FROM "messages"
GROUP BY "source_id", "message_id" / 1000
HAVING NOT EXISTS (
	SELECT FROM "search_queue"
	WHERE "search_queue"."source_id" = "messages"."source_id"
		AND "first_message_id" <= min("messages"."message_id") AND "last_message_id" >= max("messages"."message_id"));--> statement-breakpoint
CREATE INDEX "files_statistics" ON "files" USING btree ("source_id","state","size");--> statement-breakpoint
CREATE INDEX "messages_source_id_kind" ON "messages" USING btree ("source_id","kind","has_file","date","id");--> statement-breakpoint
CREATE INDEX "messages_deleted" ON "messages" USING btree ("source_id") WHERE "messages"."deleted_at" is not null;--> statement-breakpoint
CREATE INDEX "runs_source_id_state_id" ON "runs" USING btree ("source_id","state","id");--> statement-breakpoint
CREATE INDEX "runs_state_id" ON "runs" USING btree ("state","id");--> statement-breakpoint
CREATE INDEX "runs_trigger_id" ON "runs" USING btree ("trigger","id") WHERE "runs"."trigger" <> 'scheduled';
