ALTER TABLE "dataset_versions" ADD COLUMN "creation_id" text;--> statement-breakpoint
CREATE UNIQUE INDEX "dataset_versions_creation" ON "dataset_versions" USING btree ("creation_id");