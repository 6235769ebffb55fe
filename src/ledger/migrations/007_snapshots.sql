-- The export that an output of a file is filled into: chosen before the file is computed, so that recovery fills in the same.
CREATE TABLE fill (
    intake      INTEGER NOT NULL REFERENCES intake (id),
    output      INTEGER NOT NULL CHECK (output >= 0),
    target      TEXT NOT NULL,
    layout      TEXT NOT NULL,
    name        TEXT NOT NULL,
    sha256      TEXT NOT NULL CHECK (length(sha256) = 64),
    -- Seconds since 1970: when the export was made, and when it was chosen.
    modified_at INTEGER NOT NULL,
    filled_at   INTEGER NOT NULL,
    -- Whether rows that the export has with the same values are left out.
    leaves_out  INTEGER NOT NULL CHECK (leaves_out IN (0, 1)),
    PRIMARY KEY (intake, output)
) STRICT;
CREATE INDEX fill_target ON fill (target, layout, filled_at);
CREATE TRIGGER fill_kept BEFORE UPDATE ON fill
BEGIN
    SELECT RAISE(ABORT, 'the export of an output is chosen once');
END;

-- What a later version of an order is compared with: which fields it had, whether it was cancelled, what was refunded.
ALTER TABLE document ADD COLUMN version BLOB CHECK (version IS NULL OR length(version) <= 2048);
