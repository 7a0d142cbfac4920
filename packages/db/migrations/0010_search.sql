CREATE TABLE "message_words" (
	"id" bigint PRIMARY KEY NOT NULL,
	"words" "tsvector" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "search_queue" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "search_queue_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"source_id" integer NOT NULL,
	"first_message_id" integer NOT NULL,
	"last_message_id" integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE "message_words" ADD CONSTRAINT "message_words_id_messages_id_fk" FOREIGN KEY ("id") REFERENCES "public"."messages"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "message_words_words" ON "message_words" USING gin ("words");--> statement-breakpoint
CREATE INDEX "messages_source_id_date" ON "messages" USING btree ("source_id","date","id");--> statement-breakpoint
CREATE INDEX "messages_date" ON "messages" USING btree ("date","id");--> statement-breakpoint
CREATE FUNCTION "queue_new_for_search"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO "search_queue" ("source_id", "first_message_id", "last_message_id")
	SELECT "source_id", min("message_id"), max("message_id") FROM "stored" GROUP BY "source_id";
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION "queue_changed_for_search"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO "search_queue" ("source_id", "first_message_id", "last_message_id")
	SELECT "stored"."source_id", min("stored"."message_id"), max("stored"."message_id")
	FROM "stored" JOIN "before" USING ("id")
	WHERE ("stored"."text", "stored"."entities") IS DISTINCT FROM ("before"."text", "before"."entities")
	GROUP BY "stored"."source_id";
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "messages_new_for_search" AFTER INSERT ON "messages"
	REFERENCING NEW TABLE AS "stored"
	FOR EACH STATEMENT EXECUTE FUNCTION "queue_new_for_search"();--> statement-breakpoint
CREATE TRIGGER "messages_changed_for_search" AFTER UPDATE ON "messages"
	REFERENCING OLD TABLE AS "before" NEW TABLE AS "stored"
	FOR EACH STATEMENT EXECUTE FUNCTION "queue_changed_for_search"();--> statement-breakpoint
INSERT INTO "search_queue" ("source_id", "first_message_id", "last_message_id")
SELECT "source_id", min("message_id"), max("message_id") FROM "messages"
GROUP BY "source_id", "message_id" / 1000;
