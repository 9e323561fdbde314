-- Number of the last change of a group's pinned messages.
CREATE TABLE message_pin_change (
    thread_id INTEGER PRIMARY KEY,
    rev       INTEGER NOT NULL
);
