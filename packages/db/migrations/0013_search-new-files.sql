-- A message with another file is found by that one's name.
CREATE OR REPLACE FUNCTION "queue_changed_for_search"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO "search_queue" ("source_id", "first_message_id", "last_message_id")
	SELECT "stored"."source_id", min("stored"."message_id"), max("stored"."message_id")
	FROM "stored" JOIN "before" USING ("id")
	WHERE ("stored"."text", "stored"."entities", "stored"."raw" #> '{media,document,id}')
		IS DISTINCT FROM ("before"."text", "before"."entities", "before"."raw" #> '{media,document,id}')
	GROUP BY "stored"."source_id";
	RETURN NULL;
END $$;
