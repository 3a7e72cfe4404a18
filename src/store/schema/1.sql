-- The versions of these tables.
CREATE TABLE umbulk.versions (
    version integer PRIMARY KEY,
    program text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What identifies the store, in one row: journals know it by that, whatever its address is.
CREATE TABLE umbulk.store (id uuid NOT NULL DEFAULT gen_random_uuid());
INSERT INTO umbulk.store DEFAULT VALUES;

-- The requests of each client that count against its limits. The client is a hash of its id and of
-- the host. Nobody knows yet when the server sees a request in flight: not before `earliest`, and
-- at the latest at `latest`. Afterwards both are the same.
CREATE TABLE umbulk.quota_requests (
    client bytea NOT NULL,
    class text NOT NULL,
    worker bigint NOT NULL,
    ticket bigint NOT NULL,
    earliest timestamptz NOT NULL,
    latest timestamptz NOT NULL,
    -- How long the worker that sent it counts requests.
    span interval NOT NULL,
    PRIMARY KEY (client, class, worker, ticket)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- Pauses that the server asked for: of everybody, or of reads.
CREATE TABLE umbulk.pauses (
    client bytea NOT NULL,
    scope text NOT NULL CHECK (scope IN ('everybody', 'reads')),
    until timestamptz NOT NULL,
    why text NOT NULL,
    PRIMARY KEY (client, scope)
);

-- Reserves a request, if others have sent or reserved at most `others` requests within the span.
-- One worker at a time does so for a client and class. All times are those of the database.
CREATE FUNCTION umbulk.reserve(
    of_client bytea, of_class text, of_worker bigint, new_ticket bigint,
    others bigint, span_ms bigint, hold_ms bigint,
    OUT granted boolean, OUT wait_ms bigint, OUT ages_ms bigint[],
    OUT pause_scope text, OUT pause_ms bigint, OUT pause_why text
) LANGUAGE plpgsql AS $$
DECLARE
    now_at timestamptz;
    window_length interval := make_interval(secs => span_ms / 1000.0);
    ends timestamptz[];
BEGIN
    granted := false;
    PERFORM pg_advisory_xact_lock(
        hashtextextended(of_class, ('x' || encode(substr(of_client, 1, 8), 'hex'))::bit(64)::bigint));
    now_at := clock_timestamp();
    SELECT p.scope, ceil(extract(epoch FROM p.until - now_at) * 1000), p.why
        INTO pause_scope, pause_ms, pause_why
        FROM umbulk.pauses p
        WHERE p.client = of_client AND p.until > now_at
            AND (p.scope = 'everybody' OR of_class <> 'action')
        ORDER BY p.until DESC LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    DELETE FROM umbulk.quota_requests q
        WHERE q.client = of_client AND q.class = of_class
            AND q.latest + greatest(window_length, q.span) <= now_at;
    SELECT array_agg(ceil(extract(epoch FROM now_at - r.latest) * 1000)::bigint),
            array_agg(r.earliest + window_length ORDER BY r.earliest)
        INTO ages_ms, ends
        FROM umbulk.quota_requests r
        WHERE r.client = of_client AND r.class = of_class AND r.worker <> of_worker
            AND r.latest + window_length > now_at;
    IF coalesce(array_length(ends, 1), 0) <= others THEN
        INSERT INTO umbulk.quota_requests AS q
            VALUES (of_client, of_class, of_worker, new_ticket, now_at,
                now_at + make_interval(secs => hold_ms / 1000.0), window_length)
            ON CONFLICT (client, class, worker, ticket)
            DO UPDATE SET earliest = excluded.earliest, latest = excluded.latest;
        granted := true;
    ELSE
        -- So many requests must end before; this is the earliest time at which the last of them may.
        wait_ms := ceil(extract(epoch FROM ends[array_length(ends, 1) - others] - now_at) * 1000);
    END IF;
END $$;

-- Records when the server saw a request, as an age; without one the request never left. If this is
-- lost, the request counts longer. So nobody waits for the disk.
CREATE FUNCTION umbulk.seen(
    of_client bytea, of_class text, of_worker bigint, of_ticket bigint, age_ms bigint
) RETURNS void LANGUAGE plpgsql SET synchronous_commit = off AS $$
DECLARE
    at timestamptz := clock_timestamp() - make_interval(secs => age_ms / 1000.0);
BEGIN
    IF age_ms IS NULL THEN
        DELETE FROM umbulk.quota_requests
            WHERE client = of_client AND class = of_class AND worker = of_worker
                AND ticket = of_ticket;
    ELSE
        UPDATE umbulk.quota_requests SET earliest = at, latest = at
            WHERE client = of_client AND class = of_class AND worker = of_worker
                AND ticket = of_ticket;
    END IF;
END $$;

-- Begins a pause for all workers of a client. If a longer one is running, it stays.
CREATE FUNCTION umbulk.pause(of_client bytea, of_scope text, length_ms bigint, of_why text)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO umbulk.pauses AS p
        VALUES (of_client, of_scope,
            clock_timestamp() + make_interval(secs => length_ms / 1000.0), of_why)
        ON CONFLICT (client, scope) DO UPDATE SET until = excluded.until, why = excluded.why
        WHERE p.until < excluded.until;
$$;

-- Runs, in the order of submission.
CREATE TABLE umbulk.runs (
    id text PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY,
    organization text NOT NULL,
    host text NOT NULL,
    -- The length of the input and a hash of it.
    input text NOT NULL,
    -- The name of the input, without its folder.
    file text NOT NULL,
    rows bigint NOT NULL,
    submitted_by text NOT NULL,
    submitted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- How it is imported, in the format of the import.
    options jsonb NOT NULL,
    state text NOT NULL CHECK (state IN
        ('arriving', 'queued', 'running', 'stopped', 'finished', 'refused', 'cancelled')),
    -- Whether somebody wants it to end.
    is_unwanted boolean NOT NULL DEFAULT false,
    -- Whether it was queued: any worker carries it out, with the options that are stored with it.
    is_submitted boolean NOT NULL DEFAULT false,
    exit_status integer,
    -- Why it has ended, or why it was not carried out the last time.
    reason text,
    ended_at timestamptz,
    progress jsonb NOT NULL DEFAULT '{}',
    -- Who works at it. Each worker gets a higher number than those before.
    worker text,
    fence bigint NOT NULL DEFAULT 0,
    lease_until timestamptz
);
CREATE INDEX runs_waiting ON umbulk.runs (organization, host, number)
    WHERE state IN ('queued', 'running', 'stopped');
-- The same input goes to an organization once at a time.
CREATE UNIQUE INDEX runs_unfinished ON umbulk.runs (organization, host, input)
    WHERE state IN ('arriving', 'queued', 'running', 'stopped');

CREATE INDEX runs_named ON umbulk.runs (organization, host, file, number);

-- When an organization was last served: the one that waits longest is next.
CREATE TABLE umbulk.served (
    organization text NOT NULL,
    host text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (organization, host)
);

-- Files of a run, in parts that are compressed one by one. A file is there once its row is. The
-- parts of each worker are apart: nobody overwrites those that another one has stored.
CREATE TABLE umbulk.run_files (
    run text NOT NULL REFERENCES umbulk.runs ON DELETE CASCADE,
    name text NOT NULL,
    fence bigint NOT NULL,
    parts integer NOT NULL,
    length bigint NOT NULL,
    hash bytea NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run, name)
);
CREATE TABLE umbulk.run_file_parts (
    run text NOT NULL REFERENCES umbulk.runs ON DELETE CASCADE,
    name text NOT NULL,
    fence bigint NOT NULL,
    part integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (run, name, fence, part)
);

-- When the last of an organization's deleted runs ended: what they have changed is not known.
CREATE TABLE umbulk.pruned (
    organization text NOT NULL,
    host text NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (organization, host)
);

-- The journal of a run since it was begun: each commit adds a part. Parts are numbered from 1.
CREATE TABLE umbulk.journal_parts (
    run text NOT NULL REFERENCES umbulk.runs ON DELETE CASCADE,
    number bigint NOT NULL,
    fence bigint NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (run, number)
);

-- Lets one at a time begin or submit a run of an organization: what is looked at stays as it is.
CREATE FUNCTION umbulk.lock_runs(of_organization text, of_host text)
RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended(of_organization, hashtextextended(of_host, 0)));
$$;

