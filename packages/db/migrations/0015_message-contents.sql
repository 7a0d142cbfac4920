CREATE TYPE "public"."message_kind" AS ENUM('text', 'photo', 'video', 'voice', 'audio', 'round', 'gif', 'sticker', 'document', 'poll', 'webpage', 'location', 'contact', 'service', 'other');--> statement-breakpoint
ALTER TABLE "message_versions" ALTER COLUMN "kind" SET DATA TYPE "public"."message_kind" USING "kind"::"public"."message_kind";--> statement-breakpoint
-- One rewrite of the table for both: the fields of "forward" are named in snake case from now on.
ALTER TABLE "messages"
	ALTER COLUMN "kind" SET DATA TYPE "public"."message_kind" USING "kind"::"public"."message_kind",
	ALTER COLUMN "forward" SET DATA TYPE jsonb USING CASE WHEN "forward" IS NOT NULL THEN jsonb_build_object(
		'date', "forward" -> 'date',
		'from_id', "forward" -> 'fromId',
		'from_name', "forward" -> 'fromName',
		'channel_post_id', "forward" -> 'channelPostId',
		'post_author', "forward" -> 'postAuthor') END,
	ADD COLUMN "content" jsonb,
	ADD COLUMN "via_bot" text;--> statement-breakpoint
ALTER TABLE "search_queue" ADD COLUMN "with_content" boolean DEFAULT false NOT NULL;--> statement-breakpoint
-- A message is found by the words of its content too. The worker that makes words stores contents without queueing them.
CREATE OR REPLACE FUNCTION "queue_changed_for_search"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('telegather.makes_words', true) = 'on' THEN
		RETURN NULL;
	END IF;
	INSERT INTO "search_queue" ("source_id", "first_message_id", "last_message_id")
	SELECT "stored"."source_id", min("stored"."message_id"), max("stored"."message_id")
	FROM "stored" JOIN "before" USING ("id")
	WHERE ("stored"."text", "stored"."entities", "stored"."content", "stored"."raw" #> '{media,document,id}')
		IS DISTINCT FROM
		("before"."text", "before"."entities", "before"."content", "before"."raw" #> '{media,document,id}')
	GROUP BY "stored"."source_id";
	RETURN NULL;
END $$;--> statement-breakpoint
-- All words are made anew, without stress marks, and contents of all messages that are stored already.
INSERT INTO "search_queue" ("source_id", "first_message_id", "last_message_id", "with_content")
SELECT "source_id", min("message_id"), max("message_id"), true FROM "messages"
GROUP BY "source_id", "message_id" / 1000;
