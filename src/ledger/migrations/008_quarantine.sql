-- What people decided about files that were stopped: who, when and why. `whole` says that nothing more can be decided
-- about the file, so that it is decided once.
CREATE TABLE action (
    id     INTEGER PRIMARY KEY,
    intake INTEGER NOT NULL REFERENCES intake (id),
    verb   TEXT NOT NULL CHECK (verb IN ('release', 'correct', 'discard')),
    whole  INTEGER NOT NULL CHECK (whole IN (0, 1)),
    who    TEXT NOT NULL CHECK (who <> ''),
    at     TEXT NOT NULL,
    why    TEXT NOT NULL,
    CHECK (verb = 'release' OR why <> '')
) STRICT;
CREATE INDEX action_intake ON action (intake);
CREATE UNIQUE INDEX action_whole ON action (intake) WHERE whole = 1;
CREATE TRIGGER action_fixed BEFORE UPDATE ON action
BEGIN
    SELECT RAISE(ABORT, 'what a person decided stays as it was');
END;
CREATE TRIGGER action_kept BEFORE DELETE ON action
BEGIN
    SELECT RAISE(ABORT, 'what a person decided stays as it was');
END;

-- The held documents that an action took. A document is taken once: a second release or a discard after it cannot be stored.
CREATE TABLE action_document (
    document INTEGER PRIMARY KEY REFERENCES document (id),
    action   INTEGER NOT NULL REFERENCES action (id)
) STRICT;
CREATE INDEX action_document_action ON action_document (action);
CREATE TRIGGER action_document_held BEFORE INSERT ON action_document
WHEN NOT EXISTS (
    SELECT 1 FROM document JOIN action ON action.intake = document.intake
    WHERE document.id = NEW.document AND document.class = 'held' AND action.id = NEW.action
)
BEGIN
    SELECT RAISE(ABORT, 'only a held document of the file can be decided about');
END;

-- The action that an intake comes from: a release or a correction makes one, in its own commit.
ALTER TABLE intake ADD COLUMN action INTEGER REFERENCES action (id);
CREATE UNIQUE INDEX intake_action ON intake (action) WHERE action IS NOT NULL;
