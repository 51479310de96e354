CREATE TABLE "upload_parts" (
	"upload" text NOT NULL,
	"number" integer NOT NULL,
	"size_bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"file" text,
	"position" bigint,
	"arrived_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "upload_parts_upload_number_pk" PRIMARY KEY("upload","number")
);
--> statement-breakpoint
CREATE TABLE "uploads" (
	"id" text PRIMARY KEY NOT NULL,
	"dataset" text NOT NULL,
	"append" boolean NOT NULL,
	"options" json NOT NULL,
	"size_bytes" bigint,
	"sha256" text,
	"token" text,
	"lease_until" timestamp with time zone,
	"version" integer,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "upload_parts" ADD CONSTRAINT "upload_parts_upload_uploads_id_fk" FOREIGN KEY ("upload") REFERENCES "public"."uploads"("id") ON DELETE cascade ON UPDATE no action;