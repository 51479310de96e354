ALTER TABLE "prediction_blocks" ADD COLUMN "version" integer;--> statement-breakpoint
ALTER TABLE "prediction_blocks" ADD COLUMN "is_shadow" boolean DEFAULT false NOT NULL;