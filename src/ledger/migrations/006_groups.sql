-- The control numbers of groups that partners sent: those of one kind that follow each other in a file are one row.
CREATE TABLE group_number (
    sender     TEXT NOT NULL,
    receiver   TEXT NOT NULL,
    functional TEXT NOT NULL,
    first      INTEGER NOT NULL,
    last       INTEGER NOT NULL CHECK (last >= first),
    intake     INTEGER NOT NULL REFERENCES intake (id),
    PRIMARY KEY (sender, receiver, functional, first)
) STRICT;
CREATE INDEX group_number_last ON group_number (sender, receiver, last);