-- Adds a run whose files are to be stored, unless the same input is on its way to the organization.
CREATE FUNCTION umbulk.submit(
    new_id text, of_organization text, of_host text, new_input text, new_file text,
    new_rows bigint, new_submitter text, new_options text,
    OUT known text
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM umbulk.lock_runs(of_organization, of_host);
    SELECT r.id INTO known FROM umbulk.runs r
        WHERE r.organization = of_organization AND r.host = of_host AND r.input = new_input
            AND r.state IN ('arriving', 'queued', 'running', 'stopped');
    IF FOUND THEN
        RETURN;
    END IF;
    INSERT INTO umbulk.runs (id, organization, host, input, file, rows, submitted_by, options,
            state, is_submitted)
        VALUES (new_id, of_organization, of_host, new_input, new_file, new_rows, new_submitter,
            new_options::jsonb, 'arriving', true);
END $$;

-- Begins a run that belongs to a worker. The worker has seen the runs with this name and with this
-- input up to the number `seen`: if there is a later one, or one that is not finished, it begins
-- none, and `known` is that one. But the new run replaces those that the worker names with their
-- fences, if nobody has claimed them since, and their workers have lost or ended them.
CREATE FUNCTION umbulk.begin_run(
    new_id text, of_organization text, of_host text, new_input text, new_file text,
    new_rows bigint, new_submitter text, new_options text, new_worker text, lease_ms bigint,
    seen bigint, old_runs text[], old_fences bigint[], old_ended boolean[],
    OUT begun boolean, OUT known text
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM umbulk.lock_runs(of_organization, of_host);
    -- The answer to an earlier attempt may have been lost.
    PERFORM FROM umbulk.runs r
        WHERE r.id = new_id AND r.worker = new_worker AND r.fence = 1 AND r.state = 'running';
    begun := FOUND;
    IF begun THEN
        RETURN;
    END IF;
    PERFORM FROM umbulk.runs r
        WHERE r.organization = of_organization AND r.host = of_host
            AND (r.input = new_input OR r.file = new_file)
            AND r.state IN ('arriving', 'queued', 'running', 'stopped')
        FOR UPDATE;
    -- Runs that somebody has cancelled, and whose worker did not live to see it.
    UPDATE umbulk.runs r SET state = 'cancelled', ended_at = clock_timestamp()
        WHERE r.organization = of_organization AND r.host = of_host
            AND (r.input = new_input OR r.file = new_file)
            AND r.state IN ('running', 'stopped') AND r.is_unwanted
            AND (r.lease_until IS NULL OR r.lease_until < clock_timestamp());
    SELECT r.id INTO known FROM umbulk.runs r
        WHERE r.organization = of_organization AND r.host = of_host
            AND (r.input = new_input OR r.file = new_file)
            AND (r.number > seen
                OR r.state IN ('arriving', 'queued', 'running', 'stopped') AND NOT EXISTS (
                    SELECT FROM unnest(old_runs, old_fences, old_ended) AS o (run, fence, ended)
                    WHERE o.run = r.id AND o.fence = r.fence
                        AND (r.lease_until IS NULL OR r.lease_until < clock_timestamp()
                            OR o.ended)))
        ORDER BY r.number DESC LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    PERFORM FROM umbulk.runs r WHERE r.id = new_id;
    IF FOUND THEN
        RETURN;
    END IF;
    -- A worker that is still at one of them learns who has replaced it.
    UPDATE umbulk.runs r SET state = 'cancelled', is_unwanted = true, exit_status = 3,
            ended_at = clock_timestamp(), lease_until = NULL, fence = r.fence + 1,
            worker = new_worker
        WHERE r.organization = of_organization AND r.host = of_host
            AND (r.input = new_input OR r.file = new_file)
            AND r.state IN ('arriving', 'queued', 'running', 'stopped');
    INSERT INTO umbulk.runs (id, organization, host, input, file, rows, submitted_by, options,
            state, worker, fence, lease_until)
        VALUES (new_id, of_organization, of_host, new_input, new_file, new_rows, new_submitter,
            new_options::jsonb, 'running', new_worker, 1,
            clock_timestamp() + make_interval(secs => lease_ms / 1000.0));
    begun := true;
END $$;

-- Gives a run to a worker, unless another one has it or it is to end. Returns its fence. A worker
-- that has ended is followed at once by one that knows its fence.
CREATE FUNCTION umbulk.claim(of_run text, new_worker text, lease_ms bigint, own_fence bigint)
RETURNS bigint LANGUAGE sql AS $$
    UPDATE umbulk.runs SET state = 'cancelled', ended_at = clock_timestamp()
        WHERE id = of_run AND state IN ('running', 'stopped') AND is_unwanted
            AND (lease_until IS NULL OR lease_until < clock_timestamp() OR fence = own_fence);
    UPDATE umbulk.runs SET fence = fence + 1, worker = new_worker, state = 'running',
            exit_status = NULL, ended_at = NULL,
            lease_until = clock_timestamp() + make_interval(secs => lease_ms / 1000.0)
        WHERE id = of_run AND state IN ('queued', 'running', 'stopped') AND NOT is_unwanted
            AND (lease_until IS NULL OR lease_until < clock_timestamp() OR fence = own_fence)
        RETURNING fence;
$$;

-- Gives the next submitted run of these organizations to a worker: of each organization the run
-- that was submitted first, and first that of the organization that was served longest ago. A run
-- that has stopped holds up those after it, until somebody continues or cancels it.
CREATE FUNCTION umbulk.claim_next(
    new_worker text, organizations text[], hosts text[], lease_ms bigint,
    OUT run text, OUT fence bigint
) LANGUAGE plpgsql AS $$
DECLARE
    chosen umbulk.runs;
BEGIN
    -- Runs that somebody has cancelled, and whose worker did not live to see it.
    UPDATE umbulk.runs SET state = 'cancelled', ended_at = clock_timestamp()
        WHERE state = 'running' AND is_unwanted AND lease_until < clock_timestamp();
    SELECT r.* INTO chosen FROM umbulk.runs r
        JOIN unnest(organizations, hosts) AS mine (organization, host)
            ON r.organization = mine.organization AND r.host = mine.host
        LEFT JOIN umbulk.served s ON s.organization = r.organization AND s.host = r.host
        WHERE r.state IN ('queued', 'running') AND NOT r.is_unwanted AND r.is_submitted
            AND (r.lease_until IS NULL OR r.lease_until < clock_timestamp())
            AND NOT EXISTS (SELECT FROM umbulk.runs e
                WHERE e.organization = r.organization AND e.host = r.host AND e.number < r.number
                    AND e.state IN ('queued', 'running', 'stopped') AND NOT e.is_unwanted
                    AND e.is_submitted)
            AND NOT EXISTS (SELECT FROM umbulk.runs e
                WHERE e.organization = r.organization AND e.host = r.host AND e.id <> r.id
                    AND e.state = 'running' AND e.lease_until >= clock_timestamp())
        ORDER BY s.at NULLS FIRST, r.number
        LIMIT 1 FOR UPDATE OF r SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    fence := umbulk.claim(chosen.id, new_worker, lease_ms, NULL);
    IF fence IS NULL THEN
        RETURN;
    END IF;
    run := chosen.id;
    INSERT INTO umbulk.served AS s VALUES (chosen.organization, chosen.host, clock_timestamp())
        ON CONFLICT (organization, host) DO UPDATE SET at = excluded.at;
END $$;

-- Lengthens the lease of a worker, even if it is over, as long as nobody else has claimed the run.
-- Says who has it now, and whether the run is wanted.
CREATE FUNCTION umbulk.renew(
    of_run text, of_fence bigint, lease_ms bigint,
    OUT is_mine boolean, OUT has_it text, OUT unwanted boolean
) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE umbulk.runs
        SET lease_until = clock_timestamp() + make_interval(secs => lease_ms / 1000.0)
        WHERE id = of_run AND fence = of_fence AND state = 'running'
        RETURNING true, worker, is_unwanted INTO is_mine, has_it, unwanted;
    IF NOT FOUND THEN
        is_mine := false;
        SELECT worker, is_unwanted INTO has_it, unwanted FROM umbulk.runs WHERE id = of_run;
    END IF;
END $$;

-- Makes a stored file the one with this name, as long as nobody else has claimed the run.
CREATE FUNCTION umbulk.keep_file(
    of_run text, of_name text, of_fence bigint, of_parts integer, of_length bigint, of_hash bytea,
    OUT is_mine boolean
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM umbulk.runs WHERE id = of_run AND fence = of_fence FOR SHARE;
    is_mine := FOUND;
    IF NOT is_mine THEN
        RETURN;
    END IF;
    INSERT INTO umbulk.run_files
        VALUES (of_run, of_name, of_fence, of_parts, of_length, of_hash)
        ON CONFLICT (run, name) DO UPDATE SET fence = excluded.fence, parts = excluded.parts,
            length = excluded.length, hash = excluded.hash, stored_at = excluded.stored_at;
    DELETE FROM umbulk.run_file_parts
        WHERE run = of_run AND name = of_name AND (fence <> of_fence OR part >= of_parts);
END $$;

-- Adds a part to the journal, and lengthens the lease. The same part may be added again.
CREATE FUNCTION umbulk.append(
    of_run text, of_fence bigint, of_number bigint, of_bytes bytea, lease_ms bigint,
    OUT is_mine boolean, OUT has_it text, OUT is_next boolean, OUT unwanted boolean
) LANGUAGE plpgsql AS $$
DECLARE
    there umbulk.journal_parts;
BEGIN
    SELECT r.is_mine, r.has_it, r.unwanted INTO is_mine, has_it, unwanted
        FROM umbulk.renew(of_run, of_fence, lease_ms) r;
    is_next := true;
    IF NOT is_mine THEN
        RETURN;
    END IF;
    SELECT * INTO there FROM umbulk.journal_parts WHERE run = of_run AND number = of_number;
    IF FOUND THEN
        is_next := there.fence = of_fence AND there.bytes = of_bytes;
    ELSIF of_number = 1 OR EXISTS (
        SELECT FROM umbulk.journal_parts WHERE run = of_run AND number = of_number - 1)
    THEN
        INSERT INTO umbulk.journal_parts VALUES (of_run, of_number, of_fence, of_bytes);
    ELSE
        is_next := false;
    END IF;
END $$;
