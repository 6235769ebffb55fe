-- When the deciding of a file was first begun: the moment of what is written, which is the same however often it is begun.
ALTER TABLE intake ADD COLUMN begun_at TEXT;
