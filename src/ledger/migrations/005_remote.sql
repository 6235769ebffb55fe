-- One row for each file of a server's folder that was ever taken. A file whose row says that it is there still is not
-- taken again; another size or time is another file.
CREATE TABLE remote_file (
    id        INTEGER PRIMARY KEY,
    flow      TEXT NOT NULL,
    endpoint  TEXT NOT NULL,
    folder    TEXT NOT NULL,
    name      TEXT NOT NULL,
    size      INTEGER NOT NULL CHECK (size >= 0),
    changed   INTEGER NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('fetching', 'fetched', 'claimed', 'left', 'removed', 'gone')),
    attempts  INTEGER NOT NULL DEFAULT 0,
    listed_at TEXT NOT NULL,
    intake    INTEGER REFERENCES intake (id),
    CHECK ((state IN ('claimed', 'left', 'removed')) = (intake IS NOT NULL))
) STRICT;
CREATE INDEX remote_file_name ON remote_file (flow, name);
CREATE INDEX remote_file_open ON remote_file (flow, state, id) WHERE state IN ('fetching', 'fetched', 'claimed');
CREATE INDEX remote_file_intake ON remote_file (intake) WHERE intake IS NOT NULL;
CREATE TRIGGER remote_file_state BEFORE UPDATE OF state ON remote_file
WHEN NOT (
    (OLD.state = 'fetching' AND NEW.state IN ('fetching', 'fetched', 'gone')) OR
    (OLD.state = 'fetched' AND NEW.state IN ('claimed', 'fetching')) OR
    -- Back to the beginning only while nothing of it is owned.
    (OLD.state = 'claimed' AND NEW.state IN ('left', 'removed', 'fetching'))
)
BEGIN
    SELECT RAISE(ABORT, 'illegal change of a remote file''s state');
END;
CREATE TRIGGER remote_file_source BEFORE UPDATE OF state ON remote_file
WHEN NEW.state IN ('left', 'removed')
    AND (SELECT state FROM intake WHERE id = NEW.intake) NOT IN ('received', 'emitted', 'archived')
BEGIN
    SELECT RAISE(ABORT, 'nothing is done to a remote file before it is received');
END;

-- Where an output for a server stands; its outbox row says whether it lies in the folder that it is sent from.
CREATE TABLE delivery (
    id        INTEGER PRIMARY KEY,
    output    TEXT NOT NULL UNIQUE REFERENCES outbox (id),
    endpoint  TEXT NOT NULL,
    folder    TEXT NOT NULL,
    state     TEXT NOT NULL
        CHECK (state IN ('waiting', 'uploading', 'uploaded', 'renaming', 'delivered', 'unconfirmed', 'held')),
    attempts  INTEGER NOT NULL DEFAULT 0,
    ended_at  TEXT,
    CHECK ((state IN ('delivered', 'unconfirmed')) = (ended_at IS NOT NULL))
) STRICT;
CREATE INDEX delivery_open ON delivery (endpoint, id) WHERE state NOT IN ('delivered', 'unconfirmed');
CREATE TRIGGER delivery_state BEFORE UPDATE OF state ON delivery
WHEN OLD.state IN ('delivered', 'unconfirmed') OR (NEW.state IN ('uploaded', 'renaming') AND OLD.state = 'waiting')
    OR (NEW.state = 'renaming' AND OLD.state NOT IN ('uploaded', 'renaming'))
    OR (NEW.state IN ('delivered', 'unconfirmed') AND OLD.state <> 'renaming')
BEGIN
    SELECT RAISE(ABORT, 'illegal change of a delivery''s state');
END;

-- What is known of each server, for `status` and for the next run.
CREATE TABLE endpoint (
    name         TEXT PRIMARY KEY,
    state        TEXT NOT NULL CHECK (state IN ('up', 'waiting', 'open')),
    failures     INTEGER NOT NULL DEFAULT 0,
    code         TEXT NOT NULL DEFAULT '',
    succeeded_at TEXT,
    failed_at    TEXT,
    next_try     TEXT,
    config       TEXT NOT NULL DEFAULT ''
) STRICT;
