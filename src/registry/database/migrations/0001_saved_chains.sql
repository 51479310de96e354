CREATE TABLE "chain_versions" (
	"chain" text NOT NULL,
	"version" integer NOT NULL,
	"steps" json,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "chain_versions_chain_version_pk" PRIMARY KEY("chain","version")
);
