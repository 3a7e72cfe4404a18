-- The list of each kind that was requested last for an organization, whichever computer did so.
CREATE TABLE umbulk.lists (
    organization text NOT NULL,
    host text NOT NULL,
    kind text NOT NULL,
    -- When its first page was requested.
    asked_at timestamptz NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The same moment by the clock of the computer that has stored it, in ms since 1970.
    clock_ms bigint NOT NULL,
    -- Where its parts are. A list that could not be fetched has none.
    upload bigint NOT NULL,
    parts integer NOT NULL,
    length bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (organization, host, kind)
);

-- The parts of lists, compressed one by one. They are stored before their list is.
CREATE TABLE umbulk.list_parts (
    upload bigint NOT NULL,
    part integer NOT NULL,
    bytes bytea NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (upload, part)
);

-- Makes a list the last one of its kind, unless one is there that was requested later. The parts of
-- the other one go, and those of lists that were never completed.
CREATE FUNCTION umbulk.keep_list(
    of_organization text, of_host text, of_kind text, asked_ms bigint, new_clock_ms bigint,
    new_upload bigint, new_parts integer, new_length bigint, new_hash bytea
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    earlier bigint;
BEGIN
    SELECT l.upload INTO earlier FROM umbulk.lists l
        WHERE l.organization = of_organization AND l.host = of_host AND l.kind = of_kind
        FOR UPDATE;
    INSERT INTO umbulk.lists AS l (organization, host, kind, asked_at, clock_ms, upload, parts,
            length, hash)
        VALUES (of_organization, of_host, of_kind,
            clock_timestamp() - make_interval(secs => asked_ms / 1000.0), new_clock_ms, new_upload,
            new_parts, new_length, new_hash)
        ON CONFLICT (organization, host, kind) DO UPDATE SET asked_at = excluded.asked_at,
            stored_at = excluded.stored_at, clock_ms = excluded.clock_ms,
            upload = excluded.upload, parts = excluded.parts, length = excluded.length,
            hash = excluded.hash
            WHERE l.asked_at < excluded.asked_at;
    DELETE FROM umbulk.list_parts p
        WHERE (p.upload IN (earlier, new_upload)
                OR p.stored_at < clock_timestamp() - interval '1 day')
            AND NOT EXISTS (SELECT FROM umbulk.lists l WHERE l.upload = p.upload);
END $$;
