CREATE TABLE "signing_keys" (
	"public_key" text PRIMARY KEY NOT NULL,
	"private_key" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "model_versions" ALTER COLUMN "job" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "model_versions" ALTER COLUMN "dataset" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "model_versions" ALTER COLUMN "dataset_version" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "model_versions" ADD COLUMN "origins" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "model_versions" ADD COLUMN "import_id" text;--> statement-breakpoint
ALTER TABLE "model_versions" ADD COLUMN "signature" text;--> statement-breakpoint
ALTER TABLE "model_versions" ADD COLUMN "signed_by" text;--> statement-breakpoint
CREATE UNIQUE INDEX "model_versions_import" ON "model_versions" USING btree ("import_id");--> statement-breakpoint
ALTER TABLE "model_versions" ADD CONSTRAINT "model_versions_signed" CHECK (signature is not null and signed_by is not null) NOT VALID;