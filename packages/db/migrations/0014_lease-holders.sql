ALTER TABLE "session_leases" RENAME COLUMN "owner_id" TO "holder_id";--> statement-breakpoint
ALTER TABLE "session_leases" RENAME COLUMN "owner_kind" TO "holder_kind";