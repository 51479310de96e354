-- Blocks are compressed: that Postgres tries it once more costs four times what storing them does.
ALTER TABLE "prediction_blocks" ALTER COLUMN "block" SET STORAGE EXTERNAL;
