-- The next control number of each line of numbers. A number is taken in the commit of the decision that it is for, so
-- that one which was never committed is taken again, and one that was never is.
CREATE TABLE number_line (
    own     TEXT NOT NULL,
    partner TEXT NOT NULL,
    line    TEXT NOT NULL CHECK (line IN ('interchange', 'group', 'set')),
    next    INTEGER NOT NULL CHECK (next > 1),
    PRIMARY KEY (own, partner, line)
) STRICT;
CREATE TRIGGER number_line_forward BEFORE UPDATE ON number_line WHEN NEW.next <= OLD.next
BEGIN
    SELECT RAISE(ABORT, 'a control number is never used again');
END;
CREATE TRIGGER number_line_kept BEFORE DELETE ON number_line
BEGIN
    SELECT RAISE(ABORT, 'a control number is never used again');
END;

-- What was sent and waits for an answer: an interchange for a TA1, a group for a 997 or 999.
CREATE TABLE awaited (
    id           INTEGER PRIMARY KEY,
    intake       INTEGER NOT NULL REFERENCES intake (id),
    name         TEXT NOT NULL,
    own          TEXT NOT NULL,
    partner      TEXT NOT NULL,
    wanted       TEXT NOT NULL CHECK (wanted IN ('TA1', '997', '999', 'CONTRL')),
    interchange  INTEGER NOT NULL,
    functional   TEXT NOT NULL,
    group_number INTEGER NOT NULL,
    sent_at      TEXT NOT NULL,
    deadline     TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'accepted', 'partly', 'rejected')),
    answered_at  TEXT,
    answer       INTEGER REFERENCES intake (id),
    CHECK ((state = 'waiting') = (answered_at IS NULL)),
    CHECK ((state = 'waiting') = (answer IS NULL)),
    UNIQUE (own, partner, interchange, functional, group_number)
) STRICT;
CREATE INDEX awaited_waiting ON awaited (deadline) WHERE state = 'waiting';
CREATE TRIGGER awaited_state BEFORE UPDATE OF state ON awaited WHEN OLD.state <> 'waiting'
BEGIN
    SELECT RAISE(ABORT, 'what is answered stays answered');
END;
