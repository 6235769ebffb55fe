-- The newest stock snapshot applied of each flow and location: an older one must not overwrite it.
CREATE TABLE snapshot (
    flow     TEXT NOT NULL,
    location TEXT NOT NULL,
    as_of    TEXT NOT NULL,
    intake   INTEGER NOT NULL REFERENCES intake (id),
    PRIMARY KEY (flow, location)
) STRICT;
