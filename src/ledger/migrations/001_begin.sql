-- One row for each file taken from a drop folder.
CREATE TABLE intake (
    id          INTEGER PRIMARY KEY,
    flow        TEXT NOT NULL,
    name        TEXT NOT NULL,
    folder      TEXT NOT NULL,
    device      INTEGER NOT NULL,
    inode       INTEGER NOT NULL,
    size        INTEGER NOT NULL CHECK (size >= 0),
    sha256      TEXT CHECK (sha256 IS NULL OR length(sha256) = 64),
    state       TEXT NOT NULL CHECK (state IN ('claiming', 'received', 'emitted', 'archived', 'vanished')),
    outcome     TEXT CHECK (outcome IN ('accepted', 'partial', 'rejected', 'duplicate', 'held')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    received_at TEXT NOT NULL,
    layout      TEXT NOT NULL DEFAULT '',
    config      TEXT NOT NULL DEFAULT '',
    duplicate_of INTEGER REFERENCES intake (id),
    passed_over INTEGER NOT NULL DEFAULT 0,
    companion_of INTEGER REFERENCES intake (id),
    CHECK (state IN ('claiming', 'vanished') OR sha256 IS NOT NULL),
    CHECK ((state IN ('emitted', 'archived')) = (outcome IS NOT NULL))
) STRICT;
CREATE INDEX intake_content ON intake (flow, sha256) WHERE outcome IS NOT NULL;
CREATE INDEX intake_open ON intake (state) WHERE state NOT IN ('archived', 'vanished');

CREATE TRIGGER intake_state BEFORE UPDATE OF state ON intake
WHEN NOT (
    (OLD.state = 'claiming' AND NEW.state IN ('received', 'vanished')) OR
    (OLD.state = 'received' AND NEW.state = 'emitted') OR
    (OLD.state = 'emitted' AND NEW.state = 'archived')
)
BEGIN
    SELECT RAISE(ABORT, 'illegal change of an intake''s state');
END;
CREATE TRIGGER intake_kept BEFORE DELETE ON intake
BEGIN
    SELECT RAISE(ABORT, 'an intake is never deleted');
END;

-- Business documents by their key: what a later file is compared with.
CREATE TABLE document (
    id      INTEGER PRIMARY KEY,
    intake  INTEGER NOT NULL REFERENCES intake (id),
    flow    TEXT NOT NULL,
    kind    TEXT NOT NULL,
    number  TEXT NOT NULL,
    key     BLOB NOT NULL CHECK (length(key) = 16),
    content BLOB NOT NULL CHECK (length(content) = 16),
    class   TEXT NOT NULL CHECK (class IN ('out', 'rejected', 'duplicate', 'held', 'passed over'))
) STRICT;
CREATE INDEX document_key ON document (key, id);
CREATE INDEX document_intake ON document (intake);

CREATE TABLE finding (
    id       INTEGER PRIMARY KEY,
    intake   INTEGER NOT NULL REFERENCES intake (id),
    code     TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('note', 'warning', 'error')),
    place    TEXT NOT NULL,
    found    TEXT NOT NULL,
    expected TEXT NOT NULL,
    help     TEXT NOT NULL,
    count    INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX finding_intake ON finding (intake);

-- Control totals: what came in ('in') and each class it ended in. Decimals are text, so that they stay exact.
CREATE TABLE balance (
    intake    INTEGER NOT NULL REFERENCES intake (id),
    class     TEXT NOT NULL CHECK (class IN ('in', 'out', 'rejected', 'duplicate', 'held', 'passed over')),
    documents INTEGER NOT NULL,
    lines     INTEGER NOT NULL,
    quantity  TEXT NOT NULL,
    amount    TEXT NOT NULL,
    PRIMARY KEY (intake, class)
) STRICT;

-- Interchange control numbers received: the same number with other bytes is an alarm.
CREATE TABLE control_number (
    sender   TEXT NOT NULL,
    receiver TEXT NOT NULL,
    number   TEXT NOT NULL,
    intake   INTEGER NOT NULL REFERENCES intake (id),
    PRIMARY KEY (sender, receiver, number)
) STRICT;

-- Decided outputs on their way to being visible. A staged file under the row's id is the witness that it is not yet.
CREATE TABLE outbox (
    id     TEXT PRIMARY KEY,
    intake INTEGER NOT NULL REFERENCES intake (id),
    target TEXT NOT NULL,
    folder TEXT NOT NULL,
    name   TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    size   INTEGER NOT NULL,
    state  TEXT NOT NULL CHECK (state IN ('ready', 'published', 'held')),
    UNIQUE (target, name)
) STRICT;
CREATE INDEX outbox_open ON outbox (state) WHERE state <> 'published';
CREATE TRIGGER outbox_state BEFORE UPDATE OF state ON outbox WHEN OLD.state = 'published'
BEGIN
    SELECT RAISE(ABORT, 'a published output stays published');
END;

-- The largest quantity accepted of each SKU, in billionths, for plausibility.
CREATE TABLE sku_history (
    flow    TEXT NOT NULL,
    sku     TEXT NOT NULL,
    largest TEXT NOT NULL,
    PRIMARY KEY (flow, sku)
) STRICT;

-- Things noticed outside any file, each reported once.
CREATE TABLE notice (
    id    INTEGER PRIMARY KEY,
    flow  TEXT NOT NULL,
    name  TEXT NOT NULL,
    code  TEXT NOT NULL,
    at    TEXT NOT NULL,
    UNIQUE (flow, name, code)
) STRICT;
