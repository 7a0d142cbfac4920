ALTER TABLE "files" ADD COLUMN "target" "target";--> statement-breakpoint
UPDATE "files" SET "target" = "sources"."target" FROM "sources" WHERE "sources"."id" = "files"."source_id" AND "files"."state" = 'stored';--> statement-breakpoint
CREATE INDEX "files_content" ON "files" USING btree ("sha256","target") WHERE "files"."state" = 'stored';