CREATE TABLE "alias_changes" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"model" text NOT NULL,
	"alias" text NOT NULL,
	"before" jsonb,
	"after" jsonb,
	"job" text,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "aliases" ADD COLUMN "weights" jsonb;--> statement-breakpoint
ALTER TABLE "aliases" ADD COLUMN "sticky_by" text;--> statement-breakpoint
ALTER TABLE "aliases" ADD COLUMN "shadow" integer;--> statement-breakpoint
CREATE INDEX "alias_changes_alias" ON "alias_changes" USING btree ("model","alias","id");