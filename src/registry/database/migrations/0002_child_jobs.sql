ALTER TABLE "jobs" ADD COLUMN "parent" text;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "has_children" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "jobs_parent" ON "jobs" USING btree ("parent");