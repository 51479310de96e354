CREATE TABLE "aliases" (
	"model" text NOT NULL,
	"alias" text NOT NULL,
	"version" integer NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "aliases_model_alias_pk" PRIMARY KEY("model","alias")
);
--> statement-breakpoint
CREATE TABLE "dataset_versions" (
	"dataset" text NOT NULL,
	"version" integer NOT NULL,
	"rows" bigint NOT NULL,
	"size_bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"columns" json NOT NULL,
	"parts" jsonb NOT NULL,
	"report" json NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "dataset_versions_dataset_version_pk" PRIMARY KEY("dataset","version")
);
--> statement-breakpoint
CREATE TABLE "feedback" (
	"sequence" bigserial PRIMARY KEY NOT NULL,
	"model" text NOT NULL,
	"dedup_key" text NOT NULL,
	"prediction_id" text,
	"version" integer,
	"features" json NOT NULL,
	"label" jsonb NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"key" text PRIMARY KEY NOT NULL,
	"request_hash" text NOT NULL,
	"token" text NOT NULL,
	"lease_until" timestamp with time zone NOT NULL,
	"status" integer,
	"headers" json,
	"body" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "job_events" (
	"job" text NOT NULL,
	"sequence" integer NOT NULL,
	"kind" text NOT NULL,
	"data" json NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "job_events_job_sequence_pk" PRIMARY KEY("job","sequence")
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" text PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"state" text NOT NULL,
	"model" text,
	"dataset" text,
	"specification" json NOT NULL,
	"blobs" jsonb NOT NULL,
	"plan" json NOT NULL,
	"progress" json,
	"result" json,
	"error" json,
	"output" jsonb,
	"event_count" integer DEFAULT 0 NOT NULL,
	"cancel_requested_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "keys" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"digest" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"per_minute" integer,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "model_versions" (
	"model" text NOT NULL,
	"version" integer NOT NULL,
	"task" text NOT NULL,
	"target" text NOT NULL,
	"classes" jsonb NOT NULL,
	"job" text NOT NULL,
	"dataset" text NOT NULL,
	"dataset_version" integer NOT NULL,
	"parent" integer,
	"sha256" text NOT NULL,
	"report_sha256" text NOT NULL,
	"blobs" jsonb NOT NULL,
	"size_bytes" bigint NOT NULL,
	"metrics" json NOT NULL,
	"evaluations" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "model_versions_model_version_pk" PRIMARY KEY("model","version")
);
--> statement-breakpoint
CREATE TABLE "models" (
	"name" text PRIMARY KEY NOT NULL,
	"last_version" integer DEFAULT 0 NOT NULL,
	"update_policy" jsonb,
	"keep_predictions" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "prediction_blocks" (
	"id" text PRIMARY KEY NOT NULL,
	"model" text NOT NULL,
	"rows" integer NOT NULL,
	"block" "bytea" NOT NULL,
	"size_bytes" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"name" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL
);
--> statement-breakpoint
CREATE INDEX "feedback_model" ON "feedback" USING btree ("model","state","sequence");--> statement-breakpoint
CREATE UNIQUE INDEX "feedback_dedup" ON "feedback" USING btree ("model","dedup_key");--> statement-breakpoint
CREATE INDEX "idempotency_keys_created" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "jobs_state" ON "jobs" USING btree ("state");--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_one_update" ON "jobs" USING btree ("model") WHERE type = 'update' and state in ('queued', 'running');--> statement-breakpoint
CREATE INDEX "model_versions_sha256" ON "model_versions" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "prediction_blocks_model" ON "prediction_blocks" USING btree ("model","created_at");