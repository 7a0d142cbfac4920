CREATE TABLE "retired_logins" (
	"auth_key_id" bigint PRIMARY KEY NOT NULL,
	"free_at" timestamp with time zone NOT NULL,
	"encrypted_login" text
);
